"""From solutions to exercises: what is hidden, what is kept, and that the blank runs."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from gptlab.authoring import normalise
from gptlab.authoring.exercises import add_grading, blank, blank_code, blank_text, main
from gptlab.errors import LabError

FUNCTION = '''\
def rate(step, warmup):
    """The learning rate."""
    ### BEGIN SOLUTION
    if step < warmup:
        return step / warmup
    return 1.0
    ### END SOLUTION
'''


def test_inside_a_function_a_blank_raises_with_the_right_indentation():
    assert blank_code(FUNCTION, {"rate"}, "x").splitlines() == [
        "def rate(step, warmup):",
        '    """The learning rate."""',
        "    # Your code here.",
        '    raise NotImplementedError("your code is missing here")',
    ]


def test_inside_a_method_too():
    source = (
        "class A:\n    def f(self):\n        x = 1\n        ### BEGIN SOLUTION\n        x += 1\n"
        "        ### END SOLUTION\n        return x"
    )
    made = blank_code(source, set(), "x")
    assert "\n        raise NotImplementedError(" in made
    assert made.endswith("\n        return x")
    compile(made, "x", "exec")


@pytest.mark.parametrize(
    ("solution", "used", "stub"),
    [
        ("answer = 42", {"answer"}, ["answer = None"]),
        ("per_step = 16 * 128\nanswer = per_step * 300", {"answer"}, ["answer = None"]),
        ("a, (b, *c) = f()\nd: int = 1", {"a", "b", "c", "d"}, ["a", "b", "c", "d"]),
        ("for i in range(3):\n    total = i", {"total", "i"}, ["total = None"]),
        ("import math\nx = math.pi", {"x", "math"}, ["x = None"]),
        ("def f(y):\n    z = y\n    return z", {"f", "z"}, ["f = None"]),
        ("class C:\n    size = 3", {"C", "size"}, ["C = None"]),
        ("x = [i for i in range(3)]", {"x", "i"}, ["x = None"]),
        ("answer = 42", set(), ["answer = None"]),
        ("print('look')", {"print"}, ["..."]),
    ],
)
def test_outside_of_functions_a_blank_binds_what_the_rest_needs(solution, used, stub):
    made = blank_code(f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION\nprint(1)", used, "x")
    expected = [line if line[-1] in "e." else f"{line} = None" for line in stub]
    assert made.splitlines() == ["# Your code here.", *expected, "print(1)"]


def test_a_blank_in_a_loop_keeps_its_indentation():
    source = "for i in range(3):\n    ### BEGIN SOLUTION\n    x = i\n    ### END SOLUTION\n"
    assert (
        blank_code(source, {"x"}, "x") == "for i in range(3):\n    # Your code here.\n    x = None"
    )


def test_a_blank_that_binds_nothing_still_is_a_statement_where_one_is_needed():
    source = "for i in range(3):\n    ### BEGIN SOLUTION\n    print(i)\n    ### END SOLUTION\n"
    compile(blank_code(source, set(), "x"), "x", "exec")


def test_several_blanks_in_a_cell():
    source = FUNCTION + "\n" + FUNCTION.replace("rate", "other")
    assert blank_code(source, set(), "x").count("raise NotImplementedError") == 2


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("### BEGIN SOLUTION\nx = 1", "the solution begun in line 1 has no `### END SOLUTION`"),
        ("x = 1\n### END SOLUTION", "line 2 ends a solution that was not begun"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", "line 2 begins a solution in"),
        ("### BEGIN SOLUTION\nx = = 1\n### END SOLUTION", "is not Python: invalid syntax, line 2"),
        (
            "class A:\n    ### BEGIN SOLUTION\n    def f(self): ...\n    ### END SOLUTION",
            "hides part of a class",
        ),
    ],
)
def test_faulty_markers_are_one_clear_error(source, said):
    with pytest.raises(LabError, match=r"a\.ipynb, cell 3") as caught:
        blank_code(source, set(), "a.ipynb, cell 3")
    assert said in str(caught.value)


def test_prose_between_markers_goes():
    text = "Why?\n\n<!-- ### BEGIN SOLUTION -->\nBecause.\n<!-- ### END SOLUTION -->\n\nGo on."
    assert blank_text(text, "x") == "Why?\n\n*Your answer here.*\n\nGo on."


def solved():
    check = new_code_cell("check('1.1', rate)", execution_count=2)
    check.outputs = [new_output("stream", text="right")]
    check.metadata = {"nbgrader": {"grade": True, "points": 2}, "tags": ["x"]}
    answer = new_code_cell(FUNCTION, metadata={"gptlab": {"outputs_of": "abc"}})
    return new_notebook(cells=[new_markdown_cell("# 1 Rules: solutions\n\nGo."), answer, check])


def test_ids_tags_and_grading_stay_and_outputs_go():
    notebook = solved()
    made = blank(notebook, "01-a.ipynb")
    assert [cell.id for cell in made.cells] == [cell.id for cell in notebook.cells]
    assert made.cells[2].metadata == notebook.cells[2].metadata
    assert made.cells[2].outputs == []
    assert made.cells[2].execution_count is None
    assert "gptlab" not in made.cells[1].metadata
    assert made.cells[0].source == "# 1 Rules: exercises\n\nGo."
    assert made.metadata.gptlab.made_from == "solutions/01-a.ipynb"
    # The solution itself is untouched.
    assert "BEGIN SOLUTION" in notebook.cells[1].source
    assert notebook.cells[2].outputs


def test_nothing_of_the_solution_is_left_over():
    text = normalise.to_text(blank(solved(), "01-a.ipynb"))
    for word in ("SOLUTION", "step / warmup", "right"):
        assert word not in text


def test_a_notebook_without_a_solution_is_an_error():
    with pytest.raises(LabError, match="has no solution: put one between"):
        blank(new_notebook(cells=[new_code_cell("1")]), "01-a.ipynb")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "01-a.ipynb").write_text(normalise.to_text(solved()))
    return tmp_path


def test_the_command_makes_them_and_check_finds_every_difference(here, capsys):
    target = here / "exercises" / "01-a.ipynb"
    assert main(["--check"]) == 1
    assert not target.exists()
    assert main([]) == 0
    first = target.read_bytes()
    assert main(["--check"]) == 0
    assert main([]) == 0
    assert target.read_bytes() == first
    target.write_text(target.read_text().replace("Go.", "Edited by hand."))
    capsys.readouterr()
    assert main(["--check"]) == 1
    assert "exercises/01-a.ipynb: differs from solutions/; run" in capsys.readouterr().out
    assert "Edited" in target.read_text()
    assert main([]) == 0
    assert target.read_bytes() == first


def test_an_exercise_without_a_solution_is_found_and_not_deleted(here, capsys):
    main([])
    stray = here / "exercises" / "02-b.ipynb"
    stray.write_text("{}")
    assert main(["--check"]) == 1
    assert main([]) == 1
    assert stray.exists()
    assert "exercises/02-b.ipynb: has no solution notebook" in capsys.readouterr().out


def test_an_error_leaves_the_files_alone_and_has_no_traceback(here, capsys):
    main([])
    before = (here / "exercises" / "01-a.ipynb").read_bytes()
    (here / "solutions" / "02-b.ipynb").write_text("{")
    assert main([]) == 2
    assert "02-b.ipynb is not a notebook" in capsys.readouterr().err
    assert (here / "exercises" / "01-a.ipynb").read_bytes() == before


def test_nowhere_to_look_is_one_clear_error(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([]) == 2
    assert "run this from the repository's root" in capsys.readouterr().err


def test_solutions_get_nbgraders_metadata_once():
    cells = [
        new_code_cell("from gptlab.checks import check\n# check('1.1', x) comes later"),
        new_code_cell(FUNCTION),
        new_code_cell('check("1.1", rate)'),
        new_markdown_cell("Why?\n<!-- ### BEGIN SOLUTION -->\nSo.\n<!-- ### END SOLUTION -->"),
        new_markdown_cell("### BEGINNING"),
        new_code_cell('check("1.2", rate)', metadata={"nbgrader": {"points": 5}}),
    ]
    notebook = add_grading(new_notebook(cells=cells))
    kinds = [
        (cell.metadata.nbgrader.get("solution"), cell.metadata.nbgrader.get("grade"))
        if "nbgrader" in cell.metadata
        else None
        for cell in notebook.cells
    ]
    assert kinds == [None, (True, False), (False, True), (True, True), None, (None, None)]
    assert notebook.cells[1].metadata.nbgrader.grade_id == notebook.cells[1].id
    assert "points" not in notebook.cells[1].metadata.nbgrader
    assert notebook.cells[5].metadata.nbgrader == {"points": 5}
    once = normalise.to_text(notebook)
    assert normalise.to_text(add_grading(notebook)) == once
