"""The forward pass of chapter 09 in the page: torch's probabilities, by mouse and by keyboard."""

from __future__ import annotations

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe

from gptlab.figures.forward_pass import forward_pass
from gptlab.models.neural_lm import NeuralLM, NeuralLMConfig

pytestmark = pytest.mark.browser

WORDS = ["the", "a", "cat", "dog", "<bus>", "sleeps", '"quoted" & \'s', "."]
BOX = "document.querySelector('[data-forward]')"


def built():
    torch.manual_seed(9)
    model = NeuralLM(NeuralLMConfig(len(WORDS), order=3, d_model=2, d_hidden=5)).double()
    with torch.no_grad():
        for p in model.parameters():
            p.normal_()
    return model


@pytest.fixture
def page(alone):
    return alone(forward_pass(built(), WORDS, ["the", "dog"]).html)


def shown(page):
    return torch.tensor(page.evaluate(f"{BOX}.probabilities"), dtype=torch.double)


@pytest.mark.parametrize("context", [(0, 3), (8, 8), (8, 0), (4, 6), (7, 7)])
def test_the_page_computes_what_torch_computes(page, context):
    for box, word in zip(page.get_by_role("combobox").all(), context, strict=True):
        box.select_option(index=word)
    expected = built()(torch.tensor([context]))[0, -1].softmax(0)
    torch.testing.assert_close(shown(page), expected, atol=1e-6, rtol=0)
    best = WORDS[int(expected.argmax())]
    assert page.get_by_role("status").inner_text().endswith(f"most likely {best}.")
    assert page.get_by_role("row").filter(has_text=best).first.is_visible()


def test_a_moved_vector_gives_torchs_probabilities_and_goes_back_again(page):
    before = shown(page)
    across, up = page.get_by_role("slider").all()
    across.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    up.press("ArrowRight")
    moved = [float(s.evaluate("s => s.value")) / 100 for s in (across, up)]
    model = built()
    x = torch.cat([model.embedding.weight[0], torch.tensor(moved, dtype=torch.double)])
    expected = model.to_logits(torch.tanh(model.to_hidden(x))).softmax(0)
    torch.testing.assert_close(shown(page), expected.detach(), atol=1e-6, rtol=0)
    assert "its vector moved to" in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Put it back").press("Enter")
    assert torch.equal(shown(page), before)


def test_words_are_shown_as_text_and_nothing_stands_in_anybodys_way(page):
    texts = page.locator("[data-forward] svg text").all_text_contents()
    assert texts == [*WORDS, "(begin)"]
    label = page.get_by_role("img").get_attribute("aria-label")
    assert label.startswith("The words in the plane of their vectors; ringed: the, and dog at")
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
