"""Spelling and prose of all pages and notebooks; and the check itself finds what is wrong."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from gptlab.authoring import normalise, prose
from gptlab.errors import LabError

ROOT = Path(__file__).resolve().parents[1]


def test_the_prose_of_the_course_has_no_findings():
    paths = sorted(path for pattern in prose.PAGES for path in ROOT.glob(pattern))
    assert {"README.md", "index.md"} <= {path.name for path in paths}
    assert prose.prose_complaints(paths) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("This is teh end.", "teh"),
        ("The color of a curve.", "color"),
        ("We analyze it.", "analyze"),
        ("It says the the same.", "the the"),
    ],
)
def test_a_slip_is_found_with_its_place(tmp_path, monkeypatch, capsys, text, word):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"# A page\n\nAll is well here.\n\n{text}\n")
    assert prose.main(["page.md"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("page.md: line 5: ")
    assert word in said


def test_code_formulas_quotations_and_addresses_are_no_prose(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "`color` and $color$ in [this](color.md):\n\n```python\nteh = color\n```\n\n> teh color\n\n"
        "| teh | color |\n\n*teh color*\n"
    )
    assert prose.prose_complaints([page]) == []


def test_a_notebook_is_read_by_its_markdown(tmp_path):
    path = tmp_path / "a.ipynb"
    cells = [new_markdown_cell("# A"), new_code_cell("teh = 1"), new_markdown_cell("So teh end.")]
    path.write_text(normalise.to_text(new_notebook(cells=cells)))
    (said,) = prose.prose_complaints([path])
    assert "line of prose 3: teh" in said


def test_a_missing_tool_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(prose.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(LabError, match="codespell_lib is not installed"):
        prose.prose_complaints([tmp_path / "x.md"])


def test_examples_in_docstrings():
    result = doctest.testmod(prose)
    assert result.attempted
    assert not result.failed
