"""The pictures of chapter 20 say what they show, computed from the data."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from gptlab.evaluation.scaling import ChinchillaLaw, Interval
from gptlab.evaluation.scaling_runs import SmallRun
from gptlab.figures import scaling_pictures as pictures
from gptlab.figures.style import svg

LAW = ChinchillaLaw(2.5, 30.0, 300.0, 0.4, 0.6)
RUNS = [
    SmallRun(d, n, words, LAW.predict(n, words))
    for d, n in ((8, 8_592), (16, 20_256))
    for words in (20_000, 40_000, 80_000)
]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.mark.parametrize(
    ("picture", "says"),
    [
        (lambda: pictures.runs_above_the_floor(RUNS, 2.5), "2 lines, one for each model size"),
        (lambda: pictures.equal_compute(LAW, (1e10, 1e11)), "2 U-shaped curves"),
        (
            lambda: pictures.sizes_and_tokens({"A": (1e9, 3e9), "B": (1e9, 2e10)}, 20),
            "A lie far below",
        ),
        (
            lambda: pictures.who_holds_what({"DDP": {"weights": 2.0, "rest": 14.0}}),
            "in GB: DDP 16.0",
        ),
        (lambda: pictures.spread([1.0, 2.0, 3.0], 2.0, "floor"), "2.00, lies inside"),
        (lambda: pictures.spread([1.0, 2.0, 3.0], 9.0, "floor"), "9.00, lies outside"),
    ],
)
def test_the_words_follow_the_data(picture, says):
    figure, alt = picture()
    assert says in alt
    assert svg(figure).startswith("<svg")


@pytest.mark.parametrize(
    ("found", "says"), [(3.0, "inside the bar"), (9.0, "outside the bar"), (None, "interval.")]
)
def test_a_prediction_is_drawn_with_and_without_its_run(found, says):
    said = Interval(3.05, 2.9, 3.2, 0.9)
    figure, alt = pictures.prediction_and_run(RUNS, LAW, (150_000, 160_000), said, found)
    assert alt.endswith(says) or says in alt
    assert svg(figure)


def test_counts_in_few_digits():
    assert [pictures.short(n) for n in (999, 8_592, 52_800, 1e6, 7e10, 1.4e12)] == [
        "999", "8.6k", "53k", "1M", "70B", "1.4T",
    ]  # fmt: skip
