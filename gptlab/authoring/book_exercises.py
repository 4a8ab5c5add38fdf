"""Exercises in the book: under each blank its solution, folded, taken from solutions/ when built.

The notebooks are not touched. What Sphinx reads of an exercise notebook has, after each cell with
a blank, one more cell: the same cell of the solution notebook between `<details>` and `</details>`.
The notebook that a reader downloads is the blank one.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from gptlab.authoring.exercises import BEGIN, END


def on_source_read(app: Sphinx, docname: str, source: list[str]) -> None:
    """For Sphinx: an exercise notebook is read with its solutions."""
    solved = Path(app.srcdir) / "solutions" / f"{Path(docname).name}.ipynb"
    if docname.startswith("exercises/") and solved.exists():
        source[0] = with_solutions(source[0], solved.read_text(encoding="utf-8"))


def with_solutions(exercises: str, solutions: str) -> str:
    """The text of an exercise notebook with each solution folded under its blank."""
    notebook = json.loads(exercises)
    solved = {cell["id"]: cell for cell in json.loads(solutions)["cells"]}
    cells = []
    for cell in notebook["cells"]:
        cells.append(cell)
        answer = solved.get(cell["id"])
        if answer is not None and BEGIN in text_of(answer):
            told = folded(answer)
            new = {"cell_type": "markdown", "id": f"{cell['id']}-solved", "metadata": {}}
            cells.append(new | {"source": told})
    return json.dumps(notebook | {"cells": cells})


def text_of(cell: dict[str, Any]) -> str:
    """A cell's source as one string."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def folded(cell: dict[str, Any]) -> str:
    """A solved cell as Markdown that opens on a click: code and what it printed, or an answer."""
    if cell["cell_type"] == "markdown":
        # Of a written answer only what was blank: the question stands above.
        pattern = rf"{BEGIN}[^\n]*\n(.*?)\n[^\n]*{END}"
        inside = "\n\n".join(re.findall(pattern, text_of(cell), re.DOTALL))
        return _details("Answer", inside)
    lines = [x for x in text_of(cell).splitlines() if BEGIN not in x and END not in x]
    shown = _fence("python", "\n".join(lines))
    printed = "".join(
        "".join(output["text"])
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream" and output["name"] == "stdout"
    )
    if printed.strip():
        shown += "\n\nIt prints:\n\n" + _fence("text", printed.rstrip())
    return _details("Solution", shown)


def _fence(language: str, text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def _details(summary: str, inside: str) -> str:
    return (
        f'<details class="house-solution">\n<summary>{summary}</summary>\n\n{inside}\n\n</details>'
    )
