"""The schedules of chapter 17 in the page: the library's courses and the stored losses."""

from __future__ import annotations

import copy

import pytest
from axe_playwright_python.sync_playwright import Axe

from gptlab.errors import LabError
from gptlab.figures.schedule_explorer import (
    schedule_explorer,
    schedule_landscape,
    stored_schedules,
)
from gptlab.training.schedules import build_schedule

pytestmark = pytest.mark.browser

FOUND = stored_schedules()
BOX = "document.querySelector('[data-schedules]')"


@pytest.fixture
def page(alone):
    return alone(schedule_explorer(FOUND).html, height=800)


def test_the_courses_are_the_librarys(page):
    progress = [i / 40 for i in range(41)]
    for name in dict.fromkeys(run["schedule"] for run in FOUND["runs"]):
        for warmup, final in ((0.0, 0.0), (0.1, 0.1), (0.3, 0.5)):
            found = page.evaluate(
                f"([n, w, f, ps]) => ps.map((p) => {BOX}.share(n, w, f, p))",
                [name, warmup, final, progress],
            )
            schedule = build_schedule(name, warmup, final)
            assert found == pytest.approx([schedule(p) for p in progress], abs=1e-12)


def test_the_chosen_run_is_told_by_keyboard(page):
    best = min(FOUND["runs"], key=lambda run: run["exam"])
    status = page.get_by_role("status")
    assert f"{best['exam']:.2f} bits per word on sentences drawn anew, number 1 of" in (
        status.inner_text()
    )
    page.locator("[data-part=schedule]").focus()
    page.keyboard.press("Home")
    page.locator("[data-part=warmup]").select_option("0.1")
    page.get_by_role("slider").press("End")
    names, peaks = (sorted({r[k] for r in FOUND["runs"]}) for k in ("schedule", "peak"))
    run = page.evaluate(f"{BOX}.run")
    assert (run["schedule"], run["peak"], run["warmup"]) == (names[0], peaks[-1], 0.1)
    mine = next(r for r in FOUND["runs"] if r == run)
    assert f"peak {peaks[-1]}, warm-up over a tenth: {mine['exam']:.2f}" in status.inner_text()
    assert page.locator("td[data-chosen]").inner_text() == f"{mine['exam']:.2f}"
    assert len(page.locator("polyline.chosen").nth(1).get_attribute("points").split()) == len(
        mine["losses"]
    )
    page.locator("td[data-run='0']").click()
    assert page.evaluate(f"{BOX}.run") == FOUND["runs"][0]


def test_nothing_stands_in_anybodys_way(page):
    assert page.locator("td[data-run]").count() == len(FOUND["runs"])
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_hole_in_the_runs_and_a_lost_run_are_refused():
    less = {**FOUND, "runs": FOUND["runs"][1:]}
    lost = copy.deepcopy(FOUND)
    lost["runs"][3]["losses"][0] = float("nan")
    for found, said in ((less, "different runs of"), (lost, "no finite number")):
        for draw in (schedule_explorer, schedule_landscape):
            with pytest.raises(LabError, match=said):
                draw(found)
