"""What the book adds to Jupyter Book, as a Sphinx extension named in book/_config.yml.

- MathJax, the scoreboard's pages, the map of chapters, the library's list are put in place first.
- `[Vaswani et al. 2017](../book/bibliography.md#vaswani2017)` and
  `[token](../book/glossary.md#token)` are links in the book as they are in JupyterLab.
- Where a chapter shows the library's code, its file is a page of the book.
- Pictures stand in the page as SVG, so that they need no script and weigh a third less.
- Chapters get the line under their title and numbers for figures and equations, exercises their
  folded solutions, links to the glossary their definitions, and pages lose what they do not use:
  see `book_chapters`, `book_exercises`, `book_glossary` and `book_assets`.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from gptlab.authoring import (
    book_assets,
    book_chapters,
    book_exercises,
    book_glossary,
    book_library,
    book_map,
)
from gptlab.authoring.book import vendor_mathjax
from gptlab.authoring.book_scoreboard import write_scoreboard

BIBLIOGRAPHY = "book/bibliography"
GLOSSARY = "book/glossary"
PICTURE = re.compile(
    r'<img alt="([^"]*)"(?: [\w-]+="[^"]*")*? src="data:image/svg\+xml;base64,([^"]+)"'
    r'(?: [\w-]+="[^"]*")*>'
)
SOURCE_LINK = re.compile(r'href="\.\./(gptlab/[\w/]+)\.py(#L\d+)?"')


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("config-inited", prepare)
    app.connect("source-read", book_exercises.on_source_read)
    # Before Sphinx collects what it takes for downloads.
    app.connect("doctree-read", link_sources, priority=100)
    app.connect("doctree-read", book_chapters.open_chapter, priority=110)
    app.connect("doctree-read", inline_pictures, priority=120)
    app.connect("env-updated", add_link_targets)
    app.connect("doctree-resolved", book_glossary.link_bold_terms)
    app.connect("doctree-resolved", book_chapters.facts_first, priority=900)
    app.connect("html-page-context", book_glossary.add_definitions)
    app.connect("html-page-context", add_scripts)
    app.connect("html-collect-pages", source_pages)
    app.connect("build-finished", book_assets.lighten)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def prepare(app: Sphinx, config: Config) -> None:
    """Write what the pages include and load; all of it under book/_vendor/, which git ignores."""
    config.math_numfig = False  # equations are numbered by chapter: `book_chapters`
    book = Path(app.srcdir) / "book"
    vendor_mathjax(book / "_vendor" / "static" / "mathjax")
    write_scoreboard(book / "_vendor")
    if (package := Path(app.srcdir) / "gptlab").is_dir():
        book_library.write_library(package, book / "_vendor")
    if (book / "_toc.yml").exists():
        book_map.write_map(Path(app.srcdir), book / "_vendor")


def add_scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Load a page's own scripts: what only a few pages hold is loaded by those alone."""
    body = context.get("body") or ""
    for sign, script in (("house-boards", "house-board.js"), ("house-map", "house-map.js")):
        if f'class="{sign}"' in body:
            app.add_js_file(script, loading_method="defer")


def inline_pictures(app: Sphinx, doctree: nodes.document) -> None:
    """Put the SVG of each picture into the page in place of the image that holds it."""
    for raw in doctree.findall(nodes.raw):
        text = raw.astext()
        if PICTURE.search(text):
            raw.children = [nodes.Text(PICTURE.sub(inlined, text))]
            raw.rawsource = raw.astext()


def inlined(image: re.Match[str]) -> str:
    """The SVG in the page's own ink, with the image's words: what `onload` does where scripts run.

    >>> inlined(PICTURE.search('<img alt="A &lt; B" src="data:image/svg+xml;base64,PHN2ZyBjb2xvcj0icmVkIi8+">'))
    '<svg role="img" aria-label="A &lt; B"/>'
    """  # noqa: E501
    svg = base64.b64decode(image[2]).decode()
    svg = re.sub(r'^(\s*<svg)([^>]*?) color="[^"]*"', r"\1\2", svg, count=1).strip()
    return svg.replace("<svg", f'<svg role="img" aria-label="{image[1]}"', 1)


def link_sources(app: Sphinx, doctree: nodes.document) -> None:
    """Let links to the library's files, which open an editor in JupyterLab, lead to pages here."""
    for raw in doctree.findall(nodes.raw):
        text = raw.astext()
        if SOURCE_LINK.search(text):
            raw.children = [nodes.Text(SOURCE_LINK.sub(r'href="../\1.html\2"', text))]
            raw.rawsource = raw.astext()
    for link in list(doctree.findall(addnodes.download_reference)):
        target = re.fullmatch(r"\.\./(gptlab/[\w/]+)\.py", link.get("reftarget", ""))
        if target:
            page = nodes.reference("", "", internal=True, refuri=f"../{target[1]}.html")
            page += link.children
            link.replace_self(page)


def add_link_targets(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Give each entry of the bibliography and each term a name that a Markdown link can use."""
    references = env.get_domain("cite")
    slugs = env.metadata[BIBLIOGRAPHY].setdefault("myst_slugs", {})
    for citation in getattr(references, "citations", []):
        slugs[citation.key] = (0, citation.citation_id, citation.key)
    slugs = env.metadata[GLOSSARY].setdefault("myst_slugs", {})
    for term, _, kind, page, anchor, _ in env.get_domain("std").get_objects():
        if kind == "term" and page == GLOSSARY:
            slugs[slug(term)] = (0, anchor, term)
    return []


def slug(term: str) -> str:
    """The name of a glossary term in a link.

    >>> slug("Kneser–Ney smoothing")
    'kneser-ney-smoothing'
    """
    return re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")


def source_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for each file of the library that some page links to, with a name for every line."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    root = Path(app.srcdir)
    wanted = set()
    for page in app.env.found_docs:
        text = Path(app.env.doc2path(page)).read_text(encoding="utf-8")
        wanted |= set(re.findall(r"\.\./(gptlab/[\w/]+)\.py", text))
    for name in sorted(wanted):
        file = root / f"{name}.py"
        if not file.exists():
            continue
        layout = HtmlFormatter(linenos="inline", linespans="L", lineanchors="", wrapcode=True)
        code = highlight(file.read_text(encoding="utf-8"), PythonLexer(), layout)
        code = re.sub(r'id="L-(\d+)"', r'id="L\1"', code)
        title = html.escape(f"{name}.py")
        body = f'<section class="house-source"><h1>{title}</h1>{code}</section>'
        yield name, {"title": f"{name}.py", "body": body}, "page.html"
