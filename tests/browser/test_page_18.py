"""Chapter 18 in the page: torch's scores, tokens and probabilities, by mouse and by keyboard."""

from __future__ import annotations

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe

from gptlab.figures.page_writer import page_writer
from gptlab.figures.sampling_playground import sampling_playground
from gptlab.generation.export import as_base64, load_page_model, page_model, page_script
from gptlab.generation.sampling import GREEDY, Sampling, generate_tokens, next_token_probabilities
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.text.tokenizers import BPETokenizer, ByteTokenizer, CharTokenizer

pytestmark = pytest.mark.browser

WORDS = ["<end>", "the", "a", "cat", "dog", "<bus>", "sleeps", '"quoted" & \'s', ".", ",", "?"]
TEXT = "Zürich’s old trams: 東京, the trams' old bells 🙂 don’t ring.\n  It's late!"


def built(vocab_size=11, **changes):
    torch.manual_seed(18)
    shape = {"context_length": 16, "d_model": 24, "n_heads": 4, "n_layers": 3, **changes}
    model = GPT(GPTConfig(vocab_size, **shape))
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p) * 0.2)
    return model.eval()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 760, "height": 900})
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("request", lambda request: page.complaints.append(request.url))

    def show(output=None):
        head = "<!doctype html><html lang=en><title>Writing</title><main><h1>Writing</h1>"
        body = f"<script>{page_script('gpt', 'sampling', 'tokens')}</script>"
        page.set_content(head + (body if output is None else output.html) + "</main>")
        return page

    page.show = show
    yield page
    assert page.complaints == []
    context.close()


def logits_in_page(page, data, ids):
    code = """([data, ids]) => {
        const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        const model = gptlabGPT.read(bytes.buffer), cache = gptlabGPT.newCache(model);
        return ids.map((id) => {
            const { logits, attention } = gptlabGPT.step(model, id, cache);
            return [Array.from(logits), attention];
        });
    }"""
    return page.evaluate(code, [as_base64(data), ids])


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_javascript_computes_what_torch_computes(page, tmp_path, precision):
    data = page_model(built(d_ff=40), WORDS, precision)
    (tmp_path / "m").write_bytes(data)
    model, _ = load_page_model(tmp_path / "m")
    ids = [3, 5, 1, 10, 0, 7, 7, 2, 9, 9, 4, 6, 8, 1, 1, 0]
    steps = logits_in_page(page.show(), data, ids)
    with torch.no_grad():
        expected = model(torch.tensor([ids]))[0]
    assert expected.std() > 0.5
    torch.testing.assert_close(
        torch.tensor([step[0] for step in steps]), expected, atol=1e-4, rtol=0
    )
    last = torch.tensor(steps[-1][1])  # layers × heads × positions
    assert last.shape == (3, 4, 16)
    torch.testing.assert_close(last.sum(-1), torch.ones(3, 4))
    if precision == "float32":
        with pytest.raises(Exception, match="context is full"):
            logits_in_page(page, data, [1] * 17)


def test_javascript_reads_and_writes_text_as_the_tokenizers_do(page):
    texts = [TEXT, "the trams", "  two  spaces", "1234 a1", ""]
    tokenizers = [
        BPETokenizer.train([TEXT * 3], 300),
        ByteTokenizer(special_tokens=("<|endoftext|>",)),
        CharTokenizer.train(texts),
    ]
    code = """([data, texts]) => {
        const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        const tokens = gptlabTokens.make(gptlabGPT.read(bytes.buffer).tokens);
        return texts.map((text) => {
            const ids = tokens.encode(text), add = tokens.stream();
            return [ids, ids.map(add)];
        });
    }"""
    page.show()
    for tokenizer in tokenizers:
        data = as_base64(page_model(built(tokenizer.vocab_size), tokenizer))
        for text, (ids, pieces) in zip(texts, page.evaluate(code, [data, texts]), strict=True):
            assert ids == tokenizer.encode(text)
            assert "".join(pieces) == text  # and no half characters on the way
            assert "\ufffd" not in pieces
    names = ["<end>", "Emma", "'s", "dog", ",", "."]
    data = as_base64(page_model(built(6), names, start=0))
    ((ids, pieces),) = page.evaluate(code, [data, ["  Emma 's dog ,  dog ."]])
    assert ids == [1, 2, 3, 4, 3, 5]
    assert "".join(pieces) == " Emma's dog, dog."


