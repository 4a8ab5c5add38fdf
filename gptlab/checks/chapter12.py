"""Checks for chapter 12, Self-attention; those of the mask and the heads have a file of their
own."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gptlab.checks import Mistake, call, choice, function, number
from gptlab.checks.chapter12_masks import CAUSAL, HEADS, PREVIOUS

_DRAW = torch.Generator().manual_seed(122)
_SCORES, _VALUES = (0.0, math.log(2), math.log(5)), (8.0, 4.0, 2.0)

ON_PAPER = number(
    "12.1",
    "an average on paper",
    right=3.25,
    tolerance=0.002,
    hint="e⁰ = 1, e^(ln 2) = 2, e^(ln 5) = 5: the shares are 1/8, 2/8 and 5/8. Weight the values.",
    mistakes=[
        Mistake(
            "all words alike",
            lambda: sum(_VALUES) / 3,
            "That is the plain average of the values: the scores have no say in it.",
        ),
        Mistake(
            "scores instead of shares",
            lambda: sum(s * v for s, v in zip(_SCORES, _VALUES, strict=True)),
            "You multiplied the values by the scores themselves. Softmax comes first.",
        ),
        Mistake(
            "shares of the scores without the exponential",
            lambda: sum(s * v for s, v in zip(_SCORES, _VALUES, strict=True)) / sum(_SCORES),
            "You divided each score by their sum. Softmax takes e to the power of each first.",
        ),
        Mistake(
            "only the best word",
            2.0,
            "That is the value of the word with the largest score. Softmax gives it the largest "
            "share, not all.",
        ),
        Mistake(
            "the shares in the wrong order",
            6.25,
            "You gave 5/8 to the first value. Its word has the score 0 and so the smallest share.",
        ),
        Mistake(
            "divided once more",
            lambda: float(torch.tensor(_SCORES).div(3**0.5).softmax(0) @ torch.tensor(_VALUES)),
            "The scores are already divided by √d_k. Take e to the power of them as they are.",
        ),
        Mistake(
            "e⁰ taken for 0",
            18 / 7,
            "e⁰ = 1: the word with the score 0 has a share too, 1/8.",
        ),
        Mistake(
            "not divided by the sum",
            26.0,
            "1, 2 and 5 are not shares yet: divide by their sum, 8.",
        ),
    ],
)


def weights_of(queries: Tensor, keys: Tensor) -> Tensor:
    """softmax(QKᵀ / √d_k), a row for each query."""
    return (queries @ keys.mT / queries.size(-1) ** 0.5).softmax(dim=-1)


WEIGHTS = function(
    "12.2",
    "the weights",
    right=weights_of,
    cases=[
        call(
            "two queries, three keys",
            torch.tensor([[2.0, 0.0], [0.0, 2.0]]),
            torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
            hint="The first row of scores is 2, 0, 2, divided by √2; the shares are 0.446, 0.108, "
            "0.446.",
        ),
        call(
            "a batch with two heads",
            torch.randn(2, 2, 4, 3, generator=_DRAW), torch.randn(2, 2, 5, 3, generator=_DRAW),
            hint="The last two axes are (time, d_k); keys.mT turns only these two round.",
        ),
        call(
            "wide queries",
            4 * torch.randn(1, 3, 64, generator=_DRAW), torch.randn(1, 3, 64, generator=_DRAW),
            hint="√d_k is the root of the size of the last axis, here √64.",
        ),
    ],
    mistakes=[
        Mistake(
            "softmax over the wrong axis",
            lambda q, k: (q @ k.mT / q.size(-1) ** 0.5).softmax(dim=-2),
            "Your columns sum to one. Each query shares out its own attention among the keys, so "
            "rows must: softmax over dim=-1.",
        ),
        Mistake(
            "axes counted from the front",
            lambda q, k: (q @ k.mT / q.size(-1) ** 0.5).softmax(dim=1),
            "dim=1 is the last axis of a matrix, but not of a batch with heads. Count from the "
            "end: dim=-1.",
        ),
        Mistake(
            "the width counted from the front",
            lambda q, k: (q @ k.mT / q.size(1) ** 0.5).softmax(dim=-1),
            "size(1) is d_k in a matrix, but not in a batch with heads. Count from the end: "
            "queries.size(-1).",
        ),
        Mistake(
            "multiplied by the root",
            lambda q, k: (q @ k.mT * q.size(-1) ** 0.5).softmax(dim=-1),
            "Divide by √d_k: the scores are too large, not too small.",
        ),
        Mistake(
            "no exponential",
            lambda q, k: (lambda s: s / s.sum(dim=-1, keepdim=True))(q @ k.mT),
            "You divided the scores by their sum. Softmax takes e to the power of each first, so "
            "that no share is negative.",
        ),
        Mistake(
            "√d_k is missing",
            lambda q, k: (q @ k.mT).softmax(dim=-1),
            "The scores grow with the width of the queries, and the softmax saturates. Divide them "
            "by √d_k first.",
        ),
        Mistake(
            "divided by d_k",
            lambda q, k: (q @ k.mT / q.size(-1)).softmax(dim=-1),
            "You divided by d_k, not by its root: the weights come out too even.",
        ),
        Mistake(
            "the root of the number of words",
            lambda q, k: (q @ k.mT / k.size(-2) ** 0.5).softmax(dim=-1),
            "d_k is the length of a query, the last axis, not the number of words.",
        ),
        Mistake(
            "divided after the softmax",
            lambda q, k: (q @ k.mT).softmax(dim=-1) / q.size(-1) ** 0.5,
            "Divide the scores, not the weights: your rows no longer sum to one.",
        ),
        Mistake(
            "keys ask, queries answer",
            lambda q, k: (k @ q.mT / q.size(-1) ** 0.5).softmax(dim=-1),
            "Your rows belong to the keys. Each row must belong to a query: queries @ keys.mT.",
        ),
    ],
)  # fmt: skip

LEAK = choice(
    "12.4",
    "a leak to explain",
    right="C",
    why="The weights on the future are zero, but each row was divided by a sum that had the "
    "future's scores in it. Every position feels that sum. Mask before the softmax.",
    wrong={
        "A": "A mask that is off by one gives weight to the next word, and only to that one. Here "
        "all weights on the future are zero.",
        "B": "A missing √d_k makes weights sharper or more even. It lets no position feel another "
        "that its mask forbids.",
        "D": "True and False exchanged would put all weight on the future. Here it has none.",
    },
)


def _multiplications(n_tokens: float, d_model: int, matrices: int = 4, products: int = 2) -> float:
    """Multiplications with all words, less those of the matrices: zero where they meet."""
    return products * n_tokens**2 * d_model - matrices * n_tokens * d_model**2


def _meeting(d_model: int, matrices: int = 4, products: int = 2) -> float:
    tokens = matrices * d_model / products
    assert _multiplications(tokens, d_model, matrices, products) == 0
    return tokens


BILL = number(
    "12.6",
    "the bill",
    right=lambda: _meeting(768),
    unit="tokens",
    tolerance=0,
    hint="Set 4 T d² = 2 T² d and solve for T, with d = 768; or count with FlopCounterMode.",
    praise="Below it a longer text costs little more for each word; far above it, twice the text "
    "costs four times as much.",
    mistakes=[
        Mistake(
            "the scores alone",
            lambda: _meeting(768, products=1),
            "Words meet twice: once for the score (Q Kᵀ), once for the average (weights times V).",
        ),
        Mistake(
            "three matrices",
            lambda: _meeting(768, matrices=3),
            "Queries, keys and values are three matrices; the output is the fourth.",
        ),
        Mistake(
            "the wrong way up",
            768 / 2,
            "4 T d² = 2 T² d: divide both sides by 2 T d. T comes out as twice d, not half of it.",
        ),
        Mistake(
            "the first beyond",
            1537,
            "There the meetings already cost more. The question asks where both are equal.",
        ),
        Mistake(
            "one matrix and one meeting",
            lambda: _meeting(768, 1, 1),
            "T = d would be one matrix against one product. There are four matrices and two "
            "products.",
        ),
        Mistake(
            "the average is not counted, nor the output matrix",
            lambda: _meeting(768, matrices=3, products=1),
            "You left out the matrix of the output, and the product of the weights with the "
            "values.",
        ),
    ],
)

EXERCISES = (ON_PAPER, WEIGHTS, CAUSAL, LEAK, HEADS, BILL, PREVIOUS)
