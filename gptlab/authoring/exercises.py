"""Make exercises/ from solutions/: what stands between the markers becomes a blank to fill in.

    python -m gptlab.authoring.exercises [--check]

The markers are nbgrader's, `### BEGIN SOLUTION` and `### END SOLUTION`, so that the same files can
be loaded into it. In code, a blank inside a function raises NotImplementedError, and a blank
outside binds to None every name that the solution binds: `check` calls both "not implemented yet",
and the notebook runs from top to bottom.
"""

from __future__ import annotations

import argparse
import ast
import copy
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode

from gptlab.authoring import normalise
from gptlab.errors import LabError

BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"
CODE_HINT = "# Your code here."
TEXT_STUB = "*Your answer here.*"


def blank(notebook: NotebookNode, name: str) -> NotebookNode:
    """The exercise notebook for a solution notebook; `name` is the file's, for messages.

    Cells keep their ids, tags and nbgrader metadata; outputs go; in the title, "Solutions" becomes
    "Exercises". Raises LabError for markers that do not pair, and where there is nothing between
    any.
    """
    made = copy.deepcopy(notebook)
    regions, used = 0, visible_names(notebook, name)
    for number, cell in enumerate(made.cells, start=1):
        where = f"{name}, cell {number}"
        regions += cell.source.count(BEGIN)
        if cell.cell_type == "code":
            cell.source = blank_code(cell.source, used, where)
            cell.outputs, cell.execution_count = [], None
            cell.metadata.pop("gptlab", None)  # which code its outputs belong to: there are none
        else:
            cell.source = blank_text(cell.source, where)
    if not regions:
        raise LabError(f"{name} has no solution: put one between `### {BEGIN}` and `### {END}`")
    _retitle(made)
    made.metadata["gptlab"] = NotebookNode({"made_from": f"solutions/{name}"})
    return normalise.normalise(made)


def blank_code(source: str, used: set[str], where: str) -> str:
    """Replace each region of code by a blank, indented like it, that binds the `used` names."""
    lines = source.splitlines()
    # Backwards, so that the numbers of the regions before stay right.
    for start, stop in reversed(_regions(lines, where)):
        indent = lines[start][: len(lines[start]) - len(lines[start].lstrip())]
        stub = [CODE_HINT, *_stub(source, start + 1, stop + 1, used, where)]
        lines[start : stop + 1] = [indent + line for line in stub]
    return "\n".join(lines)


def blank_text(source: str, where: str) -> str:
    """Take the regions out of prose; what would be left empty becomes a place to write."""
    lines = source.splitlines()
    for start, stop in reversed(_regions(lines, where)):
        lines[start : stop + 1] = [TEXT_STUB]
    return "\n".join(lines)


def _regions(lines: list[str], where: str) -> list[tuple[int, int]]:
    """First and last line of each region, markers included, counted from 0."""
    found, start = [], None
    for i, line in enumerate(lines):
        if BEGIN in line:
            if start is not None:
                raise LabError(f"{where}: line {i + 1} begins a solution inside another")
            start = i
        elif END in line:
            if start is None:
                raise LabError(f"{where}: line {i + 1} ends a solution that was not begun")
            found.append((start, i))
            start = None
    if start is not None:
        raise LabError(f"{where}: the solution begun in line {start + 1} has no `### {END}`")
    return found


