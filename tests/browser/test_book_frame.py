"""What the book lays around its chapters: picture of seventy years, map, terms, solutions."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from gptlab.authoring import board_explorer, book_chapters
from gptlab.evaluation import scoreboard

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "chapters/12-self-attention.html"


def rows_of(view: str) -> list[scoreboard.Row]:
    where = board_explorer.VIEWS[view][1:]
    rows = [r for r in scoreboard.rows() if (r["board"], r["data"], r["metric"]) == where]
    return [row for row in rows if board_explorer.idea(row["model"]).year]


def test_the_picture_of_seventy_years_shows_one_board_at_a_time(visit):
    tab = visit()
    page = tab.open("book/index.html")
    for view, (words, *_) in board_explorer.VIEWS.items():
        page.locator(".house-choice button", has_text=words).click()
        shown = page.locator(".house-board:visible")
        assert shown.count() == 1
        assert shown.get_attribute("data-board") == view
        assert shown.locator("svg a").count() == len(rows_of(view))
    assert page.locator(".house-choice button[aria-pressed=true]").count() == 1
    assert not tab.complaints


def test_every_point_stands_where_its_figures_put_it(visit):
    page = visit().open("book/index.html")
    board = page.locator(".house-board[data-board=language]")
    points = {}
    for point in board.locator("svg a").all():
        label = point.get_attribute("aria-label")
        box = point.locator("path").bounding_box()
        points[label] = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for row in rows_of("language"):
        year = board_explorer.idea(row["model"]).year
        name = f"{row['model']}, {year}: {row['value']:.2f} bits per word, chapter {row['chapter']}"
        assert name in points
    by_value = sorted(rows_of("language"), key=lambda row: row["value"])
    years = [board_explorer.idea(row["model"]).year for row in by_value]
    heights = [next(y for label, (_, y) in points.items()
                    if label.startswith(f"{row['model']}, {year}: "))
               for row, year in zip(by_value, years, strict=True)]  # fmt: skip
    assert all(lower > upper - 1.5 for lower, upper in pairwise(heights))


def test_the_picture_is_walked_by_keyboard_and_opens_the_chapter(visit):
    page = visit().open("book/index.html")
    board = page.locator(".house-board[data-board=language]")
    points = board.locator("svg a")
    points.first.focus()
    line = board.locator(".house-board-told")
    assert "1948" in line.inner_text()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    told = points.nth(3).get_attribute("aria-label")
    name, year, value = re.match(r"(.+), (\d{4}): ([\d.]+)", told).groups()
    assert line.inner_text().startswith(f"{year} · {name}: {value}")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == points.nth(
        2
    ).get_attribute("aria-label")
    where = points.nth(2).get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{where.removeprefix('../')}")


def test_the_map_lights_all_that_a_chapter_stands_on(visit):
    page = visit().open("book/map.html")
    chapters = book_chapters.read_chapters(ROOT)
    needs = {chapter.number: chapter.needs for chapter in chapters}
    assert page.locator(".house-map li[data-chapter]").count() == len(chapters)
    arcs = sum(len([n for n in each if n in needs]) for each in needs.values())
    assert page.locator(".house-map path").count() == arcs
    page.locator(".house-map li[data-chapter='6'] a").focus()
    lit = page.eval_on_selector_all(
        ".house-map li.on", "items => items.map(item => Number(item.dataset.chapter))"
    )
    assert set(lit) == {6, *book_chapters.ancestors(6, needs)}
    page.locator(".house-map li[data-chapter='1'] a").focus()
    assert page.locator(".house-map li.on").count() == 1


def test_a_term_shows_its_meaning_to_pointer_and_keyboard_until_escape(visit):
    tab = visit()
    page = tab.open(CHAPTER)
    bubble = page.locator("#house-bubble")
    link = page.locator("a[data-term=self-attention]").first
    assert not bubble.is_visible()
    link.hover()
    said = bubble.inner_text()
    entry = (ROOT / "book/glossary.md").read_text(encoding="utf-8").split("\nself-attention\n")[1]
    assert said.startswith("self-attention")
    assert entry.split("\n")[0].strip()[:40] in said
    assert link.get_attribute("aria-describedby") == "house-bubble"
    page.keyboard.press("Escape")
    assert not bubble.is_visible()
    page.mouse.move(2, 2)
    other = page.locator("a[data-term]").nth(2)
    other.focus()
    assert bubble.is_visible()
    word, box = other.bounding_box(), bubble.bounding_box()
    assert abs(box["y"] - word["y"]) < 400, "the meaning stands by its word"
    page.keyboard.press("Escape")
    assert not bubble.is_visible()
    assert other.get_attribute("aria-describedby") is None
    assert not tab.complaints
    assert not [url for url in tab.requests if "glossary" in url], "nothing is fetched for it"


def test_a_term_is_readable_on_a_phone(browser, address):
    context = browser.new_context(viewport={"width": 360, "height": 700}, has_touch=True)
    page = context.new_page()
    page.goto(f"{address}/{CHAPTER}")
    link = page.locator("a[data-term]").first
    link.scroll_into_view_if_needed()
    link.tap()
    bubble = page.locator("#house-bubble")
    box = bubble.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert page.url.endswith(CHAPTER), "the first touch tells, and leads nowhere"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    link.tap()
    page.wait_for_url("**/glossary.html#term-*")
    context.close()


def test_every_bold_term_of_a_chapter_leads_to_its_entry(visit):
    page = visit().open(CHAPTER)
    linked = set(
        page.eval_on_selector_all("a[data-term] strong", "all => all.map(e => e.innerText)")
    )
    assert {"self-attention", "causal mask"} <= {word.lower() for word in linked}


def test_solutions_open_under_their_exercises(visit):
    tab = visit()
    page = tab.open("exercises/12-self-attention.html")
    solved = json.loads((ROOT / "solutions/12-self-attention.ipynb").read_text(encoding="utf-8"))
    hidden = [c for c in solved["cells"] if "BEGIN SOLUTION" in "".join(c["source"])]
    folded = page.locator("details.house-solution")
    assert folded.count() == len(hidden)
    second = folded.filter(has_text="scores.softmax(dim=-1)").first
    code = second.locator("pre")
    assert not code.is_visible()
    second.locator("summary").focus()
    page.keyboard.press("Enter")
    assert code.is_visible()
    assert "BEGIN SOLUTION" not in page.content()
    # Under the question's heading, not under another's
    assert "12.2" in second.locator("xpath=ancestor::section[1]/h2").inner_text()
    assert not tab.complaints


def test_figures_and_equations_have_numbers_that_can_be_linked_to(visit):
    page = visit().open(CHAPTER)
    numbers = page.eval_on_selector_all(".house-number", "all => all.map(e => e.innerText)")
    assert numbers == [f"Figure 12.{n}." for n in range(1, len(numbers) + 1)]
    assert len(numbers) >= 6
    assert page.locator("#figure-12-2").bounding_box()["height"] > 50
    shown = page.eval_on_selector_all(".eqno", "all => all.map(e => e.innerText.split(')')[0])")
    assert shown == [f"(12.{n}" for n in range(1, len(shown) + 1)]
    assert shown


def test_search_finds_every_term_of_the_glossary(visit):
    page = visit().open("search.html")
    block = (ROOT / "book/glossary.md").read_text(encoding="utf-8").split("```")[1]
    terms = re.findall(r"^(\S.*)\n(?= {4})", block.removeprefix("{glossary}\n"), re.M)
    assert len(terms) > 100
    page.wait_for_function("typeof Search !== 'undefined' && Search._index")
    missed = page.evaluate(
        """terms => terms.filter(term => {
          const [, ...asked] = Search._parseQuery(term);
          return !Search._performSearch(term, ...asked).some(hit => hit[0] === 'book/glossary');
        })""",
        terms,
    )
    assert not missed
