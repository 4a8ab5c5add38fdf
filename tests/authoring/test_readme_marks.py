"""Marks in README.md: what is stored is what is printed, and what is missing is named."""

from __future__ import annotations

import doctest
import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from gptlab.authoring import normalise, readme, shape
from gptlab.errors import LabError

RESULTS = {
    "rows": [{"model": "GPT, small", "value": 1.9949}, {"model": "LSTM", "value": 2}],
    "sample": "The *city* of Aachen.\n\nIt lies <north> of " + "many " * 200 + "places.",
    "steps": 1234567,
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "r.json").write_text(json.dumps(RESULTS))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def number(way: str, shown: str) -> str:
    return f"<!-- number:r.json#{way} -->{shown}<!-- /number -->"


@pytest.mark.parametrize(
    ("way", "before", "after"),
    [
        ("rows[model=GPT, small].value", "0.00", "1.99"),
        ("rows[model=LSTM].value", "7.000", "2.000"),
        ("rows[1].value", "0", "2"),
        ("steps", "1", "1,234,567"),
    ],
)
def test_number_keeps_its_decimals(folder, way, before, after):
    page = f"so {number(way, before)} bits"
    assert readme.filled(page, folder) == f"so {number(way, after)} bits"
    assert readme.filled(readme.filled(page, folder), folder) == readme.filled(page, folder)


def test_quotation_is_cut_between_words_and_shows_its_signs(folder):
    page = readme.filled("<!-- text:r.json#sample -->\nold\n<!-- /text -->\n", folder)
    lines = page.splitlines()
    assert lines[0] == "<!-- text:r.json#sample -->"
    assert lines[1:4] == ["> The \\*city\\* of Aachen.", ">", lines[3]]
    assert lines[3].startswith("> It lies \\<north> of many many")
    assert lines[-2].endswith("many …")
    assert len(page) < readme.LONGEST + 100
    assert all(len(line) <= 120 for line in lines)
    assert readme.filled(page, folder) == page


@pytest.mark.parametrize(
    "mark",
    [
        "gone.json#x",
        "r.json#x",
        "r.json#rows[5].value",
        "r.json#rows[model=GRU].value",
        "r.json#rows[colour=red].value",
        "r.json#steps.more",
    ],
)
def test_what_is_not_stored_is_named(folder, mark):
    with pytest.raises(LabError, match="nothing is stored") as told:
        readme.filled(f"<!-- number:{mark} -->1<!-- /number -->", folder)
    assert mark in str(told.value)


def test_two_entries_for_one_choice_are_refused(folder):
    (folder / "r.json").write_text(json.dumps([{"m": "a", "v": 1}, {"m": "a", "v": 2}]))
    with pytest.raises(LabError, match="nothing is stored"):
        readme.look_up("r.json#[m=a].v", folder)


def test_text_is_no_number(folder):
    with pytest.raises(LabError, match="is no number"):
        readme.filled(number("sample", "1"), folder)


def test_command(folder, capsys):
    assert readme.main([]) == 2
    assert "no README.md" in capsys.readouterr().err
    page = folder / "README.md"
    page.write_text(number("steps", "0"))
    assert readme.main(["--check"]) == 1
    assert page.read_text() == number("steps", "0")
    assert readme.main([]) == 0
    assert page.read_text() == number("steps", "1,234,567")
    assert readme.main(["--check"]) == 0
    page.write_text(number("gone", "0"))
    assert readme.main([]) == 2
    assert page.read_text() == number("gone", "0")


def save_notebook(path, *cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(normalise.to_text(new_notebook(cells=list(cells))))


def test_table_has_a_row_for_each_chapter_and_the_sums(folder):
    save_notebook(
        folder / "chapters/01-a.ipynb",
        new_markdown_cell("# One two three"),
        new_code_cell("a = 1\n\nb = 2"),
        new_code_cell("c = 3"),
    )
    save_notebook(folder / "solutions/01-a.ipynb", new_markdown_cell("## Exercise 1.1\n\n## 1.2"))
    save_notebook(folder / "chapters/02-b.ipynb", new_markdown_cell("four"), new_code_cell("d"))
    save_notebook(folder / "solutions/02-b.ipynb", new_markdown_cell("**2.1** five"))
    page = "<!-- table:chapters -->\nold\n<!-- /table -->\n"
    with pytest.raises(LabError, match=r"chapters\.json"):
        readme.filled(page, folder)
    (folder / "benchmarks/results").mkdir(parents=True)
    (folder / "benchmarks/results/chapters.json").write_text('{"seconds": {"01-a": 12.3}}')
    filled = readme.filled(page, folder)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in filled.splitlines()[1:-1]]
    assert rows[0] == shape.HEAD
    assert rows[2:] == [
        ["01-a", "3", "2", "2", "3", "0", "2", "0%", "12"],
        ["02-b", "1", "1", "1", "1", "0", "1", "0%", "–"],
        ["all", "4", "3", "", "", "0", "3", "", "12"],
    ]
    assert readme.filled(filled, folder) == filled


def test_tables_of_what_the_tests_run_and_how_long_they_take(folder):
    kept = folder / "benchmarks" / "results"
    kept.mkdir(parents=True)
    rows = [{"room": "text", "lines": 3859, "percent": 94.6}]
    seconds = {f"tests/test_{number}.py": float(number) for number in range(1, 21)}
    (kept / "tests.json").write_text(json.dumps({"coverage": rows, "seconds": seconds}))
    page = "<!-- table:coverage -->\n<!-- /table -->\n<!-- table:slowest -->\n<!-- /table -->\n"
    filled = readme.filled(page, folder)
    assert "| text | 3,859 | 95% |" in filled
    longest = [line for line in filled.splitlines() if line.startswith("| `")]
    assert longest[0] == "| `tests/test_20.py` | 20 |"
    assert len(longest) == readme.SLOWEST
    assert readme.filled(filled, folder) == filled
    with pytest.raises(LabError, match=r"no table 'words'; there are chapters, coverage"):
        readme.filled("<!-- table:words -->\n<!-- /table -->\n", folder)


def test_examples_in_docstrings():
    result = doctest.testmod(readme)
    assert result.attempted
    assert not result.failed
