"""The map of words in the built page of chapter 05: no kernel, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

CHAPTER = "chapters/05-distributional.html"


@pytest.fixture
def box(visit):
    tab = visit()
    page = tab.open(CHAPTER)
    found = page.locator("[data-word-map]")
    found.scroll_into_view_if_needed()
    yield found
    assert not tab.complaints


def status(box):
    return box.locator("[role=status]").inner_text()


def word(box, name):
    return box.locator(f"g[data-id][aria-label^='{name} (']")


def test_it_begins_with_bank_between_two_classes(box):
    assert box.count() == 1
    assert status(box).startswith("bank (institution or shore): nearest are")
    assert box.locator("g[data-id]").count() == 283
    assert box.locator("g.near").count() == 6
    assert box.locator("line").count() == 6
    assert box.locator("ol button").first.inner_text().split()[0] in status(box)


def test_pointing_at_a_word_shows_its_neighbours(box):
    word(box, "bakers").hover()
    assert status(box).startswith("bakers (man): nearest are")
    assert box.locator("g.chosen").get_attribute("aria-label") == "bakers (man)"
    assert word(box, "bakers").get_attribute("aria-pressed") == "true"


def test_typing_a_word_finds_it(box):
    field = box.get_by_label("Word", exact=True)
    field.fill("Milk")
    assert status(box).startswith("milk (drink): nearest are")
    assert "water" in status(box)
    field.fill("quark")
    assert status(box) == "quark is not on this map."
    box.locator("ol button", has_text="water").click()
    assert status(box).startswith("water (drink)")


def test_arrow_keys_go_from_word_to_word(box, request):
    page = box.page
    word(box, "bank").focus()
    seen = []
    for key in ("ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"):
        before = word_at(box)
        page.keyboard.press(key)
        after = word_at(box)
        axis, sign = {"Right": ("x", 1), "Up": ("y", -1), "Left": ("x", -1), "Down": ("y", 1)}[
            key[5:]
        ]
        assert (after[axis] - before[axis]) * sign > 0, key
        seen.append(status(box))
        assert page.evaluate("document.activeElement.getAttribute('tabindex')") == "0"
    assert len(set(seen)) == 4
    assert box.locator("g[tabindex='0']").count() == 1, "one stop for Tab, not 283"


def word_at(box):
    return box.evaluate(
        "box => { const dot = box.querySelector('g.chosen .dot');"
        " return {x: Number(dot.getAttribute('cx')), y: Number(dot.getAttribute('cy'))}; }"
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_kept_out(visit, theme):
    page = visit(theme=theme).open(CHAPTER)
    page.locator("[data-word-map]").scroll_into_view_if_needed()
    found = Axe().run(page, context="[data-word-map]", options={"preload": False})
    assert [each["id"] for each in found.response["violations"]] == []


def test_it_fits_a_phone_and_stays_off_paper(visit):
    page = visit().open(CHAPTER)
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.locator("[data-word-map] svg").bounding_box()["width"] <= 375
    page.emulate_media(media="print")
    assert not page.locator("[data-word-map]").is_visible()
