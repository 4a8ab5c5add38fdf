"""Checks of exercises 3.3 to 3.5: TF-IDF, a search by LSI, and a bag that keeps some order."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from gptlab.checks import Case, Mistake, call, function


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
        call(
            "every word in one of two texts",
            np.array([[1, 0], [0, 1]]),
            hint="Each row has one word, so after shortening its weight is 1.",
        ),
        call(
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
    ],
)


def _rows_sum_to_one(matrix: np.ndarray) -> np.ndarray:
    sums = matrix.sum(axis=1, keepdims=True)
    return matrix / np.where(sums > 0, sums, 1)


def lsi_scores(matrix, query, k):
    """Cosines of the query to the documents (rows), both in the k longest axes of the SVD."""
    _, _, right = np.linalg.svd(matrix, full_matrices=False)
    return _cosines(query @ right[:k].T, matrix @ right[:k].T)


def _cosines(query: np.ndarray, documents: np.ndarray) -> np.ndarray:
    return documents @ query / np.linalg.norm(documents, axis=1) / np.linalg.norm(query)


def _svd(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    return left, values, right.T


_MATRIX = np.random.default_rng(3).uniform(0, 1, (6, 5)).round(2)
_ASKED = np.array([1.0, 0.0, 0.5, 0.0, 0.25])
_BUT_NOT = np.array([1.0, -1.0, 0.5, 0.0, -0.25])  # wants two words, and two others not

LSI_SCORES = function(
    "3.5",
    "a search by LSI",
    right=lsi_scores,
    praise="The sign of an axis never mattered: it turns the query and the documents alike.",
    cases=[
        call(
            "two of five dimensions",
            _MATRIX,
            _ASKED,
            2,
            hint="Fold the query in by the same product as the documents: times the first k "
            "columns of W.",
        ),
        call(
            "a query with negative weights",
            _MATRIX,
            _BUT_NOT,
            2,
            hint="A cosine keeps its sign: a document on the other side of the query is below 0.",
        ),
        call("one dimension: all cosines are 1 or −1", _MATRIX, _ASKED, 1),
        call(
            "all dimensions: the cosines of the words",
            _MATRIX,
            _ASKED,
            5,
            hint="With all of them the axes are only turned, and no angle changes.",
        ),
    ],
    mistakes=[
        Mistake(
            "documents without their singular values",
            lambda x, q, k: _cosines(q @ _svd(x)[2][:, :k], _svd(x)[0][:, :k]),
            "The rows of U alone stretch every axis to the same length. The documents lie at U S, "
            "which is X W.",
        ),
        Mistake(
            "the query is not folded in",
            lambda x, q, k: (
                _cosines(q @ _svd(x)[2][:, :k], x @ _svd(x)[2][:, :k])
                * np.linalg.norm(q @ _svd(x)[2][:, :k])
                / np.linalg.norm(q)
            ),
            "You divide by the length of the query among the words. Its length in k dimensions is "
            "that of q W.",
        ),
        Mistake(
            "the query divided by the singular values",
            lambda x, q, k: _cosines(q @ _svd(x)[2][:, :k] / _svd(x)[1][:k], x @ _svd(x)[2][:, :k]),
            "q W / S belongs to documents at U. Here they lie at U S, and the query at q W: one "
            "scale for both.",
        ),
        Mistake(
            "the query multiplied by the singular values",
            lambda x, q, k: _cosines(q @ _svd(x)[2][:, :k] * _svd(x)[1][:k], x @ _svd(x)[2][:, :k]),
            "x W is U S already: the documents have their singular values from the product, and "
            "so has q W. Do not multiply by them again.",
        ),
        Mistake(
            "all axes alike",
            lambda x, q, k: _cosines(q @ _svd(x)[2][:, :k] / _svd(x)[1][:k], _svd(x)[0][:, :k]),
            "Documents at U and the query at q W / S: one scale for both, but one in which every "
            "axis weighs alike. Asked are the places x W and q W.",
        ),
        Mistake(
            "the sign is lost",
            lambda x, q, k: abs(_cosines(q @ _svd(x)[2][:, :k], x @ _svd(x)[2][:, :k])),
            "A document on the other side of the query has a negative cosine. Leave out abs: the "
            "signs of the axes cancel by themselves.",
        ),
        Mistake(
            "the shortest axes kept",
            lambda x, q, k: _cosines(q @ _svd(x)[2][:, -k:], x @ _svd(x)[2][:, -k:]),
            "numpy gives the singular values from the largest down: keep the first k.",
        ),
        Mistake(
            "all dimensions kept",
            lambda x, q, k: _cosines(q, x),
            "Nothing is cut off, so these are the cosines of the words. Keep k axes.",
        ),
        Mistake(
            "dot products",
            lambda x, q, k: (x @ _svd(x)[2][:, :k]) @ (q @ _svd(x)[2][:, :k]),
            "The places are right. Divide by the lengths of both, in k dimensions.",
        ),
        Mistake(
            "rows of W taken for columns",
            lambda x, q, k: _cosines(q @ _svd(x)[2].T[:, :k], x @ _svd(x)[2].T[:, :k]),
            "np.linalg.svd returns W transposed: the axes are its rows, `Wt[:k]`.",
        ),
    ],
)


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
    ],
)
