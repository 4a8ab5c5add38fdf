"""The whole book as one PDF: `make pdf`, or `python -m gptlab.authoring.pdf`.

Each built page is printed by Chromium in the order of the table of contents (a page of its own, so
that no two widgets meet), with the page numbers going on; then the parts are put together: links
between chapters lead to the page in the PDF, the outline has every section, and the contents, which
know all page numbers, come first. Text is set in the fonts that matplotlib carries, so that the PDF
looks the same wherever it is made.
"""

from __future__ import annotations

import argparse
import html
import importlib.util
import io
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

from gptlab.authoring.book import ROOT, build
from gptlab.authoring.browser import open_browser, serve
from gptlab.authoring.pdf_binding import Entry, bind, headings
from gptlab.errors import LabError
from gptlab.text.files import atomic_write

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pypdf import PdfReader

FONTS = "pdf-fonts"
A4_TEXT = 658  # px: 210 mm without the margins of print.css (18 mm each), at 96 px to the inch
SOLUTION = 'class="house-solution"'
EVERYWHERE = {"Summary", "Key terms", "Exercises", "Further reading"}  # not worth a line each time
DEPTH = 2  # headings down to this level stand in the outline and, for chapters, in the contents


def entries(toc: dict[str, Any], only: Sequence[str] = ()) -> list[Entry]:
    """What `book/_toc.yml` lists, in its order; `only` keeps pages whose name holds one of these.

    The first page of the web book is left out: the PDF has a title page and contents instead.
    Raises LabError where one of `only` fits no page.
    """
    found: list[Entry] = []

    def walk(items: list[dict[str, Any]], part: str, depth: int) -> None:
        for item in items:
            if "file" in item:
                found.append(Entry(item["file"], part, depth))
            walk(item.get("sections", []), part, depth + 1)

    for part in toc.get("parts", [toc]):
        walk(part.get("chapters", []), part.get("caption", ""), 1)
    for name in only:
        if not any(name in entry.page for entry in found):
            raise LabError(f"no page of the book is called {name}; book/_toc.yml lists them")
    return [e for e in found if not only or any(name in e.page for name in only)]


def read_toc(file: Path) -> dict[str, Any]:
    """The table of contents as data."""
    import yaml

    return yaml.safe_load(file.read_text(encoding="utf-8"))


