"""Answers to chapter 16 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, other ways of
being wrong hear something that fits; and the right answers are the library's.
"""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlab.checks import check
from gptlab.checks.chapter16 import count_parameters, million
from gptlab.checks.chapter16_parts import embed, gpt_block
from gptlab.checks.chapter16_turn import turn
from gptlab.layers.block import Block
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.models.gpt_family import FAMILY
from gptlab.models.pretrained import hugging_face_name, is_turned


def summed(vocab_size, context_length, d_model, n_layers):
    with torch.device("meta"):
        model = GPT(GPTConfig(vocab_size, context_length, d_model, 1, n_layers))
    return sum(p.numel() for p in model.parameters())


def by_positions(ids, start, W_E, W_P):
    return W_E[ids] + W_P[torch.arange(start, start + len(ids))]


def copied(p, n_heads):
    """The library's block with these weights."""
    block = Block(len(p["g1"]), n_heads, len(p["b_1"]))
    norms, attention, mlp = (block.norm_attention, block.norm_mlp), block.attention, block.mlp
    with torch.no_grad():
        for number, norm in enumerate(norms, start=1):
            norm.weight.copy_(p[f"g{number}"])
            norm.bias.copy_(p[f"b{number}"])
        for name, layer in (
            ("qkv", attention.to_qkv),
            ("O", attention.to_out),
            ("1", mlp.to_hidden),
            ("2", mlp.to_out),
        ):
            layer.weight.copy_(p[f"W_{name}"].T)
            layer.bias.copy_(p[f"b_{name}"])
    return block


def by_the_library(x, p, n_heads):
    return copied(p, n_heads)(x[None])[0].detach()


def by_endings(weights):
    ends = ("c_attn.weight", "c_proj.weight", "c_fc.weight")
    return {name: w.mT.clone() if name.endswith(ends) else w.clone() for name, w in weights.items()}


def deep():
    return GPTConfig(1024, context_length=128, d_model=72, n_heads=6, n_layers=14)


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("16.1", " b "),
        ("16.2", summed),
        ("16.3", by_positions),
        ("16.4", by_the_library),
        ("16.5", by_endings),
        ("16.6", 74_000),
        ("16.6", 6 * 12288),
        ("16.7", deep),
    ],
)
def test_other_right_answers_pass(exercise, answer):
    result = check(exercise, answer)
    assert result, result.text


def in_place(weights):
    for name in weights:
        weights[name] = weights[name].T if name.endswith("c_fc.weight") else weights[name]
    return weights


@pytest.mark.parametrize(
    ("exercise", "answer", "told"),
    [
        ("16.1", "A", "residual stream"),
        ("16.2", lambda v, t, d, n: 0, "872"),
        ("16.3", lambda ids, start, W_E, W_P: W_E[ids] + W_P[start], "16.3"),
        ("16.4", lambda x, p, n_heads: x, "attention(norm(x))"),
        ("16.5", in_place, "changes its input"),
        ("16.6", 2048, "flops_per_token"),
        ("16.7", lambda: 1_000_000, "return a GPTConfig"),
        ("16.7", lambda: GPTConfig(1024, 128, 200, 4, 4), "too many"),
    ],
)
def test_other_wrong_answers_hear_something_that_fits(exercise, answer, told):
    result = check(exercise, answer)
    assert not result
    assert told in result.text


@pytest.mark.parametrize("name", ["GPT-2 small", "GPT-2 XL", "GPT-3 175B"])
def test_the_count_is_the_librarys(name):
    c = FAMILY[name].config
    counted = count_parameters(c.vocab_size, c.context_length, c.d_model, c.n_layers)
    assert counted == c.parameter_count()


def test_embedding_and_block_are_the_librarys():
    torch.manual_seed(0)
    config = GPTConfig(11, context_length=10, d_model=12, n_heads=3, n_layers=1)
    model, ids = GPT(config), torch.tensor([3, 7, 7, 1])
    way_in = model.embedding(ids) + model.positions(4, start=5)
    assert_close(embed(ids, 5, model.embedding.weight, model.positions.weight), way_in)
    p = {"g1": torch.rand(12), "b1": torch.rand(12), "g2": torch.rand(12), "b2": torch.rand(12)}
    for name, shape in {"qkv": (12, 36), "O": (12, 12), "1": (12, 48), "2": (48, 12)}.items():
        p |= {f"W_{name}": torch.randn(shape), f"b_{name}": torch.randn(shape[1])}
    x = torch.randn(7, 12)
    assert_close(gpt_block(x, p, 3), by_the_library(x, p, 3), atol=1e-4, rtol=1e-4)


def test_what_is_turned_is_what_the_library_turns():
    model = GPT(GPTConfig(11, context_length=10, d_model=12, n_heads=3, n_layers=2))
    ours = {hugging_face_name(n): p.detach() for n, p in model.named_parameters()}
    theirs = {
        hugging_face_name(n): p.detach().T if is_turned(n) else p.detach()
        for n, p in model.named_parameters()
    }
    assert_close(turn(theirs), ours)


def test_the_million_can_be_built():
    model = GPT(million())
    assert isinstance(model, nn.Module)
    assert sum(p.numel() for p in model.parameters()) == million().parameter_count() <= 1e6
