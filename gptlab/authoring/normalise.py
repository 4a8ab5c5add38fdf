"""Notebooks as files: read, bring into the one form that is committed, and write whole or not at
all.

In that form nothing depends on when, where or how often the notebook ran: cell ids stay, timings
and widget state go, and the few things that an author cannot help (addresses, the paths in
warnings) are replaced.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from gptlab.errors import LabError

WALL_CLOCK = "wall-clock"
"""Tag of a cell whose output differs from run to run, such as seconds; needs
`nbval-ignore-output`."""

# tests/nbval_sanitize.cfg holds the same three, for the side that nbval runs; a test keeps them
# equal.
RULES = (
    (r"(?:[A-Za-z]:)?[/\\][^\s\"'<>()\x1b]*ipykernel_\d+[/\\]\d+\.py", "cell.py"),
    (r"(?:[A-Za-z]:)?[/\\~][^\s\"'<>()\x1b]*[/\\]site-packages[/\\]", "site-packages/"),
    (r"\bat 0x[0-9a-fA-F]{6,16}\b", "at 0x..."),
)

# Roots of machines, in text that is neither a URL nor base64.
ABSOLUTE = re.compile(
    r"(?:(?<![\w+/=.~-])|file://)"
    r"(?:/(?:home|root|Users|tmp|var|work|opt|usr|mnt|private|content)/|[A-Za-z]:\\\w)[\w.\\/-]*"
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")

_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_LANGUAGE = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "pygments_lexer": "ipython3",
}
_NOTEBOOK_KEYS = ("authors", "gptlab", "jupytext", "mystnb", "title")
_CELL_KEYS = (
    "deletable",
    "editable",
    "gptlab",
    "jupyter",
    "mystnb",
    "nbgrader",
    "slideshow",
    "tags",
)
_WIDGET = "application/vnd.jupyter.widget"
_PROGRESS = re.compile(r"^.*(?:\d+%\|.*\|.*\[|\d+it \[).*\n?", re.MULTILINE)
_PATH_FAULT = (
    "puts out the absolute path {!r}, which no other machine has; "
    "print the name only, or a path relative to the notebook"
)
_PROGRESS_FAULT = (
    "shows a progress bar, which holds seconds; TQDM_DISABLE hides those of "
    "`from tqdm import tqdm`, not those of tqdm.auto or tqdm.notebook"
)


def read(path: Path) -> NotebookNode:
    """The notebook at `path`, every cell with an id. Raises LabError if it is missing or damaged.

    Not by `nbformat.read`, which gives cells without an id a random one.
    """
    try:
        notebook = v4.reads(path.read_text(encoding="utf-8"))
        nbformat.validate({**notebook, "cells": []})
        _name_cells(notebook.cells)
    except FileNotFoundError:
        raise LabError(f"there is no notebook {path}; give the path of an .ipynb file") from None
    except (ValueError, TypeError, AttributeError, KeyError, nbformat.ValidationError) as error:
        why = " ".join(str(error).split())[:100]
        raise LabError(f"{path} is not a notebook ({why}); restore it from git") from None
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def write(path: Path, text: str) -> bool:
    """Put `text` at `path`, whole or not at all; True if the file was not like that already."""
    if path.exists() and path.read_text(encoding="utf-8", errors="replace") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files for the owner alone; a committed file is readable.
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


def to_text(notebook: NotebookNode) -> str:
    """The notebook as the text of a file: sorted keys, one newline at the end. Raises if it is
    invalid."""
    nbformat.validate(notebook)
    return str(v4.writes(notebook)).rstrip("\n") + "\n"


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Bring the notebook into the form that is committed, in place; doing it twice changes nothing
    more."""
    kept = {key: notebook.metadata[key] for key in _NOTEBOOK_KEYS if key in notebook.metadata}
    notebook.metadata = NotebookNode(
        {**kept, "kernelspec": NotebookNode(_KERNEL), "language_info": NotebookNode(_LANGUAGE)}
    )
    notebook.cells = [cell for cell in notebook.cells if cell.source.strip()]
    for cell in notebook.cells:
        cell.source = cell.source.rstrip("\n")
        keys = [key for key in _CELL_KEYS if key in cell.metadata]
        cell.metadata = NotebookNode({key: cell.metadata[key] for key in keys})
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
        if cell.cell_type == "code":
            cell.outputs = _outputs(cell.outputs)
    _name_cells(notebook.cells)
    return notebook


