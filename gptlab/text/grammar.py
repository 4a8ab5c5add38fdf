r"""The toy language: sentences whose probability, parse and German translation are known.

A probabilistic grammar of more than 300 English words with a synchronous German side, written for
this course. Because we wrote it, the truth is known: the probability of every sentence, and so how
many bits per word no language model can beat on average; the right tree; the translation; which
words mean alike.

Conventions. A sentence is a sequence of words; comma, full stop, question mark and 's count as
words. Every sentence ends in "." or "?", which stand nowhere else, so that its end costs no
further bits.

>>> sentence = toy_grammar().sample(1, seed=3)[0]
>>> abs(sentence.log2_probability - toy_grammar().log2_probability(sentence.english)) < 1e-9
True
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import count
from random import Random

from gptlab.errors import LabError
from gptlab.text.chart import END_OF_SENTENCE, ChartReader
from gptlab.text.german_sentences import german_vocabulary, translate
from gptlab.text.pcfg import PCFG, Node, Rule, fold
from gptlab.text.toy_lexicon import lexicon
from gptlab.text.toy_sentences import build_grammar
from gptlab.text.toy_split import HELD_OUT_PAIRS, HELD_OUT_WORDS, TEST_SHARE, for_testing, has_pair
from gptlab.text.toy_text import classes_of, detokenize, tokenize
from gptlab.text.toy_trees import PHENOMENA, Tree, phenomena_of, tree_of

__all__ = [
    "END_OF_SENTENCE",
    "HELD_OUT_PAIRS",
    "HELD_OUT_WORDS",
    "LANGUAGES",
    "PHENOMENA",
    "TEST_SHARE",
    "Sentence",
    "Split",
    "ToyGrammar",
    "Tree",
    "toy_grammar",
]
LANGUAGES = ("english", "german")


@dataclass(frozen=True)
class Sentence:
    """One sentence: words in both languages, tree, phenomena, log2 probability in its grammar."""

    english: tuple[str, ...]
    log2_probability: float
    rules: tuple[Rule, ...] = field(repr=False, compare=False)  # depth first, from the left
    unseen: frozenset[str] = frozenset()  # labels that hold relative to a split

    @cached_property
    def derivation(self) -> Node:
        """How the grammar makes the sentence."""
        return fold(self.rules)

    @cached_property
    def german(self) -> tuple[str, ...]:
        """The translation, as words."""
        return translate(self.derivation)

    @cached_property
    def tree(self) -> Tree:
        """The parse tree of the English sentence; `str(tree)` writes it with brackets."""
        return tree_of(self.derivation)

    @cached_property
    def phenomena(self) -> frozenset[str]:
        """What the sentence holds of PHENOMENA."""
        return phenomena_of(self.derivation) | self.unseen

    @property
    def english_text(self) -> str:
        """The sentence as text."""
        return detokenize(self.english)

    @property
    def german_text(self) -> str:
        """The translation as text."""
        return detokenize(self.german)


class ToyGrammar:
    """The toy language, or what is left of it without some words.

    `without` lists entries by their English base form ("sleep", "wake up", "dog"). Their share
    goes to the rest of their class, in proportion, so that what is left is a grammar with exact
    figures of its own. Raises LabError for an entry that does not exist.
    """

    def __init__(self, without: Collection[str] = ()) -> None:
        missing = sorted(set(without) - lexicon().headwords())
        if isinstance(without, str) or missing:
            raise LabError(
                f"no such entries to leave out: {missing or without!r}; "
                "give a list of base forms such as 'dog' or 'wake up'"
            )
        self.left_out = frozenset(without)
        self.rules: PCFG = build_grammar(lexicon(), self.left_out)  # the English side

    @cached_property
    def _reader(self) -> ChartReader:
        return ChartReader(self.rules)

    # Drawing sentences

    def sample(self, n: int, seed: int) -> list[Sentence]:
        """n independent sentences, drawn with the grammar's probabilities; a seed fixes them.

        Raises LabError if n is negative.
        """
        if n < 0:
            raise LabError(f"cannot draw n={n} sentences; ask for 0 or more")
        random = Random(seed)
        return [self._draw(random) for _ in range(n)]

    def _draw(self, random: Random) -> Sentence:
        return self._sentence(*self.rules.draw(random))

    @staticmethod
    def _sentence(rules: Sequence[Rule], words: Sequence[str]) -> Sentence:
        # The grammar is unambiguous, so the sentence's probability is its derivation's.
        return Sentence(tuple(words), math.fsum(rule.log2 for rule in rules), tuple(rules))

    def text(self, n: int, seed: int, language: str = "english") -> str:
        """n sampled sentences as text, one a line, each line ended."""
        _check_language(language)
        sentences = self.sample(n, seed)
        return "".join(detokenize(getattr(s, language)) + "\n" for s in sentences)

    # What no model can beat

    @cached_property
    def _entropy(self) -> float:
        return self.rules.derivation_entropy()

    def entropy_bits_per_sentence(self) -> float:
        r"""$H = -\sum_s P(s) \log_2 P(s)$ over all sentences, exactly.

        Computed as the entropy of derivations, which is the same because no sentence has two;
        solved from the rules by linear equations (`PCFG.derivation_entropy`).
        """
        return self._entropy

    @cached_property
    def _words(self) -> float:
        return self.rules.expected_words()

    def expected_words(self) -> float:
        """The mean number of words of a sentence, punctuation included, exactly."""
        return self._words

    def entropy_bits_per_word(self, end_symbol: bool = False) -> float:
        """The floor in bits per word: bits per sentence over expected words per sentence.

        In a stream of sentences drawn one after the other, no model needs fewer bits per word on
        average. With `end_symbol` the stream has one more symbol per sentence (such as
        <|endoftext|>), which costs nothing but counts as a word.
        """
        return self.entropy_bits_per_sentence() / (self.expected_words() + end_symbol)

    # Reading sentences

    def log2_probability(self, words: Sequence[str]) -> float:
        """Log2 of the sentence's probability, found by parsing; −inf if the grammar cannot make it.

        Raises LabError for an empty sentence or an unknown word.
        """
        return self._reader.log2_probability(words)

    def parse(self, words: Sequence[str]) -> Sentence:
        """The sentence with tree, translation and probability. Raises LabError if it is none."""
        return self._sentence(self._reader.parse(words), words)

    def next_word_probabilities(self, prefix: Sequence[str]) -> dict[str, float]:
        """P(next word | the sentence begins with `prefix`), exactly: what a perfect model says.

        The empty prefix asks for the first word; END_OF_SENTENCE is the only outcome after "." or
        "?". Words of probability zero are left out. Raises LabError if no sentence begins so.
        """
        return self._reader.next_word_probabilities(prefix)

    def log2_prefix_probability(self, prefix: Sequence[str]) -> float:
        """Log2 of the probability that a sentence begins with `prefix`; −inf if none does."""
        return self._reader.log2_prefix_probability(prefix)

    def vocabulary(self, language: str = "english") -> tuple[str, ...]:
        """All words of the language's side, sorted.

        German: every form in the paradigms of the entries; a few of them are never needed.
        """
        _check_language(language)
        return self.rules.words if language == "english" else self._german_words

    @cached_property
    def _german_words(self) -> tuple[str, ...]:
        return german_vocabulary(self.rules)

    def tokenize(self, text: str, language: str = "english") -> tuple[str, ...]:
        """One sentence of text as words; undoes `english_text` and `german_text`."""
        return tokenize(text, self.vocabulary(language))

    @cached_property
    def _classes(self) -> dict[str, str]:
        return classes_of(self.rules.rules_of)

    def word_class(self, word: str) -> str:
        """The class of an English word, such as "animal", "colour", "verb of motion", "pronoun".

        A word of several classes has them joined: "animal or thing" for bat. Raises LabError if the
        word is unknown.
        """
        if word not in self._classes:
            raise LabError(f"{word!r} is not a word of this grammar; see vocabulary('english')")
        return self._classes[word]

    def split(self, seed: int, n_train: int, n_test: int, n_unseen: int = 0) -> Split:
        """Training and test sentences without overlap, and some with what was never trained on.

        `train` and `test` are drawn from this grammar without HELD_OUT_WORDS, and kept if no
        HELD_OUT_PAIRS stands in them. A hash of the sentence decides its side, the same for every
        seed: one sentence of the language in TEST_SHARE is for testing. So each side is an
        independent sample of the language cut down to that side, repeats included; a frequent
        sentence is either trained on or tested, never both, and the test side need not hold 1 /
        TEST_SHARE of the probability. `unseen_words` (n_unseen) hold a held-out word,
        `unseen_pairs` (n_unseen) a held-out pair and no such word; both come from this grammar
        whole. `log2_probability` is that of the grammar drawn from, before the cuts.

        Raises LabError if a number is negative, or if the grammar lacks what was to be unseen.
        """
        for name, n in (("n_train", n_train), ("n_test", n_test), ("n_unseen", n_unseen)):
            if n < 0:
                raise LabError(f"{name}={n} is negative; ask for 0 or more sentences")
        known = ToyGrammar(self.left_out | set(HELD_OUT_WORDS))
        trained_words = set(known.vocabulary())
        if n_unseen and trained_words.issuperset(self.vocabulary()):
            raise LabError(
                f"n_unseen={n_unseen}, but this grammar lacks all words that splits hold out; "
                "ask for n_unseen=0, or split the whole grammar"
            )
        random = Random(f"split {seed}")
        train: list[Sentence] = []
        test: list[Sentence] = []
        patience = count(100_000 + 2000 * (n_train + n_test + n_unseen), -1)
        while len(train) < n_train or len(test) < n_test:
            _check_patience(next(patience))
            sentence = known._draw(random)
            side, wanted = (test, n_test) if for_testing(sentence.english) else (train, n_train)
            if len(side) < wanted and not has_pair(sentence.english):
                side.append(sentence)
        words: list[Sentence] = []
        pairs: list[Sentence] = []
        while len(words) < n_unseen or len(pairs) < n_unseen:
            _check_patience(next(patience))
            sentence = self._draw(random)
            if not trained_words.issuperset(sentence.english):
                side, label = words, "unseen word"
            elif has_pair(sentence.english):
                side, label = pairs, "unseen combination"
            else:
                continue
            if len(side) < n_unseen:
                side.append(replace(sentence, unseen=frozenset({label})))
        return Split(tuple(train), tuple(test), tuple(words), tuple(pairs))


@dataclass(frozen=True)
class Split:
    """Training and test sentences that never overlap; see `ToyGrammar.split`."""

    train: tuple[Sentence, ...]
    test: tuple[Sentence, ...]
    unseen_words: tuple[Sentence, ...]
    unseen_pairs: tuple[Sentence, ...]


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise LabError(f"no language {language!r}; choose from {', '.join(LANGUAGES)}")


def _check_patience(draws_left: int) -> None:
    if draws_left < 0:
        raise LabError(
            "drew long without finding all sentences of this split; "
            "leave fewer words out of the grammar, or ask for fewer sentences"
        )


@lru_cache(maxsize=1)
def toy_grammar() -> ToyGrammar:
    """The toy language, whole; built once."""
    return ToyGrammar()
