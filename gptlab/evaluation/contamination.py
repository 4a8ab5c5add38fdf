"""Was the test in the training text? Three ways to ask: its n-grams, its surprises, a canary.

The first needs the training text, the other two only the model's probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence

from gptlab.errors import LabError, check_count


def known_ngrams(texts: Iterable[Sequence[Hashable]], n: int) -> set[tuple[Hashable, ...]]:
    """Every run of n tokens that stands in one of the texts."""
    check_count("n", n)
    return {tuple(text[i : i + n]) for text in texts for i in range(len(text) - n + 1)}


def overlap_share(text: Sequence[Hashable], known: set[tuple[Hashable, ...]]) -> float:
    """The share of the text's n-grams that are in `known`; a text shorter than n counts as a whole.

    0 for one that is too short and so cannot be told. Raises LabError for an empty `known`.

    >>> overlap_share("the cat sat here".split(), known_ngrams(["the cat sat".split()], 2))
    0.6666666666666666
    """
    if not known:
        raise LabError("no n-grams are known; give training texts of at least n tokens")
    n = len(next(iter(known)))
    runs = [tuple(text[i : i + n]) for i in range(len(text) - n + 1)]
    return sum(run in known for run in runs) / len(runs) if runs else 0.0


def min_k_score(log_probabilities: Sequence[float], share: float = 0.2) -> float:
    """The mean of the lowest log probabilities: `share` of the tokens, at least one.

    What was read before holds few surprises, so a high score hints at training text. Raises
    LabError for no tokens and a share outside 0 … 1. Source: Shi et al. 2024.

    >>> min_k_score([-1.0, -9.0, -2.0, -1.0, -7.0], share=0.4)
    -8.0
    """
    if not 0 < share <= 1:
        raise LabError(f"share is {share}; give a number above 0, up to 1")
    if not len(log_probabilities):
        raise LabError("there are no tokens to score; give at least one log probability")
    lowest = sorted(log_probabilities)[: max(1, math.floor(share * len(log_probabilities)))]
    return math.fsum(lowest) / len(lowest)


def ranking_accuracy(of_seen: Sequence[float], of_new: Sequence[float]) -> float:
    """How often a seen text's score lies above a new one's, over all pairs; ties count half.

    0.5 is guessing, 1 tells them apart without an error. It is the area under the ROC curve.
    Raises LabError unless there is at least one of each.
    """
    if not len(of_seen) or not len(of_new):
        raise LabError(
            f"{len(of_seen)} seen and {len(of_new)} new scores; give one or more of each"
        )
    wins = sum((a > b) + 0.5 * (a == b) for a in of_seen for b in of_new)
    return wins / (len(of_seen) * len(of_new))


def canary_exposure(canary: float, others: Sequence[float]) -> float:
    r"""$\log_2 n - \log_2 rank$: the bits that a model gives away about a planted secret.

    `canary` is its log probability, `others` those of the secrets that could have been planted
    instead; n counts them all. Nothing learned: about 1 bit on average; the most likely of n: all
    $\log_2 n$. Raises LabError for no others. Source: Carlini et al. 2019.
    """
    if not len(others):
        raise LabError("there is nothing to rank the canary against; give other secrets")
    rank = 1 + sum(other >= canary for other in others)
    return math.log2(len(others) + 1) - math.log2(rank)
