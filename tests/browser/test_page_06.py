"""The training played back in the built page of chapter 06: no kernel, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

CHAPTER = "chapters/06-word2vec.html"


@pytest.fixture
def box(visit):
    tab = visit()
    page = tab.open(CHAPTER)
    found = page.locator("[data-replay]")
    found.scroll_into_view_if_needed()
    yield found
    assert not tab.complaints


def told(box):
    return box.locator("[role=status]").inner_text()


def places(box):
    return box.evaluate(
        "box => [...box.querySelectorAll('.plane g')].map(spot => spot.style.transform)"
    )


def test_it_begins_before_training(box):
    assert box.count() == 1
    assert told(box).startswith("0% of training: loss 4.1")
    assert box.locator(".plane g").count() > 20
    assert box.locator("li").count() == 5
    assert box.get_by_label("Snapshot").get_attribute("aria-valuetext") == told(box)


def test_arrow_keys_move_through_the_training(box):
    before = places(box)
    slider = box.get_by_label("Snapshot")
    slider.focus()
    for _ in range(3):
        box.page.keyboard.press("ArrowRight")
    assert slider.input_value() == "3"
    assert told(box).startswith("8% of training")
    assert places(box) != before
    box.page.keyboard.press("End")
    assert told(box).startswith("100% of training")
    box.page.keyboard.press("Home")
    assert places(box) == before


def test_play_runs_to_the_end_and_begins_again(box):
    slider, play = box.get_by_label("Snapshot"), box.get_by_role("button")
    last = int(slider.get_attribute("max"))
    slider.fill(str(last - 2))
    assert play.inner_text() == "Play"
    play.focus()
    box.page.keyboard.press("Enter")
    assert play.inner_text() == "Pause"
    box.page.wait_for_function(
        "box => box.querySelector('button').textContent === 'Play'", arg=box.element_handle()
    )
    assert slider.input_value() == str(last)
    play.click()
    assert int(slider.input_value()) < 2
    play.click()
    assert play.inner_text() == "Play"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_kept_out(visit, theme):
    page = visit(theme=theme).open(CHAPTER)
    page.locator("[data-replay]").scroll_into_view_if_needed()
    found = Axe().run(page, context="[data-replay]", options={"preload": False})
    assert [each["id"] for each in found.response["violations"]] == []


def test_it_fits_a_phone_and_stays_off_paper(visit):
    page = visit().open(CHAPTER)
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.locator("[data-replay] .plane").bounding_box()["width"] <= 375
    page.emulate_media(media="print")
    assert not page.locator("[data-replay]").is_visible()
