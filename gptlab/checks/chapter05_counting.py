"""The check of exercise 5.2: company counted by distance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gptlab.checks import Case, Mistake, function
from gptlab.checks.compare import describe


def company(words, word, window):
    """What stands around `word`: each context word with the sum of 1 / distance."""
    return _company(words, word, window)


# The parts. A wrong answer has one of them done otherwise.
def _everywhere(words: list[str], word: str) -> list[int]:
    return [i for i, each in enumerate(words) if each == word]


def _both_sides(i: int, window: int, length: int) -> list[int]:
    return [j for j in range(max(0, i - window), min(length, i + window + 1)) if j != i]


def _add(found: dict[str, float], other: str, weight: float) -> None:
    found[other] = found.get(other, 0.0) + weight


def _company(
    words, word, window,
    places=_everywhere, around=_both_sides, weigh=lambda d, window: 1 / d, add=_add, keep_self=True,
):  # fmt: skip
    found: dict[str, float] = {}
    for i in places(words, word):
        for j in around(i, window, len(words)):
            if keep_self or words[j % len(words)] != word:
                add(found, words[j], weigh(abs(i - j), window))
    return found


def _but(**part: Any) -> Callable[..., Any]:
    return lambda words, word, window: _company(words, word, window, **part)


def _wrapped(i: int, window: int, length: int) -> list[int]:
    return [j for j in range(i - window, min(length, i + window + 1)) if j != i and -j <= length]


def _no_last_word(i: int, window: int, length: int) -> list[int]:
    return [j for j in range(max(0, i - window), min(length - 1, i + window + 1)) if j != i]


def _mean(words, word, window):
    found = _company(words, word, window)
    return {other: weight / words.count(word) for other, weight in found.items()}


def _assigned(found: dict[str, float], other: str, weight: float) -> None:
    found[other] = weight


def _seen(words: str, word: str, window: int) -> Callable[[Any], Any]:
    def function(answer: Callable[..., Any]) -> Any:
        given = words.split()
        found = answer(given, word, window)
        if found is None:
            return None
        assert given == words.split(), "it changes the list of words; leave it as it is"
        assert isinstance(found, dict), (
            f"it returns {describe(found)}; return a dict: context word to weight"
        )
        return {other: float(found[other]) for other in sorted(found) if found[other]}

    return function


_MILK = "the cat drinks the milk"
_LONG = "we saw a dog and a cat and the dog saw a bird"

COMPANY = function(
    "5.2",
    "the company of a word",
    right=company,
    praise="This is a row of a co-occurrence table with harmonic weights, as GloVe counts them.",
    cases=[
        Case(
            "drinks, with its neighbours",
            _seen(_MILK, "drinks", 1),
            "One word on each side, at distance 1: each weighs 1 / 1.",
        ),
        Case(
            "cat, whose window hangs over the start",
            _seen(_MILK, "cat", 3),
            "The, drinks, the, milk at the distances 1, 1, 2, 3. Left of cat stands one word "
            "only: where does a negative index point in Python?",
        ),
        Case(
            "the, which stands there twice",
            _seen(_MILK, "the", 2),
            "Visit each occurrence of the word and add up what is around it.",
        ),
        Case(
            "very, in its own company",
            _seen("very very good", "very", 2),
            "Each very stands in the window of the other one. That counts.",
        ),
        Case("a word that is not there", _seen(_MILK, "dog", 2), "An empty dict is the answer."),
        Case("a longer text", _seen(_LONG, "dog", 3), "Check windows and weights by hand."),
    ],
    mistakes=[
        Mistake(
            "only what comes after",
            _but(around=lambda i, window, n: [*range(i + 1, min(n, i + window + 1))]),
            "You look to the right only. A window has two sides: also i − 1, i − 2 and so on.",
        ),
        Mistake(
            "only what comes before",
            _but(around=lambda i, window, n: [*range(max(0, i - window), i)]),
            "You look to the left only. A window has two sides: also i + 1, i + 2 and so on.",
        ),
        Mistake(
            "the window is one short",
            _but(around=lambda i, window, n: _both_sides(i, window - 1, n)),
            "`range(1, window)` ends before window. Go to window + 1.",
        ),
        Mistake(
            "the window wraps around",
            _but(around=_wrapped),
            "words[-1] is the last word of the text. Start at max(0, i − window).",
        ),
        Mistake(
            "every distance counts the same",
            _but(weigh=lambda d, window: 1.0),
            "That is the flat weighting. Here a word at distance d counts 1 / d.",
        ),
        Mistake(
            "linear weights",
            _but(weigh=lambda d, window: (window - d + 1) / window),
            "That is (window − d + 1) / window, word2vec's weighting. Asked for is 1 / d.",
        ),
        Mistake(
            "one more than the distance",
            _but(weigh=lambda d, window: 1 / (d + 1)),
            "The next word is at distance 1 and counts 1. You divided by d + 1.",
        ),
        Mistake(
            "far words count more",
            _but(weigh=lambda d, window: d),
            "You added the distance itself. A word at distance d counts 1 / d, so near ones more.",
        ),
        Mistake(
            "division without a remainder",
            _but(weigh=lambda d, window: 1 // d),
            "`1 // d` is 0 for every distance above 1. A fraction needs `1 / d`.",
        ),
        Mistake(
            "the square of the distance",
            _but(weigh=lambda d, window: 1 / d**2),
            "You divided by d². Harmonic weights are 1 / d.",
        ),
        Mistake(
            "the last word of the text is never seen",
            _but(around=_no_last_word),
            "`range` stops one before its end, so the end of a window is min(len(words), i + "
            "window + 1).",
        ),
        Mistake(
            "the mean of the occurrences",
            _mean,
            "You divided by how often the word occurs. The sum over its occurrences is asked for.",
        ),
        Mistake(
            "only one meeting is kept",
            _but(add=_assigned),
            "`found[other] = 1 / d` forgets what was there. Add to it: use a Counter, or "
            "found.get(other, 0) + 1 / d.",
        ),
        Mistake(
            "only the first occurrence",
            _but(places=lambda words, word: _everywhere(words, word)[:1]),
            "`words.index(word)` finds the first place only. Go through all places.",
        ),
        Mistake(
            "the word is left out of its own company",
            _but(keep_self=False),
            "Leave out the place i itself, not every word that is spelled the same.",
        ),
    ],
)
