"""Pictures of chapter 02: what is drawn is what was given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gptlab.errors import LabError
from gptlab.figures.ngram_pictures import (
    next_symbol_bars,
    order_curves,
    surprise_strip,
    zipf_plot,
)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_curves_leave_out_what_is_infinite_and_draw_the_floor():
    figure, words = order_curves({"a": [3.0, 2.0, np.inf], "b": [4.0]}, "bits", floor=1.5)
    assert "a: 3.00, 2.00, inf, lowest at order 2; b: 4.00; the dotted floor lies at 1.50" in words
    (axes,) = figure.axes
    a, b, floor = axes.lines
    assert a.get_xydata().tolist() == [[1, 3], [2, 2]]
    assert b.get_xydata().tolist() == [[1, 4]]
    assert set(floor.get_ydata()) == {1.5}
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["a", "b", "the floor"]
    figure, words = order_curves({"share": [0.1, 0.5]}, "unseen", percent=True)
    assert words.endswith("share: 10%, 50%.")
    assert figure.axes[0].get_ylim()[1] > 1


def test_bars_of_next_symbols_leave_zero_empty():
    figure, words = next_symbol_bars(
        {"one": np.array([0.9, 0.1, 0.0]), "two": np.array([0.5, 0.25, 0.25])}, ["a", "b", " "]
    )
    assert "one: 2 of 3 have a bar, from 0.9 down to 0.1;" in words
    assert "two: 3 of 3 have a bar, from 0.5 down to 0.2, where 2 are equally high." in words
    first, second = figure.axes
    assert [bar.get_height() for bar in first.patches][2] == 0
    assert second.patches[0].get_height() + second.patches[0].get_y() == pytest.approx(0.5)
    assert [t.get_text() for t in second.get_xticklabels()] == ["a", "b", "␣"]


def test_zipf_draws_falling_counts():
    figure, words = zipf_plot(np.array([1, 10, 5]))
    assert "a factor of 3.3: from 10 for the first word" in words
    assert "1 of 3 words come once" in words
    (axes,) = figure.axes
    assert axes.lines[0].get_ydata().tolist() == [10, 5, 1]
    assert axes.lines[1].get_ydata().tolist() == pytest.approx([10, 5, 10 / 3])


def test_the_strip_breaks_into_lines():
    figure, words = surprise_strip("abc de", [1, 0.2, 3, 0.4, 5, 6], per_line=4)
    assert "33% cost less than one bit" in words
    assert "over the e of 'de' (6.0), the d of 'de' (5.0), the c of 'abc' (3.0)" in words
    letters = [t.get_text() for axes in figure.axes for t in axes.get_xticklabels()]
    assert letters == ["a", "b", "c", "␣", "d", "e"]
    assert [bar.get_height() for bar in figure.axes[1].patches] == [5, 6]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: order_curves({}, "bits"),
        lambda: order_curves({"a": []}, "bits"),
        lambda: next_symbol_bars({"a": np.array([1.0])}, ["a", "b"]),
        lambda: next_symbol_bars({}, []),
        lambda: zipf_plot(np.array([], dtype=int)),
        lambda: surprise_strip("", []),
        lambda: surprise_strip("ab", [1.0]),
    ],
)
def test_nothing_to_draw_is_said(draw):
    with pytest.raises(LabError, match="give"):
        draw()