def _stub(source: str, start: int, stop: int, used: set[str], where: str) -> list[str]:
    """What stands in a region (its lines counted from 1) instead of the solution."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise LabError(f"{where} is not Python: {error.msg}, line {error.lineno}") from None
    around = [node for node in ast.walk(tree) if _spans(node, start)]
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    if any(isinstance(node, functions) for node in around):
        return ['raise NotImplementedError("your code is missing here")']
    if any(isinstance(node, ast.ClassDef) for node in around):
        raise LabError(f"{where}: line {start} hides part of a class; hide inside its methods")
    names = _bound(tree, start, stop)
    # What no other line speaks of is an intermediate result, and would give the way away.
    wanted = [name for name in names if name in used] or names[-1:]
    if wanted:
        return [f"{name} = None" for name in wanted]
    return ["..."]


def _spans(node: ast.AST, line: int) -> bool:
    return getattr(node, "lineno", line) < line <= (getattr(node, "end_lineno", 0) or 0)


def _bound(tree: ast.AST, start: int, stop: int) -> list[str]:
    """The names that the statements in these lines bind, in order; loop variables and imports
    not."""
    found: list[str] = []

    def visit(node: ast.AST) -> None:
        inside = start <= getattr(node, "lineno", 0) <= stop
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.extend([node.name] if inside else [])
            return
        if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp):
            return
        if isinstance(node, ast.GeneratorExp | ast.AugAssign):
            return
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and inside:
            found.append(node.id)
        loop = node.target if isinstance(node, ast.For | ast.AsyncFor) else None
        for child in ast.iter_child_nodes(node):
            if child is not loop:
                visit(child)

    visit(tree)
    return list(dict.fromkeys(found))


def visible_names(notebook: NotebookNode, name: str) -> set[str]:
    """Every word of code that stands outside of the solutions, in the whole notebook."""
    words: set[str] = set()
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code":
            lines = cell.source.splitlines()
            for start, stop in reversed(_regions(lines, f"{name}, cell {number}")):
                del lines[start : stop + 1]
            words |= set(re.findall(r"[^\W\d]\w*", "\n".join(lines)))
    return words


def _retitle(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            title, newline, rest = cell.source.partition("\n")
            title = title.replace("Solutions", "Exercises").replace("solutions", "exercises")
            cell.source = title + newline + rest
            return


def add_grading(notebook: NotebookNode) -> NotebookNode:
    """Give the cells of a solution notebook nbgrader's metadata, in place; what is there stays.

    nbgrader refuses markers in a cell that is not declared a solution, and grades the cells that
    are declared tests: those that call `check`, one point each, which raises while nbgrader runs.
    Written answers are for a person to grade.
    """
    for cell in notebook.cells:
        hidden, written = BEGIN in cell.source, cell.cell_type == "markdown"
        test = not written and re.search(
            r"^(?!\s*#).*\bcheck\(\s*[\"']\d", cell.source, re.MULTILINE
        )
        if "nbgrader" in cell.metadata or not (hidden or test):
            continue
        graded = bool(test) or written
        cell.metadata["nbgrader"] = NotebookNode(
            {
                "grade": graded,
                "grade_id": cell.id,
                "locked": not hidden,
                "schema_version": 3,
                "solution": hidden,
                "task": False,
                **({"points": 1} if graded else {}),
            }
        )
    return notebook


def make(root: Path) -> dict[Path, str]:
    """Every file of exercises/ and the text it should have. Raises LabError where a solution is
    faulty."""
    sources = sorted(p for p in (root / "solutions").glob("*.ipynb") if not p.name.startswith("."))
    return {
        root / "exercises" / path.name: normalise.to_text(blank(normalise.read(path), path.name))
        for path in sources
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. 0: exercises/ is as it should be; 1: `--check` found a difference; 2: an
    error."""
    parser = argparse.ArgumentParser(
        prog="python -m gptlab.authoring.exercises",
        description="Make exercises/ from solutions/.",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    options = parser.parse_args(arguments)
    root = Path()
    try:
        if not (root / "solutions").is_dir():
            raise LabError("there is no folder solutions/; run this from the repository's root")
        wanted = make(root)
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    there = set((root / "exercises").glob("*.ipynb"))
    strangers = sorted(there - set(wanted))
    stale = [
        path
        for path, text in wanted.items()
        if path not in there or path.read_text(encoding="utf-8", errors="replace") != text
    ]
    for path in strangers:
        # Not deleted: somebody may have worked in it.
        print(f"{path}: has no solution notebook in solutions/; delete it or add one")
    if not options.check:
        for path in stale:
            normalise.write(path, wanted[path])
            print(f"{path}: written")
        return 1 if strangers else 0
    for path in stale:
        print(f"{path}: differs from solutions/; run `python -m gptlab.authoring.exercises`")
    return 1 if stale or strangers else 0


if __name__ == "__main__":
    sys.exit(main())
