"""The dial of chapter 21 in the page: the numbers of torch, by mouse and by keyboard."""

from __future__ import annotations

import math
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from gptlab.figures.modern_dial import rotary_dial, sentence, turned_product

pytestmark = pytest.mark.browser

PLAIN = {"query": (1.0, 0.0), "key": (1.0, 0.0), "speed": math.pi / 6}
SLANTED = {"query": (1.0, 2.0), "key": (3.0, -1.0), "speed": 0.7}


@pytest.fixture
def page(alone):
    boxes = rotary_dial(**PLAIN, at=2).html + rotary_dial(**SLANTED, at=9, other=4).html
    return alone(boxes, height=900)  # twice: one must leave the other alone


def box(page, number=0):
    return page.get_by_role("group", name="Rotary positions: a dial").nth(number)


def said(page, number=0):
    return box(page, number).get_by_role("status").inner_text()


def test_it_begins_with_what_python_says_and_computes_the_same(page):
    assert said(page) == "Distance 2. Dot product of the turned vectors: 0.500."
    assert said(page, 1) == sentence(SLANTED["query"], SLANTED["key"], 9, 4, 0.7)
    for number, setting in enumerate((PLAIN, SLANTED)):
        for at, other in ((0, 0), (7, 3), (40, 1), (5, 5)):
            box(page, number).get_by_label("Position of the query").fill(str(at))
            box(page, number).get_by_label("Position of the key").fill(str(other))
            product = box(page, number).evaluate("e => e.product")
            python = turned_product(setting["query"], setting["key"], at, other, setting["speed"])
            assert product == pytest.approx(python, abs=1e-6)
            expected = sentence(
                *(setting[k] for k in ("query", "key")), at, other, setting["speed"]
            )
            assert said(page, number) == expected


def test_arrow_keys_move_both_and_the_product_stays(page):
    before = said(page, 1)
    slider = box(page).get_by_label("Both, same distance")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert box(page).get_by_label("Position of the query").input_value() == "4"
    assert box(page).get_by_label("Position of the key").input_value() == "2"
    assert said(page) == "Distance 2. Dot product of the turned vectors: 0.500."
    page.keyboard.press("End")  # the farther one stops at the end of the dial
    assert box(page).get_by_label("Position of the query").input_value() == "40"
    assert box(page).get_by_label("Position of the key").input_value() == "38"
    assert slider.input_value() == "38"
    box(page).get_by_label("Position of the query").focus()
    page.keyboard.press("ArrowLeft")
    assert re.match(r"Distance 1\. .* 0\.866\.", said(page))
    assert said(page, 1) == before


def test_the_arrows_turn(page):
    arrow = box(page).locator("[data-part=query-arrow]")
    assert [float(arrow.get_attribute(k)) for k in ("x2", "y2")] == pytest.approx(
        [0.5, -math.sqrt(0.75)], abs=1e-3
    )
    box(page).get_by_label("Position of the query").fill("0")
    assert [float(arrow.get_attribute(k)) for k in ("x2", "y2")] == pytest.approx([1, 0], abs=1e-3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(page, scheme):
    page.emulate_media(color_scheme=scheme)
    if scheme == "dark":
        page.add_style_tag(content="body {background: #121212; color: #ddd}")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
