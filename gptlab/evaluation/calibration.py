r"""Calibration: is a model that is 80 % sure right in 80 of 100 cases?

Predictions are sorted into bins by their confidence. In a bin B, accuracy is the share that was
right, confidence the mean of what the model gave. The expected calibration error is

$$ ECE = \sum_B \frac{|B|}{n} \, | acc(B) - conf(B) |. $$

Source: Guo et al. 2017, section 2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from gptlab.errors import LabError, check_count


@dataclass(frozen=True)
class ConfidenceBin:
    """Predictions whose confidence lies between `low` and `high`: how many, how sure, how right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability_bins(
    confidences: Sequence[float] | Any, right: Sequence[bool] | Any, n_bins: int = 10
) -> list[ConfidenceBin]:
    """The bins that hold a prediction, from the least sure; each is (low, high] of equal width.

    Raises LabError for confidences outside 0 … 1, unequal numbers, none at all, or no bins.

    >>> reliability_bins([0.55, 0.58, 0.9], [True, False, True])[0].accuracy
    0.5
    """
    check_count("n_bins", n_bins)
    sure = np.asarray(confidences, dtype=float)
    good = np.asarray(right, dtype=float)
    if sure.ndim != 1 or sure.shape != good.shape or not sure.size:
        raise LabError(
            f"{sure.size} confidences for {good.size} answers; give one of each for every "
            "prediction, and at least one"
        )
    if not ((sure >= 0) & (sure <= 1)).all():
        raise LabError(f"a confidence is {sure.min():g} or {sure.max():g}; they lie between 0, 1")
    edges = np.linspace(0, 1, n_bins + 1)
    place = np.searchsorted(edges[1:-1], sure, side="left")
    bins = []
    for i in range(n_bins):
        inside = place == i
        if inside.any():
            means = float(sure[inside].mean()), float(good[inside].mean())
            bins.append(
                ConfidenceBin(float(edges[i]), float(edges[i + 1]), int(inside.sum()), *means)
            )
    return bins


def expected_calibration_error(bins: Sequence[ConfidenceBin]) -> float:
    """The gaps between confidence and accuracy, each weighted by how many predictions it holds.

    Raises LabError for no bins.
    """
    if not bins:
        raise LabError("there are no bins; make them with reliability_bins")
    total = sum(b.count for b in bins)
    return math.fsum(b.count * abs(b.accuracy - b.confidence) for b in bins) / total


def fitted_temperature(
    logits: Float[Tensor, "cases options"],
    targets: Int[Tensor, "cases"],
    low: float = 0.05,
    high: float = 20.0,
) -> float:
    """The temperature between `low` and `high` at which these targets cost the fewest nats.

    Dividing by it never changes which option is best. In 1/temperature the loss has one valley, so
    a search by thirds finds its bottom. Raises LabError for shapes that do not fit, and no cases.
    Source: Guo et al. 2017, section 4.2 (temperature scaling).
    """
    if logits.dim() != 2 or logits.shape[:1] != targets.shape or not len(targets):
        raise LabError(
            f"logits have shape {tuple(logits.shape)}, targets {tuple(targets.shape)}; give "
            "(cases, options) and (cases,), with at least one case"
        )
    scores = logits.detach().double()

    def nats(inverse: float) -> float:
        return F.cross_entropy(scores * inverse, targets).item()

    left, right = 1 / high, 1 / low
    while right / left > 1 + 1e-6:
        a, b = left ** (2 / 3) * right ** (1 / 3), left ** (1 / 3) * right ** (2 / 3)
        left, right = (left, b) if nats(a) < nats(b) else (a, right)
    return 1 / math.sqrt(left * right)


@torch.no_grad()
def confidences(
    logits: Float[Tensor, "cases options"], targets: Int[Tensor, "cases"]
) -> tuple[Float[Tensor, "cases"], Tensor]:
    """How likely the model holds its best option, and whether that is the target."""
    best = logits.softmax(dim=-1).max(dim=-1)
    return best.values, best.indices == targets
