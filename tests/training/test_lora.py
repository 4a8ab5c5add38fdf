"""LoRA: begins as the model, trains only the thin matrices, merges into one layer."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.training.lora import LoRALinear, add_lora, lora_weights, merge_lora

TOKENS = torch.randint(0, 11, (3, 8), generator=torch.manual_seed(0))


def gpt():
    torch.manual_seed(1)
    return GPT(GPTConfig(11, context_length=8, d_model=12, n_heads=3, n_layers=2))


def stirred(model):
    """The same model with B no longer zero, as after training."""
    for module in model.modules():
        if isinstance(module, LoRALinear):
            nn.init.normal_(module.up, std=0.5)
    return model


def test_at_first_nothing_has_changed_and_only_the_thin_matrices_learn():
    model, before = gpt(), gpt()(TOKENS)
    names = add_lora(model, rank=2)
    # Two layers of attention each, and the perceptron's "to_out".
    assert len(names) == 6
    assert torch.equal(model(TOKENS), before)
    model.loss(TOKENS[:, :-1], TOKENS[:, 1:]).backward()
    learns = {name for name, p in model.named_parameters() if p.grad is not None}
    assert learns == {f"{name}.{part}" for name in names for part in ("down", "up")}
    assert learns == set(lora_weights(model))


@pytest.mark.parametrize("alpha", [None, 8.0])
def test_the_layer_is_the_formula_and_merged_equals_unmerged(alpha):
    model = gpt()
    plain = gpt()
    names = add_lora(model, rank=3, alpha=alpha, targets=["to_qkv", "mlp.to_hidden"])
    assert len(names) == 4
    stirred(model)
    layer = model.get_submodule(names[0])
    scale = (alpha or 3) / 3
    expected = plain.get_submodule(names[0]).weight + scale * layer.up @ layer.down
    assert_close(layer.merged().weight, expected)
    before = model(TOKENS)
    assert not torch.allclose(before, plain(TOKENS), atol=1e-2)
    assert merge_lora(model) == names
    assert_close(model(TOKENS), before, atol=1e-5, rtol=0)
    assert all(p.requires_grad for p in model.parameters())
    assert model.state_dict().keys() == plain.state_dict().keys()


def test_gradients_are_those_of_the_product():
    torch.manual_seed(2)
    layer = LoRALinear(nn.Linear(5, 4).double().requires_grad_(False), rank=2, alpha=4).double()
    nn.init.normal_(layer.up)
    assert torch.autograd.gradcheck(layer, torch.randn(3, 5).double().requires_grad_())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"targets": ["to_query"]},
            r"no linear layer is called 'to_query'; the model has: .*to_qkv",
        ),
        ({"rank": 0}, "rank is 0; a layer of 12 × 36 takes a rank from 1 to 12"),
        ({"rank": 13}, "rank is 13"),
    ],
)
def test_bad_settings_are_refused_and_leave_the_model_alone(arguments, message):
    model = gpt()
    with pytest.raises(LabError, match=message):
        add_lora(model, **arguments)
    assert all(p.requires_grad for p in model.parameters())
    assert not any(isinstance(m, LoRALinear) for m in model.modules())


def test_twice_is_refused_and_so_is_merging_nothing():
    model = gpt()
    with pytest.raises(LabError, match="no LoRA layers to merge"):
        merge_lora(model)
    add_lora(model)
    with pytest.raises(LabError, match="has LoRA layers already"):
        add_lora(model)
