"""The checks of exercises 6.2 to 6.4: pairs from windows, the distribution of noise, CBOW."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gptlab.checks import Case, Mistake, call, function
from gptlab.checks.compare import describe


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
        call(
            "four words, power 0.75",
            np.array([1000.0, 100.0, 10.0, 1.0]),
            0.75,
            hint="Raise each count to the power, then divide by the sum of what came out.",
        ),
        call(
            "power 1: as in the text",
            np.array([6.0, 3.0, 1.0]),
            1.0,
            hint="With power 1 the noise has the shares of the text.",
        ),
        call(
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
            "counts, not probabilities",
            lambda counts, power: np.asarray(counts, dtype=float) ** power,
            "These are powers of counts. Divide by their sum.",
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


def cbow_gradients(context, target, noise):
    """The gradient of CBOW's loss for each input vector of the window, by the chain rule."""
    return _gradient(context, target, noise)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _gradient(context, target, noise, share=True, mean=True, with_noise=True, label=1.0, sign=1):
    n = len(context)
    hidden = context.mean(axis=0) if mean else context.sum(axis=0)
    error = _sigmoid(hidden @ target) - label
    down = error * target
    if with_noise:
        down = down + _sigmoid(noise @ hidden) @ noise
    return sign * np.tile(down / n if share else down, (n, 1))


def _variant(**part: Any) -> Callable[..., Any]:
    return lambda context, target, noise: _gradient(context, target, noise, **part)


def _one_row(context, target, noise):
    return _gradient(context, target, noise)[0]


_DRAW = np.random.default_rng(64)
_CONTEXT, _TARGET, _NOISE = (_DRAW.normal(size=shape) for shape in ((4, 5), (5,), (3, 5)))

CBOW = function(
    "6.4",
    "the gradient of CBOW",
    right=cbow_gradients,
    praise="With this one division CBOW's step is the gradient. word2vec.c and gensim leave it "
    "out.",
    cases=[
        call(
            "a window of one word",
            np.array([[1.0, 0.0]]),
            np.array([0.0, 1.0]),
            np.array([[1.0, 0.0]]),
            hint="With one word the mean is that word: error times target, plus the errors of the "
            "noise times the noise.",
        ),
        call(
            "four words, three noise words",
            _CONTEXT, _TARGET, _NOISE,
            hint="h is the mean of the rows. Each row moves h by 1/n of what it moves itself.",
        ),
        call(
            "two words",
            _CONTEXT[:2], _TARGET, _NOISE[:1],
            hint="n is the number of rows of `context`, not a constant.",
        ),
    ],
    mistakes=[
        Mistake(
            "word2vec's own mistake",
            _variant(share=False),
            "Every word gets the whole gradient of the mean. But h = (x_1 + … + x_n) / n, so by "
            "the chain rule each gets one n-th of it.",
        ),
        Mistake(
            "the sum instead of the mean",
            _variant(mean=False),
            "The prediction comes from the mean of the window: context.mean(axis=0).",
        ),
        Mistake(
            "the noise is forgotten",
            _variant(with_noise=False),
            "The noise words pull on h, too: add σ(h · n) n for each.",
        ),
        Mistake(
            "the label is not subtracted",
            _variant(label=0.0),
            "The target is true, its label is 1: the error is σ(h · y) − 1.",
        ),
        Mistake(
            "uphill",
            _variant(sign=-1),
            "That is the step, not the gradient: the sign is turned round.",
        ),
        Mistake(
            "one row only",
            _one_row,
            "Return a row for each word of the window, shape (n, d); here they are all alike.",
        ),
    ],
)  # fmt: skip
