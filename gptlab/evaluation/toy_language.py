r"""The toy language as a task for language models: vocabulary, sentences, measure and floor.

Every model reads the same 20,000 training sentences (`gptlab.text.corpora.toy_split`) and is
measured on the same 2,000 test sentences: **bits per word**, where comma, full stop and question
mark count as words,

$$ b = \frac{-\sum_s \sum_t \log_2 p(w_t \mid w_1 \dots w_{t-1})}{\sum_s \text{words of } s} $$

Each sentence stands for itself: a model sees nothing of the one before. No end symbol is scored,
because every sentence ends in "." or "?", which stand nowhere else.

**The floor.** The split draws from the grammar without HELD_OUT_WORDS and drops sentences with a
pair of HELD_OUT_PAIRS. So, with $P$ the grammar's probability and $Z$ that of "no such pair" (both
exact), a model that knows the grammar and these rules gives a sentence $P(s) / Z$, and `floor` is
what the 2,000 test sentences cost it. Which side a sentence is on is decided by a hash, which
nobody can learn. Only this much is below the floor: training sentences never come back in the test,
and an ideal model that knew the grammar, and all 20,000 of them by heart, would save 0.005 bits
per word (an estimate by sampling, in the tests); and luck with these 2,000 sentences.

>>> task = toy_task()
>>> task.vocabulary.words[task.test[0][-1]]
'.'
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int

from gptlab.errors import LabError
from gptlab.text.corpora import toy_split
from gptlab.text.grammar import HELD_OUT_PAIRS, HELD_OUT_WORDS, ToyGrammar
from gptlab.text.toy_split import has_pair
from gptlab.text.words import Vocabulary

# How the rows of this task stand on the scoreboard
BOARD, DATA, METRIC = "language models", "toy_english", "bits per word"
NO_TARGET = -100  # what torch's cross_entropy passes over


@dataclass(frozen=True, eq=False)
class ToyTask:
    """Sentences as ids, 0 … V − 1; `begin` (V) is for models that want a symbol before the first.

    `vocabulary` is closed: it holds every word of both sides, by falling training count.
    """

    vocabulary: Vocabulary
    train: tuple[Int[np.ndarray, "time"], ...]
    test: tuple[Int[np.ndarray, "time"], ...]
    floor: float  # bits per word on `test`

    @property
    def begin(self) -> int:
        """An id beyond the words, to stand before a sentence; never to be guessed."""
        return len(self.vocabulary)

    @cached_property
    def n_test_words(self) -> int:
        """What bits per word are divided by."""
        return sum(map(len, self.test))

    def decode(self, ids: Sequence[int]) -> str:
        """The words of one sentence, a space between two; the begin symbol is left out.

        Raises LabError for an id that is no word.
        """
        wrong = [i for i in ids if not 0 <= i <= self.begin]
        if wrong:
            raise LabError(f"id {wrong[0]} is no word: ids lie in 0..{self.begin - 1}")
        return " ".join(self.vocabulary.words[i] for i in ids if i != self.begin)

    def bits_per_word(self, log2_probabilities: Sequence[Any]) -> float:
        """What a model pays for the test sentences: give log2 p of each word, sentence by sentence.

        `log2_probabilities[i][t]` is that of word t of `test[i]`, given the words before it. −inf
        for a word that was held impossible gives inf. Raises LabError unless there is exactly one
        number that is a logarithm of a probability for each word.
        """
        if len(log2_probabilities) != len(self.test):
            raise LabError(
                f"got figures for {len(log2_probabilities)} sentences; "
                f"there are {len(self.test)} test sentences: score each once, in their order"
            )
        total = 0.0
        for i, (given, ids) in enumerate(zip(log2_probabilities, self.test, strict=True)):
            scores = np.asarray(given, dtype=float)
            if scores.shape != ids.shape:
                raise LabError(
                    f"sentence {i} has {len(ids)} words, the figures have shape {scores.shape}; "
                    "give one number for each word, and none for begin or padding"
                )
            if not (scores <= 1e-6).all():  # false for NaN too; float32 rounds log2 1 up a little
                raise LabError(
                    f"sentence {i} has a log2 probability of {scores.max()}; "
                    "logarithms of probabilities are 0 or less"
                )
            total -= float(scores.sum())
        return total / self.n_test_words

    def batches(
        self, side: Literal["train", "test"], batch_size: int, seed: int | None = None
    ) -> Iterator[tuple[Int[np.ndarray, "batch time"], Int[np.ndarray, "batch time"]]]:
        """One pass over a side as (inputs, targets), padded to the longest sentence of the batch.

        inputs[b] is begin w1 w2 …, targets[b] is w1 w2 … and NO_TARGET beyond the end, which
        `torch.nn.functional.cross_entropy` passes over. With a seed the order is shuffled, without
        it is that of the side. Raises LabError for another side and a batch size below 1.
        """
        if side not in ("train", "test"):
            raise LabError(f"side is {side!r}; choose 'train' or 'test'")
        if batch_size < 1:
            raise LabError(f"batch_size is {batch_size}; give 1 or more")
        sentences = self.train if side == "train" else self.test
        order = np.arange(len(sentences))
        if seed is not None:
            order = np.random.default_rng(seed).permutation(order)
        for start in range(0, len(order), batch_size):
            chosen = [sentences[i] for i in order[start : start + batch_size]]
            shape = (len(chosen), max(map(len, chosen)))
            inputs, targets = np.full(shape, self.begin), np.full(shape, NO_TARGET)
            for row, ids in enumerate(chosen):
                inputs[row, 1 : len(ids)] = ids[:-1]
                targets[row, : len(ids)] = ids
            yield inputs, targets


@lru_cache(maxsize=1)
def toy_task() -> ToyTask:
    """The toy language's English side as a task; made once, in about two seconds."""
    split = toy_split()
    vocabulary = Vocabulary.build(sentence.english for sentence in split.train)
    train, test = (
        tuple(vocabulary.encode(sentence.english) for sentence in side)
        for side in (split.train, split.test)
    )
    n_words = sum(map(len, test))
    no_pair = math.log2(probability_of_no_pair())
    bits = math.fsum(no_pair - sentence.log2_probability for sentence in split.test)
    return ToyTask(vocabulary, train, test, bits / n_words)


