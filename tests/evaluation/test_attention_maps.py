"""Where a model looks: the weights that its layers use, found without changing it."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.evaluation.attention_maps import attention_maps
from gptlab.models.gpt import GPT, GPTConfig


def test_the_weights_are_those_that_the_layers_use():
    torch.manual_seed(0)
    model = GPT(GPTConfig(11, context_length=8, d_model=12, n_heads=3, n_layers=2, impl="plain"))
    tokens = torch.randint(11, (2, 6))
    before = model(tokens)
    first, second = attention_maps(model, tokens)
    assert first.weights.shape == second.scores.shape == (2, 3, 6, 6)
    block = model.blocks[0]
    x = block.norm_attention(model.embedding(tokens) + model.positions(6))
    _, _, values = block.attention.project(x)
    mixed = (first.weights @ values).transpose(1, 2).flatten(2)
    assert_close(block.attention.to_out(mixed), block.attention(x))
    assert_close(first.weights, block.attention.weights(x))
    future = torch.ones(6, 6, dtype=torch.bool).triu(1)
    masked = second.scores.masked_fill(future, -torch.inf).softmax(-1)
    assert_close(second.weights, masked)
    assert torch.equal(model(tokens), before)
    assert model.training
    assert not model.blocks[0].attention._forward_pre_hooks


def test_a_model_without_attention_is_told():
    with pytest.raises(LabError, match="Linear has no CausalSelfAttention"):
        attention_maps(nn.Linear(2, 2), torch.zeros(1, 2))
