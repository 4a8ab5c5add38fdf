"""The appendices tell what is so: their examples are run, their numbers and plans are checked."""

from __future__ import annotations

import doctest
import json
import re

import pytest
from build_once import ROOT


def sessions(page: str) -> list[str]:
    text = (ROOT / "book" / page).read_text(encoding="utf-8")
    return re.findall(r"^```pycon\n(.*?)^```$", text, re.M | re.S)


@pytest.mark.parametrize(("page", "least"), [("mathematics.md", 25), ("speed.md", 4)])
def test_every_example_prints_what_the_page_says(page, least):
    known: dict[str, object] = {}
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    examples = 0
    for number, session in enumerate(sessions(page)):
        test = doctest.DocTestParser().get_doctest(session, known, f"{page} {number}", page, 0)
        test.globs = known
        examples += len(test.examples)
        runner.run(test, clear_globs=False)
    assert examples >= least
    assert runner.summarize(verbose=False).failed == 0


def minutes() -> dict[str, int]:
    """Exercise -> the minutes that it states."""
    found: dict[str, int] = {}
    for notebook in (ROOT / "exercises").glob("*.ipynb"):
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        prose = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        task = r"## Exercise (\d+\.\d+):.*?\n+\*Difficulty[^*]*?(\d+) minutes"
        found |= {name: int(time) for name, time in re.findall(task, prose, re.S)}
    return found


def test_teaching_paths_name_exercises_that_are_there_and_add_up_their_minutes():
    text = (ROOT / "book/teaching.md").read_text(encoding="utf-8")
    stated = minutes()
    paths = re.split(r"^### ", text.split("## A lesson")[0], flags=re.M)[1:]
    for path, weeks in zip(paths, (4, 10, 15), strict=True):
        assert path.startswith(f"{weeks} weeks")
        rows = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| (\d*) \|", path, re.M)
        assert [int(week) for week, *_ in rows] == list(range(1, weeks + 1))
        covered = []
        for _, chapters, exercises, total in rows:
            named = re.findall(r"\d+\.\d+", exercises)
            taught = {int(n) for n in re.findall(r"(?<![\w/-])\d\d?(?![\w-])", chapters)}
            covered += taught
            assert {int(name.split(".")[0]) for name in named} <= taught
            assert sum(stated[name] for name in named) == int(total or 0)
            for link in re.findall(r"\((\S+)\)", chapters):
                assert (ROOT / "book" / link).is_file()
        assert len(covered) == len(set(covered))
        if weeks == 15:
            assert sorted(covered) == list(range(1, 22))
