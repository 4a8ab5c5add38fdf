"""The book as a PDF: every page in it, page numbers right, fonts embedded, no line cut off."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from build_once import ROOT
from pypdf import PdfReader

from gptlab.authoring import pdf
from gptlab.errors import LabError

TOC = pdf.read_toc(ROOT / "book/_toc.yml")
CHOSEN = ["chapters/12-self-attention", "exercises/12", "book/notation", "book/glossary"]
TITLES = ["12  Self-attention", "Self-attention: exercises", "Notation", "Glossary"]


def elsewhere(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call it in a thread of its own: playwright allows one browser a thread, and this process may
    have one open for the browser tests."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(function, *arguments).result()


@pytest.fixture(scope="module")
def printed(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    target = tmp_path_factory.mktemp("pdf") / "book.pdf"
    sheets = elsewhere(pdf.make, pages, target, TOC, CHOSEN)
    reader = PdfReader(target)
    assert len(reader.pages) == sheets
    return reader


@pytest.fixture(scope="module")
def texts(printed: PdfReader) -> list[str]:
    """What stands on each sheet, without the spaces."""
    return [squeezed(sheet.extract_text()) for sheet in printed.pages]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_everything_in_the_table_of_contents_is_printed():
    found = [entry.page for entry in pdf.entries(TOC)]
    listed = re.findall(r"file: (\S+)", (ROOT / "book/_toc.yml").read_text(encoding="utf-8"))
    assert found == listed
    assert len(found) >= 40
    depths = {entry.page: entry.depth for entry in pdf.entries(TOC)}
    assert depths["chapters/12-self-attention"] == 1
    assert depths["exercises/12-self-attention"] == 2
    with pytest.raises(LabError, match="no page of the book is called 99"):
        pdf.entries(TOC, ["99"])


@pytest.mark.browser
def test_outline_and_contents_lead_to_the_right_sheets(printed):
    flat = {}

    def walk(items: list) -> None:
        for item in items:
            if isinstance(item, list):
                walk(item)
            else:
                flat[item.title] = printed.get_destination_page_number(item)

    walk(printed.outline)
    assert {*TITLES, "Part III. Attention", "Appendices", "Three words and a pencil"} <= set(flat)
    contents = printed.pages[flat["Contents"]].extract_text()
    for title in TITLES:
        sheet = printed.pages[flat[title]].extract_text()
        name = title.split("  ")[-1]
        assert name in sheet[:200]
        number = printed.page_labels[flat[title]]
        assert re.search(rf"{name}\s*{number}\b", contents), f"{title} starts on {number}"
        assert sheet.split()[0] == number or sheet.split()[-1] == number, "the number on the sheet"


@pytest.mark.browser
def test_every_code_line_is_whole_and_maths_is_drawn(texts):
    text = "".join(texts)
    cells = json.loads((ROOT / f"{CHOSEN[0]}.ipynb").read_text(encoding="utf-8"))["cells"]
    hidden = {"remove-input", "remove-cell", "hide-input"}
    code = [
        "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "code" and not hidden & set(cell["metadata"].get("tags", []))
    ]
    lines = [line for source in code for line in source.splitlines() if line.strip()]
    assert len(lines) > 150
    missing = [line for line in lines if squeezed(line) not in text]
    assert not missing
    assert "\\frac" not in text
    assert "\\sqrt" not in text


@pytest.mark.browser
def test_solutions_come_at_the_end(texts):
    first = next(n for n, text in enumerate(texts) if "Self-attention:solutions" in text[:100])
    assert first >= len(texts) - 8
    before, after = "".join(texts[:first]), "".join(texts[first:])
    notebook = json.loads((ROOT / "solutions/12-self-attention.ipynb").read_text(encoding="utf-8"))
    solved = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    lines = re.findall(r"BEGIN SOLUTION\n\s*(.{12,})\n", solved)
    lines = [squeezed(line) for line in lines if re.match(r"[\w\[\]., ]+ = ", line)]
    assert len(lines) >= 3
    assert all(line in after for line in lines)
    assert "Yourcodehere" in before
    assert not all(line in before for line in lines)


@pytest.mark.browser
def test_fonts_are_embedded_and_links_stay_inside(printed):
    fonts = set()
    inside = 0
    for sheet in printed.pages:
        for font in sheet["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            if font["/Subtype"] != "/Type3":  # a Type 3 font is drawn in the file itself
                below = font.get("/DescendantFonts", [font])[0].get_object()
                described = below["/FontDescriptor"].get_object()
                assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(described), font
            fonts.add(str(font.get("/BaseFont", "Type 3")))
        for link in sheet.get("/Annots", []):
            link = link.get_object()
            inside += "/Dest" in link
            assert "127.0.0.1" not in str(link.get("/A", ""))
    assert any("STIX" in name for name in fonts)
    assert any("DejaVuSansMono" in name for name in fonts)
    assert inside >= 10, "links to the glossary's terms, from the chapter and the contents"


@pytest.mark.browser
def test_what_is_wider_than_the_sheet_is_named(tmp_path):
    (tmp_path / "wide.html").write_text(
        "<title>Wide</title><article><h1>Wide</h1>"
        f"<pre style='white-space: pre'>first {'x' * 300} last</pre></article>"
    )
    toc = {"chapters": [{"file": "wide"}, {"file": "none"}]}
    with pytest.raises(LabError, match=r"wide: 1 pieces are wider .* 'first xxx"):
        elsewhere(pdf.make, tmp_path, tmp_path / "wide.pdf", toc, ["wide"])
    assert not (tmp_path / "wide.pdf").exists()
    with pytest.raises(LabError, match=r"none\.html is not built"):
        elsewhere(pdf.make, tmp_path, tmp_path / "none.pdf", toc)
