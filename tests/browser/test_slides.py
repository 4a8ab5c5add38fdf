"""Slides: made from any chapter by one command, one file that needs nothing else, by keyboard."""

from __future__ import annotations

import doctest
import json
import re
from pathlib import Path

import pytest

from gptlab.authoring import slides
from gptlab.errors import LabError

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = ROOT / "chapters/12-self-attention.ipynb"


def test_examples():
    result = doctest.testmod(slides)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("chapter", slides.chapters([]), ids=lambda path: path.stem)
def test_every_chapter_makes_a_deck(chapter):
    notebook = json.loads(chapter.read_text(encoding="utf-8"))
    deck = slides.deck(notebook)
    assert 25 <= len(deck) <= 80
    titles = [slide.title for slide in deck]
    assert "Summary" in titles
    assert "Further reading" not in titles
    pictures = [slide for slide in deck if 'class="picture"' in slide.body]
    assert len(pictures) >= 6
    for slide in deck:
        assert slide.title
        if slide not in pictures:
            prose = re.sub(r"<(pre|code)\b.*?</\1>", "", slide.body, flags=re.DOTALL)
            assert "](" not in prose, slide.body


def test_what_is_not_a_chapter_is_refused(tmp_path, capsys):
    with pytest.raises(LabError, match="one heading"):
        slides.deck({"cells": [{"cell_type": "markdown", "source": "no heading"}]})
    assert slides.main(["77", "--output", str(tmp_path)]) == 2
    assert "there is no chapter 77; there are 1, 2" in capsys.readouterr().err


@pytest.mark.browser
def test_a_deck_by_keyboard_from_a_file_alone(contexts, tmp_path):
    count = slides.make(CHAPTER, tmp_path)
    page = contexts("light", True).new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: line.type == "error" and said.append(line.text))
    address = (tmp_path / f"{CHAPTER.stem}.html").as_uri()
    page.goto(address, wait_until="load")
    page.evaluate("MathJax.startup.promise.then(() => 1)")
    place = page.locator("#place")
    assert place.text_content() == f"1 of {count}"
    assert page.locator(".slide.now h1").text_content() == "Self-attention"
    for key, wanted in (
        ("ArrowRight", 2),
        ("Space", 3),
        ("ArrowLeft", 2),
        ("End", count),
        ("ArrowRight", count),
        ("Home", 1),
        ("PageDown", 2),
    ):
        page.keyboard.press(key)
        assert place.text_content() == f"{wanted} of {count}", key
    assert page.locator(".slide:visible").count() == 1
    assert page.locator(".said:visible").count() == 0
    page.keyboard.press("n")
    assert page.locator("#notes").get_attribute("aria-pressed") == "true"
    page.goto(f"{address}#7")
    assert place.text_content() == f"7 of {count}"
    assert page.locator("mjx-container svg").count() >= 5, "formulas are drawn"
    assert not page.locator("mjx-merror").count()
    # Nothing sticks out at the side, on a projector and on a phone
    for width, height in ((1280, 720), (390, 780)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked), asked
    assert not said
    page.close()
