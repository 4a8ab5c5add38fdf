"""Pictures of chapter 05: every word, weight and neighbour is drawn."""

import matplotlib as mpl
import pytest

from gptlab.errors import LabError
from gptlab.figures.distributional_pictures import neighbour_bars, window_picture


@pytest.fixture(autouse=True)
def no_window():
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with mpl.rc_context():
        yield
    plt.close("all")


def test_the_window_shows_each_word_and_each_weight():
    figure = window_picture(["a", "cat", "eats", "the", "fish"], at=1, window=2)
    figure.canvas.draw()
    told = [text.get_text() for text in figure.axes[0].texts]
    assert {"a", "cat", "eats", "the", "fish", "flat", "harmonic", "linear"} <= set(told)
    assert told.count("1.00") == 3 + 2 + 2
    assert told.count("0.50") == 2
    with pytest.raises(LabError, match="no word number 5 among 5"):
        window_picture(["a", "cat", "eats", "the", "fish"], at=5, window=2)


def test_neighbours_side_by_side():
    lists = {"narrow": [("dog", 0.9), ("cow", 0.8)], "wide": [("cat", 0.7)]}
    figure = neighbour_bars(lists, {"dog": "animal", "cow": "animal"})
    figure.canvas.draw()
    assert [axes.get_title() for axes in figure.axes] == ["narrow", "wide"]
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.9, 0.8]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["animal", "other"]
    with pytest.raises(LabError, match="nothing to draw"):
        neighbour_bars({}, {})
