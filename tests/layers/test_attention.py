"""Attention: the plain form, the fused form, torch's own two forms, and no look at the future."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.generation.cache import KVCache
from gptlab.layers import attention
from gptlab.layers.attention import (
    CausalSelfAttention,
    attend,
    attention_weights,
    causal_mask,
    join_heads,
    split_heads,
)
from gptlab.layers.leaks import find_leaks

quick = settings(max_examples=40, deadline=None)
sizes = st.integers(1, 7)
EXACT = {"atol": 1e-5, "rtol": 0}


def rounding(dtype):
    """Half a unit in the last place, the error of one rounding, relative to the value."""
    return torch.finfo(dtype).eps / 2


def layer_pair(d_model=24, n_heads=3, seed=0):
    """The two forms of attention with one set of weights, biases far from zero."""
    torch.manual_seed(seed)
    plain = CausalSelfAttention(d_model, n_heads, impl="plain")
    fused = CausalSelfAttention(d_model, n_heads, impl="sdpa")
    for p in plain.parameters():
        nn.init.normal_(p, std=0.4)
    fused.load_state_dict(plain.state_dict())
    return plain, fused


def run(layer, x, upstream):
    """Output, gradient at the input and gradients at the parameters (in order)."""
    x = x.clone().requires_grad_()
    out = layer(x)
    grads = torch.autograd.grad(out, [x, *layer.parameters()], upstream)
    return [out.detach(), *grads]


@quick
@given(batch=sizes, time=sizes, heads=st.sampled_from([1, 2, 3]), d_head=sizes)
def test_plain_and_sdpa_are_one_function(batch, time, heads, d_head):
    plain, fused = layer_pair(heads * d_head, heads)
    x, upstream = torch.randn(2, batch, time, heads * d_head)
    for a, b in zip(run(plain, x, upstream), run(fused, x, upstream), strict=True):
        assert_close(a, b, atol=1e-5 * max(1, b.abs().max().item()), rtol=0)


@pytest.mark.parametrize("impl", ["plain", "sdpa"])
def test_equals_torchs_multihead_attention_with_copied_weights(impl):
    torch.manual_seed(1)
    theirs = nn.MultiheadAttention(24, 3, batch_first=True)
    ours = CausalSelfAttention(24, 3, impl=impl)
    ours.load_state_dict(
        {
            "to_qkv.weight": theirs.in_proj_weight,
            "to_qkv.bias": torch.randn(72),
            "to_out.weight": theirs.out_proj.weight,
            "to_out.bias": torch.randn(24),
        }
    )
    with torch.no_grad():
        theirs.in_proj_bias.copy_(ours.to_qkv.bias)
        theirs.out_proj.bias.copy_(ours.to_out.bias)
    x, upstream = torch.randn(2, 4, 9, 24)
    forbidden = ~causal_mask(9)
    expected = run_mha(theirs, x, upstream, forbidden)
    for a, b in zip(run(ours, x, upstream), expected, strict=True):
        assert_close(a, b, atol=1e-5 * max(1, b.abs().max().item()), rtol=0)


def run_mha(layer, x, upstream, forbidden):
    x = x.clone().requires_grad_()
    out, _ = layer(x, x, x, attn_mask=forbidden, need_weights=False)
    parameters = [layer.in_proj_weight, layer.in_proj_bias, *layer.out_proj.parameters()]
    return [out.detach(), *torch.autograd.grad(out, [x, *parameters], upstream)]


@quick
@given(n_keys=sizes, missing=st.integers(0, 3), d_head=sizes)
def test_weights_equal_torchs_fused_attention_also_with_fewer_queries(n_keys, missing, d_head):
    n_queries = max(1, n_keys - missing)
    torch.manual_seed(n_keys)
    q, k, v = (torch.randn(2, 3, n, d_head) for n in (n_queries, n_keys, n_keys))
    allowed = causal_mask(n_queries, n_keys)
    ours = attention_weights(q, k, allowed) @ v
    assert_close(ours, F.scaled_dot_product_attention(q, k, v, attn_mask=allowed), **EXACT)
    assert_close(attention_weights(q, k, allowed).sum(-1), torch.ones(2, 3, n_queries))


def test_weights_without_a_mask_are_the_formula():
    q, k = torch.randn(2, 4, 3, generator=torch.manual_seed(0)), torch.randn(2, 5, 3)
    scores = torch.einsum("bqd,bkd->bqk", q, k) / math.sqrt(3)
    by_hand = scores.exp() / scores.exp().sum(-1, keepdim=True)
    assert_close(attention_weights(q, k), by_hand)


@pytest.mark.parametrize("impl", ["plain", "sdpa"])
def test_bf16_stays_within_its_rounding(impl):
    plain, fused = layer_pair(32, 4)
    exact = plain if impl == "plain" else fused
    x = torch.randn(3, 16, 32, generator=torch.manual_seed(3)).bfloat16()
    low = CausalSelfAttention(32, 4, impl=impl).bfloat16()
    low.load_state_dict(exact.state_dict())
    exact.load_state_dict(low.state_dict())  # the reference has the rounded weights too
    got, want = low(x).float(), exact(x.float())
    # Five roundings lie on the way (qkv, scores, weights, mixed, out), each relative to values
    # that the output matrix sums over d_model; a unit is the size of the largest output.
    assert (got - want).abs().max() <= 5 * rounding(torch.bfloat16) * want.abs().max()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_row_with_nothing_allowed_is_zero_and_so_is_its_gradient(dtype):
    q, k, v = (torch.randn(2, 4, 8, dtype=dtype, requires_grad=True) for _ in range(3))
    allowed = torch.ones(2, 4, 4, dtype=torch.bool)
    allowed[0, 1], allowed[1, 3] = False, False
    weights = attention_weights(q, k, allowed)
    assert (weights[0, 1] == 0).all()
    assert (weights[1, 3] == 0).all()
    assert_close(weights[0, 0].float().sum(), torch.tensor(1.0), atol=0.01, rtol=0)
    grads = torch.autograd.grad((weights @ v).square().sum(), [q, k, v])
    assert all(g.isfinite().all() for g in grads)
    assert (grads[0][0, 1] == 0).all()


def test_huge_scores_do_not_overflow():
    q = torch.full((1, 3, 4), 1e4)
    weights = attention_weights(q, q, causal_mask(3))
    assert_close(weights[0], torch.tensor([[1, 0, 0], [0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3]]))


def test_causal_mask_aligns_the_last_query_with_the_last_key():
    assert causal_mask(2, 5).int().tolist() == [[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]
    assert causal_mask(4).equal(causal_mask(4, 4))
    assert causal_mask(1).tolist() == [[True]]


@quick
@given(n_keys=st.integers(1, 12), n_queries=st.integers(1, 12))
def test_causal_mask_is_the_rule_cell_by_cell(n_keys, n_queries):
    n_queries = min(n_queries, n_keys)
    first = n_keys - n_queries  # the position of query 0 in the text
    expected = [[key <= first + query for key in range(n_keys)] for query in range(n_queries)]
    assert causal_mask(n_queries, n_keys).tolist() == expected


@quick
@given(
    time=st.integers(1, 6),
    d_head=st.sampled_from([1, 3, 8]),
    dtype=st.sampled_from([torch.float32, torch.bfloat16]),
    seed=st.integers(0, 99),
)
def test_both_forms_agree_under_any_mask_also_where_nothing_is_allowed(time, d_head, dtype, seed):
    draw = torch.Generator().manual_seed(seed)
    parts = torch.randn(4, 2, 3, time, d_head, generator=draw)
    allowed = torch.rand(2, 1, time, time, generator=draw) < 0.6
    allowed[1, :, seed % time] = False
    q, k, v, upstream = (part.to(dtype).requires_grad_() for part in parts)
    found = {}
    for impl in attention.IMPLEMENTATIONS:
        out = attend(q, k, v, allowed, impl=impl)
        assert (out[1, :, seed % time] == 0).all()
        found[impl] = [out, *torch.autograd.grad(out, [q, k, v], upstream)]
    for plain, fused in zip(found["plain"], found["sdpa"], strict=True):
        assert plain.isfinite().all()
        assert plain.dtype == fused.dtype == dtype
        # Four roundings on the way (scores, weights, what is summed, the result), and as many back.
        unit = 8 * rounding(dtype) * max(1, plain.abs().max().item())
        assert (plain - fused).abs().max() <= max(unit, 1e-5)


def test_split_and_join_are_each_others_inverse():
    z = torch.randn(2, 5, 12)
    assert torch.equal(join_heads(split_heads(z, 3)), z)


def test_the_weights_that_are_shown_are_those_that_are_used():
    layer, _ = layer_pair()
    x = torch.randn(2, 6, 24)
    weights = layer.weights(x)
    assert_close(weights.sum(-1), torch.ones(2, 3, 6))
    assert (weights.triu(1) == 0).all()
    _, _, values = layer.project(x)
    assert_close(layer.to_out(join_heads(weights @ values)), layer(x))


@pytest.mark.parametrize("which", [0, 1], ids=["plain", "sdpa"])
def test_the_past_does_not_feel_the_future(which):
    assert find_leaks(layer_pair()[which], torch.randn(1, 6, 24)) == []


@pytest.mark.parametrize("form", [attention_weights, "plain", "sdpa"])
@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (torch.ones(3, 3), "the mask holds torch.float32 numbers; give booleans"),
        (torch.ones(3, 4, dtype=torch.bool), r"shape \(3, 4\); it must broadcast to .*\(2, 1, 3,"),
        (torch.ones(5, 2, 1, 3, 3, dtype=torch.bool), r"shape \(5, 2, 1, 3, 3\)"),
    ],
)
def test_a_mask_of_another_type_or_shape_is_refused(form, mask, message):
    z = torch.randn(2, 1, 3, 4)
    with pytest.raises(LabError, match=message):
        form(z, z, mask) if callable(form) else attend(z, z, z, mask, impl=form)


@pytest.mark.parametrize("which", [0, 1], ids=["plain", "sdpa"])
@pytest.mark.parametrize("cuts", [[8], [3, 5], [1] * 8, [5, 1, 2], [2, 3, 3]])
def test_reading_in_pieces_with_a_cache_equals_reading_at_once(which, cuts):
    layer = layer_pair()[which]
    x = torch.randn(2, 8, 24, generator=torch.manual_seed(6))
    cache = KVCache(8)
    pieces = [layer(piece, cache) for piece in x.split(cuts, dim=1)]
    assert_close(torch.cat(pieces, dim=1), layer(x), **EXACT)


@pytest.mark.parametrize("which", [0, 1], ids=["plain", "sdpa"])
def test_dropout_works_in_training_and_rests_in_eval(which):
    layer = layer_pair()[which]
    layer.dropout = 0.5
    x = torch.randn(2, 6, 24)
    assert not torch.equal(layer(x), layer(x))
    layer.eval()
    assert torch.equal(layer(x), layer(x))
    layer.dropout = 0.0
    assert torch.equal(layer.train()(x), layer.eval()(x))


@pytest.mark.parametrize(("d_model", "n_heads"), [(10, 3), (4, 8), (8, 0), (8, -2)])
def test_heads_that_do_not_divide_the_width_are_refused(d_model, n_heads):
    with pytest.raises(LabError, match=rf"n_heads={n_heads} does not divide d_model={d_model}"):
        CausalSelfAttention(d_model, n_heads)


def test_an_unknown_form_is_refused_with_the_list_of_forms():
    with pytest.raises(LabError, match=r"'flash' is unknown; choose one of .*sdpa.*plain"):
        CausalSelfAttention(8, 2, impl="flash")


def test_a_whole_head_is_one_slice_of_the_width():
    z = torch.arange(12.0).view(1, 2, 6)
    assert split_heads(z, 2).tolist() == [[[[0, 1, 2], [6, 7, 8]], [[3, 4, 5], [9, 10, 11]]]]


@pytest.mark.parametrize("impl", attention.IMPLEMENTATIONS)
@pytest.mark.parametrize("odd", [0, 1, 2], ids=["queries", "keys", "values"])
def test_parts_of_different_precision_are_refused_with_both_types_named(impl, odd):
    parts = list(torch.randn(3, 1, 1, 3, 4))
    parts[odd] = parts[odd].bfloat16()
    with pytest.raises(RuntimeError, match=r"(?i)(float.*bfloat16|bfloat16.*float)"):
        attend(*parts, impl=impl)
