r"""n-gram language models: the next symbol is guessed from the few before it, by counting.

Maximum likelihood, add-k, and interpolated Kneser-Ney with one or three discounts for each order
(Kneser & Ney 1995; Chen & Goodman 1999). Symbols are integers: bytes, characters or BPE tokens.

**Every smoothing here is one recursion**, from the shortest context to the longest. For a symbol
$w$ after the context $h = w_{1} \dots w_{k-1}$, with $h' = w_{2} \dots w_{k-1}$:

$$p_k(w \mid h) = \mathrm{share}_k(h, w) + \mathrm{rest}_k(h)\; p_{k-1}(w \mid h'),
\qquad p_0(w) = 1 / V$$

| smoothing | share | rest |
|---|---|---|
| mle | $c(hw) / c(h)$ | 0 |
| add-k | $c(hw) / (c(h) + kV)$ | $kV / (c(h) + kV)$, and $p_0$ in place of $p_{k-1}$ |
| kneser-ney | $\max(c(hw) - D_k, 0) / c(h)$ | $D_k\, N_{1+}(h\,\bullet) / c(h)$ |

A context that was never seen has share 0 and rest 1: the shorter context answers. In Kneser-Ney
$c$ is the number of times the n-gram was seen only at the highest order; below it, it is the number
of *different* symbols seen just before the n-gram, $N_{1+}(\bullet\,hw)$.

**Documents.** A begin symbol (id `vocab_size`, never predicted) stands before each document as
often as the order needs, so the first symbols have a full context and none reaches into the
document before. No end symbol is added; append one of your own where the end is to be predicted.

**Where `nltk.lm.KneserNeyInterpolated` (3.10) differs.** Its unigrams are not discounted and have
no uniform distribution below them (here: discount 0 for order 1), so a symbol that was not trained
on has probability zero. Its rest counts the raw continuations of a context but divides by
continuation counts, so for a context that stands at the very start of a sequence, with nothing on
its left, the sum is not one, or it divides by zero; the padding `padded_everygrams` gives does not
cure that for the begin symbol itself, which it also predicts. Order 1 divides by zero. Its
discount is 0.1 unless given. On n-grams padded as above, both agree to 1e-9.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import Float, Int

from gptlab.classic.ngram_counts import as_ids, count_ngrams, stream
from gptlab.errors import LabError

Smoothing = Literal["mle", "add-k", "kneser-ney", "modified-kneser-ney"]

# Used where the text is too small, or too regular, to estimate a discount.
FALLBACK_DISCOUNT = 0.5


def byte_ids(text: str) -> Int[np.ndarray, "time"]:
    """The UTF-8 bytes of `text` as ids from 0 to 255.

    >>> byte_ids("né").tolist()
    [110, 195, 169]
    """
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8).astype(np.int64)


@dataclass(frozen=True)
class Level:
    """All n-grams of one length, sorted by key (see `ngram_counts`), with their probabilities."""

    keys: Int[np.ndarray, "ngrams"]
    counts: Int[np.ndarray, "ngrams"]  # raw, or continuation counts below Kneser-Ney's top level
    shares: Float[np.ndarray, "ngrams"]
    rest: Float[np.ndarray, "contexts"]

    def find(self, keys: Int[np.ndarray, "n"]) -> Int[np.ndarray, "n"]:
        """The row of each key, or -1 where it was never seen."""
        rows = np.searchsorted(self.keys, keys)
        rows[rows == len(self.keys)] = 0
        return np.where(self.keys[rows] == keys, rows, -1)


@dataclass(frozen=True)
class NgramModel:
    """A trained n-gram model; make one with `NgramModel.train`.

    `levels[k - 1]` holds the k-grams; `discounts[k - 1]` order k's three Kneser-Ney discounts, for
    n-grams counted once, twice, and three times or more (all alike unless modified; zero for the
    smoothings without discounts).
    """

    order: int
    vocab_size: int
    smoothing: Smoothing
    levels: tuple[Level, ...]
    discounts: Float[np.ndarray, "order 3"]

    @classmethod
    def train(
        cls,
        sequences: Sequence[Any],
        order: int,
        vocab_size: int,
        smoothing: Smoothing = "kneser-ney",
        k: float = 1.0,
        discounts: float | Sequence[float] | None = None,
    ) -> NgramModel:
        r"""Count the n-grams of all `sequences` (one per document) up to length `order`.

        `k` is add-k's constant. `discounts` is for Kneser-Ney: None estimates
        $D = n_1 / (n_1 + 2 n_2)$ for each order, with $n_r$ the n-grams of count $r$ (Chen &
        Goodman 1999, absolute discounting; 0.5 where $n_1$ or $n_2$ is zero); a number, or one for
        each order from 1 up, fixes them. "modified-kneser-ney" estimates three for each order (the
        same paper's modified Kneser-Ney: $1 - 2D n_2/n_1$, $2 - 3D n_3/n_2$, $3 - 4D n_4/n_3$), or
        keeps the one where these cannot be had or are not above zero.

        Raises LabError on empty text, ids outside 0..vocab_size-1, order < 1, k ≤ 0, an unknown
        smoothing, or discounts outside 0..1.
        """
        _check_settings(order, vocab_size, smoothing, k)
        fixed = _check_discounts(discounts, order, smoothing)
        if isinstance(sequences, str | bytes) or getattr(sequences, "ndim", 2) < 2:
            raise LabError(
                "sequences must be a list with one sequence of ids for each document; "
                "for one document, write [ids]"
            )
        documents = [as_ids(ids, vocab_size, f"document {i}") for i, ids in enumerate(sequences)]
        length = sum(len(ids) for ids in documents)
        if length == 0:
            raise LabError(
                f"the training text is empty ({len(documents)} documents, no symbols); "
                "give at least one document with at least one symbol"
            )
        if (length + len(documents)) > np.iinfo(np.int64).max // (vocab_size + 1):
            raise LabError(f"vocab_size {vocab_size} is too large for {length} symbols of text")
        symbols, previous = stream(documents, vocab_size)
        kneser_ney = smoothing.endswith("kneser-ney")
        used = np.zeros((order, 3))
        levels: list[Level] = []
        for n, (keys, counts, n_contexts) in enumerate(
            count_ngrams(symbols, previous, order, vocab_size, kneser_ney)
        ):
            if kneser_ney:
                used[n] = _estimate(counts, smoothing) if fixed is None else fixed[n]
            contexts = keys // (vocab_size + 1)
            total = np.bincount(contexts, counts, minlength=n_contexts).astype(float)
            taken = np.where(counts > 0, used[n][np.clip(counts, 1, 3) - 1], 0.0)
            rest = np.bincount(contexts, taken, minlength=n_contexts)
            if smoothing == "add-k":
                rest = np.full(n_contexts, k * vocab_size)
                total = total + k * vocab_size
            with np.errstate(invalid="ignore", divide="ignore"):
                rest = np.where(total > 0, rest / total, 1.0)
                shares = np.where(counts > 0, (counts - taken) / total[contexts], 0.0)
            levels.append(Level(keys, counts, shares, rest))
        return cls(order, vocab_size, smoothing, tuple(levels), used)

    @property
    def n_ngrams(self) -> tuple[int, ...]:
        """How many different n-grams of each length, from 1 up, were seen."""
        return tuple(int((level.counts > 0).sum()) for level in self.levels)

    def probabilities(
        self, context: Any = (), document_start: bool = True
    ) -> Float[np.ndarray, "vocab"]:
        """The probability of every symbol after `context`; they sum to one, whatever the context.

        `context` is the document so far; only its last `order - 1` symbols matter. If it is shorter
        than that, the begin symbol fills it up, or, with `document_start=False`, the model of the
        lower order answers: then an empty context gives the unigram distribution.
        Raises LabError if an id of the context is out of range.
        """
        ids = as_ids(context, self.vocab_size, "the context")
        ids = ids[max(0, len(ids) - (self.order - 1)) :]
        begin = [self.vocab_size] if document_start else []
        symbols = np.concatenate([np.array(begin, dtype=np.int64), ids])
        previous = np.arange(len(symbols)) - 1
        if document_start:
            previous[0] = 0
        rows = [0] + [int(row[-1]) for row in self._rows(symbols, previous) if len(row)]
        uniform = np.full(self.vocab_size, 1 / self.vocab_size)
        result = uniform
        longest = self.order if document_start else min(self.order, len(ids) + 1)
        for level, row in zip(self.levels[:longest], rows, strict=False):
            result = uniform if self.smoothing == "add-k" else result
            if row < 0:
                continue
            first_key = row * (self.vocab_size + 1)
            start, stop = np.searchsorted(level.keys, [first_key, first_key + self.vocab_size])
            result = level.rest[row] * result
            result[level.keys[start:stop] - first_key] += level.shares[start:stop]
        return result

    def log2_probabilities(self, sequence: Any) -> Float[np.ndarray, "time"]:
        """log2 of the probability of each symbol of a document, given all before it.

        Under "mle" a symbol never seen after its context has -inf. Raises LabError on bad ids.
        """
        return self._log2([as_ids(sequence, self.vocab_size, "the sequence")])

    def perplexity(self, sequences: Iterable[Any]) -> float:
        r"""$2^{-\frac{1}{N}\sum \log_2 p}$ over all N symbols of the documents, each scored once.

        Raises LabError if there is nothing to score.
        """
        log2 = self._score(sequences)
        return float(2.0 ** -log2.mean())

    def bits_per_byte(self, documents: Iterable[Any], n_bytes: int | None = None) -> float:
        """Bits needed to code the documents, divided by their length in bytes of UTF-8.

        `n_bytes` is needed unless the ids are bytes (`vocab_size` 256). Every symbol of every
        document is scored once, each document from its start. Raises LabError on empty documents.
        """
        log2 = self._score(documents)
        if n_bytes is None:
            if self.vocab_size != 256:
                raise LabError(
                    f"the ids are not bytes (vocab_size {self.vocab_size}): pass n_bytes, "
                    "the length of the documents' text in UTF-8"
                )
            n_bytes = len(log2)
        if n_bytes < 1:
            raise LabError(f"n_bytes is {n_bytes}; it must be at least 1")
        return float(-log2.sum() / n_bytes)

    def unseen_shares(self, documents: Iterable[Any]) -> Float[np.ndarray, "order"]:
        """For each length from 1 to `order`: the share of the documents' n-grams, one ending at
        each symbol, that training never showed. Raises LabError if there is nothing to look up.
        """
        symbols, previous = stream(self._documents(documents), self.vocab_size)
        real = symbols < self.vocab_size
        return np.array([(rows[real] < 0).mean() for rows in self._rows(symbols, previous)])

    def sample(self, length: int, seed: int, context: Any = ()) -> Int[np.ndarray, "length"]:
        """`length` symbols drawn one after the other, continuing the document `context`.

        The same seed gives the same symbols. Raises LabError if length < 0 or on bad ids.
        """
        if length < 0:
            raise LabError(f"length is {length}; it must be 0 or more")
        random = np.random.default_rng(seed)
        start = as_ids(context, self.vocab_size, "the context")
        text = np.concatenate([start, np.zeros(length, dtype=np.int64)])
        for t in range(len(start), len(text)):
            cumulative = self.probabilities(text[max(0, t - self.order + 1) : t]).cumsum()
            # After the division the last entry is exactly 1 and random() is below it.
            text[t] = np.searchsorted(cumulative / cumulative[-1], random.random(), side="right")
        return text[len(start) :]

    def _score(self, documents: Iterable[Any]) -> Float[np.ndarray, "time"]:
        return self._log2(self._documents(documents))

    def _documents(self, documents: Iterable[Any]) -> list[Int[np.ndarray, "time"]]:
        if isinstance(documents, str | bytes) or getattr(documents, "ndim", 2) < 2:
            raise LabError("documents must be a list of sequences of ids; for one, write [ids]")
        ids = [as_ids(each, self.vocab_size, f"document {i}") for i, each in enumerate(documents)]
        if not any(map(len, ids)):
            raise LabError("there is nothing to score: give at least one symbol")
        return ids

    def _log2(self, documents: list[Int[np.ndarray, "time"]]) -> Float[np.ndarray, "time"]:
        symbols, previous = stream(documents, self.vocab_size)
        uniform = np.full(len(symbols), 1 / self.vocab_size)
        result = uniform
        context_rows = np.zeros(len(symbols), dtype=np.int64)
        for level, rows in zip(self.levels, self._rows(symbols, previous), strict=True):
            below = uniform if self.smoothing == "add-k" else result
            result = np.where(context_rows >= 0, level.rest[context_rows], 1.0) * below
            result += np.where(rows >= 0, level.shares[rows], 0.0)
            context_rows = rows[previous]
        with np.errstate(divide="ignore"):
            return np.log2(result[symbols < self.vocab_size])

    def _rows(
        self, symbols: Int[np.ndarray, "time"], previous: Int[np.ndarray, "time"]
    ) -> Iterable[Int[np.ndarray, "time"]]:
        """For each level, the row of the n-gram that ends at each position, or -1 if never seen."""
        context_rows = np.zeros(len(symbols), dtype=np.int64)
        for level in self.levels:
            # A context that was never seen has row -1, which makes the key negative: no row either.
            rows = level.find(context_rows * (self.vocab_size + 1) + symbols)
            yield rows
            context_rows = np.where(previous >= 0, rows[previous], -1)


def _estimate(counts: Int[np.ndarray, "ngrams"], smoothing: str) -> Float[np.ndarray, "3"]:
    """Discounts for counts 1, 2 and 3 or more from the counts of counts."""
    n1, n2, n3, n4 = np.bincount(np.clip(counts, 0, 5), minlength=6)[1:5].astype(float)
    # Without n_1 the formula gives 0, and unseen symbols nothing; without n_2 it gives 1, and an
    # n-gram seen once counts no more than one never seen.
    single = n1 / (n1 + 2 * n2) if n1 and n2 else FALLBACK_DISCOUNT
    if smoothing == "modified-kneser-ney" and min(n1, n2, n3) > 0:
        three = np.array(
            [1 - 2 * single * n2 / n1, 2 - 3 * single * n3 / n2, 3 - 4 * single * n4 / n3]
        )
        if (three > 0).all():  # they cannot exceed 1, 2 and 3
            return three
    return np.full(3, single)


def _check_settings(order: int, vocab_size: int, smoothing: str, k: float) -> None:
    if smoothing not in get_args(Smoothing):
        raise LabError(
            f"smoothing {smoothing!r} is unknown; choose {', '.join(get_args(Smoothing))}"
        )
    if not isinstance(order, int | np.integer) or order < 1:
        raise LabError(f"order is {order}; an n-gram has 1 symbol or more: choose 1, 2, 3 …")
    if not isinstance(vocab_size, int | np.integer) or vocab_size < 1:
        raise LabError(f"vocab_size is {vocab_size}; it must be a whole number, 1 or more")
    if smoothing == "add-k" and not (k > 0 and np.isfinite(k)):
        raise LabError(f"k is {k}; add-k needs k > 0 (for no smoothing choose 'mle')")


def _check_discounts(
    discounts: float | Sequence[float] | None, order: int, smoothing: str
) -> Float[np.ndarray, "order 1"] | None:
    if discounts is None:
        return None
    if smoothing != "kneser-ney":
        raise LabError(f"discounts belong to 'kneser-ney', not to {smoothing!r}; leave them out")
    values = np.full(order, discounts) if np.ndim(discounts) == 0 else np.asarray(discounts, float)
    if values.shape != (order,) or not np.all((values >= 0) & (values <= 1)):
        raise LabError(
            f"discounts are {discounts}; give one number from 0 to 1, "
            f"or one for each of the {order} orders"
        )
    return values[:, None].astype(float)
