"""Bahdanau's and Luong's attention: the formulas by hand, torch's kernel, padding, bad input."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.layers.alignment_attention import (
    AdditiveAttention,
    MultiplicativeAttention,
    align_and_read,
)

ALLOWED = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]).bool()


def drawn():
    draw = torch.Generator().manual_seed(3)
    return torch.randn(2, 3, 5, generator=draw), torch.randn(2, 4, 6, generator=draw)


@pytest.fixture(params=["additive", "multiplicative"])
def attention(request):
    torch.manual_seed(1)
    if request.param == "additive":
        return AdditiveAttention(d_query=5, d_memory=6, d_attention=7)
    return MultiplicativeAttention(d_query=5, d_memory=6)


def test_every_score_is_the_papers_formula_for_one_pair(attention):
    queries, memory = drawn()
    scores = attention.scores(queries, attention.keys(memory))
    for b in range(2):
        for t in range(3):
            for s in range(4):
                q, m = queries[b, t], memory[b, s]
                if isinstance(attention, AdditiveAttention):
                    inside = attention.to_query.weight @ q + attention.to_keys.weight @ m
                    expected = attention.to_score.weight[0] @ torch.tanh(inside)
                else:
                    expected = q @ attention.to_keys.weight @ m
                assert_close(scores[b, t, s], expected)


def test_weights_and_context_by_hand():
    scores = torch.tensor([[[math.log(1.0), math.log(3.0), math.log(4.0)]]])
    memory = torch.tensor([[[8.0, 0.0], [0.0, 8.0], [2.0, 2.0]]])
    context, weights = align_and_read(scores, memory)
    assert_close(weights, torch.tensor([[[1 / 8, 3 / 8, 4 / 8]]]))
    assert_close(context, torch.tensor([[[2.0, 4.0]]]))
    _, weights = align_and_read(scores, memory, torch.tensor([[True, True, False]]))
    assert_close(weights, torch.tensor([[[1 / 4, 3 / 4, 0.0]]]))


def test_multiplicative_is_torchs_attention_without_the_scale():
    queries, memory = drawn()
    attention = MultiplicativeAttention(5, 6)
    keys = attention.keys(memory)
    context, _ = align_and_read(attention.scores(queries, keys), memory, ALLOWED)
    expected = F.scaled_dot_product_attention(
        queries, keys, memory, attn_mask=ALLOWED[:, None].expand(2, 3, 4), scale=1.0
    )
    assert_close(context, expected, atol=1e-6, rtol=0)
    same = MultiplicativeAttention(6, 6)
    torch.nn.init.eye_(same.to_keys.weight)
    assert_close(same.scores(memory, same.keys(memory)), memory @ memory.mT)


def test_what_lies_in_the_padding_has_no_say_and_no_gradient(attention):
    queries, memory = drawn()
    memory.requires_grad_()
    scores = attention.scores(queries, attention.keys(memory))
    context, weights = align_and_read(scores, memory, ALLOWED)
    assert_close(weights.sum(-1), torch.ones(2, 3))
    assert (weights[1, :, 2:] == 0).all()
    (gradient,) = torch.autograd.grad(context.sum(), memory)
    assert (gradient[1, 2:] == 0).all()
    assert gradient[1, :2].abs().sum() > 0
    short = align_and_read(scores[1:, :, :2], memory[1:, :2])[0]
    assert_close(context[1:], short)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_a_row_without_any_word_gets_zeros_and_finite_gradients(dtype):
    scores = torch.randn(1, 2, 3, dtype=dtype, requires_grad=True)
    memory = torch.randn(1, 3, 4, dtype=dtype)
    context, weights = align_and_read(scores, memory, torch.zeros(1, 3, dtype=torch.bool))
    assert (weights == 0).all()
    assert (context == 0).all()
    context.sum().backward()
    assert (scores.grad == 0).all()


@given(st.lists(st.floats(-200, 200), min_size=1, max_size=6), st.floats(-50, 50))
def test_weights_are_shares_that_a_common_shift_of_the_scores_leaves_alone(numbers, shift):
    scores = torch.tensor(numbers, dtype=torch.float64)[None, None]
    memory = torch.eye(len(numbers), dtype=torch.float64)[None]
    _, weights = align_and_read(scores, memory)
    assert (weights >= 0).all()
    assert weights.sum().item() == pytest.approx(1)
    assert_close(align_and_read(scores + shift, memory)[1], weights)


def test_bad_input_is_refused():
    scores, memory = torch.zeros(2, 3, 4), torch.zeros(2, 4, 6)
    with pytest.raises(LabError, match=r"allowed has shape \(2, 3\).*expected bool in the shape"):
        align_and_read(scores, memory, torch.ones(2, 3, dtype=torch.bool))
    with pytest.raises(LabError, match=r"type torch.float32; expected bool"):
        align_and_read(scores, memory, torch.ones(2, 4))
    with pytest.raises(LabError, match="d_attention is 0"):
        AdditiveAttention(3, 3, 0)
    with pytest.raises(LabError, match="d_query is -1"):
        MultiplicativeAttention(-1, 3)
