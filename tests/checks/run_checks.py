"""Run what a notebook's checks need, and print what each check answered, as JSON.

    python run_checks.py NOTEBOOK

Only the cells that a checked answer depends on run: found from the answer backwards by the names
that cells bind and use, so that plots and long trainings beside it cost nothing. A process of its
own, because notebooks set seeds, threads and plot styles.
"""

from __future__ import annotations

import ast
import builtins
import json
import linecache
import os
import sys
from pathlib import Path
from typing import Any

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def bound(tree: ast.AST) -> tuple[set[str], set[str]]:
    """Names that a cell binds for certain, and names whose object it may change in place."""
    certain: set[str] = set()
    changed: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, SCOPES):
            certain.add(node.name)
            return
        if isinstance(node, ast.Import | ast.ImportFrom):
            certain.update((a.asname or a.name).split(".")[0] for a in node.names)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            certain.add(node.id)
        stored = isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store)
        called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        if stored or called:
            # x[0] = …, x.y = …, x.append(…), fill(x): each may change x.
            changed.update(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(tree)
    return certain, changed


def used(tree: ast.AST) -> set[str]:
    """Names that a cell looks up, in its functions as well."""
    names = {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    }
    added = {n.target.id for n in ast.walk(tree) if _adds_to_name(n)}
    return (names | added) - set(dir(builtins))


def _adds_to_name(node: ast.AST) -> bool:
    return isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)


def checked(tree: ast.AST) -> list[str]:
    """The exercises that a cell checks."""
    return [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "check"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]


def needed(trees: list[ast.Module]) -> list[int]:
    """The cells, in order, that the checks depend on, checks included."""
    keep: list[int] = []
    wanted: set[str] = set()
    for i in reversed(range(len(trees))):
        certain, changed = bound(trees[i])
        if checked(trees[i]) or wanted & (certain | changed):
            keep.append(i)
            wanted = (wanted - certain) | used(trees[i])
    # A function may use what is defined after it; that is not found on the way back.
    while True:
        have = {name for i in keep for name in bound(trees[i])[0]}
        missing = {name for i in keep for name in used(trees[i])} - have
        more = {i for i, tree in enumerate(trees) if missing & bound(tree)[0]} - set(keep)
        if not more:
            return sorted(keep)
        keep += more


def sources(path: Path) -> list[str]:
    """The code cells of a notebook."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def run(path: Path) -> dict[str, dict[str, Any]]:
    """Run those cells in the notebook's folder; status, label and text of each check."""
    from IPython.display import display

    import gptlab.checks
    from gptlab.checks.core import check

    answers: dict[str, dict[str, Any]] = {}

    def record(exercise: str, answer: Any) -> Any:
        result = check(exercise, answer)
        answers[exercise] = {"status": result.status, "label": result.label, "text": result.text}
        return result

    gptlab.checks.check = record
    cells = sources(path)
    trees = [ast.parse(cell) for cell in cells]
    os.chdir(path.parent)
    scope: dict[str, Any] = {"__name__": "__main__", "display": display}
    for i in needed(trees):
        name = f"<code cell {i + 1}>"
        linecache.cache[name] = (len(cells[i]), None, cells[i].splitlines(True), name)
        exec(compile(cells[i], name, "exec"), scope)
    return answers


if __name__ == "__main__":
    real = sys.stdout
    sys.stdout = sys.stderr  # what cells print is not the answer
    found = run(Path(sys.argv[1]).resolve())
    print(json.dumps(found), file=real)
