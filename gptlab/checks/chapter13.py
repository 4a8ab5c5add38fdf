"""Checks for chapter 13, The Transformer; the layer, the loss and the schedule have other files."""

from __future__ import annotations

import math

import torch

from gptlab.checks import Mistake, call, choice, function, number
from gptlab.checks.chapter13_loss import RATE, SMOOTHING
from gptlab.checks.chapter13_parts import LAYER


def _hand(position: float = 50, exponent: float = -0.5) -> float:
    """The sine of a hand, its speed a power of 10,000."""
    return math.sin(position * 10_000**exponent)


HAND = number(
    "13.1",
    "a hand of the clock",
    right=_hand,
    tolerance=0.003,
    hint="Column 2 is the sine of pair 1, since pair i has columns 2i and 2i + 1. Its speed is "
    "10000^(−2/4) = 0.01, so the angle at position 50 is 0.5.",
    praise="A slow hand: after fifty words it has turned by half a radian, about 29 degrees.",
    mistakes=[
        Mistake(
            "degrees",
            lambda: math.sin(math.radians(0.5)),
            "Your calculator took 0.5 for degrees. The angle is in radians, as in Python's "
            "math.sin.",
        ),
        Mistake(
            "the cosine",
            lambda: math.cos(0.5),
            "That is column 3. The sine stands in the even column, 2i.",
        ),
        Mistake(
            "the fast hand",
            lambda: _hand(exponent=0),
            "That is column 0: the hand of pair 0, with ω = 1. Column 2 belongs to pair 1.",
        ),
        Mistake(
            "the column taken for the pair",
            lambda: _hand(exponent=-1),
            "You put i = 2. Pair i has the columns 2i and 2i + 1, so column 2 belongs to i = 1.",
        ),
        Mistake(
            "the 2 in 2i forgotten",
            lambda: _hand(exponent=-0.25),
            "The exponent is −2i/d = −2/4, not −1/4.",
        ),
        Mistake(
            "the minus forgotten",
            lambda: _hand(exponent=0.5),
            "The exponent is negative: the later hands are slow.",
        ),
        Mistake(
            "the angle itself",
            lambda: 0.5,
            "That is the angle ω·t. The column holds its sine.",
        ),
        Mistake(
            "the position before",
            lambda: _hand(49),
            "Positions count from 0, so position 50 has t = 50.",
        ),
    ],
)


def embed(tokens, table):
    """Rows of `table` times √d, plus the waves of their positions."""
    d = table.size(1)
    speed = 10_000 ** (-torch.arange(0, d, 2) / d)
    angles = torch.arange(len(tokens))[:, None] * speed
    waves = torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)
    return table[tokens] * math.sqrt(d) + waves


def _with_waves(sines_first=True, interleaved=True, start=0, power=1.0, scale=True, ids=False):
    """A wrong `embed`: each switch is a mistake."""

    def wrong(tokens, table):
        d = table.size(1)
        speed = 10_000.0 ** (-power * torch.arange(0, d, 2) / d)
        places = tokens if ids else torch.arange(start, start + len(tokens))
        angles = places[:, None] * speed
        pair = (angles.sin(), angles.cos()) if sines_first else (angles.cos(), angles.sin())
        waves = torch.stack(pair, dim=-1).flatten(1) if interleaved else torch.cat(pair, dim=-1)
        return table[tokens] * (math.sqrt(d) if scale else 1) + waves

    return wrong


_DRAW = torch.Generator().manual_seed(132)

EMBED = function(
    "13.2",
    "words with their positions",
    right=embed,
    cases=[
        call(
            "a table of zeros: only the waves are left",
            torch.tensor([0, 0, 0]), torch.zeros(1, 4),
            hint="Row 1 is sin 1, cos 1, sin 0.01, cos 0.01.",
        ),
        call(
            "three words",
            torch.tensor([2, 0, 1]), torch.randn(3, 8, generator=_DRAW),
            hint="Row t is table[tokens[t]] · √8 plus the waves of position t.",
        ),
        call("one word", torch.tensor([1]), torch.randn(2, 6, generator=_DRAW),
             hint="Position 0 has sines of 0 and cosines of 1."),
    ],
    mistakes=[
        Mistake(
            "√d forgotten",
            _with_waves(scale=False),
            "The embeddings are too small beside the waves: multiply them by √d when they are "
            "read.",
        ),
        Mistake(
            "sines left, cosines right",
            _with_waves(interleaved=False),
            "All sines stand in the first half of your row, all cosines in the second. The paper "
            "has them in turn: sin, cos, sin, cos.",
        ),
        Mistake(
            "cosine first",
            _with_waves(sines_first=False),
            "Column 2i is the sine, column 2i + 1 the cosine; yours changed places.",
        ),
        Mistake(
            "positions counted from one",
            _with_waves(start=1),
            "The first word has position 0: its sines are 0 and its cosines 1.",
        ),
        Mistake(
            "exponent halved",
            _with_waves(power=0.5),
            "The speeds are 10000^(−2i/d) with i = 0, 1, 2 … You used −i/d; the slowest wave is "
            "then too fast.",
        ),
        Mistake(
            "2i taken twice",
            _with_waves(power=2.0),
            "torch.arange(0, d, 2) holds the numbers 2i already; you doubled them once more, and "
            "the slow waves hardly move.",
        ),
        Mistake(
            "fast where it should be slow",
            _with_waves(power=-1.0),
            "The exponent is negative: 10000^(−2i/d). Yours grows, so that the last hands whirl.",
        ),
        Mistake(
            "the ids in place of the positions",
            _with_waves(ids=True),
            "You gave the waves the tokens' ids. An angle is the word's place, 0, 1, 2 …, × speed.",
        ),
        Mistake(
            "times d",
            lambda tokens, table: embed(tokens, table * math.sqrt(table.size(1))),
            "You multiplied the embedding by d. It is √d.",
        ),
        Mistake(
            "the waves are scaled too",
            lambda tokens, table: embed(tokens, table)
            + (math.sqrt(table.size(1)) - 1) * embed(tokens, 0 * table),
            "Only the embedding is multiplied by √d; add the waves after that.",
        ),
    ],
)  # fmt: skip


