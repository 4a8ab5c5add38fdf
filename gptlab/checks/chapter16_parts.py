"""Checks for what chapter 16 builds: the way in, and a block."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from gptlab.checks import Mistake, call, function

_DRAW = torch.Generator().manual_seed(163)


def _random(*shape: int) -> Tensor:
    return 0.5 * torch.randn(*shape, generator=_DRAW)


def embed(ids, start, W_E, W_P):
    """Token vectors plus the vectors of the positions start, start + 1, …"""
    return W_E[ids] + W_P[start : start + len(ids)]


def _first_is_one(ids, start, W_E, W_P):
    return W_E[ids] + W_P[start + 1 : start + 1 + len(ids)]


def _positions_by_id(ids, start, W_E, W_P):
    return W_E[ids] + W_P[ids]


_TABLES = (_random(6, 4), _random(12, 4))

EMBED = function(
    "16.3",
    "the way in",
    right=embed,
    cases=[
        call(
            "three tokens at the beginning", torch.tensor([2, 0, 5]), 0, *_TABLES,
            hint="Position 0 has the first row of W_P.",
        ),
        call(
            "one more token, three were read before", torch.tensor([1]), 3, *_TABLES,
            hint="It stands at position 3, the fourth row of W_P. The result has the shape (1, 4).",
        ),
        call(
            "the last four positions that there are", torch.tensor([5, 5, 4, 1]), 8, *_TABLES,
            hint="W_P has 12 rows, so positions 8 … 11 are the last.",
        ),
    ],
    mistakes=[
        Mistake(
            "positions begin at one",
            _first_is_one,
            "You are off by one: the first token of a text stands at position 0. With this, the "
            "model of chapter 16 would still write, a little worse, and nothing would complain "
            "before the context is full.",
        ),
        Mistake(
            "start is not used",
            lambda ids, start, W_E, W_P: embed(ids, 0, W_E, W_P),
            "The new tokens stand behind those that were read before: their first position is "
            "start, not 0.",
        ),
        Mistake(
            "the slice ends too early",
            lambda ids, start, W_E, W_P: W_E[ids] + W_P[start : len(ids)],
            "A slice is first : end, not first : how many. The rows end at start + len(ids).",
        ),
        Mistake(
            "one position for all",
            lambda ids, start, W_E, W_P: W_E[ids] + W_P[start],
            "`W_P[start]` is a single row, and every new token gets it. They stand at start, "
            "start + 1 and so on.",
        ),
        Mistake(
            "positions by id",
            _positions_by_id,
            "W_P[ids] takes a row for what the token is. Its rows are for where it stands.",
        ),
        Mistake(
            "no positions",
            lambda ids, start, W_E, W_P: W_E[ids],
            "Add the rows of W_P; without them the model cannot tell one order from another.",
        ),
        Mistake(
            "side by side",
            lambda ids, start, W_E, W_P: torch.cat(
                [W_E[ids], W_P[start : start + len(ids)]], dim=-1
            ),
            "Both vectors have d_model numbers and are added. Side by side they would be twice as "
            "wide as the stream.",
        ),
    ],
)  # fmt: skip


def gpt_block(x, p, n_heads):
    """One pre-norm block on x (time, d_model), with weights that multiply from the right."""
    d = x.size(-1)
    x = x + attention_part(F.layer_norm(x, [d], p["g1"], p["b1"]), p, n_heads)
    return x + perceptron_part(F.layer_norm(x, [d], p["g2"], p["b2"]), p)


def attention_part(
    a, p, n_heads,
    mask=True, width=int.__floordiv__, cut=True, back=True, over=-1, hidden=-math.inf, first=1,
):  # fmt: skip
    """Masked self-attention on normalised rows; the arguments after `n_heads` can break it.

    Scores are divided by the root of width(d_model, n_heads). Without `cut` the heads are cut
    across time, without `back` not moved back behind it. `over` is the axis of the softmax,
    `hidden` what a score of the future becomes, and `first` how far off the future begins.
    """
    time, d = a.shape
    parts = (a @ p["W_qkv"] + p["b_qkv"]).chunk(3, dim=-1)
    if cut:
        q, k, v = (z.unflatten(-1, (n_heads, -1)).transpose(0, 1) for z in parts)
    else:
        q, k, v = (z.reshape(n_heads, time, -1) for z in parts)
    scores = q @ k.mT / math.sqrt(width(d, n_heads))
    if mask:
        future = torch.ones(time, time, dtype=torch.bool).triu(diagonal=first)
        scores = scores.masked_fill(future, hidden)
    mixed = scores.softmax(over) @ v
    mixed = mixed.transpose(0, 1).flatten(1) if back else mixed.reshape(time, d)
    return mixed @ p["W_O"] + p["b_O"]


_gelu = partial(F.gelu, approximate="tanh")


def perceptron_part(a, p, bend=_gelu):
    """Widen, bend, narrow."""
    return bend(a @ p["W_1"] + p["b_1"]) @ p["W_2"] + p["b_2"]


def _norms(x: Tensor, p: dict[str, Tensor], which: str) -> Tensor:
    return F.layer_norm(x, [x.size(-1)], p[f"g{which}"], p[f"b{which}"])


def _with(bend: Any = _gelu, **changes: Any):
    def block(x, p, n_heads):
        x = x + attention_part(_norms(x, p, "1"), p, n_heads, **changes)
        return x + perceptron_part(_norms(x, p, "2"), p, bend)

    return block


def _post_norm(x, p, n_heads):
    x = _norms(x + attention_part(x, p, n_heads), p, "1")
    return _norms(x + perceptron_part(x, p), p, "2")


def _stream_normed(x, p, n_heads):
    x = _norms(x, p, "1")
    x = x + attention_part(x, p, n_heads)
    x = _norms(x, p, "2")
    return x + perceptron_part(x, p)


def _side_by_side(x, p, n_heads):
    attended = attention_part(_norms(x, p, "1"), p, n_heads)
    return x + attended + perceptron_part(_norms(x, p, "2"), p)


def _replaced(x, p, n_heads):
    x = attention_part(_norms(x, p, "1"), p, n_heads)
    return perceptron_part(_norms(x, p, "2"), p)


def _heads_first(x, p, n_heads):
    order = torch.arange(3 * x.size(-1)).view(n_heads, 3, -1).transpose(0, 1).flatten()
    return gpt_block(x, p | {"W_qkv": p["W_qkv"][:, order], "b_qkv": p["b_qkv"][order]}, n_heads)


def _one_block(d: int) -> dict[str, Tensor]:
    shapes = {
        "g1": (d,), "b1": (d,), "W_qkv": (d, 3 * d), "b_qkv": (3 * d,), "W_O": (d, d), "b_O": (d,),
        "g2": (d,), "b2": (d,), "W_1": (d, 4 * d), "b_1": (4 * d,), "W_2": (4 * d, d), "b_2": (d,),
    }  # fmt: skip
    return {name: _random(*shape) for name, shape in shapes.items()}


BLOCK = function(
    "16.4",
    "a whole block",
    right=gpt_block,
    cases=[
        call(
            "five positions, two heads", 2 * _random(5, 8), _one_block(8), 2,
            hint="x ← x + attention(norm(x)), then x ← x + perceptron(norm(x)). A position sees "
            "itself and what came before; every matrix has its bias.",
        ),
        call(
            "one position", 2 * _random(1, 8), _one_block(8), 4,
            hint="A single position attends to itself alone; shapes stay (1, 8).",
        ),
        call(
            "nine positions, three heads", 2 * _random(9, 12), _one_block(12), 3,
            hint="d_head = 12 / 3 = 4. The heads come before time while they look.",
        ),
    ],
    mistakes=[
        Mistake(
            "no causal mask",
            _with(mask=False),
            "Your first position looks at the last: set the scores above the diagonal to −∞ "
            "before the softmax.",
        ),
        Mistake(
            "the future's scores are 0",
            _with(hidden=0.0),
            "After the softmax a score of 0 still has a share: e⁰ = 1. Fill with −∞.",
        ),
        Mistake(
            "a position does not see itself",
            _with(first=0),
            "You hide the diagonal, too. The first position then sees nothing, and its softmax is "
            "not a number: triu(diagonal=1).",
        ),
        Mistake(
            "the mask is off by one",
            _with(first=2),
            "Each position sees the one after it, the token that it should guess: "
            "triu(diagonal=1).",
        ),
        Mistake("no scaling", _with(width=lambda d, n: 1), "Divide the scores by √d_head."),
        Mistake(
            "scaled by the whole width",
            _with(width=lambda d, n_heads: d),
            "You divide by √d_model. Each head compares queries and keys of d_head = d_model / "
            "n_heads numbers, so √d_head is right.",
        ),
        Mistake(
            "heads cut before queries, keys and values",
            _heads_first,
            "The 3d columns hold all queries, then all keys, then all values. Cut into these three "
            "first, and each of them into heads.",
        ),
        Mistake(
            "heads cut across time",
            _with(cut=False),
            "reshape(n_heads, time, d_head) mixes up positions. Cut the last axis into (n_heads, "
            "d_head) first, then move the heads before time by transpose.",
        ),
        Mistake(
            "heads not moved back",
            _with(back=False),
            "After the heads have looked, the axes are (heads, time, d_head). Transpose heads and "
            "time back before you lay the heads side by side.",
        ),
        Mistake(
            "softmax over the queries",
            _with(over=-2),
            "Each query shares one unit of attention among the keys: softmax runs over dim=-1.",
        ),
        Mistake(
            "one norm for both parts",
            lambda x, p, n: gpt_block(x, p | {"g2": p["g1"], "b2": p["b1"]}, n),
            "The perceptron has a norm of its own: g2 and b2.",
        ),
        Mistake(
            "post-norm",
            _post_norm,
            "That is the block of 2017 and of GPT-1: it norms the sums. GPT-2 norms what goes into "
            "each part, and leaves the stream alone.",
        ),
        Mistake(
            "the stream itself was normed",
            _stream_normed,
            "The normed copy goes into the part only. You add the part's result to the copy; add "
            "it to x.",
        ),
        Mistake(
            "exact GELU",
            _with(F.gelu),
            "Very close: that is the exact GELU. GPT-2's is the tanh form: "
            'F.gelu(…, approximate="tanh").',
        ),
        Mistake("ReLU", _with(torch.relu), "GPT bends with GELU, in its tanh form, not with ReLU."),
        Mistake(
            "both parts read the same state",
            _side_by_side,
            "The perceptron reads what attention has already written: norm the new x for it.",
        ),
        Mistake(
            "nothing is added",
            _replaced,
            "Each part's result is added to x: without that there is no residual stream.",
        ),
    ],
)  # fmt: skip
