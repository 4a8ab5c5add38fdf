"""Answers to chapter 20 that are not in the lists of mistakes, as learners would write them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from gptlab.checks import check
from gptlab.checks.chapter20 import fit_line, middle
from gptlab.checks.chapter20_predicted import GOOD
from gptlab.checks.chapter20_sharing import bytes_held, together
from gptlab.evaluation.scaling import fit_power_law
from gptlab.models.gpt_family import training_bytes


def by_library(sizes, losses, floor):
    law = fit_power_law(sizes, losses, floor=floor)
    return law.scale, law.exponent


def base_ten(sizes, losses, floor):
    x, y = np.log10(sizes), np.log10(np.array(losses) - floor)
    slope, start = np.polyfit(x, y, 1)
    return 10**start, -slope


def by_percentile(predictions, level):
    half = 50 * (1 - level)
    return np.percentile(predictions, [half, 100 - half])


def over_tokens(gradients, tokens):
    return torch.tensor(np.stack(gradients) * np.array(tokens)[:, None]).sum(0) / sum(tokens)


def with_a_list(parameters, processes, stage):
    spread = [size / processes for size in (12, 2, 2)[:stage]]
    return parameters * (sum(spread) + sum((12, 2, 2)[stage:]))


def sorting_in_place(predictions, level):
    predictions.sort()
    return middle(predictions, level)


def weighing_in_place(gradients, tokens):
    for gradient, n in zip(gradients, tokens, strict=True):
        gradient *= n / sum(tokens)
    return sum(gradients)


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("20.1", " c "),
        ("20.2", 2.7e20),
        ("20.3", base_ten),
        ("20.3", lambda sizes, losses, floor: np.array(fit_line(sizes, losses, floor))),
        ("20.4", by_percentile),
        ("20.5", over_tokens),
        ("20.6", with_a_list),
        ("20.7", 9),
        ("20.7", np.float64(8.97)),
        ("20.8", GOOD),
        ("20.8", {"measured": 3.0, "high": 3.2, "low": 2.9}),
    ],
)
def test_another_way_of_being_right_passes(exercise, answer):
    result = check(exercise, answer)
    assert result.passed, result.text


def test_the_answers_are_the_librarys():
    sizes = (1e4, 1e5, 1e6)
    losses = [2.0 + 30 * s**-0.4 for s in sizes]
    assert fit_line(sizes, losses, 2.0) == pytest.approx(by_library(sizes, losses, 2.0), rel=1e-4)
    assert bytes_held(1000, 1, 0) == training_bytes(1000, "mixed")
    for stage, gigabytes in enumerate((120, 31.4, 16.6, 1.9)):  # Rajbhandari et al. 2020, figure 1
        assert bytes_held(7.5e9, 64, stage) / 1e9 == pytest.approx(gigabytes, abs=0.05)
    assert together([np.ones(2)], [5]).tolist() == [1, 1]
    assert middle(range(101), 0.9) == pytest.approx((5, 95))


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        ("20.1", "both", "choose one of A, B, C, D"),
        ("20.2", 2.7e21, "20 for each parameter"),
        ("20.3", lambda sizes, losses, floor: (1.0, 1.0), "scale 40 and exponent 0.35"),
        ("20.4", lambda predictions, level: (0.0, 1.0), "A twentieth lies on each side"),
        ("20.4", sorting_in_place, "it changes its input"),
        ("20.5", weighing_in_place, "it changes the gradients"),
        ("20.5", lambda gradients, tokens: gradients[0], "as many as the other has"),
        ("20.6", lambda parameters, processes, stage: parameters, "2 + 2 + 12 bytes"),
        ("20.7", 12.3, "gives seconds"),
        ("20.8", 3.4, "give {'low': …"),
        ("20.8", {"low": 3.0, "high": 3.5}, "give {'low': …"),
        ("20.8", GOOD | {"low": "3"}, "give a number"),
        ("20.8", GOOD | {"measured": math.nan}, "not finite"),
        ("20.8", GOOD | {"measured": 2.5}, "below the language's own entropy"),
        ("20.8", {"low": 2.0, "high": 3.5, "measured": 3.4}, "far below the floor"),
        ("20.8", {"low": 2.7, "high": 4.0, "measured": 3.4}, "risks nothing"),
        ("20.8", {"low": 3.0, "high": 3.2, "measured": 3.4}, "another seed"),
    ],
)
def test_an_unlisted_answer_hears_something_that_fits(exercise, answer, said):
    result = check(exercise, answer)
    assert not result.passed
    assert said in result.text, result.text
