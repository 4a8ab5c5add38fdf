"""The core of the checks: every way an answer can be right, unfinished or wrong, and what is
said."""

from __future__ import annotations

import itertools
import linecache
import random
import re
import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest
import torch

import gptlab.checks
from gptlab.checks import Case, Mistake, call, check, exercises, function, number
from gptlab.errors import LabError

CELLS = itertools.count(1)


def learner(source: str, name: str):
    """What a cell defines, with a file name and lines known to linecache, as IPython does it."""
    filename = f"/tmp/ipykernel_{next(CELLS)}/1234.py"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    scope: dict = {"torch": torch, "random": random, "np": np}
    exec(compile(source, filename, "exec"), scope)
    return scope[name]


def softmax_over_keys(scores: torch.Tensor, scale: float = 1.0) -> torch.Tensor:
    return (scores * scale).softmax(dim=-1)


def scores(seed: int = 0) -> torch.Tensor:
    return torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(seed))


WEIGHTS = function(
    "99.1",
    "attention weights",
    right=softmax_over_keys,
    cases=[
        call("two sentences", scores(), hint="Softmax along the last axis."),
        call("scaled", scores(1), scale=0.5, hint="Multiply by the scale first."),
    ],
    mistakes=[
        Mistake("over the wrong axis", lambda s, scale=1.0: (s * scale).softmax(1), "Use dim=-1."),
        Mistake("no scale", lambda s, scale=1.0: s.softmax(-1), "The scale is ignored."),
        Mistake("no return", lambda s, scale=1.0: None, "Return the weights.", lambda f: False),
        Mistake("a sum", lambda s, scale=1.0: (s * scale).softmax(-1).sum(), "Keep the axes."),
    ],
)


def test_a_right_answer_passes_every_case():
    answer = learner("def w(s, scale=1.0):\n    return torch.softmax(s * scale, -1)\n", "w")
    result = WEIGHTS.check(answer)
    assert result.passed
    assert bool(result)
    assert result.passed_cases == ("two sentences", "scaled")
    assert repr(result).splitlines() == [
        "✓ Exercise 99.1, attention weights: right",
        "  ✓ passed: two sentences",
        "  ✓ passed: scaled",
    ]


@pytest.mark.parametrize(
    ("body", "label", "hint"),
    [
        ("(s * scale).softmax(1)", "over the wrong axis", "Use dim=-1."),
        ("s.softmax(-1)", "no scale", "The scale is ignored."),
        ("(s * scale).exp() / (s * scale).exp().sum(1, keepdim=True)", "over the wrong axis", ""),
        ("(s * scale).softmax(-1).sum()", "a sum", "Keep the axes."),
    ],
)
def test_a_listed_mistake_is_named_however_it_is_written(body, label, hint):
    result = WEIGHTS.check(learner(f"def w(s, scale=1.0):\n    return {body}\n", "w"))
    assert not result.passed
    assert result.label == label
    assert hint in result.hint


@pytest.mark.parametrize(
    "source",
    [
        "w = None",
        "w = ...",
        'def w(s, scale=1.0):\n    raise NotImplementedError("here")\n',
        "def w(s, scale=1.0):\n    ...\n",
        "def w(s, scale=1.0):\n    weights = s.softmax(-1)\n",
    ],
)
def test_a_blank_is_not_implemented_yet(source):
    result = WEIGHTS.check(learner(source, "w"))
    assert result.status == "not implemented yet"
    assert not result.passed


def test_not_implemented_by_torch_is_an_error_not_a_blank():
    source = "def w(s, scale=1.0):\n    return s.to_mkldnn().cumsum(0)\n"
    result = WEIGHTS.check(learner(source, "w"))
    assert result.status == "not right yet"
    assert "NotImplementedError" in result.message


def test_an_unlisted_error_names_the_case_and_the_largest_difference():
    result = WEIGHTS.check(learner("def w(s, scale=1.0):\n    return s.softmax(-1) * 2\n", "w"))
    assert result.label == "two sentences"
    assert re.search(r"24 of 24 values differ, most at \[\d, \d, \d\]: \S+ instead of", result.text)
    assert "Hint: Softmax along the last axis." in result.text


