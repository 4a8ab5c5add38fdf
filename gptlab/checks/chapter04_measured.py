"""Checks of exercises 4.5 and 4.6: how much text a dictionary needs; rules that beat the cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from gptlab.checks import Mistake, array, function
from gptlab.checks.core import Case
from gptlab.classic.alignment import IBMModel1
from gptlab.classic.rule_translation import ToyRules, word_for_word
from gptlab.text.corpora import toy_split
from gptlab.text.grammar import HELD_OUT_WORDS, Sentence
from gptlab.text.toy_lexicon import ambiguous_words, lexicon

SIZES = (200, 1_000, 5_000)


def known_nouns() -> dict[str, str]:
    """German noun → English noun, for all that training may show and that have one meaning."""
    german: dict[str, list[str]] = {}
    for noun in lexicon().nouns:
        if not noun.is_name and noun.english not in HELD_OUT_WORDS:
            german.setdefault(noun.german, []).append(noun.english)
    return {
        word: english[0]
        for word, english in german.items()
        if len(english) == 1 and english[0] not in ambiguous_words()
    }


@lru_cache(maxsize=9)
def _train(n: int, iterations: int = 10, last: bool = False) -> IBMModel1:
    train = toy_split().train
    chosen = train[-n:] if last else train[:n]
    return IBMModel1.train([(s.german, s.english) for s in chosen], iterations)


def _right(model: IBMModel1, german: str, english: str) -> bool:
    return german in model.source_words and model.translations(german, 1)[0][0] == english


@lru_cache(maxsize=8)
def _shares(iterations: int = 10, last: bool = False) -> np.ndarray:
    nouns = known_nouns()
    return np.array(
        [
            np.mean([_right(model, *pair) for pair in nouns.items()])
            for model in (_train(n, iterations, last) for n in SIZES)
        ]
    )


def _of_seen() -> np.ndarray:
    nouns, found = known_nouns(), []
    for n in SIZES:
        model = _train(n)
        seen = [pair for pair in nouns.items() if pair[0] in model.source_words]
        found.append(np.mean([_right(model, *pair) for pair in seen]))
    return np.array(found)


def _by_column() -> np.ndarray:
    nouns, found = known_nouns(), []
    for n in SIZES:
        model = _train(n)
        found.append(
            np.mean(
                [
                    e in model.target_words and model.origins(e, 1)[0][0] == g
                    for g, e in nouns.items()
                ]
            )
        )
    return np.array(found)


@lru_cache(maxsize=1)
def _other_way() -> np.ndarray:
    nouns, found = known_nouns(), []
    for n in SIZES:
        pairs = [(s.english, s.german) for s in toy_split().train[:n]]
        model = IBMModel1.train(pairs, 10)
        found.append(np.mean([_right(model, english, g) for g, english in nouns.items()]))
    return np.array(found)


def _only_met() -> np.ndarray:
    return np.array([np.mean([g in _train(n).source_words for g in known_nouns()]) for n in SIZES])


def _largest(answer: Any) -> float:
    try:
        return float(np.max(np.asarray(answer, dtype=float)))
    except (TypeError, ValueError):
        return 0.0


_HOW_MUCH = array(
    "4.5",
    "how much text a dictionary needs",
    right=_shares,
    praise="Two hundred sentences show too few nouns; a thousand are nearly enough.",
    mistakes=[
        Mistake(
            "only the nouns that were seen",
            _of_seen,
            "You divided by the nouns that the model knows. A noun that it never met is not "
            "translated: count it as wrong, and divide by all.",
        ),
        Mistake(
            "one round of training",
            lambda: _shares(iterations=1),
            "After one round the table is still blurred. Train for 10.",
        ),
        Mistake(
            "the last pairs instead of the first",
            lambda: _shares(last=True),
            "Take the first n pairs: `split.train[:n]`.",
        ),
        Mistake(
            "percent",
            lambda: 100 * _shares(),
            "Give shares from 0 to 1.",
            symptom=lambda answer: 1 < _largest(answer) <= 100,
        ),
        Mistake(
            "numbers of nouns",
            lambda: np.round(_shares() * len(known_nouns())),
            "So many nouns it is; divide by how many there are in `nouns`.",
            symptom=lambda answer: _largest(answer) > 100,
        ),
        Mistake(
            "trained the other way round",
            _other_way,
            "English was the source, and you translated into German. A pair is (German words, "
            "English words).",
        ),
        Mistake(
            "the nouns that were met",
            _only_met,
            "You counted the nouns that training showed. Their likeliest translation must be right "
            "as well.",
        ),
        Mistake(
            "the table read by columns",
            _by_column,
            "You asked which German word gives the English noun most readily. Asked is which "
            "English word a German noun turns into: `translations`.",
        ),
        Mistake(
            "the wrong ones",
            lambda: 1 - _shares(),
            "That is the share of nouns translated wrongly.",
        ),
    ],
)

# A list, a tuple and an array of the three are all right.
HOW_MUCH_TEXT = replace(
    _HOW_MUCH,
    cases=(
        Case(
            "the three shares",
            lambda answer: np.asarray(answer, dtype=float),
            "For each size: train on the first n pairs, German as the source, 10 rounds; then "
            "take the likeliest translation of every noun in `nouns`. A noun that the model never "
            "met is wrong.",
            rtol=0.0,
            atol=0.006,  # two digits, however they were rounded
        ),
    ),
)

Translator = Callable[[Sequence[str]], Any]
GAIN = 0.02


@lru_cache(maxsize=1)
def practice() -> tuple[Sentence, ...]:
    """The sentences that exercise 4.6 shows."""
    return toy_split().train[:600]


@lru_cache(maxsize=1)
def hidden() -> tuple[Sentence, ...]:
    """Those on which its check measures: training sentences too, never the test."""
    return toy_split().train[5_000:5_600]


def share_right(translate: Translator, sentences: Sequence[Sentence]) -> float:
    """The share of sentences translated exactly, from lists of words to lists of words."""
    return float(np.mean([list(translate(s.english)) == list(s.german) for s in sentences]))


@lru_cache(maxsize=1)
def _cards() -> float:
    return share_right(ToyRules().translate, hidden())


def better_rules(words: Sequence[str]) -> list[str]:
    """The cards, and two rules more: the verb of a subordinate clause, and he after an adverb."""
    out = _engine().translate(words)
    for place, word in enumerate(out):
        if word in ("weil", "obwohl", "während", "dass", "wenn"):
            rest = out[place + 1 :]
            end = next((i for i, w in enumerate(rest) if w in ",.?"), len(rest))
            verb = [i for i, w in enumerate(rest[:end]) if w in ("ist", "sind", "war", "waren")]
            if verb:
                rest.insert(end - 1, rest.pop(verb[0]))
                out = [*out[: place + 1], *rest]
    if out[0] in ("gestern", "heute", "jetzt", "bald") and out[1] in ("er", "sie", "wir"):
        out[1], out[2] = out[2], out[1]
    return out


@lru_cache(maxsize=1)
def _engine() -> ToyRules:
    return ToyRules()


def _by_heart(words: Sequence[str]) -> list[str]:
    known = {s.english: list(s.german) for s in practice()}
    return known.get(tuple(words)) or _engine().translate(words)


def _is_text(answer: Translator) -> bool:
    return isinstance(answer(practice()[0].english), str)


def _knows_by_heart(answer: Translator) -> bool:
    seen, other = share_right(answer, practice()), share_right(answer, hidden())
    if seen > 0.9 and other < seen - 0.2:
        return True
    # All training sentences by heart, those of the check among them: then new ones tell.
    return other > 0.5 and share_right(answer, toy_split().test[:300]) < other - 0.2


def _measure(answer: Translator) -> None:
    found = share_right(answer, hidden())
    assert found >= _cards() + GAIN, (
        f"{found:.1%} of 600 other sentences are right; the cards alone reach {_cards():.1%}, and "
        f"{_cards() + GAIN:.1%} is asked for"
    )


def _returns_words(answer: Translator) -> None:
    found = answer(["she", "works", "."])
    assert isinstance(found, list | tuple), "return a list of words"
    assert all(isinstance(word, str) and word for word in found), "each word is a text"


BETTER_RULES = function(
    "4.6",
    "rules that beat the cards",
    right=better_rules,
    praise="Better than the cards, on sentences that you had not seen. Now count your rules, and "
    "think of the next 500 kinds of sentence.",
    cases=[
        Case("it returns words", _returns_words, "A list of German words, marks included."),
        Case(
            "two percentage points better on other sentences",
            _measure,
            "Print what goes wrong most often, and write a rule for that alone. Where does the "
            "verb stand after weil? What comes first after heute?",
        ),
    ],
    mistakes=[
        Mistake(
            "a text, not words",
            lambda words: " ".join(better_rules(words)),
            "Return the list of words; do not join them.",
            symptom=_is_text,
        ),
        Mistake(
            "learned by heart",
            _by_heart,
            "It is right on the sentences that it was shown, and no better on others. A list of "
            "answers is not a rule.",
            symptom=_knows_by_heart,
        ),
        Mistake(
            "worse than the cards",
            word_for_word,
            "It does more harm than good. Look at sentences that were right before your rule.",
            symptom=lambda answer: share_right(answer, hidden()) < _cards() - 1e-9,
        ),
        Mistake(
            "better, but not by two points",
            lambda words: _engine().translate(words),
            "It helps, or does nothing, but is rarely needed. Which error is the most frequent?",
            symptom=lambda answer: (
                _cards() - 1e-9 <= share_right(answer, hidden()) < _cards() + GAIN
            ),
        ),
    ],
)
