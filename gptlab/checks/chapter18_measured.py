"""The check of exercise 18.8: what temperature does to a model that counts."""

from __future__ import annotations

import math
from typing import Any

from gptlab.checks import Mistake
from gptlab.checks.compare import as_number, describe
from gptlab.checks.core import Case, Exercise

# Trigram model, 150 sentences each: what the solution measures
GOOD = {0.4: (0.31, 3.33), 0.6: (0.24, 3.58), 0.8: (0.22, 3.75), 1.0: (0.09, 4.02)}


def _form(answer: Any) -> str | None:
    """What is wrong with the shape of the answer, if anything."""
    if not isinstance(answer, dict) or not answer:
        return f"this is {describe(answer)}; give {{temperature: (share, bits per word)}}"
    for temperature, pair in answer.items():
        if as_number(temperature) is None or not isinstance(pair, tuple | list) or len(pair) != 2:
            return f"{temperature!r}: {pair!r} is not temperature: (share, bits per word)"
        if any(as_number(value) is None for value in pair):
            return f"temperature {temperature} has {pair!r}; give two numbers"
    return None


def _sorted(answer: dict[Any, Any]) -> list[tuple[float, float, float]]:
    return sorted((float(t), float(pair[0]), float(pair[1])) for t, pair in answer.items())


def _enough(answer: dict[Any, Any]) -> None:
    found = [t for t, _, _ in _sorted(answer)]
    assert len(found) >= 3, f"{len(found)} temperatures; measure at least three"
    assert 0 < found[0] <= 0.5, f"your lowest temperature is {found[0]}; try 0.5 or less, above 0"
    assert found[-1] >= 1, f"your highest temperature is {found[-1]}; try 1 or more"


def _shares(answer: dict[Any, Any]) -> None:
    for t, share, _ in _sorted(answer):
        assert 0 < share < 0.9, (
            f"temperature {t}: {share:.0%} grammatical; a trigram model makes some right sentences "
            "and many wrong ones"
        )


def _fall(answer: dict[Any, Any]) -> None:
    found = _sorted(answer)
    assert found[0][1] > found[-1][1] + 0.05, (
        f"{found[0][1]:.0%} grammatical at {found[0][0]}, {found[-1][1]:.0%} at {found[-1][0]}: "
        "the colder should make clearly fewer mistakes. Are there 100 sentences at least?"
    )


def _rise(answer: dict[Any, Any]) -> None:
    found = _sorted(answer)
    for t, _, bits in found:
        assert 1.5 < bits < 6, (
            f"temperature {t}: {bits:.2f} bits per word; between 1.5 and 6 is possible. All bits "
            "of the grammatical sentences over all their words"
        )
    assert found[0][2] < found[-1][2] - 0.2, (
        f"{found[0][2]:.2f} bits per word at {found[0][0]}, {found[-1][2]:.2f} at {found[-1][0]}: "
        "colder sentences should be more ordinary"
    )


MEASURED = Exercise(
    "18.8",
    "a cold counting machine",
    "measurements",
    GOOD,
    (
        Case("three temperatures, from 0.5 or less to 1 or more", _enough),
        Case("shares of a trigram model", _shares),
        Case("colder: fewer mistakes", _fall),
        Case("colder: more ordinary", _rise),
    ),
    (
        Mistake(
            "share and bits changed places",
            {t: (bits, share) for t, (share, bits) in GOOD.items()},
            "The share comes first, then the bits per word.",
            symptom=lambda answer: min(p[0] for p in answer.values()) > 1.5
            and max(p[1] for p in answer.values()) <= 1,
        ),
        Mistake(
            "per cent instead of a share",
            {t: (100 * share, bits) for t, (share, bits) in GOOD.items()},
            "Give the share as a number from 0 to 1.",
            symptom=lambda answer: max(p[0] for p in answer.values()) > 1,
        ),
        Mistake(
            "the temperature multiplies",
            {t: (share, bits) for t, (share, bits) in
             zip(GOOD, reversed(list(GOOD.values())), strict=True)},
            "Your share grows with the temperature. Is log p divided by the temperature? "
            "p ** (1 / temperature) is the same; p ** temperature is not. Or is it the share of "
            "the sentences that are *not* grammatical?",
            symptom=lambda answer: len(answer) > 1
            and _sorted(answer)[0][1] + 0.05 < _sorted(answer)[-1][1] <= 1,
        ),
        Mistake(
            "ungrammatical sentences are counted among the bits",
            {t: (share, math.inf) for t, (share, _) in GOOD.items()},
            "A sentence that the grammar cannot make has infinitely many bits. Only those that it "
            "can make have a part in the mean.",
            symptom=lambda answer: any(math.isinf(p[1]) or math.isnan(p[1])
                                       for p in answer.values()),
        ),
        Mistake(
            "in nats",
            {t: (share, bits * math.log(2)) for t, (share, bits) in GOOD.items()},
            "So few bits a word has no sentence drawn at temperature 1. Is it the natural "
            "logarithm? Divide by ln 2.",
            symptom=lambda answer: _sorted(answer)[-1][0] >= 1
            and 1.5 < _sorted(answer)[-1][2] < 3.2,
        ),
        Mistake(
            "bits per sentence",
            {t: (share, 9 * bits) for t, (share, bits) in GOOD.items()},
            "That many bits has a whole sentence. Divide all bits by all words.",
            symptom=lambda answer: min(p[1] for p in answer.values()) > 8,
        ),
    ),
    _form,
    "The trade of the chapter holds for a table of counts as well: it belongs to the rule, not to "
    "the network.",
)  # fmt: skip
