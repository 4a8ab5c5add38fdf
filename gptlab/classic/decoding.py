r"""Translation as decoding: which German sentence would have come out as this English one?

The noisy channel (Brown et al. 1990). To translate $e$, look for the sentence $g$ that makes

$$P(g \mid e) \propto P(g)\, P(e \mid g)$$

largest. $P(g)$ is a language model: n-grams with Kneser-Ney, from `gptlab.classic.ngrams`.
$P(e \mid g)$ is the channel: IBM Model 1, from `gptlab.classic.alignment`, trained with German as
its source. Nobody can try all $g$, so `NoisyChannel.translate` searches with stacks (Koehn 2010,
chapter 6): stack k holds the best beginnings of a German sentence that have dealt with k English
words. A beginning deals with one more English word in one of two ways:

- one of the word's German candidates is written down, or
- nothing is written: the word is left to German words that stand elsewhere, or to NULL.

Before that, a German word that often accounts for no English word (a comma, the prefix of a
separable verb) may be slipped in, or two. A beginning's score is the logarithm of P(beginning)
P(the English words dealt with | beginning), all alignments summed, plus a hope for those to come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from gptlab.classic.alignment import NULL, IBMModel1, Pair
from gptlab.classic.ngrams import NgramModel
from gptlab.errors import LabError
from gptlab.text.words import Vocabulary

FLOOR = 1e-7  # stands for a channel probability of zero, so that no sentence is impossible


@dataclass(frozen=True)
class DecoderConfig:
    """How wide the search is, and what the language model's word is worth.

    `beam` beginnings are kept in each stack. English words are taken in any order within `window`
    places from the first that is open: 1 keeps the English order. `candidates` German words are
    tried for each English word, and `silent` different words may be slipped in.
    `language_weight` multiplies log P(g): 1 is Bayes' rule, 0 is no language model. The settings
    here did best, or as well as slower ones, on held-back training sentences
    (benchmarks/alignment.py). Raises LabError for settings out of range.
    """

    beam: int = 10
    window: int = 1
    candidates: int = 8
    silent: int = 20
    language_weight: float = 0.7

    def __post_init__(self) -> None:
        for name, least in (("beam", 1), ("window", 1), ("candidates", 1), ("silent", 0)):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or value < least:
                raise LabError(f"{name} is {value}; give {least} or more, a whole number")
        if not (np.isfinite(self.language_weight) and self.language_weight >= 0):
            raise LabError(f"language_weight is {self.language_weight}; give 0 or more")


@dataclass(frozen=True)
class ChannelTranslation:
    """One translation and the natural logarithms of its two factors, P(g) and P(e | g)."""

    words: list[str]
    log_language: float
    log_channel: float


@dataclass(frozen=True)
class NoisyChannel:
    """A language model of the target, and a channel from the target back to the source.

    Make one with `NoisyChannel.train`. The language model's ids are those of `vocabulary`, then one
    for every other word, then one for the end of a sentence.
    """

    channel: IBMModel1
    language: NgramModel
    vocabulary: Vocabulary
    silent_words: tuple[str, ...]  # target words that may account for nothing, commonest first
    config: DecoderConfig = DecoderConfig()

    @classmethod
    def train(
        cls,
        pairs: Sequence[Pair],
        order: int = 5,
        iterations: int = 10,
        config: DecoderConfig = DecoderConfig(),
    ) -> NoisyChannel:
        """Both models from (source words, target words), for translating source into target.

        Raises LabError for what `IBMModel1.train` and `NgramModel.train` refuse.
        """
        kept = list(pairs)
        for number, pair in enumerate(kept):
            if isinstance(pair, str) or len(pair) != 2:
                raise LabError(f"pair {number} is {pair!r}; give (source words, target words)")
        turned = [(target, source) for source, target in kept]
        channel = IBMModel1.train(turned, iterations)
        vocabulary = Vocabulary.build(target for target, _ in turned)
        end = len(vocabulary) + 1
        sequences = [[*vocabulary.encode(target), end] for target, _ in turned]
        language = NgramModel.train(sequences, order, end + 1)
        return cls(channel, language, vocabulary, silent_words(channel, turned), config)

    def translate(self, source: Sequence[str]) -> list[str]:
        """The target words that the search finds best; see `best`."""
        return self.best(source)[0].words

    def best(self, source: Sequence[str]) -> list[ChannelTranslation]:
        """The complete translations that the search ends with, best first; at most `beam`.

        A source word that was not trained on is copied. Raises LabError for an empty sentence or a
        string.
        """
        if isinstance(source, str) or not len(source):
            raise LabError(f"cannot translate {source!r}; give a list with at least one word")
        return _Search(self, source).run()

    def log_language(self, words: Sequence[str]) -> float:
        """Natural logarithm of P(words, end) under the language model."""
        ids = self.vocabulary.encode(words)
        ids[ids < 0] = len(self.vocabulary)
        whole = np.append(ids, len(self.vocabulary) + 1)
        return float(self.language.log2_probabilities(whole).sum() * np.log(2))

    def candidates(self, word: str) -> list[str]:
        """The target words tried for a source word, best first; empty for an unknown word.

        Best by t(word | target) times how often the target stands in the training text: how likely
        it is that a meeting with this word comes from that target word.
        """
        if word not in self._candidates:
            found: dict[str, float] = {}
            if word in self.channel.target_words:
                found = dict(self.channel.origins(word, len(self.channel.source_words)))
                found.pop(NULL, None)
            words = [w for w, p in found.items() if p > FLOOR]
            frequency = self.vocabulary.counts[self.vocabulary.encode(words)]
            order = np.argsort(-np.array([found[w] for w in words]) * frequency, kind="stable")
            self._candidates[word] = [words[i] for i in order[: self.config.candidates]]
        return self._candidates[word]

    @cached_property
    def _candidates(self) -> dict[str, list[str]]:
        return {}

    @cached_property
    def states(self) -> LanguageStates:
        """The language model, asked word by word."""
        return LanguageStates(self.language)


def silent_words(channel: IBMModel1, pairs: Sequence[Pair]) -> tuple[str, ...]:
    """Source words of the channel to which no target word is aligned somewhere in `pairs`,
    those for which that happens most often first."""
    idle: Counter[str] = Counter()
    for source, target in pairs:
        used = set(channel.align(source, target))
        idle.update(word for place, word in enumerate(source) if place not in used)
    return tuple(sorted(idle, key=lambda word: (-idle[word], word)))


class LanguageStates:
    """An n-gram model that is asked word by word, for many beginnings at once.

    A state has a column for each length k below the order: the row of the last k words in the
    model's table of k-grams, −1 if they never stood there.
    """

    def __init__(self, model: NgramModel) -> None:
        self.model = model
        self.base = model.vocab_size + 1

    def start(self) -> Int[np.ndarray, "1 order"]:
        """The state before the first word: nothing but begin symbols."""
        rows = [np.zeros(1, dtype=np.int64)]
        for level in self.model.levels[:-1]:
            rows.append(level.find(rows[-1] * self.base + self.model.vocab_size))
        return np.stack(rows, axis=1)

    def step(
        self, states: Int[np.ndarray, "n order"], words: Int[np.ndarray, "n"]
    ) -> tuple[Float[np.ndarray, "n"], Int[np.ndarray, "n order"]]:
        """Natural logarithm of P(word | state), and the states after the words."""
        uniform = np.full(len(words), 1 / self.model.vocab_size)
        result = uniform
        after = np.zeros_like(states)
        for k, level in enumerate(self.model.levels):
            context = states[:, k]
            rows = level.find(context * self.base + words)
            below = uniform if self.model.smoothing == "add-k" else result
            result = np.where(context >= 0, level.rest[context], 1.0) * below
            result += np.where(rows >= 0, level.shares[rows], 0.0)
            if k + 1 < states.shape[1]:
                after[:, k + 1] = rows
        with np.errstate(divide="ignore"):
            return np.log(result), after


@dataclass
class _Stack:
    """Beginnings side by side. `explained` is $\\sum_i t(e_j \\mid g_i)$ of what stands there."""

    covered: Bool[np.ndarray, "n source"]
    states: Int[np.ndarray, "n order"]
    explained: Float[np.ndarray, "n source"]
    language: Float[np.ndarray, "n"]  # log P(beginning)
    words: list[tuple[int, ...]]  # numbers of the search's own options

    def __add__(self, other: _Stack) -> _Stack:
        return _Stack(
            np.concatenate([self.covered, other.covered]),
            np.concatenate([self.states, other.states]),
            np.concatenate([self.explained, other.explained]),
            np.concatenate([self.language, other.language]),
            self.words + other.words,
        )


class _Search:
    """The search for one sentence. Target words are numbered anew: those that it may write."""

    def __init__(self, model: NoisyChannel, source: Sequence[str]) -> None:
        self.model, self.config, self.source = model, model.config, source
        silent = model.silent_words[: model.config.silent]
        lists = [model.candidates(word) for word in source]
        self.names = list(dict.fromkeys([w for words in lists for w in words] + list(silent)))
        number = {name: i for i, name in enumerate(self.names)}
        self.silent = np.array([number[word] for word in silent], dtype=np.int64)
        self.ids = model.vocabulary.encode(self.names)
        table = model.channel.scores([NULL, *self.names], source)
        self.null, self.table = table[0], table[1:]
        options = [[number[word] for word in words] for words in lists]
        self.known = np.array([bool(words) for words in lists])
        for place in np.flatnonzero(~self.known).tolist():  # a copy accounts for its place alone
            options[place] = [len(self.names)]
            self.names.append(source[place])
            self.ids = np.append(self.ids, len(model.vocabulary))
            self.table = np.vstack([self.table, np.arange(len(source)) == place])
        self.place = np.repeat(np.arange(len(source)), [len(words) for words in options])
        self.option = np.concatenate([np.array(words) for words in options])
        self.hope = self._hope()

    def _hope(self) -> Float[np.ndarray, "source"]:
        """What dealing with each source word adds at best, as far as single words tell."""
        level, size = self.model.language.levels[0], self.model.language.vocab_size
        rows = level.find(self.ids)
        common = np.where(rows >= 0, level.shares[rows], 0.0) + level.rest[0] / size
        costs = self.config.language_weight * np.log(common)[:, None] + _log(self.table)
        best = _log(self.null)
        np.maximum.at(best, self.place, costs[self.option, self.place])
        return best

    def run(self) -> list[ChannelTranslation]:
        return self.finish([*self.stacks()][-1])

    def stacks(self) -> Iterator[_Stack]:
        """The beginnings that are kept, best first, after each source word more."""
        open_words = np.zeros((1, len(self.source)), dtype=bool)
        start = self.model.states.start()
        stack = _Stack(open_words, start, self.null[None, :], np.zeros(1), [()])
        for _ in self.source:
            pool = stack
            if len(self.silent):
                for _ in range(2):
                    stack = self.slip_in(stack)
                    pool = pool + stack
            yield (stack := self.grow(pool))

    def slip_in(self, stack: _Stack) -> _Stack:
        """The best beginnings with one silent word more."""
        parents = np.repeat(np.arange(len(stack.words)), len(self.silent))
        words = np.tile(self.silent, len(stack.words))
        return self.write(stack, parents, words, np.full(len(words), -1))

    def grow(self, stack: _Stack) -> _Stack:
        """The best beginnings with one English word more dealt with."""
        first = stack.covered.argmin(axis=1)
        reach = np.arange(len(self.source))[None, :] < (first + self.config.window)[:, None]
        near = ~stack.covered & reach
        parents, choice = np.nonzero(near[:, self.place])
        idle, places = np.nonzero(near & self.known)
        return self.write(
            stack,
            np.concatenate([parents, idle]),
            np.concatenate([self.option[choice], np.full(len(idle), -1)]),
            np.concatenate([self.place[choice], places]),
        )

    def write(
        self,
        stack: _Stack,
        parents: Int[np.ndarray, "n"],
        words: Int[np.ndarray, "n"],
        places: Int[np.ndarray, "n"],
    ) -> _Stack:
        """The best `beam` of n ways to go on: from which beginning, with which word written behind
        it and which place of the source dealt with (-1: none)."""
        written, covers = words >= 0, places >= 0
        logs, states = np.zeros(len(words)), stack.states[parents]
        logs[written], states[written] = self.model.states.step(
            states[written], self.ids[words[written]]
        )
        language = stack.language[parents] + logs
        explained = stack.explained[parents] + np.where(written[:, None], self.table[words], 0.0)
        covered = stack.covered[parents]
        covered[covers, places[covers]] = True
        sizes = np.array([len(text) for text in stack.words])[parents] + written
        score = np.where(covered, _log(explained), self.hope).sum(axis=1)
        score += self.config.language_weight * language - len(self.source) * np.log(sizes + 1)
        score[(sizes == 0) & covered.all(axis=1)] = -np.inf  # silence is no translation
        kept: dict[bytes, int] = {}
        ranked = np.argsort(-score, kind="stable")[: 4 * self.config.beam]
        for i in ranked[score[ranked] > -np.inf].tolist():
            # Of those with the same open words and the same last words only the best goes on. They
            # may differ in what their earlier words explain of words to come; that is passed over.
            kept.setdefault(covered[i].tobytes() + states[i].tobytes(), i)
            if len(kept) == self.config.beam:
                break
        rows = np.array(list(kept.values()))
        text = [
            (*stack.words[parents[i]], words[i]) if words[i] >= 0 else stack.words[parents[i]]
            for i in rows.tolist()
        ]
        return _Stack(covered[rows], states[rows], explained[rows], language[rows], text)

    def finish(self, stack: _Stack) -> list[ChannelTranslation]:
        """Complete sentences, each with the price of its end."""
        end = np.full(len(stack.words), len(self.model.vocabulary) + 1)
        language = stack.language + self.model.states.step(stack.states, end)[0]
        found = []
        for text, p, explained in zip(stack.words, language, stack.explained, strict=True):
            channel = _log(explained).sum() - len(self.source) * np.log(len(text) + 1)
            words = [self.names[i] for i in text]
            found.append(ChannelTranslation(words, float(p), float(channel)))
        weight = self.config.language_weight
        return sorted(found, key=lambda t: (-weight * t.log_language - t.log_channel, t.words))


def _log(probabilities: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    return np.log(np.maximum(probabilities, FLOOR))
