"""Checks of exercises 3.3 and 3.4: TF-IDF, and a bag that keeps some order."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from gptlab.checks import Case, Mistake, call, function
from gptlab.checks.compare import is_tensor


def tf_idf(counts):
    """(1 + ln c) · ln(n / n_w), each row shortened to length 1; a row of zeros stays as it is."""
    return _unit(_log_tf(counts) * _idf(counts))


def _log_tf(counts: np.ndarray) -> np.ndarray:
    return np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0.0)


def _idf(counts: np.ndarray) -> np.ndarray:
    return np.log(len(counts) / (counts > 0).sum(axis=0))


def _log_of_zero(counts: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        weights = (1 + np.log(counts)) * _idf(counts)
        return weights / np.linalg.norm(weights, axis=1, keepdims=True)


def _unit(matrix: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix / np.where(lengths > 0, lengths, 1)


def numbers(label: str, *args: Any, hint: str = "") -> Case:
    """A `call` whose result may be an array, a tensor or lists: what counts are the numbers."""
    plain = call(label, *args, hint=hint)

    def function(answer: Callable[..., Any]) -> Any:
        got = plain.function(answer)
        if not isinstance(got, list | tuple) and not is_tensor(got):
            return got
        try:
            return np.asarray(got, dtype=float)
        except (TypeError, ValueError):  # lists of unequal length: told as what they are
            return got

    return Case(label, function, hint)


_COUNTS = np.array([[3, 1, 0, 0, 1], [0, 2, 1, 0, 1], [0, 0, 4, 1, 2], [1, 0, 0, 7, 1]])
_SPREAD = np.array([[2, 1, 0], [1, 0, 0], [3, 0, 1]])  # word 0 stands in every document


def _keeps_zeros(answer: Callable[..., Any]) -> np.ndarray | None:
    returned = answer(_SPREAD.copy())
    if returned is None:
        return None
    got = np.asarray(returned, dtype=float)
    assert np.isfinite(got).all(), (
        "text 1 holds only a word that stands in all texts: its row is all zeros, and dividing it "
        "by its length 0 gives NaN; leave such a row as it is"
    )
    return got


TF_IDF = function(
    "3.3",
    "TF-IDF",
    right=tf_idf,
    praise="A few lines, and the best of the simple ways to compare texts.",
    cases=[
        numbers(
            "every word in one of two texts",
            np.array([[1, 0], [0, 1]]),
            hint="Each row has one word, so after shortening its weight is 1.",
        ),
        numbers(
            "four texts of five words",
            _COUNTS,
            hint="Three steps: 1 + ln c where c is above 0, times ln(n / n_w), rows to length 1.",
        ),
        Case("a row of zeros", _keeps_zeros, "Which rows can be divided by their length?"),
    ],
    mistakes=[
        Mistake(
            "idf from the number of occurrences",
            lambda c: _unit(_log_tf(c) * np.log(c.sum() / c.sum(axis=0))),
            "n_w is the number of documents that hold the word, however often: (counts > 0).sum.",
        ),
        Mistake(
            "documents divided by occurrences",
            lambda c: _unit(_log_tf(c) * np.log(len(c) / c.sum(axis=0))),
            "You divide by how often the word stands in all texts together. Count the texts that "
            "hold it: (counts > 0).sum(axis=0).",
        ),
        Mistake(
            "raw counts",
            lambda c: _unit(c * _idf(c)),
            "The counts go in as they are. Here the term frequency is 1 + ln c.",
        ),
        Mistake(
            "ln(1 + c)",
            lambda c: _unit(np.log1p(c) * _idf(c)),
            "ln(1 + c) is another damping. Asked for is 1 + ln c, and 0 where c is 0.",
        ),
        Mistake(
            "the logarithm of zero",
            _log_of_zero,
            "Where the count is 0, ln c is minus infinity, and times 0 that is NaN. Take the "
            "logarithm of np.maximum(counts, 1), and set these cells to 0.",
        ),
        Mistake(
            "one for words that are not there",
            lambda c: _unit((1 + np.log(np.maximum(c, 1))) * _idf(c)),
            "Where a word does not stand, its weight is 0, not 1 · idf.",
        ),
        Mistake(
            "idf upside down",
            lambda c: _unit(-_log_tf(c) * _idf(c)),
            "ln(n_w / n) is negative. Rare words weigh more: ln(n / n_w).",
        ),
        Mistake(
            "without idf",
            lambda c: _unit(_log_tf(c)),
            "All words of a row weigh the same so far. Multiply each column by its own idf, with "
            "n_w counted over the documents (axis=0); one number for a whole row is lost when the "
            "row is shortened.",
        ),
        Mistake(
            "smooth idf",
            lambda c: _unit(_log_tf(c) * (np.log((1 + len(c)) / (1 + (c > 0).sum(axis=0))) + 1)),
            "That is the smooth idf, scikit-learn's default. Asked for is the plain ln(n / n_w).",
        ),
        Mistake(
            "rows of any length",
            lambda c: _log_tf(c) * _idf(c),
            "The weights are right. Divide each row by its length, so that a dot product is a "
            "cosine.",
        ),
        Mistake(
            "rows that sum to one",
            lambda c: _rows_sum_to_one(_log_tf(c) * _idf(c)),
            "You divided by the sum of the row. Its length is the root of the sum of squares.",
        ),
        Mistake(
            "columns shortened, not rows",
            lambda c: _unit((_log_tf(c) * _idf(c)).T).T,
            "A document is a row: the norm is taken along axis=1, and keepdims=True keeps the "
            "shape for the division.",
        ),
        Mistake(
            "logarithm to base ten for the counts",
            lambda c: _unit(np.where(c > 0, 1 + np.log10(np.maximum(c, 1)), 0) * _idf(c)),
            "1 + ln c wants the natural logarithm, np.log.",
        ),
        Mistake(
            "logarithm to base two for the counts",
            lambda c: _unit(np.where(c > 0, 1 + np.log2(np.maximum(c, 1)), 0) * _idf(c)),
            "1 + ln c wants the natural logarithm: np.log, not np.log2.",
        ),
        Mistake(
            "n is the number of words",
            lambda c: _unit(_log_tf(c) * np.log(c.shape[1] / (c > 0).sum(axis=0))),
            "n is the number of documents: the rows of the table, len(counts).",
        ),
        Mistake(
            "idf with plus one",
            lambda c: _unit(_log_tf(c) * (_idf(c) + 1)),
            "You add 1 to the idf, so that a word that stands everywhere keeps some weight. Asked "
            "for is the plain ln(n / n_w).",
        ),
        Mistake(
            "idf without the logarithm",
            lambda c: _unit(_log_tf(c) * len(c) / (c > 0).sum(axis=0)),
            "You weigh by n / n_w. The idf is its logarithm, np.log.",
        ),
        Mistake(
            "divided by the square of the length",
            lambda c: _divided_by_squares(_log_tf(c) * _idf(c)),
            "You divide by the sum of squares. The length is its root.",
        ),
        Mistake(
            "one length for the whole table",
            lambda c: _log_tf(c) * _idf(c) / np.linalg.norm(_log_tf(c) * _idf(c)),
            "You divide by the length of the whole table. Each row has its own: axis=1, "
            "keepdims=True.",
        ),
    ],
)


def _divided_by_squares(matrix: np.ndarray) -> np.ndarray:
    squares = (matrix**2).sum(axis=1, keepdims=True)
    return matrix / np.where(squares > 0, squares, 1)


def _rows_sum_to_one(matrix: np.ndarray) -> np.ndarray:
    sums = matrix.sum(axis=1, keepdims=True)
    return matrix / np.where(sums > 0, sums, 1)


def word_pairs(words):
    """How often each pair of neighbouring words stands in a text, in its order."""
    return Counter(itertools.pairwise(words))


PAIRS = function(
    "3.4",
    "a bag that knows who bites",
    right=word_pairs,
    praise="Two words of order are kept, at the price of a much larger and emptier table.",
    cases=[
        call(
            "dog bites man",
            ["dog", "bites", "man"],
            hint="Two pairs: (dog, bites) and (bites, man).",
        ),
        call("a pair that comes twice", ["the", "cat", "and", "the", "cat", "ran"]),
        call("one word", ["dog"], hint="One word has no neighbour: an empty Counter."),
        call("no word", [], hint="No pair at all: an empty Counter."),
    ],
    mistakes=[
        Mistake(
            "pairs without order",
            lambda w: Counter(tuple(sorted(pair)) for pair in itertools.pairwise(w)),
            "Sorted, (man, bites) and (bites, man) are one. The order is what we wanted to keep.",
        ),
        Mistake(
            "the next word first",
            lambda w: Counter(zip(w[1:], w, strict=False)),
            "Your pairs are (next word, word). A pair is (word, next word), as in the text.",
        ),
        Mistake(
            "pairs as texts",
            lambda w: Counter(" ".join(pair) for pair in itertools.pairwise(w)),
            "A pair is a tuple, (word, next word), not one text with a space in it.",
        ),
        Mistake(
            "single words",
            lambda w: Counter(w),
            "That is the bag of words again. Count each word together with the next one.",
        ),
        Mistake(
            "every second pair",
            lambda w: Counter(zip(w[::2], w[1::2], strict=False)),
            "Each word begins a pair, except the last: (w0, w1), (w1, w2), (w2, w3), and so on.",
        ),
        Mistake(
            "round the end",
            lambda w: Counter(zip(w, [*w[1:], *w[:1]], strict=True)),
            "The last word is paired with the first. It has no word after it: leave it out.",
        ),
        Mistake(
            "each pair once",
            lambda w: Counter(set(itertools.pairwise(w))),
            "A pair that comes twice counts twice. A set has forgotten that.",
        ),
        Mistake(
            "the last pair is missing",
            lambda w: Counter((w[i], w[i + 1]) for i in range(len(w) - 2)),
            "The loop ends one pair too early: n words have n − 1 pairs.",
        ),
        Mistake(
            "all pairs of the text",
            lambda w: Counter((a, b) for i, a in enumerate(w) for b in w[i + 1 :]),
            "You pair each word with all that follow. Only the next one is its neighbour.",
        ),
        Mistake(
            "a list of pairs",
            lambda w: list(itertools.pairwise(w)),
            "These are the pairs. Count them: put the list into a Counter.",
        ),
        Mistake(
            "shares in place of counts",
            lambda w: {p: c / (len(w) - 1) for p, c in Counter(itertools.pairwise(w)).items()},
            "You divide by the number of pairs. Here it is asked how often each pair stands there.",
        ),
    ],
)
