"""Chapter 07's pictures: the words say what the data say, and nonsense is refused."""

from __future__ import annotations

import numpy as np
import pytest

from gptlab.embeddings.vectors import WordVectors
from gptlab.errors import LabError
from gptlab.figures import glove_pictures as drawn
from gptlab.figures.analogy_box import analogy_answers, analogy_box

TABLE = np.arange(9.0).reshape(3, 3)


def test_words_are_computed_from_the_data():
    _, alt = drawn.score_panels(TABLE, {"all": TABLE, "few": TABLE + 2})
    assert "all: the dots lie less than 0.01" in alt
    assert "few: the dots lie up to 2.0" in alt
    _, alt = drawn.excess_curves([1, 3], {"skip-gram": [0.5, 1e-9], "SVD": [0.6, 1e-9]})
    assert "skip-gram from 0.5 at 1 to 1e-09 at 3" in alt
    _, alt = drawn.weight_picture([0.0, 1, 2, 10, 20], 10, 0.75)
    assert "4 pairs" in alt
    assert "50% of them" in alt
    _, alt = drawn.step_picture(np.arange(1, 200), 0.1 / np.arange(1, 200), 0.1)
    assert "199 words" in alt
    _, alt = drawn.luck_picture({"one": ([0.0, 1, 2, 3], 3.0)})
    assert "one: 25.00% of the shuffles" in alt
    one, two = np.array([1.0, 0, 0]), np.array([0.0, 1, 0])
    _, alt = drawn.senses_picture(one + two, {"A": one, "B": two}, "word", (one + two) / 2)
    assert "100% of the length of word" in alt


def test_nonsense_is_refused():
    for call in (
        lambda: drawn.score_panels(TABLE, {"all": TABLE[:2]}),
        lambda: drawn.weight_picture([0.0], 10, 0.75),
        lambda: drawn.senses_picture(TABLE[0], {"A": TABLE[0]}, "w", TABLE[0]),
        lambda: drawn.senses_picture(TABLE[1], {"A": TABLE[1], "B": TABLE[1]}, "w", TABLE[1]),
    ):
        with pytest.raises(LabError):
            call()


VECTORS = WordVectors(
    ("man", "woman", "king", "queen", "tea"),
    np.array([[1.0, 0, 1], [1, 0.3, 1], [3, 0, 1], [3, 0.4, 1], [0, -1, 1]]),
)


def test_the_box_answers_with_and_without_the_words_of_the_question():
    assert analogy_answers(VECTORS, "man", "woman", "king")[0][0] == "queen"
    every = analogy_answers(VECTORS, "man", "woman", "king", exclude=False)
    assert {"king", "woman"} & {word for word, _ in every[:2]}
    assert [score for _, score in every] == sorted((s for _, s in every), reverse=True)
    with pytest.raises(LabError, match="'zebra' is not among"):
        analogy_answers(VECTORS, "man", "woman", "zebra", exclude=False)


def test_the_box_tells_of_an_unknown_word_instead_of_failing():
    box = analogy_box(VECTORS, "man", "woman", "king")
    assert "queen" in box.children[2].value
    box.children[0].children[2].value = "zebra <b>"
    assert "is not among" in box.children[2].value
    assert "<b>" not in box.children[2].value
