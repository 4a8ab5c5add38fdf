"""The check of exercise 14.7: when do labels that know their parent pay?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gptlab.checks import Mistake
from gptlab.checks.compare import as_number, describe
from gptlab.checks.core import Case, Exercise

GOOD = {100: (88.1, 83.0), 1000: (96.1, 96.5), 10_000: (97.0, 98.0)}
FEW, MANY = 200, 5000


def _form(answer: Any) -> str | None:
    """What is wrong with the shape of the answer, if anything."""
    if not isinstance(answer, dict) or not answer:
        return f"this is {describe(answer)}; give {{trees: (F1, F1 with parents)}}"
    for size, pair in answer.items():
        if not isinstance(size, int) or size < 1 or not isinstance(pair, tuple | list):
            return f"{size!r}: {pair!r} is not trees: (F1, F1 with parents)"
        if len(pair) != 2 or any(as_number(v) is None or not math.isfinite(v) for v in pair):
            return f"{size} trees have {pair!r}; give two finite numbers"
    return None


def _all(answer: Mapping[int, Any]) -> list[float]:
    return [float(value) for pair in answer.values() for value in pair]


def _gain(answer: Mapping[int, Any], size: int) -> float:
    plain, parents = answer[size]
    return float(parents) - float(plain)


def _sizes(answer: Mapping[int, Any]) -> None:
    assert len(answer) >= 3, f"{len(answer)} sizes; measure at least three"
    assert min(answer) <= FEW < MANY <= max(answer), (
        f"your sizes go from {min(answer)} to {max(answer)}; try {FEW} or fewer, and {MANY} or more"
    )


def _plausible(answer: Mapping[int, Any]) -> None:
    for size, pair in answer.items():
        assert all(60 < float(value) < 99.9 for value in pair), (
            f"{size} trees have {pair}; on test sentences both lie between 60 and 99.9 %"
        )


def _more_is_better(answer: Mapping[int, Any]) -> None:
    first, last = answer[min(answer)], answer[max(answer)]
    assert all(float(b) > float(a) for a, b in zip(first, last, strict=True)), (
        "the most trees do not give the best figures; are all measured on the same test sentences?"
    )


def _crossing(answer: Mapping[int, Any]) -> None:
    few, many = _gain(answer, min(answer)), _gain(answer, max(answer))
    assert few < 0 < many, (
        f"with {min(answer)} trees parents bring {few:+.1f} points, with {max(answer)} "
        f"{many:+.1f}; expected a loss with few trees and a gain with many"
    )


PARENTS = Exercise(
    "14.7",
    "labels that know their parent",
    "measurements",
    GOOD,
    (
        Case("three sizes, from few to many", _sizes),
        Case("F1 of parsers that were counted", _plausible),
        Case("more trees, better figures", _more_is_better),
        Case("parents cost with few trees and pay with many", _crossing),
    ),
    (
        Mistake(
            "shares, not percent",
            {k: tuple(v / 100 for v in pair) for k, pair in GOOD.items()},
            "F1 is asked for in percent, as score_parses gives it.",
            symptom=lambda answer: max(_all(answer)) <= 1,
        ),
        Mistake(
            "the two changed places",
            {k: pair[::-1] for k, pair in GOOD.items()},
            "The grammar as it stands comes first, then the one with parents=True.",
            symptom=lambda answer: (
                len(answer) >= 3
                and max(_all(answer)) > 1
                and _gain(answer, max(answer)) < 0 < _gain(answer, min(answer))
            ),
        ),
        Mistake(
            "measured on the training trees",
            {100: (97.4, 99.5), 1000: (97.2, 98.9), 10_000: (97.1, 98.5)},
            "The figures fall as trees are added: that happens when a parser is measured on the "
            "trees it was counted from. Measure on test trees.",
            symptom=lambda answer: (
                len(answer) >= 3
                and float(answer[min(answer)][1]) > float(answer[max(answer)][1]) > 1
            ),
        ),
        Mistake(
            "trees without a mistake",
            {100: (63.9, 59.2), 1000: (81.0, 84.7), 10_000: (82.3, 88.0)},
            "These look like shares of trees without any mistake (exact_match). The question is "
            "about f1.",
            symptom=lambda answer: 1 < max(_all(answer)) < 93,
        ),
    ),
    _form,
    "With parents there are more kinds of label, so each has fewer examples: a loss at first, and "
    "a gain when there are trees enough.",
)
