"""Printed pages of the book put together as one PDF: links, outline, page numbers' style.

Chromium knows one page at a time. A link to another chapter therefore leaves it as a link to an
address; here it becomes a link to the sheet where that chapter, or the place in it, has come.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pypdf import PdfReader, PdfWriter


@dataclass
class Entry:
    """One page of the book in the PDF."""

    page: str  # "chapters/17-training"
    part: str  # "Part IV. GPT"; empty for what stands before the parts
    depth: int  # 1 for a chapter, 2 for what belongs to it
    solutions: bool = False  # an exercise page once more: its solutions instead of its questions
    title: str = ""
    start: int = 0  # the number on its first sheet
    sections: list[tuple[str, int]] = field(default_factory=list)
    sheets: PdfReader | None = None

    @property
    def name(self) -> str:
        """What no other entry is called."""
        return f"{self.page} solved" if self.solutions else self.page


def headings(sheets: PdfReader) -> list[tuple[str, int, int]]:
    """Title, sheet (from 0) and level (from 1) of each heading in Chromium's outline."""
    found: list[tuple[str, int, int]] = []

    def walk(items: list[Any], level: int) -> None:
        for item in items:
            if isinstance(item, list):
                walk(item, level + 1)
            else:
                number = sheets.get_destination_page_number(item)
                found.append((str(item.title), number or 0, level))

    walk(sheets.outline, 1)
    return found


def bind(front: PdfReader, chosen: list[Entry], address: str) -> PdfWriter:
    """One PDF of all parts, its links and its outline leading inside it."""
    from pypdf import PdfWriter
    from pypdf.constants import PageLabelStyle
    from pypdf.generic import ArrayObject, FloatObject, NameObject, NullObject, TextStringObject

    writer = PdfWriter()
    parts = [("", front), *((entry.name, entry.sheets) for entry in chosen)]
    first: dict[str, int] = {}
    places: dict[tuple[str, str], Any] = {}
    for name, sheets in parts:
        assert sheets is not None
        first[name] = len(writer.pages)
        for sheet in sheets.pages:
            writer.add_page(sheet)
        for target, place in sheets.named_destinations.items():
            number = first[name] + (sheets.get_destination_page_number(place) or 0)
            key = (name, unquote(str(target).removeprefix("/")))
            places[key] = (number, float(place.left or 0), float(place.top or 0))
    for name, sheets in parts:
        for number in range(first[name], first[name] + len(sheets.pages)):  # type: ignore[union-attr]
            page = writer.pages[number]
            kept = ArrayObject()
            for link in page.get("/Annots", []):
                note = link.get_object()
                place = _inside(note, name, address, first, places)
                if place == "elsewhere":
                    kept.append(link)
                    continue
                if place is None:
                    continue  # to a page that is not in the PDF: the words stay, the link goes
                note.pop("/A", None)
                to, left, top = place
                spot = [writer.pages[to].indirect_reference, NameObject("/XYZ")]
                spot += [FloatObject(left), FloatObject(top), NullObject()]
                note[NameObject("/Dest")] = ArrayObject(spot)
                kept.append(link)
            if "/Annots" in page:
                page[NameObject("/Annots")] = kept
    _write_outline(writer, chosen, first)
    roman = first[chosen[0].name]
    writer.set_page_label(0, roman - 1, style=PageLabelStyle.LOWERCASE_ROMAN)
    writer.set_page_label(roman, len(writer.pages) - 1, style=PageLabelStyle.DECIMAL)
    writer.add_metadata({"/Title": "How language models work", "/Author": "The gptlab authors"})
    writer.root_object[NameObject("/Lang")] = TextStringObject("en")
    writer.page_mode = "/UseOutlines"
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    return writer


def _inside(
    note: Any, name: str, address: str, first: dict[str, int], places: dict[tuple[str, str], Any]
) -> Any:
    """Where a link leads: a place in the PDF, "elsewhere" (the web), or None (nowhere)."""
    if "/Dest" in note:
        return places.get((name, unquote(str(note["/Dest"]).removeprefix("/"))))
    action = note.get("/A", {})
    uri = str(action.get("/URI", ""))
    if not uri.startswith(address):
        return "elsewhere" if uri.startswith(("https:", "http:", "mailto:")) else None
    path = urlsplit(uri)
    page = unquote(path.path)[1:].removesuffix(".html")
    if page not in first:
        return None
    top = (first[page], 0.0, 842.0)
    return places.get((page, unquote(path.fragment)), top)


def _write_outline(writer: PdfWriter, chosen: list[Entry], first: dict[str, int]) -> None:
    """Parts, chapters, sections: what a reader's side bar shows."""
    parents: dict[int, Any] = {}
    writer.add_outline_item(title="Contents", page_number=min(1, len(writer.pages) - 1))
    for entry in chosen:
        at = first[entry.name]
        if entry.part and parents.get(0, (None,))[0] != entry.part:
            item = writer.add_outline_item(title=entry.part, page_number=at, is_open=False)
            parents = {0: (entry.part, item)}
        if entry.title == entry.part:
            continue  # the page that opens a part
        above = parents.get(entry.depth - 1, parents.get(0))
        item = writer.add_outline_item(
            title=entry.title,
            page_number=at,
            parent=above[1] if above else None,
            is_open=False,
        )
        parents[entry.depth] = (entry.title, item)
        for title, sheet in entry.sections:
            writer.add_outline_item(title=title, page_number=at + sheet, parent=item)
