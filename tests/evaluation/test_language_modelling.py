"""Bits per byte against a brute force, token by token; what is exact is tested to be exact."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from gptlab.errors import LabError
from gptlab.evaluation.language_modelling import (
    bits_per_byte,
    cross_entropy,
    perplexity,
    total_nats,
)
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.text.corpora import Document
from gptlab.text.tokenizers import END_OF_TEXT, BPETokenizer, ByteTokenizer, CharTokenizer

CONTEXT = 16
TEXT = "the cat sat on the mat and the dog on the cat. " * 3
AWKWARD = {
    "multi-byte": "Zürich 東京 😀\u200d👩 naïve ́ ﬁ",
    "one token": "x",
    "one character of four bytes": "😀",
    "as long as the context": "the cat sat on t",
    "one longer than the context": "the cat sat on th",
    "much longer": TEXT,
    "control characters": "a\x00b\r\n\t\x7f",
    "a special token's name": f"so {END_OF_TEXT} it goes",
    "spaces": "   \n\n   ",
}


def gpt(vocab_size: int, dropout: float = 0.0) -> GPT:
    torch.manual_seed(0)
    shape = GPTConfig.preset("nano", vocab_size=vocab_size, context_length=CONTEXT, dropout=dropout)
    model = GPT(shape)
    for parameter in model.parameters():
        parameter.data *= 3.0  # an untrained model is close to uniform and would hide mistakes
    return model


@pytest.fixture(scope="module")
def tokenizer():
    return BPETokenizer.train(TEXT, 267)


@pytest.fixture(scope="module")
def model(tokenizer):
    return gpt(tokenizer.vocab_size).eval()


class Uniform(nn.Module):
    """Every token is as likely as any other: the answer can be written down."""

    def __init__(self, vocab_size: int):
        super().__init__()
        self.vocab_size = vocab_size

    def forward(self, tokens):
        return torch.zeros(*tokens.shape, self.vocab_size)


@torch.no_grad()
def brute_force(model, ids: list[int], stride: int = CONTEXT // 2) -> float:
    """Nats of all ids but the first, one forward pass for each, with its own window of the past.

    With windows `stride` apart, id t is scored by the first window that reaches it, except that the
    last window is moved back to end with the text.
    """
    nats = 0.0
    window = min(CONTEXT, len(ids) - 1)
    last = len(ids) - 1 - window
    starts = [*range(0, last, stride), last]
    for place in range(1, len(ids)):
        start = next(s for s in starts if s < place <= s + window)
        logits = model(torch.tensor([ids[start:place]]))[0, -1].double()
        nats -= float(logits.log_softmax(0)[ids[place]])
    return nats


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
def test_bits_per_byte_is_what_brute_force_finds(model, tokenizer, text):
    ids = [tokenizer.special_tokens[END_OF_TEXT], *tokenizer.encode(text)]
    expected = brute_force(model, ids) / math.log(2) / len(text.encode())
    found = bits_per_byte(model, tokenizer, [Document("it", text)], CONTEXT)
    assert found == pytest.approx(expected, rel=1e-5)


def test_several_documents_count_by_their_bytes_and_do_not_see_each_other(model, tokenizer):
    documents = [Document(name, text) for name, text in AWKWARD.items()]
    one_by_one = [bits_per_byte(model, tokenizer, [d], CONTEXT) for d in documents]
    sizes = [len(d.text.encode()) for d in documents]
    expected = sum(b * s for b, s in zip(one_by_one, sizes, strict=True)) / sum(sizes)
    assert bits_per_byte(model, tokenizer, documents, CONTEXT) == pytest.approx(expected, rel=1e-6)
    backwards = bits_per_byte(model, tokenizer, iter(documents[::-1]), CONTEXT)
    assert backwards == pytest.approx(expected, rel=1e-6)
    with_nothing = [Document("empty", ""), *documents, Document("empty too", "")]
    assert bits_per_byte(model, tokenizer, with_nothing, CONTEXT) == pytest.approx(expected)


@pytest.mark.parametrize("stride", [1, 3, 8, 16])
def test_the_past_that_each_token_sees_follows_the_stride(model, tokenizer, stride):
    ids = tokenizer.encode(TEXT)
    nats, count = total_nats(model, torch.tensor(ids), CONTEXT, stride=stride)
    assert count == len(ids) - 1
    assert nats == pytest.approx(brute_force(model, ids, stride), rel=1e-5)


def test_stride_one_gives_every_token_all_the_past_that_fits(model, tokenizer):
    ids = tokenizer.encode(TEXT)
    nats = 0.0
    with torch.no_grad():
        for place in range(1, len(ids)):
            past = torch.tensor([ids[max(0, place - CONTEXT) : place]])
            nats -= float(model(past)[0, -1].double().log_softmax(0)[ids[place]])
    found, _ = total_nats(model, torch.tensor(ids), CONTEXT, stride=1)
    assert found == pytest.approx(nats, rel=1e-5)


@pytest.mark.parametrize("batch_size", [1, 2, 100])
def test_batches_only_change_the_speed(model, tokenizer, batch_size):
    documents = [Document("it", TEXT)]
    usual = bits_per_byte(model, tokenizer, documents, CONTEXT)
    found = bits_per_byte(model, tokenizer, documents, CONTEXT, batch_size=batch_size)
    assert found == pytest.approx(usual, rel=1e-6)


@pytest.mark.parametrize("kind", ["bpe", "bytes", "characters"])
@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
def test_uniform_guessing_costs_log2_of_the_vocabulary_for_each_token(tokenizer, kind, text):
    chosen = {
        "bpe": tokenizer,
        "bytes": ByteTokenizer((END_OF_TEXT,)),
        "characters": CharTokenizer.train(text, (END_OF_TEXT,)),
    }[kind]
    v, n = chosen.vocab_size, len(chosen.encode(text))
    found = bits_per_byte(Uniform(v), chosen, [Document("it", text)], CONTEXT)
    assert found == pytest.approx(math.log2(v) * n / len(text.encode()), rel=1e-6)


def test_a_model_that_knows_the_text_pays_nothing():
    class Knows(nn.Module):
        """Byte after byte: n, n + 1, n + 2 …"""

        def forward(self, tokens):
            return 1e4 * nn.functional.one_hot((tokens + 1) % 257, 257).float()

    text = "".join(map(chr, range(32, 127)))  # the first byte after end-of-text is a surprise
    found = bits_per_byte(Knows(), ByteTokenizer((END_OF_TEXT,)), [Document("it", text)], CONTEXT)
    assert found == pytest.approx(1e4 / math.log(2) / len(text), rel=1e-6)


def test_cross_entropy_and_perplexity_are_of_a_token(model, tokenizer):
    ids = torch.tensor(tokenizer.encode(TEXT))
    nats, count = total_nats(model, ids, CONTEXT)
    assert cross_entropy(model, ids, CONTEXT) == pytest.approx(nats / count)
    assert cross_entropy(model, ids, CONTEXT, stride=CONTEXT) != pytest.approx(nats / count)
    assert perplexity(0.0) == 1
    assert perplexity(math.log(280)) == pytest.approx(280)
    uniform = cross_entropy(Uniform(280), ids, CONTEXT)
    assert perplexity(uniform) == pytest.approx(280, rel=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_measured_without_dropout_and_left_as_it_was(tokenizer, model, training):
    blurred = gpt(tokenizer.vocab_size, dropout=0.5).train(training)
    state = torch.get_rng_state()
    found = bits_per_byte(blurred, tokenizer, [Document("it", TEXT)], CONTEXT)
    assert found == pytest.approx(bits_per_byte(model, tokenizer, [Document("it", TEXT)], CONTEXT))
    assert blurred.training is training
    assert blurred.blocks[0].training is training
    assert torch.equal(torch.get_rng_state(), state), "measuring must not touch a run's randomness"
    assert all(p.grad is None for p in blurred.parameters())
    with pytest.raises(LabError):
        total_nats(blurred, torch.tensor([1]), CONTEXT)
    assert blurred.training is training


def test_bf16_is_close_and_sums_are_not_in_bf16(model, tokenizer):
    documents = [Document("it", TEXT)]
    exact = bits_per_byte(model, tokenizer, documents, CONTEXT)
    rounded = bits_per_byte(model, tokenizer, documents, CONTEXT, precision="bf16")
    assert rounded == pytest.approx(exact, rel=0.03)
    assert rounded != exact


def test_errors_say_what_is_wrong(model, tokenizer):
    document = Document("it", TEXT)
    for nothing in ([], [Document("empty", "")]):
        with pytest.raises(LabError, match="there is no text to measure; give at least one"):
            bits_per_byte(model, tokenizer, nothing, CONTEXT)
    with pytest.raises(LabError, match=r"no <\|endoftext\|>.*train it with special_tokens"):
        bits_per_byte(Uniform(256), ByteTokenizer(), [document], CONTEXT)
    with pytest.raises(LabError, match="stride=17 must be from 1 to context_length=16"):
        bits_per_byte(model, tokenizer, [document], CONTEXT, stride=17)
    with pytest.raises(LabError, match="the data has 1 tokens"):
        cross_entropy(model, torch.tensor([5]), CONTEXT)
    with pytest.raises(LabError, match="context"):
        bits_per_byte(model, tokenizer, [document], 2 * CONTEXT)
