"""The merges of chapter 08 in the page: the same as Python's, by mouse and by keyboard, for all."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from gptlab.figures.merges_widget import merges_widget
from gptlab.text import bpe

pytestmark = pytest.mark.browser

TEXTS = [
    "the cat sat on the mat and the rat sat on the hat",
    "It's 1954,  isn't it?\n\n  aaaa aaaaa 1954 \t\t x",
    "naïve naïve 東京 東京 👍👍 e\u0301e\u0301 \u00a0\u00a0 '' ''s 'S",
    "Äpfel, süße Äpfel; Übermut tut selten gut, selten gut",
    "abababab",
    "nothing",
]
READ = """() => {
  const box = document.querySelector('[data-merges]');
  const part = (name) => box.querySelector('[data-part=' + name + ']');
  return {
    merges: [...part('merges').children].map((item) =>
      [item.dataset.left, item.dataset.right, item.dataset.count].map(Number)),
    tokens: [...part('tokens').children].map((chip) => Number(chip.dataset.id)),
    names: [...part('tokens').children].map((chip) => chip.textContent),
    status: part('status').textContent,
    place: Number(part('slider').value),
    last: Number(part('slider').max),
  };
}"""


@pytest.fixture
def page(alone):
    return alone(merges_widget(TEXTS[0]).html, width=700, height=800)


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def in_python(text):
    """Merges with their counts, and the tokens after the last: what the page should show."""
    merges = bpe.learn_merges(bpe.count_words([text]), 10_000)
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    words = [bpe.gpt2_byte_ids(word) for word in bpe.split_words(text)]
    counts = []
    for done, pair in enumerate(merges):
        kept = {p: rank for p, rank in ranks.items() if rank < done}
        ids = [bpe.apply_merges(word, kept) for word in words]
        counts.append(sum(row[i : i + 2] == list(pair) for row in ids for i in range(len(row))))
    tokens = [token for word in words for token in bpe.apply_merges(word, ranks)]
    return [[*pair, count] for pair, count in zip(merges, counts, strict=True)], tokens


@pytest.mark.parametrize("text", TEXTS)
def test_the_page_learns_what_python_learns(page, text):
    page.get_by_role("textbox").fill(text)
    start = page.evaluate(READ)
    assert start["tokens"] == [i for word in bpe.split_words(text) for i in bpe.gpt2_byte_ids(word)]
    button(page, "End").click()
    shown = page.evaluate(READ)
    merges, tokens = in_python(text)
    assert shown["merges"] == merges
    assert shown["tokens"] == tokens
    assert shown["last"] == shown["place"] == len(merges)
    assert "No pair is left" in shown["status"]


def test_half_a_character_is_shown_by_its_bytes(page):
    page.get_by_role("textbox").fill("é é")
    assert page.evaluate(READ)["names"] == ["‹C3›", "‹A9›", "␣", "‹C3›", "‹A9›"]
    button(page, "End").click()
    assert page.evaluate(READ)["names"] == ["é", "␣", "é"]


def test_an_empty_text_has_no_tokens_and_no_error(page):
    page.get_by_role("textbox").fill("")
    for name in ("Next merge", "Back", "End", "Start"):
        button(page, name).click(force=True)  # it is where it goes: aria-disabled
    assert page.evaluate(READ)["tokens"] == []


def test_one_step_at_a_time_by_keyboard(page):
    tokens = [len(page.evaluate(READ)["tokens"])]
    page.get_by_role("textbox").focus()
    for _ in range(3):  # past Start and Back
        page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("Enter")
        tokens.append(len(page.evaluate(READ)["tokens"]))
    assert tokens == sorted(tokens, reverse=True)
    assert page.evaluate(READ)["place"] == 3
    assert page.evaluate(READ)["status"].startswith("Merge 3: t + he, 4 times, becomes the")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    assert page.evaluate(READ)["place"] == 2
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(READ)["place"] == 3
    page.keyboard.press("End")
    assert page.evaluate(READ)["place"] == page.evaluate(READ)["last"]


def test_the_end_is_the_end_and_the_start_the_start(page):
    button(page, "Back").click(force=True)
    assert page.evaluate(READ)["place"] == 0
    button(page, "End").click()
    last = page.evaluate(READ)["last"]
    button(page, "Next merge").click(force=True)
    assert page.evaluate(READ)["place"] == last
    assert button(page, "Next merge").get_attribute("aria-disabled") == "true"
    button(page, "Start").click()
    assert page.evaluate(READ)["place"] == 0


def test_two_widgets_in_one_page_stay_apart(page):
    both = merges_widget("aa aa").html + merges_widget("bb bb bb").html
    page.set_content(f"<!doctype html><html lang=en><title>x</title><main>{both}</main>")
    page.get_by_role("button", name="End").last.click()
    shown = page.locator("[data-part=tokens]").all_inner_texts()
    assert [len(text.split()) for text in shown] != [0, 0]
    counts = [box.locator("span").count() for box in page.locator("[data-part=tokens]").all()]
    assert counts == [5, 3]


def test_the_book_page_has_it_and_no_barrier(visit):
    tab = visit()
    page = tab.open("chapters/08-tokens.html")
    box = page.locator("[data-merges]")
    assert box.count() == 1
    button(page, "Next merge").click()
    assert "Merge 1" in box.get_by_role("status").inner_text()
    found = Axe().run(page, context="[data-merges]", options={"preload": False})
    assert found.response["violations"] == []
    page.emulate_media(media="print")
    assert not box.is_visible()
    assert not tab.complaints