def mean_of_checkpoints(checkpoints):
    """The mean of several networks' weights, name by name."""
    return {
        name: torch.stack([weights[name] for weights in checkpoints]).mean(0)
        for name in checkpoints[0]
    }


def _summed(checkpoints):
    return {k: v * len(checkpoints) for k, v in mean_of_checkpoints(checkpoints).items()}


def _running(checkpoints):
    """(a + b) / 2, then (that + c) / 2: the last one weighs most."""
    found = checkpoints[0]
    for weights in checkpoints[1:]:
        found = {name: (value + weights[name]) / 2 for name, value in found.items()}
    return found


def _one_number(checkpoints):
    return {k: v.mean() for k, v in mean_of_checkpoints(checkpoints).items()}


def _weights(n: int) -> list[dict[str, torch.Tensor]]:
    g = torch.Generator().manual_seed(133 + n)
    return [
        {"matrix": torch.randn(2, 3, generator=g), "bias": torch.randn(3, generator=g)}
        for _ in range(n)
    ]


MEAN = function(
    "13.3",
    "the mean of checkpoints",
    right=mean_of_checkpoints,
    cases=[
        call("two networks of one number",
             [{"w": torch.tensor([1.0])}, {"w": torch.tensor([4.0])}],
             hint='(1 + 4) / 2: {"w": tensor([2.5])}.'),
        call("five checkpoints, two names", _weights(5),
             hint="For each name add the five tensors, number by number, and divide by five."),
        call("three checkpoints", _weights(3), hint="Each of the three weighs the same."),
        call("one checkpoint", _weights(1), hint="The mean of one is that one."),
    ],
    mistakes=[
        Mistake("a sum, not a mean", _summed,
                "Divide by the number of checkpoints, or all weights are several times too large."),
        Mistake("the last one weighs most", _running,
                "You halve again with every checkpoint: (a + b) / 2, then (that + c) / 2. The "
                "first ones hardly count any more. Add all, then divide once."),
        Mistake("divided by the number of names",
                lambda checkpoints: {k: v * len(checkpoints) / len(checkpoints[0])
                                     for k, v in mean_of_checkpoints(checkpoints).items()},
                "Divide by how many checkpoints there are, not by how many tensors each holds."),
        Mistake("one number for a whole tensor", _one_number,
                "The mean runs over the checkpoints, not over the numbers of a tensor: the shape "
                "stays. torch.stack(…).mean(0)."),
        Mistake("side by side", lambda checkpoints: {
                    k: torch.stack([w[k] for w in checkpoints]) for k in checkpoints[0]},
                "You put the tensors on a pile and left them there: .mean(0) is missing."),
        Mistake("over the wrong axis", lambda checkpoints: {
                    k: torch.stack([w[k] for w in checkpoints]).mean(-1) for k in checkpoints[0]},
                "torch.stack makes a first axis, one place for each checkpoint: take the mean over "
                "dim 0."),
        Mistake("the last checkpoint", lambda checkpoints: checkpoints[-1],
                "That is the last one alone."),
        Mistake("first and last", lambda checkpoints: mean_of_checkpoints(
                    [checkpoints[0], checkpoints[-1]]),
                "You took two of them. All count."),
    ],
)  # fmt: skip

MASK = choice(
    "13.4",
    "which mask, and where?",
    right="C",
    why=(
        "The memory of a padded source position is a row of numbers like any other, so without the "
        "mask cross-attention mixes it in, and a sentence is translated differently in other "
        "company. Alone in its batch a sentence has no padding, and nothing changes."
    ),
    wrong={
        "A": "The causal mask of the decoder's self-attention is untouched, and it alone keeps "
        "the target's future hidden. The source has no future: all of it may be read.",
        "B": "A row of weights sums to one whatever it holds; padded rows are ordinary numbers, "
        "so there is no division by zero and no NaN. That is why the mistake goes unnoticed.",
        "D": "The encoder's own mask keeps real positions from looking at padding. It does not "
        "empty the padded rows of its output: they are there, and cross-attention sees them.",
    },
)

EXERCISES = (HAND, EMBED, MEAN, MASK, LAYER, SMOOTHING, RATE)
