"""Word vectors by counting: which words stand near which, PPMI, and a truncated SVD.

Harris 1954 and Firth 1957 said why; Church and Hanks 1990 gave the measure; Levy, Goldberg and
Dagan 2015 the settings that matter. A model is a chain of the functions here:

    counts  = cooccurrences(texts, vocabulary)         V × V, sparse
    weights = ppmi(counts)                             V × V, sparse
    vectors = svd_vectors(vocabulary.words, weights)   V × 100
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float
from scipy import sparse
from scipy.sparse.linalg import ArpackNoConvergence, svds

from gptlab.embeddings.vectors import Matrix, WordVectors
from gptlab.errors import LabError
from gptlab.text.words import Vocabulary

# What a neighbour at distance d counts, d = 1 … window.
WEIGHTINGS = {
    "flat": lambda distance, window: 1.0,
    "harmonic": lambda distance, window: 1 / distance,
    "linear": lambda distance, window: (window - distance + 1) / window,
}
DENSE_BELOW = 400  # rows or columns; ARPACK needs some room, and small matrices none of it
NOISE = 1e-10  # against a length of 1: what rounding leaves where the answer is zero


def cooccurrences(
    texts: Iterable[Sequence[str]],
    vocabulary: Vocabulary,
    window: int = 5,
    weighting: str = "flat",
) -> sparse.csr_array:
    """How often each word stands within `window` words of each other one: Float[vocab, vocab].

    Entry (w, c) sums over all places of w the weight of every c at distance d, on both sides:

        flat       1
        harmonic   1 / d                       GloVe's
        linear     (window - d + 1) / window   word2vec's, on average over its random windows

    The matrix is symmetric and holds only what is not zero. No window crosses the end of a text. A
    word outside the vocabulary is not counted and keeps its place: distances are the text's own.
    Words that never have company get a row of zeros.

    Raises LabError for a window below 1, another weighting, and a text that is a string.
    """
    if isinstance(window, bool) or not isinstance(window, int | np.integer) or window < 1:
        raise LabError(
            f"window is {window!r}; give a whole number of words, 1 or more, on each side"
        )
    if weighting not in WEIGHTINGS:
        raise LabError(f"weighting {weighting!r} is unknown; choose one of {', '.join(WEIGHTINGS)}")
    ids, lengths = [np.empty(0, dtype=np.int64)], []
    for text in texts:
        if isinstance(text, str):
            raise LabError(f"{text[:40]!r} is a string; give lists of words: word_tokens(text)")
        ids.append(vocabulary.encode(text))
        lengths.append(len(text))
    words = np.concatenate(ids)
    text_of = np.repeat(np.arange(len(lengths)), lengths)
    size = len(vocabulary)
    ahead = sparse.csr_array((size, size), dtype=np.float64)
    for distance in range(1, min(window, len(words) - 1) + 1):
        left, right = words[:-distance], words[distance:]
        pairs = (left >= 0) & (right >= 0) & (text_of[:-distance] == text_of[distance:])
        ones = np.ones(pairs.sum())
        met = sparse.coo_array((ones, (left[pairs], right[pairs])), shape=(size, size))
        ahead = ahead + WEIGHTINGS[weighting](distance, window) * met.tocsr()
    return sparse.csr_array(ahead + ahead.T)


def ppmi(counts: Matrix, smoothing: float = 1.0, shift: float = 1.0) -> sparse.csr_array:
    r"""Positive pointwise mutual information, in nats: Float[words, contexts], sparse.

        PMI(w, c) = ln  P(w, c) / (P(w) P(c))        PPMI(w, c) = max(PMI(w, c) - ln shift, 0)

    P(w, c) is the pair's share of all counts, P(w) and P(c) are the shares of its row and column.
    With `smoothing` α below 1, P(c) is #(c)^α / Σ #(c')^α: rare contexts are taken to be commoner
    than they are, which keeps them from winning by chance; 0.75 is usual. A `shift` of k is what
    word2vec with k negative samples works towards.

    A pair that never met gets 0, and so does one that met no more often than by chance. Raises
    LabError for counts that are negative, not finite, all zero or no table, smoothing outside
    0 … 1, and a shift that is not positive.

    Source: Church and Hanks 1990; Levy, Goldberg and Dagan 2015, sections 2 and 3.
    """
    if not 0 < smoothing <= 1:
        raise LabError(f"smoothing is {smoothing}; give a power above 0, up to 1 (none)")
    if not 0 < shift < math.inf:
        raise LabError(f"shift is {shift}; give a positive number: 1 shifts nothing")
    if np.ndim(counts) != 2 and not sparse.issparse(counts):
        raise LabError(f"the counts have {np.ndim(counts)} axes; give a table: words × contexts")
    table = sparse.csr_array(counts, dtype=np.float64).tocoo(copy=True)
    table.sum_duplicates()
    table.eliminate_zeros()
    if not np.isfinite(table.data).all() or (table.data < 0).any():
        raise LabError("the counts hold a negative number, NaN or infinity; counts are 0 or more")
    if not table.nnz:
        raise LabError(
            f"all counts of this {table.shape[0]} × {table.shape[1]} table are zero: no two words "
            "stand near each other; give texts of two words or more, or a wider window"
        )
    rows = np.asarray(table.sum(axis=1)).ravel()
    columns = np.asarray(table.sum(axis=0)).ravel() ** smoothing
    by_chance = rows[table.row] * (columns / columns.sum())[table.col]
    information = np.log(table.data / by_chance) - math.log(shift)
    kept = information > 0
    found = (information[kept], (table.row[kept], table.col[kept]))
    return sparse.csr_array(sparse.coo_array(found, shape=table.shape))


def singular_triplets(
    matrix: Matrix, dimensions: int
) -> tuple[Float[np.ndarray, "rows d"], Float[np.ndarray, "d"], Float[np.ndarray, "d columns"]]:
    """The `dimensions` largest singular values of a matrix with their vectors: U, s, Vᵀ.

    U diag(s) Vᵀ is the best approximation of that rank (Eckart and Young 1936). `s` falls. Signs
    are fixed: in every column of U the number that is largest in size is positive. Small matrices
    go through numpy's full SVD, large ones through ARPACK from a fixed start.

    Raises LabError for dimensions below 1, for more of them than the matrix has rank, and for
    numbers that are not finite.
    """
    n_rows, n_columns = matrix.shape
    if dimensions < 1:
        raise LabError(f"dimensions is {dimensions}; give 1 or more")
    if not np.isfinite(matrix.data if sparse.issparse(matrix) else matrix).all():
        raise LabError("the matrix holds NaN or infinity; every number must be finite")
    most = min(n_rows, n_columns)
    if dimensions <= most:
        if most < DENSE_BELOW or dimensions > most // 2:
            dense = matrix.toarray() if sparse.issparse(matrix) else np.asarray(matrix)
            left, values, right = np.linalg.svd(dense.astype(np.float64), full_matrices=False)
        else:
            left, values, right = _arpack(matrix, dimensions)
        rank = int((values > values[0] * max(n_rows, n_columns) * np.finfo(float).eps).sum())
    else:
        rank = most
    if rank == 0:
        raise LabError(
            f"this {n_rows} × {n_columns} matrix has rank 0: it holds nothing but zeros, and no "
            "direction to keep; give one with other numbers"
        )
    if dimensions > rank:
        known = "at most" if dimensions > most else ""
        raise LabError(
            f"dimensions is {dimensions}, but this {n_rows} × {n_columns} matrix has rank "
            f"{known} {rank}".replace("  ", " ")
            + f"; ask for {rank} or fewer"
        )
    left, values, right = left[:, :dimensions], values[:dimensions], right[:dimensions]
    largest = np.abs(left).round(8).argmax(axis=0)
    signs = np.sign(left[largest, np.arange(dimensions)])
    return left * signs, values, right * signs[:, None]


def _arpack(matrix: Matrix, dimensions: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    start = np.random.default_rng(0).uniform(0.5, 1, min(matrix.shape))
    try:
        left, values, right = svds(matrix.astype(np.float64), k=dimensions, v0=start)
    except ArpackNoConvergence as error:
        raise LabError(
            f"the SVD found {len(error.eigenvalues)} of {dimensions} dimensions and gave up; ask "
            "for fewer"
        ) from error
    order = np.argsort(-values)
    return left[:, order], values[order], right[order]


def svd_vectors(
    words: Sequence[str], matrix: Matrix, dimensions: int = 100, p: float = 0.5
) -> WordVectors:
    """Short vectors: the rows of U diag(s)^p, from the truncated SVD of a table with a row a word.

    p = 1 keeps the inner products of the long rows, p = 0 makes all dimensions equally large; 0.5
    and 0 do better on similarity than 1. A word whose row is all zeros keeps a vector of zeros, and
    so does one that has nothing in the dimensions that are left.

    Raises LabError as `singular_triplets` does. Source: Levy, Goldberg and Dagan 2015, section 3.
    """
    left, values, _ = singular_triplets(matrix, dimensions)
    left[np.abs(left).max(axis=1) < NOISE] = 0
    return WordVectors(tuple(words), left * values**p)


def principal_components(
    matrix: Float[np.ndarray, "n d"], dimensions: int = 2
) -> Float[np.ndarray, "n dimensions"]:
    """Where the rows lie along the directions in which they differ most: PCA, by SVD.

    The mean row is taken off first. Signs as in `singular_triplets`, which raises LabError where
    the rows do not differ in so many directions.
    """
    rows = np.asarray(matrix, dtype=np.float64)
    left, values, _ = singular_triplets(rows - rows.mean(axis=0), dimensions)
    return left * values
