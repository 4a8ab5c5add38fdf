"""The pieces that the book adds to its pages, each by itself."""

from __future__ import annotations

import doctest
import json
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from docutils import nodes
from docutils.utils import new_document
from nbformat.v4 import new_code_cell, new_notebook

from gptlab.authoring import (
    board_explorer,
    book_assets,
    book_chapters,
    book_exercises,
    book_glossary,
    book_library,
    book_map,
    book_pages,
)
from gptlab.errors import LabError
from gptlab.evaluation import scoreboard
from gptlab.figures import style

ROOT = Path(__file__).resolve().parents[2]


def test_every_system_of_the_board_has_its_year_from_the_bibliography():
    bib = (ROOT / "book/references.bib").read_text(encoding="utf-8")
    years = dict(re.findall(r"@\w+\{(\w+),.*?\byear *= *\{(\d{4})", bib, re.S))
    known = [board_explorer.idea(row["model"]) for row in scoreboard.rows()]
    kinds = [scoreboard.kind_of(row) for row in scoreboard.rows()]
    assert [found.kind for found in known] == kinds  # one colour on every board
    for found in {*known, *board_explorer.IDEAS}:
        assert (found.year is None) == (found.source is None), found
        if found.source:
            assert int(years[found.source]) == found.year, found


def test_every_view_has_rows_and_an_unknown_system_is_refused():
    rows = scoreboard.rows()
    page = board_explorer.explorer(rows, ROOT)
    assert page.count('<div class="house-board"') == len(board_explorer.VIEWS)
    assert "\n\n" not in page, "Markdown would end the HTML at an empty line"
    with pytest.raises(LabError, match=r"IDEAS does not know the system 'Oracle 9'"):
        board_explorer.explorer([rows[0] | {"model": "Oracle 9"}], ROOT)


def made_row(model: str, value: float, chapter: int = 2) -> scoreboard.Row:
    return {
        "board": "language models", "data": "toy_english", "metric": "bits per word",
        "model": model, "value": value, "chapter": chapter,
    }  # fmt: skip


def test_the_line_goes_from_record_to_record():
    rows = [made_row("unigram", 8.0), made_row("Kneser-Ney", 6.0), made_row("LSTM", 7.0),
            made_row("GPT", 4.0, 16)]  # fmt: skip
    page = board_explorer.explorer(rows, ROOT, ["language"])
    # unigram to Kneser-Ney and on to GPT, each a step across and a step down, then on to today;
    # the LSTM of this board is no record. One more line is the legend's.
    assert page.count('<line class="best"') == 5 + 1
    assert "GPT, 2018: 4.00 bits per word, chapter 16" in page
    part = board_explorer.explorer(rows, ROOT, ["language"], range(16, 22))
    assert part.count('class="faint"') == 3


def test_the_map_is_drawn_from_the_first_lines_of_the_chapters(tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "exercises").mkdir()
    (tmp_path / "book").mkdir()
    (tmp_path / "book/_toc.yml").write_text("- file: chapters/01-one\n- file: chapters/02-two\n")

    def write(name: str, *cells: str) -> None:
        made = [{"cell_type": "markdown", "source": [cell]} for cell in cells]
        (tmp_path / f"{name}.ipynb").write_text(json.dumps({"cells": made}))

    write("chapters/01-one", "# One\n\n**Time:** a minute. **You need:** nothing.")
    write("chapters/02-two", "# Two & more\n\n**Time:** a minute. **You\nneed:** that (chapter 1).")
    write(
        "exercises/02-two", "## Exercise 2.1\n\n*Difficulty 1 of 5. Importance: high. 45 minutes.*"
    )
    one, two = book_chapters.read_chapters(tmp_path)
    assert (one.needs, two.needs, two.exercises, two.practice) == ((), (1,), 1, 45)
    page = book_map.chapter_map([one, two])
    assert page.count("<path") == 1
    assert 'data-from="1" data-to="2"' in page
    assert "Two &amp; more" in page
    assert "\n\n" not in page
    with pytest.raises(LabError, match="99-new stands in no part of the book; extend PARTS"):
        book_map.chapter_map([one, replace(two, number=99, name="99-new")])
    write("chapters/01-one", "# One\n\nNo word about what it needs.")
    with pytest.raises(LabError, match=r"01-one\.ipynb does not open as chapters do"):
        book_chapters.read_chapters(tmp_path)


def test_chapters_need_only_what_comes_before_them():
    for chapter in book_chapters.read_chapters(ROOT):
        assert all(number < chapter.number for number in chapter.needs), chapter.name
        assert chapter.number <= 2 or chapter.needs, f"{chapter.name} needs nothing?"


def solved_cell(kind: str, source: str, **more: object) -> dict[str, object]:
    return {"cell_type": kind, "id": "a", "metadata": {}, "source": source} | more


