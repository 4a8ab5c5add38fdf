"""Answers to chapter 21 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, other ways of
being wrong are met by a case and a hint that fit.
"""

from __future__ import annotations

from statistics import mean

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from gptlab.checks import check
from gptlab.checks.chapter21 import rms_norm
from gptlab.checks.chapter21_attention import grouped, turned
from gptlab.checks.chapter21_evaluation import calibration_error
from gptlab.checks.chapter21_open import GOOD, interval
from gptlab.checks.chapter21_router import routed
from gptlab.evaluation.calibration import expected_calibration_error, reliability_bins
from gptlab.layers.experts import Experts
from gptlab.layers.grouped_attention import GroupedQueryAttention
from gptlab.layers.rotary import rotary_angles, rotate


def by_torch(x, scale, eps):
    return F.rms_norm(x, x.shape[-1:], scale, eps)


def as_complex(z, start, base):
    half = z.size(-1) // 2
    angles = rotary_angles(z.size(-2), z.size(-1), base, start)
    arrows = torch.complex(*z.chunk(2, dim=-1)) * torch.polar(torch.ones(1, half), angles)
    return torch.cat((arrows.real, arrows.imag), dim=-1)


def by_sdpa(q, k, v, base):
    angles = rotary_angles(q.size(2), q.size(3), base)
    q, k = rotate(q, angles), rotate(k, angles)
    return F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)


def shared_out_again(scores, k):
    """The softmax over all, divided among the best: the same, since softmax keeps ratios."""
    p = scores.softmax(-1)
    kept = p * torch.zeros_like(p).scatter(-1, p.topk(k, dim=-1).indices, 1.0)
    return kept / kept.sum(-1, keepdim=True)


def by_library(confidences, right, n_bins):
    return expected_calibration_error(reliability_bins(confidences.double(), right, n_bins))


def both_edges(confidences, right, n_bins):
    total = 0.0
    for b in range(n_bins):
        inside = (confidences >= b / n_bins) & (confidences <= (b + 1) / n_bins)
        if inside.any():
            gap = right[inside].float().mean() - confidences[inside].mean()
            total += float(inside.float().mean() * gap.abs())
    return total


def report(first, edited):
    difference, half = interval(first, edited)
    return {"first": first, "edited": edited, "difference": difference, "half": half}


FIVE = report([5.1, 5.2, 5.05, 5.3, 5.17], [5.2, 5.28, 5.11, 5.31, 5.3])


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("21.1", " d "),
        ("21.2", torch.tensor(2.684)),
        ("21.3", by_torch),
        ("21.4", as_complex),
        ("21.5", by_sdpa),
        ("21.6", shared_out_again),
        ("21.7", by_library),
        ("21.8", FIVE),
        ("21.8", {key: np.array(value) for key, value in FIVE.items()}),
        ("21.8", FIVE | {"first": [torch.tensor(value) for value in FIVE["first"]]}),
        ("21.8", GOOD | {"first": tuple(GOOD["first"]), "half": round(GOOD["half"], 3)}),
    ],
)
def test_another_way_of_being_right_passes(exercise, answer):
    result = check(exercise, answer)
    assert result.passed, result.text


def test_the_answers_are_the_librarys():
    draw = torch.Generator().manual_seed(21)
    x = torch.randn(3, 7, 16, generator=draw)
    assert_close(rms_norm(x, x[0, 0], 1e-6), by_torch(x, x[0, 0], 1e-6))
    attention = GroupedQueryAttention(16, 4, n_kv_heads=2)
    q, k, v = attention.project(x)
    assert_close(turned(q, 5, 300.0), rotate(q, rotary_angles(7, 4, 300.0, 5)))
    mixed = grouped(q, k, v, 10_000.0).transpose(1, 2).flatten(2)
    assert_close(attention.to_out(mixed), attention(x))
    experts = Experts(16, 8, n_experts=5, n_active=2)
    weights = routed(experts.router(x), 2)
    said = torch.stack([expert(x) for expert in experts.experts], dim=-1)
    assert_close(experts(x), (said * weights[..., None, :]).sum(-1))
    sure = torch.rand(200, generator=draw)
    right = torch.rand(200, generator=draw) < sure**2
    assert calibration_error(sure, right, 10) == pytest.approx(by_library(sure, right, 10))


def test_the_interval_is_scipys():
    from scipy.stats import ttest_rel

    found = ttest_rel(FIVE["edited"], FIVE["first"]).confidence_interval(0.95)
    assert FIVE["difference"] == pytest.approx(mean(found))
    assert FIVE["half"] == pytest.approx((found.high - found.low) / 2, rel=1e-3)


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        ("21.1", "B is better", "choose one of A, B, C, D"),
        ("21.2", 3.0, "for each head of keys and values"),
        ("21.3", lambda x, g, e: x * g, "The mean of 9 and 16 is 12.5"),
        ("21.3", lambda x: x, "the exercise calls it with (x, scale, eps)"),
        ("21.4", lambda z, start, base: z, "becomes"),
        ("21.4", lambda z, start, base: turned(z, start, 10_000.0), "The base is an argument"),
        ("21.5", lambda q, k, v, base: by_sdpa(q, k, v, 10_000.0), "belongs to the rotation"),
        ("21.5", lambda q, k, v, base: q, "share head 0"),
        ("21.6", lambda s, k: routed(s, 2), "best one gets everything"),
        (
            "21.7",
            lambda c, r, n: abs(float(c.mean() - r.float().mean())),
            "absolute value in each bin",
        ),
        ("21.7", both_edges, "A bin holds its upper edge"),
        ("21.8", [5.3], "give a dict with the keys"),
        ("21.8", GOOD | {"first": 5.3}, "give a list of bits per word"),
        ("21.8", GOOD | {"half": None}, "give one number"),
        ("21.8", GOOD | {"edited": [5.2, 5.3]}, "3 runs of the first model and 2 of the edited"),
        ("21.8", report([5.3, 5.2], [5.1, 5.3]), "2 seeds; an interval needs three"),
        ("21.8", report([12.0, 11.0, 10.0], [9.9, 10.0, 12.0]), "between the floor"),
        ("21.8", GOOD | {"difference": 0.5}, "the mean of edited minus first is"),
        ("21.8", GOOD | {"half": 0.5}, "t is 4.303 for 3 seeds"),
    ],
)
def test_an_unlisted_answer_hears_something_that_fits(exercise, answer, said):
    result = check(exercise, answer)
    assert not result.passed
    assert said in result.text, result.text
