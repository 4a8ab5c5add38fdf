"""What the book knows about each chapter from its notebook: what it needs, how long it takes.

From the line "**Time:** … **You need:** … (chapter 9)" at the head of each chapter come the line
under its title and the map of chapters; from the exercises their number and minutes. Figures and
equations get their numbers here: 12.3 is the third of chapter 12.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from gptlab.errors import LabError

PARTS = (
    ("Part I. Counting words", range(1, 6)),
    ("Part II. Learning words", range(6, 11)),
    ("Part III. Attention", range(11, 16)),
    ("Part IV. GPT", range(16, 22)),
)
WORDS_A_MINUTE = 180  # prose with formulas and figures between
CELLS_A_MINUTE = 2  # a few lines of code and what came out of them

# A capital letter is no need: "Chapter 1 is good to know".
NEED = re.compile(r"\bchapters?\s+(\d+(?:(?:\s*,\s*(?:and\s+)?|\s+(?:and|to)\s+)\d+)*)")


@dataclass(frozen=True)
class Chapter:
    """A chapter as its notebooks tell it; minutes are estimates."""

    number: int
    name: str
    title: str
    needs: tuple[int, ...]
    minutes: int
    exercises: int
    practice: int


def needed(text: str) -> tuple[int, ...]:
    """The chapters that a text asks for.

    >>> needed("attention (chapter 12), vectors (chapters 5 to 7), chapters 13 and\\n15")
    (5, 6, 7, 12, 13, 15)
    """
    found: set[int] = set()
    for each in NEED.findall(text):
        pieces = re.split(r"\s*(?:,|\band\b)\s*", each)
        for piece in filter(None, pieces):
            first, _, last = piece.partition("to")
            found |= set(range(int(first), int(last or first) + 1))
    return tuple(sorted(found))


def read_chapter(path: Path) -> Chapter:
    """The facts of one chapter and of its exercises, where there are any.

    Raises LabError for a chapter whose first cells do not say what the reader needs.
    """
    cells = _cells(path)
    prose = "\n\n".join(text for kind, text in cells if kind == "markdown")
    title = re.search(r"^# (.+)$", prose, re.MULTILINE)
    needs = re.search(r"\*\*You\s+need:\*\*(.*?)(?:\n\n|\Z)", prose, re.DOTALL)
    if not title or not needs:
        raise LabError(
            f"{path.name} does not open as chapters do: a title, `**Time:** …`, `**You need:** …`"
        )
    code = sum(kind == "code" for kind, _ in cells)
    exercises = path.parents[1] / "exercises" / path.name
    asked = ""
    if exercises.exists():
        asked = "\n".join(text for _, text in _cells(exercises))
    practice = re.findall(r"^\*Difficulty .*?(\d+) minutes", asked, re.MULTILINE)
    return Chapter(
        number=int(path.name[:2]),
        name=path.stem,
        title=title[1].strip(),
        needs=needed(needs[1]),
        minutes=round_to_five(len(prose.split()) / WORDS_A_MINUTE + code / CELLS_A_MINUTE),
        exercises=len(practice),
        practice=round_to_five(sum(map(int, practice))),
    )


def _cells(path: Path) -> list[tuple[str, str]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [(cell["cell_type"], "".join(cell["source"])) for cell in cells]


def read_chapters(root: Path) -> list[Chapter]:
    """All chapters of the table of contents that stand, in order. Raises LabError as
    `read_chapter`."""
    toc = (root / "book" / "_toc.yml").read_text(encoding="utf-8")
    return [
        read_chapter(root / f"{name}.ipynb") for name in re.findall(r"chapters/\d\d-[\w-]+", toc)
    ]


def round_to_five(minutes: float) -> int:
    """Minutes as people say them.

    >>> round_to_five(31.2), round_to_five(2)
    (30, 5)
    """
    return max(5, 5 * round(minutes / 5))


def spoken(minutes: int) -> str:
    """A time in words.

    >>> spoken(45), spoken(60), spoken(95)
    ('45 minutes', '1 hour', '1½ hours')
    """
    if minutes < 60:
        return f"{minutes} minutes"
    halves = round(minutes / 30)
    number = f"{halves // 2}{'½' * (halves % 2)}"
    return f"{number} hour{'s' * (halves > 2)}"


def open_chapter(app: Sphinx, doctree: nodes.document) -> None:
    """For Sphinx: the line under a chapter's title, and the numbers of figures and equations."""
    docname = app.env.docname
    path = Path(app.srcdir) / f"{docname}.ipynb"
    if not docname.startswith("chapters/") or not path.exists():
        return
    chapter = read_chapter(path)
    title = next(iter(doctree.findall(nodes.title)))
    title.parent.insert(title.parent.index(title) + 1, facts(app, chapter, docname))
    number_figures(doctree, chapter.number)
    number_equations(doctree, chapter.number)


