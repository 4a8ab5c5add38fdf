"""The checks of exercises 12.3, 12.5 and 12.7: the mask, the heads, a head that is programmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gptlab.checks import Case, Mistake, call, function
from gptlab.errors import LabError

_DRAW = torch.Generator().manual_seed(123)


def causal_attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Scaled dot-product attention in which no position sees a later one."""
    return _weights(queries, keys, _past(queries)) @ values


def _past(queries: Tensor, diagonal: int = 0) -> Tensor:
    time = queries.size(-2)
    return torch.ones(time, time, dtype=torch.bool).tril(diagonal)


def _weights(queries: Tensor, keys: Tensor, allowed: Tensor, hidden: float = -torch.inf) -> Tensor:
    scores = queries @ keys.mT / queries.size(-1) ** 0.5
    return scores.masked_fill(~allowed, hidden).softmax(dim=-1)


def _after_softmax(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    everything = torch.ones_like(_past(q))
    return (_weights(q, k, everything) * _past(q)) @ v


def _mended(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    weights = _weights(q, k, torch.ones_like(_past(q))) * _past(q)
    return weights / weights.sum(dim=-1, keepdim=True) @ v


def _zero_times_infinity(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    scores = q @ k.mT / q.size(-1) ** 0.5
    return (scores + torch.ones_like(scores).triu(1) * -torch.inf).softmax(dim=-1) @ v


def _scaled(q: Tensor, k: Tensor, v: Tensor, factor: float) -> Tensor:
    """The right answer, but for the scores: each is `factor` times as large."""
    return _weights(q * factor, k, _past(q)) @ v


def _over_queries(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    scores = (q @ k.mT / q.size(-1) ** 0.5).masked_fill(~_past(q), -torch.inf)
    return scores.softmax(dim=-2) @ v


def _three(*shape: int) -> list[Tensor]:
    return [torch.randn(shape, generator=_DRAW) for _ in range(3)]


def _without_leak(answer: Callable[..., Tensor]) -> Tensor:
    """The result, after a look at whether the future is felt."""
    q, k, v = (part.clone() for part in _LEAKY)
    before = answer(q.clone(), k.clone(), v.clone())
    k[:, -1], v[:, -1] = 9.0, 9.0
    after = answer(q, k, v)
    assert torch.equal(before[:, :-1], after[:, :-1]), (
        "when the last word's key and value change, earlier results change too: the past feels "
        "the future"
    )
    return before


_LEAKY = _three(1, 5, 4)

CAUSAL = function(
    "12.3",
    "looking back, but not ahead",
    right=causal_attention,
    cases=[
        call(
            "three words, one number each",
            torch.ones(1, 3, 1), torch.ones(1, 3, 1), torch.tensor([[[6.0], [2.0], [1.0]]]),
            hint="All scores are equal, so each word averages what it may see: 6, 4 and 3.",
        ),
        call(
            "two sentences of four words", *_three(2, 4, 3),
            hint="One mask serves the whole batch; its shape is (4, 4).",
        ),
        call("one word alone", *_three(1, 1, 4), hint="It sees itself and returns its value."),
        call(
            "scores far below zero",
            torch.full((1, 3, 1), 20.0).double(),
            torch.tensor([[[-10.0], [-10.0], [-10.1]]]).double(),
            torch.tensor([[[6.0], [2.0], [1.0]]]).double(),
            hint="The scores are −200 and less. What is masked must lie below them, too: −∞.",
        ),
        Case("the past does not feel the future", _without_leak),
    ],
    mistakes=[
        Mistake(
            "no mask",
            lambda q, k, v: _weights(q, k, torch.ones_like(_past(q))) @ v,
            "Every word still sees the whole sentence. Set the scores above the diagonal to −∞.",
        ),
        Mistake(
            "mask after the softmax",
            _after_softmax,
            "Your rows no longer sum to one, and the future still stands in the sum that they were "
            "divided by. Mask the scores, then take the softmax.",
        ),
        Mistake(
            "mask off by one: the next word is seen",
            lambda q, k, v: _weights(q, k, _past(q, 1)) @ v,
            "Each word sees the one after it. tril() keeps the diagonal; tril(1) keeps one more.",
        ),
        Mistake(
            "mask off by one: a word does not see itself",
            lambda q, k, v: _weights(q, k, _past(q, -1)) @ v,
            "The diagonal is hidden too, so the first word has nobody to look at, and softmax "
            "gives NaN. A word may see itself: hide only what is above the diagonal.",
        ),
        Mistake(
            "True and False exchanged",
            lambda q, k, v: _weights(q, k, ~_past(q)) @ v,
            "You hide the past and show the future. masked_fill fills where the mask is True, so "
            "give it the future.",
        ),
        Mistake(
            "0 instead of −∞",
            lambda q, k, v: _weights(q, k, _past(q), 0.0) @ v,
            "A score of 0 still gets a share, because e⁰ = 1. Only −∞ becomes 0.",
        ),
        Mistake(
            "−100 instead of −∞",
            lambda q, k, v: _weights(q, k, _past(q), -100.0) @ v,
            "Most scores lie above −100, but not all: where the past has lower ones, the future "
            "gets everything. Only −∞ is below every score.",
        ),
        Mistake(
            "zero times infinity",
            _zero_times_infinity,
            "0 · (−∞) is NaN. Use masked_fill, which touches only the places where the mask is "
            "True.",
        ),
        Mistake(
            "masked after the softmax, then divided again",
            _mended,
            "On paper that is right. In numbers the future still decides how much is left of the "
            "past before you divide, and where a future score is large nothing is. Mask the "
            "scores, then take the softmax.",
        ),
        Mistake(
            "√d_k is missing",
            lambda q, k, v: _scaled(q, k, v, q.size(-1) ** 0.5),
            "The mask is right. Divide the scores by √d_k, the root of the last axis.",
        ),
        Mistake(
            "divided by d_k",
            lambda q, k, v: _scaled(q, k, v, q.size(-1) ** -0.5),
            "The mask is right. You divided the scores by d_k, not by its root.",
        ),
        Mistake(
            "softmax over the wrong axis",
            _over_queries,
            "Your columns sum to one. Each word shares out its own attention: softmax over dim=-1.",
        ),
        Mistake(
            "values weighted by the transpose of the weights",
            lambda q, k, v: _weights(q, k, _past(q)).mT @ v,
            "Row i of the weights belongs to word i, so the result is weights @ values. You "
            "multiplied by the transpose: each word got from those who look at it.",
        ),
    ],
)  # fmt: skip


def cut_heads(z: Tensor, n_heads: int) -> Tensor:
    """(batch, time, d_model) to (batch, heads, time, d_head)."""
    batch, time, width = z.shape
    return z.view(batch, time, n_heads, width // n_heads).transpose(1, 2)


def _numbered(batch: int, time: int, width: int) -> Tensor:
    return torch.arange(float(batch * time * width)).view(batch, time, width)


def _reshaped(z: Tensor, n_heads: int) -> Tensor:
    return z.reshape(z.size(0), n_heads, z.size(1), -1)


HEADS = function(
    "12.5",
    "cutting heads",
    right=cut_heads,
    cases=[
        call(
            "four positions, two heads", _numbered(1, 4, 6), 2,
            hint="Head 0 holds 0, 1, 2 of the first position, then 6, 7, 8 of the second.",
        ),
        call(
            "a batch of two, three heads", _numbered(2, 5, 12), 3,
            hint="The shape is (2, 3, 5, 4): batch, heads, time, d_head.",
        ),
        call("one head", _numbered(2, 3, 4), 1, hint="One head is the whole width: (2, 1, 3, 4)."),
    ],
    mistakes=[
        Mistake(
            "reshape instead of transpose",
            _reshaped,
            "The shape is right, but the numbers are read on in memory: head 0 holds all of the "
            "first positions. Cut the last axis first (view to batch, time, heads, d_head), then "
            "transpose(1, 2).",
        ),
        Mistake(
            "heads left behind time",
            lambda z, n_heads: cut_heads(z, n_heads).transpose(1, 2),
            "The shape is (batch, time, heads, d_head). Attention works on the last two axes, so "
            "time must stand there: transpose(1, 2).",
        ),
        Mistake(
            "every other number",
            lambda z, n_heads: z.unflatten(-1, (-1, n_heads)).permute(0, 3, 1, 2),
            "Head 0 got the numbers 0, 2, 4 … of each position. A head is one slice of the width: "
            "view to (…, n_heads, d_head), in this order.",
        ),
        Mistake(
            "n_heads taken for the width of a head",
            lambda z, n_heads: torch.stack(z.split(n_heads, dim=-1), dim=1),
            "n_heads says how many heads there are; each is width / n_heads numbers wide. "
            "split(n) makes pieces of n numbers, chunk(n) makes n pieces.",
        ),
        Mistake(
            "time and d_head exchanged",
            lambda z, n_heads: cut_heads(z, n_heads).transpose(2, 3),
            "The last two axes are (d_head, time); they should be (time, d_head).",
        ),
    ],
)  # fmt: skip

_TIME = 6


def previous_word() -> tuple[Tensor, Tensor]:
    """Matrices for which each position looks at the one before it; rows are positions."""
    W_Q = 20.0 * torch.eye(_TIME).roll(-1, dims=1)  # position t asks for t − 1
    W_Q[0] = 0.0
    return W_Q, torch.eye(_TIME)


def looked_at(answer: Any) -> list[int]:
    """For each position but the first, at which it looks with a weight above 0.9, or −1.

    Raises LabError for matrices of another shape.
    """
    made = answer()
    if not isinstance(made, tuple | list) or len(made) != 2:
        raise LabError("return two matrices, W_Q and W_K, each with 6 rows and as many columns")
    w_q, w_k = (torch.as_tensor(part).float() for part in made)
    if w_q.dim() != 2 or w_q.shape != w_k.shape or w_q.size(0) != _TIME:
        raise LabError(
            f"the shapes are {tuple(w_q.shape)} and {tuple(w_k.shape)}; return two matrices, W_Q "
            "and W_K, each with 6 rows and as many columns as the other"
        )
    positions = torch.eye(_TIME)
    queries, keys = positions @ w_q, positions @ w_k
    weights = _weights(queries, keys, _past(queries))
    most, where = weights[1:].max(dim=-1)
    return [int(t) if w > 0.9 else -1 for w, t in zip(most, where, strict=True)]


def _programmed(shift: int, size: float = 20.0) -> Callable[[], tuple[Tensor, Tensor]]:
    return lambda: (size * torch.eye(_TIME).roll(shift, dims=1), torch.eye(_TIME))


def _too_faint(answer: Callable[[], Any]) -> bool:
    """Whether larger matrices alone would put it right."""
    wanted = list(range(_TIME - 1))
    if looked_at(answer) == wanted:
        return False
    W_Q, W_K = (torch.as_tensor(part).float() for part in answer())
    return looked_at(lambda: (100 * W_Q, W_K)) == wanted


PREVIOUS = function(
    "12.7",
    "a head without training",
    right=previous_word,
    cases=[
        Case(
            "where the positions 1 to 5 look",
            looked_at,
            "Position t should look at t − 1, with a weight above 0.9. −1 stands for a position "
            "that looks at none so clearly.",
        )
    ],
    mistakes=[
        Mistake(
            "each looks at itself",
            _programmed(0),
            "Query t equals key t, so each position finds itself. Let query t equal key t − 1.",
        ),
        Mistake(
            "not sharp enough",
            _programmed(-1, 1.0),
            "The direction is right, but scores of 1/√6 barely matter to a softmax. Make the "
            "matrices larger.",
            symptom=_too_faint,
        ),
        Mistake(
            "the wrong way round",
            _programmed(1),
            "Query t asks for t + 1, which the causal mask hides: only the scores of zero are "
            "left. roll the other way.",
        ),
        Mistake(
            "everything away from it",
            lambda: (-20 * torch.eye(_TIME).roll(-1, dims=1), torch.eye(_TIME)),
            "Your largest scores are zeros: the one before has a negative score and so gets the "
            "least. Turn the sign.",
        ),
        Mistake(
            "two back",
            _programmed(-2),
            "Position t looks at t − 2. One place less.",
        ),
    ],
)  # fmt: skip
