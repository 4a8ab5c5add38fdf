"""Chapter 18's pictures say in words what they draw, from the same numbers."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gptlab.errors import LabError
from gptlab.figures import generation_pictures as pictures
from gptlab.figures import style
from gptlab.figures.page_writer import page_writer
from gptlab.figures.sampling_playground import sampling_playground
from gptlab.models.gpt import GPTConfig

WORDS = ["dog", "cat", "bus", "tram"]
P = np.array([0.5, 0.25, 0.25, 0.0])


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def alt_of(result):
    figure, alt = result
    assert style.figure_html(figure, alt)
    return alt


def test_guesses_stand_beside_the_truth():
    alt = alt_of(pictures.guess_bars(WORDS, P, [0.4, 0.6, 0, 0], "the", shown=3))
    assert "3 words" in alt
    assert "dog is first with 0.50, where the language has 0.40" in alt


def test_panels_count_what_each_rule_leaves():
    figure, alt = pictures.rule_panels(WORDS, {"none": P, "greedy": [1, 0, 0, 0]}, shown=2)
    assert "none: 3 of 4 words left, dog has 0.50; greedy: 1 of 4 words left" in alt
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert widths == pytest.approx([0.5, 0.25, 0.25])  # the last: all others
    with pytest.raises(LabError, match="no rule to draw"):
        pictures.rule_panels(WORDS, {})


def test_nuclei_tell_the_smallest_and_the_largest():
    alt = alt_of(pictures.nucleus_sizes(["the", "dog"], [200, 3], 0.9, 40))
    assert "From 3 before dog to 200 before the; top-k keeps 40" in alt
    with pytest.raises(LabError, match="1 sizes for 2 words"):
        pictures.nucleus_sizes(["the", "dog"], [200], 0.9, 40)


def test_trade_off_and_surprise_tell_ends_and_means():
    series = {"temperature": {"0.5": (0.9, 2.04), "1": (0.5, 3.5)}}
    alt = alt_of(pictures.trade_off(series, 3.7))
    assert "temperature 0.5: 90% grammatical, 2.0 bits; 1: 50%, 3.5 bits" in alt
    alt = alt_of(pictures.surprise_lines({"beam": (["she", "is"], [1.0, 3.0])}))
    assert "beam: mean 2.0 bits, most 3.0 at is" in alt


def test_the_cache_grid_counts_positions():
    alt = alt_of(pictures.cache_grid(3, 4))
    assert "18 in all" in alt
    assert "6 in all" in alt


def test_cost_curves_tell_the_gain():
    from gptlab.generation.cost import writing_flops

    shape = GPTConfig.preset("nano")
    alt = alt_of(pictures.cost_curves(shape, 4, 50, "nano"))
    slow, fast = (sum(writing_flops(shape, 4, 50, cache)) for cache in (False, True))
    assert f"needs {slow / fast:.0f} times fewer" in alt


def test_kept_and_missing_make_the_target():
    figure, alt = pictures.kept_and_missing(WORDS, P, [0.1, 0.4, 0.25, 0.25])
    assert "Kept in all: 0.60" in alt
    tops = np.zeros(4)
    for bar in figure.axes[1].patches:
        tops[round(bar.get_x() + bar.get_width() / 2)] += bar.get_height()
    assert tops == pytest.approx(P)
    assert "4 ahead 2.50" in alt_of(pictures.round_lengths({4: 2.5}, {4: 2.6}))


def test_widgets_refuse_what_they_cannot_show():
    for words, scores in ((WORDS, [1, 2]), (["a"], [1]), (WORDS, [0, 1, 2, float("inf")])):
        with pytest.raises(LabError):
            sampling_playground(words, scores, "so")
    for data, new in ((b"0" * 4_000_001, 5), (b"0", 0)):
        with pytest.raises(LabError, match="at least 1 token"):
            page_writer(data, "so", new)
