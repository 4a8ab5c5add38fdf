"""When a log of training experiments can be believed: the rules of exercise 17.7.

A log is a list of rows, one for each run: `change` (the settings that differ from the row it is
compared with), `against` (that row's number, None for the first), `recipe` (all settings), `seed`,
`budget` (floating-point operations), `why`, and `held_out` (bits per byte). A rule looks at the
whole log and complains in a sentence, or says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Log = Sequence[Row]

KEYS = ("change", "against", "recipe", "seed", "budget", "why", "held_out")
LEAST_CHANGES = 5


@dataclass(frozen=True)
class Rule:
    """One thing that makes a log worth reading; `complaint` is None where it holds."""

    label: str
    complaint: Callable[[Log], str | None]
    hint: str


def luck(log: Log) -> float | None:
    """The widest gap between runs that differ in nothing but their seed, in bits per byte.

    None where no recipe was run with two seeds: then nobody knows.
    """
    gaps = []
    for row in log:
        same = [r for r in log if r["recipe"] == row["recipe"] and r["budget"] == row["budget"]]
        if len({r["seed"] for r in same}) > 1:
            figures = [r["held_out"] for r in same]
            gaps.append(max(figures) - min(figures))
    return max(gaps, default=None)


def baseline(log: Log) -> float:
    """The first row's figure, averaged over the seeds it was run with."""
    figures = [row["held_out"] for row in log if row["recipe"] == log[0]["recipe"]]
    return sum(figures) / len(figures)


def no_log(value: Any) -> str | None:
    """What to say when `value` is no log at all."""
    if not isinstance(value, list | tuple) or not all(isinstance(row, dict) for row in value):
        return "pass the log itself, the list of rows that trial(…) fills"
    if not value:
        return "the log is empty; each call of trial(…) adds a row"
    for number, row in enumerate(value):
        if missing := [key for key in KEYS if key not in row]:
            return f"row {number} has no {missing[0]!r}; let trial(…) write the rows"
        figure = row["held_out"]
        if not isinstance(figure, int | float) or not math.isfinite(figure):
            return f"row {number} was held out at {figure!r}, which is not a number of bits"
        against = row["against"]
        if number and not (isinstance(against, int) and 0 <= against < number):
            return f"row {number} is compared with row {against!r}; give the number of a row above"
    return None


def _starts_unchanged(log: Log) -> str | None:
    return f"row 0 changes {_and(log[0]['change'])}" if log[0]["change"] else None


def _one_change(log: Log) -> str | None:
    for number, row in enumerate(log[1:], start=1):
        changed = list(row["change"])
        if row["seed"] != log[row["against"]]["seed"]:
            changed.append("the seed")
        if len(changed) > 1:
            return f"row {number} changes {_and(changed)} at once"
    return None


def _one_budget(log: Log) -> str | None:
    for number, row in enumerate(log):
        if row["budget"] != log[0]["budget"]:
            return f"row {number} had {row['budget'] / log[0]['budget']:.3g} times row 0's budget"
    return None


def _luck_is_known(log: Log) -> str | None:
    return "no recipe was run with a second seed" if luck(log) is None else None


def _enough(log: Log) -> str | None:
    tried = {str(sorted(row["recipe"].items(), key=str)) for row in log[1:] if row["change"]}
    if len(tried) >= LEAST_CHANGES:
        return None
    return f"{len(tried)} different changes so far; try at least {LEAST_CHANGES}"


def _failures_are_kept(log: Log) -> str | None:
    margin = luck(log) or 0.0
    for row in log[1:]:
        if row["change"] and row["held_out"] >= log[row["against"]]["held_out"] - margin:
            return None
    return "every single change in it helped"


def _best_is_better(log: Log) -> str | None:
    gain, margin = baseline(log) - min(row["held_out"] for row in log), luck(log) or 0.0
    if gain > margin:
        return None
    return f"the best row gains {gain:.3f} bits per byte, and another seed alone moves {margin:.3f}"


def _and(names: Sequence[str]) -> str:
    *most, last = [str(name) for name in names]
    return f"{', '.join(most)} and {last}" if most else last


RULES = (
    Rule(
        "it starts with the baseline",
        _starts_unchanged,
        "Without an unchanged run there is nothing to be better than. Run trial(why=…) first.",
    ),
    Rule(
        "one change at a time",
        _one_change,
        "When two things change and the figure falls, you cannot say which one did it; one may "
        "even have hurt. Give each a row of its own.",
    ),
    Rule(
        "every run has the same budget",
        _one_budget,
        "More training is nearly always better, so a longer run proves nothing about its recipe. "
        "Compare rows that cost the same, and keep the long runs out of this log.",
    ),
    Rule(
        "luck is measured",
        _luck_is_known,
        "Run one recipe again with another seed: trial(seed=1, why=…). The gap between the two is "
        "what chance alone does, and smaller gains say nothing.",
    ),
    Rule(
        "enough was tried",
        _enough,
        "Go through the settings in BASELINE. Which one do you think costs the most?",
    ),
    Rule(
        "what did not help stays in",
        _failures_are_kept,
        "Leave the failures in: they keep you, and whoever reads the log, from trying them again. "
        "If there were none, you have tried only what you were sure of: test something you doubt.",
    ),
    Rule(
        "the best row beats the baseline by more than luck",
        _best_is_better,
        "A gain smaller than the gap between two seeds may be chance. Look for a larger one.",
    ),
)
