"""The shape of a notebook in numbers: words, cells, pictures, and how much of it a test
compares."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from nbformat import NotebookNode

NOT_COMPARED = {"nbval-ignore-output", "nbval-skip"}
_MARKERS = {"NBVAL_IGNORE_OUTPUT", "NBVAL_SKIP", "PYTEST_VALIDATE_IGNORE_OUTPUT"}
MIN_ALT = 20
HEAD = ["notebook", "words", "cells", "median", "longest", "pictures", "exercises", "compared"]
HEAD += ["seconds"]


@dataclass(frozen=True)
class Shape:
    """What there is in one notebook. `compared`: the share of code cells whose output nbval
    compares."""

    words: int
    code_cells: int
    median_lines: float
    longest: int
    pictures: int
    pictures_without_alt: int
    exercises: int
    compared: float


def measure(notebook: NotebookNode) -> Shape:
    """The shape of `notebook`, from its stored cells and outputs."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    lines = [code_lines(cell.source) for cell in code]
    alts = [alt for cell in code for alt in pictures(cell)]
    return Shape(
        words=sum(map(count_words, prose)),
        code_cells=len(code),
        median_lines=median(lines) if lines else 0,
        longest=max(lines, default=0),
        pictures=len(alts),
        pictures_without_alt=sum(len(alt) < MIN_ALT for alt in alts),
        exercises=len({name for text in prose for name in exercise_numbers(text)}),
        compared=sum(map(is_compared, code)) / len(code) if code else 0.0,
    )


def code_lines(source: str) -> int:
    """Lines of a cell as a reader sees it, blank ones between them too."""
    return len(source.strip().splitlines())


def count_words(markdown: str) -> int:
    """Words of prose: code blocks, formulas, HTML tags and link targets do not count.

    >>> count_words("We *read* `x` and $a + b$ in [the paper](https://example.org/a-b).")
    6
    """
    text = re.sub(r"^(```|~~~).*?^\1\s*$", " ", markdown, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$|<!--.*?-->", " ", text, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>|\]\([^)]*\)|\]\[[^]]*\]|\{[\w:-]+\}", " ", text)
    return len(re.findall(r"[^\W_]+(?:[’'.,-][^\W_]+)*", text))


def exercise_numbers(markdown: str) -> list[str]:
    """The exercises that a text announces, in headings or bold: `### Exercise 17.3`, `**17.3**`."""
    pattern = r"^(?:#+\s+|[-*]?\s*\*\*)(?:Exercise\s+)?(\d+\.\d+)\b"
    return re.findall(pattern, markdown, flags=re.MULTILINE)


def is_compared(cell: NotebookNode) -> bool:
    """True when nbval compares something of this code cell: pixels and widgets it never looks
    at."""
    comments = {line.strip().lstrip("#").strip() for line in cell.source.splitlines()}
    if NOT_COMPARED & set(cell.metadata.get("tags", [])) or _MARKERS & comments:
        return False
    if cell.execution_count is None:
        return False
    blind = ("image/png", "image/jpeg")
    shown = [output for output in cell.outputs if "data" in output]
    only_pixels = shown and all(all(kind in blind for kind in output.data) for output in shown)
    return not (only_pixels and len(shown) == len(cell.outputs))


def pictures(cell: NotebookNode) -> list[str]:
    """The text alternative of each output of this code cell that is a picture; "" where it has
    none."""
    given = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
    found = []
    for output in cell.outputs:
        data = output.get("data", {})
        html = data.get("text/html", "")
        if re.search(r"<(img|svg|canvas)\b", html):
            found.append(_alt_of_html(html))
        elif svg := data.get("image/svg+xml"):
            found.append(_alt_of_html(svg) or given)
        elif any(kind.startswith("image/") for kind in data):
            of_kind = [output.metadata.get(kind, {}).get("alt", "") for kind in data]
            found.append(max([output.metadata.get("alt", ""), given, *of_kind], key=len))
    return found


def _alt_of_html(html: str) -> str:
    """The shortest alternative in it: one picture without any makes the whole output without."""
    alts = [_attribute(tag, "alt") for tag in re.findall(r"<img\b[^>]*>", html)]
    for tag in re.findall(r"<(?:svg|canvas)\b[^>]*>", html):
        alts.append(_attribute(tag, "aria-label"))
    title = re.search(r"<title[^>]*>(.*?)</title>", html, flags=re.DOTALL)
    if title and not any(alts):
        return title[1].strip()
    return min(alts, key=len, default="")


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"\b{name}=(\"[^\"]*\"|'[^']*')", tag)
    return found[1][1:-1].strip() if found else ""


def table(notebooks: Sequence[tuple[str, Shape]], seconds: Mapping[str, float]) -> str:
    """A table of shapes for a terminal; `seconds` by name, "–" where none is known."""
    rows = _rows(notebooks, seconds)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join(lines)


def markdown_table(notebooks: Sequence[tuple[str, Shape]], seconds: Mapping[str, float]) -> str:
    """The same table in Markdown, with the sums below."""
    head, *rows = _rows(notebooks, seconds)
    shapes = [s for _, s in notebooks]
    total = ["all", f"{sum(s.words for s in shapes):,}", str(sum(s.code_cells for s in shapes))]
    total += ["", "", str(sum(s.pictures for s in shapes)), str(sum(s.exercises for s in shapes))]
    total += ["", f"{sum(seconds.get(name, 0.0) for name, _ in notebooks):.0f}"]
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows, total]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _rows(notebooks: Sequence[tuple[str, Shape]], seconds: Mapping[str, float]) -> list[list[str]]:
    rows = [list(HEAD)]
    for name, s in notebooks:
        counts = [s.words, s.code_cells, f"{s.median_lines:g}", s.longest, s.pictures, s.exercises]
        took = f"{seconds[name]:.0f}" if name in seconds else "–"
        rows.append([name, *map(str, counts), f"{s.compared:.0%}", took])
    return rows
