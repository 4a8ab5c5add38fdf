"""Recurrent layers: torch's own values and gradients, lengths, states, bad input."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.layers.recurrent import Recurrent, lstm_gates, lstm_step, rnn_step


def pair(cell: str, n_layers: int = 2) -> tuple[Recurrent, nn.Module]:
    """Ours, step by step, and torch's with copied weights, in float64."""
    torch.manual_seed(3)
    ours = Recurrent(cell, 5, 7, n_layers, impl="plain").double()
    kind = nn.LSTM if cell == "lstm" else nn.RNN
    theirs = kind(5, 7, n_layers, batch_first=True).double()
    theirs.load_state_dict({k.removeprefix("rnn."): v for k, v in ours.state_dict().items()})
    return ours, theirs


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
@pytest.mark.parametrize("time", [1, 6])
def test_outputs_states_and_gradients_are_torchs(cell, time):
    ours, theirs = pair(cell)
    x = torch.randn(3, time, 5, dtype=torch.float64, requires_grad=True)
    state = tuple(torch.randn_like(part) for part in ours.start(3))
    got, end = ours(x, state)
    ours_grads = torch.autograd.grad(got.square().sum(), [x, *ours.parameters()])
    want, want_end = theirs(x, state if cell == "lstm" else state[0])
    theirs_grads = torch.autograd.grad(want.square().sum(), [x, *theirs.parameters()])
    assert_close(got, want, rtol=1e-9, atol=1e-12)
    assert_close(end, want_end if cell == "lstm" else (want_end,), rtol=1e-9, atol=1e-12)
    assert_close(ours_grads, theirs_grads, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_sequences_of_unequal_length_end_where_they_end(cell):
    ours, _ = pair(cell)
    x = torch.randn(4, 6, 5, dtype=torch.float64, requires_grad=True)
    lengths = torch.tensor([6, 1, 3, 4])
    results = []
    for impl in ("plain", "torch"):
        ours.impl = impl
        outputs, end = ours(x, lengths=lengths)
        (grad,) = torch.autograd.grad(outputs.sum() + end[0].square().sum(), [x])
        results.append((outputs, end, grad))
    assert_close(*results, rtol=1e-7, atol=1e-10)
    outputs, end, grad = results[0]
    for row, length in enumerate(lengths.tolist()):
        alone, alone_end = ours(x[row : row + 1, :length])
        assert_close(outputs[row, :length], alone[0])
        assert_close([part[:, row] for part in end], [part[:, 0] for part in alone_end])
        assert not outputs[row, length:].any()
        assert not grad[row, length:].any(), "what lies beyond the end must not be felt"


def test_one_step_by_hand():
    weights = (
        torch.tensor([[1.0], [0.0], [0.0], [0.0]]),
        torch.zeros(4, 1),
        torch.tensor([0.0, 100.0, 0.5, 0.0]),
        torch.zeros(4),
    )
    i, f, g, o = lstm_gates(torch.zeros(1, 1), torch.zeros(1, 1), weights)
    assert [i.item(), f.item(), o.item()] == [0.5, 1.0, 0.5]
    assert g.item() == pytest.approx(0.46211716)
    h, c = lstm_step(torch.zeros(1, 1), (torch.zeros(1, 1), torch.tensor([[2.0]])), weights)
    assert c.item() == pytest.approx(2 + 0.5 * 0.46211716)
    assert h.item() == pytest.approx(0.5 * torch.tanh(c).item())
    one = torch.ones(1, 1)
    (h,) = rnn_step(one, (2 * one,), (one, 0.5 * one, torch.zeros(1), torch.zeros(1)))
    assert h.item() == pytest.approx(torch.tanh(torch.tensor(2.0)).item())


def test_reading_in_two_halves_is_reading_whole():
    for cell in ("rnn", "lstm"):
        layers = Recurrent(cell, 3, 4, 2)
        x = torch.randn(2, 8, 3)
        whole, end = layers(x)
        first, state = layers(x[:, :5])
        second, last = layers(x[:, 5:], state)
        assert_close(torch.cat([first, second], 1), whole)
        assert_close(last, end)


def test_dropout_stands_between_layers_and_only_in_training():
    for impl in ("plain", "torch"):
        layers = Recurrent("lstm", 3, 4, 2, dropout=0.5, impl=impl)
        x = torch.randn(2, 5, 3)
        assert not torch.equal(layers(x)[0], layers(x)[0])
        layers.eval()
        assert torch.equal(layers(x)[0], layers(x)[0])
        assert Recurrent("lstm", 3, 4, 1, dropout=0.5, impl=impl)(x)[0].shape == (2, 5, 4)


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: Recurrent("gru", 2, 2), "cell 'gru' is unknown; choose one of rnn, lstm"),
        (lambda: Recurrent("rnn", 0, 2), "d_in is 0"),
        (lambda: Recurrent("rnn", 2, -1), "d_hidden is -1"),
        (lambda: Recurrent("rnn", 2, 2, 0), "n_layers is 0"),
        (lambda: Recurrent("rnn", 2, 2, dropout=1.0), "dropout is 1.0"),
        (lambda: Recurrent("rnn", 2, 2, impl="fast"), "choose torch or plain"),
    ],
)
def test_impossible_layers_are_refused(build, told):
    with pytest.raises(LabError, match=told):
        build()


@pytest.mark.parametrize("impl", ["plain", "torch"])
@pytest.mark.parametrize(
    ("shape", "state", "lengths", "told"),
    [
        ((2, 0, 3), None, None, r"shape \(2, 0, 3\).*at least one step"),
        ((0, 4, 3), None, None, r"shape \(0, 4, 3\)"),
        ((2, 4, 5), None, None, r"expected \(batch, time, 3\)"),
        ((4, 3), None, None, r"shape \(4, 3\)"),
        ((2, 4, 3), 5, None, r"state has shape \(1, 5, 6\).*\(1, 2, 6\).*start\(2\)"),
        ((2, 4, 3), None, [4, 0], "from 0 to 4; each must be from 1 to 4"),
        ((2, 4, 3), None, [5, 1], "from 1 to 5"),
        ((2, 4, 3), None, [4], "one for each of the 2 sequences"),
    ],
)
def test_bad_input_is_told(impl, shape, state, lengths, told):
    layers = Recurrent("lstm", 3, 6, impl=impl)
    state = None if state is None else layers.start(state)
    lengths = None if lengths is None else torch.tensor(lengths)
    with pytest.raises(LabError, match=told):
        layers(torch.zeros(shape), state, lengths)


def test_the_state_of_another_cell_is_refused():
    lstm = Recurrent("lstm", 3, 6)
    with pytest.raises(LabError, match="a tuple of 2"):
        lstm(torch.zeros(1, 1, 3), Recurrent("rnn", 3, 6).start(1))
