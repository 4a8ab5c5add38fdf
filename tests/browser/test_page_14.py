"""The writer of trees in the page: by mouse and by keyboard, and nothing in anybody's way."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from gptlab.figures.tree_writer import tree_writer
from gptlab.text.trees import read_tree

pytestmark = pytest.mark.browser

TREES = [
    read_tree("(S (NP (DT the) (NN dog)) (VP (VB saw) (NP (DT a) (NN cat))) (. .))"),
    read_tree("(S (NP (PRP <we>)) (VP (VB sleep)) (. .))"),
]


@pytest.fixture
def page(alone):
    return alone(tree_writer(TREES).html)


def visible(page):
    texts = page.locator("[data-tree-writer] svg g:not(.later) text")
    return texts.all_text_contents()


def test_symbol_by_symbol_the_tree_grows(page):
    status = page.get_by_role("status")
    assert status.inner_text() == "Nothing is written yet; 14 symbols will be."
    assert visible(page) == []
    forth, back = (page.get_by_role("button", name=name) for name in ("Next symbol", "Back"))
    assert back.is_disabled()
    for _ in range(5):
        forth.click()
    assert status.inner_text() == "Symbol 5 of 14, )NP: closes the NP over “the dog”."
    assert visible(page) == ["S", "NP", "the", "dog"]
    assert page.locator("[data-tree-writer] svg .open text").all_text_contents() == ["S"]
    assert page.locator(".symbols span:not(.later)").all_text_contents() == [
        "(S", "(NP", "XX", "XX", ")NP",
    ]  # fmt: skip
    back.press("Enter")
    assert "the next word, “dog”" in status.inner_text()
    label = page.locator("[data-tree-writer] svg").get_attribute("aria-label")
    assert label == "The tree so far: 2 of 6 words; open: S NP"


def test_slider_and_menu_by_keyboard(page):
    slider = page.get_by_role("slider")
    slider.press("End")
    assert page.get_by_role("status").inner_text().startswith("Symbol 14 of 14, )S: closes the S")
    assert page.get_by_role("button", name="Next symbol").is_disabled()
    assert page.locator("[data-tree-writer] svg .open").count() == 0
    page.get_by_role("combobox").select_option(index=1)
    assert page.get_by_role("status").inner_text() == "Nothing is written yet; 9 symbols will be."
    slider.press("End")
    assert visible(page) == ["S", "NP", "<we>", "VP", "sleep", "."]


def test_nothing_stands_in_anybodys_way(page):
    page.get_by_role("slider").press("End")
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
