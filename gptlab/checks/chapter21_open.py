"""The check of exercise 21.8: one edit, several seeds, and an interval that is computed right."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import mean, pstdev, stdev
from typing import Any

from gptlab.checks import Mistake
from gptlab.checks.compare import as_number, describe
from gptlab.checks.core import Case, Exercise

KEYS = ("first", "edited", "difference", "half")
FLOOR = 3.7496  # the toy language's own bits per word
# 97.5 % quantiles of Student's t, by seeds − 1
T = {2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}


def _t(n: int) -> float:
    return T.get(n - 1, 1.96 + 2.5 / max(1, n - 1))


def interval(first: list[float], edited: list[float]) -> tuple[float, float]:
    """Mean of the differences, seed by seed, and half the width of its 95 % interval."""
    apart = [b - a for a, b in zip(first, edited, strict=True)]
    return mean(apart), _t(len(apart)) * stdev(apart) / math.sqrt(len(apart))


def _answer(first: list[float], edited: list[float], difference: float, half: float) -> Any:
    return {"first": first, "edited": edited, "difference": difference, "half": half}


_FIRST, _EDITED = [5.31, 5.28, 5.36], [5.27, 5.25, 5.35]
GOOD = _answer(_FIRST, _EDITED, *interval(_FIRST, _EDITED))


def _form(answer: Any) -> str | None:
    if not isinstance(answer, dict) or set(answer) != set(KEYS):
        told = f"a dict with {list(answer)}" if isinstance(answer, dict) else describe(answer)
        return f"this is {told}; give a dict with the keys {', '.join(KEYS)}"
    for key in KEYS[:2]:
        values = answer[key]
        several = isinstance(values, list | tuple) or getattr(values, "ndim", 0) == 1
        if not several or any(as_number(v) is None for v in values):
            return f"{key} is {describe(values)}; give a list of bits per word, one for each seed"
    for key in KEYS[2:]:
        if as_number(answer[key]) is None:
            return f"{key} is {describe(answer[key])}; give one number"
    return None


def _plain(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function, of an answer in plain numbers: runs may come as arrays or tensors."""

    def of_plain(answer: Any) -> Any:
        runs = {key: [float(value) for value in answer[key]] for key in KEYS[:2]}
        return function(runs | {key: float(answer[key]) for key in KEYS[2:]})

    return of_plain


def _seeds(answer: Any) -> None:
    a, b = len(answer["first"]), len(answer["edited"])
    assert a == b, f"{a} runs of the first model and {b} of the edited: one of each for every seed"
    assert a >= 3, f"{a} seeds; an interval needs three at least"
    for key in KEYS[:2]:
        assert len(set(answer[key])) > 1, f"all runs of {key} are equal: does the seed do anything?"


def _bits(answer: Any) -> None:
    for key in KEYS[:2]:
        for value in answer[key]:
            assert FLOOR < value < 9.6, (
                f"{key} has {value:.2f}; bits per word lie between the floor, {FLOOR:.2f}, and "
                "9.6, where every word is as likely as any other"
            )


def _same(found: float, wanted: float) -> bool:
    return math.isclose(found, wanted, rel_tol=0.01, abs_tol=6e-4)


def _difference(answer: Any) -> None:
    wanted = interval(list(answer["first"]), list(answer["edited"]))[0]
    assert _same(answer["difference"], wanted), (
        f"the mean of edited minus first is {wanted:+.4f}, yours is {answer['difference']:+.4f}"
    )


def _half(answer: Any) -> None:
    wanted = interval(list(answer["first"]), list(answer["edited"]))[1]
    assert _same(answer["half"], wanted), (
        f"half the interval is t · s / √n = {wanted:.4f} for your runs, yours is "
        f"{answer['half']:.4f}: s is the standard deviation of the differences, and t is "
        f"{_t(len(answer['first'])):.3f} for {len(answer['first'])} seeds"
    )


def _half_is(rule: Callable[[list[float], list[float], list[float]], float]) -> Any:
    """Whether the half width was computed by this rule, from the answer's own runs."""

    def symptom(answer: Any) -> bool:
        first, edited = list(answer["first"]), list(answer["edited"])
        if len(first) != len(edited) or len(first) < 2:
            return False
        apart = [b - a for a, b in zip(first, edited, strict=True)]
        wrong, right = rule(first, edited, apart), interval(first, edited)[1]
        return not _same(wrong, right) and _same(answer["half"], wrong)

    return symptom


