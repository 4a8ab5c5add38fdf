"""The checks of exercises 15.6 and 15.7: what luck does, and pretraining put to the test."""

from __future__ import annotations

from functools import cache
from typing import Any

from gptlab.checks import Case, Mistake
from gptlab.checks.compare import as_number, describe
from gptlab.checks.core import Exercise

NAMES = ("pretrained", "from scratch")


@cache
def luck(labels: int, first: int = 0) -> tuple[float, ...]:
    """Accuracy of TF-IDF on the topics, for the samples of twenty seeds, from `first` on."""
    from gptlab.evaluation.transfer import label_curve, nearest_words
    from gptlab.text.labelled import article_topics

    found = label_curve(
        article_topics(), {"words": nearest_words}, (labels,), range(first, first + 20)
    )
    return tuple(each.accuracy for each in found)


GOOD = {"pretrained": [0.68, 0.75, 0.71], "from scratch": [0.52, 0.49, 0.55]}


def _form(answer: Any) -> str | None:
    """What is wrong with the shape of the answer, if anything."""
    if not isinstance(answer, dict) or set(answer) != set(NAMES):
        return f'this is {describe(answer)}; give {{"pretrained": […], "from scratch": […]}}'
    for name, values in answer.items():
        if not isinstance(values, list | tuple) or not values:
            return f"{name} has {describe(values)}; give a list with a share for each seed"
        if any(as_number(value) is None for value in values):
            return f"{name} has {values!r}; give numbers"
    return None


def _all(answer: dict[str, Any]) -> list[float]:
    return [float(value) for name in NAMES for value in answer[name]]


def _several_seeds(answer: dict[str, Any]) -> None:
    for name in NAMES:
        assert len(answer[name]) >= 3, (
            f"{name} has {len(answer[name])} seeds; measure at least three, or the spread is "
            "unknown"
        )


def _the_same_seeds(answer: dict[str, Any]) -> None:
    first, second = (len(answer[name]) for name in NAMES)
    assert first == second, (
        f"{first} and {second} results: give both networks the same samples, seed by seed"
    )


def _shares(answer: dict[str, Any]) -> None:
    for value in _all(answer):
        assert 0.2 <= value <= 1.0, (
            f"{value:.2f} is far below guessing (0.5); are the labels the right way round?"
        )


PUT_TO_THE_TEST = Exercise(
    "15.7",
    "pretraining put to the test",
    "measurements",
    GOOD,
    (
        Case("three seeds or more", _several_seeds),
        Case("the same seeds for both", _the_same_seeds),
        Case("shares of right answers", _shares),
    ),
    (
        Mistake(
            "per cent instead of shares",
            {name: [100 * value for value in values] for name, values in GOOD.items()},
            "Give shares from 0 to 1.",
            symptom=lambda answer: max(_all(answer)) > 1,
        ),
        Mistake(
            "the same run three times",
            {"pretrained": [0.7, 0.7, 0.7], "from scratch": [0.5, 0.5, 0.5]},
            "All seeds of a network gave the same share to the last digit. Does the seed reach "
            "the sample and the weights?",
            symptom=lambda answer: all(
                len(answer[n]) > 1 and len(set(map(float, answer[n]))) == 1 for n in NAMES
            ),
        ),
        Mistake(
            "both networks are one",
            {name: [0.6, 0.7, 0.65] for name in NAMES},
            "Both have the same results, seed by seed. One of them must start from random weights.",
            symptom=lambda answer: (
                len(set(_all(answer))) > 1 and list(answer[NAMES[0]]) == list(answer[NAMES[1]])
            ),
        ),
        Mistake(
            "tested on what was learned",
            {"pretrained": [1.0, 1.0, 1.0], "from scratch": [1.0, 1.0, 0.99]},
            "Nearly all is right, from scratch as well: these are the training texts. Measure on "
            "new ones.",
            symptom=lambda answer: min(_all(answer)) > 0.97,
        ),
    ),
    _form,
    "Look at the difference seed by seed, and at its interval. If zero is in it, you have shown "
    "nothing yet, and that is worth saying.",
)
