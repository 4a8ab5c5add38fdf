"""Checks for chapter 10, Networks that remember; 10.3, 10.5, 10.6 and 10.7 have their own files."""

from __future__ import annotations

import math

import torch

from gptlab.checks import Mistake, call, function, number
from gptlab.checks.chapter10_lstm import CELL, LATCH
from gptlab.checks.chapter10_reach import REACH
from gptlab.checks.chapter10_streams import STREAMS

_DRAW = torch.Generator().manual_seed(102)


def _two_steps(first: float = 1.0, second: float = 0.5, w: float = 0.8, w_h: float = 0.3) -> float:
    return math.tanh(w * second + w_h * math.tanh(w * first))


TWO_STEPS = number(
    "10.1",
    "two steps by hand",
    right=_two_steps,
    tolerance=0.01,  # two digits on paper are enough: 0.54
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
            "no tanh at all",
            0.8 * 0.5 + 0.3 * 0.8,
            "Every step ends with a tanh: h₁ = tanh(0.8), and so on.",
        ),
        Mistake(
            "the inputs changed places",
            lambda: _two_steps(0.5, 1.0),
            "The network reads 1 first and 0.5 second.",
        ),
        Mistake(
            "the second input as a state",
            math.tanh(0.8 * 1 + 0.3 * 0.5),
            "0.5 is the second input, so it is multiplied by W = 0.8. The state that W_h meets is "
            "h₁.",
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


def _states_before(inputs, W, W_h, b):
    found = rnn_layer(inputs, W, W_h, b)
    return torch.cat([torch.zeros_like(found[:, :1]), found[:, :-1]], dim=1)


def _sigmoids(inputs, W, W_h, b):
    h = torch.zeros(inputs.size(0), W_h.size(0))
    states = []
    for x in inputs.unbind(1):
        h = torch.sigmoid(x @ W.T + h @ W_h.T + b)
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
        Mistake(
            "the state before each step",
            _states_before,
            "You kept the state before each step, zeros first, so the last one is missing. Make "
            "the new state, then append it.",
        ),
        Mistake(
            "the bias is left out",
            lambda inputs, W, W_h, b: rnn_layer(inputs, W, W_h, torch.zeros_like(b)),
            "W x + W_h h is right; b is still to be added, at every step.",
        ),
        Mistake(
            "a sigmoid for the tanh",
            _sigmoids,
            "Elman's layer here ends each step with tanh, from −1 to 1, not with a sigmoid.",
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
            "not a whole step",
            lambda: math.log(0.01) / math.log(_GATE),
            "That is where exactly 1 % would be left, between two steps. Give the first whole step "
            "after it.",
        ),
        Mistake(
            "what is lost for what is kept",
            lambda: _steps_left(1 - _GATE),
            "1 − 0.88 is what a step loses. What is kept, 0.88, is multiplied.",
        ),
        Mistake(
            "half of it",
            lambda: _steps_left(_GATE, 0.5),
            "That is the half-life. The question asks for less than 1 %.",
        ),
    ],
)


EXERCISES = (TWO_STEPS, LAYER, CELL, HALF_LIFE, LATCH, STREAMS, REACH)
