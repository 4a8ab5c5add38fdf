"""Fill the gap of chapter 15 in the page: torch's probabilities, by mouse and by keyboard."""

from __future__ import annotations

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe

from gptlab.figures.gap_filler import gap_filler, gap_fills
from gptlab.models.bert import BertConfig, BertPretraining
from gptlab.text.wordpiece import SPECIAL_PIECES, WordPieceTokenizer

pytestmark = pytest.mark.browser

WORDS = ["the", "dog", "cat", "sleeps", "&", "<", '"']
TOKENIZER = WordPieceTokenizer([*SPECIAL_PIECES, *WORDS])
SENTENCES = ["the dog sleeps", 'the cat & the "dog <']


def model():
    torch.manual_seed(15)
    return BertPretraining(BertConfig(12, 12, d_model=8, n_heads=2, n_layers=1, dropout=0.0)).eval()


@pytest.fixture
def page(alone):
    return alone(gap_filler(model(), TOKENIZER, SENTENCES).html)


def shown(page):
    rows = page.get_by_role("row").all()[1:]
    return [tuple(cell.inner_text() for cell in row.get_by_role("cell").all()) for row in rows]


def wanted(sentence, gap):
    fills = gap_fills(model(), TOKENIZER, SENTENCES[sentence])[gap]
    return [(word, f"{round(share, 3):.2f}") for word, share in fills]


def test_every_gap_shows_what_torch_puts_there(page):
    assert [w for w, _ in shown(page)] == [w for w, _ in wanted(0, 1)]
    for sentence in (0, 1):
        page.get_by_role("combobox").select_option(index=sentence)
        words = TOKENIZER.tokenize(SENTENCES[sentence])
        for gap, word in enumerate(words):
            button = page.get_by_role("button", name=f"hide {word}, word {gap + 1}", exact=True)
            button.click()
            assert button.get_attribute("aria-pressed") == "true"
            assert button.inner_text() == "[MASK]"
            assert [w for w, _ in shown(page)] == [w for w, _ in wanted(sentence, gap)]
            status = page.get_by_role("status").inner_text()
            assert status.startswith(f"Hidden: {word}. Likeliest: {shown(page)[0][0]}")


def test_by_keyboard_alone(page):
    page.get_by_role("combobox").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_role("status").inner_text().startswith("Hidden: &.")


def test_nothing_stands_in_anybodys_way(page):
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
