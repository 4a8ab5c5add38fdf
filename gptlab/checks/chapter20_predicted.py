"""The check of exercise 20.8: a prediction that was made before the run."""

from __future__ import annotations

import math
from typing import Any

from gptlab.checks import Mistake
from gptlab.checks.compare import as_number, describe
from gptlab.checks.core import Case, Exercise

FLOOR = 2.60  # nats per word, to two digits
# A law through runs on 20,000 to 90,000 words, and the run on 160,000: what the solution measures.
GOOD = {"low": 3.30, "high": 3.57, "measured": 3.44}
KEYS = ("low", "high", "measured")


def _form(answer: Any) -> str | None:
    """What is wrong with the shape of the answer, if anything."""
    if not isinstance(answer, dict) or sorted(map(str, answer)) != sorted(KEYS):
        return f"this is {describe(answer)}; give {{'low': …, 'high': …, 'measured': …}}"
    for key in KEYS:
        if as_number(answer[key]) is None:
            return f"{key} is {answer[key]!r}; give a number of nats per word"
    return None


def _of(answer: dict[str, Any]) -> tuple[float, float, float]:
    low, high, measured = (float(answer[key]) for key in KEYS)
    return low, high, measured


def _order(answer: dict[str, Any]) -> None:
    low, high, measured = _of(answer)
    assert all(map(math.isfinite, (low, high, measured))), "a number here is not finite"
    assert low < high, f"low {low:.2f} is not below high {high:.2f}"


def _possible(answer: dict[str, Any]) -> None:
    low, _, measured = _of(answer)
    assert measured > FLOOR, (
        f"a loss of {measured:.2f} is below the language's own entropy, {FLOOR:.2f} nats per word: "
        "nobody can do that on new sentences. Is it measured on the test sentences?"
    )
    assert low > FLOOR - 0.3, (
        f"your interval reaches down to {low:.2f}, far below the floor of {FLOOR:.2f}. Fit what "
        "lies above the floor"
    )


def _daring(answer: dict[str, Any]) -> None:
    low, high, _ = _of(answer)
    assert high - low < 0.8, (
        f"an interval {high - low:.2f} nats wide risks nothing. With runs on at least four sizes "
        "of data it should be narrower"
    )


def _inside(answer: dict[str, Any]) -> None:
    low, high, measured = _of(answer)
    assert low <= measured <= high, (
        f"{measured:.2f} is not between {low:.2f} and {high:.2f}. One honest interval of 90 % in "
        "ten misses; more often the runs differ in more than their words. Look there, not for "
        "another seed"
    )


PREDICTED = Exercise(
    "20.8",
    "say it before",
    "measurements",
    GOOD,
    (
        Case("three numbers in order", _order),
        Case("no miracle", _possible),
        Case("an interval that risks something", _daring),
        Case("the run lies inside", _inside),
    ),
    (
        Mistake(
            "bits instead of nats",
            {"low": 4.62, "high": 5.05, "measured": 4.83},
            "These look like bits per word. `run_once` gives nats; one nat is 1.44 bits.",
            symptom=lambda answer: 4.4 < _of(answer)[2] < 5.6 and _of(answer)[0] > 4.4,
        ),
        Mistake(
            "above the floor, not the loss",
            {"low": 0.6, "high": 0.9, "measured": 0.75},
            "Those are distances to the floor. Give losses: add the floor again.",
            symptom=lambda answer: 0 < _of(answer)[2] < 1.6 and 0 < _of(answer)[1] < 1.7,
        ),
        Mistake(
            "the interval was drawn around the result",
            {"low": 3.34, "high": 3.36, "measured": 3.35},
            "Your interval is centred on the result, and very narrow. Was it said before the run? "
            "Take the interval of `bootstrap_prediction`.",
            symptom=lambda answer: (
                0 <= _of(answer)[1] - _of(answer)[0] < 0.1
                and math.isclose(sum(_of(answer)[:2]) / 2, _of(answer)[2], abs_tol=1e-6)
            ),
        ),
        Mistake(
            "low and high changed places",
            {"low": 3.5, "high": 3.2, "measured": 3.35},
            "The lower end comes first.",
            symptom=lambda answer: _of(answer)[0] > _of(answer)[1],
        ),
    ),
    _form,
    "You said a number beforehand, with its uncertainty, and the run kept to it.",
)
