"""The analogies of chapter 07 in the page: the library's scores, by mouse and by keyboard."""

from __future__ import annotations

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from gptlab.embeddings.vectors import WordVectors
from gptlab.errors import LabError
from gptlab.figures.analogy_page import MOST_NUMBERS, analogy_page, eight_bits

pytestmark = pytest.mark.browser

WORDS = ("france", "french", "germany", "german", "<b>", *(f"word{i}" for i in range(60)))
BOX = "document.querySelector('[data-analogies]')"
TRUE = WordVectors(WORDS, np.random.default_rng(7).normal(size=(len(WORDS), 12)))
QUESTIONS = [("france", "french", "germany"), ("word1", "word2", "<b>")]


@pytest.fixture
def page(alone):
    return alone(analogy_page(TRUE, WORDS, QUESTIONS).html)


def same(found, expected):
    assert [word for word, _ in found] == [word for word, _ in expected]
    scores = [[score for _, score in side] for side in (found, expected)]
    assert np.abs(np.subtract(*scores)).max() < 1e-6


def test_answers_and_neighbours_are_the_librarys_by_keyboard(page):
    kept = WordVectors(WORDS, eight_bits(TRUE, WORDS).astype(float))
    assert np.abs(kept.unit @ kept.unit.T - TRUE.unit @ TRUE.unit.T).max() < 0.02
    same(page.evaluate(f"{BOX}.answers"), kept.analogy("france", "french", "germany", 6))
    same(page.evaluate(f"{BOX}.neighbours"), kept.neighbours("germany", 6))
    page.locator("[data-part=method]").select_option("mul")
    same(page.evaluate(f"{BOX}.answers"), kept.analogy("france", "french", "germany", 6, "mul"))
    page.locator("[data-part=method]").select_option("add")
    page.locator("[data-part=question]").focus()
    page.keyboard.press("ArrowDown")
    same(page.evaluate(f"{BOX}.answers"), kept.analogy("word1", "word2", "<b>", 6))
    page.get_by_role("checkbox").press("Space")
    own = page.evaluate(f"{BOX}.answers")
    a, b, c = kept.unit[kept.ids(["word1", "word2", "<b>"])]
    assert own[0][0] == WORDS[int((kept.unit @ (b - a + c)).argmax())]
    assert "are words of the question" in page.get_by_role("status").first.inner_text()
    word = page.get_by_label("Neighbours of")
    word.press("Control+a")
    page.keyboard.type("Word7")
    same(page.evaluate(f"{BOX}.neighbours"), kept.neighbours("word7", 6))


def test_what_it_does_not_know_is_told_and_nothing_stands_in_the_way(page):
    page.get_by_label("as c").fill("gerbil")
    assert page.get_by_role("status").first.inner_text() == (
        f"“gerbil” is not among the {len(WORDS)} words of this page; near it: germany, german."
    )
    page.get_by_label("as c").fill("")
    assert page.get_by_role("status").first.inner_text() == "Type a word."
    page.get_by_label("as c").fill("<b>")
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_does_not_fit_is_refused():
    zeros = WordVectors(("a", "b"), np.array([[1.0, 0], [0, 0]]))
    wide = WordVectors(("a",), np.ones((1, MOST_NUMBERS + 1)))
    for vectors, words, questions, said in [
        (TRUE, WORDS, [], "no question"),
        (TRUE, WORDS[:2], QUESTIONS, "asks for 'germany'"),
        (TRUE, ["camel"], QUESTIONS, "'camel' is not among"),
        (zeros, ("a", "b"), [("a", "b", "a")], "'b' is all zeros"),
        (wide, ("a",), [("a", "a", "a")], "too many for a page"),
    ]:
        with pytest.raises(LabError, match=said):
            analogy_page(vectors, words, questions)
