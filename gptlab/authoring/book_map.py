"""The map of chapters: what must be read before what, drawn from the chapters' own first lines."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path

from gptlab.authoring.book_chapters import PARTS, Chapter, ancestors, read_chapters, spoken
from gptlab.errors import LabError

ROW, LEFT = 40, 104  # pixels: the height of a line, the room for the arcs beside it


def write_map(root: Path, folder: Path) -> None:
    """Write `chapter-map.md` into `folder`, if it has changed. Raises LabError where a chapter does
    not say what it needs."""
    text, page = chapter_map(read_chapters(root)), folder / "chapter-map.md"
    folder.mkdir(parents=True, exist_ok=True)
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        page.write_text(text, encoding="utf-8")


def chapter_map(chapters: Sequence[Chapter]) -> str:
    """A list of the chapters with arcs beside it, as HTML that Markdown can hold.

    An arc runs from each chapter to those that it needs. The list says the same in words, so the
    arcs are hidden from screen readers. Raises LabError for a chapter that stands in no part.
    """
    if strays := [c.name for c in chapters if not any(c.number in numbers for _, numbers in PARTS)]:
        raise LabError(
            f"{strays[0]} stands in no part of the book; extend PARTS in book_chapters.py"
        )
    needs = {chapter.number: chapter.needs for chapter in chapters}
    heights: dict[int, float] = {}
    items, top = [], 0.0
    for title, numbers in PARTS:
        there = [chapter for chapter in chapters if chapter.number in numbers]
        if there:
            items.append(f'<li class="house-map-part">{html.escape(title)}</li>')
            top += ROW
        for chapter in there:
            heights[chapter.number] = top + ROW / 2
            items.append(_item(chapter, needs))
            top += ROW
    arcs = [
        _arc(number, heights[number], other, heights[other])
        for number in heights
        for other in needs[number]
        if other in heights
    ]
    dots = [
        f'<circle data-chapter="{number}" cx="{LEFT - 8}" cy="{y:g}" r="4"/>'
        for number, y in heights.items()
    ]
    size = f'width="{LEFT}" height="{top:g}"'
    svg = f'<svg {size} aria-hidden="true">{"".join(arcs)}{"".join(dots)}</svg>'
    return f'<div class="house-map">{svg}<ul>{"".join(items)}</ul></div>\n'


def _arc(number: int, y: float, other: int, before: float) -> str:
    x, reach = LEFT - 8, min(LEFT - 12, 10 + 5.5 * (y - before) / ROW)
    curve = f"M{x} {before:g}C{x - reach:.1f} {before:g} {x - reach:.1f} {y:g} {x} {y:g}"
    return f'<path data-from="{other}" data-to="{number}" d="{curve}"/>'


def _item(chapter: Chapter, needs: Mapping[int, Sequence[int]]) -> str:
    before = " ".join(map(str, sorted(ancestors(chapter.number, needs))))
    asked = ", ".join(map(str, chapter.needs))
    told = f"needs {asked}" if asked else "needs nothing before it"
    time = f"{spoken(chapter.minutes)}, exercises {spoken(chapter.practice)}"
    return (
        f'<li data-chapter="{chapter.number}" data-before="{before}">'
        f'<a href="../chapters/{chapter.name}.html">{chapter.number}. {html.escape(chapter.title)}'
        f"</a><small>{told} · {time}</small></li>"
    )
