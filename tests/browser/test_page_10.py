"""The gates of chapter 10 in the page: torch's memory, word by word, by mouse and by keyboard."""

from __future__ import annotations

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe

from gptlab.errors import LabError
from gptlab.figures.gate_stepper import gate_stepper
from gptlab.models.recurrent_lm import RecurrentLM, RecurrentLMConfig

pytestmark = pytest.mark.browser

WORDS = [["(begin)", "the", "<woman>", "sleeps"], ["(begin)", "the", "women", "whom", "we", "saw"]]
IDS = [[9, 0, 1, 2], [9, 0, 3, 4, 5, 6]]
UNITS = [5, 0, 3]
BOX = "document.querySelector('[data-gates]')"


def readings():
    torch.manual_seed(10)
    model = RecurrentLM(RecurrentLMConfig(9, d_model=4, d_hidden=6))
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(3)
    return [model.gates(torch.tensor(ids)) for ids in IDS]


@pytest.fixture
def page(alone):
    return alone(gate_stepper(WORDS, readings(), UNITS).html)


def test_the_memory_is_torchs_at_every_word_by_keyboard(page):
    page.get_by_label("Sentence").select_option(index=1)
    page.get_by_label("Unit").select_option("3")
    page.get_by_role("listbox").focus()
    memory = readings()[1]["memory"][:, 3]
    for t in range(6):
        step = page.evaluate(f"{BOX}.step")
        assert step["word"] == WORDS[1][t]
        assert abs(step["c"] - memory[t].item()) < 0.005  # gates stand there to three digits
        told = page.get_by_role("status").inner_text().replace("−", "-")
        assert f"Word {t + 1} of 6, “{WORDS[1][t]}”, unit 3: c′" in told
        assert f"= {step['c']:.2f};" in told
        page.keyboard.press("ArrowRight")
    assert page.get_by_role("button", name="Next word").is_disabled()
    page.keyboard.press("Home")
    assert "Word 1 of 6" in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Next word").press("Enter")
    assert "Word 2 of 6" in page.get_by_role("status").inner_text()


def test_words_are_text_and_nothing_stands_in_anybodys_way(page):
    assert "<woman>" in page.locator("[data-part=words] [role=option]").nth(2).inner_text()
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_does_not_fit_is_refused():
    found = readings()
    for words, given, units, said in [
        (WORDS, found[:1], UNITS, "one reading for each"),
        (WORDS, found, [], "at least one unit"),
        (WORDS, found, [6], "a column for each unit"),
        ([["the"]], found[:1], [0], "a row for each word"),
        (WORDS[:1], [{"forget": found[0]["forget"]}], [0], "no 'input'"),
        (WORDS[:1], [{k: v * torch.nan for k, v in found[0].items()}], [0], "not finite"),
    ]:
        with pytest.raises(LabError, match=said):
            gate_stepper(words, given, units)