@lru_cache(maxsize=1)
def probability_of_no_pair() -> float:
    r"""P(a sentence of the grammar without HELD_OUT_WORDS holds none of HELD_OUT_PAIRS), exactly.

    For each symbol $A$ a small matrix: $M_A[q, r]$ is the probability that the yield of $A$, with
    the word $q$ before it, holds no pair and ends with the word $r$. Only the adjectives of the
    pairs need telling apart. A rule $A \to B C$ contributes $p\, M_B M_C$; the equations are
    iterated until nothing moves. It is the product of a grammar and a finite automaton, with
    probabilities.
    """
    rules = ToyGrammar(HELD_OUT_WORDS).rules
    adjectives = sorted({adjective for adjective, _ in HELD_OUT_PAIRS})
    matrices: dict[str, Float[np.ndarray, "before after"]] = {}
    n = len(adjectives) + 1  # the last state stands for every other word
    for word in rules.words:
        ends = adjectives.index(word) if word in adjectives else n - 1
        matrices[word] = np.zeros((n, n))
        matrices[word][:, ends] = [*(not has_pair((a, word)) for a in adjectives), True]
    matrices |= {symbol: np.zeros((n, n)) for symbol in rules.rules_of}
    moved = 1.0
    while moved > 1e-14:
        moved = 0.0
        for symbol in rules.symbols:
            total = np.zeros((n, n))
            for rule in rules.rules_of[symbol]:
                product = matrices[rule.right[0]]
                for part in rule.right[1:]:
                    product = product @ matrices[part]
                total += rule.probability * product
            moved = max(moved, float(np.abs(total - matrices[symbol]).max()))
            matrices[symbol] = total
    return float(matrices[rules.start][n - 1].sum())
