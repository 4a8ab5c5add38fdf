"""Checks for chapter 10, Networks that remember; the LSTM's and 10.7 have files of their own."""

from __future__ import annotations

import math

import torch

from gptlab.checks import Mistake, call, function, number
from gptlab.checks.chapter10_lstm import CELL, LATCH
from gptlab.checks.chapter10_reach import REACH

_DRAW = torch.Generator().manual_seed(102)


def _two_steps(first: float = 1.0, second: float = 0.5, w: float = 0.8, w_h: float = 0.3) -> float:
    return math.tanh(w * second + w_h * math.tanh(w * first))


TWO_STEPS = number(
    "10.1",
    "two steps by hand",
    right=_two_steps,
    tolerance=0.002,
    hint="First h₁ = tanh(0.8 · 1 + 0.3 · 0). Then h₂ = tanh(0.8 · 0.5 + 0.3 · h₁).",
    mistakes=[
        Mistake(
            "the state was not carried",
            math.tanh(0.8 * 0.5),
            "That is tanh(0.8 · 0.5): the second step has forgotten the first. Add 0.3 · h₁ inside "
            "the tanh.",
        ),
        Mistake(
            "the first step without its tanh",
            math.tanh(0.8 * 0.5 + 0.3 * 0.8),
            "The state that goes on is h₁ = tanh(0.8), not the 0.8 inside it.",
        ),
        Mistake(
            "the weights changed places",
            lambda: _two_steps(w=0.3, w_h=0.8),
            "W = 0.8 belongs to the input, W_h = 0.3 to the state.",
        ),
        Mistake(
            "the last step without its tanh",
            0.8 * 0.5 + 0.3 * math.tanh(0.8),
            "Every step ends with a tanh, the last one as well.",
        ),
        Mistake(
            "one step only",
            math.tanh(0.8),
            "That is h₁. The network reads a second number, 0.5, and makes h₂ of it.",
        ),
    ],
)


def rnn_layer(inputs, W, W_h, b):
    """All states of an Elman network over a batch, from a state of zeros."""
    h = torch.zeros(inputs.size(0), W_h.size(0))
    states = []
    for x in inputs.unbind(1):
        h = torch.tanh(x @ W.T + h @ W_h.T + b)
        states.append(h)
    return torch.stack(states, dim=1)


def _forgetful(inputs, W, W_h, b):
    return torch.tanh(inputs @ W.T + b)


def _backwards(inputs, W, W_h, b):
    return rnn_layer(inputs.flip(1), W, W_h, b).flip(1)


def _straight(inputs, W, W_h, b):
    h = torch.zeros(inputs.size(0), W_h.size(0))
    states = []
    for x in inputs.unbind(1):
        h = x @ W.T + h @ W_h.T + b
        states.append(h)
    return torch.stack(states, dim=1)


