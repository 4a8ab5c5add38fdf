"""The library as a page of the book: every public name with the first line of its docstring."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

# In the order in which one may use the other; what stands at the root comes first.
ROOMS = (
    "", "text", "classic", "embeddings", "layers", "models", "training", "generation",
    "evaluation", "figures", "checks",
)  # fmt: skip


def write_library(package: Path, folder: Path) -> None:
    """Write `library.md` into `folder`, if it has changed."""
    page, text = folder / "library.md", library(package)
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        page.write_text(text, encoding="utf-8")


def library(package: Path) -> str:
    """The rooms, their modules and what these offer, as Markdown."""
    parts = []
    for room in ROOMS:
        place = package / room
        init = place / "__init__.py"
        parts.append(f"## {f'{package.name}.{room}' if room else package.name}")
        if init.exists() and (told := first_line(ast.parse(init.read_text(encoding="utf-8")))):
            parts.append(told)
        for file in sorted(place.glob("*.py")):
            # Checks are one module a chapter; a learner calls them by `check`.
            if file.name.startswith(("_", "chapter")):
                continue
            parts += list(module(package, file))
    return "\n\n".join(parts) + "\n"


def module(package: Path, file: Path) -> Iterator[str]:
    """One module: its name and first line, and a list of its public names."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    name = ".".join((package.name, *file.relative_to(package).with_suffix("").parts))
    yield f"**`{name}`**: {first_line(tree)}"
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    lines = [
        f"- `{node.name}`: {first_line(node)}"
        for node in tree.body
        if isinstance(node, kinds) and not node.name.startswith("_")
    ]
    if lines:
        yield "\n".join(lines)


def first_line(node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    """The first paragraph of a docstring on one line, safe in Markdown.

    >>> first_line(ast.parse("'What: $a_i$ and `<b>`, not a_b. And more.'"))
    'What: $a_i$ and `<b>`, not a\\\\_b. And more.'
    """
    told = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
    # Outside of code and formulas these would be read as Markdown.
    pieces = re.split(r"(`[^`]*`|\$[^$]*\$)", told)
    return "".join(
        piece if place % 2 else re.sub(r"([\\*_<\[\]])", r"\\\1", piece)
        for place, piece in enumerate(pieces)
    )
