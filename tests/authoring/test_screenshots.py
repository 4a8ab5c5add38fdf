"""The README's pictures of the book: small, all there, put in by one command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gptlab.authoring import screenshots
from gptlab.errors import LabError

ROOT = Path(__file__).resolve().parents[2]


def test_readme_shows_the_pictures_that_are_there_and_they_are_small():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = sorted((ROOT / screenshots.FOLDER).glob("*.png"))
    taken = [picture.name for picture in pictures]
    assert screenshots.put(readme, taken) == readme, "run: python -m gptlab.authoring.screenshots"
    shown = re.findall(rf"{screenshots.FOLDER}/([\w-]+\.png)", readme)
    assert shown
    assert set(shown) <= set(taken)
    assert {name.rpartition("-")[2] for name in taken} == {"light.png", "dark.png", "phone.png"}
    assert sum(picture.stat().st_size for picture in pictures) < 1_500_000


def test_what_was_not_taken_is_not_shown():
    page = screenshots.put("a <!-- screenshots -->old<!-- /screenshots --> b", ["live-light.png"])
    assert "live-light.png" in page
    assert "live-dark.png" in page
    assert "front" not in page
    assert "old" not in page
    assert page.startswith("a <!-- screenshots -->")
    assert page.endswith("<!-- /screenshots --> b")


def test_a_readme_without_marks_and_a_book_that_is_not_built_are_named(tmp_path, capsys):
    with pytest.raises(LabError, match="write both where pictures should stand"):
        screenshots.put("no marks", [])
    assert screenshots.main(["--pages", str(tmp_path)]) == 2
    assert "run: make book" in capsys.readouterr().err
