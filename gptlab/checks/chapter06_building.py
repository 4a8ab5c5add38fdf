"""The checks of exercises 6.2 and 6.3: pairs from windows, the distribution of noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from gptlab.checks import Case, Mistake, call, function
from gptlab.checks.compare import as_array, describe


def ask_array(label: str, *args: Any, hint: str) -> Case:
    """A case of `call`; a list or a tensor of the right numbers is right, too."""
    case = call(label, *args, hint=hint)

    def function(answer: Callable[..., Any]) -> Any:
        def in_an_array(*given: Any) -> Any:
            found = answer(*given)
            return found if found is None else as_array(found)

        return case.function(in_an_array)

    return replace(case, function=function)


def window_pairs(words, reach):
    """(centre, context) for every word of every window; the window of place i reaches reach[i]."""
    return _pairs(words, reach)


def _pairs(words, reach, left=True, right=True, more=0, itself=False, turned=False, last=None):
    found = []
    for i, centre in enumerate(words):
        width = reach[i if last is None else last] + more
        first = i - width if left else i
        end = i + width if right else i
        for j in range(max(0, first), min(len(words) - 1, end) + 1):
            if j != i or itself:
                found.append((words[j], centre) if turned else (centre, words[j]))
    return found


def _wrapped(words, reach):
    found = []
    for i, centre in enumerate(words):
        for j in range(i - reach[i], min(len(words) - 1, i + reach[i]) + 1):
            if j != i:
                found.append((centre, words[j]))
    return found


def _different(words, reach):
    return [(a, b) for a, b in _pairs(words, reach) if a != b]


def _but(**part: Any) -> Callable[..., Any]:
    return lambda words, reach: _pairs(words, reach, **part)


def _seen_from_the_context(words, reach):
    places = range(len(words))
    return [(words[i], words[j]) for i in places for j in places if 0 < abs(i - j) <= reach[j]]


def _places(words, reach):
    return _pairs(list(range(len(words))), reach)


def _one_short(words, reach):
    found, at = [], range(len(words))
    for i in at:
        found += [(words[i], words[j]) for j in at if i - reach[i] <= j < i + reach[i] and j != i]
    return found


def _no_last_word(words, reach):
    places = range(len(words) - 1)
    pairs = [(i, j) for i in range(len(words)) for j in places if 0 < abs(i - j) <= reach[i]]
    return [(words[i], words[j]) for i, j in pairs]


def _once(words, reach):
    return list(dict.fromkeys(_pairs(words, reach)))


def _right_to_left(words, reach):
    found = []
    for i, centre in enumerate(words):
        first, end = max(0, i - reach[i]), min(len(words), i + reach[i] + 1)
        found += [(centre, words[j]) for j in range(end - 1, first - 1, -1) if j != i]
    return found


def _near_first(words, reach):
    found = []
    for i, centre in enumerate(words):
        for d in range(1, reach[i] + 1):
            found += [(centre, words[j]) for j in (i - d, i + d) if 0 <= j < len(words)]
    return found


def _read(words: str, reach: list[int]) -> Callable[[Any], Any]:
    def function(answer: Callable[..., Any]) -> Any:
        found = answer(words.split(), list(reach))
        if found is None:
            return None
        try:
            return [(str(a), str(b)) for a, b in found]
        except (TypeError, ValueError):
            raise AssertionError(
                f"it returns {describe(found)}; return a list of pairs of words"
            ) from None

    return function


PAIRS = function(
    "6.2",
    "pairs from windows",
    right=window_pairs,
    praise="Reading.pairs does the same with places instead of words.",
    cases=[
        Case(
            "a window of 2 in the middle",
            _read("she drinks cold milk today", [0, 0, 2, 0, 0]),
            "The place with reach 2 has two contexts on each side; the others have none.",
        ),
        Case(
            "windows of different reach, ends of the text included",
            _read("she drinks cold milk today", [2, 1, 1, 2, 1]),
            "Cut each window off where the text begins and ends: max(0, …) and min(len(words), …).",
        ),
        Case(
            "the same word twice",
            _read("the cat and the dog", [1, 2, 1, 3, 1]),
            "Leave out the place of the centre, not every word that looks like it.",
        ),
        Case("a single word", _read("milk", [3]), "There is nobody near it: an empty list."),
    ],
    mistakes=[
        Mistake(
            "a word is its own context",
            _but(itself=True),
            "The centre's own place is inside the window. Leave it out: `if j != i`.",
        ),
        Mistake(
            "only what comes after",
            _but(left=False),
            "A window reaches to both sides. Begin at i - reach[i].",
        ),
        Mistake(
            "only what came before",
            _but(right=False),
            "A window reaches to both sides. `range` stops one before its end: i + reach[i] + 1.",
        ),
        Mistake(
            "the last word of each window is missing",
            _one_short,
            "`range` stops one before its end: go to i + reach[i] + 1.",
        ),
        Mistake(
            "the last word of the text is nobody's context",
            _no_last_word,
            "`range(…, min(len(words) - 1, …))` ends before the last place. Its end is "
            "min(len(words), i + reach[i] + 1).",
        ),
        Mistake(
            "equal pairs are kept once",
            _once,
            "The same two words may meet twice, and each meeting is a pair of its own. No set, no "
            "dict.",
        ),
        Mistake(
            "contexts from right to left",
            _right_to_left,
            "The pairs are right, but each window was read backwards. Go from left to right.",
        ),
        Mistake(
            "places instead of words",
            _places,
            "These are the numbers of the places. Return the words that stand there: words[j].",
        ),
        Mistake(
            "the context's reach decides",
            _seen_from_the_context,
            "You took reach[j], that of the word seen. The one who looks decides: reach[i].",
        ),
        Mistake(
            "another order",
            _near_first,
            "The pairs are right and their order is not: for each centre from left to right, not "
            "the near ones first.",
        ),
        Mistake(
            "every window is one word too wide",
            _but(more=1),
            "reach[i] is how many words there are on one side, at most.",
        ),
        Mistake(
            "one reach for all places",
            _but(last=0),
            "Each place has a reach of its own: reach[i].",
        ),
        Mistake(
            "a negative place",
            _wrapped,
            "In Python words[-1] is the last word. The window ends where the text begins: "
            "max(0, i - reach[i]).",
        ),
        Mistake(
            "context and centre are exchanged",
            _but(turned=True),
            "The centre comes first: it is the one that predicts.",
        ),
        Mistake(
            "equal words are left out",
            _different,
            "You compare the words. Another place with the same word is a context like any other: "
            "compare the places.",
        ),
    ],
)


def noise_chances(counts, power):
    """The probability of each word to be drawn as noise."""
    raised = np.asarray(counts, dtype=float) ** power
    return raised / raised.sum()


def _shares(counts: Any) -> np.ndarray:
    counts = np.asarray(counts, dtype=float)
    return counts / counts.sum()


def _softmax(counts, power):
    scores = power * _shares(counts)
    return np.exp(scores) / np.exp(scores).sum()


NOISE = function(
    "6.3",
    "what is drawn as noise",
    right=noise_chances,
    praise="gptlab.embeddings.reading.noise_shares is the library's.",
    cases=[
        ask_array(
            "four words, power 0.75",
            np.array([1000.0, 100.0, 10.0, 1.0]),
            0.75,
            hint="Raise each count to the power, then divide by the sum of what came out.",
        ),
        ask_array(
            "power 1: as in the text",
            np.array([6.0, 3.0, 1.0]),
            1.0,
            hint="With power 1 the noise has the shares of the text.",
        ),
        ask_array(
            "power 0: all alike",
            np.array([6.0, 3.0, 1.0]),
            0.0,
            hint="Anything to the power 0 is 1, so all words get the same.",
        ),
    ],
    mistakes=[
        Mistake(
            "the sum is not 1",
            lambda counts, power: _shares(counts) ** power,
            "The shares sum to 1, their powers do not. Divide by the sum last.",
        ),
        Mistake(
            "divided by the sum of the counts",
            lambda counts, power: np.asarray(counts, dtype=float) ** power / np.sum(counts),
            "You divide the powers by the sum of the counts themselves. Divide by the sum of the "
            "powers, or nothing sums to 1.",
        ),
        Mistake(
            "counts, not probabilities",
            lambda counts, power: np.asarray(counts, dtype=float) ** power,
            "These are powers of counts. Divide by their sum.",
        ),
        Mistake(
            "the commonest word has 1",
            lambda counts, power: (
                np.asarray(counts, dtype=float) ** power / np.max(counts) ** power
            ),
            "You divided by the largest power. Divide by the sum of all, so that they sum to 1.",
        ),
        Mistake(
            "0.75 is written in",
            lambda counts, power: noise_chances(counts, 0.75),
            "The power is given: use `power`, and not 0.75 always.",
        ),
        Mistake(
            "a negative power",
            lambda counts, power: noise_chances(counts, -power),
            "Rare words would be drawn most. Raise to the power itself, not to minus the power.",
        ),
        Mistake(
            "no power at all",
            lambda counts, power: _shares(counts),
            "That is the text's own distribution: most noise would be the commonest words.",
        ),
        Mistake(
            "multiplied, not raised",
            lambda counts, power: power * _shares(counts),
            "A power is written ** in Python; * multiplies.",
        ),
        Mistake(
            "the root instead of the power",
            lambda counts, power: noise_chances(counts, 1 / power if power else 0),
            "1 / power makes the common words commoner still. Raise to the power itself.",
        ),
        Mistake(
            "a softmax",
            _softmax,
            "No exponential is needed here: counts are positive already.",
        ),
    ],
)
