"""Chapter 10's pictures: their words come from the numbers that are drawn."""

from __future__ import annotations

import matplotlib as mpl
import pytest

from gptlab.errors import LabError
from gptlab.figures import recurrent_pictures as pictures
from gptlab.figures.gate_reader import gate_reader
from gptlab.training.trainer import Step


@pytest.fixture(autouse=True)
def no_window():
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with mpl.rc_context():
        yield
    plt.close("all")


def written(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_unrolled_names_words_guesses_and_states():
    figure, alt = pictures.unrolled(["the", "cat"], ["cat", "sleeps"])
    assert {"the", "cat", "sleeps", "$h_1$"} <= set(written(figure))
    assert "2 equal boxes" in alt
    with pytest.raises(LabError, match="2 words and 1 guesses"):
        pictures.unrolled(["the", "cat"], ["cat"])


def test_the_cell_shows_its_four_boxes():
    figure, alt = pictures.lstm_drawing()
    assert {"$f$", "$i$", "$g$", "$o$", "forget", "candidate"} <= set(written(figure))
    assert "forget gate f" in alt


def test_gradients_are_drawn_as_shares_of_the_first():
    figure, alt = pictures.gradients_by_distance({"a": [4.0, 2.0, 1.0]})
    assert figure.axes[0].lines[0].get_ydata().tolist() == [1.0, 0.5, 0.25]
    assert "a has 2e-01 of it left after 2 steps" in alt


def test_gates_stand_under_their_words():
    rows = {"memory": [0.25, -0.5], "forget": [1.0, 0.0]}
    figure, alt = pictures.gates_while_reading(["the", "cat"], rows, 7)
    assert figure.axes[0].images[0].get_clim() == (-2, 2), "two such maps can be compared"
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == ["the", "cat"]
    assert "the 0.2, cat -0.5" in alt
    with pytest.raises(LabError, match=r"forget has shape \(1,\)"):
        pictures.gates_while_reading(["the", "cat"], rows | {"forget": [1.0]}, 7)


def test_curves_tell_where_they_begin_and_end():
    _, alt = pictures.weights_by_view([2, 4], {"window": [10, 20]})
    assert "window: 10 at 2 words, 20 at 4" in alt
    steps = [Step(i, loss, 1.0, 1.0, 1.0) for i, loss in enumerate([6.0, 3.0, 2.0])]
    figure, alt = pictures.losses_while_training({"LSTM": steps})
    assert "LSTM from 6.0 to" in alt
    assert len(figure.axes[0].lines[0].get_ydata()) == 3
    _, alt = pictures.share_by_length({2: 1.0, 16: 0.25}, chance=0.1)
    assert "100% at 2, 25% at 16" in alt


def test_the_reader_draws_anew_and_tells_an_unknown_word():
    def watch(words, unit):
        if "zebra" in words:
            raise LabError("'zebra' is not among the words")
        return pictures.gates_while_reading(words, {"memory": range(len(words))}, unit)

    box = gate_reader(watch, "the cat", 1, n_units=4)
    text, number, picture = box.children
    assert "the 0.0, cat 1.0" in picture.value
    number.value = 3
    assert "unit 3" in picture.value
    text.value = "the zebra"
    assert "not among the words" in picture.value
    with pytest.raises(LabError, match=r"unit is 4; give one of 0 … 3"):
        gate_reader(watch, "the cat", 4, n_units=4)
