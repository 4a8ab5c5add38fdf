r"""Do a machine and people agree on which documents are alike? Correlation, with its uncertainty.

Pearson's correlation of two lists of numbers says how nearly a straight line joins them; Spearman's
is Pearson's of their ranks, so it asks only for the same order. Both are 1 for full agreement and 0
for none.

**The interval.** The pairs of n documents are not n(n − 1)/2 independent facts: one odd document
spoils n − 1 of them. So the bootstrap draws *documents* with replacement, not pairs, and takes the
pairs of different documents among those drawn. Two machines that are compared get the same draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from gptlab.errors import LabError

FEWEST = 5  # documents; below that most draws have too few different pairs


@dataclass(frozen=True)
class Agreement:
    """Two correlations over the same pairs of documents."""

    pearson: float
    spearman: float
    n_pairs: int


def document_agreement(machine: ArrayLike, human: Float[ArrayLike, "n n"]) -> Agreement:
    """How the similarities above the diagonal of two matrices (arrays or lists) correlate.

    Raises LabError if the shapes differ, a number is NaN, there are fewer than 3 documents, or one
    side finds all pairs equally alike (then no correlation exists).
    """
    machine, human = _check(machine, human, 3)
    above = np.triu_indices(len(human), 1)
    values = _correlations(machine[above], human[above])
    return Agreement(*values, len(above[0]))


def bootstrap_agreement(
    machine: ArrayLike,
    human: ArrayLike,
    resamples: int = 1000,
    seed: int = 0,
) -> Float[np.ndarray, "resamples 2"]:
    """Pearson's and Spearman's correlation for `resamples` draws of documents.

    `np.quantile(result, [0.025, 0.975], axis=0)` is the 95 % interval. With the same seed and the
    same number of documents the draws are the same, so results can be subtracted row by row.
    Raises LabError as `document_agreement`, below 5 documents, and below 1 resample.
    """
    machine, human = _check(machine, human, FEWEST)
    if resamples < 1:
        raise LabError(f"resamples is {resamples}; draw at least once, 1000 times for an interval")
    random = np.random.default_rng(seed)
    n, rows = len(human), []
    first, second = np.triu_indices(n, 1)
    for _ in range(resamples):
        drawn = np.sort(random.integers(n, size=n))
        i, j = drawn[first], drawn[second]
        different = i != j  # a document drawn twice is no pair
        i, j = i[different], j[different]
        rows.append(_correlations(machine[i, j], human[i, j]))
    return np.array(rows)


def _correlations(
    machine: Float[np.ndarray, "pairs"], human: Float[np.ndarray, "pairs"]
) -> tuple[float, float]:
    from scipy.stats import rankdata

    if np.ptp(machine) == 0 or np.ptp(human) == 0:
        raise LabError(
            "one side finds all pairs equally alike: no correlation exists; use more documents"
        )
    ranks = rankdata(machine), rankdata(human)
    return float(np.corrcoef(machine, human)[0, 1]), float(np.corrcoef(*ranks)[0, 1])


def _check(machine: ArrayLike, human: ArrayLike, fewest: int) -> tuple[np.ndarray, np.ndarray]:
    try:
        machine, human = np.asarray(machine, dtype=float), np.asarray(human, dtype=float)
    except (TypeError, ValueError) as error:
        raise LabError(
            f"the similarities are no table of numbers ({error}); give a row and a column for each "
            "document"
        ) from None
    if machine.shape != human.shape or machine.ndim != 2 or len(machine) != machine.shape[1]:
        raise LabError(
            f"the machine's matrix has shape {machine.shape}, the human one {human.shape}; both "
            "need a row and a column for each document"
        )
    if len(human) < fewest:
        raise LabError(f"{len(human)} documents are too few; give {fewest} or more")
    if not (np.isfinite(machine).all() and np.isfinite(human).all()):
        raise LabError("a similarity is NaN or infinite; compare documents that have words")
    return machine, human
