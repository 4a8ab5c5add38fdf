"""What the library defines is used by something that is not its own test."""

from __future__ import annotations

from pathlib import Path

import nbformat
import vulture

ROOT = Path(__file__).resolve().parents[1]
KINDS = {"class", "function", "method", "property", "import", "unreachable_code"}
# Called by name from outside: by Jupyter, by the Trainer's callbacks, by a web server, by authors.
CALLED_ELSEWHERE = {
    "__getattr__", "_repr_html_", "on_start", "on_step", "on_end", "log_message", "kernel_spec",
    "exercise_complaints",
    "PAD_PIECE",
}  # fmt: skip


def unused(*sources: tuple[str, str]) -> list[str]:
    """What nothing in the sources uses; each source is its name and its code."""
    reader = vulture.Vulture()
    for name, code in sources:
        reader.scan(code, filename=name)
    return [
        f"{item.filename}: {item.name}"
        for item in reader.get_unused_code(min_confidence=60)
        if item.typ in KINDS or (item.typ == "variable" and item.name.strip("_").isupper())
    ]


def library() -> list[tuple[str, str]]:
    paths = sorted((ROOT / "gptlab").rglob("*.py"))
    return [(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in paths]


def users() -> list[tuple[str, str]]:
    """Benchmarks, and the code of all notebooks, lines for the shell left out."""
    sources = [(path.name, path.read_text()) for path in (ROOT / "benchmarks").glob("*.py")]
    for room in ("chapters", "solutions", "exercises"):
        for path in sorted((ROOT / room).glob("*.ipynb")):
            cells = nbformat.read(path, as_version=4).cells
            code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
            lines = [line for line in code.splitlines() if not line.startswith(("%", "!"))]
            sources.append((f"{room}-{path.stem}.py", "\n".join(lines)))
    return sources


def test_the_library_has_no_dead_code():
    found = [line for line in unused(*library(), *users()) if line.startswith("gptlab")]
    assert [line for line in found if line.split(": ")[1] not in CALLED_ELSEWHERE] == []


def test_dead_code_would_be_found():
    source = (
        "import os\n\nLIMIT = 3\n\n\ndef used():\n    return 1\n\n\ndef dead():\n    return 2\n"
    )
    found = unused(("gptlab/a.py", source), ("chapter.py", "used()\n"))
    assert sorted(found) == ["gptlab/a.py: LIMIT", "gptlab/a.py: dead", "gptlab/a.py: os"]
