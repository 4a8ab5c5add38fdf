"""The diagram of chapter 13 in the page: every box tells what it does, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from gptlab.figures.transformer_map import parts, transformer_map
from gptlab.models.transformer import TransformerConfig

pytestmark = pytest.mark.browser

BASE = TransformerConfig.preset("base", 37_000, 37_000)


@pytest.fixture
def page(alone):
    return alone(transformer_map(BASE).html, height=1000)


def told(page):
    return page.locator("[data-part=told]").inner_text()


def test_each_box_tells_what_it_does(page):
    for part in parts(BASE):
        page.get_by_role("button", name=part.name, exact=True).click()
        assert told(page) == part.told
        pressed = page.locator("[aria-pressed=true]")
        assert pressed.count() == 1
        assert pressed.get_attribute("aria-label") == part.name


def test_the_keyboard_goes_through_the_boxes(page):
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert told(page) == parts(BASE)[1].told
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert told(page) == parts(BASE)[2].told


def test_nothing_stands_in_anybodys_way(page):
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 375, "height": 900})
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)
