"""The check of exercise 19.7: what old text in the batch does against forgetting."""

from __future__ import annotations

from typing import Any

from gptlab.checks import Mistake
from gptlab.checks.compare import as_number, describe
from gptlab.checks.core import Case, Exercise

# Share of old rows in a batch: (right on the new task, right on the old), as the solution measures
GOOD = {0.0: (1.0, 0.0), 0.25: (1.0, 1.0), 0.5: (1.0, 1.0)}


def _is_pair(value: Any) -> bool:
    """Two of something, in a tuple, a list, an array or a tensor."""
    return (isinstance(value, tuple | list) or getattr(value, "ndim", 0) == 1) and len(value) == 2


def _form(answer: Any) -> str | None:
    """What is wrong with the shape of the answer, if anything."""
    if not isinstance(answer, dict) or not answer:
        return f"this is {describe(answer)}; give {{share of old rows: (new, old)}}"
    for share, pair in answer.items():
        if as_number(share) is None or not _is_pair(pair):
            return f"{share!r}: {pair!r} is not share: (right on the new, right on the old)"
        if any(as_number(value) is None for value in pair):
            return f"share {share} has {pair!r}; give two numbers"
    return None


def _sorted(answer: dict[Any, Any]) -> list[tuple[float, float, float]]:
    return sorted((float(s), float(pair[0]), float(pair[1])) for s, pair in answer.items())


def _enough(answer: dict[Any, Any]) -> None:
    found = [share for share, _, _ in _sorted(answer)]
    assert found[0] == 0, f"your smallest share of old rows is {found[0]}; measure 0 too"
    assert len(found) >= 3, f"{len(found)} shares; measure at least three, 0 among them"
    assert found[-1] < 1, f"a share of {found[-1]} leaves no new rows; stay below 1"


def _learned(answer: dict[Any, Any]) -> None:
    for share, new, _ in _sorted(answer):
        assert 0.7 < new <= 1, (
            f"share {share}: {new:.2f} right on the new task; above 0.7 is easily reached. Train "
            "longer, and measure right answers as a share from 0 to 1"
        )


def _forgot(answer: dict[Any, Any]) -> None:
    old = _sorted(answer)[0][2]
    assert 0 <= old < 0.6, (
        f"without old rows {old:.2f} of the old task is still right. Is the model that you measure "
        "the one that was tuned? Train a little longer"
    )


def _kept(answer: dict[Any, Any]) -> None:
    found = _sorted(answer)
    assert found[-1][2] > found[0][2] + 0.3, (
        f"old task: {found[0][2]:.2f} right without old rows, {found[-1][2]:.2f} with a share of "
        f"{found[-1][0]}. Old rows should keep clearly more. Does the batch hold them?"
    )


FORGETTING = Exercise(
    "19.7",
    "old rows against forgetting",
    "measurements",
    GOOD,
    (
        Case("three shares, 0 among them", _enough),
        Case("the new task is learned each time", _learned),
        Case("without old rows the old task is lost", _forgot),
        Case("old rows keep it", _kept),
    ),
    (
        Mistake(
            "new and old changed places",
            {share: (old, new) for share, (new, old) in GOOD.items()},
            "Without old rows your *first* number falls. The new task comes first, then the old.",
            symptom=lambda answer: (
                0.0 in answer
                and float(answer[0.0][0]) < 0.6 < float(answer[0.0][1])
                and max(float(new) for new, _ in answer.values()) > 0.6
            ),
        ),
        Mistake(
            "per cent instead of a share",
            {share: (100 * new, 100 * old) for share, (new, old) in GOOD.items()},
            "Give right answers as a share from 0 to 1.",
            symptom=lambda answer: max(max(map(float, pair)) for pair in answer.values()) > 1,
        ),
        Mistake(
            "the pretrained model was measured",
            dict.fromkeys(GOOD, (0.0, 1.0)),
            "Every share has learned nothing new and lost nothing old: you measure the model from "
            "before. Tune a copy, and measure that copy.",
            symptom=lambda answer: all(
                float(new) < 0.3 and float(old) > 0.8 for new, old in answer.values()
            ),
        ),
        Mistake(
            "one model was tuned on and on",
            {0.0: (1.0, 0.0), 0.25: (1.0, 0.0), 0.5: (1.0, 0.0)},
            "The old task stays lost although old rows are there. Does each share begin with a "
            "fresh copy of the pretrained model, and do the old rows come into its batches?",
            symptom=lambda answer: (
                len(answer) > 2
                and all(float(new) > 0.7 and float(old) < 0.3 for new, old in answer.values())
            ),
        ),
    ),
    _form,
    "A few old rows in every batch are a cheap insurance; without them the old task is gone "
    "although nobody meant to remove it.",
)
