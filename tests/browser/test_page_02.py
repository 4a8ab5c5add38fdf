"""The guessing game of chapter 02 in the built page: no kernel, by mouse and by keyboard."""

from __future__ import annotations

import json
import math
from collections import Counter

import pytest

from gptlab.classic.shannon import guess_bounds

pytestmark = pytest.mark.browser

PAGE = "chapters/02-ngrams.html"
GAME = "[data-guessing]"


def opened(visit, theme="light"):
    tab = visit(theme)
    page = tab.open(PAGE)
    box = page.locator(GAME)
    assert box.count() == 1
    return tab, page, box, json.loads(box.get_attribute("data-guessing"))


def part(box, name):
    return box.locator(f"[data-part={name}]")


def test_the_game_is_played_by_clicks_and_tells_who_needed_what(visit):
    tab, _, box, sentences = opened(visit)
    text, ranks = sentences[0]["text"], sentences[0]["ranks"]
    assert f"{len(text)} letters" in part(box, "status").inner_text()
    wrong = next(c for c in "zqxj" if c != text[0])
    box.locator(f"[data-key='{wrong}']").click()
    assert f"Not {wrong}" in part(box, "status").inner_text()
    assert box.locator(f"[data-key='{wrong}']").get_attribute("aria-disabled") == "true"
    # Once more is not a second guess. (A plain click would wait for the key to be enabled.)
    box.locator(f"[data-key='{wrong}']").dispatch_event("click")
    assert "Guesses so far: 1" in part(box, "status").inner_text()
    box.locator(f"[data-key='{text[0]}']").click()
    said = part(box, "status").inner_text()
    assert f"your guess number 2; the model's was {ranks[0]}." in said
    assert box.locator(f"[data-key='{wrong}']").get_attribute("aria-disabled") == "false"
    assert part(box, "you-mean").inner_text() == "2.0"
    assert part(box, "model-mean").inner_text() == f"{ranks[0]:.1f}"
    assert part(box, "you-bits").inner_text() == "–"
    assert not tab.complaints


def test_a_whole_game_by_keyboard_gives_shannons_bound(visit):
    tab, page, box, sentences = opened(visit, "dark")
    text, ranks, bits = (sentences[0][key] for key in ("text", "ranks", "bits"))
    part(box, "typed").focus()
    mine = []
    for place, letter in enumerate(text):
        wrong = [c for c in "ea" if c != letter][: place % 3]
        mine.append(len(wrong) + 1)
        page.keyboard.type("".join([*wrong, letter]))
    assert "That was the last letter" in part(box, "status").inner_text()
    for name, given in (("you", mine), ("model", ranks)):
        first = round(100 * Counter(given)[1] / len(given))
        assert part(box, f"{name}-first").inner_text() == f"{first} %"
        assert float(part(box, f"{name}-mean").inner_text()) == pytest.approx(
            sum(given) / len(given), abs=0.06
        )
        shown = float(part(box, f"{name}-bits").inner_text())
        assert shown == pytest.approx(guess_bounds(given)[1], abs=0.006)
    cost = f"{math.fsum(bits) / len(bits):.2f}"
    assert cost[:-1] in part(box, "probabilities").inner_text()
    assert part(box, "typed").is_disabled()
    assert not tab.complaints


def test_giving_up_starting_again_and_the_next_sentence(visit):
    tab, page, box, sentences = opened(visit)
    part(box, "reveal").focus()
    page.keyboard.press("Enter")
    assert f"It is {sentences[0]['text'][0]}" in part(box, "status").inner_text()
    assert part(box, "you-mean").inner_text() == "27.0"
    # Showing every letter must not look like a cheap way to write the text down.
    for _ in range(24):
        page.keyboard.press("Enter")
    assert part(box, "you-bits").inner_text() == "–"
    assert float(part(box, "model-bits").inner_text()) > 0
    part(box, "again").click()
    assert "Sentence 1 of 4" in part(box, "status").inner_text()
    assert part(box, "you-mean").inner_text() == "–"
    for n in (2, 3, 4, 1):
        part(box, "other").click()
        assert f"Sentence {n} of 4" in part(box, "status").inner_text()
    assert len({s["text"] for s in sentences}) == 4
    assert not tab.complaints


def test_a_phone_shows_the_whole_game(visit):
    _, page, box, _ = opened(visit)
    page.set_viewport_size({"width": 375, "height": 800})
    frame = box.bounding_box()
    assert frame["x"] >= 0
    assert frame["x"] + frame["width"] <= 375
    assert all(key.bounding_box()["height"] >= 24 for key in box.locator("[data-key]").all())
