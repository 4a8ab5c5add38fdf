"""The checks of exercises 21.4 and 21.5: rotary positions; groups that share keys."""

from __future__ import annotations

import math

import torch

from gptlab.checks import Mistake, call, function


def turned(z, start, base):
    """Every vector turned by its position: column i with column i + d_head/2."""
    return _turn(z, start, base)


def _turn(z, start, base, exponent=2, sign=1.0, split="halves", same=False, begin=None):
    d_head, time = z.size(-1), z.size(-2)
    i = torch.arange(d_head // 2)
    speeds = base ** (-exponent * i / d_head)
    if same:
        speeds = torch.ones_like(speeds)
    begin = start if begin is None else begin
    angles = sign * (begin + torch.arange(time))[:, None] * speeds
    cos, sin = angles.cos(), angles.sin()
    if split == "halves":
        a, b = z[..., : d_head // 2], z[..., d_head // 2 :]
        return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1)
    a, b = z[..., 0::2], z[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), dim=-1).flatten(-2)


def _mirror(z, start, base):
    half = z.size(-1) // 2
    other = _turn(z, start, base)
    a, b = z[..., :half], z[..., half:]
    angles = (start + torch.arange(z.size(-2)))[:, None] * base ** (
        -2 * torch.arange(half) / z.size(-1)
    )
    return torch.cat((a * angles.cos() + b * angles.sin(), other[..., half:]), dim=-1)


def _one_after_the_other(z, start, base):
    half, first = z.size(-1) // 2, _only_first(z, start, base)
    angles = (start + torch.arange(z.size(-2)))[:, None] * base ** (
        -2 * torch.arange(half) / z.size(-1)
    )
    a, b = first[..., :half], first[..., half:]
    return torch.cat((a, a * angles.sin() + b * angles.cos()), dim=-1)


def _only_first(z, start, base):
    half = z.size(-1) // 2
    return torch.cat((_turn(z, start, base)[..., :half], z[..., half:]), dim=-1)


def _drawn(*shape, seed=21):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


_Z = _drawn(1, 2, 5, 8)

TURNED = function(
    "21.4",
    "rotary positions",
    right=turned,
    praise="Columns i and i + d_head/2 make an arrow, and each arrow has its own speed.",
    cases=[
        call("one arrow", torch.tensor([[[[1.0, 0.0], [1.0, 0.0]]]]), 0, 10_000.0,
             hint="With d_head = 2 the speed is 1: at position 1 the arrow (1, 0) becomes "
             "(cos 1, sin 1)."),
        call("position 0 stays", _Z[:, :, :1], 0, 10_000.0, hint="An angle of 0 turns nothing."),
        call("eight columns", _Z, 0, 10_000.0,
             hint="Four arrows with speeds base^0, base^(-2/8), base^(-4/8), base^(-6/8)."),
        call("a later start", _Z, 7, 10_000.0,
             hint="The first row stands at position 7, the next at 8 …"),
        call("another base", _Z, 3, 50.0, hint="The base is an argument."),
    ],
    mistakes=[
        Mistake("neighbours instead of halves",
            lambda z, start, base: _turn(z, start, base, split="neighbours"),
            "You pair columns 0 and 1, 2 and 3: that is the paper's order. Llama's files, and this "
            "exercise, pair column i with column i + d_head/2."),
        Mistake("turned backwards", lambda z, start, base: _turn(z, start, base, sign=-1.0),
            "Your arrows turn the other way: (a cos − b sin, a sin + b cos)."),
        Mistake("the start is forgotten", lambda z, start, base: _turn(z, start, base, begin=0),
            "The first row is not always position 0: with a cache it is position `start`."),
        Mistake("half the speed's exponent",
            lambda z, start, base: _turn(z, start, base, exponent=1),
            "The exponent is −2i/d_head, with i counting arrows. −i/d_head makes every arrow too "
            "fast."),
        Mistake("the exponent without its minus",
            lambda z, start, base: _turn(z, start, base, exponent=-2),
            "Your arrows turn faster from one to the next. The exponent is negative: "
            "base^(−2i/d_head) makes them slower."),
        Mistake("all arrows at one speed", lambda z, start, base: _turn(z, start, base, same=True),
            "All your arrows turn at speed 1 and come round after six positions. Arrow i has speed "
            "base^(−2i/d_head)."),
        Mistake("a mirror, not a turn", _mirror,
            "One of the two signs is wrong: a cos − b sin above, a sin + b cos below. With + in "
            "both the arrow changes its length."),
        Mistake("the new a makes the new b", _one_after_the_other,
            "Your second number is computed from a first one that is turned already. Both come "
            "from the old a and b: compute them before you write either."),
        Mistake("half of each arrow", _only_first,
            "The second half comes back as it was. Both numbers of an arrow change: "
            "a sin + b cos."),
        Mistake("positions begin at one",
            lambda z, start, base: _turn(z, start, base, begin=start + 1),
            "Your first row is turned although it stands at position `start`. Count from `start`, "
            "not from start + 1."),
    ],
)  # fmt: skip


