"""The check of exercise 3.5: a search by latent semantic indexing."""

from __future__ import annotations

import numpy as np

from gptlab.checks import Mistake, function
from gptlab.checks.chapter03_vectors import numbers


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
        numbers(
            "two of five dimensions",
            _MATRIX,
            _ASKED,
            2,
            hint="Fold the query in by the same product as the documents: times the first k "
            "columns of W.",
        ),
        numbers(
            "a query with negative weights",
            _MATRIX,
            _BUT_NOT,
            2,
            hint="A cosine keeps its sign: a document on the other side of the query is below 0.",
        ),
        numbers("one dimension: all cosines are 1 or −1", _MATRIX, _ASKED, 1),
        numbers(
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
        Mistake(
            "one axis too many",
            lambda x, q, k: lsi_scores(x, q, k + 1),
            "You keep k + 1 axes. `[:k]` ends before k, so it holds exactly k.",
        ),
        Mistake(
            "one axis too few",
            lambda x, q, k: lsi_scores(x, q, max(k - 1, 1)),
            "You keep k − 1 axes. `[:k]` holds axes 0 to k − 1, which are k.",
        ),
        Mistake(
            "the columns are centred",
            lambda x, q, k: lsi_scores(x - x.mean(axis=0), q, k),
            "You take the mean off each column first: that is principal component analysis. LSI "
            "decomposes the matrix as it is.",
        ),
        Mistake(
            "divided by the query's length alone",
            lambda x, q, k: lsi_scores(x, q, k) * np.linalg.norm(x @ _svd(x)[2][:, :k], axis=1),
            "The documents' lengths are missing below the line: np.linalg.norm(places, axis=1).",
        ),
        Mistake(
            "divided by the documents' lengths alone",
            lambda x, q, k: lsi_scores(x, q, k) * np.linalg.norm(q @ _svd(x)[2][:, :k]),
            "The query's length in k dimensions is missing below the line.",
        ),
        Mistake(
            "best first",
            lambda x, q, k: np.sort(lsi_scores(x, q, k))[::-1],
            "The cosines are right, and sorted. Leave them in the order of the documents.",
        ),
    ],
)
