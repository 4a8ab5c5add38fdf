"""Checks for chapter 07, GloVe, and what vectors hold; the longer ones have files of their own."""

from __future__ import annotations

from functools import cache

import numpy as np

from gptlab.checks import Mistake, choice, number
from gptlab.checks.chapter07_fitting import ADAGRAD, LOSS
from gptlab.checks.chapter07_luck import LUCK
from gptlab.checks.chapter07_silence import SILENCE

READING = choice(
    "7.1",
    "a score of zero",
    right="C",
    why="zero is PMI − ln 5, so the PMI is ln 5: five times as often as by chance.",
    wrong={
        "A": "A pair that never met has a PMI of minus infinity, and its score falls without end.",
        "B": "That is a PMI of zero. Its score is lower by ln k: −ln 5 = −1.61.",
        "D": "Training was finished: every score lies where its loss is least. Zero is a result.",
    },
)


@cache
def analogy_accuracies() -> dict[str, float]:
    """Analogies answered by the board's SVD vectors when parts of the question are used."""
    from gptlab.embeddings.similarity import analogy_questions
    from gptlab.evaluation.meaning_baselines import board_svd

    vectors = board_svd()
    asked = [q for q in analogy_questions() if all(w in vectors for w in (q.a, q.b, q.c, q.answer))]
    rows = np.stack([vectors.ids(getattr(q, part) for q in asked) for part in ("a", "b", "c")])
    answers = vectors.ids(q.answer for q in asked)
    to_a, to_b, to_c = (vectors.cosines(row) for row in rows)
    found = {}
    for name, scores in {
        "b + c": to_b + to_c,
        "b - a + c": to_b - to_a + to_c,
        "c": to_c.copy(),
        "b": to_b.copy(),
        "b + c, nothing left out": to_b + to_c,
    }.items():
        if not name.endswith("out"):
            scores[np.arange(len(asked)), rows] = -np.inf
        found[name] = float((scores.round(6).argmax(axis=1) == answers).mean())
    found["right"] = found["b + c"] * len(asked)
    return found


def _share(name: str, factor: float = 1.0):
    return lambda: factor * analogy_accuracies()[name]


WITHOUT_A = number(
    "7.4",
    "analogies without their first word",
    right=_share("b + c"),
    tolerance=0.02,
    hint="Add the cosines with b and with c, set the three words of the question to −inf, take "
    "argmax, compare with the answer; divide by the number of questions asked.",
    praise="Two thirds of the score did not need the first word: no analogy was understood there.",
    mistakes=[
        Mistake(
            "a was still there",
            _share("b - a + c"),
            "That is all of 3CosAdd. Leave out the part with a: cos(x, b) + cos(x, c).",
        ),
        Mistake(
            "only c was used",
            _share("c"),
            "That is the neighbour of c. Add the cosine with b.",
        ),
        Mistake(
            "only b was used",
            _share("b"),
            "That is the neighbour of b. Add the cosine with c.",
        ),
        Mistake(
            "the question's words were let in",
            _share("b + c, nothing left out"),
            "Nearly every answer was b or c. Set the scores of a, b and c to −inf first.",
        ),
        Mistake(
            "a number of questions, not a share",
            _share("right"),
            "So many were right; divide by how many were asked.",
        ),
        Mistake(
            "in percent",
            _share("b + c", 100.0),
            "Give the share as a number between 0 and 1.",
        ),
    ],
)

EXERCISES = (READING, ADAGRAD, LOSS, WITHOUT_A, LUCK, SILENCE)
