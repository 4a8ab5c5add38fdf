"""Answers to chapter 07 that are not in the lists of mistakes, as learners would write them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from gptlab.checks import check
from gptlab.checks.chapter07 import analogy_accuracies
from gptlab.checks.chapter07_silence import NEEDED, purity_of, silent_counts


def in_place_on_copies(parameter, squares, gradient, eta):
    parameter, squares = parameter.copy(), squares.copy()
    squares += gradient * gradient
    parameter -= eta * gradient * squares**-0.5
    return parameter, squares


def in_lists(parameter, squares, gradient, eta):
    both = zip(squares, gradient, strict=True)
    squares = [total + g**2 for total, g in both]
    moves = zip(parameter, gradient, squares, strict=True)
    return [[theta - eta * g / total**0.5 for theta, g, total in moves], squares]


def with_loops(x, w, c, b, d, x_max, alpha):
    total = 0.0
    for i in range(len(x)):
        for j in range(len(x)):
            if x[i, j] > 0:
                weight = (x[i, j] / x_max) ** alpha if x[i, j] < x_max else 1
                total += weight * (w[i] @ c[j] + b[i] + d[j] - np.log(x[i, j])) ** 2
    return total


def by_sums(first, second):
    both, n = [*first, *second], len(first)
    found = sum(first)
    sums = [sum(part) for part in combinations(both, n)]
    return sum(each >= found - 1e-9 for each in sums) / len(sums)


def share_of_chance(counts):
    rows = counts.sum(axis=1)
    return counts + 0.1 * np.outer(rows, rows) / counts.sum()


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("7.1", " c "),
        ("7.2", in_place_on_copies),
        ("7.2", in_lists),
        ("7.3", with_loops),
        ("7.4", 141 / 2975),
        ("7.4", 0.047),
        ("7.5", by_sums),
        ("7.6", share_of_chance),
        ("7.6", lambda counts: np.maximum(counts, 0.1)),
    ],
)
def test_another_way_of_being_right_passes(exercise, answer):
    result = check(exercise, answer)
    assert result.passed, result.text


def only_the_parameter(parameter, squares, gradient, eta):
    return in_place_on_copies(parameter, squares, gradient, eta)[0]


def in_place(parameter, squares, gradient, eta):
    squares += gradient**2
    parameter -= eta * gradient / np.sqrt(squares)
    return parameter, squares


def with_zeros(x, w, c, b, d, x_max, alpha):
    error = w @ c.T + b[:, None] + d - np.log(x)
    return (np.minimum(1, (x / x_max) ** alpha) * error**2).sum()


def cells(x, w, c, b, d, x_max, alpha):
    return np.ones_like(x)


def sorts(first, second):
    first.sort()
    return by_sums(first, second)


def squares_the_counts(counts):
    return counts**2 + 1e-9


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        ("7.1", "E", "choose one of A, B, C, D"),
        ("7.2", only_the_parameter, "return the new parameter and the new squares"),
        ("7.2", in_place, "it changes the array parameter that it was handed"),
        ("7.2", lambda *given: None, "is the `return` missing?"),
        ("7.3", with_zeros, "0 × ln 0 is not 0 to a computer"),
        ("7.3", cells, "return one number"),
        ("7.4", 4.74, "in percent"),
        ("7.4", 0.06, "not yet"),
        ("7.5", sorts, "it changes its input"),
        ("7.5", lambda first, second: 0.05, "not yet"),
        ("7.6", lambda counts: counts.tolist(), "return an array"),
        ("7.6", lambda counts: counts[:5], "return an array"),
        ("7.6", squares_the_counts, f"{NEEDED} is wanted"),
    ],
)
def test_an_unlisted_answer_hears_something_that_fits(exercise, answer, said):
    result = check(exercise, answer)
    assert not result.passed
    assert said in result.text, result.text


def test_the_lesson_of_the_analogies_holds():
    shares = analogy_accuracies()
    assert shares["b + c"] > 0.6 * shares["b - a + c"]
    assert shares["b + c, nothing left out"] < 0.01


def test_silence_costs_what_the_exercise_says():
    assert purity_of(silent_counts()[1]) < NEEDED - 0.12
