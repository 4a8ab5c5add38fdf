"""Slides from chapters: `make slides ARGS=17`, or `python -m gptlab.authoring.slides 17`.

Each chapter becomes one HTML file that needs nothing beside it: its headings with the sentences
that open them, its figures and widgets, the short pieces of code with what came out, its summary
and its exercises. The chapter's prose is there as speaker's notes. Keys: the arrows, Home, End, N
for the notes, F for the whole screen.
"""

from __future__ import annotations

import argparse
import html
import importlib.util
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gptlab.authoring.book import MATHJAX_PACKAGE, ROOT
from gptlab.errors import LabError
from gptlab.text.files import atomic_write

HERE = Path(__file__).parent
CODE_LINES = 14  # longer cells are for reading, not for a wall
OUTPUT_LINES = 12
LEAD = 260  # letters of the opening sentences on a section's slide
LEFT_OUT = {"Key terms", "Exercises", "Further reading"}
PICTURE = re.compile(r"<(figure|svg|script|table)\b")


@dataclass(frozen=True)
class Slide:
    """One slide: what is seen, and what is said (both HTML)."""

    title: str
    body: str
    notes: str = ""


def deck(notebook: dict[str, Any], exercises: dict[str, Any] | None = None) -> list[Slide]:
    """The slides of a chapter. Raises LabError where it does not open with a heading."""
    sections = list(_sections(notebook["cells"]))
    if not sections or sections[0][1] != 1:
        raise LabError("a chapter opens with one heading, '# …'; this notebook does not")
    slides = []
    for title, level, pieces in sections:
        if title in LEFT_OUT:
            continue
        prose = [piece for kind, piece in pieces if kind == "prose"]
        notes = render("\n\n".join(prose))
        lead = "\n\n".join(prose[:2]) if level == 1 else _lead(prose)
        if title == "Summary":
            lead = "\n\n".join(prose)
        slides.append(Slide(title, render(lead), notes if len(prose) > 1 else ""))
        said = opened = pieces[0][1] if pieces and pieces[0][0] == "prose" else ""
        for kind, piece in pieces:
            if kind == "prose":
                said = piece
            elif level > 1:  # what a chapter imports is not for a wall
                slides += _shown(title, piece, said, again=said != opened)
                said = ""
    if exercises is not None:
        titles = [t for t, level, _ in _sections(exercises["cells"]) if level == 2]
        slides.append(Slide("Exercises", render("\n".join(f"- {title}" for title in titles))))
    return slides


def _sections(cells: list[dict[str, Any]]) -> Iterator[tuple[str, int, list[tuple[str, Any]]]]:
    """Title, level and pieces ("prose", text) or ("code", cell) of each part under # or ##."""
    title, level = "", 0
    pieces: list[tuple[str, Any]] = []
    for cell in cells:
        if cell["cell_type"] == "code":
            pieces.append(("code", cell))
            continue
        if cell["cell_type"] != "markdown":
            continue
        for block in re.split(r"\n{2,}", "".join(cell["source"]).strip()):
            heading = re.match(r"(#{1,2}) (.+)", block)
            if heading:
                if level:
                    yield title, level, pieces
                title, level, pieces = heading[2].strip(), len(heading[1]), []
                block = block[heading.end() :].strip()
            if block:
                pieces.append(("prose", block))
    if level:
        yield title, level, pieces


def _lead(prose: list[str]) -> str:
    """What opens a section: whole sentences of its first paragraph, as many as a slide holds.

    A formula or a list right after it comes along.
    """
    if not prose:
        return ""
    chosen = ""
    for sentence in re.split(r"(?<=[.?!])\s+(?=[A-Z*$])", " ".join(prose[0].split())):
        if chosen and len(chosen) + len(sentence) > LEAD:
            break
        chosen = f"{chosen} {sentence}".strip()
    more = prose[1] if len(prose) > 1 and re.match(r"\$\$|[-*] |1\. ", prose[1]) else ""
    return f"{chosen}\n\n{more}".strip()


def _shown(title: str, cell: dict[str, Any], said: str, again: bool) -> Iterator[Slide]:
    """The slides of one code cell: the code under what is said of it, then each picture.

    `again`: whether these words may be shown; those that open a section have just been.
    """
    if {"remove-cell", "remove-output"} & set(cell["metadata"].get("tags", [])):
        return
    source = "".join(cell["source"]).strip()
    printed, pictures = [], []
    for output in cell["outputs"]:
        data = output.get("data", {})
        rich = "".join(data.get("text/html", ""))
        if rich:
            if PICTURE.search(rich) and "gptlab-source" not in rich:
                pictures.append(rich)
        else:
            printed.append("".join(output.get("text", "")) or "".join(data.get("text/plain", "")))
    words = render(said)
    text = "".join(printed).strip("\n")
    short = len(source.splitlines()) <= CODE_LINES and len(text.splitlines()) <= OUTPUT_LINES
    if short and not pictures and (text or re.search(r"^(def|class) ", source, re.M)):
        result = f"<pre><code>{html.escape(text)}</code></pre>" if text else ""
        above = render(_lead([said])) if again else ""
        yield Slide(title, above + coloured(source) + result, words)
        words = ""
    for picture in pictures:
        yield Slide(title, f'<div class="picture">{picture}</div>', words)
        words = ""


