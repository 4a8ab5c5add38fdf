"""The checks of exercises 13.6 and 13.7: smoothing that skips the padding, and the schedule."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from gptlab.checks import Case, Mistake, call, function


def smoothed_loss(logits, targets, epsilon):
    """Mean smoothed cross-entropy over the positions whose target is not −100."""
    kept = targets != -100
    log_p = logits.log_softmax(-1)[kept]
    right = log_p.gather(1, targets[kept][:, None])[:, 0]
    return (-(1 - epsilon) * right - epsilon * log_p.mean(1)).mean()


def _smoothed(logits: Tensor, targets: Tensor, epsilon: float) -> tuple[Tensor, Tensor, Tensor]:
    """What both halves of the loss cost at every position, and which positions count."""
    log_p = logits.log_softmax(-1)
    right = log_p.gather(-1, targets.clamp(min=0)[..., None])[..., 0]
    return -right, -log_p.mean(-1), targets != -100


def _smooths_padding(logits, targets, epsilon):
    right, even, kept = _smoothed(logits, targets, epsilon)
    return ((1 - epsilon) * right * kept + epsilon * even).sum() / kept.sum()


def _divides_by_all(logits, targets, epsilon):
    right, even, kept = _smoothed(logits, targets, epsilon)
    return ((1 - epsilon) * right + epsilon * even)[kept].sum() / kept.numel()


def _sum_of_all(logits, targets, epsilon):
    right, even, kept = _smoothed(logits, targets, epsilon)
    return ((1 - epsilon) * right + epsilon * even * logits.size(-1))[kept].mean()


def _others_only(logits, targets, epsilon):
    right, even, kept = _smoothed(logits, targets, epsilon)
    V = logits.size(-1)
    return ((1 - epsilon) * right + epsilon * (even * V - right) / (V - 1))[kept].mean()


def _plain(logits, targets, epsilon):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-100)


def _sum(logits, targets, epsilon):
    return smoothed_loss(logits, targets, epsilon) * (targets != -100).sum()


def _exchanged(logits, targets, epsilon):
    return smoothed_loss(logits, targets, 1 - epsilon)


def _by_sentence(logits, targets, epsilon):
    right, even, kept = _smoothed(logits, targets, epsilon)
    each = ((1 - epsilon) * right + epsilon * even) * kept
    return (each.sum(1) / kept.sum(1)).mean()


def _not_logs(logits, targets, epsilon):
    right, _, kept = _smoothed(logits, targets, epsilon)
    return ((1 - epsilon) * right - epsilon * logits.softmax(-1).mean(-1))[kept].mean()


def _padding_is_token_0(logits, targets, epsilon):
    return smoothed_loss(logits, targets.clamp(min=0), epsilon)


def _over_the_places(logits, targets, epsilon):
    kept = targets != -100
    log_p = logits.log_softmax(1)[kept]
    right = log_p.gather(1, targets[kept][:, None])[:, 0]
    return (-(1 - epsilon) * right - epsilon * log_p.mean(1)).mean()


def _whole_right(logits, targets, epsilon):
    right, even, kept = _smoothed(logits, targets, epsilon)
    return (right + epsilon * even)[kept].mean()


_DRAW = torch.Generator().manual_seed(136)


def _arguments(*shape: int) -> list[Any]:
    logits = torch.randn(*shape, 6, generator=_DRAW)
    targets = torch.randint(6, shape, generator=_DRAW)
    return [logits, targets]


def _padded() -> list[Any]:
    logits, targets = _arguments(2, 4)
    targets[1, 2:] = -100
    return [logits, targets]


SMOOTHING = function(
    "13.6",
    "smoothing that skips the padding",
    right=smoothed_loss,
    cases=[
        call("no padding", *_arguments(2, 3), 0.1,
             hint="(1 − ε) · (−log p of the right token) + ε · (mean of −log p over all tokens)."),
        call("two places are padding", *_padded(), 0.1,
             hint="Leave positions with target −100 out of both halves and of the count."),
        call("ε = 0 is the plain loss", *_padded(), 0.0,
             hint="With ε = 0 only −log p of the right tokens is left, averaged."),
    ],
    mistakes=[
        Mistake(
            "the padding is smoothed too",
            _smooths_padding,
            "The even half of your loss also counts positions with target −100: the network is "
            "taught to be unsure of nothing. Leave them out of both halves.",
        ),
        Mistake(
            "the padding is counted",
            _divides_by_all,
            "You divide by all positions. The mean is over those that have a target.",
        ),
        Mistake(
            "ε for each token",
            _sum_of_all,
            "ε is shared by all V tokens: each wants ε / V, so take the mean over the vocabulary, "
            "not the sum.",
        ),
        Mistake(
            "ε spread over the others only",
            _others_only,
            "You spread ε over the V − 1 wrong tokens. Here, as in Szegedy et al. 2016 and in "
            "torch, the right one gets its share too.",
        ),
        Mistake(
            "no smoothing",
            _plain,
            "That is the plain cross-entropy: ε does not occur in it.",
        ),
        Mistake("a sum, not a mean", _sum,
                "You added up. Divide by the number of positions that count."),
        Mistake(
            "ε on the right token",
            _exchanged,
            "The shares changed places: 1 − ε belongs to the right token, ε to all.",
        ),
        Mistake(
            "the padding is taken for token 0",
            _padding_is_token_0,
            "A target of −100 is no token. Choose the positions first: targets != -100.",
        ),
        Mistake(
            "softmax over the places",
            _over_the_places,
            "The probabilities of one position add up to one over the vocabulary: log_softmax(-1).",
        ),
        Mistake(
            "ε is always 0.1",
            lambda logits, targets, epsilon: smoothed_loss(logits, targets, 0.1),
            "You wrote 0.1. ε is an argument, and may be zero.",
        ),
        Mistake(
            "a mean of the sentences' means",
            _by_sentence,
            "You averaged within each sentence first. Every position that counts weighs the same.",
        ),
        Mistake(
            "probabilities in place of their logarithms",
            _not_logs,
            "The second half is the mean of −log p over the vocabulary, not of −p.",
        ),
        Mistake(
            "the right token at full price",
            _whole_right,
            "The first half has the factor 1 − ε: what goes to all is taken from the right token.",
        ),
    ],
)  # fmt: skip


def learning_rate(n, d_model, warmup):
    """Equation 3 of the paper, at step n = 1, 2, …"""
    return d_model**-0.5 * min(n**-0.5, n * warmup**-1.5)


RATE = function(
    "13.7",
    "the learning rate of 2017",
    right=learning_rate,
    cases=[
        call("at the peak", 4000, 512, 4000, hint="512^−0.5 · 4000^−0.5 = 0.000699."),
        Case(
            "the first step",
            lambda rate: rate(1, 512, 4000),
            "d^−0.5 · w^−1.5: nearly nothing, and yet not zero.",
            atol=1e-12,
        ),
        call("half-way up", 2000, 512, 4000, hint="Half of the peak."),
        call("long after", 64_000, 256, 4000, hint="16 times the warm-up: a quarter of the peak."),
        call("another warm-up", 50, 64, 100, hint="Use the warm-up that you are given: 100."),
    ],
    mistakes=[
        Mistake(
            "no warm-up at all",
            lambda n, d_model, warmup: d_model**-0.5 * n**-0.5,
            "Your first step is the largest of all. Below the warm-up take n · w^−1.5.",
        ),
        Mistake(
            "the larger of the two",
            lambda n, d_model, warmup: d_model**-0.5 * max(n**-0.5, n * warmup**-1.5),
            "min, not max: before the peak the straight line is the smaller of the two.",
        ),
        Mistake(
            "off by the warm-up",
            lambda n, d_model, warmup: (
                d_model**-0.5 * (n * warmup**-1.5 if n < warmup else (n - warmup + 1) ** -0.5)
            ),
            "You count the fall from the end of the warm-up, so that the rate jumps there. n is "
            "always the step since the beginning.",
        ),
        Mistake(
            "width forgotten",
            lambda n, d_model, warmup: min(n**-0.5, n * warmup**-1.5),
            "The factor d_model^−0.5 is missing: a wider model takes smaller steps.",
        ),
        Mistake(
            "the width is always 512",
            lambda n, d_model, warmup: learning_rate(n, 512, warmup),
            "You wrote 512. The width is an argument: another model has another.",
        ),
        Mistake(
            "one step ahead",
            lambda n, d_model, warmup: learning_rate(n + 1, d_model, warmup),
            "n counts from 1 already; you added one more.",
        ),
        Mistake(
            "the warm-up is always 4000",
            lambda n, d_model, warmup: learning_rate(n, d_model, 4000),
            "You wrote 4000. The warm-up is an argument: another run has another.",
        ),
        Mistake(
            "counted from zero",
            lambda n, d_model, warmup: learning_rate(n - 1, d_model, warmup) if n > 1 else 0.0,
            "The first step is n = 1. Yours has a rate of zero there, and all others are one late.",
        ),
        Mistake(
            "the root of the width, not one over it",
            lambda n, d_model, warmup: d_model * learning_rate(n, d_model, warmup),
            "The exponent of d_model is −0.5: a wider model takes smaller steps.",
        ),
        Mistake(
            "flat after the warm-up",
            lambda n, d_model, warmup: learning_rate(min(n, warmup), d_model, warmup),
            "Your rate stays at its peak. After the warm-up it falls as n^−0.5.",
        ),
        Mistake(
            "another power of the warm-up",
            lambda n, d_model, warmup: d_model**-0.5 * min(n**-0.5, n / warmup),
            "n / w reaches 1 at the peak, where n^−0.5 is already far below: the two must meet at "
            "n = w, so the power is −1.5.",
        ),
    ],
)