def _weights(d_in: int, d: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    shapes = ((d, d_in), (d, d), (d,))
    w, w_h, b = (0.7 * torch.randn(shape, generator=_DRAW) for shape in shapes)
    return w, w_h, b


LAYER = function(
    "10.2",
    "a recurrent layer",
    right=rnn_layer,
    cases=[
        call(
            "one number, two steps: those of 10.1",
            torch.tensor([[[1.0], [0.5]]]), torch.tensor([[0.8]]), torch.tensor([[0.3]]),
            torch.zeros(1), hint="The states are tanh(0.8) and tanh(0.4 + 0.3 · tanh(0.8)).",
        ),
        call(
            "two sequences of four steps",
            torch.randn(2, 4, 3, generator=_DRAW), *_weights(3, 5),
            hint="Rows of the batch do not know of each other; the shape is (2, 4, 5).",
        ),
        call(
            "a single step",
            torch.randn(3, 1, 2, generator=_DRAW), *_weights(2, 4),
            hint="The time axis stays, with length 1.",
        ),
    ],
    mistakes=[
        Mistake(
            "no memory",
            _forgetful,
            "Each step sees its own input only. Add h @ W_h.T, and let h be the state of the step "
            "before.",
        ),
        Mistake(
            "the state is transformed the wrong way round",
            lambda inputs, W, W_h, b: rnn_layer(inputs, W, W_h.T, b),
            "The formula says W_h h with h as a column. For rows of a batch that is h @ W_h.T.",
        ),
        Mistake(
            "only the last state",
            lambda *arguments: rnn_layer(*arguments)[:, -1],
            "Return the state of every step: torch.stack(states, dim=1).",
        ),
        Mistake(
            "time before batch",
            lambda *arguments: rnn_layer(*arguments).transpose(0, 1),
            "The shape is (time, batch, d); stack along dim=1 to get (batch, time, d).",
        ),
        Mistake(
            "read from the end",
            _backwards,
            "The loop began with the last input. A language model that does so sees the answer.",
        ),
        Mistake("no tanh", _straight, "Without tanh the states are not kept between −1 and 1."),
    ],
)  # fmt: skip


def _steps_left(keep: float, share: float = 0.01) -> int:
    return math.ceil(math.log(share) / math.log(keep))


_BIAS = 2.0
_GATE = 1 / (1 + math.exp(-_BIAS))

HALF_LIFE = number(
    "10.4",
    "how long a gate remembers",
    right=lambda: _steps_left(_GATE),
    unit="steps",
    tolerance=0,
    hint="The gate is sigmoid(2) = 0.88. After n steps 0.88ⁿ is left; find the first n with less "
    "than 0.01.",
    praise="A bias of 4 would reach 254 steps, a bias of 0 only 7.",
    mistakes=[
        Mistake(
            "tanh for the gate",
            lambda: _steps_left(math.tanh(_BIAS)),
            "Gates are sigmoids, from 0 to 1. tanh(2) = 0.96 is no gate.",
        ),
        Mistake(
            "a tenth instead of a hundredth",
            lambda: _steps_left(_GATE, 0.1),
            "That is when a tenth is left. The question asks for less than 1 %.",
        ),
        Mistake(
            "one step too early",
            lambda: _steps_left(_GATE) - 1,
            "After so many steps a little more than 1 % is still left. One more.",
        ),
        Mistake(
            "half of it",
            lambda: _steps_left(_GATE, 0.5),
            "That is the half-life. The question asks for less than 1 %.",
        ),
    ],
)


def cut_into_streams(tokens, batch_size, context_length):
    """(inputs, targets) of every step, row b going on where row b of the step before ended."""
    each = (len(tokens) - 1) // batch_size
    rows = torch.stack([tokens[b * each : (b + 1) * each + 1] for b in range(batch_size)])
    starts = range(0, each - context_length + 1, context_length)
    return [
        (rows[:, s : s + context_length], rows[:, s + 1 : s + context_length + 1]) for s in starts
    ]


def _in_a_row(tokens, batch_size, context_length):
    steps = (len(tokens) - 1) // (batch_size * context_length)
    used = steps * batch_size * context_length
    inputs, targets = tokens[:used], tokens[1 : used + 1]
    shape = (steps, batch_size, context_length)
    return list(zip(inputs.view(shape), targets.view(shape), strict=True))


def _unshifted(tokens, batch_size, context_length):
    return [(x, x) for x, _ in cut_into_streams(tokens, batch_size, context_length)]


def _overlapping(tokens, batch_size, context_length):
    each = (len(tokens) - 1) // batch_size
    rows = torch.stack([tokens[b * each : (b + 1) * each + 1] for b in range(batch_size)])
    return [
        (rows[:, s : s + context_length], rows[:, s + 1 : s + context_length + 1])
        for s in range(each - context_length + 1)
    ]


def _gaps(tokens, batch_size, context_length):
    each = (len(tokens) - 1) // batch_size
    rows = torch.stack([tokens[b * each : (b + 1) * each + 1] for b in range(batch_size)])
    starts = range(0, each - context_length + 1, context_length + 1)
    return [
        (rows[:, s : s + context_length], rows[:, s + 1 : s + context_length + 1]) for s in starts
    ]


STREAMS = function(
    "10.6",
    "batches that go on",
    right=cut_into_streams,
    cases=[
        call(
            "13 tokens, two streams, windows of 3",
            torch.arange(13), 2, 3,
            hint="Stream 0 is 0 … 6, stream 1 is 6 … 12 (its first token is the last target of "
            "stream 0). The first inputs are [[0, 1, 2], [6, 7, 8]].",
        ),
        call(
            "what does not fill a window is left out",
            torch.arange(100, 147), 3, 4,
            hint="Each stream has 15 tokens to read: three windows of 4, and 3 left over.",
        ),
        call("one stream", torch.arange(9), 1, 4, hint="Two steps: 0 … 3 and 4 … 7."),
    ],
    mistakes=[
        Mistake(
            "one window after the other, across the rows",
            _in_a_row,
            "Row 1 of a step goes on where row 0 of the same step ended, so its state from the "
            "step before belongs to another place. Cut the text into streams first.",
        ),
        Mistake(
            "targets equal to the inputs",
            _unshifted,
            "The target of a position is the token after it: move the targets on by one.",
        ),
        Mistake(
            "windows overlap",
            _overlapping,
            "Each step began one token after the last one. The next window begins where the last "
            "one ended: go on by context_length.",
        ),
        Mistake(
            "a token is skipped between windows",
            _gaps,
            "The last target of a window is the first input of the next. Your next window begins "
            "after it, so that the state misses a token.",
        ),
    ],
)  # fmt: skip

EXERCISES = (TWO_STEPS, LAYER, CELL, HALF_LIFE, LATCH, STREAMS, REACH)
