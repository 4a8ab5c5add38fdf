r"""Latent semantic indexing: documents and words in a few dimensions, found by truncated SVD.

Every matrix $X$ of $n$ documents by $V$ words is a product of three (the singular value
decomposition), and the $k$ largest singular values keep the best approximation of rank $k$ (Eckart
& Young 1936):

$$X = U S W^\top \approx U_k S_k W_k^\top$$

The rows of $W_k$ (vocab × k) turn any row of word weights $x$ into a place in $k$ dimensions,
$x W_k$. For the documents of the collection that is $U_k S_k$; a new text or a query is *folded in*
by the same product. Word $w$ lies at the row $w$ of $W_k S_k$.

Words that stand in the same documents, or in documents that share other words, come to lie close
together: two words that never met can be neighbours. Source: Deerwester et al. 1990.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float

from gptlab.classic.documents import Hit, Text, TfIdf, cosine_similarities, ranked, row_lengths
from gptlab.errors import LabError

Solver = Literal["dense", "sparse"]

# Of a row's length; what is shorter after the projection is rounding, not a place.
NOTHING_LEFT = 1e-9


@dataclass(frozen=True)
class LSIConfig:
    """`dimensions`: how many singular values are kept. `solver`: see `truncated_svd`."""

    dimensions: int = 100
    solver: Solver = "dense"

    def __post_init__(self) -> None:
        whole = isinstance(self.dimensions, int | np.integer)
        if not whole or self.dimensions < 1:
            raise LabError(f"dimensions is {self.dimensions}; keep 1 or more, a whole number")
        if self.solver not in get_args(Solver):
            raise LabError(
                f"solver {self.solver!r} is unknown; choose {', '.join(get_args(Solver))}"
            )


def truncated_svd(
    matrix: sp.csr_matrix | Float[np.ndarray, "rows columns"],
    dimensions: int,
    solver: Solver = "dense",
) -> tuple[Float[np.ndarray, "rows k"], Float[np.ndarray, "k"], Float[np.ndarray, "columns k"]]:
    r"""The `dimensions` largest singular values of `matrix`, with directions: $U_k$, $s$, $W_k$.

    "dense" decomposes the whole matrix, which costs rows · columns · min(rows, columns); "sparse"
    (Lanczos iteration, scipy's ARPACK) computes only what is asked for, and needs fewer dimensions
    than rows and columns. A direction is known up to its sign: here the largest entry of each
    column of $W_k$ is positive.

    Raises LabError if `dimensions` is below 1 or above the rank (directions beyond it do not
    exist), if a number is NaN or infinite, and for anything but a table.
    """
    LSIConfig(dimensions, solver)
    if matrix.ndim != 2:
        raise LabError(f"an array of shape {matrix.shape} is no table; give rows and columns")
    numbers = matrix if isinstance(matrix, np.ndarray) else matrix.data
    if not np.isfinite(numbers).all():
        raise LabError("the matrix holds NaN or infinity; leave out what has no weight")
    smaller = min(matrix.shape)
    if dimensions > smaller:
        raise _too_many(dimensions, smaller, matrix.shape)
    if solver == "sparse" and dimensions < smaller:
        from scipy.sparse.linalg import svds

        # A start of its own choice would make every run differ in the last digits.
        start = np.random.default_rng(0).standard_normal(smaller)
        left, values, right = svds(sp.csr_matrix(matrix, dtype=float), k=dimensions, v0=start)
        falling = np.argsort(-values)
        left, values, right = left[:, falling], values[falling], right[falling]
        # ARPACK takes roots of the eigenvalues of X Xᵀ: half of the digits are lost.
        tolerance = 1e-7
    else:
        if solver == "sparse":
            raise LabError(
                f"the sparse solver needs dimensions below {smaller}; it is {dimensions}: use "
                "solver='dense'"
            )
        dense = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
        left, values, right = np.linalg.svd(dense.astype(float), full_matrices=False)
        tolerance = max(matrix.shape) * np.finfo(float).eps
    rank = int((values > values[0] * tolerance).sum())
    if dimensions > rank:
        raise _too_many(dimensions, rank, matrix.shape)
    left, values, right = left[:, :dimensions], values[:dimensions], right[:dimensions]
    signs = _signs(right)
    return left * signs, values, right.T * signs


@dataclass(frozen=True)
class LSI:
    """A collection in a few dimensions; make one with `LSI.fit`.

    `documents` (n × k) are the places of the documents, `word_axes` (vocab × k) is $W_k$, and
    `singular_values` (k) are the lengths of the axes, largest first.
    """

    config: LSIConfig
    index: TfIdf
    documents: Float[np.ndarray, "documents k"]
    singular_values: Float[np.ndarray, "k"]
    word_axes: Float[np.ndarray, "vocab k"]

    @classmethod
    def fit(cls, index: TfIdf, config: LSIConfig | int | None = None) -> LSI:
        """Decompose the matrix of an index; an integer as `config` is the number of dimensions.

        Raises LabError for dimensions below 1 or above the rank of the matrix.
        """
        if not isinstance(config, LSIConfig):
            config = LSIConfig() if config is None else LSIConfig(config)
        left, values, axes = truncated_svd(index.matrix, config.dimensions, config.solver)
        documents = _snap(left * values, row_lengths(index.matrix))
        return cls(config, index, documents, values, axes)

    @property
    def words(self) -> Float[np.ndarray, "vocab k"]:
        """The places of the words, the rows of $W_k S_k$, in the vocabulary's order."""
        return self.word_axes * self.singular_values

    def truncated(self, dimensions: int) -> LSI:
        """The same with only its first `dimensions`; nothing is computed again.

        Raises LabError if there are not so many.
        """
        if not 1 <= dimensions <= len(self.singular_values):
            raise LabError(
                f"dimensions is {dimensions}; this model has {len(self.singular_values)}: "
                "choose from 1 to that"
            )
        config = LSIConfig(dimensions, self.config.solver)
        left = _snap(self.documents[:, :dimensions], row_lengths(self.index.matrix))
        return LSI(
            config,
            self.index,
            left,
            self.singular_values[:dimensions],
            self.word_axes[:, :dimensions],
        )

    def transform(self, texts: Sequence[Text]) -> Float[np.ndarray, "n k"]:
        """Fold texts in: their places among the documents, without a new decomposition.

        Raises LabError where `TfIdf.transform` does, and for a text of which these dimensions
        keep nothing.
        """
        weights = self.index.transform(texts)
        places = _snap(np.asarray(weights @ self.word_axes), row_lengths(weights))
        lost = np.flatnonzero(row_lengths(places) == 0)
        if len(lost):
            raise LabError(
                f"text {lost[0]} has no part in the {self.config.dimensions} dimensions kept; "
                "keep more of them, or search the index itself"
            )
        return places

    def search(self, query: Text, top: int = 5) -> list[Hit]:
        """The `top` documents whose places have the largest cosine to the query's, best first.

        Every document has a cosine, which may be negative; one of which these dimensions keep
        nothing has no direction and is left out. Raises LabError where `transform` does, and if
        `top` is below 1.
        """
        there = np.flatnonzero(row_lengths(self.documents) > 0)
        scores = np.zeros(len(self.documents))
        scores[there] = cosine_similarities(self.transform([query]), self.documents[there])[0]
        return ranked(scores, there, top)

    def nearest_words(self, word: str, top: int = 5) -> list[tuple[str, float]]:
        """The `top` other words whose places have the largest cosine to that of `word`.

        Raises LabError for an unknown word, one of which these dimensions keep nothing, and if
        `top` is below 1.
        """
        places = _snap(self.words, row_lengths(self.index.matrix.T))
        number = self.index.vocabulary.id(word)
        there = np.flatnonzero(row_lengths(places) > 0)
        if number not in there:
            raise LabError(
                f"{word!r} has no part in the {self.config.dimensions} dimensions kept; keep more"
            )
        scores = np.zeros(len(places))
        scores[there] = cosine_similarities(places[[number]], places[there])[0]
        hits = ranked(scores, there[there != number], top)
        return [(self.index.vocabulary.words[hit.document], hit.score) for hit in hits]


def _snap(
    places: Float[np.ndarray, "n k"], lengths: Float[np.ndarray, "n"]
) -> Float[np.ndarray, "n k"]:
    """Rows that are rounding, beside what their vectors were before, as exact zeros."""
    lost = row_lengths(places) <= NOTHING_LEFT * lengths
    return np.where(lost[:, None], 0.0, places)


def _signs(right: Float[np.ndarray, "k columns"]) -> Float[np.ndarray, "k"]:
    """The sign of the largest entry of each row; of those that tie to six digits, the first."""
    sizes = np.abs(right)
    first = (sizes > (1 - 1e-6) * sizes.max(axis=1, keepdims=True)).argmax(axis=1)
    return np.sign(right[np.arange(len(right)), first])


def _too_many(dimensions: int, rank: int, shape: tuple[int, ...]) -> LabError:
    if rank == 0:
        return LabError(f"the matrix of shape {shape} has no direction: all of it is zero")
    return LabError(
        f"dimensions is {dimensions}, but the matrix ({shape[0]} documents, {shape[1]} words) has "
        f"rank {rank}: further directions do not exist; choose from 1 to {rank}"
    )
