"""Attention between two sequences: torch's MultiheadAttention with copied weights, masks."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.layers.attention import padding_mask
from gptlab.layers.multihead import MultiHeadAttention

TOKENS = torch.tensor([[5, 6, 7, 8, 9], [7, 8, 0, 0, 0], [4, 0, 0, 0, 0]])


def pair(impl, seed=0):
    """Ours and torch's with one set of weights, biases far from zero."""
    torch.manual_seed(seed)
    ours = MultiHeadAttention(24, 3, impl=impl)
    theirs = nn.MultiheadAttention(24, 3, batch_first=True)
    for p in ours.parameters():
        nn.init.normal_(p, std=0.4)
    with torch.no_grad():
        parts = (ours.to_queries, ours.to_keys, ours.to_values)
        theirs.in_proj_weight.copy_(torch.cat([p.weight for p in parts]))
        theirs.in_proj_bias.copy_(torch.cat([p.bias for p in parts]))
    theirs.out_proj.load_state_dict(ours.to_out.state_dict())
    return ours, theirs


@pytest.mark.parametrize("impl", ["plain", "sdpa"])
def test_cross_attention_equals_torchs_with_gradients_and_weights(impl):
    ours, theirs = pair(impl)
    x, memory = torch.randn(3, 4, 24, requires_grad=True), torch.randn(3, 5, 24, requires_grad=True)
    upstream = torch.randn(3, 4, 24)
    got = ours(x, memory, padding_mask(TOKENS, pad=0))
    expected, weights = theirs(
        x, memory, memory, key_padding_mask=TOKENS == 0, average_attn_weights=False
    )
    assert_close(got, expected, atol=1e-5, rtol=0)
    assert_close(ours.weights(x, memory, padding_mask(TOKENS, pad=0)), weights, atol=1e-6, rtol=0)
    for a, b in zip(
        torch.autograd.grad(got, [x, memory, ours.to_out.weight], upstream),
        torch.autograd.grad(expected, [x, memory, theirs.out_proj.weight], upstream),
        strict=True,
    ):
        assert_close(a, b, atol=2e-5, rtol=0)


@pytest.mark.parametrize("impl", ["plain", "sdpa"])
def test_a_query_that_may_look_nowhere_gets_the_bias_and_finite_gradients(impl):
    ours, _ = pair(impl)
    x = torch.randn(1, 2, 24, requires_grad=True)
    allowed = torch.tensor([[[[False, False], [True, True]]]])
    out = ours(x, allowed=allowed)
    assert_close(out[0, 0], ours.to_out.bias)
    assert torch.autograd.grad(out.sum(), x)[0].isfinite().all()


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (torch.ones(2, 2), "the mask holds torch.float32 numbers; give booleans"),
        (torch.ones(2, 3, dtype=torch.bool), r"shape \(2, 3\); it must broadcast to .*\(1, 3, 2,"),
        (torch.ones(4, 1, 2, 2, dtype=torch.bool), r"shape \(4, 1, 2, 2\)"),
    ],
)
def test_a_mask_of_another_type_or_shape_is_refused(mask, message):
    ours, _ = pair("plain")
    with pytest.raises(LabError, match=message):
        ours(torch.randn(1, 2, 24), allowed=mask)


def test_heads_must_divide_the_width():
    with pytest.raises(LabError, match="n_heads=5 does not divide d_model=24"):
        MultiHeadAttention(24, 5)
