"""The attention explorer of chapter 12 in the page: torch's weights, by mouse and by keyboard."""

from __future__ import annotations

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.evaluation.attention_maps import attention_maps
from gptlab.figures.attention_explorer import PAD, attention_explorer
from gptlab.layers.attention import causal_mask
from gptlab.models.gpt import GPT, GPTConfig

pytestmark = pytest.mark.browser

SENTENCES = [
    ["the", "cat", "<b>", "sleeps", PAD, PAD],
    ['"quoted" & \'s', "dog", "barks"],
]
BOX = "document.querySelector('[data-attention]')"


def scores():
    torch.manual_seed(12)
    model = GPT(GPTConfig(9, context_length=8, d_model=12, n_heads=3, n_layers=2))
    for p in model.parameters():
        torch.nn.init.normal_(p)
    found = []
    for words in SENTENCES:
        maps = attention_maps(model, torch.randint(9, (1, len(words))))
        found.append(torch.stack([layer.scores[0] for layer in maps]))
    return found


@pytest.fixture
def page(alone):
    return alone(attention_explorer(SENTENCES, scores()).html)


def shown(page):
    return torch.tensor(page.evaluate(f"{BOX}.weights"))


def expected(sentence, layer, head, causal, padding):
    raw = scores()[sentence][layer, head]
    allowed = causal_mask(len(raw)) if causal else torch.ones_like(raw, dtype=torch.bool)
    if padding:
        allowed = allowed & torch.tensor([word != PAD for word in SENTENCES[sentence]])
    weights = raw.masked_fill(~allowed, -torch.inf).softmax(-1)
    return weights.nan_to_num(0.0)


@pytest.mark.parametrize(
    ("sentence", "layer", "head", "causal", "padding"),
    [
        (0, 0, 0, True, False),
        (0, 1, 2, False, False),
        (0, 0, 1, False, True),
        (0, 1, 0, True, True),
        (1, 1, 1, True, False),
    ],
)
def test_the_page_computes_torchs_weights_under_every_mask(
    page, sentence, layer, head, causal, padding
):
    for name, index in (("Sentence", sentence), ("Layer", layer), ("Head", head)):
        page.get_by_label(name).select_option(index=index)
    page.get_by_label("Causal mask").set_checked(causal)
    page.get_by_label("Padding mask").set_checked(padding)
    weights = expected(sentence, layer, head, causal, padding)
    assert_close(shown(page), weights, atol=1e-4, rtol=0)
    chosen = SENTENCES[sentence].index("sleeps" if sentence == 0 else "barks")
    numbers = page.locator(".number").all_inner_texts()
    assert_close(torch.tensor([float(n) for n in numbers]), weights[chosen], atol=0.0051, rtol=0)


def test_a_word_is_chosen_by_mouse_and_by_keyboard_and_told(page):
    status = page.get_by_role("status")
    assert status.inner_text().startswith("sleeps (4) looks at")
    assert status.inner_text().endswith("Masks: causal.")
    page.get_by_role("button", name="the").hover()
    assert status.inner_text() == "the (1) looks at the (1) 1.00. Masks: causal."
    page.get_by_role("button", name="the").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    focused = page.evaluate("document.activeElement.textContent")
    assert focused == "<b>"
    assert status.inner_text().startswith("<b> (3) looks at")
    page.keyboard.press("End")
    assert status.inner_text().startswith(f"{PAD} (6) looks at")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    assert status.inner_text().startswith("the (1)")
    assert page.locator("button[aria-pressed=true]").inner_text() == "the"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_are_text_and_nothing_stands_in_anybodys_way(page, scheme):
    page.emulate_media(color_scheme=scheme)
    assert page.locator("ol button").all_inner_texts() == SENTENCES[0]
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


@pytest.mark.parametrize(
    ("sentences", "arrays", "start", "message"),
    [
        ([], [], -1, "0 sentences and 0 arrays"),
        ([["a"]], [], -1, "1 sentences and 0 arrays"),
        ([["a", "b"]], [torch.zeros(1, 1, 2, 3)], -1, r"shape \(1, 1, 2, 3\)"),
        ([["a"], ["b"]], [torch.zeros(1, 1, 1, 1), torch.zeros(2, 1, 1, 1)], -1, r"\(1, 1, 1, 1\)"),
        ([["a"]], [torch.full((1, 1, 1, 1), -torch.inf)], -1, "before the mask"),
        ([[PAD, "a"]], [torch.zeros(1, 1, 2, 2)], -1, "pad at the end"),
        ([["a", PAD]], [torch.zeros(1, 1, 2, 2)], 1, "start=1 is no word"),
        ([["a"] * 300], [torch.zeros(1, 1, 300, 300)], -1, "90,000 scores are too many"),
    ],
)
def test_what_does_not_fit_is_refused(sentences, arrays, start, message):
    with pytest.raises(LabError, match=message):
        attention_explorer(sentences, arrays, start)


def test_the_chapter_holds_it_with_its_sentences(visit):
    tab = visit()
    page = tab.open("chapters/12-self-attention.html")
    box = page.locator("[data-attention]")
    assert box.count() == 1
    assert box.get_by_label("Sentence").locator("option").count() == 4
    assert box.get_by_role("status").inner_text().endswith("Masks: causal.")
    assert box.locator("ol button").first.inner_text() == "(begin)"
    assert not tab.complaints
