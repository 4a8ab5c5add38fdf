"""Checks for chapter 21, Since 2017; the longer ones have files of their own."""

from __future__ import annotations

import torch

from gptlab.checks import Mistake, call, choice, function, number
from gptlab.checks.chapter21_attention import GROUPED, TURNED
from gptlab.checks.chapter21_evaluation import CALIBRATED
from gptlab.checks.chapter21_open import MEASURED
from gptlab.checks.chapter21_router import ROUTED

COMPARED = choice(
    "21.1",
    "which model is better?",
    right="D",
    why="two tokenizers, two kinds of token. With the number of tokens that each needs for the "
    "text, both perplexities turn into bits per byte, and those compare.",
    wrong={
        "A": "A's perplexity is lower for each token of its own, but its tokens are shorter: it "
        "must answer more often for the same text.",
        "B": "B's larger vocabulary makes each guess harder and each token longer. Which of the "
        "two weighs more, these numbers do not say.",
        "C": "Equal parameters do not make equal models; and the perplexities cannot settle it.",
    },
)

_LAYERS, _KV, _D_HEAD, _PLACES = 80, 8, 128, 8192
_BYTES = 2 * _LAYERS * _KV * _D_HEAD * _PLACES * 2

MEMORY = number(
    "21.2",
    "the cache of a grouped model",
    right=_BYTES / 1e9,
    unit="gigabytes",
    tolerance=0.005,
    hint="For each layer and place: a key and a value for each head of keys and values, of d_head "
    "numbers, of two bytes each. A gigabyte is 10⁹ bytes.",
    praise="With a head of keys for each of the 64 query heads it would be eight times as much.",
    mistakes=[
        Mistake("all query heads", 8 * _BYTES / 1e9,
            "You counted 64 heads. Only the 8 heads of keys and values are kept; query heads share "
            "them."),
        Mistake("only the keys", _BYTES / 2e9, "Each place keeps a key and a value."),
        Mistake("one layer", _BYTES / 80e9,
            "Every layer has keys and values of its own: times 80."),
        Mistake("a group for each head", _BYTES / 8e9,
            "You divided by the size of a group once too often: 64 / 8 is 8 heads of keys and "
            "values, not one."),
        Mistake("four bytes a number", 2 * _BYTES / 1e9, "In 16 bits a number takes two bytes."),
        Mistake("gibibytes", _BYTES / 2**30,
            "You divided by 2³⁰. Here a gigabyte is 10⁹ bytes."),
    ],
)  # fmt: skip


def rms_norm(x, scale, eps):
    """Every vector of the last axis brought to a mean square of one, then scaled."""
    return x / (x.square().mean(dim=-1, keepdim=True) + eps).sqrt() * scale


def _layer_norm(x, scale, eps):
    centred = x - x.mean(dim=-1, keepdim=True)
    return rms_norm(centred, scale, eps)


_X = torch.tensor(
    [[[3.0, 4.0, 0.0, -1.0], [0.5, -0.5, 2.0, 8.0]], [[1.0, 1.0, 1.0, 1.0], [-6.0, 2.0, 0.1, 3.0]]]
)
_SCALE = torch.tensor([1.0, 0.5, 2.0, -1.0])
_SMALL = torch.tensor([[1e-3, -2e-3, 3e-3, 0.0]])

NORM = function(
    "21.3",
    "RMSNorm",
    right=rms_norm,
    praise="No mean is taken away and nothing is added: a division and a scale.",
    cases=[
        call("(3, 4)", torch.tensor([[3.0, 4.0]]), torch.ones(2), 0.0,
             hint="The mean of 9 and 16 is 12.5; its root is 3.54."),
        call("batch, time, d_model", _X, _SCALE, 1e-5,
             hint="Each vector of the last axis has a size of its own."),
        call("small numbers", _SMALL, torch.ones(4), 1e-6,
             hint="With numbers this small eps counts: it stands under the root, beside the mean."),
        call("zeros", torch.zeros(2, 4), torch.ones(4), 1e-5,
             hint="eps is there so that zeros stay zeros."),
    ],
    mistakes=[
        Mistake("the mean is subtracted", _layer_norm,
            "That is LayerNorm. RMSNorm leaves the mean where it is."),
        Mistake("the variance instead of the mean square",
            lambda x, g, e: x / (x.var(dim=-1, keepdim=True, unbiased=False) + e).sqrt() * g,
            "You divide by the standard deviation, from which the mean is taken away. The mean "
            "square is that of the numbers as they are."),
        Mistake("the sum instead of the mean",
            lambda x, g, e: x / (x.square().sum(dim=-1, keepdim=True) + e).sqrt() * g,
            "You divide by the length of the vector. The mean square is the sum over d: the result "
            "should not shrink in wider models."),
        Mistake("no root", lambda x, g, e: x / (x.square().mean(dim=-1, keepdim=True) + e) * g,
            "You divide by the mean square. Its root is missing."),
        Mistake("eps outside the root",
            lambda x, g, e: x / (x.square().mean(dim=-1, keepdim=True).sqrt() + e) * g,
            "eps is added to the mean square, under the root."),
        Mistake("over the wrong axis",
            lambda x, g, e: x / (x.square().mean(dim=0, keepdim=True) + e).sqrt() * g,
            "You normalise across the batch. Each position stands alone: dim=-1."),
        Mistake("one size for all",
            lambda x, g, e: x / (x.square().mean() + e).sqrt() * g,
            "One mean square for the whole tensor: then a text changes with its neighbours in the "
            "batch. dim=-1, keepdim=True.",
            symptom=lambda answer: torch.allclose(
                answer(_X.clone(), _SCALE.clone(), 1e-5),
                _X / (_X.square().mean() + 1e-5).sqrt() * _SCALE)),
        Mistake("an eps of one's own",
            lambda x, g, e: x / (x.square().mean(dim=-1, keepdim=True) + 1e-5).sqrt() * g,
            "eps is an argument; yours is always 0.00001."),
        Mistake("the scale is forgotten",
            lambda x, g, e: x / (x.square().mean(dim=-1, keepdim=True) + e).sqrt(),
            "scale plays no part in your result. It multiplies place by place."),
        Mistake("the scale is added",
            lambda x, g, e: x / (x.square().mean(dim=-1, keepdim=True) + e).sqrt() + g,
            "The scale multiplies; RMSNorm adds nothing."),
        Mistake("1 + scale",
            lambda x, g, e: x / (x.square().mean(dim=-1, keepdim=True) + e).sqrt() * (1 + g),
            "Some models store the scale minus one. Here g is the factor itself."),
    ],
)  # fmt: skip

EXERCISES = (COMPARED, MEMORY, NORM, TURNED, GROUPED, ROUTED, CALIBRATED, MEASURED)