def render(markdown: str) -> str:
    """Markdown of the course as HTML; links lead out of the slides, so only their words stay.

    >>> render("An *old* [idea](../book/glossary.md#idea): $a < b$")
    '<p>An <em>old</em> idea: \\\\(a &lt; b\\\\)</p>'
    """
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    def formula(tex: str, options: dict[str, Any]) -> str:
        marks = ("\\[", "\\]") if options["display_mode"] else ("\\(", "\\)")
        return f"{marks[0]}{html.escape(tex, quote=False)}{marks[1]}"

    plain = re.sub(r"(?<!!)\[([^\]]+)\]\([^)]*\)", r"\1", markdown)
    reader = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, double_inline=True)
    rules: dict[str, Any] = getattr(reader.renderer, "rules")  # noqa: B009 (its protocol hides it)
    for rule, display in (("math_inline", False), ("math_block", True), ("math_block_label", True)):
        options = {"display_mode": display}
        rules[rule] = lambda tokens, index, *_, o=options: formula(tokens[index].content, o)
    rules["math_inline_double"] = rules["math_block"]
    return reader.render(plain).strip()


def coloured(source: str) -> str:
    """Python with its syntax in colours, as HTML."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return highlight(source, PythonLexer(), HtmlFormatter(cssclass="code"))


def page(title: str, slides: Sequence[Slide]) -> str:
    """One HTML file with all that it needs in it: looks, keys, and MathJax where there is maths."""
    from pygments.formatters import HtmlFormatter

    body = "\n".join(_section(number, len(slides), s) for number, s in enumerate(slides, 1))
    light = HtmlFormatter(style="a11y-high-contrast-light").get_style_defs(".code")
    dark = HtmlFormatter(style="a11y-high-contrast-dark").get_style_defs(".code")
    style = (HERE / "slides.css").read_text(encoding="utf-8")
    keys = (HERE / "slides.js").read_text(encoding="utf-8")
    maths = ""
    if "\\(" in body or "\\[" in body:
        # SVG: the letters come with it, where the other kind would fetch its fonts.
        maths = (
            "<script>MathJax = {svg: {fontCache: 'local'}, options: {enableMenu: false}};</script>"
            f"<script>{_mathjax()}</script>"
        )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{html.escape(title)}</title>
<style>
{light}
@media screen and (prefers-color-scheme: dark) {{
{dark}
}}
{style}
</style>
</head>
<body>
<main>
{body}
</main>
<footer>
<button type="button" id="back" aria-label="Slide before">&larr;</button>
<span id="place" role="status">{len(slides)} slides</span>
<button type="button" id="on" aria-label="Next slide">&rarr;</button>
<button type="button" id="notes" aria-pressed="false">Notes (N)</button>
<button type="button" id="full">Whole screen (F)</button>
</footer>
<script>
{keys}
</script>
{maths}
</body>
</html>
"""


def _section(number: int, count: int, slide: Slide) -> str:
    kind = "first slide" if number == 1 else "slide"
    tag = "h1" if number == 1 else "h2"
    heading = render(slide.title).removeprefix("<p>").removesuffix("</p>")
    notes = f'<aside class="said"><h3>Notes</h3>{slide.notes}</aside>' if slide.notes else ""
    return (
        f'<section class="{kind}" id="s{number}" aria-label="Slide {number} of {count}">'
        f'<div class="shown"><{tag}>{heading}</{tag}>{slide.body}</div>{notes}</section>'
    )


def _mathjax() -> str:
    spec = importlib.util.find_spec(MATHJAX_PACKAGE)
    if spec is None or spec.origin is None:
        raise LabError(
            f"{MATHJAX_PACKAGE}, which draws the formulas, is not installed; "
            "run: pip install -e '.[book]'"
        )
    script = Path(spec.origin).parent / "static" / "mathjax" / "tex-svg.js"
    return script.read_text(encoding="utf-8").replace("</script", "<\\/script")


def make(chapter: Path, target: Path) -> int:
    """Write the slides of a chapter's notebook into the folder `target`; return how many."""
    notebook = json.loads(chapter.read_text(encoding="utf-8"))
    beside = chapter.parent.parent / "exercises" / chapter.name
    exercises = json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else None
    slides = deck(notebook, exercises)
    with atomic_write(target / f"{chapter.stem}.html") as file:
        file.write(page(slides[0].title, slides).encode())
    return len(slides)


def chapters(wanted: Sequence[str], root: Path = ROOT) -> list[Path]:
    """The notebooks called by number or name; all of them for none. Raises LabError for no such."""
    there = sorted((root / "chapters").glob("*.ipynb"))
    chosen = []
    for name in wanted:
        number = f"{int(name):02d}-" if name.isdecimal() else Path(name).stem
        found = [path for path in there if path.stem.startswith(number)]
        if not found:
            numbers = ", ".join(str(int(path.name[:2])) for path in there)
            raise LabError(f"there is no chapter {name}; there are {numbers}")
        chosen += found
    return chosen if wanted else there


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Exit code 2, and one line that says why, where there is no such chapter."""
    parser = argparse.ArgumentParser(prog="python -m gptlab.authoring.slides", description=__doc__)
    parser.add_argument("chapter", nargs="*", help="numbers or names of chapters (default: all)")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "slides", help="the folder")
    options = parser.parse_args(arguments)
    try:
        for chapter in chapters(options.chapter):
            count = make(chapter, options.output)
            print(f"{count} slides: {options.output / chapter.stem}.html")
    except LabError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
