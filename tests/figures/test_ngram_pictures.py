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
    (axes,) = order_curves({"a": [3.0, 2.0, np.inf], "b": [4.0]}, "bits", floor=1.5).axes
    a, b, floor = axes.lines
    assert a.get_xydata().tolist() == [[1, 3], [2, 2]]
    assert b.get_xydata().tolist() == [[1, 4]]
    assert set(floor.get_ydata()) == {1.5}
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["a", "b", "the floor"]
    (axes,) = order_curves({"share": [0.1, 0.5]}, "unseen", percent=True).axes
    assert axes.get_ylim() == (0, 1)


def test_bars_of_next_symbols_leave_zero_empty():
    figure = next_symbol_bars(
        {"one": np.array([0.9, 0.1, 0.0]), "two": np.array([0.5, 0.25, 0.25])}, ["a", "b", " "]
    )
    first, second = figure.axes
    assert [bar.get_height() for bar in first.patches][2] == 0
    assert second.patches[0].get_height() + second.patches[0].get_y() == pytest.approx(0.5)
    assert [t.get_text() for t in second.get_xticklabels()] == ["a", "b", "␣"]


def test_zipf_draws_falling_counts():
    (axes,) = zipf_plot(np.array([1, 10, 5])).axes
    assert axes.lines[0].get_ydata().tolist() == [10, 5, 1]
    assert axes.lines[1].get_ydata().tolist() == pytest.approx([10, 5, 10 / 3])


def test_the_strip_breaks_into_lines():
    figure = surprise_strip("abc de", [1, 2, 3, 4, 5, 6], per_line=4)
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