def test_the_first_case_can_pass_and_the_second_fail():
    source = "def w(s, scale=1.0):\n    return (s * scale ** 2).softmax(-1)\n"
    result = WEIGHTS.check(learner(source, "w"))
    assert result.passed_cases == ("two sentences",)
    assert result.label == "scaled"
    assert "  ✓ passed: two sentences\n  ✗ not yet: scaled: " in result.text


def test_an_exception_is_told_with_the_learners_own_line():
    source = "def helper(s):\n    return s @ s\n\ndef w(s, scale=1.0):\n    return helper(s)\n"
    result = WEIGHTS.check(learner(source, "w"))
    assert "RuntimeError" in result.message
    assert "line 2 of the cell, in helper, `return s @ s`" in result.message
    assert len(result.text.splitlines()) < 6
    assert "Traceback" not in result.text


def test_an_exception_deep_in_a_library_points_at_the_learners_line():
    source = "def w(s, scale=1.0):\n    x = s\n    return torch.nn.Linear(7, 7)(x)\n"
    assert "line 3 of the cell, in w" in WEIGHTS.check(learner(source, "w")).message


def test_a_wrong_signature_is_told_before_anything_runs():
    result = WEIGHTS.check(learner("def w():\n    return 1\n", "w"))
    assert "it takes (); the exercise calls it with (scores" in result.message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (3.5, "this is the number 3.5; pass the function itself, without calling it"),
        (torch.zeros(2, 3), "a tensor of shape (2, 3) and float32"),
        ("softmax", "the text 'softmax'"),
        (dict, "the class dict; pass a function"),
    ],
)
def test_another_kind_of_answer_is_explained(answer, said):
    assert said in WEIGHTS.check(answer).text


def test_a_function_that_changes_its_input_is_told_so_and_spoils_nothing():
    source = "def w(s, scale=1.0):\n    s *= scale * 1.5\n    return (s / 1.5).softmax(-1)\n"
    result = WEIGHTS.check(learner(source, "w"))
    assert "changes its input in place" in result.message
    assert WEIGHTS.check(softmax_over_keys).passed


def test_arguments_without_a_value_of_their_own_are_no_changed_input():
    model = torch.nn.Linear(3, 2)
    inputs = [model, torch.ones(1, 3), [model]]
    exercise = function("99.2", "run", right=lambda m, x, more: m(x), cases=[call("x", *inputs)])
    assert exercise.check(lambda m, x, more: x @ m.weight.T + m.bias).passed
    changed = exercise.check(lambda m, x, more: m(x.mul_(1.5)) * 0 + m(x / 1.5))
    assert "changes its input" in changed.message


def test_inputs_may_be_changed_where_the_exercise_says_so():
    def double(x):
        x *= 2
        return x

    case = call("in place", torch.ones(2), changes_input=True)
    exercise = function("99.2", "double", right=double, cases=[case])
    assert exercise.check(learner("def d(x):\n    return x.mul_(2)\n", "d")).passed
    assert exercise.check(learner("def d(x):\n    return x.mul_(2)\n", "d")).passed


def test_global_randomness_is_fixed_inside_and_untouched_outside():
    def noisy(n):
        return [random.random(), float(np.random.rand()), torch.rand(n)]  # noqa: NPY002

    exercise = function("99.3", "noise", right=noisy, cases=[call("three", 3)])
    states = random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    source = "def f(n):\n    return [random.random(), float(np.random.rand()), torch.rand(n)]\n"
    assert exercise.check(learner(source, "f")).passed
    assert random.getstate() == states[0]
    assert (np.random.get_state()[1] == states[1]).all()  # noqa: NPY002
    assert (torch.get_rng_state() == states[2]).all()


def test_an_assertion_case_tells_its_own_message():
    def test(f):
        assert f(4) > f(3), "more steps must not cost less"

    exercise = function("99.4", "cost", right=lambda n: n, cases=[Case("grows", test, "Count.")])
    result = exercise.check(learner("def f(n):\n    return -n\n", "f"))
    assert result.message == "more steps must not cost less"
    assert result.hint == "Count."


def test_an_assertion_in_the_learners_code_is_theirs():
    source = "def w(s, scale=1.0):\n    assert scale > 5\n    return s\n"
    result = WEIGHTS.check(learner(source, "w"))
    assert "your code stops with AssertionError (line 2 of the cell, in w" in result.message


