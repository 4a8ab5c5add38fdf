"""The checks of exercises 5.2 and 5.3: company counted by distance, and PPMI with smoothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gptlab.checks import Case, Mistake, call, function
from gptlab.checks.compare import describe


def company(words, word, window):
    """What stands around `word`: each context word with the sum of 1 / distance."""
    return _company(words, word, window)


# The parts. A wrong answer has one of them done otherwise.
def _everywhere(words: list[str], word: str) -> list[int]:
    return [i for i, each in enumerate(words) if each == word]


def _both_sides(i: int, window: int, length: int) -> list[int]:
    return [j for j in range(max(0, i - window), min(length, i + window + 1)) if j != i]


def _add(found: dict[str, float], other: str, weight: float) -> None:
    found[other] = found.get(other, 0.0) + weight


def _company(
    words, word, window,
    places=_everywhere, around=_both_sides, weigh=lambda d, window: 1 / d, add=_add, keep_self=True,
):  # fmt: skip
    found: dict[str, float] = {}
    for i in places(words, word):
        for j in around(i, window, len(words)):
            if keep_self or words[j % len(words)] != word:
                add(found, words[j], weigh(abs(i - j), window))
    return found


def _but(**part: Any) -> Callable[..., Any]:
    return lambda words, word, window: _company(words, word, window, **part)


def _wrapped(i: int, window: int, length: int) -> list[int]:
    return [j for j in range(i - window, min(length, i + window + 1)) if j != i and -j <= length]


def _assigned(found: dict[str, float], other: str, weight: float) -> None:
    found[other] = weight


def _seen(words: str, word: str, window: int) -> Callable[[Any], Any]:
    def function(answer: Callable[..., Any]) -> Any:
        given = words.split()
        found = answer(given, word, window)
        if found is None:
            return None
        assert given == words.split(), "it changes the list of words; leave it as it is"
        assert isinstance(found, dict), (
            f"it returns {describe(found)}; return a dict: context word to weight"
        )
        return {other: float(found[other]) for other in sorted(found) if found[other]}

    return function


_MILK = "the cat drinks the milk"
_LONG = "we saw a dog and a cat and the dog saw a bird"

COMPANY = function(
    "5.2",
    "the company of a word",
    right=company,
    praise="This is a row of a co-occurrence table with harmonic weights, as GloVe counts them.",
    cases=[
        Case(
            "drinks, with its neighbours",
            _seen(_MILK, "drinks", 1),
            "One word on each side, at distance 1: each weighs 1 / 1.",
        ),
        Case(
            "cat, whose window hangs over the start",
            _seen(_MILK, "cat", 3),
            "Left of cat stands one word only. Where does a negative index point in Python?",
        ),
        Case(
            "the, which stands there twice",
            _seen(_MILK, "the", 2),
            "Visit each occurrence of the word and add up what is around it.",
        ),
        Case(
            "very, in its own company",
            _seen("very very good", "very", 2),
            "Each very stands in the window of the other one. That counts.",
        ),
        Case("a word that is not there", _seen(_MILK, "dog", 2), "An empty dict is the answer."),
        Case("a longer text", _seen(_LONG, "dog", 3), "Check windows and weights by hand."),
    ],
    mistakes=[
        Mistake(
            "only what comes after",
            _but(around=lambda i, window, n: [*range(i + 1, min(n, i + window + 1))]),
            "You look to the right only. A window has two sides: also i − 1, i − 2 and so on.",
        ),
        Mistake(
            "only what comes before",
            _but(around=lambda i, window, n: [*range(max(0, i - window), i)]),
            "You look to the left only. A window has two sides: also i + 1, i + 2 and so on.",
        ),
        Mistake(
            "the window is one short",
            _but(around=lambda i, window, n: _both_sides(i, window - 1, n)),
            "`range(1, window)` ends before window. Go to window + 1.",
        ),
        Mistake(
            "the window wraps around",
            _but(around=_wrapped),
            "words[-1] is the last word of the text. Start at max(0, i − window).",
        ),
        Mistake(
            "every distance counts the same",
            _but(weigh=lambda d, window: 1.0),
            "That is the flat weighting. Here a word at distance d counts 1 / d.",
        ),
        Mistake(
            "linear weights",
            _but(weigh=lambda d, window: (window - d + 1) / window),
            "That is (window − d + 1) / window, word2vec's weighting. Asked for is 1 / d.",
        ),
        Mistake(
            "only one meeting is kept",
            _but(add=_assigned),
            "`found[other] = 1 / d` forgets what was there. Add to it: use a Counter, or "
            "found.get(other, 0) + 1 / d.",
        ),
        Mistake(
            "only the first occurrence",
            _but(places=lambda words, word: _everywhere(words, word)[:1]),
            "`words.index(word)` finds the first place only. Go through all places.",
        ),
        Mistake(
            "the word is left out of its own company",
            _but(keep_self=False),
            "Leave out the place i itself, not every word that is spelled the same.",
        ),
    ],
)


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
        call(
            "two words that always meet: ln 2",
            np.array([[0.0, 1], [1, 0]]),
            1.0,
            hint="Each cell that is not zero has P(w, c) = 1/2 and P(w) = P(c) = 1/2.",
        ),
        call(
            "no smoothing, a square table",
            _TABLE,
            1.0,
            hint="Rows: counts.sum(axis=1). Columns: counts.sum(axis=0). All: counts.sum().",
        ),
        call(
            "no smoothing, more words than contexts",
            _TALL,
            1.0,
            hint="The rows are the words, the columns the contexts.",
        ),
        call(
            "alpha = 0.75",
            _TALL,
            0.75,
            hint="Raise the column sums to alpha, then divide by the sum of what you have got.",
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