def make(pages: Path, target: Path, toc: dict[str, Any], only: Sequence[str] = ()) -> int:
    """Print the book built in `pages` to the file `target`; return its number of sheets.

    Raises LabError where a page is missing, a line would be cut off at the margin, or a package
    or the browser is missing.
    """
    if importlib.util.find_spec("pypdf") is None:
        raise LabError("pypdf is not installed; run: pip install -e '.[book,test]'")
    chosen = entries(toc, only)
    for entry in chosen:
        if not (pages / f"{entry.page}.html").exists():
            raise LabError(f"{entry.page}.html is not built; run: make book")
    wanted = _link_targets(pages, [entry.page for entry in chosen])
    # Under each blank lies its solution; on paper they come at the end.
    chosen += [
        Entry(entry.page, "Solutions", 1, solutions=True)
        for entry in chosen
        if SOLUTION in (pages / f"{entry.page}.html").read_text(encoding="utf-8")
    ]
    with serve(pages) as address, open_browser() as browser:
        context = browser.new_context(
            viewport={"width": A4_TEXT, "height": 930},
            color_scheme="light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(120_000)
        context.route(f"**/{FONTS}/*", _send_font)
        sheet = 1
        page = context.new_page()
        for entry in chosen:
            page.goto(f"{address}/{entry.page}.html", wait_until="load")
            entry.title = _prepare(page, sorted(wanted.get(entry.page, ())), entry, sheet)
            entry.sheets = _printed(page)
            entry.start = sheet
            sheet += len(entry.sheets.pages)
            entry.sections = [
                (" ".join(title.split()), sheet_of)
                for title, sheet_of, level in headings(entry.sheets)
                if 1 < level <= DEPTH
            ]
            print(f"  {entry.start:4d}  {entry.title}", flush=True)
        page.goto(f"{address}/_static/", wait_until="commit")
        page.set_content(_front(chosen), wait_until="load")
        page.evaluate("document.fonts.ready.then(() => 1)")
        front = _printed(page)
        writer = bind(front, chosen, address)
    with atomic_write(target) as file:
        writer.write(file)
    return len(writer.pages)


def _send_font(route: Any) -> None:
    """Answer a request for one of matplotlib's fonts."""
    import matplotlib

    name = Path(urlsplit(route.request.url).path).name
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    route.fulfill(path=folder / name, content_type="font/ttf")


def _link_targets(pages: Path, chosen: list[str]) -> dict[str, set[str]]:
    """For each page, the names on it that other pages of the PDF link to."""
    wanted: dict[str, set[str]] = {}
    for name in chosen:
        text = (pages / f"{name}.html").read_text(encoding="utf-8")
        for link in set(re.findall(r'<a [^>]*?href="([^"#:]+\.html)#([^"]+)"', text)):
            other = urljoin(f"/{name}.html", html.unescape(link[0]))[1:].removesuffix(".html")
            wanted.setdefault(other, set()).add(unquote(html.unescape(link[1])))
    return wanted


_READY = """async ([names, head, number, solutions, before, fonts]) => {
  if (window.MathJax) await MathJax.startup.promise;
  const style = document.createElement("style");
  style.textContent = `
    @page { @top-right { content: ${JSON.stringify(head)}; } }
    html { counter-reset: page ${before}; }
    ${fonts}`;
  document.head.append(style);
  document.documentElement.dataset.theme = "light";
  const waste = "a.headerlink, .copybtn, #jb-print-docs-body, .gptlab-launch";
  for (const box of document.querySelectorAll(waste)) box.remove();
  const heading = document.querySelector("article h1");
  if (heading && number) heading.dataset.number = number;
  const solved = ".house-solution";
  if (solutions) {
    const kept = `h1, h2, ${solved}, :has(${solved})`;
    for (const part of document.querySelectorAll("article section"))
      for (const piece of [...part.children]) if (!piece.matches(kept)) piece.remove();
    for (const part of document.querySelectorAll("article section"))
      if (!part.querySelector(solved)) part.remove();
    heading.textContent = head;
  } else for (const answer of document.querySelectorAll(solved)) answer.remove();
  // A whole program, folded on its page, stays folded.
  for (const fold of document.querySelectorAll("details"))
    fold.open = ![...fold.querySelectorAll("pre")].some((code) => code.textContent.length > 4000);
  // Chromium keeps the place of a name only if something on the same page links to it.
  for (const name of names) {
    const link = document.createElement("a");
    link.href = "#" + encodeURIComponent(name);
    document.body.append(link);
  }
  await document.fonts.ready;
  const pictures = [...document.querySelectorAll("article img")];
  await Promise.all(pictures.map((picture) => picture.decode().catch(() => 1)));
}"""

# Wide tables and formulas are made smaller; what is still too wide would be cut, and is named.
_FIT = """() => {
  const page = document.querySelector("article") || document.body;
  const right = page.getBoundingClientRect().right + 1;
  const wide = (box) => box.offsetParent !== null &&
    (box.getBoundingClientRect().right > right || box.scrollWidth > box.clientWidth + 1);
  for (const box of page.querySelectorAll("table, mjx-container[display=true] > mjx-math")) {
    const around = box.parentElement;
    const width = Math.max(box.scrollWidth, box.getBoundingClientRect().width);
    const room = around.clientWidth;
    if (room && width > room + 1) box.style.zoom = room / width;
  }
  return [...page.querySelectorAll("pre, table, figure > svg, figure > img")]
    .filter((box) => wide(box) && box.tagName !== "TABLE" ||
      box.offsetParent !== null && box.getBoundingClientRect().right > right)
    .map((box) => box.textContent.trim().slice(0, 60) || box.tagName);
}"""


def _font_faces() -> str:
    faces = {
        "Book Text": ("STIXGeneral", "STIXGeneralItalic", "STIXGeneralBol", "STIXGeneralBolIta"),
        "Book Sans": (
            "DejaVuSans",
            "DejaVuSans-Oblique",
            "DejaVuSans-Bold",
            "DejaVuSans-BoldOblique",
        ),
        "Book Mono": (
            "DejaVuSansMono",
            "DejaVuSansMono-Oblique",
            "DejaVuSansMono-Bold",
            "DejaVuSansMono-BoldOblique",
        ),
    }
    looks = [("normal", 400), ("italic", 400), ("normal", 700), ("italic", 700)]
    return "\n".join(
        f"@font-face {{ font-family: '{family}'; font-style: {style}; font-weight: {weight};"
        f" src: url('/{FONTS}/{file}.ttf'); }}"
        for family, files in faces.items()
        for file, (style, weight) in zip(files, looks, strict=True)
    )


def _prepare(page: Page, names: list[str], entry: Entry, sheet: int) -> str:
    """Make the open page ready to be printed; return its title."""
    page.emulate_media(media="print", color_scheme="light")
    number = re.match(r"chapters/(\d+)", entry.page)
    chapter = str(int(number[1])) if number else ""
    title = " ".join(page.title().removesuffix(" — How language models work").split())
    title = f"{chapter}  {title}".strip()
    if entry.solutions:
        title = title.replace("exercises", "solutions")
    page.evaluate(_READY, [names, title, chapter, entry.solutions, sheet - 1, _font_faces()])
    cut = page.evaluate(_FIT)
    if cut:
        raise LabError(
            f"{entry.page}: {len(cut)} pieces are wider than the sheet and would be cut: "
            + "; ".join(repr(piece) for piece in cut[:5])
        )
    return title


def _printed(page: Page) -> PdfReader:
    from pypdf import PdfReader

    made = page.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
    return PdfReader(io.BytesIO(made))


def _front(chosen: list[Entry]) -> str:
    """Title page and contents as one HTML page."""
    lines = []
    part = None
    for entry in chosen:
        if entry.part != part:
            part = entry.part
            opening = entry.title == part
            number = f"<i></i><b>{entry.start}</b>" if opening else ""
            lines.append(f'<h2 class="line"><span>{html.escape(part)}</span>{number}</h2>')
            if opening:
                continue
        lines.append(_contents_line(entry.title, entry.start, f"/{entry.page}.html", entry.depth))
        if entry.page.startswith("chapters/"):
            lines += [
                _contents_line(title, entry.start + at, "", 3)
                for title, at in entry.sections
                if title not in EVERYWHERE
            ]
    return f"""<!doctype html><html lang="en" class="house-front"><head><meta charset="utf-8">
<title>How language models work</title><link rel="stylesheet" href="print.css">
<style>{_font_faces()}
@page {{ @bottom-center {{ content: counter(page, lower-roman); }} }}</style></head><body>
<header><h1>How language models work</h1>
<p>From counting words to training a GPT on your own machine</p>
<p><small>The gptlab authors. Prose and pictures: CC BY 4.0. Code: MIT.</small></p></header>
<h1>Contents</h1>
{"".join(lines)}
</body></html>"""


def _contents_line(title: str, number: int, link: str, depth: int) -> str:
    words = html.escape(title)
    words = f'<a href="{link}">{words}</a>' if link else words
    return f'<p class="line depth-{depth}"><span>{words}</span><i></i><b>{number}</b></p>'


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Exit code 2, and one line that says why, where the PDF was not made."""
    parser = argparse.ArgumentParser(prog="python -m gptlab.authoring.pdf", description=__doc__)
    parser.add_argument("only", nargs="*", help="parts of page names, such as 17 or book/ (all)")
    parser.add_argument("--pages", type=Path, help="a built book (default: build it now)")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "book.pdf", help="the file")
    options = parser.parse_args(arguments)
    try:
        pages = options.pages or build(quiet=True).parents[1]
        sheets = make(pages, options.output, read_toc(ROOT / "book/_toc.yml"), options.only)
    except LabError as error:
        print(error, file=sys.stderr)
        return 2
    size = options.output.stat().st_size / 1e6
    print(f"{sheets} pages, {size:.1f} MB: {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
