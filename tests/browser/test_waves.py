"""The waves of chapter 13 in the page: torch's positions, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from gptlab.errors import LabError
from gptlab.figures.wave_explorer import wave_explorer, wave_sentence
from gptlab.layers.positions import sinusoidal_positions

pytestmark = pytest.mark.browser

D_MODEL, POSITIONS = 64, 60


@pytest.fixture
def page(alone):
    boxes = wave_explorer(D_MODEL, POSITIONS).html + wave_explorer(4, 9, pair=1, position=8).html
    return alone(boxes, height=900)


def box(page, number=0):
    return page.get_by_role("group", name="Positional waves").nth(number)


def said(page, number=0):
    return box(page, number).get_by_role("status").inner_text()


@pytest.mark.parametrize(("pair", "position"), [(0, 0), (0, 59), (7, 13), (31, 59)])
def test_it_computes_what_torch_computes(page, pair, position):
    box(page).get_by_role("slider", name="Pair of dimensions").fill(str(pair))
    box(page).get_by_role("slider", name="Position").fill(str(position))
    assert said(page) == wave_sentence(D_MODEL, pair, position)
    table = sinusoidal_positions(POSITIONS, D_MODEL)
    likeness = box(page).evaluate("e => e.likeness")
    assert likeness == pytest.approx((table @ table[position]).tolist(), abs=1e-3)
    assert max(likeness) == pytest.approx(D_MODEL / 2)
    points = box(page).locator("[data-part=sine]").get_attribute("points").split()
    heights = [60 * (1 - float(sine)) for sine in table[:, 2 * pair]]
    assert [float(point.split(",")[1]) for point in points] == pytest.approx(heights, abs=0.06)


def test_arrow_keys_turn_it_and_leave_the_other_alone(page):
    before = said(page, 1)
    assert before == wave_sentence(4, 1, 8)
    assert said(page) == wave_sentence(D_MODEL, 2, 20)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    assert said(page) == wave_sentence(D_MODEL, 3, 0)
    assert said(page, 1) == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits_a_phone(page, scheme):
    page.emulate_media(color_scheme=scheme)
    if scheme == "dark":
        page.add_style_tag(content="body {background: #121212; color: #ddd}")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.set_viewport_size({"width": 360, "height": 900})
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)


@pytest.mark.parametrize("wrong", [(3, 9), (0, 9), (4, 1), (4, 9, 2), (4, 9, 0, 9), (4, 9, -1)])
def test_what_is_not_there_is_refused(wrong):
    with pytest.raises(LabError, match=r"give an even width|there are pairs"):
        wave_explorer(*wrong)
