"""The steps of `data_path` against a model that runs: every shape, every weight."""

import pytest
import torch

from gptlab.errors import LabError
from gptlab.layers.attention import attention_weights, causal_mask, split_heads
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.models.gpt_family import FAMILY
from gptlab.models.gpt_stages import data_path

CONFIG = GPTConfig(vocab_size=50, context_length=16, d_model=24, n_heads=4, n_layers=1, d_ff=40)


@torch.no_grad()
def what_comes_out(model, tokens):
    """Each stage's result, computed from the library's pieces."""
    (block,) = model.blocks
    found = {"tokens": tokens, "embedding": model.embedding(tokens)}
    found["positions"] = x = found["embedding"] + model.positions(len(tokens))
    found["norm_attention"] = a = block.norm_attention(x)
    parts = block.attention.to_qkv(a)[None].chunk(3, dim=-1)
    q, k, v = (split_heads(part, block.attention.n_heads)[0] for part in parts)
    found["qkv"] = torch.stack([q, k, v])
    found["weights"] = attention_weights(q, k, causal_mask(len(tokens)))
    found["mix"] = m = (found["weights"] @ v).transpose(0, 1).flatten(1)
    found["attention_out"] = x = x + block.attention.to_out(m)
    found["norm_mlp"] = a = block.norm_mlp(x)
    found["hidden"] = block.mlp.to_hidden(a)
    found["mlp_out"] = x = x + block.mlp(a)
    found["norm"] = model.norm(x)
    found["logits"] = model.unembed(found["norm"])
    found["softmax"] = found["logits"].softmax(-1)
    return found


def test_every_shape_is_that_of_a_model_that_runs():
    torch.manual_seed(0)
    model, tokens = GPT(CONFIG), torch.arange(9)
    found = what_comes_out(model, tokens)
    torch.testing.assert_close(found["logits"], model(tokens[None])[0].detach())
    stages = data_path(CONFIG, time=9)
    assert {s.key: s.shape for s in stages} == {k: tuple(v.shape) for k, v in found.items()}
    assert {s.key: s.numbers for s in stages} == {k: v.numel() for k, v in found.items()}


@pytest.mark.parametrize("name", ["GPT-2 small", "GPT-3 175B"])
def test_weights_of_all_stages_are_the_parameters(name):
    config = FAMILY[name].config
    counted = sum(s.weights * (config.n_layers if s.inside_block else 1) for s in data_path(config))
    assert counted == config.parameter_count()


def test_gpt3_reads_2048_rows_of_12288():
    stages = {s.key: s for s in data_path(FAMILY["GPT-3 175B"].config)}
    assert stages["embedding"].shape == (2048, 12288)
    assert stages["weights"].shape == (96, 2048, 2048)
    assert stages["logits"].shape == (2048, 50257)


@pytest.mark.parametrize("time", [0, 17])
def test_a_time_that_does_not_fit_is_refused(time):
    with pytest.raises(LabError, match=rf"time is {time}; give 1 to 16"):
        data_path(CONFIG, time)