def grouped(queries, keys, values, base):
    """Causal attention with rotary positions; each head of keys and values serves a group."""
    return _attend(queries, keys, values, base)


def _attend(
    q,
    k,
    v,
    base,
    repeat="interleave",
    turn="qk",
    causal=True,
    scale=True,
    over=-1,
    own=1,
    hide="-inf",
):
    if "q" in turn:
        q = _turn(q, 0, base)
    if "k" in turn:
        k = _turn(k, 0, base)
    if "v" in turn:
        v = _turn(v, 0, base)
    group = q.size(1) // k.size(1)
    if repeat == "interleave":
        k, v = k.repeat_interleave(group, dim=1), v.repeat_interleave(group, dim=1)
    elif repeat == "tile":
        k, v = k.repeat(1, group, 1, 1), v.repeat(1, group, 1, 1)
    else:  # the first head for all
        k, v = k[:, :1], v[:, :1]
    scores = q @ k.mT
    if scale:
        scores = scores / math.sqrt(q.size(-1))
    if causal:
        future = torch.ones(q.size(2), q.size(2), dtype=torch.bool).triu(own)
        if hide != "after":
            scores = scores.masked_fill(future, float(hide))
    weights = scores.softmax(dim=over)
    return (weights.tril() if hide == "after" else weights) @ v


def _scaled_by(width):
    def wrong(q, k, v, base):
        return _attend(q * math.sqrt(q.size(-1)) / math.sqrt(width(q, k)), k, v, base)

    return wrong


_Q, _K, _V = (
    _drawn(2, 4, 6, 8, seed=1) * 2,
    _drawn(2, 2, 6, 8, seed=2) * 2,
    _drawn(2, 2, 6, 8, seed=3),
)

GROUPED = function(
    "21.5",
    "grouped-query attention",
    right=grouped,
    praise="Queries and keys are turned, values are not, and neighbours share a head of keys.",
    cases=[
        call("four query heads, two of keys", _Q, _K, _V, 10_000.0,
             hint="Query heads 0 and 1 share head 0 of the keys, 2 and 3 head 1."),
        call("one head of keys for all", _Q, _K[:, :1], _V[:, :1], 10_000.0,
             hint="Multi-query attention: all four query heads share it."),
        call("as many as queries", _Q[:, :2], _K, _V, 10_000.0,
             hint="A group of one: ordinary attention with rotary positions."),
        call("another base", _Q, _K, _V, 30.0, hint="The base belongs to the rotation."),
    ],
    mistakes=[
        Mistake("heads repeated in the wrong order",
            lambda q, k, v, base: _attend(q, k, v, base, repeat="tile"),
            "`repeat` lays the heads out as 0, 1, 0, 1. Query heads of one group stand side by "
            "side, so it must be 0, 0, 1, 1: repeat_interleave(group, dim=1)."),
        Mistake("the values are turned too",
            lambda q, k, v, base: _attend(q, k, v, base, turn="qkv"),
            "Values are what is fetched; turned by their positions they would say something else "
            "at each place. Turn queries and keys only."),
        Mistake("only the queries are turned",
            lambda q, k, v, base: _attend(q, k, v, base, turn="q"),
            "The keys stand still. Then scores depend on where the query is, not on the distance."),
        Mistake("only the keys are turned",
            lambda q, k, v, base: _attend(q, k, v, base, turn="k"),
            "The queries stand still. Then scores depend on where the key stands."),
        Mistake("nothing is turned", lambda q, k, v, base: _attend(q, k, v, base, turn=""),
            "Without the rotation attention does not know where anything stands."),
        Mistake("no causal mask", lambda q, k, v, base: _attend(q, k, v, base, causal=False),
            "Positions look ahead. What lies above the diagonal gets −∞ before the softmax."),
        Mistake("zeros instead of −∞",
            lambda q, k, v, base: _attend(q, k, v, base, hide="0"),
            "You give the future a score of 0, and e⁰ = 1 still hands it a share: −∞."),
        Mistake("cut off after the softmax",
            lambda q, k, v, base: _attend(q, k, v, base, hide="after"),
            "You take the future's weights away after the softmax, and what is left no longer sums "
            "to one. Mask the scores, before it."),
        Mistake("a position does not see itself",
            lambda q, k, v, base: _attend(q, k, v, base, own=0),
            "You mask the diagonal too: the first position then sees nothing, and the softmax of "
            "nothing is NaN. triu(1) begins above the diagonal."),
        Mistake("softmax over the queries",
            lambda q, k, v, base: _attend(q, k, v, base, over=-2),
            "Each query shares one unit of attention among the keys: softmax runs over dim=-1."),
        Mistake("not scaled", lambda q, k, v, base: _attend(q, k, v, base, scale=False),
            "Divide the scores by √d_head."),
        Mistake("scaled by the whole width",
            _scaled_by(lambda q, k: q.size(-1) * q.size(1)),
            "√d_head is the width of one head, not of all heads together."),
        Mistake("the first head for all",
            lambda q, k, v, base: _attend(q, k, v, base, repeat="first"),
            "All query heads read head 0 of the keys; the other heads are never used."),
    ],
)  # fmt: skip
