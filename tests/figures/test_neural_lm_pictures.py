"""Pictures of chapter 09: their words tell what the numbers say; the widget refuses what it cannot
show."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gptlab.errors import LabError
from gptlab.figures import neural_lm_pictures as pictures
from gptlab.figures.forward_pass import forward_pass
from gptlab.figures.style import figure_html
from gptlab.models.neural_lm import NeuralLM, NeuralLMConfig


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_curves_are_told_by_their_ends_and_their_lowest_point():
    figure, alt = pictures.loss_curves(
        {"training": [3.0, 2.0, 1.0], "validation": {1: 3.1, 2: 2.2, 3: 2.9}},
        "loss, nats", {"floor": 0.5}, {"stop here": 2}, top=4.0,
    )  # fmt: skip
    assert alt == (
        "Loss over the steps: training goes from 3.0 to 1.0; validation goes from 3.1 to 2.9, "
        "lowest 2.2 at step 2; a line across at 0.50, floor; an upright line at step 2, stop here."
    )
    assert figure.axes[0].get_ylim()[1] == 4.0
    assert "stop here" in figure_html(figure, alt)


def test_maps_tell_who_lies_beside_whom():
    kinds = ["animal", "animal", "other word"]
    moments = {"before": [[0, 0], [3, 4], [1, 1]], "after": [[0, 0], [0, 1], [5, 5]]}
    _, alt = pictures.moved_words(moments, ["cat", "dog", "the"], kinds)
    assert "before: the animals are 5.0 apart; after: the animals are 1.0 apart" in alt
    rng = np.random.default_rng(1)
    centres = np.repeat(np.eye(5)[:2] * 9, 10, axis=0)
    tables = {"random": rng.normal(size=(20, 5)), "sorted": centres + rng.normal(size=(20, 5))}
    groups = ["noun"] * 10 + ["verb"] * 10
    _, alt = pictures.growth_map(tables, groups, ["noun", "verb"])
    assert "20 words, coloured by class: noun, verb" in alt
    assert "sorted, 100% of the words lie next to one of their class" in alt
    with pytest.raises(LabError, match=r"'one' has vectors of shape \(2, 5\) for 3 words"):
        pictures.growth_map({"one": np.ones((2, 5))}, ["a", "a", "a"], ["a"])


def test_the_reach_of_a_leaking_model_is_told():
    clean = np.tri(5) - np.tri(5, k=-2)
    assert (
        "one of the 2 words up to it is changed, and none after it"
        in (pictures.reach_picture(clean)[1])
    )
    assert "and words after it, too" in pictures.reach_picture(np.ones((5, 5)))[1]


def test_the_others_tell_their_numbers():
    alt = pictures.tangent_picture([0, 1, 2], [3, 2, 3], at=1.0, loss=2.0, slope=-0.25)[1]
    assert "at 1.00, a straight line with the slope -0.250" in alt
    alt = pictures.network_drawing(["the", "dog"], "sleeps", d_model=3, d_hidden=7)[1]
    assert "one row of 6 numbers; a layer of 7 units" in alt
    found = {"neural": {3: (0.9, 50), 5: (0.6, 40)}}
    figure, alt = pictures.agreement_curves(found, window=4)
    assert "neural 90% at 3, 60% at 5" in alt
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ["3\n50", "5+\n40"]


def tiny(**changes):
    return NeuralLM(NeuralLMConfig(**{"vocab_size": 3, "order": 3, "d_model": 2} | changes))


@pytest.mark.parametrize(
    ("model", "words", "first", "message"),
    [
        (tiny(d_model=3), "abc", "ab", "d_model=3, order=3, direct=False; the figure is for"),
        (tiny(order=4), "abc", "ab", "order=4"),
        (tiny(direct=True), "abc", "ab", "direct=True"),
        (tiny(), "abcd", "ab", "4 words for a vocabulary of 3"),
        (tiny(), "abc", "ax", r"first is \['a', 'x'\]; give two of a, b, c"),
        (tiny(), "abc", "a", "give two of"),
    ],
)
def test_the_forward_pass_refuses_what_it_cannot_show(model, words, first, message):
    with pytest.raises(LabError, match=message):
        forward_pass(model, list(words), list(first))
