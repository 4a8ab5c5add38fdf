"""The checks of exercises 2.5 and 2.7: the best k, and a sentence that n-grams cannot finish."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from gptlab.checks.compare import describe
from gptlab.checks.core import Case, Exercise, Mistake, number
from gptlab.classic.ngrams import NgramModel
from gptlab.errors import LabError
from gptlab.evaluation.toy_language import toy_task
from gptlab.text.grammar import toy_grammar

ALL_K = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003)


@lru_cache(maxsize=4)
def _lowest(order: int = 2, side: str = "test") -> float:
    """Bits per word of the add-k model of this order with the best of ALL_K."""
    return min(_bits(k, order, side) for k in ALL_K)


def _bits(k: float, order: int = 2, side: str = "test") -> float:
    task = toy_task()
    model = NgramModel.train(task.train, order, task.begin, "add-k", k=k)
    return math.log2(model.perplexity(task.test if side == "test" else task.train))


@lru_cache(maxsize=1)
def _mean_of_sentences() -> float:
    task = toy_task()
    model = NgramModel.train(task.train, 2, task.begin, "add-k", k=0.03)
    means = [-model.log2_probabilities(sentence).mean() for sentence in task.test]
    return float(sum(means) / len(means))


@lru_cache(maxsize=1)
def _of_kneser_ney() -> float:
    task = toy_task()
    return math.log2(NgramModel.train(task.train, 2, task.begin).perplexity(task.test))


BEST_K = number(
    "2.5",
    "the best k",
    right=_lowest,
    unit="bits per word",
    tolerance=0.001,
    hint="Train NgramModel on toy.train with order 2, the vocabulary's size and smoothing "
    "'add-k', for each k; toy.bits_per_word wants log2_probabilities of each sentence of toy.test.",
    praise="Close to Kneser–Ney with the same counts, but it had to be searched for.",
    mistakes=[
        Mistake(
            "k = 1 is not the best",
            lambda: _bits(1.0),
            "That is add-one. Try all six values, and take the lowest figure.",
        ),
        Mistake(
            "the largest in place of the lowest",
            lambda: _bits(0.003),
            "That is the smallest k, not the best one: the curve turns round before it.",
        ),
        Mistake(
            "measured on the training sentences",
            lambda: _lowest(side="train"),
            "On the text that was counted the smallest k always wins. Measure on toy.test.",
        ),
        Mistake(
            "the perplexity",
            lambda: 2 ** _lowest(),
            "That is two to the power of the bits. Give the bits per word themselves.",
        ),
        Mistake(
            "nats per word",
            lambda: _lowest() * math.log(2),
            "That is in nats. Divide by ln 2, or use logarithms to base 2.",
        ),
        Mistake(
            "another order",
            lambda: _lowest(3),
            "That is the trigram's. A bigram model has order 2.",
        ),
        Mistake(
            "the bits of a sentence",
            lambda: _lowest() * toy_task().n_test_words / len(toy_task().test),
            "You divided by the number of sentences. Divide by the number of words.",
        ),
        Mistake(
            "that is Kneser–Ney's figure",
            _of_kneser_ney,
            "The default smoothing is Kneser–Ney: say smoothing='add-k', k=….",
        ),
        Mistake(
            "the value of k, not what it reaches",
            0.03,
            "That may be the best k. What is asked is how many bits per word it reaches.",
        ),
        Mistake(
            "the mean of the sentences' means",
            _mean_of_sentences,
            "You took the mean of each sentence first, so that a short one counts as much as a "
            "long one. Add up all bits, then divide by all words: toy.bits_per_word does.",
        ),
    ],
)


@lru_cache(maxsize=1)
def _model() -> NgramModel:
    task = toy_task()
    return NgramModel.train(task.train, 5, task.begin)


def _truth(answer: Any) -> tuple[float, float]:
    """What the grammar gives the right and the wrong word; zeros where no sentence begins so."""
    start, right, wrong = answer
    try:
        after = toy_grammar().next_word_probabilities(list(start))
    except LabError:
        return 0.0, 0.0
    return after.get(right, 0.0), after.get(wrong, 0.0)


def _guess(answer: Any) -> tuple[float, float]:
    start, right, wrong = answer
    vocabulary = toy_task().vocabulary
    p = _model().probabilities(vocabulary.encode(start))
    return float(p[vocabulary.id(right)]), float(p[vocabulary.id(wrong)])


def _no_trap(answer: Any) -> str | None:
    if not isinstance(answer, tuple | list) or len(answer) != 3:
        return f"this is {describe(answer)}; give (words, right, wrong)"
    start, right, wrong = answer
    if isinstance(start, str) or not isinstance(start, Sequence) or not start:
        return "the first part is a list of words, at least one: 'the man who …'.split()"
    for word in (*start, right, wrong):
        if word not in toy_task().vocabulary:
            return f"{word!r} is not a word that the model knows; see toy.vocabulary.words"
    return None


def _begins(answer: Any) -> bool:
    try:
        toy_grammar().next_word_probabilities(list(answer[0]))
    except LabError:
        return False
    return True


def _is_right(answer: Any) -> None:
    right, wrong = _truth(answer)
    assert right > 0, "the grammar never puts the right word there"
    assert wrong == 0, "the grammar allows the wrong word as well"


def _is_fooled(answer: Any) -> None:
    right, wrong = _guess(answer)
    assert wrong > right, f"the model gives the right word {right:.4f}, the wrong {wrong:.4f}"


_WHO_SAW = ("the", "man", "who", "saw", "the", "dogs")

TRAP = Exercise(
    "2.7",
    "a trap for n-grams",
    "trap",
    (_WHO_SAW, "is", "are"),
    (
        Case("the grammar knows which word is right", _is_right),
        Case(
            "the 5-gram model prefers the wrong one",
            _is_fooled,
            "Put something between the two words that must agree, and let what stands last point "
            "the wrong way.",
        ),
    ),
    (
        Mistake(
            "no sentence begins so",
            (("man", "the"), "is", "are"),
            "The grammar makes no sentence that begins with these words. Look at sentences of "
            "toy.train with toy.decode, and change one of them.",
            symptom=lambda answer: not _begins(answer),
        ),
        Mistake(
            "right and wrong are exchanged",
            (_WHO_SAW, "are", "is"),
            "The grammar allows your wrong word there, and never your right one.",
            symptom=lambda answer: _truth(answer)[0] == 0 < _truth(answer)[1],
        ),
        Mistake(
            "both can follow",
            (("the", "man"), "sees", "saw"),
            "The grammar allows both words there, so the model cannot be wrong. Choose two forms "
            "of which only one agrees, like is and are.",
            symptom=lambda answer: min(_truth(answer)) > 0,
        ),
        Mistake(
            "neither can follow",
            (("the", "man"), "of", "in"),
            "The grammar allows neither word there. Ask "
            "toy_grammar().next_word_probabilities(words) what can follow.",
            symptom=lambda answer: _begins(answer) and max(_truth(answer)) == 0,
        ),
        Mistake(
            "the model is not fooled",
            (("the", "man"), "is", "are"),
            "The model prefers the right word, for it sees what the word must agree with. Put "
            "more words in between.",
            symptom=lambda answer: (
                _truth(answer)[0] > 0 == _truth(answer)[1]
                and _guess(answer)[0] >= _guess(answer)[1]
            ),
        ),
    ),
    _no_trap,
    "The last words speak for the wrong form, and the model listens to them.",
)
