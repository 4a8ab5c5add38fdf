"""The architecture explorer of chapter 16 in the page: by mouse and by keyboard, nothing loaded."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from gptlab.figures.architecture_explorer import architecture_explorer
from gptlab.models.gpt import GPTConfig
from gptlab.models.gpt_family import FAMILY

pytestmark = pytest.mark.browser

SMALL = GPTConfig(50, context_length=16, d_model=24, n_heads=4, n_layers=3)


@pytest.fixture
def page(alone):
    sizes = {"yours": SMALL, "GPT-3 175B": FAMILY["GPT-3 175B"].config}
    box = architecture_explorer(sizes).html
    return alone(box + box, width=900, height=800)  # twice: ids must not meet


def first_box(page):
    return page.get_by_role("group", name="A GPT, part by part").first


def test_a_click_shows_shape_formula_and_code(page):
    box = first_box(page)
    assert box.get_by_role("tabpanel").count() == 1
    box.get_by_role("tab", name="Token embedding").click()
    panel = box.get_by_role("tabpanel")
    assert panel.get_by_role("row", name="GPT-3 175B").inner_text().split("\t")[1:] == [
        "2,048 × 12,288",
        "25,165,824",
        "617,558,016",
    ]
    assert panel.get_by_role("row", name="yours").inner_text().split("\t")[1] == "16 × 24"
    assert "x = W_E[t]" in panel.inner_text()
    assert "self.embedding(tokens)" in panel.inner_text()


def test_keys_go_round_and_the_other_box_stays(page):
    box = first_box(page)
    box.get_by_role("tab", name="Token ids").focus()
    page.keyboard.press("ArrowUp")
    chosen = box.get_by_role("tab", selected=True)
    assert chosen.inner_text() == "Softmax"
    assert chosen.evaluate("e => e === document.activeElement")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert box.get_by_role("tab", selected=True).inner_text() == "Token embedding"
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.keyboard.press("Tab")  # out of the list, to what can be scrolled or followed
    other = page.get_by_role("group", name="A GPT, part by part").nth(1)
    assert box.get_by_role("tab", selected=True).inner_text() == "Token ids"
    assert other.get_by_role("tab", selected=True).inner_text() == "Token ids"
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids)) == 56


def test_nothing_stands_in_anybodys_way(page):
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
