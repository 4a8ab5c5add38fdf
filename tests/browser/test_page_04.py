"""The EM stepper in the built page: the numbers of its script are those of `IBMModel1`."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from gptlab.classic.alignment import IBMModel1

pytestmark = pytest.mark.browser

PAGE = "chapters/04-alignment.html"
PAIRS = [("das Haus", "the house"), ("das Buch", "the book"), ("ein Buch", "a book")]
PAIRS = [(s.split(), t.split()) for s, t in PAIRS]
ROWS, COLUMNS = ["das", "Haus", "Buch", "ein"], ["the", "house", "book", "a"]


def assert_as_python(box, iterations):
    model = IBMModel1.train(PAIRS, iterations, null=False)
    seen = {
        cell.get_attribute("data-table"): float(cell.get_attribute("data-value"))
        for cell in box.locator("td[data-table]").all()
    }
    assert len(seen) == 10
    for place, value in seen.items():
        i, j = map(int, place.split())
        assert value == pytest.approx(model.probability(COLUMNS[j], ROWS[i]), abs=1e-12)
    assert float(box.get_attribute("data-log")) == pytest.approx(model.log_likelihoods[-1])
    assert f"After {iterations} iteration" in box.get_by_role("status").inner_text()
    counts = [float(c.get_attribute("data-value")) for c in box.locator("td[data-count]").all()]
    shares = [float(c.get_attribute("data-value")) for c in box.locator("td[data-share]").all()]
    assert sum(counts) == pytest.approx(sum(shares)) == pytest.approx(6)


def test_each_step_is_that_of_the_library(visit):
    tab = visit()
    box = tab.open(PAGE).locator(".gptlab-em")
    assert_as_python(box, 0)
    box.get_by_role("button", name="One step").click()
    assert_as_python(box, 1)
    box.get_by_role("button", name="One step").click()
    box.get_by_role("button", name="Ten steps").click()
    assert_as_python(box, 12)
    box.get_by_role("button", name="Start again").click()
    assert_as_python(box, 0)
    assert not tab.complaints


def test_it_can_be_used_by_keyboard_and_is_clean_in_light_and_dark(visit):
    page = visit().open(PAGE)
    box = page.locator(".gptlab-em")
    first = box.get_by_role("button", name="One step")
    first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert_as_python(box, 11)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function(f"document.documentElement.dataset.theme === '{theme}'")
        options = {"preload": False}
        found = Axe().run(page, context=".gptlab-em", options=options).response["violations"]
        assert not [f"{theme}: {each['id']}" for each in found]
