r"""Documents as vectors: counts of words, weighted (TF-IDF), compared by the angle between them.

A collection becomes a sparse matrix with a row for each document and a column for each word. The
weight of word $w$ in document $d$ is

$$x_{dw} = \mathrm{tf}(c_{dw}) \cdot \mathrm{idf}(w)$$

with $c_{dw}$ how often the word stands there. The choices, for $n$ documents of which $n_w$ hold
the word:

| `tf` | | `idf` | |
|---|---|---|---|
| raw | $c$ | none | 1 |
| log | $1 + \ln c$ | plain | $\ln(n / n_w)$ |
| binary | 1 | plus-one | $\ln(n / n_w) + 1$ |
| | | smooth | $\ln\frac{1 + n}{1 + n_w} + 1$ |
| | | entropy | $1 + \sum_d p_{dw} \ln p_{dw} / \ln n$, with $p_{dw} = c_{dw} / \sum_d c_{dw}$ |

Then `norm="l2"` divides each row by its length. scikit-learn's `TfidfVectorizer` is raw, smooth,
l2 by default; `sublinear_tf` is log, `smooth_idf=False` is plus-one.

Sources: Salton, Wong & Yang 1975 (vectors, cosine); Spärck Jones 1972 (a word that stands in few
documents weighs more); Salton & Buckley 1988 (the weightings compared); Berry, Dumais & O'Brien
1995 (entropy).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int

from gptlab.errors import LabError
from gptlab.text.corpora import Document
from gptlab.text.words import Vocabulary, word_tokens

TermFrequency = Literal["raw", "log", "binary"]
InverseDocumentFrequency = Literal["none", "plain", "plus-one", "smooth", "entropy"]
Norm = Literal["l2", "none"]
Text = str | Document | Sequence[str]  # a text, a document of a corpus, or words


@dataclass(frozen=True)
class TfIdfConfig:
    """How counts become weights; the defaults are scikit-learn's. `min_documents`: a word that
    stands in fewer documents is left out."""

    tf: TermFrequency = "raw"
    idf: InverseDocumentFrequency = "smooth"
    norm: Norm = "l2"
    min_documents: int = 1

    def __post_init__(self) -> None:
        known = {"tf": TermFrequency, "idf": InverseDocumentFrequency, "norm": Norm}
        for name, kind in known.items():
            if getattr(self, name) not in get_args(kind):
                raise LabError(
                    f"{name} {getattr(self, name)!r} is unknown; choose {', '.join(get_args(kind))}"
                )
        whole = isinstance(self.min_documents, int | np.integer)
        if not whole or self.min_documents < 1:
            raise LabError(f"min_documents is {self.min_documents}; give 1 or more, a whole number")


@dataclass(frozen=True)
class Hit:
    """A document that a search found: its number in the collection, and its cosine to the query."""

    document: int
    score: float


def words_of(text: Text) -> list[str]:
    """The words of a text or a document; a list is taken as words that are ready.

    Raises LabError for anything else.
    """
    if isinstance(text, Document):
        text = text.text
    if isinstance(text, str):
        return word_tokens(text)
    if not isinstance(text, Sequence) or not all(isinstance(word, str) for word in text):
        raise LabError(f"{text!r:.60} is no text; give a string, a Document or a list of words")
    return list(text)


def count_matrix(texts: Sequence[Text], vocabulary: Vocabulary) -> sp.csr_matrix:
    """How often each word (column) stands in each text (row); unknown words are not counted.

    Raises LabError if `texts` is one string instead of a list.
    """
    if isinstance(texts, str):
        raise LabError(f"{texts[:40]!r} is one text; give a list of texts: [text]")
    rows, columns = [], []
    for row, text in enumerate(texts):
        ids = vocabulary.encode(words_of(text))
        ids = ids[ids >= 0]
        columns.append(ids)
        rows.append(np.full(len(ids), row))
    where = (np.concatenate([[], *rows]).astype(int), np.concatenate([[], *columns]).astype(int))
    ones = np.ones(len(where[0]), dtype=np.int64)
    # Made from triples, the matrix adds up those that meet in one cell.
    return sp.csr_matrix((ones, where), shape=(len(texts), len(vocabulary)))


def cosine_similarities(
    first: sp.csr_matrix | Float[np.ndarray, "n features"],
    second: sp.csr_matrix | Float[np.ndarray, "m features"] | None = None,
) -> Float[np.ndarray, "n m"]:
    r"""The cosine of the angle between each row of `first` and each of `second` (or of `first`).

    $\cos(x, y) = x \cdot y / (|x|\,|y|)$, from −1 to 1. A zero vector has no direction: LabError
    names its row, and another if the rows differ in length or there is no table of rows.
    """
    unit = [_unit_rows(matrix) for matrix in (first, first if second is None else second)]
    if unit[0].shape[1] != unit[1].shape[1]:
        raise LabError(
            f"rows of {unit[0].shape[1]} and of {unit[1].shape[1]} numbers cannot be compared; "
            "transform both with the same model"
        )
    product = unit[0] @ unit[1].T
    dense = product.toarray() if sp.issparse(product) else np.asarray(product)
    return np.clip(dense, -1.0, 1.0)


def row_lengths(matrix: sp.csr_matrix | Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n"]:
    """The Euclidean length of each row."""
    squares = np.square(matrix) if isinstance(matrix, np.ndarray) else matrix.multiply(matrix)
    return np.sqrt(np.asarray(squares.sum(axis=1), dtype=float)).ravel()


@dataclass(frozen=True)
class TfIdf:
    """A collection of documents as weighted vectors; make one with `TfIdf.fit`.

    `weights[w]` is the idf of word w; `matrix` holds the documents, one row each.
    """

    config: TfIdfConfig
    vocabulary: Vocabulary
    weights: Float[np.ndarray, "vocab"]
    matrix: sp.csr_matrix

    @classmethod
    def fit(cls, texts: Sequence[Text], config: TfIdfConfig | None = None) -> TfIdf:
        """Count the words of all texts, weigh them, and keep the vectors.

        Raises LabError without texts, for a text without words (or with none left), when no word
        stands in `min_documents` texts, and where the weighting leaves nothing of a text: "plain"
        and "entropy" give nothing to a word that is spread evenly over all of them.
        """
        config = config or TfIdfConfig()
        if isinstance(texts, str):
            raise LabError(f"{texts[:40]!r} is one text; give a list of texts: [text]")
        words = [words_of(text) for text in texts]
        if not words:
            raise LabError("there is no text to index; give a list with at least one")
        empty = [i for i, found in enumerate(words) if not found]
        if empty:
            raise LabError(
                f"text {empty[0]} has no words ({len(empty)} of {len(words)} have none); a vector "
                "without direction cannot be compared: leave such texts out"
            )
        vocabulary = _vocabulary(words, config.min_documents)
        counts = count_matrix(words, vocabulary)
        weights = idf_weights(counts, config.idf)
        matrix = _weigh(counts, weights, config)
        _check_rows(matrix, counts, config)
        return cls(config, vocabulary, weights, matrix)

    @property
    def n_documents(self) -> int:
        """How many documents the collection has."""
        return int(self.matrix.shape[0])

    def transform(self, texts: Sequence[Text]) -> sp.csr_matrix:
        """Other texts as vectors of the same kind: their own counts, the collection's idf.

        Words that the collection does not know are left out. Raises LabError for a text of which
        nothing is left then, and names its words.
        """
        words = [words_of(text) for text in _listed(texts)]
        for i, found in enumerate(words):
            if not any(word in self.vocabulary for word in found):
                what = (
                    f"none of its words is known: {', '.join(found[:5])}" if found else "no words"
                )
                raise LabError(
                    f"text {i}: {what}; the vocabulary has {len(self.vocabulary)} words, use some "
                    "of them"
                )
        counts = count_matrix(words, self.vocabulary)
        matrix = _weigh(counts, self.weights, self.config)
        _check_rows(matrix, counts, self.config)
        return matrix

    def search(self, query: Text, top: int = 5) -> list[Hit]:
        """The `top` documents with the largest cosine to the query, best first.

        A document that shares no weighted word with the query is no hit, so there may be fewer.
        Raises LabError if no word of the query is known, or `top` is below 1.
        """
        scores = cosine_similarities(self.transform([query]), self.matrix)[0]
        return ranked(scores, np.flatnonzero(scores > 0), top)


def ranked(
    scores: Float[np.ndarray, "documents"], candidates: Int[np.ndarray, "n"], top: int
) -> list[Hit]:
    """The `top` candidates by falling score; equals (to 12 digits) in the collection's order.

    Raises LabError if `top` is below 1.
    """
    if top < 1:
        raise LabError(f"top is {top}; ask for 1 document or more")
    order = candidates[np.argsort(-scores[candidates].round(12), kind="stable")]
    return [Hit(int(document), float(scores[document])) for document in order[:top]]


def idf_weights(counts: sp.csr_matrix, idf: InverseDocumentFrequency) -> Float[np.ndarray, "vocab"]:
    """How much each word weighs, from the counts of a collection; formulas: top of this file.

    Raises LabError for "entropy" with one document: ln 1 is zero, and no spread can be measured.
    """
    n_documents = counts.shape[0]
    holding = np.asarray((counts > 0).sum(axis=0), dtype=float).ravel()
    if idf == "none":
        return np.ones(counts.shape[1])
    if idf == "smooth":
        return np.log((1 + n_documents) / (1 + holding)) + 1
    if idf == "entropy":
        if n_documents < 2:
            raise LabError("entropy measures how words spread over documents; 1 is not enough")
        totals = np.asarray(counts.sum(axis=0), dtype=float).ravel()
        shares = sp.csr_matrix(counts.multiply(1 / totals), dtype=float)
        shares.data *= np.log(shares.data)
        spread = -np.asarray(shares.sum(axis=0)).ravel() / np.log(n_documents)
        # Rounding must not leave a trace of a word that is spread evenly over all documents.
        return np.where(spread > 1 - 1e-12, 0.0, 1 - spread)
    return np.log(n_documents / holding) + (1 if idf == "plus-one" else 0)


def _vocabulary(words: list[list[str]], min_documents: int) -> Vocabulary:
    """All words, by falling count, that stand in at least `min_documents` texts."""
    everything = Vocabulary.build(words)
    if min_documents == 1:
        return everything
    holding = np.asarray((count_matrix(words, everything) > 0).sum(axis=0)).ravel()
    kept = np.flatnonzero(holding >= min_documents)
    if not len(kept):
        raise LabError(
            f"no word stands in {min_documents} texts; the commonest stands in {holding.max()}: "
            "lower min_documents"
        )
    return Vocabulary(tuple(everything.words[i] for i in kept), everything.counts[kept])


def _weigh(
    counts: sp.csr_matrix, weights: Float[np.ndarray, "vocab"], config: TfIdfConfig
) -> sp.csr_matrix:
    matrix = counts.astype(float)
    if config.tf == "log":
        matrix.data = 1 + np.log(matrix.data)
    elif config.tf == "binary":
        matrix.data = np.ones_like(matrix.data)
    matrix = sp.csr_matrix(matrix.multiply(weights))
    matrix.eliminate_zeros()
    if config.norm == "l2":
        lengths = row_lengths(matrix)
        matrix = sp.csr_matrix(matrix.multiply(1 / np.where(lengths > 0, lengths, 1)[:, None]))
    return matrix


def _check_rows(matrix: sp.csr_matrix, counts: sp.csr_matrix, config: TfIdfConfig) -> None:
    lost = np.flatnonzero(row_lengths(matrix) == 0)
    if not len(lost):
        return
    if not counts[lost[0]].nnz:
        raise LabError(
            f"text {lost[0]} has no word that stands in {config.min_documents} texts; "
            "lower min_documents, or leave the text out"
        )
    raise LabError(
        f"all words of text {lost[0]} weigh nothing: idf={config.idf!r} gives 0 to a word that is "
        "spread over all documents; use idf='smooth', or a larger collection"
    )


def _listed(texts: Sequence[Text]) -> Sequence[Text]:
    if isinstance(texts, str):
        raise LabError(f"{texts[:40]!r} is one text; give a list of texts: [text]")
    return texts


def _unit_rows(matrix: sp.csr_matrix | Float[np.ndarray, "n m"]) -> sp.csr_matrix | np.ndarray:
    if matrix.ndim != 2:
        raise LabError(
            f"an array of shape {matrix.shape} has no rows to compare; give a table with one row "
            "for each text: x[None, :]"
        )
    lengths = row_lengths(matrix)
    if not np.isfinite(lengths).all():
        raise LabError(f"row {np.flatnonzero(~np.isfinite(lengths))[0]} holds NaN or infinity")
    if (lengths == 0).any():
        raise LabError(
            f"row {np.flatnonzero(lengths == 0)[0]} is a zero vector: it has no direction, so no "
            "angle to another; leave it out"
        )
    if isinstance(matrix, np.ndarray):
        return matrix / lengths[:, None]
    return sp.csr_matrix(matrix.multiply(1 / lengths[:, None]))