RULES = [Sampling(), Sampling(0.5), Sampling(0), Sampling(2.0, top_k=3), Sampling(1.3, None, 0.55),
         Sampling(0.7, 5, 0.9)]  # fmt: skip


def test_javascript_samples_by_the_same_rules(page):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(4, 30, generator=generator) * 2
    logits[1, 3:9] = 1.0  # ties
    page.show()
    code = "([logits, rules]) => logits.map((row) => gptlabSampling.probabilities(row, rules))"
    for rule in RULES:
        given = {"temperature": rule.temperature, "topK": rule.top_k or 0, "topP": rule.top_p or 1}
        found = page.evaluate(code, [logits.tolist(), given])
        expected = next_token_probabilities(logits, rule)
        torch.testing.assert_close(
            torch.tensor(found, dtype=torch.float), expected, atol=1e-6, rtol=0
        )
    drawn = page.evaluate("""() => {
        const random = gptlabSampling.randomNumbers(1), counts = [0, 0, 0];
        for (let i = 0; i < 20000; i++) counts[gptlabSampling.draw([0.5, 0, 0.5], random())]++;
        return [counts, gptlabSampling.draw([0.5, 0.5 - 1e-9, 0], 1 - 1e-12)];
    }""")
    assert drawn[0][1] == 0
    assert abs(drawn[0][0] - 10_000) < 300
    assert drawn[1] == 1


def test_the_playground_shows_the_rules_by_keyboard(page):
    logits = torch.linspace(3, -2, len(WORDS)).double()
    truth = dict.fromkeys(WORDS[:8], 1 / 8)
    page.show(sampling_playground(WORDS, logits, "so <b>", truth))
    temperature, top_k, top_p = page.get_by_role("slider").all()
    temperature.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    top_k.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    top_p.press("ArrowLeft")
    got = page.evaluate("document.querySelector('[data-sampling]').probabilities")
    expected = next_token_probabilities(logits[None], Sampling(1.2, 5, 0.95))[0]
    torch.testing.assert_close(torch.tensor(got).double(), expected, atol=1e-6, rtol=0)
    status = page.get_by_role("status").inner_text()
    assert status.startswith(f"{int((expected > 0).sum())} of 11 words can come")
    assert "0.0 % of the probability lies on words that cannot stand here" in status
    page.get_by_role("button", name="Draw 20 words").press("Enter")
    drawn = page.locator("[data-part=drawn]").inner_text()
    assert len(drawn.removeprefix("Drawn: ").split(", ")) == 20
    page.get_by_role("button", name="No rules").press("Enter")
    got = page.evaluate("document.querySelector('[data-sampling]').probabilities")
    torch.testing.assert_close(torch.tensor(got).double(), logits.softmax(0), atol=1e-6, rtol=0)
    assert page.get_by_role("rowheader").all_inner_texts() == WORDS
    assert "so <b>" in page.locator("caption").inner_text()
    nothing_in_the_way(page)


def test_the_model_writes_what_torch_writes_and_refuses_in_words(page, tmp_path):
    data = page_model(built(), WORDS, start=0)
    (tmp_path / "m").write_bytes(data)
    model, _ = load_page_model(tmp_path / "m")
    page.show(page_writer(data, "the dog"))
    page.get_by_role("slider").first.fill("0")
    page.get_by_role("textbox").press("Enter")
    status = page.get_by_role("status")
    page.wait_for_function("/end|full/.test(document.querySelector('[role=status]').textContent)")
    expected = [int(t) for t in generate_tokens(model, torch.tensor([[0, 1, 4]]), 13, GREEDY)]
    expected = expected[: expected.index(0) + 1] if 0 in expected else expected
    got = page.evaluate("document.querySelector('[data-writer]').written")
    assert got[: len(expected)] == expected[: len(got)]
    assert len(got) >= 13 or got[-1] == 0
    shown = page.locator("[data-part=text]").inner_text()
    assert shown.startswith("the dog")
    for bad, said in {
        "the camel": "“camel” is not in the model's vocabulary",
        "the " * 16: "The prompt has 17 tokens; the model reads at most 16",
        "x" * 10_000: "is not in the model's vocabulary",
    }.items():
        page.get_by_role("textbox").fill(bad)
        page.get_by_role("button", name="Write").press("Enter")
        assert said in status.inner_text()
    page.get_by_role("textbox").fill("")  # the start token alone is a beginning
    page.get_by_role("button", name="Write").click()
    page.wait_for_function("/written/.test(document.querySelector('[role=status]').textContent)")
    nothing_in_the_way(page)


def nothing_in_the_way(page):
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
