"""Every committed notebook keeps the house rules; gptlab/authoring/rules.py says them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gptlab.authoring import exercises, normalise, rules
from gptlab.authoring.notebooks import remake
from gptlab.authoring.shape import measure
from gptlab.checks import exercises as checked

ROOT = Path(__file__).resolve().parents[2]


def notebooks(*folders):
    return sorted(path for folder in folders for path in (ROOT / folder).glob("*.ipynb"))


def named(path):
    return f"{path.parent.name}/{path.name}"


CHAPTERS = notebooks("chapters")
SOLUTIONS = notebooks("solutions")
ALL = notebooks("chapters", "solutions", "exercises")


def test_each_chapter_has_its_solutions_and_exercises():
    names = [path.name for path in CHAPTERS]
    assert names == [path.name for path in SOLUTIONS]
    assert names == [path.name for path in notebooks("exercises")]
    if not names:
        pytest.skip("there is no chapter yet")


@pytest.mark.parametrize("path", CHAPTERS, ids=named)
def test_a_chapter_keeps_the_house_rules(path):
    glossary = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8")
    assert rules.chapter_complaints(normalise.read(path), glossary) == []


def test_a_term_is_defined_in_one_chapter():
    at_home: dict[str, str] = {}
    for path in CHAPTERS:
        for term in rules.key_terms(normalise.read(path)):
            before = at_home.setdefault(term, path.name)
            assert before == path.name, f"{term!r} is a key term of {before} and of {path.name}"


@pytest.mark.parametrize("path", CHAPTERS, ids=named)
def test_a_chapter_leads_to_its_exercises(path):
    text = path.read_text(encoding="utf-8")
    assert f"../exercises/{path.stem}" in text, "no link to its exercise notebook"


@pytest.mark.parametrize("path", SOLUTIONS, ids=named)
def test_a_solution_was_run_and_every_check_says_right(path):
    notebook = normalise.read(path)
    assert rules.run_complaints(notebook) == []
    said = "\n".join(text for cell in notebook.cells for text in normalise.texts(cell))
    for exercise in checked(int(path.name[:2])):
        assert f"✓ Exercise {exercise.id}, {exercise.title}: right" in said


@pytest.mark.parametrize("path", SOLUTIONS, ids=named)
def test_exercises_say_how_hard_how_important_how_long(path):
    ids, notebook = [e.id for e in checked(int(path.name[:2]))], normalise.read(path)
    assert rules.exercise_complaints(notebook, ids) == []
    assert 4 <= measure(notebook).exercises <= 8, "four to eight a chapter"


def test_exercises_are_what_solutions_give():
    for path, text in exercises.make(ROOT).items():
        assert path.exists(), f"{named(path)} is missing; run `make exercises`"
        assert path.read_text(encoding="utf-8") == text, f"{named(path)}: run `make exercises`"


@pytest.mark.parametrize("path", ALL, ids=named)
def test_the_file_is_in_the_committed_form(path):
    text = path.read_text(encoding="utf-8")
    assert remake(path, run=False) == text, (
        f"run `python -m gptlab.authoring.notebooks --no-execute {named(path)}`"
    )


@pytest.mark.parametrize("path", notebooks("exercises"), ids=named)
def test_an_exercise_notebook_stores_no_output(path):
    for cell in normalise.read(path).cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None