def test_a_solution_follows_its_blank_with_what_it_prints():
    blank = json.dumps({"cells": [solved_cell("code", "def f():\n    # Your code here.")]})
    source = "def f():\n    ### BEGIN SOLUTION\n    return '```'\n    ### END SOLUTION"
    printed = [{"output_type": "stream", "name": "stdout", "text": ["42\n"]}]
    solved = json.dumps({"cells": [solved_cell("code", source, outputs=printed)]})
    first, second = json.loads(book_exercises.with_solutions(blank, solved))["cells"]
    assert "Your code here" in first["source"]
    assert second["source"].startswith("<details")
    assert "return '```'" in second["source"]
    assert "````python" in second["source"], "a longer fence than what it holds"
    assert "```text\n42\n```" in second["source"]
    assert "SOLUTION" not in second["source"]


def test_a_written_answer_comes_without_its_question():
    text = "Why?\n\n<!-- ### BEGIN SOLUTION -->\nBecause.\n<!-- ### END SOLUTION -->"
    blank = json.dumps({"cells": [solved_cell("markdown", "Why?\n\n*Your answer here.*")]})
    solved = json.dumps({"cells": [solved_cell("markdown", text)]})
    told = json.loads(book_exercises.with_solutions(blank, solved))["cells"][1]["source"]
    assert "Because." in told
    assert "Why?" not in told


def test_figures_and_equations_are_counted_by_chapter():
    import matplotlib.pyplot as plt

    page = new_document("x")
    for caption in ("First.", ""):
        figure, _ = plt.subplots()
        text = style.figure_html(figure, "A figure for a test, with axes and no line.", caption)
        plt.close(figure)
        page += nodes.raw("", text, format="html")
        page += nodes.math_block("", "a")
    assert book_chapters.number_figures(page, 7) == 2
    assert book_chapters.number_equations(page, 7) == 2
    one, two = (raw.astext() for raw in page.findall(nodes.raw))
    assert 'id="figure-7-1"' in one
    assert "Figure 7.1.</a> First." in one
    assert "Figure 7.2.</a></figcaption></figure>" in two
    assert [block["number"] for block in page.findall(nodes.math_block)] == ["7.1", "7.2"]


def test_a_picture_becomes_the_svg_that_it_holds():
    import matplotlib.pyplot as plt

    with plt.rc_context():
        style.use()
        figure, _ = plt.subplots()
    text = style.figure_html(figure, 'A "figure" with <axes> & no line at all.')
    plt.close(figure)
    made = book_pages.PICTURE.sub(book_pages.inlined, text)
    assert "<img" not in made
    assert "onload" not in made
    assert "charCodeAt" not in made
    assert 'aria-label="A &quot;figure&quot; with &lt;axes&gt; &amp; no line at all."' in made
    assert "currentColor" in made
    assert not re.search(r"<svg[^>]* color=", made)


def test_icons_keep_the_letters_that_pages_use(tmp_path):
    style_sheet = '.fa-a:before{content:"\\f0c9"}.fa-b:before{content:"\\f002"}p{color:red}'
    light, letters = book_assets.icons(style_sheet, {"fa-b", "fa-zzz"})
    assert light == '.fa-b:before{content:"\\f002"}p{color:red}'
    assert letters == "\uf002"


def test_the_library_page_says_how_to_call_and_who_uses_it(tmp_path):
    (tmp_path / "toy" / "text").mkdir(parents=True)
    (tmp_path / "toy" / "text" / "words.py").write_text(
        '"""Words."""\nclass Codec:\n    """Ids."""\n    def __init__(self, words, *, pad=0): ...\n'
        'def split(text, at=(" ", "\\n", "\\t")):\n    """Cut a text."""\ndef _hidden(): ...\n'
    )
    (tmp_path / "chapters").mkdir()
    cells = [
        new_code_cell("from toy.text.words import (\n    Codec as C,  # ids\n    split,\n)"),
        new_code_cell("print('from toy.text.words import _hidden')"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "chapters" / "03-cut.ipynb")
    package = tmp_path / "toy"
    users = book_library.used_in(tmp_path / "chapters")
    assert users == {"toy.text.words.Codec": ["03-cut"], "toy.text.words.split": ["03-cut"]}
    lines = book_library.library(package, users).splitlines()
    assert "- `Codec(words, *, pad=0)`: Ids. (chapter [3](../chapters/03-cut.ipynb))" in lines
    assert "- `split(text, at=…)`: Cut a text. (chapter [3](../chapters/03-cut.ipynb))" in lines
    assert not any("_hidden" in line for line in lines)


PIECES = (
    board_explorer,
    book_assets,
    book_chapters,
    book_glossary,
    book_library,
    book_map,
)


@pytest.mark.parametrize("module", PIECES, ids=lambda module: module.__name__)
def test_examples_of_the_pieces(module):
    assert not doctest.testmod(module).failed


def test_the_measured_pages_are_light_enough():
    path = ROOT / "benchmarks/results/book_pages.json"
    measured = json.loads(path.read_text(encoding="utf-8"))["pages"]
    chapters = [page for page in measured if page["page"].startswith("chapters/")]
    assert len(chapters) >= 18
    for page in chapters:
        assert page["sent_kb"] < 1500, page
        assert set(page["files_by_kind_kb"]) >= {"page", "style", "scripts"}, page
