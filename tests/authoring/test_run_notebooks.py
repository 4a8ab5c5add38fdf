"""Running notebooks: outputs that do not depend on the run, and failures that lose nothing."""

from __future__ import annotations

import json
import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from gptlab.authoring import normalise
from gptlab.authoring.notebooks import find, last_seconds, main
from gptlab.errors import LabError


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty repository to stand in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chapters").mkdir()
    return tmp_path


def save(path, *cells):
    made = [new_code_cell(c) if isinstance(c, str) else c for c in cells]
    path.write_text(normalise.to_text(new_notebook(cells=[new_markdown_cell("# A"), *made])))
    return path


def outputs(path):
    code = [cell for cell in normalise.read(path).cells if cell.cell_type == "code"]
    return ["".join(normalise.texts(cell)) for cell in code]


def tagged(source, *tags):
    return new_code_cell(source, metadata={"tags": list(tags)})


def test_twice_in_a_row_changes_nothing_whatever_the_clock_says(here, capsys):
    path = save(
        here / "chapters" / "01-a.ipynb",
        "import os, sys, time, warnings\nfrom pathlib import Path\nfrom tqdm import tqdm",
        "print(Path.cwd().name, os.environ['OMP_NUM_THREADS'])",
        "for _ in tqdm(range(3)): pass\nprint('done')",
        "warnings.warn('careful')\nobject()",
        tagged("print(time.time_ns())", "nbval-ignore-output", "wall-clock"),
        tagged("1 / 0", "raises-exception"),
    )
    assert main([]) == 0
    once = path.read_bytes()
    said = outputs(path)
    assert said[1] == "chapters 1\n"
    assert said[2] == "done\n"
    assert "cell.py:1: UserWarning: careful" in said[3]
    assert "<object at 0x...>" in said[3]
    assert "ZeroDivisionError" in said[5]
    assert main([]) == 0
    assert path.read_bytes() == once
    assert main(["--check"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "chapters/01-a.ipynb: written",
        "chapters/01-a.ipynb: as it was",
        "chapters/01-a.ipynb: as it was",
    ]
    assert str(here) not in path.read_text()
    assert main(["--fresh"]) == 0
    assert outputs(path)[4] != said[4]
    assert last_seconds()["chapters/01-a.ipynb"] > 0


def test_check_writes_nothing_and_finds_a_changed_output(here, capsys):
    path = save(here / "chapters" / "01-a.ipynb", "print(6 * 7)")
    before = path.read_bytes()
    assert main(["--check"]) == 1
    assert path.read_bytes() == before
    assert "chapters/01-a.ipynb: differs; run `python -m gptlab" in capsys.readouterr().out
    assert main([]) == 0
    path.write_text(path.read_text().replace("42", "43"))
    assert main(["--check", "--no-execute"]) == 0
    assert main(["--check"]) == 1


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["1", "x = 1\ny = 1 / 0"], "code cell 2 of 2 (`x = 1`) stops with ZeroDivisionError: div"),
        (["import os", "os._exit(3)", "1"], "the kernel died in code cell 2 of 3 (`os._exit(3)`)"),
        (
            ["import time", "time.sleep(60)"],
            "code cell 2 of 2 (`time.sleep(60)`) runs longer than 2",
        ),
        (["import os; print(os.getcwd())"], "code cell 1 puts out the absolute path"),
        (
            [tagged("1 / 0", "raises-exception"), "oops"],
            "code cell 2 of 2 (`oops`) stops with Name",
        ),
    ],
)
def test_a_failure_names_the_cell_and_leaves_the_file(here, capsys, cells, said):
    path = save(here / "chapters" / "01-a.ipynb", *cells)
    before = path.read_bytes()
    assert main(["--timeout", "2"]) == 2
    heard = capsys.readouterr()
    assert f"error: chapters/01-a.ipynb: {said}" in heard.err
    assert "Traceback" not in heard.err
    assert len(heard.err.splitlines()) == 1
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_one_that_fails_does_not_keep_the_next_from_being_made(here, capsys):
    (here / "chapters" / "01-a.ipynb").write_text("{")
    good = save(here / "chapters" / "02-b.ipynb", "print('fine')")
    assert main([]) == 2
    assert "01-a.ipynb is not a notebook" in capsys.readouterr().err
    assert outputs(good) == ["fine\n"]


def test_an_output_that_depends_on_set_order_is_found(here):
    save(here / "chapters" / "01-a.ipynb", "print({str(i) for i in range(40)})")
    assert main([]) == 0
    assert main(["--check"]) == 1


def test_find_takes_folders_files_and_nothing(here):
    one = save(here / "chapters" / "01-a.ipynb", "1")
    (here / "solutions").mkdir()
    two = save(here / "solutions" / "01-a.ipynb", "1")
    (here / "chapters" / ".01-a.ipynb.xyz.part").write_text("{")
    names = [p.as_posix() for p in find([])]
    assert names == ["chapters/01-a.ipynb", "solutions/01-a.ipynb"]
    assert find([one]) == [one]
    assert find(["solutions"])[0].resolve() == two
    with pytest.raises(LabError, match=r"there is no notebook chapters/99\.ipynb; give"):
        find(["chapters/99.ipynb"])


def test_nowhere_to_look_is_one_clear_error(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([]) == 2
    assert "run this from the repository's root" in capsys.readouterr().err


def test_report_is_a_table_and_runs_nothing(here, capsys):
    path = save(here / "chapters" / "01-a.ipynb", "x = 1\nprint(x)", "print(2)")
    before = path.read_bytes()
    assert main(["--report"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert re.split(r"\s{2,}", table[0])[:3] == ["notebook", "words", "cells"]
    row = table[1].split()
    assert row[:5] == ["chapters/01-a.ipynb", "1", "2", "1.5", "2"]
    assert row[-1] == "–"
    assert "chapters/01-a.ipynb: 2 code cells; 20 to 45 are wanted" in table
    (here / "build").mkdir()
    (here / "build" / "notebook-seconds.json").write_text(json.dumps({"chapters/01-a.ipynb": 31.4}))
    main(["--report"])
    assert capsys.readouterr().out.splitlines()[1].split()[-1] == "31"
    (here / "build" / "notebook-seconds.json").write_text("{")
    assert main(["--report"]) == 0
    assert path.read_bytes() == before
