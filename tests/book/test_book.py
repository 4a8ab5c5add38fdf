"""The book builds offline without a warning; its links and lists match what is there."""

from __future__ import annotations

import doctest
import json
import re
import shutil
import subprocess
import sys
import unicodedata
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from build_once import ROOT

from gptlab.authoring import book, book_pages, book_scoreboard
from gptlab.errors import LabError
from gptlab.evaluation import scoreboard

pytestmark = pytest.mark.book
PICTURE = re.compile(r'<svg role="img" aria-label="([^"]*)".*?</svg>', re.S)
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))


@cache
def soup(page: Path) -> BeautifulSoup:
    # A picture is thousands of elements: here it counts as one, with its words.
    text = PICTURE.sub(r'<img alt="\1">', page.read_text(encoding="utf-8"))
    return BeautifulSoup(text, "html.parser")


def all_pages(pages: Path) -> list[Path]:
    found = [page for page in pages.rglob("*.html") if "_static" not in page.parts]
    assert len(found) >= 8
    return found


@cache
def names(page: Path) -> frozenset[str]:
    return frozenset(tag["id"] for tag in soup(page).find_all(id=True))


def test_first_page_and_redirect(pages):
    assert "How language models work" in soup(pages / "book/index.html").title.text
    assert "book/index.html" in (pages / "index.html").read_text()


def test_every_link_leads_somewhere(pages):
    broken = []
    for page in all_pages(pages):
        for tag, attribute in (("a", "href"), ("img", "src"), ("link", "href"), ("script", "src")):
            for link in soup(page).find_all(tag, {attribute: True}):
                target = urlsplit(link[attribute])
                if target.scheme in ("https", "mailto", "data") or target.netloc:
                    continue
                file = page if not target.path else page.parent / unquote(target.path)
                name = unquote(target.fragment)
                if not file.resolve().exists():
                    broken.append(f"{page.relative_to(pages)}: {link[attribute]}: no file")
                elif name and file.suffix == ".html" and name not in names(file.resolve()):
                    broken.append(f"{page.relative_to(pages)}: {link[attribute]}: no such name")
    assert not broken, "\n".join(broken)


def test_nothing_is_loaded_from_elsewhere(pages):
    for page in all_pages(pages):
        loaded = soup(page).find_all(["script", "link", "img", "iframe", "source"])
        for tag in loaded:
            if tag.get("rel") in (["canonical"], ["search"], ["index"], ["next"], ["prev"]):
                continue
            address = tag.get("src") or (tag.get("href") if tag.name == "link" else None) or ""
            assert not re.match(r"(https?:)?//", address), f"{page.name} loads {address}"
    for sheet in pages.rglob("*.css"):
        outside = re.findall(
            r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")]+)", sheet.read_text()
        )
        assert not outside, f"{sheet.name} loads {outside}"


def test_every_page_has_one_heading_a_title_and_a_language(pages):
    for page in all_pages(pages):
        if page.name in ("search.html", "genindex.html") or page == pages / "index.html":
            continue
        assert soup(page).html["lang"] == "en", page
        assert soup(page).title.text.strip(), page
        assert len(soup(page).select("article h1")) == 1, page


def test_every_picture_is_told_in_words(pages):
    pictures = [img for page in all_pages(pages) for img in soup(page).find_all("img")]
    assert pictures, "the scoreboard's picture at least should be here"
    for picture in pictures:
        assert len(picture.get("alt", "")) >= 20, str(picture)[:200]


def test_code_that_is_shown_links_to_its_line(pages):
    for page in all_pages(pages):
        for link in soup(page).select(".gptlab-source a"):
            path, line = re.fullmatch(r"\.\./(.+)\.html#L(\d+)", link["href"]).groups()
            first = soup(page.parent / f"../{path}.html").find(id=f"L{line}").text
            shown = link.find_parent(class_="gptlab-source").find("pre").text.splitlines()[0]
            assert shown.strip() in first


def glossary() -> dict[str, str]:
    block = (ROOT / "book/glossary.md").read_text(encoding="utf-8").split("```")[1]
    entries = re.findall(r"^(\S.*)\n((?: {4}.+\n?)+)", block.removeprefix("{glossary}\n"), re.M)
    return {term.strip(): text.strip() for term, text in entries}


def test_glossary_is_sorted_and_short():
    terms = [term.lower() for term in glossary()]
    assert len(terms) >= 46
    assert terms == sorted(set(terms))
    for term, text in glossary().items():
        assert text.endswith("."), term
        assert len(re.findall(r"[.:;](?:\s|$)", text)) <= 3, f"{term} takes too many sentences"