def clean(text: str) -> str:
    """Replace what no author can help: the paths in warnings, and memory addresses."""
    for pattern, instead in RULES:
        text = re.sub(pattern, instead, text)
    return text


def texts(cell: NotebookNode) -> list[str]:
    """Everything textual that a code cell put out, colour codes left out."""
    found: list[str] = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            found.append(output.text)
        elif output.output_type == "error":
            found += [output.evalue, *output.traceback]
        else:
            found += [
                value
                for kind, value in output.data.items()
                if isinstance(value, str) and (kind.startswith("text/") or "svg" in kind)
            ]
    return [ANSI.sub("", text) for text in found]


def faults(notebook: NotebookNode) -> list[tuple[int, str]]:
    """What outputs tell of one machine or run: the number of the code cell, from 1, and what."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = []
    for number, cell in enumerate(code, start=1):
        for text in texts(cell):
            if match := ABSOLUTE.search(text):
                found.append((number, _PATH_FAULT.format(match.group())))
            if _PROGRESS.search(text):
                found.append((number, _PROGRESS_FAULT))
    return found


def fingerprint(source: str) -> str:
    """Twelve characters that change when `source` does."""
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def keep_wall_clock(old: NotebookNode, new: NotebookNode) -> None:
    """In `new`, give cells tagged `wall-clock` the outputs they had in `old`, unless their code
    changed.

    Their seconds differ every time, so a fresh output would be a change that says nothing.
    """
    before = {cell.id: cell for cell in old.cells if cell.cell_type == "code"}
    for cell in new.cells:
        if cell.cell_type != "code" or WALL_CLOCK not in cell.metadata.get("tags", []):
            continue
        mark = {"outputs_of": fingerprint(cell.source)}
        was = before.get(cell.id)
        if was is not None and was.outputs and was.metadata.get("gptlab") == mark:
            cell.outputs = was.outputs
        cell.metadata["gptlab"] = NotebookNode(mark)


def _outputs(outputs: list[NotebookNode]) -> list[NotebookNode]:
    kept: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream":
            text = re.sub(r"^.*\r(?=[^\n])", "", output.text, flags=re.MULTILINE)
            if output.name == "stderr":
                text = _PROGRESS.sub("", text)
            output.text = clean(text)
            if output.text:
                _append_stream(kept, output)
            continue
        if output.output_type == "error":
            output.evalue = clean(output.evalue)
            output.traceback = [_shorten_roots(clean(line)) for line in output.traceback]
        else:
            for kind in [kind for kind in output.data if kind.startswith(_WIDGET)]:
                del output.data[kind]
            for kind, value in output.data.items():
                if isinstance(value, str) and kind.startswith("text/"):
                    output.data[kind] = clean(value)
            if not output.data:
                continue
        kept.append(output)
    return kept


def _append_stream(kept: list[NotebookNode], output: NotebookNode) -> None:
    """Join text to what the same stream said since the last picture; stdout stands before stderr.

    How a kernel cuts its text into messages, and how two streams interleave, is a matter of timing.
    """
    start = len(kept)
    while start and kept[start - 1].output_type == "stream":
        start -= 1
    for earlier in kept[start:]:
        if earlier.name == output.name:
            earlier.text += output.text
            return
    kept.insert(start if output.name == "stdout" else len(kept), output)


def _shorten_roots(text: str) -> str:
    """A traceback without the checkout's and the reader's own folders (nbval never compares
    these)."""
    for root, instead in [(Path.cwd(), ""), (Path.home(), "~/"), (tempfile.gettempdir(), "")]:
        text = text.replace(f"{root}{os.sep}", instead)
    return text


def _name_cells(cells: list[NotebookNode]) -> None:
    """Keep each id that is valid and the first of its name; make the others from the cell's
    content."""
    taken: set[str] = set()
    for cell in cells:
        wanted = cell.get("id", "")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", wanted) or wanted in taken:
            base = fingerprint(f"{cell.cell_type}\n{cell.source}")[:8]
            names = [base, *(f"{base}-{n}" for n in range(2, len(cells) + 2))]
            later = {other.get("id") for other in cells}
            wanted = next(name for name in names if name not in taken and name not in later)
        taken.add(wanted)
        cell.id = wanted
