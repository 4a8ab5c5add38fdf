"""The check of exercise 5.3: PPMI with smoothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from gptlab.checks import Case, Mistake, call, function
from gptlab.checks.compare import as_array


def smoothed_ppmi(counts, alpha):
    """PPMI in nats; the contexts' counts are raised to the power alpha before shares are taken."""
    return _ppmi(counts, alpha)


def _ppmi(
    counts, alpha,
    rows=lambda counts, alpha: counts.sum(axis=1) / counts.sum(),
    columns=lambda counts, alpha: counts.sum(axis=0) ** alpha / (counts.sum(axis=0) ** alpha).sum(),
    log=np.log, positive=True,
):  # fmt: skip
    joint = counts / counts.sum()
    chance = np.outer(rows(counts, alpha), columns(counts, alpha))
    met = counts > 0
    found = np.zeros(counts.shape)
    found[met] = log(joint[met] / chance[met])
    return np.maximum(found, 0) if positive else found


def _other(**part: Any) -> Callable[..., Any]:
    return lambda counts, alpha: _ppmi(counts, alpha, **part)


def _plain_columns(counts, alpha):
    return counts.sum(axis=0) / counts.sum()


def _smoothed_rows(counts, alpha):
    return counts.sum(axis=1) ** alpha / (counts.sum(axis=1) ** alpha).sum()


def _all_powers(counts, alpha):
    return _ppmi(counts**alpha, 1.0)


def _raised_joint(counts, alpha):
    chance = np.outer(counts.sum(axis=1) / counts.sum(), _ppmi_columns(counts, alpha))
    joint = counts**alpha / (counts**alpha).sum()
    return np.log(np.maximum(joint / chance, 1))


def _ratio(counts, alpha):
    found = np.exp(_ppmi(counts, alpha, positive=False))
    return np.where(counts > 0, found, 0.0)


def _ask(label: str, counts: np.ndarray, alpha: float, hint: str) -> Case:
    case = call(label, counts, alpha, hint=hint)

    def function(answer: Callable[..., Any]) -> Any:
        def in_an_array(*args: Any) -> Any:
            found = answer(*args)  # lists, a tensor or a sparse table of the numbers are right, too
            found = found.toarray() if hasattr(found, "toarray") else found
            return found if found is None else as_array(found)

        return case.function(in_an_array)

    return replace(case, function=function)


def _minus_infinity(counts, alpha):
    with np.errstate(divide="ignore"):
        chance = np.outer(counts.sum(axis=1) / counts.sum(), _ppmi_columns(counts, alpha))
        return np.log(counts / counts.sum() / chance)


def _ppmi_columns(counts, alpha):
    return counts.sum(axis=0) ** alpha / (counts.sum(axis=0) ** alpha).sum()


_TABLE = np.array([[0.0, 4, 4, 1], [4, 0, 1, 0], [4, 1, 0, 0], [1, 0, 0, 0]])
_TALL = np.array([[8.0, 1, 0], [2, 0, 3], [0, 6, 1], [5, 5, 5], [1, 0, 9]])

SMOOTHED = function(
    "5.3",
    "PPMI with smoothing",
    right=smoothed_ppmi,
    praise="The same as gptlab.embeddings.distributional.ppmi, which does it for sparse tables.",
    cases=[
        _ask(
            "two words that always meet: ln 2",
            np.array([[0.0, 1], [1, 0]]),
            1.0,
            "Each cell that is not zero has P(w, c) = 1/2 and P(w) = P(c) = 1/2.",
        ),
        _ask(
            "no smoothing, a square table",
            _TABLE,
            1.0,
            "Rows: counts.sum(axis=1). Columns: counts.sum(axis=0). All: counts.sum().",
        ),
        _ask(
            "no smoothing, more words than contexts",
            _TALL,
            1.0,
            "The rows are the words, the columns the contexts.",
        ),
        _ask(
            "alpha = 0.75",
            _TALL,
            0.75,
            "Raise the column sums to alpha, then divide by the sum of what you have got.",
        ),
    ],
    mistakes=[
        Mistake(
            "minus infinity where two words never met",
            _minus_infinity,
            "ln 0 is −∞. PPMI is max(PMI, 0), so cells that are zero stay zero.",
        ),
        Mistake(
            "negative values are left",
            _other(positive=False),
            "The second P is for positive: everything below zero becomes zero.",
        ),
        Mistake(
            "bits instead of nats",
            _other(log=np.log2),
            "`np.log2` gives bits. Nats need the natural logarithm, `np.log`.",
        ),
        Mistake(
            "the logarithm to base 10",
            _other(log=np.log10),
            "`np.log10` belongs to decibels. Nats need the natural logarithm, `np.log`.",
        ),
        Mistake(
            "the ratio itself",
            _ratio,
            "That is how many times as often as by chance they met. PMI is its logarithm.",
        ),
        Mistake(
            "every count is raised",
            _all_powers,
            "You raised the whole table to alpha first. Only the column sums are raised; P(w, c) "
            "and P(w) come from the counts as they are.",
        ),
        Mistake(
            "the pair's share is raised",
            _raised_joint,
            "P(w, c) is the pair's plain share. Only P(c) is smoothed.",
        ),
        Mistake(
            "no smoothing",
            _other(columns=_plain_columns),
            "alpha has no effect yet. P(c) is #(c)^α / Σ #(c')^α.",
        ),
        Mistake(
            "the words were smoothed instead of the contexts",
            _other(rows=_smoothed_rows, columns=_plain_columns),
            "The power belongs to the columns, the contexts: they may be rare by accident.",
        ),
        Mistake(
            "both sides are smoothed",
            _other(rows=_smoothed_rows),
            "Only the contexts (columns) are raised to alpha; P(w) stays the row's share.",
        ),
        Mistake(
            "the powers are not shares",
            _other(columns=lambda counts, alpha: counts.sum(axis=0) ** alpha / counts.sum()),
            "After the power the column values no longer add up to counts.sum(). Divide by their "
            "own sum.",
        ),
        Mistake(
            "the shares are raised, and not made shares again",
            _other(columns=lambda counts, alpha: (counts.sum(axis=0) / counts.sum()) ** alpha),
            "P(c)^α does not sum to one over the contexts. Divide by Σ P(c')^α.",
        ),
        Mistake(
            "P(w) is missing",
            _other(rows=lambda counts, alpha: np.ones(len(counts))),
            "You divide by P(c) alone. PMI compares P(w, c) with the product P(w) P(c).",
        ),
    ],
)
