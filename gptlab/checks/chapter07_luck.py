"""The check of exercise 7.5: an exact permutation test."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np

from gptlab.checks import Mistake, call, function


def permutation_p(first, second):
    """The share of all splits whose means differ as much as those of first and second, or more."""
    return _share_of_splits(first, second)


def _as_much(split: float, found: float) -> bool:
    return split >= found - 1e-9


def _share_of_splits(
    first, second, reaches: Callable[[float, float], bool] = _as_much,
    differ: Callable[[Any, Any], float] = lambda a, b: a.mean() - b.mean(), size: int | None = None,
):  # fmt: skip
    both = np.concatenate([first, second]).astype(float)
    found = differ(np.asarray(first, dtype=float), np.asarray(second, dtype=float))
    hits = [
        reaches(differ(both[list(part)], np.delete(both, list(part))), found)
        for part in combinations(range(len(both)), size or len(first))
    ]
    return float(np.mean(hits))


def _but(**part: Any) -> Callable[..., Any]:
    return lambda first, second: _share_of_splits(first, second, **part)


def _two_sided(split: float, found: float) -> bool:
    return abs(split) >= abs(found) - 1e-9


def _beyond(split: float, found: float) -> bool:
    return split > found + 1e-9


def _less(split: float, found: float) -> bool:
    return not _beyond(split, found)


def _exactly(split: float, found: float) -> bool:
    return split >= found


def _rest_by_value(first, second):
    """Two equal numbers, and both are missing from the rest."""
    both, found, hits = [*first, *second], np.mean(first) - np.mean(second), []
    for part in combinations(both, len(first)):
        rest = [each for each in both if each not in part]
        hits.append(np.mean(part) - np.mean(rest or [0.0]) >= found - 1e-9)
    return float(np.mean(hits))


A, B, C = [0.31, 0.12, 0.25, 0.18], [0.11, 0.02, 0.15], [0.4, 0.1, 0.1, 0.0, 0.2]

LUCK = function(
    "7.5",
    "an exact permutation test",
    right=permutation_p,
    praise="No formula from a table of distributions, and no luck of shuffling either.",
    cases=[
        call("four against three", A, B, hint="Go through combinations(range(n), len(first))."),
        call("the other way round", B, A, hint="The first list's mean minus the second's."),
        call("with ties", C, A, hint="The true split is one of the splits, and counts: ≥."),
    ],
    mistakes=[
        Mistake(
            "both directions are counted",
            _but(reaches=_two_sided),
            "It asks for the size of the difference. Ours is a question with a direction: first "
            "minus second, as large or larger.",
        ),
        Mistake(
            "the true split is not counted",
            _but(reaches=_beyond),
            "As large *or equal*: the lists as they are belong to the splits, so p is never 0. "
            "Allow for rounding: >= found − 1e-9.",
        ),
        Mistake(
            "a number of splits, not a share",
            lambda first, second: (
                _share_of_splits(first, second)
                * len(list(combinations(range(len(first) + len(second)), len(first))))
            ),
            "So many splits reach it. Divide by how many there are.",
        ),
        Mistake(
            "the share of smaller differences",
            _but(reaches=_less),
            "It counts splits that reach less: either the comparison or the difference is turned "
            "round. Take mean of first minus mean of second; count what reaches as much or more.",
        ),
        Mistake(
            "no allowance for rounding",
            _but(reaches=_exactly),
            "Means of the same numbers in another order can differ in the last digit, and ties "
            "are lost. Compare with >= found − 1e-9.",
        ),
        Mistake(
            "the rest is found by its values",
            _rest_by_value,
            "Where a number occurs twice, `not in part` removes both. Choose places, not values: "
            "combinations(range(n), len(first)), then np.delete.",
        ),
        Mistake(
            "the first part is as long as the second list",
            lambda first, second: _share_of_splits(first, second, size=len(second)),
            "The first part has as many numbers as `first`.",
        ),
        Mistake(
            "in percent",
            lambda first, second: 100 * _share_of_splits(first, second),
            "Return the share as a number between 0 and 1.",
        ),
        Mistake(
            "medians instead of means",
            _but(differ=lambda a, b: float(np.median(a) - np.median(b))),
            "Compare the means of the two parts.",
        ),
    ],
)