def bold_terms(notebook: Path) -> set[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    prose = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", prose, flags=re.S)
    bold = re.findall(r"\*\*([^*\n]+?)\*\*", prose)
    # "**Step 1.** Do this" is a heading that runs into its paragraph, not a term.
    return {" ".join(term.split()) for term in bold if not re.search(r"[.:?!]$", term)}


@pytest.mark.parametrize("notebook", CHAPTERS, ids=lambda path: path.stem)
def test_every_bold_term_of_a_chapter_is_in_the_glossary(notebook):
    known = {term.lower() for term in glossary()}
    known |= {f"{term}s" for term in known}
    missing = {term for term in bold_terms(notebook) if term.lower() not in known}
    assert not missing, f"define in book/glossary.md, or write in italics: {sorted(missing)}"


@pytest.mark.parametrize("notebook", CHAPTERS, ids=lambda path: path.stem)
def test_every_bold_term_of_a_chapter_leads_to_its_entry(pages, notebook):
    page = soup(pages / f"chapters/{notebook.stem}.html")
    known = {term.lower() for term in glossary()}
    for output in page.select(".cell_output"):  # a widget's labels are not the chapter's prose
        output.decompose()
    bold = [strong for strong in page.select("article strong") if not strong.find_parent("a")]
    assert not [b.text for b in bold if " ".join(b.text.lower().split()).replace("’", "'") in known]


def test_chapter_list_matches_what_is_there(pages):
    listed = soup(pages / "book/index.html").select("#the-chapters ol > li")
    assert len(listed) == 21
    linked = {place for place, item in enumerate(listed, 1) if item.find("a")}
    assert linked == {int(notebook.name[:2]) for notebook in CHAPTERS}


def test_every_notebook_is_in_the_table_of_contents():
    toc = (ROOT / "book/_toc.yml").read_text()
    for notebook in [*CHAPTERS, *sorted((ROOT / "exercises").glob("*.ipynb"))]:
        assert f"{notebook.parent.name}/{notebook.stem}\n" in toc, notebook


def test_bibliography_keys_are_name_and_year():
    text = (ROOT / "book/references.bib").read_text(encoding="utf-8")
    entries = re.findall(r"@\w+\{(\w+),(.*?)\n\}", text, re.S)
    assert len(entries) == text.count("@") >= 30
    for key, body in entries:
        fields = dict(re.findall(r"^ *(\w+) *= *\{(.*)", body, re.M))
        year = fields["year"].split("}")[0]
        # Without accents (ü or {\\"u} is u), braces and spaces
        letters = unicodedata.normalize("NFKD", fields["author"].split(",")[0])
        name = re.sub(r"\\\W|\W", "", letters).lower()
        assert re.fullmatch(rf"{name}{year}[a-z]*", key), key  # 2013b: a second one of that year
        assert fields["title"]
    assert len({key for key, _ in entries}) == len(entries)


def test_scoreboard_page_shows_the_data(pages):
    overview = soup(pages / "book/scoreboard.html")
    for row in scoreboard.rows():
        page = f"{book_scoreboard.PAGES[row['board']]}.html"
        assert overview.find("a", href=page)
        shown = soup(pages / "book" / page).text.replace("’", "'")
        assert row["model"] in shown
        assert f"{row['value']:.3f}" in shown
        assert row["command"] in shown


def test_setup_page_names_commands_that_exist():
    text = (ROOT / "book/setup.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(
        re.findall(r"\bmake ([a-z]+)\b", " ".join(re.findall(r"```.*?```", text, re.S)))
    ):
        assert re.search(rf"^{target}:", makefile, re.M), f"make {target}"
    for variable in set(re.findall(r"GPTLAB_[A-Z]+", text)):
        used = any(
            variable in file.read_text(encoding="utf-8") for file in (ROOT / "gptlab").rglob("*.py")
        )
        assert used, f"{variable} is not read by gptlab"


def test_setup_page_names_options_that_exist():
    text = (ROOT / "book/setup.md").read_text(encoding="utf-8")
    lines = re.findall(r"\bgptlab (train|generate|data|doctor)\b([^`\n]*)", text)
    assert {command for command, _ in lines} == {"train", "generate", "data", "doctor"}
    for command in {command for command, _ in lines}:
        call = [sys.executable, "-m", "gptlab", command, "--help"]
        told = subprocess.run(call, capture_output=True, text=True, check=True, cwd=ROOT).stdout
        for option in re.findall(
            r"(?<=\s)--[a-z-]+", " ".join(o for c, o in lines if c == command)
        ):
            assert re.search(rf"{option}\b", told), f"gptlab {command} {option}"


def small_book(root: Path, page: str) -> Path:
    """A book of three pages with the real settings, in `root`."""
    (root / "book").mkdir()
    for name in ("_config.yml", "references.bib", "bibliography.md", "glossary.md"):
        shutil.copy(ROOT / "book" / name, root / "book" / name)
    shutil.copytree(ROOT / "book/static", root / "book/static")
    (root / "book/index.md").write_text(f"# A small book\n\n{page}\n")
    chapters = "[{file: book/bibliography}, {file: book/glossary}]"
    (root / "book/_toc.yml").write_text(
        f"format: jb-book\nroot: book/index\nchapters: {chapters}\n"
    )
    return root


def test_links_to_works_and_terms_are_made_and_a_broken_one_fails_the_build(tmp_path, capfd):
    page = "[V](bibliography.md#vaswani2017), [c](glossary.md#kv-cache), [n](glossary.md#no-such)"
    with pytest.raises(LabError, match="not built"):
        book.build(small_book(tmp_path, page), quiet=True)
    warnings = [line for line in capfd.readouterr().err.splitlines() if "WARNING" in line]
    assert len(warnings) == 1
    assert "no-such" in warnings[0]
    made = soup(tmp_path / "build/_build/html/book/index.html")
    links = {a["href"] for a in made.select("#a-small-book a[href*='#']")}
    assert {"bibliography.html#vaswani2017", "glossary.html#term-KV-cache"} <= links


def test_mathjax_is_copied_once_and_its_absence_is_named(tmp_path, monkeypatch):
    target = tmp_path / "mathjax"
    book.vendor_mathjax(target)
    assert all((target / part).exists() for part in book.MATHJAX_PARTS)
    assert list((target / "output/chtml/fonts/woff-v2").glob("*.woff"))
    (target / "mark").touch()
    book.vendor_mathjax(target)
    assert (target / "mark").exists(), "what is there already should be left alone"
    (target / "version.txt").write_text("0")
    book.vendor_mathjax(target)
    assert not (target / "mark").exists(), "another version should be replaced"
    monkeypatch.setattr(book, "MATHJAX_PACKAGE", "no-such-package")
    with pytest.raises(LabError, match=r"no-such-package.*pip install"):
        book.vendor_mathjax(target)


def test_command_line_says_what_is_wrong_in_one_line(monkeypatch, capsys):
    def failing(**_: object) -> Path:
        raise LabError("the book was not built; mend it")

    monkeypatch.setattr(book, "build", failing)
    assert book.main(["--quiet"]) == 2
    assert capsys.readouterr().err == "the book was not built; mend it\n"


def test_scoreboard_without_rows_and_with_odd_ones(tmp_path, monkeypatch):
    monkeypatch.setenv("GPTLAB_SCOREBOARD", str(tmp_path / "none.json"))
    book_scoreboard.write_scoreboard(tmp_path)
    for name in ("board-language", "board-explorer", "board-summary", "part-2"):
        assert "No result is recorded" in (tmp_path / f"{name}.md").read_text(), name
    row = {
        "board": "language models",
        "data": "wikipedia",
        "metric": "bits per byte",
        "chapter": 17,
        "model": "GPT | b",
        "value": 1.5,
        "band": [1.4, 1.6],
        "profile": "gpu",
        "device": "H100",
        "seconds": 1234.5,
        "parameters": 124_439_808,
        "seed": 0,
        "date": "2026-01-02",
        "command": "do it",
    }
    scoreboard.record(row)
    book_scoreboard.write_scoreboard(tmp_path)
    text = (tmp_path / "board-language.md").read_text()
    assert (
        "| GPT \\| b | 17 | **1.500** | 1.40–1.60 | 124 M | 1,234 s | H100 | 2026-01-02 |" in text
    )
    before = (tmp_path / "board-language.md").stat().st_mtime_ns
    book_scoreboard.write_scoreboard(tmp_path)
    assert (tmp_path / "board-language.md").stat().st_mtime_ns == before


@pytest.mark.parametrize("module", [book_pages, book_scoreboard], ids=lambda m: m.__name__)
def test_examples_in_docstrings(module):
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
