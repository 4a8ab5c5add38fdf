"""Chapter 03's search box, in the built page: without a kernel, by keyboard, for every reader."""

from __future__ import annotations

import pytest

from gptlab.classic.documents import TfIdf, TfIdfConfig
from gptlab.classic.lsi import LSI
from gptlab.text.corpora import wikipedia

pytestmark = pytest.mark.browser
CHAPTER = "chapters/03-documents.html"


def rows(box):
    return [
        [cell.inner_text() for cell in row.locator("td").all()]
        for row in box.locator("tbody tr").all()
    ]


def found(cells):
    """Titles and scores of one column, without the dashes."""
    pairs = [cell.removesuffix(")").rsplit(" (", 1) for cell in cells if cell != "–"]
    return [title for title, _ in pairs], [float(score) for _, score in pairs]


def test_the_box_finds_what_the_library_finds(visit):
    corpus = wikipedia()
    articles = sorted(corpus.train + corpus.held_out, key=lambda article: article.title)
    titles = [article.title for article in articles]
    config = TfIdfConfig(tf="log", idf="smooth", norm="l2", min_documents=2)
    index = TfIdf.fit([article.text for article in articles], config)
    model = LSI.fit(index, 20)
    tab = visit()
    box = tab.open(CHAPTER).locator(".gptlab-search")
    for query in ("reptile", "Insect!", "warrior"):
        box.locator("input").fill(query)
        for column, hits in enumerate((index.search(query), model.search(query))):
            shown, scores = found([row[column] for row in rows(box)])
            assert shown == [titles[hit.document] for hit in hits]
            # The page's numbers are whole and small; two digits may round another way.
            assert scores == pytest.approx([hit.score for hit in hits], abs=0.011)
    assert not tab.complaints


def test_the_box_is_used_by_keyboard_and_says_what_it_does(visit):
    page = visit().open(CHAPTER)
    box = page.locator(".gptlab-search")
    field = page.get_by_role("searchbox", name="Search the articles:")
    field.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("acid")
    page.keyboard.press("Enter")
    assert rows(box)[0][0].startswith("Acid")
    assert page.url.endswith(CHAPTER), "Enter searches and does not leave the page"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "insect"
    page.keyboard.press("Enter")
    assert field.input_value() == "insect"
    assert rows(box)[0][1].startswith("Aardwolf")
    field.fill("qwertz")
    assert "Not in this page's word list: qwertz." in box.get_by_role("status").inner_text()
    assert {cell for row in rows(box) for cell in row} == {"–"}
    field.fill("  ")
    assert box.get_by_role("status").inner_text() == "Type a word."


def test_without_scripts_and_on_paper_the_first_search_stands_there(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{CHAPTER}")
    shown = rows(page.locator(".gptlab-search"))
    assert shown[0] == ["Anatomy (0.02)", "Anatomy (0.79)"]
    assert shown[1][1] == "Amphibian (0.67)"
    context.close()


def test_words_of_a_search_are_marked_and_the_widget_keeps_its_data(visit):
    tab = visit(fresh=True)
    page = tab.open("chapters/01-rules.html")
    page.evaluate("localStorage.setItem('sphinx_highlight_terms', 'e')")  # as the search page does
    page = tab.open(CHAPTER)
    page.wait_for_selector("article span.highlighted")
    assert page.locator("script span").count() == 0
    box = page.locator(".gptlab-search")
    box.locator("input").fill("reptile")
    assert rows(box)
    assert not tab.complaints
