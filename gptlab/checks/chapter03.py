"""Checks for chapter 03, Documents as vectors; the longer ones have files of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gptlab.checks import Mistake, choice, number
from gptlab.checks.chapter03_lsi import LSI_SCORES
from gptlab.checks.chapter03_people import CONTEST, WITHOUT_BACKGROUND
from gptlab.checks.chapter03_vectors import PAIRS, TF_IDF

PASTED = choice(
    "3.1",
    "a text pasted twice",
    right="B",
    why="Both the dot product and the length double. The cosine sees the direction alone.",
    wrong={
        "A": "The dot product doubles, that is true. But the cosine divides by the length of the "
        "vector, and what happens to that?",
        "C": "The length doubles, that is true. But the dot product above it is made of the same "
        "counts, and what happens to those?",
        "D": "It would, if the counts grew by different factors. Here every count doubles, those "
        "of the query's words and all others.",
    },
)


def _cosine(x: list[float], y: list[float]) -> float:
    first, second = np.array(x), np.array(y)
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))


# engine, car, the: in 2, 4 and 8 of 8 documents
_IDF = [math.log(4), math.log(2), 0.0]
_PLUS_ONE = [weight + 1 for weight in _IDF]
_TEXT, _QUERY = [1, 4, 5], [1, 1, 0]


def _times(counts: Sequence[float], weights: Sequence[float]) -> list[float]:
    return [c * w for c, w in zip(counts, weights, strict=True)]


BY_HAND = number(
    "3.2",
    "one cosine by hand",
    right=0.8,
    tolerance=0.01,
    hint="Two vectors of three numbers: count times idf, for the text and for the query. Then the "
    "dot product, divided by both lengths.",
    praise="(2, 4) and (2, 1), in units of ln 2: 8 / (√20 · √5) = 4 / 5. *the* weighs nothing.",
    mistakes=[
        Mistake(
            "the counts are not weighted",
            _cosine([1, 4, 5], [1, 1, 0]),
            "That is the cosine of the raw counts, in which *the* makes most of the text's length. "
            "Multiply each count by the word's idf first.",
        ),
        Mistake(
            "the dot product alone",
            math.log(4) ** 2 + 4 * math.log(2) ** 2,
            "A cosine is never above 1. Divide by the lengths of both vectors.",
        ),
        Mistake(
            "the query is not weighted",
            _cosine(_times(_TEXT, _IDF), [1, 1, 0]),
            "The query is a small document: its counts are multiplied by the idf too.",
        ),
        Mistake(
            "the text is not weighted",
            _cosine([1, 4, 5], _times(_QUERY, _IDF)),
            "You weighted the query alone. The text's counts are multiplied by the idf as well.",
        ),
        Mistake(
            "an idf with plus one",
            _cosine(_times(_TEXT, _PLUS_ONE), _times(_QUERY, _PLUS_ONE)),
            "You used ln(n / n_w) + 1. Here the plain idf is asked for, which gives *the* the "
            "weight 0.",
        ),
        Mistake(
            "the squared idf is missing a length",
            _cosine(_times(_TEXT, _IDF), _times(_QUERY, _IDF)) * math.sqrt(5) * math.log(2),
            "You divided by the length of one vector only. Divide by both.",
        ),
        Mistake(
            "the angle, not its cosine",
            math.acos(0.8),
            "That is the angle in radians. Its cosine is asked for.",
        ),
        Mistake(
            "the angle in degrees",
            math.degrees(math.acos(0.8)),
            "That is the angle in degrees. Its cosine is asked for.",
        ),
        Mistake(
            "an idf without the logarithm",
            _cosine(_times(_TEXT, [4, 2, 1]), _times(_QUERY, [4, 2, 1])),
            "You weighted by n / n_w itself. The weight is its logarithm, which is 0 for *the*.",
        ),
        Mistake(
            "the counts are damped",
            _cosine(_times([1, 1 + math.log(4), 1 + math.log(5)], _IDF), _times(_QUERY, _IDF)),
            "You used 1 + ln c for the counts, as the chapter's index does. Here the counts "
            "themselves are weighted.",
        ),
        Mistake(
            "the roots are missing",
            0.08,
            "A length is the root of the sum of squares; you divided by both sums themselves.",
        ),
    ],
)

EXERCISES = (PASTED, BY_HAND, TF_IDF, PAIRS, LSI_SCORES, WITHOUT_BACKGROUND, CONTEST)
