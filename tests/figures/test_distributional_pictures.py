"""Pictures of chapter 05: every word, weight and neighbour is drawn."""

import matplotlib as mpl
import numpy as np
import pytest

from gptlab.embeddings.vectors import WordVectors
from gptlab.errors import LabError
from gptlab.figures.distributional_pictures import (
    cosine_panels,
    falling_values,
    islands_picture,
    judgement_scatter,
    learning_curves,
    neighbour_bars,
    window_picture,
)


@pytest.fixture(autouse=True)
def no_window():
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with mpl.rc_context():
        yield
    plt.close("all")


def test_the_window_shows_each_word_and_each_weight():
    figure, alt = window_picture(["a", "cat", "eats", "the", "fish"], at=1, window=2)
    figure.canvas.draw()
    told = [text.get_text() for text in figure.axes[0].texts]
    assert {"a", "cat", "eats", "the", "fish", "flat", "harmonic", "linear"} <= set(told)
    assert told.count("1.00") == 3 + 2 + 2
    assert told.count("0.50") == 2
    assert "linear 1.00, 0.50" in alt
    with pytest.raises(LabError, match="no word number 5 among 5"):
        window_picture(["a", "cat", "eats", "the", "fish"], at=5, window=2)


def test_neighbours_side_by_side():
    lists = {"narrow": [("dog", 0.9), ("cow", 0.8)], "wide": [("cat", 0.7)]}
    figure, alt = neighbour_bars(lists, {"dog": "animal", "cow": "animal"})
    figure.canvas.draw()
    assert [axes.get_title() for axes in figure.axes] == ["narrow", "wide"]
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.9, 0.8]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["animal", "other"]
    assert "narrow: dog (animal), cow (animal); wide: cat (other)" in alt
    with pytest.raises(LabError, match="nothing to draw"):
        neighbour_bars({}, {})


def test_pictures_and_their_words_come_from_the_same_data():
    vectors = WordVectors(("cat", "dog", "car"), np.array([[1.0, 0], [1, 0.1], [0, 1]]))
    drawn = [
        cosine_panels({"counts": vectors, "PPMI": vectors}, vectors.words),
        falling_values(np.array([9.0, 5, 2, 1]), kept=2),
        learning_curves([10, 20], {"counts": [0.1, 0.2], "PPMI": [0.3, 0.45]}),
        judgement_scatter({"raw counts": [0.1, 0.9], "SVD": [-0.2, 0.5]}, [3, 7]),
        islands_picture(
            np.array([[0.0, 1], [0, 1.1], [0, 1.2], [5, 5]]), ["animal", "man", "man", "thing"]
        ),
    ]
    told = [
        "by PPMI 33% of the cells",
        "starts at 9, falls steeply to 5 at number 2",
        "PPMI 0.30, 0.45",
        "SVD from -0.20 to 0.50",
        "1 islands, each named by its classes and with its number of words: animal, man (3).",
    ]
    for (figure, alt), words in zip(drawn, told, strict=True):
        figure.canvas.draw()
        assert words in alt
    names = [text.get_text() for text in drawn[-1][0].axes[0].texts]
    assert names == ["animal, man"]
