"""Words with a vector each: how near two words are, who stands nearest, and analogies.

Every model of word meaning in this course ends in `WordVectors`: counts, PPMI and SVD (chapter
05), word2vec (06), GloVe and a GPT's own embedding (07). So one set of questions fits all.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from gptlab.errors import LabError

Matrix = Any  # an np.ndarray or a scipy.sparse.csr_array, Float[vocab, dimensions]
Ranked = list[tuple[str, float]]

# 3CosMul divides by a similarity that may be zero (Levy and Goldberg 2014).
EPSILON = 0.001
# Beyond these the square of a number leaves what 64 bits hold, or loses digits.
LEAST, MOST = 1e-140, 1e140
# Similarities that agree to so many digits count as equal; the word that is listed first wins.
DIGITS = 6


@dataclass(frozen=True, eq=False)
class WordVectors:
    """`words` and a `matrix` with a row for each: Float[vocab, dimensions], dense or sparse.

    A row of zeros says that nothing is known about the word. It has no direction, so no cosine: it
    is nobody's neighbour, and asking for its own neighbours is a LabError.

    Raises LabError where words and rows differ in number, a word stands twice, or a number is not
    finite.

    >>> vectors = WordVectors(("cat", "dog", "car"), np.array([[2.0, 1], [4, 2], [0, 1]]))
    >>> round(vectors.similarity("cat", "dog"), 6)
    1.0
    """

    words: tuple[str, ...]
    matrix: Matrix
    _ids: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        words = tuple(self.words)
        if sparse.issparse(self.matrix):
            matrix: Matrix = sparse.csr_array(self.matrix)
            numbers = matrix.data
        else:
            matrix = numbers = np.asarray(self.matrix)
        if matrix.ndim != 2 or matrix.shape[0] != len(words) or not matrix.shape[1]:
            raise LabError(
                f"{len(words)} words and a matrix of shape {tuple(matrix.shape)}; give one row for "
                "each word, with at least one number"
            )
        if not np.issubdtype(numbers.dtype, np.floating):
            matrix, numbers = matrix.astype(np.float64), numbers.astype(np.float64)
        if not np.isfinite(numbers).all():
            raise LabError("the matrix holds NaN or infinity; every number must be finite")
        ids = {word: i for i, word in enumerate(words)}
        if len(ids) < len(words):
            twice = next(word for i, word in enumerate(words) if ids[word] != i)
            raise LabError(f"the word {twice!r} stands twice; give each word one row")
        for name, value in (("words", words), ("matrix", matrix), ("_ids", ids)):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._ids

    def __getitem__(self, word: str) -> Float[np.ndarray, "d"]:
        """The vector of one word. Raises LabError for an unknown word."""
        return self._dense(self.matrix[[self.id(word)]])[0]

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""
        return int(self.matrix.shape[1])

    def id(self, word: str) -> int:
        """The row of one word. Raises LabError, with near words, for an unknown one."""
        if word in self._ids:
            return self._ids[word]
        near = difflib.get_close_matches(str(word), self.words, n=3)
        hint = f"; near it: {', '.join(near)}" if near else "; words are as the corpus spells them"
        raise LabError(f"{word!r} is not among the {len(self)} words that have a vector{hint}")

    def ids(self, words: Iterable[str]) -> Int[np.ndarray, "n"]:
        """The rows of `words`, -1 for one that is unknown."""
        return np.array([self._ids.get(word, -1) for word in words], dtype=np.int64)

    def restricted(self, words: Sequence[str]) -> WordVectors:
        """The vectors of `words` alone, in that order. Raises LabError for an unknown word."""
        rows = [self.id(word) for word in words]
        return WordVectors(tuple(words), self.matrix[rows])

    @cached_property
    def lengths(self) -> Float[np.ndarray, "vocab"]:
        """The Euclidean length of every vector; 0 where nothing is known about the word."""
        with np.errstate(over="ignore", under="ignore"):
            if isinstance(self.matrix, np.ndarray):
                lengths = np.sqrt((self.matrix.astype(np.float64) ** 2).sum(axis=1))
            else:
                matrix = self.matrix.astype(np.float64, copy=False)
                lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
            for row, (scaled, exponent) in self._extreme.items():
                lengths[row] = np.ldexp(np.linalg.norm(scaled), exponent)
        return lengths

    @cached_property
    def _extreme(self) -> dict[int, tuple[Float[np.ndarray, "d"], int]]:
        """Rows whose squares would overflow or vanish: their numbers over a power of two."""
        if isinstance(self.matrix, np.ndarray):
            largest = np.abs(self.matrix).max(axis=1)
        else:
            largest = abs(self.matrix).max(axis=1).toarray().ravel()
        odd = (largest > 0) & ((largest < LEAST) | (largest > MOST))
        found = {}
        for row in np.flatnonzero(odd).tolist():
            exponent = int(np.frexp(largest[row])[1])
            numbers = self._dense(self.matrix[[row]])[0].astype(np.float64)
            found[row] = np.ldexp(numbers, -exponent), exponent
        return found

    @cached_property
    def unit(self) -> Matrix:
        """The matrix with every row at length 1; a row of zeros stays one."""
        usual = self.lengths > 0
        usual[list(self._extreme)] = False
        scale = np.divide(1, self.lengths, out=np.zeros(len(self)), where=usual)
        if isinstance(self.matrix, np.ndarray):
            unit: Matrix = (self.matrix * scale[:, None]).astype(self.matrix.dtype)
        else:
            unit = sparse.diags_array(scale) @ self.matrix
        if self._extreme:
            unit = unit if isinstance(unit, np.ndarray) else unit.tolil()
            for row, (scaled, _) in self._extreme.items():
                unit[[row]] = scaled[None] / np.linalg.norm(scaled)
        return unit if isinstance(unit, np.ndarray) else sparse.csr_array(unit)

    def cosines(self, rows: Int[np.ndarray, "n"]) -> Float[np.ndarray, "n vocab"]:
        """The cosine of each of the `rows` with every word; 0 where either is a row of zeros.

        cos(u, v) = u · v / (|u| |v|), from -1 to 1.
        """
        return self._dense(self.unit[rows] @ self.unit.T)

    def similarity(self, first: str, second: str) -> float:
        """The cosine of two words. Raises LabError for an unknown word and a vector of zeros."""
        a, b = self._known(first), self._known(second)
        return float(self._dense(self.unit[[a]] @ self.unit[[b]].T)[0, 0])

    def neighbours(self, word: str, n: int = 10, among: Collection[str] | None = None) -> Ranked:
        """The `n` words whose vectors have the largest cosine with that of `word`, nearest first.

        `among`: look only at these words. Fewer than `n` come back where there are no more. Raises
        LabError for an unknown word, a vector of zeros, and n below 1.
        """
        row = self._known(word)
        return self._best(self.cosines(np.array([row]))[0], n, {row}, among)

    def nearest(
        self, vector: Float[np.ndarray, "d"], n: int = 10, among: Collection[str] | None = None
    ) -> Ranked:
        """The `n` words nearest to a vector by cosine. Raises LabError for a vector of zeros."""
        vector = np.asarray(vector, dtype=np.float64)
        if vector.shape != (self.dimensions,):
            raise LabError(
                f"the vector has shape {vector.shape}; give {self.dimensions} numbers, as every "
                "word has here"
            )
        largest = np.abs(vector).max()
        if 0 < largest < LEAST or MOST < largest < np.inf:
            vector = np.ldexp(vector, -int(np.frexp(largest)[1]))
        length = np.linalg.norm(vector)
        if not np.isfinite(length) or length == 0:
            raise LabError(f"a vector of length {length} has no direction; give another one")
        return self._best(np.asarray(self.unit @ (vector / length)), n, set(), among)

    def analogy(
        self,
        a: str,
        b: str,
        c: str,
        n: int = 1,
        method: str = "add",
        among: Collection[str] | None = None,
    ) -> Ranked:
        """What is to `c` as `b` is to `a`: the `n` best words, the three of the question left out.

        add  3CosAdd: cos(x, b) - cos(x, a) + cos(x, c)
        mul  3CosMul: cos(x, b) cos(x, c) / (cos(x, a) + 0.001), cosines moved to 0 … 1

        The numbers that come back are these scores. Raises LabError for unknown words, vectors of
        zeros, n below 1 and another method. Source: Mikolov et al. 2013; Levy and Goldberg 2014.
        """
        rows = [self._known(word) for word in (a, b, c)]
        cosines = self.cosines(np.array(rows))
        scores = analogy_scores(cosines[0], cosines[1], cosines[2], method)
        return self._best(scores, n, set(rows), among)

    def _known(self, word: str) -> int:
        row = self.id(word)
        if self.lengths[row] == 0:
            raise LabError(
                f"the vector of {word!r} is all zeros: nothing is known about it, so it is near to "
                "nothing; ask for a word that was seen beside others"
            )
        return row

    def _best(
        self,
        scores: Float[np.ndarray, "vocab"],
        n: int,
        left_out: set[int],
        among: Collection[str] | None,
    ) -> Ranked:
        if n < 1:
            raise LabError(f"n is {n}; ask for 1 word or more")
        allowed = self.lengths > 0
        allowed[list(left_out)] = False
        if among is not None:
            chosen = np.zeros(len(self), dtype=bool)
            chosen[[self.id(word) for word in among]] = True
            allowed &= chosen
        rows = np.flatnonzero(allowed)
        order = np.argsort(-scores[rows].round(DIGITS), kind="stable")[:n]
        return [(self.words[i], float(scores[i])) for i in rows[order]]

    @staticmethod
    def _dense(matrix: Matrix) -> np.ndarray:
        return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()


def analogy_scores(
    to_a: Float[np.ndarray, "*n vocab"],
    to_b: Float[np.ndarray, "*n vocab"],
    to_c: Float[np.ndarray, "*n vocab"],
    method: str = "add",
) -> Float[np.ndarray, "*n vocab"]:
    """How well every word answers "a is to b as c is to …", from its cosines with a, b and c.

    Raises LabError for a method other than "add" and "mul"; see `WordVectors.analogy`.
    """
    if method == "add":
        return to_b - to_a + to_c
    if method == "mul":
        # A negative similarity would turn the product's sign round.
        a, b, c = ((cosine + 1) / 2 for cosine in (to_a, to_b, to_c))
        return b * c / (a + EPSILON)
    raise LabError(f"method {method!r} is unknown; choose add (3CosAdd) or mul (3CosMul)")
