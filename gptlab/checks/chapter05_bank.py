"""The check of exercise 5.6: which bank is meant, from the words around it."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from typing import Any

from gptlab.checks import Case, Mistake, function
from gptlab.checks.compare import describe

NEEDED = 30
MEANINGS = ("Bank", "Ufer")
KIN = {"Bank": ("museum", "school", "hospital"), "Ufer": ("coast", "beach", "island")}


@cache
def bank_sentences() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Test sentences of the toy language with one bank, and what its German translation says."""
    from gptlab.text.corpora import toy_split

    return tuple(
        (s.english, "Ufer" if "ufer" in map(str.lower, s.german) else "Bank")
        for s in toy_split().test
        if s.english.count("bank") == 1
    )


@cache
def training_sentences() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Sixty training sentences with one bank, and what it means."""
    from gptlab.text.corpora import toy_split

    found = [s for s in toy_split().train if s.english.count("bank") == 1][:60]
    return tuple(
        (s.english, "Ufer" if "ufer" in map(str.lower, s.german) else "Bank") for s in found
    )


@cache
def _company_of_kin() -> tuple[Any, dict[str, Any]]:
    """How well each word fits the words that mean only one of the two, by PPMI in a window of 3."""
    from gptlab.embeddings.distributional import cooccurrences, ppmi
    from gptlab.text.corpora import toy_split
    from gptlab.text.words import Vocabulary

    texts = [sentence.english for sentence in toy_split().train]
    words = Vocabulary.build(texts)
    table = ppmi(cooccurrences(texts, words, window=3), smoothing=0.75)
    fits = {m: table[[words.id(k) for k in kin]].sum(axis=0) for m, kin in KIN.items()}
    return words, fits


def which_bank(words):
    """ "Bank" or "Ufer": what the one bank among `words` means."""
    return _by_window(words, 3)


def _by_window(words, window):
    known, fits = _company_of_kin()
    at = list(words).index("bank")
    near = [w for w in words[max(0, at - window) : at + window + 1] if w in known and w != "bank"]
    score = {m: sum(fit[known.id(w)] for w in near) for m, fit in fits.items()}
    return max(score, key=lambda meaning: score[meaning])


def _right(answer: Callable[..., Any]) -> int:
    return sum(_said(answer, words) == meant for words, meant in bank_sentences())


def _said(answer: Callable[..., Any], words: tuple[str, ...]) -> Any:
    found = answer(words)
    return found.strip() if isinstance(found, str) else found


def _says_one_of_two(answer: Callable[..., Any]) -> None:
    for words, _ in bank_sentences():
        found = _said(answer, words)
        assert found in MEANINGS, (
            f'for "{" ".join(words)}" it returns {describe(found)}; return "Bank" or "Ufer"'
        )


def _clear(words: str, meant: str) -> Callable[[Any], None]:
    def function(answer: Callable[..., Any]) -> None:
        assert _said(answer, tuple(words.split())) == meant, f'"{words}" means {meant}'

    return function


def _enough(answer: Callable[..., Any]) -> None:
    right = _right(answer)
    assert right >= NEEDED, (
        f"{right} of {len(bank_sentences())} sentences are right; {NEEDED} are wanted"
    )


def _no_coin(answer: Callable[..., Any]) -> bool:
    said = [[_said(answer, words) for words, _ in bank_sentences()] for _ in range(3)]
    return said[0] != said[1] or said[1] != said[2]


def _constant(answer: Callable[..., Any]) -> bool:
    said = {_said(answer, words) for words, _ in bank_sentences()}
    return len(said) == 1 and said <= set(MEANINGS)


def _turned(answer: Callable[..., Any]) -> bool:
    wrong = {"Bank": "Ufer", "Ufer": "Bank"}
    hits = sum(_said(answer, words) == wrong[meant] for words, meant in bank_sentences())
    return hits >= NEEDED


def _by_heart(answer: Callable[..., Any]) -> bool:
    """Right on the test sentences, and not on those of training, which are easier to know."""
    if _right(answer) < NEEDED:
        return False
    shown = training_sentences()
    return sum(_said(answer, words) == meant for words, meant in shown) < 0.75 * len(shown)


def _blind(answer: Callable[..., Any]) -> bool:
    """The same answers when all other words are taken away."""
    said = [
        (_said(answer, words), _said(answer, tuple(w if w == "bank" else "the" for w in words)))
        for words, _ in bank_sentences()
    ]
    return len({first for first, _ in said}) > 1 and all(first == then for first, then in said)


def _near_sighted(answer: Callable[..., Any]) -> bool:
    """The same answers when all but the two words beside bank are taken away, and too few right."""
    same = 0
    if any(_said(answer, words) not in MEANINGS for words, _ in bank_sentences()):
        return False
    for words, _ in bank_sentences():
        at = words.index("bank")
        blind = tuple(w if abs(i - at) <= 1 else "the" for i, w in enumerate(words))
        same += _said(answer, words) == _said(answer, blind)
    return same == len(bank_sentences()) and _right(answer) < NEEDED


def _tossed(words):
    return random.choice(MEANINGS)


BANK = function(
    "5.6",
    "which bank?",
    right=which_bank,
    praise="Each occurrence got a meaning of its own, from its company. Self-attention will learn "
    "to do that.",
    cases=[
        Case("it says Bank or Ufer", _says_one_of_two, "Return one of the two German words."),
        Case(
            "a muddy one",
            _clear("we sit on the muddy bank .", "Ufer"),
            "Which words stand near muddy: coast and beach, or museum and school?",
        ),
        Case(
            "one that opens",
            _clear("after the storm the modern bank opened .", "Bank"),
            "Which words stand near modern and opened?",
        ),
        Case(
            f"{NEEDED} test sentences or more",
            _enough,
            "Compare the words around bank with the company of words that have one meaning only, "
            "such as museum and coast. Try another window.",
        ),
    ],
    mistakes=[
        Mistake(
            "a different answer every time",
            _tossed,
            "Asked three times, it does not say the same. Use the words around bank, not chance.",
            symptom=_no_coin,
        ),
        Mistake(
            "always the same answer",
            lambda words: "Bank",
            "It says the same for every sentence and is right for about half of them. Look at the "
            "words around bank.",
            symptom=_constant,
        ),
        Mistake(
            "the two are turned round",
            lambda words: "Ufer" if which_bank(words) == "Bank" else "Bank",
            "It tells the two apart, and says the wrong one. Is it min where it should be max, or "
            "are the two lists of words exchanged?",
            symptom=_turned,
        ),
        Mistake(
            "learned by heart",
            lambda words: dict(bank_sentences()).get(tuple(words), "Bank"),
            "It is right on the test sentences and poor on others, so it knows their answers and "
            "not the words. Use the training sentences alone.",
            symptom=_by_heart,
        ),
        Mistake(
            "the words are not looked at",
            lambda words: "Bank" if list(words).index("bank") < 4 else "Ufer",
            "It says the same when all words but bank are replaced: where bank stands, or how long "
            "the sentence is, tells nothing. Look at the words around it.",
            symptom=_blind,
        ),
        Mistake(
            "only the words right beside it",
            lambda words: _by_window(words, 1),
            "It looks at one word on each side, and often that is only the. What tells stands two "
            "or three words away: take a wider window.",
            symptom=_near_sighted,
        ),
    ],
)
