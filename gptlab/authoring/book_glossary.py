"""What a word means, beside the word: links to the glossary carry their definition in the page.

A bold term of a chapter becomes a link to its entry; every page gets, hidden at its end, the
definitions that its links name, and `book/static/house-terms.js` shows one when the pointer or the
keyboard is on its link. All of it is put there when the book is built; nothing is fetched.
"""

from __future__ import annotations

import html
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

GLOSSARY = "book/glossary"
LINK = re.compile(r'<a ([^>]*?)href="([^"#]*glossary\.html)?#(term-[^"]+)"')


def terms(app: Sphinx) -> dict[str, str]:
    """Each term of the glossary, in small letters, with the name of its entry."""
    found = {}
    for term, _, kind, page, anchor, _ in app.env.get_domain("std").get_objects():
        if kind == "term" and page == GLOSSARY:
            found[_plain(term)] = anchor
    return found


def _plain(term: str) -> str:
    """Small letters, single spaces, and the apostrophe as it is typed: pages have a curly one."""
    return " ".join(term.lower().replace("’", "'").split())


def link_bold_terms(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make the bold terms of a chapter links to their entries: where they are defined."""
    if not docname.startswith("chapters/"):
        return
    known = terms(app)
    page = app.builder.get_relative_uri(docname, GLOSSARY)
    for strong in list(doctree.findall(nodes.strong)):
        words = _plain(strong.astext())
        anchor = known.get(words) or known.get(words.removesuffix("s"))
        if anchor is None or isinstance(strong.parent, nodes.reference):
            continue
        link = nodes.reference("", "", internal=True, refuri=f"{page}#{anchor}")
        strong.replace_self(link)
        link += strong


def definitions(app: Sphinx) -> dict[str, str]:
    """The HTML of each entry, by the entry's name; made once for a build."""
    made: dict[str, str] | None = getattr(app, "_house_definitions", None)
    if made is None:
        made = {}
        if GLOSSARY in app.env.found_docs:
            for item in app.env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
                names = [name for term in item.findall(nodes.term) for name in term["ids"]]
                words = next(iter(item.findall(nodes.term))).astext()
                body = next(iter(item.findall(nodes.definition)))
                told = "".join(render(app, paragraph) for paragraph in body.children)
                for name in names:
                    made[name] = f"<b>{html.escape(words)}</b> {told}"
        app._house_definitions = made  # type: ignore[attr-defined]
    return made


def render(app: Sphinx, paragraph: nodes.Node) -> str:
    """A paragraph of the glossary as HTML without links of its own."""
    copy = paragraph.deepcopy()
    for link in list(copy.findall(nodes.reference)):
        link.replace_self(nodes.inline("", link.astext()))
    fragment = app.builder.render_partial(copy)["fragment"]  # type: ignore[attr-defined]
    return re.sub(r"^<p>|</p>$", "", fragment.strip())


def add_definitions(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Put at the end of a page the definitions that its links name."""
    body = context.get("body")
    if not body or pagename == GLOSSARY or app.builder.name != "html":
        return
    known = definitions(app)
    used = sorted({name for _, _, name in LINK.findall(body) if name in known})
    if not used:
        return
    context["body"] = LINK.sub(mark, body) + (
        '<aside class="house-terms" hidden aria-label="Terms of this page">'
        + "".join(f'<div id="about-{name}">{known[name]}</div>' for name in used)
        + "</aside>"
    )
    app.add_js_file("house-terms.js", loading_method="defer")


def mark(link: re.Match[str]) -> str:
    """The start of a link to a term, with the name of the term for the script.

    >>> mark(LINK.search('<a class="x" href="../book/glossary.html#term-token"'))
    '<a data-term="token" class="x" href="../book/glossary.html#term-token"'
    """
    page = link[2] or ""
    return f'<a data-term="{link[3][5:]}" {link[1]}href="{page}#{link[3]}"'
