r"""IBM Model 1: which word translates which, learned from pairs of sentences by counting.

Brown et al. 1993, section 4. Nobody says which word belongs to which. Model 1 tells a story of how
a target sentence $t_1 \dots t_m$ comes from a source sentence $s_1 \dots s_l$ with an invisible
word $s_0$ = NULL before it: for each $j$, pick one of the $l + 1$ source words with equal chance,
then pick $t_j$ from that word's row of the translation table $t(\cdot \mid s)$:

$$P(t_1 \dots t_m \mid s_1 \dots s_l) = \frac{\epsilon}{(l + 1)^m}
\prod_{j=1}^{m} \sum_{i=0}^{l} t(t_j \mid s_i)$$

with $\epsilon = 1$ here. Expectation-maximisation finds the table. E step: each target word shares
one count among the source words beside it, in proportion to the table; M step: each row of counts
is divided by its sum. The likelihood never falls, and since its logarithm is concave in the table,
there is no lesser maximum to be caught in.

**Where `nltk.translate.IBMModel1` (3.10) differs.** It adds up the shares of a target word over all
its places in a sentence and divides by that sum at each place, so a word that stands twice counts
once. On targets without repeats both agree; on others, ours with each repeat left out agrees with
theirs. It also raises every probability to at least 1e-12, and has NULL always.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from gptlab.errors import LabError

NULL = "NULL"
"""How the empty source word is written where tables and alignments are shown."""

Pair = tuple[Sequence[str], Sequence[str]]


@dataclass(frozen=True)
class IBMModel1:
    """A translation table $t(target \\mid source)$; make one with `IBMModel1.train`.

    Only pairs of words that stood in some pair of sentences have an entry, sorted by source, then
    target. `log_likelihoods` holds the natural logarithm of the probability of all targets given
    their sources, before the first iteration and after each.
    """

    source_words: tuple[str, ...]  # NULL first, unless trained without
    target_words: tuple[str, ...]
    null: bool
    sources: Int[np.ndarray, "entries"]
    targets: Int[np.ndarray, "entries"]
    table: Float[np.ndarray, "entries"]
    log_likelihoods: tuple[float, ...]

    @classmethod
    def train(cls, pairs: Iterable[Pair], iterations: int = 10, null: bool = True) -> IBMModel1:
        """Learn the table from (source words, target words) by `iterations` rounds of EM.

        The start is the uniform table, 1 / (number of target words); with 0 iterations it is also
        the result. Without `null` every target word must come from a word that is really there.
        Raises LabError for no pairs, an empty sentence, a string instead of words, a word that is
        called NULL beside the one of the model, iterations < 0.
        """
        if not isinstance(iterations, int | np.integer) or iterations < 0:
            raise LabError(f"iterations is {iterations}; give 0 (the uniform table), 1, 2, 3 …")
        corpus = _Corpus.read(pairs, null)
        table = np.full(len(corpus.sources), 1 / len(corpus.target_words))
        history = []
        for _ in range(iterations):
            counts, likelihood = corpus.expect(table)
            table = corpus.maximise(counts)
            history.append(likelihood)
        history.append(corpus.expect(table)[1])
        return cls(
            corpus.source_words, corpus.target_words, null, corpus.sources, corpus.targets,
            table, tuple(history),
        )  # fmt: skip

    @cached_property
    def _source_ids(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.source_words)}

    @cached_property
    def _target_ids(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.target_words)}

    def probability(self, target: str, source: str | None) -> float:
        """$t(target \\mid source)$; None or "NULL" is the empty word.

        Zero for two words that never stood in one pair; after 0 iterations all are alike. Raises
        LabError for a word that was not trained on.
        """
        self._target(target), self._source(source)
        return float(self.scores([NULL if source is None else source], [target])[0, 0])

    def translations(self, source: str | None, n: int = 5) -> list[tuple[str, float]]:
        """The n likeliest target words for a source word, likeliest first, equals by alphabet.

        Raises LabError for an unknown word, and for n below 1.
        """
        return self._best(self.sources == self._source(source), self.targets, self.target_words, n)

    def origins(self, target: str, n: int = 5) -> list[tuple[str, float]]:
        """The n source words that most readily give `target`: the table read by columns.

        These are probabilities of the target under different sources: they need not sum to one.
        Raises LabError for an unknown word, and for n below 1.
        """
        return self._best(self.targets == self._target(target), self.sources, self.source_words, n)

    def alignment_weights(
        self, source: Sequence[str], target: Sequence[str]
    ) -> Float[np.ndarray, "target source"]:
        r"""How much each source word is held responsible for each target word of a sentence.

        $P(a_j = i \mid s, t) = t(t_j \mid s_i) / \sum_k t(t_j \mid s_k)$, rows summing to one.
        Column 0 is NULL unless the model was trained without. A word that was not trained on
        explains nothing and is explained by nothing: its column or row is zero. Raises LabError for
        an empty sentence.
        """
        scores = self._sentence_scores(source, target)
        total = scores.sum(axis=1, keepdims=True)
        return np.divide(scores, total, out=np.zeros_like(scores), where=total > 0)

    def align(self, source: Sequence[str], target: Sequence[str]) -> list[int | None]:
        """For each target word the place (from 0) of the likeliest source word; None for NULL.

        Among equals the first, NULL before all. None also where nothing explains the word. Raises
        LabError for an empty sentence.
        """
        weights = self.alignment_weights(source, target)
        best = weights.argmax(axis=1) - self.null
        return [
            None if i < 0 or not row.any() else int(i) for i, row in zip(best, weights, strict=True)
        ]

    def log_probability(self, source: Sequence[str], target: Sequence[str]) -> float:
        """Natural logarithm of P(target | source), with ε = 1; −inf where a word has no origin.

        Raises LabError for an empty sentence.
        """
        with np.errstate(divide="ignore"):
            return float(np.log(self._sentence_scores(source, target).mean(axis=1)).sum())

    def _sentence_scores(
        self, source: Sequence[str], target: Sequence[str]
    ) -> Float[np.ndarray, "target source"]:
        _check_sentences(0, (source, target))
        return self.scores([NULL] * self.null + list(source), target).T

    def scores(
        self, sources: Sequence[str], targets: Sequence[str]
    ) -> Float[np.ndarray, "sources targets"]:
        """t(target | source) for words of any kind, a row for each source word.

        Zero where a word was not trained on; "NULL" is the empty word.
        """
        s = np.array([self._source_ids.get(word, -1) for word in sources], dtype=np.int64)
        t = np.array([self._target_ids.get(word, -1) for word in targets], dtype=np.int64)
        known = (s >= 0)[:, None] & (t >= 0)[None, :]
        if len(self.log_likelihoods) == 1:  # not trained yet: the table is uniform
            return known / len(self.target_words)
        keys = s[:, None] * len(self.target_words) + t[None, :]
        places = np.searchsorted(self._keys, keys).clip(max=len(self._keys) - 1)
        return np.where(known & (self._keys[places] == keys), self.table[places], 0.0)

    @cached_property
    def _keys(self) -> Int[np.ndarray, "entries"]:
        return self.sources * len(self.target_words) + self.targets

    def _best(
        self, chosen: np.ndarray, ids: np.ndarray, words: tuple[str, ...], n: int
    ) -> list[tuple[str, float]]:
        if n < 1:
            raise LabError(f"n is {n}; ask for 1 or more words")
        found = zip(ids[chosen].tolist(), self.table[chosen].tolist(), strict=True)
        ranked = sorted(((words[i], p) for i, p in found), key=lambda e: (-round(e[1], 12), e[0]))
        return ranked[:n]

    def _source(self, word: str | None) -> int:
        word = NULL if word is None else word
        if word not in self._source_ids:
            raise LabError(
                f"{word!r} is not among the {len(self.source_words)} source words of this model"
                + ("; it was trained without NULL" if word == NULL else "")
            )
        return self._source_ids[word]

    def _target(self, word: str) -> int:
        if word not in self._target_ids:
            raise LabError(
                f"{word!r} is not among the {len(self.target_words)} target words of this model"
            )
        return self._target_ids[word]


@dataclass(frozen=True)
class _Corpus:
    """All pairs of sentences as flat arrays: one cell for each source and target word side by side.

    `entry` says which pair of words a cell is, an index into `sources` and `targets`; `place` which
    target word of the corpus it explains; `choices` among how many source words each of these can
    choose.
    """

    source_words: tuple[str, ...]
    target_words: tuple[str, ...]
    sources: Int[np.ndarray, "entries"]
    targets: Int[np.ndarray, "entries"]
    entry: Int[np.ndarray, "cells"]
    place: Int[np.ndarray, "cells"]
    choices: Int[np.ndarray, "places"]

    @classmethod
    def read(cls, pairs: Iterable[Pair], null: bool) -> _Corpus:
        kept = list(pairs)
        if not kept:
            raise LabError("there are no pairs of sentences to learn from; give at least one")
        for number, pair in enumerate(kept):
            _check_sentences(number, pair)
        source_ids: dict[str, int] = {NULL: 0} if null else {}
        target_ids: dict[str, int] = {}
        before = [0] if null else []
        s_parts, t_parts, choices = [], [], []
        for source, target in kept:
            if null and NULL in source:
                raise LabError(f"a source word is called {NULL}, as the model's own empty word")
            s = before + [source_ids.setdefault(word, len(source_ids)) for word in source]
            t = [target_ids.setdefault(word, len(target_ids)) for word in target]
            s_parts.append(np.tile(np.array(s), len(t)))
            t_parts.append(np.repeat(np.array(t), len(s)))
            choices += [len(s)] * len(t)
        # The words in alphabetical order, NULL first, so that the order of sentences leaves no
        # trace.
        source_words, s_rank = _sorted(source_ids, null)
        target_words, t_rank = _sorted(target_ids, False)
        cells = s_rank[np.concatenate(s_parts)] * len(target_words)
        cells += t_rank[np.concatenate(t_parts)]
        keys, entry = np.unique(cells, return_inverse=True)
        sources, targets = np.divmod(keys, len(target_words))
        place = np.repeat(np.arange(len(choices)), choices)
        return cls(
            source_words, target_words, sources, targets, entry.ravel(), place, np.array(choices)
        )

    def expect(
        self, table: Float[np.ndarray, "entries"]
    ) -> tuple[Float[np.ndarray, "entries"], float]:
        """E step: expected counts of all pairs of words; and the log-likelihood of the table."""
        weights = table[self.entry]
        totals = np.bincount(self.place, weights)
        shares = weights / totals[self.place]
        likelihood = math.fsum(np.log(totals / self.choices).tolist())
        return np.bincount(self.entry, shares, minlength=len(table)), likelihood

    def maximise(self, counts: Float[np.ndarray, "entries"]) -> Float[np.ndarray, "entries"]:
        """M step: the counts of each source word, divided by their sum."""
        return counts / np.bincount(self.sources, counts)[self.sources]


def _sorted(ids: dict[str, int], null: bool) -> tuple[tuple[str, ...], Int[np.ndarray, "words"]]:
    """The words sorted (NULL stays first), and the new number of each old one."""
    words = sorted(ids, key=lambda word: (not (null and word == NULL), word))
    rank = np.empty(len(words), dtype=np.int64)
    rank[[ids[word] for word in words]] = np.arange(len(words))
    return tuple(words), rank


def _check_sentences(number: int, pair: Pair) -> None:
    if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
        raise LabError(f"pair {number} is {pair!r}; give (source words, target words)")
    for name, sentence in zip(("source", "target"), pair, strict=True):
        if isinstance(sentence, str):
            raise LabError(
                f"the {name} of pair {number} is the string {sentence[:40]!r}; "
                "give its words: 'das Haus'.split()"
            )
        if not len(sentence):
            raise LabError(
                f"the {name} of pair {number} is empty; leave out pairs with a missing side"
            )
