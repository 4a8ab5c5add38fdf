"""Exercises whose answer is a value: a number, an array, a letter."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from gptlab.checks import Mistake, array, choice, number

TOKENS = number(
    "99.8",
    "tokens seen",
    right=lambda: 16 * 128 * 300,
    unit="tokens",
    tolerance=0.01,
    hint="Batch × context × steps.",
    mistakes=[
        Mistake("you forgot the batch", 128 * 300, "A step sees a whole batch."),
        Mistake("you forgot the context", lambda: 16 * 300, "A sequence has many tokens."),
    ],
)


@pytest.mark.parametrize(
    "answer", [614_400, 614400.0, 610_000, np.int64(614400), torch.tensor(6.144e5)]
)
def test_numbers_of_every_type_pass_within_the_tolerance(answer):
    assert TOKENS.check(answer).passed


def test_wrong_numbers_are_named_and_the_right_one_is_not_given_away():
    assert TOKENS.check(38_400).label == "you forgot the batch"
    assert TOKENS.check(4800.0).label == "you forgot the context"
    result = TOKENS.check(600_000)
    assert result.text.endswith("600,000 is not right\n  Hint: Batch × context × steps.")
    assert "614" not in result.text
    assert "614" not in result._repr_html_()


@pytest.mark.parametrize("answer", ["614400", True, [614400], torch.zeros(2), math.sin])
def test_what_is_not_a_number_is_said_to_be_none(answer):
    assert "the answer is a number of tokens" in TOKENS.check(answer).message


def test_nan_is_not_the_answer():
    assert not TOKENS.check(float("nan")).passed


ARRAY = array(
    "99.9",
    "the mask",
    right=torch.ones(3, 3).tril(),
    mistakes=[Mistake("looks ahead", torch.ones(3, 3).triu(), "Turn it over.")],
)


def test_arrays_are_compared_by_shape_type_and_value():
    assert ARRAY.check(torch.ones(3, 3).tril()).passed
    assert ARRAY.check(torch.ones(3, 3).triu()).label == "looks ahead"
    assert "shape (2, 2); expected (3, 3)" in ARRAY.check(torch.ones(2, 2)).message
    assert "int64 values; expected float32" in ARRAY.check(torch.ones(3, 3).tril().long()).message
    assert "a list of 3; expected a tensor" in ARRAY.check([[1], [1], [1]]).message
    assert "pass what it returns" in ARRAY.check(torch.ones).message
    near = ARRAY.check(torch.ones(3, 3)).message
    assert near == "3 of 9 values differ, most at [0, 1]: 1 is not right"


LETTER = choice(
    "99.10",
    "which one",
    right="B",
    why="The gradient is averaged.",
    wrong={"A": "Summed would grow.", "C": "The maximum has no such slope."},
)


def test_choices():
    assert LETTER.check(" b ").passed
    assert "The gradient is averaged." in LETTER.check("B").text
    assert LETTER.check("a").hint == "Summed would grow."
    assert LETTER.check("a").label == "A is not it"
    assert "choose one of A, B, C" in LETTER.check("D").message
    assert "choose one of A, B, C" in LETTER.check(2).message
    assert LETTER.check(None).status == "not implemented yet"


def test_a_symptom_comes_before_everything_and_may_fail_on_odd_answers():
    measured = number(
        "99.11",
        "speed-up",
        right=4.0,
        tolerance=0.5,
        mistakes=[Mistake("upside down", 0.25, "Slow over fast.", lambda x: x < 1)],
    )
    assert measured.check(0.4).label == "upside down"
    assert measured.check(5.0).passed
    assert measured.check(float("inf")).label != "upside down"
