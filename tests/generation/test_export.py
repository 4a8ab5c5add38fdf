"""The file for the page: small, read back as it was, refused when wrong. What JavaScript makes of
it stands in tests/browser/test_page_18.py."""

import json

import pytest
import torch
from safetensors import safe_open
from torch import nn

from gptlab.errors import LabError
from gptlab.generation.export import (
    as_base64,
    load_page_model,
    page_model,
    page_script,
    save_page_model,
)
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.text.tokenizers import BPETokenizer, ByteTokenizer, CharTokenizer

WORDS = ["<end>", "the", "dog", "sleeps", "."]
SHAPE = GPTConfig(vocab_size=5, context_length=8, d_model=8, n_heads=2, n_layers=2)


def built(**changes):
    torch.manual_seed(0)
    return GPT(GPTConfig(**{**vars(SHAPE), **changes})).eval()


@pytest.mark.parametrize("precision", ["float16", "float32"])
def test_what_is_read_back_is_the_model_in_that_precision(tmp_path, precision):
    model = built(d_ff=12)
    path = save_page_model(page_model(model, WORDS, precision, start=0), tmp_path / "a.gpt")
    again, tokens = load_page_model(path)
    for ours, theirs in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(ours.to(getattr(torch, precision)).float(), theirs)
    assert tokens == {"kind": "word", "pieces": WORDS, "ordinary": 5, "start": 0}
    with safe_open(path, "pt") as file:  # the field's library reads it
        assert set(file.keys()) == set(model.state_dict())
    numbers = model.config.parameter_count() * {"float16": 2, "float32": 4}[precision]
    assert numbers < path.stat().st_size < numbers + 3000
    assert len(as_base64(path.read_bytes())) < 1.34 * path.stat().st_size + 4


def test_every_kind_of_tokenizer_goes_along(tmp_path):
    text = ["héllo wörld, hello 東京"]
    for tokenizer in (
        BPETokenizer.train(text, 257 + 2),
        ByteTokenizer(),
        CharTokenizer.train(text, special_tokens=("<|endoftext|>",)),
    ):
        model = built(vocab_size=tokenizer.vocab_size)
        _, told = load_page_model(save_page_model(page_model(model, tokenizer), tmp_path / "b"))
        pieces = [p.encode() if isinstance(p, str) else bytes(p) for p in told["pieces"]]
        assert pieces == [tokenizer.token_bytes(i) for i in range(tokenizer.vocab_size)]
        assert told["kind"] == tokenizer.kind
        assert told["start"] == tokenizer.special_tokens.get("<|endoftext|>")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"precision": "int8"}, "precision 'int8' is unknown; choose one of float16, float32"),
        ({"tokens": WORDS[:4]}, "model knows 5 tokens, the vocabulary has 4"),
        ({"start": 5}, "start is 5, no token id: give 0 … 4"),
    ],
)
def test_what_does_not_fit_is_refused(changes, expected):
    with pytest.raises(LabError, match=expected):
        page_model(**{"model": built(), "tokens": WORDS, **changes})


def test_weights_that_16_bits_cannot_hold_are_refused_and_32_can():
    model = built()
    with torch.no_grad():
        model.norm.weight[0] = 1e5
    with pytest.raises(LabError, match=r"norm\.weight holds numbers that float16 cannot"):
        page_model(model, WORDS)
    assert page_model(model, WORDS, "float32")


def test_a_model_with_other_parts_is_refused():
    model = built()
    model.blocks[0].gate = nn.Linear(2, 2)
    with pytest.raises(LabError, match=r"GPT-2's forward pass.*differs in blocks\.0\.gate"):
        page_model(model, WORDS)


def test_files_that_are_none_are_refused(tmp_path):
    path = tmp_path / "x.gpt"
    with pytest.raises(LabError, match="cannot be read"):
        load_page_model(path)
    path.write_bytes(page_model(built(), WORDS)[:-10])
    with pytest.raises(LabError, match="cannot be read"):
        load_page_model(path)
    other = page_model(built(), WORDS).replace(b"gptlab page model", b"gptlab pale model")
    path.write_bytes(other)
    with pytest.raises(LabError, match="is no gptlab page model"):
        load_page_model(path)


def test_the_scripts_are_short_enough_to_be_read_and_unknown_ones_are_named():
    for name in ("gpt", "sampling", "tokens"):
        assert len(page_script(name).splitlines()) < 130
    with pytest.raises(LabError, match="no script 'gpu'; choose gpt, sampling or tokens"):
        page_script("gpt", "gpu")
    assert json.dumps(page_script("gpt"))  # text, nothing else
