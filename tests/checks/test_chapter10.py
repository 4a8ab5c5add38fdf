"""Answers to chapter 10 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, other ways of
being wrong hear something that fits; and the right answers are the library's.
"""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlab.checks import check
from gptlab.checks.chapter10_lstm import latch
from gptlab.checks.chapter10_reach import gated_network, lengths_by_distance, reach
from gptlab.checks.chapter10_streams import cut_into_streams
from gptlab.text.streams import StreamBatches


def by_torch(inputs, W, W_h, b):
    layer = nn.RNN(W.size(1), W.size(0), batch_first=True)
    for name, value in (("weight_ih", W), ("weight_hh", W_h), ("bias_ih", b), ("bias_hh", 0 * b)):
        getattr(layer, f"{name}_l0").data = value
    return layer(inputs)[0].detach()


def filled(inputs, W, W_h, b):
    states = torch.zeros(inputs.size(0), inputs.size(1) + 1, W.size(0))
    for t in range(inputs.size(1)):
        states[:, t + 1] = (inputs[:, t] @ W.mT + states[:, t] @ W_h.mT + b).tanh()
    return states[:, 1:]


def cell_by_torch(x, h, c, W, W_h, b):
    cell = nn.LSTMCell(W.size(1), W_h.size(1))
    for name, value in (("weight_ih", W), ("weight_hh", W_h), ("bias_ih", b), ("bias_hh", 0 * b)):
        getattr(cell, name).data = value
    return tuple(part.detach() for part in cell(x, (h, c)))


def other_latch():
    W = torch.tensor([[30.0], [0.0], [0.0], [5.0]])
    return W, torch.zeros(4, 1), torch.tensor([-15.0, 12.0, 8.0, 6.0])


def written_anew():
    """Each 1 wipes the memory and writes it again: nobody can tell the difference. A list, too."""
    W, W_h, b = latch()
    W[1] = -40.0
    return [W.numpy(), W_h.numpy(), b.tolist()]


def views(tokens, batch_size, context_length):
    each = (len(tokens) - 1) // batch_size
    found = []
    for step in range(each // context_length):
        at = [b * each + step * context_length for b in range(batch_size)]
        found.append(
            (
                torch.stack([tokens[a : a + context_length] for a in at]),
                torch.stack([tokens[a + 1 : a + 1 + context_length] for a in at]),
            )
        )
    return found


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("10.1", 0.536),
        ("10.1", 0.54),
        ("10.1", torch.tensor(0.4 + 0.3 * math.tanh(0.8)).tanh()),
        ("10.2", by_torch),
        ("10.2", filled),
        ("10.3", cell_by_torch),
        ("10.4", 37),
        ("10.5", other_latch),
        ("10.5", written_anew),
        ("10.6", views),
        ("10.7", (6, 8, 20, 90)),
        ("10.7", [float(distance) for distance in reach()]),
    ],
)
def test_other_right_answers_pass(exercise, answer):
    result = check(exercise, answer)
    assert result, result.text


def fading():
    W, W_h, b = other_latch()
    b[1] = 2.0
    return W, W_h, b


def half_shown():
    W, W_h, b = latch()
    b[3] = 0.0
    return W, W_h, b


def wrong_shapes():
    return torch.zeros(4), torch.zeros(4), torch.zeros(4)


@pytest.mark.parametrize(
    ("exercise", "answer", "told"),
    [
        ("10.1", 0.45, "h₁ = tanh"),
        ("10.2", lambda inputs, W, W_h, b: inputs[0], "shape"),
        ("10.3", lambda x, h, c, W, W_h, b: h, "10.3"),
        ("10.4", 40, "0.88"),
        ("10.5", fading, "Sixty steps later"),
        ("10.5", half_shown, "known but never shown"),
        (
            "10.5",
            lambda: (torch.zeros(4, 1), torch.zeros(4, 1), torch.zeros(4)),
            "nothing is written",
        ),
        ("10.5", wrong_shapes, "W (4, 1), W_h (4, 1) and b (4,)"),
        ("10.6", lambda tokens, b, t: views(tokens, b, t)[:-1], "[[0, 1, 2], [6, 7, 8]]"),
        ("10.7", reach()[1:], "3 items; expected 4"),
        ("10.7", [step + 1 for step in reach()], "The last input has distance 0"),
        ("10.7", [200, 200, 200, 200], "the last one (distance 0)"),
    ],
)
def test_other_wrong_answers_hear_something_that_fits(exercise, answer, told):
    result = check(exercise, answer)
    assert not result
    assert told in result.text


def test_the_streams_of_the_exercise_are_the_librarys():
    tokens = torch.arange(200)
    ours, theirs = cut_into_streams(tokens, 3, 5), StreamBatches(tokens, 3, 5)
    assert len(ours) == theirs.n_windows
    for step, (inputs, targets) in enumerate(ours):
        assert_close((inputs, targets), theirs.batch(step))


def test_a_wider_forget_gate_reaches_further_and_at_last_too_far():
    plain, *gated = reach()
    assert plain < gated[0] < gated[1] < gated[2] < 200
    lengths = lengths_by_distance(gated_network(3))
    assert lengths[50] < lengths[100] < lengths[199], "what 10.7's open question is about"
