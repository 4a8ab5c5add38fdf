"""Every exercise of every chapter is proved: blank, solution, and each listed mistake by name.

The mistakes stand in gptlab/checks/chapterNN.py as answers (functions, numbers, letters); nothing
is repeated here. A new chapter needs no new test.
"""

from __future__ import annotations

import ast
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gptlab.authoring.notebooks import ENVIRONMENT
from gptlab.checks import chapters, exercises

sys.path.insert(0, str(Path(__file__).parent))
import run_checks

ROOT = Path(__file__).resolve().parents[2]
ALL = [exercise for chapter in chapters() for exercise in exercises(chapter)]
MISTAKES = [(exercise, mistake) for exercise in ALL for mistake in exercise.mistakes]


def notebook(folder: str, chapter: int | str) -> Path:
    found = sorted((ROOT / folder).glob(f"{int(chapter):02d}-*.ipynb"))
    assert len(found) == 1, (
        f"{folder}/{int(chapter):02d}-*.ipynb: {len(found)} notebooks, expected 1"
    )
    return found[0]


@functools.cache
def answers(folder_name: str, chapter: str) -> dict[str, dict[str, str]]:
    """What each check in that notebook answers when the cells that it needs are run."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, **ENVIRONMENT, "PYTHONPATH": path, "MPLBACKEND": "Agg"}
    with tempfile.TemporaryDirectory() as folder:
        # What a notebook records must not reach the committed scoreboard.
        env["GPTLAB_SCOREBOARD"] = str(shutil.copy(ROOT / "book" / "scoreboard.json", folder))
        done = subprocess.run(
            [sys.executable, run_checks.__file__, str(notebook(folder_name, chapter))],
            capture_output=True,
            text=True,
            env=env,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, dict[str, str]] = json.loads(done.stdout)
    return found


def of(exercise):
    return exercise.id.partition(".")[0]


def test_every_chapter_with_exercises_has_checks():
    written = {int(path.name[:2]) for path in (ROOT / "solutions").glob("[0-9][0-9]-*.ipynb")}
    assert written == set(chapters())
    if not written:
        pytest.skip("there is no solution notebook yet")


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_the_blank_is_not_implemented_yet(exercise):
    answer = answers("exercises", of(exercise)).get(exercise.id)
    assert answer is not None, f'the exercise notebook has no cell with check("{exercise.id}", …)'
    assert answer["status"] == "not implemented yet", answer["text"]


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_the_solution_passes(exercise):
    answer = answers("solutions", of(exercise)).get(exercise.id)
    assert answer is not None, f'the solution notebook has no cell with check("{exercise.id}", …)'
    assert answer["status"] == "right", answer["text"]


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_the_library_own_right_answer_passes(exercise):
    result = exercise.check(exercise.resolve(exercise.right))
    assert result.passed, result.text


@pytest.mark.parametrize(
    ("exercise", "mistake"), MISTAKES, ids=[f"{e.id}-{m.label}" for e, m in MISTAKES]
)
def test_each_mistake_is_caught_and_named_with_its_own_hint(exercise, mistake):
    result = exercise.check(exercise.resolve(mistake.wrong))
    assert not result.passed
    assert result.label == mistake.label, result.text
    assert result.hint == mistake.hint


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_there_are_three_mistakes_told_apart_in_words(exercise):
    assert len(exercise.mistakes) >= 3
    labels = [mistake.label for mistake in exercise.mistakes]
    hints = [mistake.hint for mistake in exercise.mistakes]
    assert len(set(labels)) == len(labels)
    assert len(set(hints)) == len(hints)
    for hint in hints:
        assert len(hint) >= 20, f"a hint says what to do: {hint!r}"
        assert re.search(r"[.?!)]$", hint), f"a hint is a sentence: {hint!r}"
    for case in exercise.cases:
        assert case.label.strip() == case.label != ""


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_nothing_shows_an_address_or_depends_on_the_run(exercise):
    for answer in [None, exercise.resolve(exercise.right), *(m.wrong for m in exercise.mistakes)]:
        first, second = (exercise.check(exercise.resolve(answer)) for _ in range(2))
        assert first == second
        assert "0x" not in first.text


def trees(*cells):
    return [ast.parse(cell) for cell in cells]


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        (["import a", "x = 1", "y = a.f()", "check('1.1', y)"], [0, 2, 3]),
        (["def f():\n    return g()", "def g(): ...", "h = 1", "check('1.1', f)"], [0, 1, 3]),
        (["def g(): ...", "def f():\n    return g()", "h = 1", "check('1.1', f)"], [0, 1, 3]),
        (["x = []", "x.append(1)", "y = 2", "check('1.1', x)"], [0, 1, 3]),
        (["x = {}", "x['a'] = 1", "print('x')", "check('1.1', x)"], [0, 1, 3]),
        (["x = slow()", "x = 1", "check('1.1', x)", "x = 2"], [1, 2]),
        (["slow()", "x = 1", "check('1.1', x)", "check('1.2', 3)"], [1, 2, 3]),
    ],
)
def test_the_cells_that_a_check_needs_are_found(cells, kept):
    assert run_checks.needed(trees(*cells)) == kept
