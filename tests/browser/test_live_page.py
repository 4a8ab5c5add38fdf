"""The GPT in the page: torch's numbers from the course's own weights, by keyboard, from a file."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe

from gptlab.authoring.live_model import MODEL
from gptlab.evaluation.attention_maps import attention_maps
from gptlab.generation.cost import forward_flops
from gptlab.generation.export import load_page_model
from gptlab.generation.sampling import GREEDY, Sampling, generate_tokens, next_token_probabilities
from gptlab.text.tokenizers import BPETokenizer

pytestmark = pytest.mark.browser

PAGE = "book/live.html"
BOX = "document.querySelector('[data-live]')"
SAYS = f"{BOX}.querySelector('[data-part=status]').textContent"
# English, two other scripts, signs, a beginning of lines, nothing.
PROMPTS = ["In the history of the", "Zürich, 東京 и Москва 🙂", "  1954:\n\nIt's <b>&amp;", ""]


@pytest.fixture(scope="module")
def torchs():
    path = Path(__file__).resolve().parents[2] / "book" / "model" / MODEL
    model, settings = load_page_model(path)
    return model, BPETokenizer(settings["merges"]), settings["start"]


@pytest.fixture
def page(visit, pages):
    """The page, opened from its file, with its weights there."""
    tab = visit(root=pages.as_uri())
    page = tab.open(PAGE)
    page.wait_for_function(f"/Press Write/.test({SAYS})")
    page.tab = tab
    yield page
    assert tab.complaints == []


def read_prompt(page, text):
    page.locator("[data-part=prompt]").fill(text)
    page.wait_for_timeout(200)  # it waits until nobody types
    page.wait_for_function(f"/Press Write|Shorten/.test({SAYS})")


def read_steps(page, text):
    read_prompt(page, text)
    return page.evaluate(
        f"{BOX}.read().map(({{ id, logits, attention }}) => [id, Array.from(logits), attention])"
    )


def write(page, n, button="Write"):
    page.locator("[data-part=most]").fill(str(n))
    page.get_by_role("button", name=button).press("Enter")
    page.wait_for_function(f"/tokens written/.test({SAYS})")
    return page.evaluate(f"{BOX}.read().map(({{ id }}) => id)")


def test_the_page_computes_what_torch_computes(page, torchs):
    model, tokenizer, start = torchs
    for text in PROMPTS:
        steps = read_steps(page, text)
        ids = [step[0] for step in steps]
        assert ids == [start, *tokenizer.encode(text)]
        with torch.no_grad():
            expected = model(torch.tensor([ids]))[0]
        found = torch.tensor([step[1] for step in steps], dtype=torch.float)
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)
        maps = torch.stack([m.weights[0] for m in attention_maps(model, torch.tensor([ids]))])
        last = torch.tensor(steps[-1][2], dtype=torch.float)  # layers × heads × positions
        torch.testing.assert_close(last, maps[:, :, -1], atol=1e-5, rtol=0)


def test_it_writes_torchs_text_with_the_cache_and_without_and_counts_the_work(page, torchs):
    model, tokenizer, start = torchs
    ids = [start, *tokenizer.encode("The city of")]
    page.locator("[data-part=prompt]").fill("The city of")
    page.get_by_role("slider").first.fill("0")
    got = write(page, 8)
    assert float(page.evaluate(f"{BOX}.dataset.first")) < 1000, "a second after the key"
    page.get_by_role("checkbox", name="KV cache").press("Space")
    got = write(page, 6, "Go on")
    expected = [int(t) for t in generate_tokens(model, torch.tensor([ids]), 14, GREEDY)]
    assert got == ids + expected
    costs = page.evaluate(f"{BOX}.costs()")
    assert [each["cached"] for each in costs] == [True] * 8 + [False] * 6
    shape = model.config
    one = [forward_flops(shape, 1, past) / 2 for past in range(len(got))]
    assert costs[0]["sum"] == one[len(ids)]
    assert costs[-1]["sum"] == sum(one)
    assert costs[-1]["count"] == len(got)
    # The numbers shown are the newest token's.
    row = page.locator("[data-part=without]").inner_text().split("\t")
    assert row[1:3] == [str(len(got)), f"{sum(one) / 1e6:.2f} million"]


def test_rules_and_seed_decide_what_is_written(page, torchs):
    _, tokenizer, start = torchs
    steps = read_steps(page, "In the")
    for slider, times in zip(page.get_by_role("slider").all(), (4, 5, 0), strict=True):
        slider.focus()
        for _ in range(times):
            page.keyboard.press("ArrowRight")
    expected = next_token_probabilities(torch.tensor([steps[-1][1]]), Sampling(1.0, 5))[0]
    found = torch.tensor(page.evaluate(f"{BOX}.probabilities"))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    rows = page.locator(".guesses tbody tr")
    best = int(expected.argmax())
    assert rows.first.locator("th").inner_text() == tokenizer.decode([best])
    assert rows.first.locator("td").nth(1).inner_text() == f"{expected[best]:.3f}"
    first = write(page, 10)
    assert write(page, 10) == first, "the same seed, the same text"
    page.locator("[data-part=seed]").fill("2")
    assert write(page, 10) != first
    assert first[:2] == [start, *tokenizer.encode("In the")[:1]]


def test_tokens_and_heads_are_chosen_by_keyboard(page, torchs):
    model, tokenizer, _ = torchs
    text = "The king of France was a man of the world"
    steps = read_steps(page, text)
    page.locator("[role=listbox]").focus()
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    chosen = page.locator("[role=option][aria-selected=true]")
    assert chosen.inner_text() == tokenizer.decode([steps[3][0]])
    heads = page.get_by_role("radio")
    assert heads.count() == model.config.n_layers * model.config.n_heads
    heads.first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")  # layer 2, head 2
    weights = steps[3][2][1][1]
    place = max(range(4), key=lambda i: weights[i])
    looks = page.locator("[data-part=looks]").inner_text()
    assert looks.startswith("Layer 2, head 2: ")
    assert f" {weights[place]:.2f}," in looks
    assert page.locator("[data-part=map]").evaluate("map => map.width") == len(steps)
    after = page.locator("[data-part=after]").inner_text()
    order = sorted(range(len(steps[3][1])), key=lambda i: -steps[3][1][i])
    assert f"number {order.index(steps[4][0]) + 1:,} with probability" in after


def test_what_cannot_be_read_is_refused_in_words(page):
    for bad, said in {
        "x" * 10_000: "The prompt has 10,000 characters. The model reads at most 256 tokens",
        "a 1 " * 300: "tokens. The model reads at most 256, one of them is the start sign",
    }.items():
        read_prompt(page, bad)
        assert said in page.evaluate(SAYS)
        assert not page.locator("[role=listbox]").is_visible()
        page.get_by_role("button", name="Go on").press("Enter")
        assert said in page.evaluate(SAYS)
    read_prompt(page, "")
    assert page.evaluate(f"{BOX}.read().length") == 1
    assert "The prompt is empty: the model begins a text of its own" in page.evaluate(SAYS)
    # A text that fills the context ends there.
    read_prompt(page, "the " * 252)
    page.get_by_role("slider").first.fill("0")
    assert len(write(page, 50)) <= 256
    assert "The context is full" in page.evaluate(SAYS)
    page.get_by_role("button", name="Go on").press("Enter")
    assert "at its end" in page.evaluate(SAYS)


def test_it_is_light_enough_and_stands_in_nobodys_way(visit, pages):
    tab = visit()
    page = tab.open(PAGE)
    page.wait_for_function(f"/Press Write/.test({SAYS})")
    files = {urlsplit(url).path.lstrip("/") for url in tab.requests if url.startswith("http")}
    assert any(name.endswith("live-model.js") for name in files)
    assert sum((pages / name).stat().st_size for name in files if (pages / name).is_file()) < 12e6
    for theme in ("light", "dark"):
        page = visit(theme).open(PAGE)
        page.wait_for_function(f"/Press Write/.test({SAYS})")
        found = Axe().run(page, options={"preload": False}).response["violations"]
        grave = [v for v in found if v["impact"] in ("serious", "critical")]
        told = [f"{theme}: {n['html']}: {n['failureSummary']}" for v in grave for n in v["nodes"]]
        assert not told, told
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert not tab.complaints


def test_without_storage_it_writes_and_without_javascript_it_says_so(browser, address):
    context = browser.new_context()
    context.add_init_script("""for (const name of ["localStorage", "sessionStorage", "indexedDB"])
        Object.defineProperty(window, name, { get() { throw new DOMException("denied"); } });
        delete window.WebAssembly;""")
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    page.wait_for_function(f"/Press Write/.test({SAYS})")
    assert len(write(page, 3)) > 3
    context.close()

    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    assert "runs in JavaScript, which is off here" in page.locator("[role=status]").inner_text()
    for words in ("likeliest tokens after", "Attention maps of 8 heads"):
        assert page.get_by_role("img", name=words).bounding_box()["height"] > 50
    context.close()


def test_missing_weights_are_told(visit, pages):
    tab = visit(fresh=True)
    tab.page.route("**/live-model.js", lambda route: route.abort())
    page = tab.open(PAGE)
    page.wait_for_function(f"/could not be loaded; build the book again/.test({SAYS})")


def test_facts_beside_the_model_are_the_files_own(torchs):
    model, _, _ = torchs
    folder = Path(__file__).resolve().parents[2] / "book" / "model"
    facts = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert facts["parameters"] == model.config.parameter_count()
    assert facts["bytes"] == (folder / MODEL).stat().st_size < 4_500_000
    assert 1.8 < facts["bits_per_byte"] < 2.1
