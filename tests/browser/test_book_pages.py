"""The book as its readers meet it: in a browser, on a desk and on a phone, in light and in dark."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

CHAPTER = "chapters/17-training.html"
TOC = (Path(__file__).resolve().parents[2] / "book" / "_toc.yml").read_text(encoding="utf-8")
PAGES = [f"{name}.html" for name in re.findall(r"^\W*(?:root|file): (\S+)$", TOC, re.M)]
PAGES.append("search.html")
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]

CONTRAST = """() => {
  const parse = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => parse(c).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = node => { for (; node; node = node.parentElement) {
    const c = getComputedStyle(node).backgroundColor;
    if (!c.startsWith('rgba') || parse(c)[3] > 0) return c; } return 'rgb(255,255,255)'; };
  // Numbers in the cells of a heat map are black or white, whichever suits the cell: style.text_on.
  const onCell = text => /^rgb\\((0, 0, 0|255, 255, 255)\\)$/.test(getComputedStyle(text).fill);
  const texts = [...document.querySelectorAll('figure.gptlab-figure svg text')];
  return texts.filter(text => !onCell(text)).map(text => {
    const [a, b] = [light(getComputedStyle(text).fill), light(ground(text.closest('figure')))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); });
}"""


# What axe-core leaves to the tests beside it: letters inside a picture, and the colours of code, of
# which there are thousands on a page and a dozen kinds. Both are measured below, for every page.
ELSEWHERE = {"exclude": [["svg[role='img'] > *"], ["mjx-container"], [".highlight pre"]]}

CODE_CONTRAST = """() => {
  const parse = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => parse(c).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = node => { for (; node; node = node.parentElement) {
    const c = getComputedStyle(node).backgroundColor;
    if (!c.startsWith('rgba') || parse(c)[3] > 0) return c; } return 'rgb(255,255,255)'; };
  const kinds = new Map();
  for (const piece of document.querySelectorAll('.highlight pre, .highlight pre span'))
    if (piece.textContent.trim()) kinds.set(piece.className + piece.parentElement.className, piece);
  return [...kinds.values()].map(piece => {
    const [a, b] = [light(getComputedStyle(piece).color), light(ground(piece))];
    return [piece.className, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]; })
    .filter(([, ratio]) => ratio < 4.5); }"""


def barriers(page: Page, *rules: str) -> list[str]:
    """What axe-core calls serious or critical; only for some rules, or for all."""
    # Preloading would ask for style sheets a second time, at addresses of axe's own making.
    options: dict[str, object] = {"preload": False, "resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = list(rules)
    found = [
        f"{each['id']}: {each['help']}: {[node['target'] for node in each['nodes']][:5]}"
        for each in Axe().run(page, context=ELSEWHERE, options=options).response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    return found + [f"code too pale: {kind}" for kind in page.evaluate(CODE_CONTRAST)]


@pytest.mark.parametrize("path", PAGES)
def test_page_is_sound_in_light_in_dark_and_on_a_phone(visit, path):
    tab = visit()
    page = tab.open(path)
    faults = barriers(page)

    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    faults += [f"in the dark: {each}" for each in barriers(page, "color-contrast")]

    page.set_viewport_size({"width": 360, "height": 800})
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > 360:
        faults.append(f"on a phone the page is {width} pixels wide")
    if page.evaluate("parseFloat(getComputedStyle(document.querySelector('p')).fontSize)") < 14:
        faults.append("on a phone the text is too small")
    if wordless := page.evaluate(WORDLESS):
        faults.append(f"without words: {wordless}")

    assert len(tab.requests) > 3, "the recorder saw nothing"
    outside = [url for url in tab.requests if urlsplit(url).hostname not in ("127.0.0.1", None)]
    faults += [f"asks for {url}" for url in outside]
    faults += [f"complains: {said}" for said in tab.complaints]
    assert not faults, "\n".join(faults)


WORDLESS = """() => [...document.querySelectorAll('img, svg[role=img], [role=img]')]
  .filter(picture => picture.checkVisibility() && !picture.closest('[aria-hidden=true]'))
  .filter(picture => !(picture.alt || picture.getAttribute('aria-label')
    || picture.getAttribute('aria-labelledby') || picture.querySelector('title')))
  .map(picture => picture.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("path", [CHAPTER, "book/notation.html"])
def test_maths_is_drawn(visit, path):
    page = visit().open(path)
    boxes = page.evaluate(
        "[...document.querySelectorAll('mjx-container')].map(box => box.getBoundingClientRect())"
        ".map(box => [box.width, box.height])"
    )
    assert boxes, "no formula on the page"
    assert min(width for width, _ in boxes) > 3
    assert min(height for _, height in boxes) > 5
    assert page.locator("mjx-merror").count() == 0
    fonts = page.evaluate(
        "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
    )
    assert any("MJX" in font for font in fonts)


def test_maths_is_drawn_from_a_file(visit, pages):
    tab = visit(root=pages.as_uri())
    page = tab.open("book/notation.html")
    assert page.locator("mjx-container").first.bounding_box()["height"] > 5
    assert not tab.complaints


@pytest.mark.parametrize("path", [*CHAPTERS, "book/board-meaning.html"])
def test_pictures_follow_the_theme_and_are_told_in_words(visit, path):
    shots = []
    for theme in ("light", "dark"):
        page = visit(theme).open(path)
        page.wait_for_function("!document.querySelector('figure.gptlab-figure > img')")
        pictures = page.locator("figure.gptlab-figure > svg[role=img]")
        assert pictures.count() >= 1
        for picture in pictures.all():
            assert len(picture.get_attribute("aria-label") or "") >= 20
        contrasts = page.evaluate(CONTRAST)
        assert contrasts
        assert min(contrasts) >= 4.5
        shot = Image.open(io.BytesIO(pictures.first.screenshot())).convert("L")
        shots.append(shot.getpixel((2, 2)))
    assert shots[0] > 240, "a picture lies on the page's white"
    assert shots[1] < 40, "a picture lies on the page's black"


def test_code_that_is_shown_opens_its_file_at_the_line(visit):
    tab = visit()
    page = tab.open(CHAPTER)
    page.locator(".gptlab-source a").first.click()
    page.wait_for_url("**/gptlab/**.html#L*")
    line = page.locator(f"[id='{urlsplit(page.url).fragment}']")
    assert line.is_visible()
    assert 0 <= line.bounding_box()["y"] < 900
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert not tab.complaints


def test_theme_switch_is_remembered(visit):
    page = visit(fresh=True).open("book/index.html")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for _ in range(3):
        page.locator("button.theme-switch-button:visible").first.click()
        if page.evaluate("document.documentElement.dataset.theme") == "dark":
            break
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_search_finds_a_word_by_keyboard(visit):
    tab = visit()
    page = tab.open("book/index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("perplexity")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=perplexity*")
    page.wait_for_selector("#search-results li a")
    assert "Glossary" in page.locator("#search-results").inner_text()
    page.locator("#search-results li a", has_text="Glossary").first.click()
    assert "perplexity" in page.locator("article").inner_text().lower()
    assert not tab.complaints


def test_keyboard_reaches_the_text_and_shows_where_it_is(visit):
    page = visit().open(CHAPTER)
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.textContent.trim()")
    assert first == "Skip to main content"
    assert page.locator(":focus").bounding_box()["y"] >= 0, "the skip link shows when it has focus"
    reached = []
    for _ in range(25):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.outerHTML")[:80])
        style = "getComputedStyle(document.activeElement)"
        assert page.evaluate(f"{style}.outlineStyle") == "solid", reached[-1]
        assert page.evaluate(f"parseFloat({style}.outlineWidth)") >= 2, reached[-1]
    assert len(set(reached)) > 15
    page.reload()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main-content"


def test_print_leaves_the_navigation_out(visit):
    page = visit().open(CHAPTER)
    assert page.locator(".bd-sidebar-primary").is_visible()
    page.emulate_media(media="print")
    assert not page.locator(".bd-sidebar-primary").is_visible()
    assert not page.locator(".bd-header-article").is_visible()
    assert page.locator("h1:visible").count() == 1
    assert page.locator("article p:visible").count() > 0


def test_paper_is_white(visit):
    page = visit("dark").open(CHAPTER)
    ground = "getComputedStyle(document.body).backgroundColor"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(ground) == "rgb(18, 18, 18)"


@pytest.fixture(scope="module")
def scriptless(browser, address) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_pages_are_readable_without_scripts(scriptless, address):
    faults = []
    for path in PAGES:
        scriptless.goto(f"{address}/{path}")
        if path == "search.html":
            said = " ".join(scriptless.locator("noscript").all_text_contents())
            faults += [] if "JavaScript" in said else ["search.html does not say what it needs"]
            continue
        if not scriptless.locator("article h1").is_visible():
            faults.append(f"{path}: no heading")
        text = scriptless.locator("article").inner_text()
        if len(text) < 300 or "onload" in text or "charCodeAt" in text:
            faults.append(f"{path}: {len(text)} letters that can be read")
        for picture in scriptless.locator("figure.gptlab-figure > svg[role=img]").all()[:3]:
            box = picture.bounding_box()
            if box is None or box["height"] < 30 or not picture.get_attribute("aria-label"):
                faults.append(f"{path}: a picture is missing")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", ["book/index.html", CHAPTER, "book/scoreboard.html"])
def test_page_opened_from_a_file_works(visit, pages, path):
    tab = visit(root=pages.as_uri())
    page = tab.open(path)
    assert page.locator("article h1").is_visible()
    assert page.locator("article svg").first.bounding_box()["height"] > 10
    assert not tab.complaints
    assert all(url.startswith(("file:", "data:")) for url in tab.requests)


def test_search_from_a_file_works(visit, pages):
    tab = visit(root=pages.as_uri())
    page = tab.open("search.html?q=perplexity")
    page.wait_for_selector("#search-results li a", state="attached")
    assert "Glossary" in page.locator("#search-results").inner_text()
    assert not tab.complaints
