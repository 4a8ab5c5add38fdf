"""Measuring notebooks, and the house rules: each rule must be able to complain."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from gptlab.authoring import rules, shape

GLOSSARY = """# Glossary

```{glossary}
leak test
    A test.

mask
attention mask
    Two names for one thing.
```
"""
ALT = "Loss falls from 4 to 2 in 300 steps"


def picture(html=f"<figure><img alt='{ALT}' src='data:x'></figure>"):
    return new_output("execute_result", {"text/html": html, "text/plain": "picture"})


def chapter(**changes):
    """A chapter that keeps every rule, as long as nothing is changed."""
    opening = (
        "# 99 Testing\n\nAt the end you have a test.\n\n"
        "**Time:** 40 seconds on a laptop CPU, 20 on a GPU. **You need:** chapter 12.\n"
    )
    parts = {
        "opening": opening,
        "words": "word " * 60,
        "end": "## Key terms\n\n**leak test**, {term}`mask`\n\n## Exercises\n\nFive.",
        "terms": "That **leak test** is short. A **mask** hides.",
        "code": "x = 1\nx",
        "pictures": 6,
        "alt": ALT,
    } | changes
    cells = [new_markdown_cell(parts["opening"]), new_markdown_cell(parts["terms"])]
    for i in range(30):
        cell = new_code_cell(parts["code"], execution_count=i + 1)
        if i < parts["pictures"]:
            cell.outputs = [picture(f"<img alt='{parts['alt']}' src='data:x'>")]
        cells += [cell, new_markdown_cell(parts["words"])]
    return new_notebook(cells=[*cells, new_markdown_cell(parts["end"])])


def complaints(notebook):
    return rules.chapter_complaints(notebook, GLOSSARY)


def test_a_good_chapter_has_no_complaints():
    assert complaints(chapter()) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"words": "word " * 10}, "words; 1500 to 4500 are wanted"),
        ({"words": "word " * 200}, "words; 1500 to 4500 are wanted"),
        ({"code": "x = 1\n" * 7}, "half of the code cells have over 6 lines (7)"),
        ({"code": "x = 1\n" * 26}, "code cell 1 has 26 lines; at most 25"),
        ({"pictures": 5}, "5 pictures; at least 6 are wanted"),
        ({"alt": "plot"}, "6 pictures have no words for those who cannot see them"),
        ({"opening": "# 99\n\nFor CPU and GPU, you need 12."}, "the run time: `**Time:** …`"),
        ({"opening": "# 99\n\n**Time:** long."}, "the run time in seconds or minutes"),
        ({"opening": "# 99\n\nIt takes 40 seconds. You need 12."}, "a laptop's CPU"),
        ({"opening": "# 99\n\nIt takes 40 seconds. You need 12."}, "on a GPU"),
        ({"opening": "# 99\n\nIt takes 40 seconds on a CPU or GPU."}, "must know first"),
        ({"opening": "Hello, you need a CPU, a GPU and 40 seconds."}, "a promise"),
        ({"end": "## Key terms\n\n**leak test**"}, "there is no section Exercises"),
        ({"end": "## Exercises"}, "there is no section Key terms"),
        ({"end": "## Key terms\n\n**flux**\n\n## Exercises"}, "'flux' is not in the glossary"),
        ({"terms": "That **mask** is short."}, "'leak test' is bold 0 times; once"),
        ({"terms": "**mask** **leak test** **Mask**"}, "'mask' is bold 2 times; once"),
    ],
)
def test_each_rule_complains(changes, said):
    assert any(said in complaint for complaint in complaints(chapter(**changes))), said


def test_a_figure_of_the_house_has_a_caption():
    figure = f"<figure class='gptlab-figure'><img alt='{ALT}' src='data:x'></figure>"
    notebook = chapter()
    notebook.cells[2].outputs = [picture(figure)]
    assert "code cell 1 shows a figure without a caption" in complaints(notebook)
    figure = figure.replace("</figure>", "<figcaption>Loss.</figcaption></figure>")
    notebook.cells[2].outputs = [picture(figure)]
    assert not any("caption" in complaint for complaint in complaints(notebook))


def test_too_few_and_too_many_cells():
    notebook = chapter()
    notebook.cells = notebook.cells[:20]
    assert any("code cells; 20 to 45" in c for c in complaints(notebook))


def test_two_code_cells_in_a_row():
    notebook = chapter()
    del notebook.cells[3]
    assert complaints(notebook) == ["code cells 1 and 2 have no sentence between them"]


def test_cells_that_did_not_run_in_order_or_at_all():
    notebook = chapter()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[9].execution_count, code[10].execution_count = None, 12
    assert "code cell 10 has the count None: not run from top to bottom" in complaints(notebook)
    assert "code cell 11 has the count 12: not run from top to bottom" in complaints(notebook)


def test_stored_errors_unless_they_are_meant():
    notebook = chapter()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[0].outputs = [new_output("error", ename="KeyError", evalue="x", traceback=[])]
    assert complaints(notebook)[-1] == "code cell 1 stores the error KeyError"
    code[0].metadata["tags"] = ["raises-exception"]
    assert not any("error" in c for c in complaints(notebook))


def test_absolute_paths_and_too_little_compared():
    notebook = chapter()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[9].outputs = [new_output("stream", text="/home/ada/x\n")]
    for cell in code[:10]:
        cell.metadata["tags"] = ["nbval-ignore-output"]
    found = complaints(notebook)
    assert found[0] == "67% of the code cells are compared; 70% are wanted"
    assert found[1].startswith("code cell 10 puts out the absolute path '/home/ada/x'")


def test_exercises_state_what_they_ask_for():
    stated = "Difficulty: 2 of 5 · importance: high · 10 minutes\n\nDo it."
    text = f"# Exercises\n\n## Exercise 99.1 First\n\n{stated}\n\n## 99.2\n\n{stated}"
    notebook = new_notebook(cells=[new_markdown_cell(text)])
    assert rules.exercise_complaints(notebook, ["99.1", "99.2"]) == []
    assert rules.exercise_complaints(notebook, ["99.1"]) == []
    assert rules.exercise_complaints(notebook, ["99.3"]) == ["the text announces no exercise 99.3"]
    swapped = new_notebook(cells=[new_markdown_cell(text.replace("99.1", "99.10"))])
    assert "announced as 99.10, 99.2: each once" in rules.exercise_complaints(swapped, [])[0]
    for word, what in [
        ("Difficulty: 2", "difficulty"),
        ("importance", "imp"),
        ("10 min", "minutes"),
    ]:
        one = new_notebook(cells=[new_markdown_cell(text.replace(word, "", 1))])
        found = rules.exercise_complaints(one, ["99.1", "99.2"])
        assert len(found) == 1
        assert found[0].startswith(f"exercise 99.1 does not state its {what}")


def test_terms_of_the_glossary_and_of_a_chapter():
    assert rules.glossary_terms(GLOSSARY) == {"leak test", "mask", "attention mask"}
    text = "## Key terms\n\n**A b**, {term}`C`, {term}`D <e>` and [F](../g.md)\n\n## Next\n\n**no**"
    notebook = new_notebook(cells=[new_markdown_cell(text)])
    assert rules.key_terms(notebook) == ["a b", "c", "d", "f"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("One two, three's four-five 3,500.", 5),
        ("```python\nx = 1\n```\nword", 1),
        ("$a + b$ and $$\nc\n$$ word", 2),
        ("<img alt='no words here'> word", 1),
        ("[two words](https://example.org/not/these) {term}`word`", 3),
        ("| a | b |\n|---|---|", 2),
        ("", 0),
    ],
)
def test_words(text, words):
    assert shape.count_words(text) == words


@pytest.mark.parametrize(
    ("data", "metadata", "alts"),
    [
        ({"text/html": f"<img alt='{ALT}' src='data:x'>"}, {}, [ALT]),
        ({"text/html": f'<svg role="img" aria-label="{ALT}"><g/></svg>'}, {}, [ALT]),
        ({"text/html": f"<svg><title>{ALT}</title></svg>"}, {}, [ALT]),
        ({"text/html": f"<img alt='{ALT}'><img src='data:x'>"}, {}, [""]),
        ({"text/html": "<p>words</p>"}, {}, []),
        ({"image/png": "AAAA"}, {}, [""]),
        ({"image/png": "AAAA"}, {"image/png": {"alt": ALT}}, [ALT]),
        ({"image/svg+xml": "<svg/>"}, {}, [""]),
        ({"text/plain": "3"}, {}, []),
    ],
)
def test_pictures_and_their_words(data, metadata, alts):
    output = new_output("display_data", data, metadata=metadata)
    assert shape.pictures(new_code_cell("f()", outputs=[output])) == alts


@pytest.mark.parametrize(
    ("source", "tags", "count", "data", "compared"),
    [
        ("1", [], 1, {"text/plain": "1"}, True),
        ("1", [], 1, None, True),
        ("1", ["nbval-ignore-output"], 1, {"text/plain": "1"}, False),
        ("# NBVAL_IGNORE_OUTPUT\n1", [], 1, {"text/plain": "1"}, False),
        ("1", ["nbval-skip"], 1, None, False),
        ("1", [], None, None, False),
        ("1", [], 1, {"image/png": "AAAA"}, False),
        ("1", [], 1, {"image/png": "AAAA", "text/plain": "<Figure>"}, True),
    ],
)
def test_what_counts_as_compared(source, tags, count, data, compared):
    cell = new_code_cell(source, execution_count=count, metadata={"tags": tags})
    cell.outputs = [new_output("display_data", data)] if data else []
    assert shape.is_compared(cell) == compared


def test_a_cell_has_as_many_lines_as_a_reader_sees():
    # An import, two blank lines and a function are four lines on the page, however the formatter
    # puts them; blank lines at the ends are not seen.
    assert shape.code_lines("import torch\n\n\nx = 1\n\n") == 4
    assert shape.code_lines("") == 0