def facts(app: Sphinx, chapter: Chapter, docname: str) -> nodes.paragraph:
    """Chapter 12 · about 35 minutes · 7 exercises, about 2 hours · needs chapters 3, 9."""
    line = nodes.paragraph(classes=["house-facts"])
    line += nodes.Text(f"Chapter {chapter.number} · about {spoken(chapter.minutes)} to read")
    if chapter.exercises:
        line += nodes.Text(" · ")
        line += _to(f"exercises/{chapter.name}", f"{chapter.exercises} exercises", docname)
        line += nodes.Text(f", about {spoken(chapter.practice)}")
    names = {path.stem[:2]: path.stem for path in (Path(app.srcdir) / "chapters").glob("*.ipynb")}
    there = [n for n in chapter.needs if f"{n:02}" in names]
    if there:
        line += nodes.Text(f" · needs chapter{'s' * (len(there) > 1)} ")
        for place, number in enumerate(there):
            line += nodes.Text(", " * (place > 0))
            line += _to(f"chapters/{names[f'{number:02}']}", str(number), docname)
    return line


def facts_first(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """For Sphinx, after all others: the line stands directly under the title."""
    for title in list(doctree.findall(nodes.title))[:1]:
        for line in title.parent.findall(nodes.paragraph):
            if "house-facts" in line["classes"]:
                line.parent.remove(line)
                title.parent.insert(title.parent.index(title) + 1, line)
                return


def _to(target: str, words: str, docname: str) -> addnodes.pending_xref:
    link = addnodes.pending_xref(
        "", refdomain="std", reftype="doc", reftarget=f"/{target}", refexplicit=True,
        refdoc=docname, refwarn=True,
    )  # fmt: skip
    link += nodes.inline("", words)
    return link


def number_figures(doctree: nodes.document, chapter: int) -> int:
    """Give each picture its number, in its caption, and a name to link to; return how many."""
    count = 0

    def number(figure: re.Match[str]) -> str:
        nonlocal count
        count += 1
        name = f"figure-{chapter}-{count}"
        label = f'<a class="house-number" href="#{name}">Figure {chapter}.{count}.</a>'
        text = figure[0].replace("<figure ", f'<figure id="{name}" ', 1)
        if "<figcaption>" in text:
            return text.replace("<figcaption>", f"<figcaption>{label} ", 1)
        return text.replace("</figure>", f"<figcaption>{label}</figcaption></figure>", 1)

    for raw in list(doctree.findall(nodes.raw)):
        text = raw.astext()
        if '<figure class="gptlab-figure"' in text:
            pattern = r'<figure class="gptlab-figure".*?</figure>'
            raw.children = [nodes.Text(re.sub(pattern, number, text, flags=re.DOTALL))]
            raw.rawsource = raw.astext()
    return count


def number_equations(doctree: nodes.document, chapter: int) -> int:
    """Give each displayed formula its number and a name to link to; return how many."""
    count = 0
    for block in doctree.findall(nodes.math_block):
        count += 1
        block["number"] = f"{chapter}.{count}"
        block["ids"] = [*block["ids"], f"equation-{chapter}-{count}"]
    return count


def ancestors(number: int, needs: Mapping[int, Sequence[int]]) -> set[int]:
    """All that must be read before a chapter, the chapters that its chapters need included.

    >>> sorted(ancestors(3, {3: (2,), 2: (1,), 1: ()}))
    [1, 2]
    """
    found: set[int] = set()
    waiting = list(needs.get(number, ()))
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += needs.get(each, ())
    return found
