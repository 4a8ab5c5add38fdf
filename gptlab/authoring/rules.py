"""The house rules for a chapter's notebook, as complaints that an author can act on.

They count what can be counted. Whether a page is clear, a person has to say.
"""

from __future__ import annotations

import re

from nbformat import NotebookNode

from gptlab.authoring.normalise import faults
from gptlab.authoring.shape import code_lines, exercise_numbers, measure

CELLS = (20, 45)
MEDIAN_LINES, LONGEST = 6, 25
# 3,500 words is what a chapter should have; the rest is slack, not a goal.
WORDS = (1_500, 4_500)
PICTURES = 6
COMPARED = 0.7

_OPENING = {
    "a promise: a sentence under the title": r"^# .+\n+\S",
    "the run time: `**Time:** …`": r"\*\*Time:\*\*",
    "the run time in seconds or minutes": r"\b(seconds?|minutes?)\b",
    "the run time on a laptop's CPU": r"\bCPU\b",
    "the run time on a GPU": r"\bGPU\b",
    "what the reader must know first: `**You need:** …`": r"\*\*You\s+need:\*\*",
}
_STATED = {
    "difficulty (1 to 5)": r"(?i)difficulty\W+[1-5]\b",
    "importance": r"(?i)\bimportance\b",
    "minutes": r"(?i)\b\d+\s*min",
}


def chapter_complaints(notebook: NotebookNode, glossary: str | None = None) -> list[str]:
    """What a chapter breaks of the house rules; its terms are looked up in `glossary` if given."""
    found = _size(notebook) + _opening(notebook) + _flow(notebook) + run_complaints(notebook)
    if not re.search(r"^##+ .*Exercises", _prose(notebook), flags=re.MULTILINE):
        found.append("there is no section Exercises")
    if glossary is not None:
        found += _terms(notebook, glossary)
    return found


def run_complaints(notebook: NotebookNode) -> list[str]:
    """What is wrong with the stored outputs of a chapter or a solution."""
    found = [f"code cell {number} {fault}" for number, fault in faults(notebook)]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, start=1):
        if cell.execution_count != number:
            found.append(
                f"code cell {number} has the count {cell.execution_count}: "
                "not run from top to bottom"
            )
        failed = [output.ename for output in cell.outputs if output.output_type == "error"]
        if failed and "raises-exception" not in cell.metadata.get("tags", []):
            found.append(f"code cell {number} stores the error {failed[0]}")
    return found


def exercise_complaints(notebook: NotebookNode, ids: list[str]) -> list[str]:
    """What an exercise notebook lacks; `ids` are those with a check (an open one may have none)."""
    prose = _prose(notebook)
    announced = exercise_numbers(prose)
    found = [f"the text announces no exercise {name}" for name in ids if name not in announced]
    if announced != sorted(set(announced), key=lambda name: [int(n) for n in name.split(".")]):
        found.append(f"the exercises are announced as {', '.join(announced)}: each once, in order")
    for name in announced:
        heading = rf"^(?:#+\s+|[-*]?\s*\*\*)(?:Exercise\s+)?{re.escape(name)}\b"
        section = re.split(r"^#+ ", re.split(heading, prose, flags=re.M)[-1], flags=re.M)[0]
        for what, pattern in _STATED.items():
            if not re.search(pattern, section):
                found.append(f"exercise {name} does not state its {what}")
    return found


def _prose(notebook: NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def _size(notebook: NotebookNode) -> list[str]:
    s = measure(notebook)
    found = []
    if not CELLS[0] <= s.code_cells <= CELLS[1]:
        found.append(f"{s.code_cells} code cells; {CELLS[0]} to {CELLS[1]} are wanted")
    if s.median_lines > MEDIAN_LINES:
        found.append(f"half of the code cells have over {MEDIAN_LINES} lines ({s.median_lines:g})")
    if not WORDS[0] <= s.words <= WORDS[1]:
        found.append(f"{s.words} words; {WORDS[0]} to {WORDS[1]} are wanted")
    if s.pictures < PICTURES:
        found.append(f"{s.pictures} pictures; at least {PICTURES} are wanted")
    if s.pictures_without_alt:
        found.append(
            f"{s.pictures_without_alt} pictures have no words for those who cannot see them"
        )
    if s.compared < COMPARED:
        found.append(f"{s.compared:.0%} of the code cells are compared; {COMPARED:.0%} are wanted")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, start=1):
        if (lines := code_lines(cell.source)) > LONGEST:
            found.append(f"code cell {number} has {lines} lines; at most {LONGEST}")
        # In the book every figure has a number; a number alone says nothing.
        shown = [output.get("data", {}).get("text/html", "") for output in cell.outputs]
        if any("gptlab-figure" in html and "<figcaption" not in html for html in shown):
            found.append(f"code cell {number} shows a figure without a caption")
    return found


def _opening(notebook: NotebookNode) -> list[str]:
    """The prose before the first code cell tells what, how long, and what to know."""
    opening: list[str] = []
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            break
        opening.append(cell.source)
    text = "\n\n".join(opening)
    return [
        f"the opening does not state {what}"
        for what, pattern in _OPENING.items()
        if not re.search(pattern, text)
    ]


def _flow(notebook: NotebookNode) -> list[str]:
    found, number, before = [], 0, "markdown"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            number += 1
            if before == "code":
                found.append(f"code cells {number - 1} and {number} have no sentence between them")
        before = cell.cell_type
    return found


def glossary_terms(glossary: str) -> set[str]:
    """The terms of a MyST glossary page, in lower case: the lines that are not indented."""
    block = re.search(r"^(`{3,}|:{3,})\{glossary\}\n(.*?)^\1", glossary, flags=re.M | re.S)
    lines = block[2].splitlines() if block else []
    return {line.strip().lower() for line in lines if line[:1].strip() and line[0] != ":"}


def key_terms(notebook: NotebookNode) -> list[str]:
    """The terms that the section Key terms lists: roles, bold or linked words, in lower case."""
    section = re.search(
        r"^##+ .*Key terms.*?\n(.*?)(?=^#+ |\Z)", _prose(notebook), flags=re.M | re.S
    )
    if not section:
        return []
    pattern = r"\{term\}`([^`<]+?)(?:\s*<[^`]*)?`|\*\*([^*]+)\*\*|\[([^\]]+)\]\("
    return [next(filter(None, found)).lower() for found in re.findall(pattern, section[1])]


def _terms(notebook: NotebookNode, glossary: str) -> list[str]:
    terms, known = key_terms(notebook), glossary_terms(glossary)
    if not terms:
        return ["there is no section Key terms with terms in it"]
    found = [f"the term {term!r} is not in the glossary" for term in terms if term not in known]
    body = re.split(r"^##+ .*Key terms", _prose(notebook), flags=re.M)[0]
    bold = [" ".join(text.lower().split()) for text in re.findall(r"\*\*([^*]+)\*\*", body)]
    for term in terms:
        if bold.count(term) != 1:
            found.append(
                f"the term {term!r} is bold {bold.count(term)} times; once, where it is defined"
            )
    return found
