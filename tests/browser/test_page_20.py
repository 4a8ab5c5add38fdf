"""The calculator of chapter 20 in the page: Python's numbers, by keyboard, in words."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from gptlab.errors import LabError
from gptlab.evaluation.scaling import ChinchillaLaw
from gptlab.figures.scaling_calculator import scaling_calculator
from gptlab.training.plan import GPUS

pytestmark = pytest.mark.browser

LAWS = {
    "Hoffmann": ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28),
    "Besiroglu & others": ChinchillaLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658),
}
BOX = "document.querySelector('[data-compute]')"


@pytest.fixture
def page(alone):
    return alone(scaling_calculator(LAWS).html, height=800)


def expected(law, gpu, count, hours, mfu, price):
    flops = count * hours * 3600 * GPUS[gpu].peak * mfu
    parameters, tokens = LAWS[law].compute_optimal(flops)
    loss = LAWS[law].predict(parameters, tokens)
    cost = price * count * hours
    return {"flops": flops, "parameters": parameters, "tokens": tokens, "loss": loss, "cost": cost}


def shown(page):
    return page.evaluate(f"{BOX}.result")


def test_the_first_numbers_are_pythons(page):
    assert shown(page) == pytest.approx(expected("Hoffmann", "H100", 1000, 1000, 0.4, 2))
    assert page.get_by_role("status").inner_text().endswith(f"{shown(page)['loss']:.3f}.")


@pytest.mark.parametrize("gpu", list(GPUS))
def test_another_gpu_and_law_by_keyboard(page, gpu):
    page.get_by_label("GPU", exact=True).select_option(gpu)
    page.get_by_label("Law").select_option("Besiroglu & others")
    hours = page.get_by_role("slider", name="Hours")
    hours.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    page.get_by_role("slider", name="Price").press("End")
    assert shown(page) == pytest.approx(expected("Besiroglu & others", gpu, 1000, 100, 0.4, 10))
    assert page.locator("svg .best").count() == 1


@pytest.mark.parametrize("key", ["Home", "End"])
def test_the_ends_of_the_sliders_are_told_in_words(page, key):
    for slider in page.get_by_role("slider").all():
        slider.press(key)
    count, hours = (1, 1) if key == "Home" else (31_623, 10_000)
    mfu, price = (0.05, 0) if key == "Home" else (0.7, 10)
    assert shown(page) == pytest.approx(expected("Hoffmann", "H100", count, hours, mfu, price))
    table = page.get_by_role("table").inner_text()
    assert "NaN" not in table
    assert "Infinity" not in table
    assert ("million" if key == "Home" else "trillion") in table


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_anybody(page, scheme):
    page.emulate_media(color_scheme=scheme)
    colours = {"light": "#fff;color:#111", "dark": "#121212;color:#eee"}[scheme]
    page.evaluate(f"document.body.style.cssText = 'background:{colours}'")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_two_calculators_do_not_disturb_each_other(browser):
    context = browser.new_context()
    page = context.new_page()
    page.set_content(2 * scaling_calculator(LAWS).html)
    page.get_by_role("slider", name="Hours").first.press("End")
    one, two = page.evaluate("[...document.querySelectorAll('[data-compute]')].map(b => b.result)")
    assert one["flops"] == pytest.approx(10 * two["flops"])
    context.close()


def test_what_cannot_be_computed_is_refused():
    with pytest.raises(LabError, match="there is no law"):
        scaling_calculator({})
    with pytest.raises(LabError, match="not above 0"):
        scaling_calculator({"bad": ChinchillaLaw(1.0, 1.0, 1.0, 0.3, 0.0)})
    with pytest.raises(LabError, match="GPU 'H1' is unknown"):
        scaling_calculator(LAWS, start_gpu="H1")
