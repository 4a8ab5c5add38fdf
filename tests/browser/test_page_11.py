"""The alignment viewer of chapter 11 in the page, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from gptlab.figures.alignment_viewer import LookedAt, alignment_viewer

pytestmark = pytest.mark.browser

SENTENCES = [
    LookedAt(["he", "<is>", "not"], ["er", "ist"], [[90, 8, 2], [1, 97, 2]]),
    LookedAt(["word"] * 30, ["Wort"] * 2, [[4] * 25 + [0] * 5] * 2),
    LookedAt(["she", "sleeps"], ["sie", "schläft", "<end>"], [[99, 1], [3, 97], [50, 50]]),
]


@pytest.fixture
def page(alone):
    return alone(alignment_viewer(SENTENCES).html)


def bars(page):
    return page.locator("[data-alignments] .percent").all_text_contents()


def test_each_word_shows_its_weights(page):
    status = page.get_by_role("status")
    assert status.inner_text() == "To write er (word 1 of 2) it looks at he 90 %, <is> 8 %."
    assert bars(page) == ["90 %", "8 %", "2 %"]
    page.get_by_role("button", name="ist").click()
    assert bars(page) == ["1 %", "97 %", "2 %"]
    assert page.get_by_role("button", name="ist").get_attribute("aria-pressed") == "true"
    assert page.get_by_role("button", name="Next word").is_disabled()
    heights = page.locator("[data-alignments] .bar").evaluate_all("b => b.map(e => e.style.height)")
    assert heights == ["1%", "97%", "2%"]


def test_it_goes_by_keyboard_and_to_another_sentence(page):
    page.get_by_label("Sentence").select_option(index=2)
    assert bars(page) == ["99 %", "1 %"]
    page.get_by_role("button", name="sie").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("status").inner_text().startswith("To write <end> (word 3 of 3)")
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="One word back").press("Enter")
    assert bars(page) == ["3 %", "97 %"]


def test_nothing_stands_in_anybodys_way(page):
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    page.get_by_label("Sentence").select_option(index=1)
    page.set_viewport_size({"width": 375, "height": 800})
    right = "e => e.getBoundingClientRect().right"
    inner = page.get_by_label("Sentence").evaluate(right)
    assert inner < page.get_by_role("group").evaluate(right)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
