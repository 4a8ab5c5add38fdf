"""Answers to chapter 12 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, other ways of
being wrong hear something that fits; and the right answers are the library's.
"""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from gptlab.checks import check
from gptlab.checks.chapter12 import weights_of
from gptlab.checks.chapter12_masks import causal_attention, cut_heads
from gptlab.layers.attention import attend, attention_weights, causal_mask, split_heads


def by_einsum(queries, keys):
    scores = torch.einsum("...qd,...kd->...qk", queries, keys) / queries.shape[-1] ** 0.5
    return F.softmax(scores, -1)


def by_loop(queries, keys, values):
    rows = []
    for t in range(queries.shape[-2]):
        q, k, v = queries[..., t : t + 1, :], keys[..., : t + 1, :], values[..., : t + 1, :]
        rows.append(by_einsum(q, k) @ v)
    return torch.cat(rows, dim=-2)


def by_torch(queries, keys, values):
    return F.scaled_dot_product_attention(queries, keys, values, is_causal=True)


def by_chunks(z, n_heads):
    return torch.stack(z.chunk(n_heads, dim=-1), dim=1)


def through_the_keys():
    W_K = torch.eye(6).roll(1, dims=1)  # the key of position t is t + 1
    return 40 * torch.eye(6), W_K


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("12.1", 3.25),
        ("12.1", 26 / 8),
        ("12.2", by_einsum),
        ("12.3", by_loop),
        ("12.3", by_torch),
        ("12.4", "c"),
        ("12.5", by_chunks),
        ("12.6", 1536),
        ("12.6", 2 * 768.0),
        ("12.7", through_the_keys),
        ("12.7", lambda: [part.tolist() for part in through_the_keys()]),
        ("12.7", lambda: tuple(part.numpy() for part in through_the_keys())),
    ],
)
def test_other_right_answers_pass(exercise, answer):
    result = check(exercise, answer)
    assert result, result.text


@pytest.mark.parametrize(
    ("exercise", "answer", "told"),
    [
        ("12.1", 4.0, "e⁰ = 1"),
        ("12.2", lambda q, k: q @ k.mT, "0.446"),
        ("12.3", lambda q, k, v: by_torch(q, k, v)[..., -1:, :], "shape"),
        ("12.3", lambda q, k, v: by_einsum(q, k).tril() @ v, "mask after the softmax"),
        ("12.5", lambda z, h: z.view(z.shape[0], z.shape[1], h, -1), "heads left behind time"),
        ("12.6", 1500, "4 T d² = 2 T² d"),
        ("12.7", lambda: torch.eye(6), "return two matrices"),
        ("12.7", lambda: (torch.eye(5), torch.eye(5)), "return two matrices"),
        ("12.7", lambda: (torch.eye(6), torch.eye(6)[:, :3]), "(6, 6) and (6, 3)"),
        ("12.7", lambda: (0 * torch.eye(6), torch.eye(6)), "Position t should look at t − 1"),
        ("12.7", lambda: (3 * torch.eye(6).roll(-1, 1), torch.eye(6)), "not sharp enough"),
    ],
)
def test_other_wrong_answers_hear_something_that_fits(exercise, answer, told):
    result = check(exercise, answer)
    assert not result
    assert told in result.text


def test_the_right_answers_are_the_librarys():
    q, k, v = torch.randn(3, 2, 3, 5, 4)
    assert_close(weights_of(q, k), attention_weights(q, k))
    assert_close(causal_attention(q, k, v), attend(q, k, v, causal_mask(5)))
    z = torch.randn(2, 5, 12)
    assert torch.equal(cut_heads(z, 3), split_heads(z, 3))
