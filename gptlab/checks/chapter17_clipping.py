"""The check of exercise 17.4: clipping the gradient."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gptlab.checks import Mistake, call, function

_DRAW = torch.Generator().manual_seed(174)


def clip_gradients(gradients, limit):
    """All tensors times min(1, limit / their joint norm)."""
    norm = torch.sqrt(sum((g**2).sum() for g in gradients))
    factor = min(1.0, limit / max(float(norm), 1e-12))
    return [factor * g for g in gradients]


def _by(factor: Callable[[list[Tensor], float], Any]) -> Callable[..., list[Tensor]]:
    """A wrong answer that scales all gradients by one factor, but by another one."""
    return lambda gradients, limit: [factor(gradients, limit) * g for g in gradients]


def _stretches(answer: Callable[..., Any]) -> bool:
    """True where a gradient within the limit comes back longer; how it treats zero differs."""
    return float(answer([torch.tensor([0.3])], 1.0)[0]) > 0.31


def _with(norm: Callable[[list[Tensor]], Any]) -> Callable[..., list[Tensor]]:
    """A wrong answer that does the right thing with another norm."""
    return _by(lambda gradients, limit: min(1.0, limit / max(float(norm(gradients)), 1e-12)))


def _norm(gradients: list[Tensor]) -> Tensor:
    return torch.cat([g.flatten() for g in gradients]).norm()


_THREE = [3 * torch.randn(size, generator=_DRAW) for size in [(3, 2), (4,), (2, 2)]]

CLIPPING = function(
    "17.4",
    "gradient clipping",
    right=clip_gradients,
    cases=[
        call(
            "norm 5, limit 1: divided by 5",
            [torch.tensor([3.0]), torch.tensor([[4.0]])],
            1.0,
            hint="The joint norm is √(3² + 4²) = 5, so 3 becomes 0.6 and 4 becomes 0.8.",
        ),
        call("three tensors, limit 2.5", _THREE, 2.5, hint="One factor for all: limit / norm."),
        call(
            "within the limit: as they are",
            [torch.tensor([0.3, 0.0]), torch.tensor([[-0.4]])],
            1.0,
            hint="Gradients that are short enough stay as they are.",
        ),
        call(
            "norm 1.5, limit 2: as they are",
            [torch.tensor([0.9]), torch.tensor([[1.2]])],
            2.0,
            hint="√(0.9² + 1.2²) = 1.5, and that is within the limit.",
        ),
        call(
            "all zero",
            [torch.zeros(2), torch.zeros(1, 3)],
            1.0,
            hint="The norm can be 0, and then there is nothing to cut: do not divide by it.",
        ),
    ],
    mistakes=[
        Mistake(
            "each tensor on its own",
            lambda gs, limit: [min(1.0, limit / max(float(g.norm()), 1e-12)) * g for g in gs],
            "Each tensor got a factor of its own, so the direction of the whole step has changed. "
            "One norm over all of them, one factor for all.",
        ),
        Mistake(
            "cut by value",
            lambda gs, limit: [g.clamp(-limit, limit) for g in gs],
            "`clamp` cuts each number, so the large ones lose most and the direction changes. "
            "Scale all by the same factor.",
        ),
        Mistake(
            "short ones are stretched",
            _by(lambda gs, limit: limit / _norm(gs)),
            "Near the end of training gradients are small, and that is how it should be. The "
            "factor is never above 1.",
            symptom=_stretches,
        ),
        Mistake(
            "the norms are added",
            _with(lambda gs: sum(g.norm() for g in gs)),
            "3 and 4 make 7 in your sum, but the hypotenuse is 5. Add the squares of all entries, "
            "then take the root once.",
        ),
        Mistake(
            "the root is missing",
            _with(lambda gs: _norm(gs) ** 2),
            "You divide by the sum of squares, 25, and not by its root, 5.",
        ),
        Mistake(
            "the square of the norm against the limit",
            _by(
                lambda gs, limit: limit / float(_norm(gs)) if float(_norm(gs)) ** 2 > limit else 1.0
            ),
            "You ask whether the sum of squares exceeds the limit. The question is about its root.",
        ),
        Mistake(
            "times the limit",
            _by(lambda gs, limit: limit if float(_norm(gs)) > limit else 1.0),
            "The factor is limit / norm; you multiply by the limit alone.",
        ),
        Mistake(
            "a mean square, not a sum",
            _with(lambda gs: _norm(gs) / math.sqrt(sum(g.numel() for g in gs))),
            "That is the root of the mean of the squares. The norm is the root of their sum.",
        ),
        Mistake(
            "the largest entry, not the norm",
            _with(lambda gs: max(g.abs().max() for g in gs)),
            "You look at the single largest entry. The length of the whole gradient counts.",
        ),
        Mistake(
            "the largest tensor's norm",
            _with(lambda gs: max(g.norm() for g in gs)),
            "You look at the longest tensor alone. All of them together are one vector: add the "
            "squares of all entries.",
        ),
        Mistake(
            "the sizes of the entries are added",
            _with(lambda gs: sum(g.abs().sum() for g in gs)),
            "Adding absolute values gives another norm, 7 for 3 and 4. This one is the root of the "
            "sum of squares, 5.",
        ),
        Mistake(
            "the norms are averaged",
            _with(lambda gs: sum(g.norm() for g in gs) / len(gs)),
            "A mean of norms is not the norm of the whole. Add the squares of all entries, then "
            "take the root once.",
        ),
        Mistake(
            "the factor is upside down",
            _by(lambda gs, limit: max(1.0, float(_norm(gs)) / limit)),
            "norm / limit is above 1 for a gradient that is too long, so it grows. It is "
            "limit / norm.",
        ),
        Mistake(
            "one long tensor comes back",
            lambda gs, limit: torch.cat([g.flatten() for g in clip_gradients(gs, limit)]),
            "Joining is good for the norm. What comes back is a list of tensors of the old shapes.",
        ),
        Mistake(
            "cut to length one",
            _by(lambda gs, limit: 1 / max(float(_norm(gs)), limit)),
            "What is too long gets the length 1 from you. It should get the length `limit`.",
        ),
        Mistake(
            "divided by zero",
            _by(lambda gs, limit: min(_norm(gs), torch.tensor(limit)) / _norm(gs)),
            "A gradient of zeros has the norm 0, and 0 / 0 is not a number: one such step, and "
            "every weight is NaN. Scale only where the norm exceeds the limit.",
        ),
    ],
)
