"""Feedback on exercises: `check("17.3", learning_rate)` says what passed and what did not.

An exercise is a list of cases, each of which observes something about an answer, and a list of
mistakes that learners make. The same cases observe the learner's answer, the right one and each
wrong one; a learner whose observations equal those of a listed mistake hears its name and its
hint. Chapter files hold `EXERCISES`, a tuple made with `function`, `number`, `choice` and `array`.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import os
import pkgutil
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from gptlab.checks.compare import as_number, describe, difference, has_value, shorten
from gptlab.checks.result import RIGHT, UNFINISHED, WRONG, Result
from gptlab.checks.running import Outcome, observe
from gptlab.errors import LabError

VALUES = ("number", "array")


@dataclass(frozen=True)
class Case:
    """One thing that a right answer does.

    `function(answer)` returns an observation, which must equal the right answer's (|difference| ≤
    atol + rtol · |expected|), or returns None and asserts (the assertion's message is told to the
    learner). Draw inputs inside it: it runs once for the learner, once for the right answer and
    once for every mistake.
    """

    label: str
    function: Callable[[Any], Any]
    hint: str = ""
    rtol: float = 1e-4
    atol: float = 1e-6


def call(
    label: str, *args: Any, hint: str = "", changes_input: bool = False, **kwargs: Any
) -> Case:
    """A case that calls the answer with fresh copies of these arguments; it observes the result.

    Unless `changes_input`, an answer that alters its arguments in place fails. Tolerances: those
    of `Case`.
    """

    def function(answer: Callable[..., Any]) -> Any:
        given, named = copy.deepcopy((args, kwargs))
        value = answer(*given, **named)
        if not changes_input:
            before, after = [*args, *kwargs.values()], [*given, *named.values()]
            for ours, theirs in zip(before, after, strict=True):
                same = not has_value(ours) or difference(theirs, ours, 0, 0) is None
                assert same, "it changes its input in place; work on a copy"
        return value

    return Case(label, function, hint)


@dataclass(frozen=True)
class Mistake:
    """A mistake learners make: its name, an answer that makes it (`wrong`), and a hint.

    It is recognised when all cases observe the same as for `wrong`; or, where that is not enough,
    when `symptom(answer)` is true.
    """

    label: str
    wrong: Any
    hint: str
    symptom: Callable[[Any], bool] | None = None


@dataclass(frozen=True)
class Exercise:
    """An exercise: right answer, cases, mistakes. Made by `function`, `number`, `choice`,
    `array`."""

    id: str
    title: str
    kind: str
    right: Any
    cases: tuple[Case, ...]
    mistakes: tuple[Mistake, ...]
    wrong_kind: Callable[[Any], str | None] = field(repr=False)
    praise: str = ""

    def check(self, answer: Any) -> Result:
        """Look at one answer."""
        if answer is None or answer is ...:
            return self._result(UNFINISHED, message="There is no answer yet.")
        if complaint := self.wrong_kind(answer):
            return self._result(WRONG, label="the form of the answer", message=complaint)
        for mistake in self.mistakes:
            if mistake.symptom is not None and observe(mistake.symptom, answer).value:
                return self._result(WRONG, label=mistake.label, hint=mistake.hint)
        theirs = [observe(case.function, answer) for case in self.cases]
        if any(outcome.unfinished for outcome in theirs):
            return self._result(UNFINISHED, message="Your code goes where the exercise says so.")
        right = self.resolve(self.right)
        expected = [observe(case.function, right) for case in self.cases]
        complaints = [
            self._complaint(*three) for three in zip(self.cases, theirs, expected, strict=True)
        ]
        passed = tuple(
            case.label for case, why in zip(self.cases, complaints, strict=True) if why is None
        )
        if len(passed) == len(self.cases):
            return self._result(RIGHT, passed_cases=passed, message=self.praise)
        for mistake in self.mistakes:
            if mistake.symptom is None and self._made(mistake, theirs):
                return self._result(
                    WRONG, passed_cases=passed, label=mistake.label, hint=mistake.hint
                )
        if all(o.error is None and o.value is None for o in theirs) and any(
            o.value is not None for o in expected
        ):
            message = "It returns nothing so far. If you wrote it, is the `return` missing?"
            return self._result(UNFINISHED, message=message)
        first = next(i for i, why in enumerate(complaints) if why is not None)
        return self._result(
            WRONG,
            passed_cases=passed,
            label=self.cases[first].label,
            message=complaints[first] or "",
            hint=self.cases[first].hint,
        )

    def _made(self, mistake: Mistake, theirs: list[Outcome]) -> bool:
        wrong = self.resolve(mistake.wrong)
        # One case at a time: most answers differ from most mistakes in the first.
        return all(
            outcome.same_as(observe(case.function, wrong), case.rtol, case.atol)
            for case, outcome in zip(self.cases, theirs, strict=True)
        )

    def _complaint(self, case: Case, theirs: Outcome, expected: Outcome) -> str | None:
        if expected.error is not None:
            text = f"exercise {self.id}, case {case.label!r}: the right answer itself fails"
            raise RuntimeError(text) from expected.error
        if theirs.error is not None:
            return theirs.told
        why = difference(theirs.value, expected.value, case.rtol, case.atol)
        if why and self.kind in VALUES:  # the expected value would give the answer away
            theirs_only, cut, _ = why.partition(" instead of ")
            return f"{theirs_only} is not right" if cut else why
        return why

    def resolve(self, value: Any) -> Any:
        """An answer as it is compared: those that take work are given as functions of nothing."""
        return value() if self.kind in VALUES and callable(value) else value

    def _result(self, status: str, **parts: Any) -> Result:
        return Result(self.id, self.title, status, **parts)


def function(
    id: str,
    title: str,
    *,
    right: Any,
    cases: Sequence[Case],
    mistakes: Sequence[Mistake] = (),
    praise: str = "",
) -> Exercise:
    """An exercise whose answer is a function or a class, whichever `right` is."""
    wants_class = isinstance(right, type)

    def wrong_kind(answer: Any) -> str | None:
        name = right.__name__
        if wants_class and isinstance(answer, type):
            return None
        if wants_class:
            return f'this is {describe(answer)}; pass the class itself: check("{id}", {name})'
        if isinstance(answer, type):
            return f"this is {describe(answer)}; pass a function"
        if not callable(answer):
            return (
                f"this is {describe(answer)}; pass the function itself, without calling it: "
                f'check("{id}", {name})'
            )
        return _signature_complaint(answer, right)

    kind = "class" if wants_class else "function"
    return Exercise(id, title, kind, right, tuple(cases), tuple(mistakes), wrong_kind, praise)


def _signature_complaint(answer: Any, right: Any) -> str | None:
    """What to say when the answer cannot be called the way the right one is."""
    try:
        theirs, ours = inspect.signature(answer), inspect.signature(right)
        required = [p for p in ours.parameters.values() if p.default is p.empty]
        positional = [p for p in required if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        named = {p.name: None for p in required if p.kind is p.KEYWORD_ONLY}
        theirs.bind(*positional, **named)
    except TypeError:
        return f"it takes {theirs}; the exercise calls it with {ours}"
    except ValueError:  # built in C, without a signature to compare
        return None
    return None


def number(
    id: str,
    title: str,
    *,
    right: float | Callable[[], float],
    unit: str = "",
    tolerance: float = 0.01,
    mistakes: Sequence[Mistake] = (),
    hint: str = "",
    praise: str = "",
) -> Exercise:
    """An exercise whose answer is a number, right within `tolerance` (0.01 is 1 % of it).

    `right` and each `Mistake.wrong` are numbers, or functions that compute them when the check
    first needs them.
    """

    def wrong_kind(answer: Any) -> str | None:
        if as_number(answer) is None:
            of = f" of {unit}" if unit else ""
            return f"this is {describe(answer)}; the answer is a number{of}"
        return None

    label = f"the number{f' of {unit}' if unit else ''}"
    case = Case(label, as_number, hint, rtol=tolerance, atol=0.0)
    return Exercise(id, title, "number", right, (case,), tuple(mistakes), wrong_kind, praise)


def array(
    id: str,
    title: str,
    *,
    right: Any,
    mistakes: Sequence[Mistake] = (),
    rtol: float = 1e-4,
    atol: float = 1e-6,
    hint: str = "",
    praise: str = "",
) -> Exercise:
    """An exercise whose answer is a tensor, an array, a list or a dict of such.

    `right` and each `Mistake.wrong` are such values, or functions that compute them when the check
    needs them.
    """

    def wrong_kind(answer: Any) -> str | None:
        if callable(answer) and not hasattr(answer, "shape"):
            return f"this is {describe(answer)}; pass what it returns"
        return None

    case = Case("the values", lambda answer: answer, hint, rtol, atol)
    return Exercise(id, title, "array", right, (case,), tuple(mistakes), wrong_kind, praise)


def choice(id: str, title: str, *, right: str, why: str, wrong: dict[str, str]) -> Exercise:
    """An exercise whose answer is a letter; `wrong` says what speaks against each other one.

    `why` is told when the answer is right.
    """
    letters = sorted([right, *wrong])

    def wrong_kind(answer: Any) -> str | None:
        if isinstance(answer, str) and answer.strip().upper() in letters:
            return None
        return f"this is {describe(answer)}; choose one of {', '.join(letters)}, as text"

    case = Case("the choice", lambda answer: answer.strip().upper())
    mistakes = tuple(Mistake(f"{letter} is not it", letter, text) for letter, text in wrong.items())
    return Exercise(id, title, "choice", right, (case,), mistakes, wrong_kind, why)


def chapters() -> list[int]:
    """The chapters that have checks, in order."""
    import gptlab.checks as package

    names = [module.name for module in pkgutil.iter_modules(package.__path__)]
    return sorted(int(name[7:]) for name in names if re.fullmatch(r"chapter\d\d", name))


def exercises(chapter: int) -> tuple[Exercise, ...]:
    """The exercises of one chapter, in order. Raises LabError for a chapter without checks."""
    if chapter not in chapters():
        have = ", ".join(str(number) for number in chapters()) or "none yet"
        raise LabError(f"chapter {chapter} has no checks; chapters with checks: {have}")
    module = importlib.import_module(f"gptlab.checks.chapter{chapter:02d}")
    found: tuple[Exercise, ...] = module.EXERCISES
    ids = [exercise.id for exercise in found]
    wrong = [i for i in ids if ids.count(i) > 1 or not re.fullmatch(rf"{chapter}\.\d+", i)]
    if wrong:
        raise LabError(
            f"{module.__name__} has the exercise {wrong[0]}; "
            f"ids are {chapter}.1, {chapter}.2, …, each once"
        )
    return found


def check(exercise: str, answer: Any) -> Result:
    """Look at an answer to an exercise: `check("17.3", learning_rate)`. A notebook shows the
    result.

    Raises LabError for an exercise that does not exist; AssertionError for a wrong answer while
    nbgrader runs the notebook (it grades a cell by whether it raises).
    """
    if not isinstance(exercise, str):
        raise LabError(
            f"check takes the exercise's number as text first, then your answer: "
            f'check("17.3", answer), not check({shorten(repr(exercise), 30)}, …)'
        )
    match = re.fullmatch(r"\s*0*(\d+)\.(\d+)\s*", exercise)
    if not match:
        raise LabError(
            f'there is no exercise {exercise!r}; they are called "17.3": chapter, dot, number'
        )
    name = f"{match[1]}.{match[2]}"
    known = {one.id: one for one in exercises(int(match[1]))}
    if name not in known:
        close = get_close_matches(name, known, n=1, cutoff=0.0)
        meant = f' Did you mean "{close[0]}"?' if close else ""
        raise LabError(
            f"there is no exercise {name}; chapter {match[1]} has {', '.join(known)}.{meant}"
        )
    result = known[name].check(answer)
    if os.environ.get("NBGRADER_EXECUTION"):
        assert result.passed, result.text
    return result
