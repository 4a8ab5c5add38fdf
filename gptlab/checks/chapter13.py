"""Checks for chapter 13, The Transformer; the layer, the loss and the schedule have other files."""

from __future__ import annotations

import math

import torch

from gptlab.checks import Mistake, call, choice, function, number
from gptlab.checks.chapter13_loss import RATE, SMOOTHING
from gptlab.checks.chapter13_parts import LAYER


def _penalised(log_probability: float = -4.2, length: int = 7, alpha: float = 0.6) -> float:
    return log_probability / ((5 + length) / 6) ** alpha


PENALTY = number(
    "13.1",
    "a price for length",
    right=_penalised,
    tolerance=0.003,
    hint="lp = ((5 + 7) / 6)^0.6 = 2^0.6 = 1.516. The score is −4.2 divided by it.",
    praise="Seven tokens at the price of four and a half: without the penalty it would be −4.2.",
    mistakes=[
        Mistake(
            "the penalty upside down",
            lambda: -4.2 * 2**0.6,
            "You multiplied. Log-probabilities are negative, so that makes long outputs worse "
            "still; divide.",
        ),
        Mistake(
            "<end> was left out",
            lambda: _penalised(length=6),
            "The six words and <end> make seven tokens: (5 + 7) / 6.",
        ),
        Mistake(
            "divided by the length",
            lambda: -4.2 / 7**0.6,
            "That is 7^0.6. The formula is ((5 + 7) / 6)^0.6, which is gentler for short outputs.",
        ),
        Mistake(
            "a bracket forgotten",
            lambda: -4.2 / (5 + 7 / 6) ** 0.6,
            "You divided only the 7 by 6. The sum comes first: (5 + 7) / 6.",
        ),
        Mistake(
            "a mean over the tokens",
            lambda: -4.2 / 7,
            "That is −4.2 / 7. The paper divides by ((5 + 7) / 6)^0.6.",
        ),
        Mistake(
            "no exponent",
            lambda: _penalised(alpha=1.0),
            "You divided by (5 + 7) / 6 itself. Raise it to the power α = 0.6 first.",
        ),
        Mistake(
            "times α instead of to the power",
            lambda: -4.2 / (12 / 6 * 0.6),
            "You multiplied by 0.6. α is an exponent: ((5 + 7) / 6) ** 0.6.",
        ),
        Mistake(
            "the penalty alone",
            lambda: 2**0.6,
            "That is lp(7). The score is the log-probability, −4.2, divided by it.",
        ),
        Mistake(
            "the sign was lost",
            lambda: -_penalised(),
            "A log-probability is below zero, and so is what is left after dividing it.",
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

BEGIN, END = 1, 2


def shifted(rows):
    """(inputs, targets) of the decoder, from rows of token ids."""
    longest = max(map(len, rows)) + 1
    inputs = torch.full((len(rows), longest), BEGIN)
    targets = torch.full((len(rows), longest), -100)
    for i, row in enumerate(rows):
        inputs[i, 1 : len(row) + 1] = torch.tensor(row)
        targets[i, : len(row) + 1] = torch.tensor([*row, END])
    return inputs, targets


def _unshifted(rows):
    _, targets = shifted(rows)
    return targets.masked_fill(targets < 0, BEGIN), targets


def _padding_counts(rows):
    inputs, targets = shifted(rows)
    return inputs, targets.masked_fill(targets < 0, 0)


def _no_end(rows):
    inputs, targets = shifted(rows)
    return inputs[:, :-1], targets.masked_fill(targets == END, -100)[:, :-1]


def _ahead(rows):
    _, targets = shifted(rows)
    return targets.roll(-1, 1).masked_fill(targets.roll(-1, 1) < 0, BEGIN), targets


SHIFT = function(
    "13.3",
    "what the decoder is given, and what it must say",
    right=shifted,
    cases=[
        call("one sentence of two tokens", [[7, 8]],
             hint="It is given <begin> 7 8 and must say 7 8 <end>: [[1, 7, 8]] and [[7, 8, 2]]."),
        call("two sentences of different length", [[5], [6, 7, 9]],
             hint="The first row must say 5, <end>, then −100 twice."),
        call("three alike", [[4, 5], [5, 4], [6, 6]], hint="No padding is needed here."),
    ],
    mistakes=[
        Mistake(
            "the decoder is given what it must say",
            _unshifted,
            "Inputs and targets are the same tokens at the same places: the network learns to "
            "copy. Move the inputs right by one, behind <begin>.",
        ),
        Mistake(
            "padding is part of the loss",
            _padding_counts,
            "Beyond the end the target must be −100, which cross_entropy leaves out. Yours asks "
            "for the padding.",
        ),
        Mistake(
            "<end> is missing",
            _no_end,
            "After the last word the network must say <end>, or it will never stop writing.",
        ),
        Mistake(
            "<end> to the end of the row",
            lambda rows: (shifted(rows)[0], shifted(rows)[1].masked_fill(
                shifted(rows)[1] < 0, END)),
            "One <end> is enough. After it the targets are −100: nothing is asked for there.",
        ),
        Mistake(
            "<end> behind the padding",
            lambda rows: (shifted(rows)[0], torch.cat([
                shifted(rows)[1][:, :-1].masked_fill(shifted(rows)[1][:, :-1] == END, -100),
                torch.full((len(rows), 1), END)], dim=1)),
            "A short sentence ends where its last word is: <end> comes there, and −100 after it.",
        ),
        Mistake(
            "moved the wrong way",
            _ahead,
            "Your inputs lie ahead of the targets: the decoder reads what comes after its answer.",
        ),
        Mistake(
            "the two changed places",
            lambda rows: shifted(rows)[::-1],
            "Inputs first, then targets: what begins with <begin> is what the decoder is given.",
        ),
        Mistake(
            "inputs filled with 0",
            lambda rows: (shifted(rows)[0] * (shifted(rows)[1] >= 0), shifted(rows)[1]),
            "Behind its sentence a row of the inputs is filled with <begin> (id 1), not with 0.",
        ),
        Mistake(
            "targets begin with <begin>",
            lambda rows: (shifted(rows)[0], shifted(rows)[1].roll(1, 1).index_fill(
                1, torch.tensor([0]), BEGIN)),
            "The decoder is given <begin>; it never says it. The first target is the first word.",
        ),
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

EXERCISES = (PENALTY, EMBED, SHIFT, MASK, LAYER, SMOOTHING, RATE)
