"""Chapter 12's pictures: their words come from the numbers that are drawn."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

from gptlab.errors import LabError
from gptlab.figures import attention_pictures as pictures


@pytest.fixture(autouse=True)
def no_window():
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with mpl.rc_context():
        yield
    plt.close("all")


def written(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_two_roads_name_the_words_and_count_the_steps():
    figure, alt = pictures.two_roads(["a", "b", "c", "d"])
    assert {"a", "b", "c", "d"} <= set(written(figure))
    assert "3 arrows lead from box to box" in alt
    with pytest.raises(LabError, match="2 words; give at least 3"):
        pictures.two_roads(["a", "b"])


def test_averages_tell_from_where_to_where():
    _, alt = pictures.averages([[0, 0], [1, 0], [0, 1]], [[0.5, 0], [0, 0], [0, 0.25]], "abc")
    assert "a from (0.00, 0.00) to (0.50, 0.00)" in alt
    assert "c from (0.00, 1.00) to (0.00, 0.25)" in alt
    with pytest.raises(LabError, match=r"shapes \(1, 2\) and \(1, 2\) for 2 words"):
        pictures.averages([[0, 0]], [[0, 0]], "ab")


def test_looks_tells_the_largest_weights_and_who_looks_at_all_alike():
    figure, alt = pictures.looks([[0.5, 0.5], [0.25, 0.75]], ["a", "b"])
    assert "a at all alike (0.50 each), b at b (0.75)" in alt
    assert "0.75" in written(figure)
    _, alt = pictures.looks([[0.5, 0.5, 0], [1, 0, 0], [0, 0, 1]], ["a", "b", "c"])
    assert "a at a and b (0.50 each)" in alt


def test_curves_tell_where_they_begin_and_end():
    _, alt = pictures.saturation([4, 16], {"÷ √d": ([0.25, 0.5], [0.125, 0.0625])})
    assert "÷ √d: largest weight from 0.25 to 0.50, gradient from 0.125 to 0.062" in alt
    _, alt = pictures.multiplications([16, 4096], {"words": [10, 2000]})
    assert "words: 1.0e+01 at 16 tokens, 2.0e+03 at 4,096" in alt
    _, alt = pictures.repeated({"LSTM": {2: 1.0, 16: 0.25}}, chance=0.1)
    assert "LSTM 100% of 2 digits, 25% of 16" in alt


def test_measured_cost_draws_both_forms():
    rows = [
        {"impl": impl, "tokens": tokens, "kept_megabytes": size, "seconds": size / 1000}
        for impl, tokens, size in [("plain", 1, 2.0), ("plain", 2, 8.0), ("sdpa", 1, 1.0)]
    ] + [{"impl": "sdpa", "tokens": 2, "kept_megabytes": 2.0, "seconds": 0.004}]
    figure, alt = pictures.measured_cost(rows)
    assert figure.axes[0].lines[0].get_ydata().tolist() == [2.0, 8.0]
    assert "sdpa: 1.0 MB and 1.0 ms at 1 tokens, 2 MB and 4 ms at 2" in alt


def test_a_table_of_who_feels_whom_counts_leaks_and_blind_spots():
    right, wrong = np.tri(3, dtype=bool), np.tri(3, k=1, dtype=bool)
    wrong[2, 0] = False
    figure, alt = pictures.who_feels_whom({"right": right, "wrong": wrong})
    assert "right: 0 of the future are felt, 0 of the past are not" in alt
    assert "wrong: 2 of the future are felt, 1 of the past are not" in alt
    assert [len(axes.patches) for axes in figure.axes] == [6, 7]


def test_splits_show_every_number_where_it_stands():
    right = np.arange(12).reshape(3, 2, 2).transpose(1, 0, 2)
    wrong = np.arange(12).reshape(2, 3, 2)
    figure, alt = pictures.splits(right, wrong)
    assert written(figure).count("11") == 2
    assert "head 0 holds [[0, 1], [4, 5], [8, 9]]" in alt
    assert "head 0 holds [[0, 1], [2, 3], [4, 5]]" in alt


def test_head_grid_says_where_the_last_word_looks():
    layer = np.stack([np.eye(3), np.roll(np.eye(3), -1, axis=1)])
    figure, alt = pictures.head_grid([layer, layer], ["a", "b", "c"])
    assert len(figure.axes) == 4
    assert "layer 1, head 1: c looks most at c (0 back, 1.00)" in alt
    assert "layer 2, head 2: c looks most at b (1 back, 1.00)" in alt
    with pytest.raises(LabError, match=r"shape \(2, 3, 3\); expected \(2, 2, 2\)"):
        pictures.head_grid([layer], ["a", "b"])