def test_a_mistake_that_raises_is_recognised_by_how_it_fails():
    def mean(values):
        return sum(values) / len(values) if values else 0.0

    exercise = function(
        "99.5",
        "mean",
        right=mean,
        cases=[call("two", [1.0, 3.0]), call("none", [])],
        mistakes=[Mistake("no values", lambda v: sum(v) / len(v), "An empty list has length 0.")],
    )
    result = exercise.check(learner("def m(xs):\n    return sum(xs) / len(xs)\n", "m"))
    assert result.label == "no values"
    assert result.passed_cases == ("two",)


def test_a_broken_exercise_is_the_authors_error_not_the_learners():
    exercise = function("99.6", "broken", right=lambda x: x.no_such_thing, cases=[call("x", 1)])
    with pytest.raises(RuntimeError, match=r"exercise 99\.6, case 'x': the right answer itself"):
        exercise.check(lambda x: x)


class Counter:
    def __init__(self, start: int = 0):
        self.value = start

    def add(self, n: int) -> int:
        self.value += n
        return self.value


def test_a_class_is_looked_at_through_what_its_objects_do():
    def twice(cls):
        counter = cls(2)
        return [counter.add(1), counter.add(5)]

    class Forgetful(Counter):
        def add(self, n):
            return n

    exercise = function(
        "99.7",
        "a counter",
        right=Counter,
        cases=[Case("adds up", twice)],
        mistakes=[Mistake("forgets", Forgetful, "Keep the sum in self.")],
    )
    assert exercise.kind == "class"
    body = "class C:\n    def __init__(self, s=0):\n        self.s = s\n    def add(self, n):\n"
    right = learner(body + "        self.s += n\n        return self.s\n", "C")
    wrong = learner(body + "        return n\n", "C")
    blank = learner(body + "        raise NotImplementedError\n", "C")
    assert exercise.check(right).passed
    assert exercise.check(wrong).label == "forgets"
    assert exercise.check(blank).status == "not implemented yet"
    assert 'pass the class itself: check("99.7", Counter)' in exercise.check(right(1)).message


TOKENS = number("99.8", "tokens seen", right=614_400, mistakes=[Mistake("no batch", 38_400, "")])


@pytest.fixture
def chapter99(monkeypatch):
    module = ModuleType("gptlab.checks.chapter99")
    module.EXERCISES = (WEIGHTS, TOKENS)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr("gptlab.checks.core.chapters", lambda: [17, 99])
    return module


def test_check_finds_the_exercise_by_its_number(chapter99):
    assert check("99.1", softmax_over_keys).passed
    assert check(" 99.8 ", 614_400).passed
    assert exercises(99) == (WEIGHTS, TOKENS)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("99.2", r'there is no exercise 99\.2; chapter 99 has 99\.1, 99\.8\. Did you mean "99\.'),
        ("98.1", r"chapter 98 has no checks; chapters with checks: 17, 99"),
        ("attention", r"there is no exercise 'attention'; they are called \"17\.3\""),
        (99.1, r'the exercise\'s number as text first.*check\("17\.3", answer\), not check\(99\.1'),
        (softmax_over_keys, r"the exercise's number as text first"),
    ],
)
def test_an_unknown_exercise_is_one_clear_error(chapter99, name, said):
    with pytest.raises(LabError, match=said):
        check(name, 1)


def test_ids_must_be_of_the_chapter_and_unique(chapter99):
    chapter99.EXERCISES = (WEIGHTS, WEIGHTS)
    with pytest.raises(LabError, match=r"each once"):
        exercises(99)


def test_under_nbgrader_a_wrong_answer_raises(chapter99, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check("99.8", 614_400).passed
    with pytest.raises(AssertionError, match="no batch"):
        check("99.8", 38_400)
    with pytest.raises(AssertionError, match="not implemented yet"):
        check("99.1", None)


def test_importing_the_checks_is_light():
    code = "import sys, gptlab.checks; print([m for m in ('torch', 'gensim') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
    assert gptlab.checks.chapters() == sorted(set(gptlab.checks.chapters()))


def test_a_told_exception_holds_no_address_and_one_line():
    source = "def w(s, scale=1.0):\n    raise ValueError(f'{w}\\nsecond line')\n"
    result = WEIGHTS.check(learner(source, "w"))
    assert "ValueError: <function w> (line 2 of the cell, in w" in result.message
