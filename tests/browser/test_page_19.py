"""The loss mask of chapter 19 in the page: torch's probabilities, by mouse and by keyboard."""

from __future__ import annotations

import math

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe

from gptlab.errors import LabError
from gptlab.figures.fine_tuning_mask import loss_mask_viewer, token_probabilities
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.text.chat import CHAT_TOKENS, Example, Turn, chat_example
from gptlab.text.tokenizers import CharTokenizer

pytestmark = pytest.mark.browser

TOKENS = CharTokenizer('ab<&"', special_tokens=CHAT_TOKENS)
EXAMPLES = [
    chat_example([Turn("user", "ab<"), Turn("assistant", "ba")], TOKENS),
    chat_example([Turn("user", '&"'), Turn("assistant", "bb")], TOKENS),
]


def model(seed):
    torch.manual_seed(seed)
    network = GPT(GPTConfig(TOKENS.vocab_size, 16, d_model=8, n_heads=2, n_layers=1))
    with torch.no_grad():
        for weights in network.parameters():
            weights.add_(0.5 * torch.randn_like(weights))
    return network.eval()


@pytest.fixture
def page(alone):
    box = loss_mask_viewer(TOKENS, EXAMPLES, model(1), model(2))
    return alone(box.html)


def mean_loss(network, example, whole):
    shares = token_probabilities(network, example)
    counted = [i for i in range(1, len(shares)) if whole or example.learned[i]]
    return len(counted), sum(-math.log(shares[i]) for i in counted) / len(counted)


def said_loss(page):
    return page.locator("[data-part=loss]").inner_text()


def test_the_probabilities_are_the_models_loss():
    network, example = model(1), EXAMPLES[0]
    shares = token_probabilities(network, example)
    ids = torch.tensor([example.ids])
    with torch.no_grad():
        expected = network.loss(ids[:, :-1], ids[:, 1:]).item()
    assert -sum(map(math.log, shares[1:])) / (len(shares) - 1) == pytest.approx(expected, rel=1e-5)
    assert shares[0] == 1.0
    with pytest.raises(LabError, match="1 token"):
        token_probabilities(network, Example((1,), (True,)))
    with pytest.raises(LabError, match="no conversation"):
        loss_mask_viewer(TOKENS, [], network, network)


def test_the_keyboard_walks_over_the_tokens_and_the_loss_follows(page):
    status = page.get_by_role("status")
    for place, example in enumerate(EXAMPLES):
        page.get_by_role("combobox").select_option(index=place)
        before, after = (token_probabilities(model(seed), example) for seed in (1, 2))
        tokens = page.locator("[data-part=words] button")
        assert tokens.count() == len(example.ids)
        at = example.learned.index(True)
        tokens.nth(at).focus()
        while at:  # to the first token by keyboard
            page.keyboard.press("ArrowLeft")
            at -= 1
        assert "nobody guesses it" in status.inner_text()
        for at in range(1, len(example.ids)):
            page.keyboard.press("ArrowRight")
            assert tokens.nth(at).evaluate("b => b === document.activeElement")
            assert tokens.nth(at).get_attribute("aria-pressed") == "true"
            text = status.inner_text()
            assert ("counts in the loss" in text) == example.learned[at]
            for shares in (before, after):
                wanted = "under 0.001" if shares[at] < 0.001 else f"{round(shares[at], 6):.3f}"
                assert wanted in text
        page.keyboard.press("ArrowRight")  # there is nothing behind the last
        assert f"Token {len(example.ids)} of" in status.inner_text()
        for whole in (False, True):
            page.get_by_role("checkbox").set_checked(whole)
            (count, old), (_, new) = (mean_loss(model(s), example, whole) for s in (1, 2))
            assert said_loss(page).startswith(f"{count} tokens count.")
            numbers = [float(word) for word in said_loss(page).split() if word[0].isdigit()]
            assert numbers[1:] == pytest.approx([old, new], abs=0.006)
            marked = page.locator("[data-part=words] button.counted").count()
            assert marked == count
        page.get_by_role("checkbox").set_checked(False)


def test_nothing_is_in_the_way_and_a_phone_has_room(page):
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("[data-part=choice] option").first.inner_text() == "ab<ba"
