"""Norm, perceptron, positions and block against torch's own forms, on awkward input too."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.layers.block import Block
from gptlab.layers.feedforward import FeedForward, gelu
from gptlab.layers.norms import LayerNorm, layer_norm
from gptlab.layers.positions import LearnedPositions

quick = settings(max_examples=60, deadline=None)
ROWS = {
    "ordinary": torch.randn(8, generator=torch.manual_seed(0)),
    "constant": torch.full((8,), 3.25),
    "zero": torch.zeros(8),
    "tiny": torch.randn(8, generator=torch.manual_seed(1)) * 1e-20,
    "small": torch.randn(8, generator=torch.manual_seed(2)) * 1e-3,  # the size of sqrt(eps)
    "huge": torch.randn(8, generator=torch.manual_seed(3)) * 1e15,
    "one outlier": torch.tensor([0.0] * 7 + [1e6]),
}


def outcome_and_gradients(function, *inputs):
    inputs = [t.clone().requires_grad_() for t in inputs]
    out = function(*inputs)
    return [out.detach(), *torch.autograd.grad(out.sin().sum(), inputs)]


@pytest.mark.parametrize("kind", ROWS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_layer_norm_is_torchs_on_awkward_rows(kind, dtype):
    x = ROWS[kind].to(dtype).expand(3, 8)
    scale, shift = torch.randn(2, 8, dtype=dtype, generator=torch.manual_seed(4))
    theirs = outcome_and_gradients(lambda *a: F.layer_norm(a[0], (8,), *a[1:]), x, scale, shift)
    ours = outcome_and_gradients(layer_norm, x, scale, shift)
    # Either form rounds the mean by eps · |x|, and dividing by the spread magnifies that.
    spread = max(x.std().item(), math.sqrt(1e-5))
    error = torch.finfo(dtype).eps * (40 + 4 * x.abs().max().item() / spread)
    for a, b in zip(ours, theirs, strict=True):
        assert a.isfinite().all()
        assert_close(a, b, atol=error * max(1, b.abs().max().item()), rtol=0)


@quick
@given(
    rows=st.lists(
        st.lists(st.floats(-1e4, 1e4, width=32), min_size=4, max_size=4), min_size=1, max_size=3
    )
)
def test_layer_norm_is_torchs_on_any_row(rows):
    x = torch.tensor(rows)
    one, nothing = torch.ones(4), torch.zeros(4)
    # In fp64 both are the same number; in fp32 the mean of large near-equal numbers is not exact.
    exact = F.layer_norm(x.double(), (4,))
    assert_close(layer_norm(x.double(), one.double(), nothing.double()), exact)
    spread = x.std(dim=-1, keepdim=True, unbiased=False).clamp(min=math.sqrt(1e-5))
    error = 1e-6 + 4 * torch.finfo(torch.float32).eps * (x.abs().amax(-1, keepdim=True) / spread)
    assert ((layer_norm(x, one, nothing) - exact).abs() <= error * 4).all()


def test_a_normed_row_has_mean_0_and_variance_1_with_the_population_variance():
    out = layer_norm(torch.tensor([[1.0, 2, 3, 4]]), torch.ones(4), torch.zeros(4))
    assert_close(out, torch.tensor([[-3.0, -1, 1, 3]]) / math.sqrt(5), atol=1e-5, rtol=0)


def test_layer_norm_module_starts_as_the_plain_norm_and_equals_torchs():
    norm = LayerNorm(8)
    x = torch.randn(2, 3, 8, generator=torch.manual_seed(5))
    assert_close(norm(x), F.layer_norm(x, (8,)))
    theirs = nn.LayerNorm(8)
    nn.init.normal_(theirs.weight)
    nn.init.normal_(theirs.bias)
    norm.load_state_dict(theirs.state_dict())
    assert torch.equal(norm(x), theirs(x))
    assert_close(norm(x), layer_norm(x, norm.weight, norm.bias))


@quick
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=5))
def test_gelu_is_torchs_tanh_form(values):
    x = torch.tensor(values)
    theirs = outcome_and_gradients(lambda a: F.gelu(a, approximate="tanh"), x)
    for a, b in zip(outcome_and_gradients(gelu, x), theirs, strict=True):
        assert_close(a, b, atol=1e-6, rtol=1e-5)


def test_gelu_has_the_papers_constants_and_is_not_the_erf_form():
    x = torch.linspace(-4, 4, 81, dtype=torch.float64)
    assert_close(gelu(x), F.gelu(x, approximate="tanh"), atol=1e-14, rtol=1e-12)
    assert (gelu(x) - F.gelu(x)).abs().max() > 1e-4


def test_feedforward_is_two_linear_maps_around_gelu():
    torch.manual_seed(6)
    mlp, x = FeedForward(6, 10), torch.randn(2, 3, 6)
    hidden = gelu(x @ mlp.to_hidden.weight.T + mlp.to_hidden.bias)
    assert hidden.shape == (2, 3, 10)
    assert_close(mlp(x), hidden @ mlp.to_out.weight.T + mlp.to_out.bias)


def test_positions_are_the_rows_of_a_table():
    positions = LearnedPositions(6, 4)
    assert torch.equal(positions(6), positions.weight)
    assert torch.equal(positions(2, start=3), positions.weight[3:5])
    positions(2).sum().backward()
    assert positions.weight.grad.tolist() == [[1.0] * 4] * 2 + [[0.0] * 4] * 4


@pytest.mark.parametrize(("time", "start"), [(7, 0), (1, 6), (4, 3)])
def test_positions_past_the_last_one_are_refused(time, start):
    expected = f"context_length is 6 but the text has {time + start} tokens; crop it"
    with pytest.raises(LabError, match=expected):
        LearnedPositions(6, 4)(time, start)


def test_block_is_pre_norm_with_two_residual_sums():
    torch.manual_seed(7)
    block, x = Block(8, 2, 32), torch.randn(2, 5, 8)
    for p in block.parameters():
        nn.init.normal_(p, std=0.3)
    middle = x + block.attention(block.norm_attention(x))
    assert_close(block(x), middle + block.mlp(block.norm_mlp(middle)))


def test_a_block_that_writes_zeros_is_the_identity():
    block, x = Block(8, 2, 32), torch.randn(2, 5, 8)
    for linear in (block.attention.to_out, block.mlp.to_out):
        nn.init.zeros_(linear.weight)
        nn.init.zeros_(linear.bias)
    assert torch.equal(block(x), x)


def test_block_dropout_falls_on_what_joins_the_stream():
    torch.manual_seed(8)
    block, x = Block(64, 2, 256, dropout=0.9), torch.randn(4, 16, 64)
    block.attention.dropout = 0.0
    untouched = (block(x) == x).float().mean()  # both contributions dropped: 0.9 × 0.9
    assert abs(untouched - 0.81) < 0.03
    block.eval()
    assert torch.equal(block(x), block(x))