def _normal(first: list[float], edited: list[float], apart: list[float]) -> float:
    return 1.96 * stdev(apart) / math.sqrt(len(apart))


def _no_root(first: list[float], edited: list[float], apart: list[float]) -> float:
    return _t(len(apart)) * stdev(apart)


def _population(first: list[float], edited: list[float], apart: list[float]) -> float:
    return _t(len(apart)) * pstdev(apart) / math.sqrt(len(apart))


def _unpaired(first: list[float], edited: list[float], apart: list[float]) -> float:
    n = len(first)
    return _t(n) * math.sqrt((stdev(first) ** 2 + stdev(edited) ** 2) / n)


def _bare(first: list[float], edited: list[float], apart: list[float]) -> float:
    return stdev(apart)


def _whole(first: list[float], edited: list[float], apart: list[float]) -> float:
    return 2 * interval(first, edited)[1]


def _with_half(rule: Callable[[list[float], list[float], list[float]], float]) -> Any:
    apart = [b - a for a, b in zip(_FIRST, _EDITED, strict=True)]
    return GOOD | {"half": rule(_FIRST, _EDITED, apart)}


MEASURED = Exercise(
    "21.8",
    "an edit and its interval",
    "measurements",
    GOOD,
    (
        Case("as many runs of both, three seeds at least", _plain(_seeds)),
        Case("bits per word", _plain(_bits)),
        Case("the mean difference", _plain(_difference)),
        Case("half the 95 % interval", _plain(_half)),
    ),
    (
        Mistake(
            "nats instead of bits",
            _answer([v * math.log(2) for v in _FIRST], [v * math.log(2) for v in _EDITED],
                    GOOD["difference"] * math.log(2), GOOD["half"] * math.log(2)),
            "These look like nats: below the floor no model can go. Divide by log 2, or use "
            "toy_bits_per_word.",
            symptom=_plain(lambda answer: bool(answer["first"]) and all(
                2.6 < v < FLOOR for key in KEYS[:2] for v in answer[key])),
        ),
        Mistake(
            "the wrong way round", GOOD | {"difference": -GOOD["difference"]},
            "The difference is edited minus first: below zero means that the edit helped.",
            symptom=_plain(lambda answer: len(answer["first"]) == len(answer["edited"]) > 0
            and _same(answer["difference"], mean(answer["first"]) - mean(answer["edited"]))
            and not _same(answer["difference"], mean(answer["edited"]) - mean(answer["first"]))),
        ),
        Mistake(
            "one seed twice", _answer([5.3] * 3, [5.2] * 3, -0.1, 0.0),
            "All runs of a model gave the same number. The seed must reach both the weights "
            "(torch.manual_seed) and the batches.",
            symptom=_plain(lambda answer: any(
                len(answer[key]) > 1 and len(set(answer[key])) == 1 for key in KEYS[:2])),
        ),
        Mistake("1.96 for a handful of seeds", _with_half(_normal),
            "1.96 is for many runs. The standard deviation of three is itself uncertain; Student's "
            "t for three seeds is 4.30.", symptom=_plain(_half_is(_normal))),
        Mistake("the root of n is missing", _with_half(_no_root),
            "That is an interval for one more run. The mean of n is steadier: divide by √n.",
            symptom=_plain(_half_is(_no_root))),
        Mistake("divided by n in the deviation", _with_half(_population),
            "Your standard deviation divides by n. From a sample it divides by n − 1 "
            "(statistics.stdev).", symptom=_plain(_half_is(_population))),
        Mistake("the pairs are torn apart", _with_half(_unpaired),
            "You add the variances of both groups. The same seed gave both models the same "
            "sentences: take the difference seed by seed, and its deviation.",
            symptom=_plain(_half_is(_unpaired))),
        Mistake("the whole interval", _with_half(_whole),
            "That is the width from end to end. Give half of it: t · s / √n.",
            symptom=_plain(_half_is(_whole))),
        Mistake("a deviation is no interval", _with_half(_bare),
            "You give the standard deviation itself. Half the interval is t · s / √n.",
            symptom=_plain(_half_is(_bare))),
    ),
    _form,
    "Now say what the interval says: does it hold zero? If so, you have not shown that the edit "
    "helps, and not that it does not.",
)  # fmt: skip
