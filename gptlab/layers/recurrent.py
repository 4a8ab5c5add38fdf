r"""Recurrence: read one step at a time and keep a state, the same weights at every step.

Elman 1990 (the plain network), Hochreiter and Schmidhuber 1997 and Gers, Schmidhuber and Cummins
2000 (the LSTM and its forget gate). The two functions below are the ones to read; `impl="torch"`
runs the same weights through torch's own loop, which is the one to train with.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from gptlab.errors import LabError, check_count

CELLS = {"rnn": nn.RNN, "lstm": nn.LSTM}
# h for each layer; an LSTM has the memory c beside it
State = tuple[Float[Tensor, "layers batch d_hidden"], ...]


def rnn_step(
    x: Float[Tensor, "batch d_in"],
    state: tuple[Float[Tensor, "batch d_hidden"]],
    weights: tuple[Tensor, Tensor, Tensor, Tensor],
) -> tuple[Float[Tensor, "batch d_hidden"]]:
    r"""$h' = \tanh(W_{in} x + b_{in} + W_h h + b_h)$: one step of Elman's network.

    `weights` are $W_{in}$ (d_hidden, d_in), $W_h$ (d_hidden, d_hidden), $b_{in}$, $b_h$. Source:
    Elman 1990, with tanh and torch's two biases.
    """
    (h,) = state
    w_in, w_h, b_in, b_h = weights
    return (torch.tanh(F.linear(x, w_in, b_in) + F.linear(h, w_h, b_h)),)


def lstm_step(
    x: Float[Tensor, "batch d_in"],
    state: tuple[Float[Tensor, "batch d_hidden"], Float[Tensor, "batch d_hidden"]],
    weights: tuple[Tensor, Tensor, Tensor, Tensor],
) -> tuple[Float[Tensor, "batch d_hidden"], Float[Tensor, "batch d_hidden"]]:
    r"""$c' = f \odot c + i \odot g$ and $h' = o \odot \tanh c'$: one step of an LSTM.

    The gates $i, f, o$ (input, forget, output) are sigmoids and the candidate $g$ a tanh of
    $W_{in} x + b_{in} + W_h h + b_h$, stacked in torch's order $i, f, g, o$: `weights` have 4 ·
    d_hidden rows. Source: Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000.
    """
    h, c = state
    i, f, g, o = lstm_gates(x, h, weights)
    c = f * c + i * g
    return o * torch.tanh(c), c


def lstm_gates(
    x: Float[Tensor, "batch d_in"],
    h: Float[Tensor, "batch d_hidden"],
    weights: tuple[Tensor, Tensor, Tensor, Tensor],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Input gate, forget gate, candidate and output gate of one LSTM step, each (batch, d_hidden).

    Gates lie between 0 and 1, the candidate between −1 and 1. Arguments as for `lstm_step`.
    """
    w_in, w_h, b_in, b_h = weights
    i, f, g, o = (F.linear(x, w_in, b_in) + F.linear(h, w_h, b_h)).chunk(4, dim=-1)
    return i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()


class Recurrent(nn.Module):
    """Layers of a recurrent network over a batch of sequences, from left to right.

    `cell` is "rnn" or "lstm". `impl`: "torch" runs torch's compiled loop, "plain" the functions
    above, step by step; both use the same weights, kept in `rnn` under torch's names. `dropout` is
    the probability that a number between two layers is set to zero in training.

    Raises LabError for another cell or impl, and for sizes below 1.
    """

    def __init__(
        self,
        cell: str,
        d_in: int,
        d_hidden: int,
        n_layers: int = 1,
        dropout: float = 0.0,
        impl: str = "torch",
    ):
        super().__init__()
        if cell not in CELLS:
            raise LabError(f"cell {cell!r} is unknown; choose one of {', '.join(CELLS)}")
        if impl not in ("torch", "plain"):
            raise LabError(f"impl {impl!r} is unknown; choose torch or plain")
        for name, value in (("d_in", d_in), ("d_hidden", d_hidden), ("n_layers", n_layers)):
            check_count(name, value)
        if not 0 <= dropout < 1:
            raise LabError(f"dropout is {dropout}; it must be at least 0 and below 1")
        self.cell, self.impl = cell, impl
        between = dropout if n_layers > 1 else 0.0  # torch warns of a dropout between nothing
        self.rnn = CELLS[cell](d_in, d_hidden, n_layers, batch_first=True, dropout=between)

    def start(self, batch: int) -> State:
        """The state before anything is read: zeros, (layers, batch, d_hidden) each."""
        shape = (self.rnn.num_layers, batch, self.rnn.hidden_size)
        zeros = self.rnn.weight_ih_l0.new_zeros(shape)
        return (zeros, zeros.clone()) if self.cell == "lstm" else (zeros,)

    def forward(
        self,
        x: Float[Tensor, "batch time d_in"],
        state: State | None = None,
        lengths: Int[Tensor, "batch"] | None = None,
    ) -> tuple[Float[Tensor, "batch time d_hidden"], State]:
        """The last layer's h at every step, and the state after the last step of every layer.

        `state` is that before the first step, zeros if left out. With `lengths`, sequence b ends
        after lengths[b] steps: its outputs beyond are zero, its state is that of its own end.

        Raises LabError for a sequence of length 0, for inputs of another width, for a state of
        another shape, and for lengths outside 1 … time.
        """
        self._check(x, state, lengths)
        state = self.start(x.size(0)) if state is None else state
        run = self._run_torch if self.impl == "torch" else self._run_plain
        return run(x, state, lengths)

    def weights(self, layer: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The weights of one layer, in the order in which the step functions take them."""
        rnn = self.rnn
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        w_in, w_h, b_in, b_h = (getattr(rnn, f"{name}_l{layer}") for name in names)
        return w_in, w_h, b_in, b_h

    def _run_plain(self, x: Tensor, state: State, lengths: Tensor | None) -> tuple[Tensor, State]:
        step = lstm_step if self.cell == "lstm" else rnn_step
        ends = []
        for layer in range(self.rnn.num_layers):
            if layer and self.training:
                x = F.dropout(x, self.rnn.dropout)
            now = tuple(part[layer] for part in state)
            outputs = []
            for t in range(x.size(1)):
                new = step(x[:, t], now, self.weights(layer))  # type: ignore[arg-type]
                if lengths is None:
                    now = new
                    outputs.append(now[0])
                else:
                    going = (t < lengths).unsqueeze(1)
                    now = tuple(torch.where(going, a, b) for a, b in zip(new, now, strict=True))
                    outputs.append(now[0] * going)
            x = torch.stack(outputs, dim=1)
            ends.append(now)
        return x, tuple(torch.stack(part) for part in zip(*ends, strict=True))

    def _run_torch(self, x: Tensor, state: State, lengths: Tensor | None) -> tuple[Tensor, State]:
        before = state if self.cell == "lstm" else state[0]
        if lengths is None:
            outputs, end = self.rnn(x, before)
        else:
            packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
            packed, end = self.rnn(packed, before)
            outputs, _ = pad_packed_sequence(packed, batch_first=True, total_length=x.size(1))
        return outputs, end if self.cell == "lstm" else (end,)

    def _check(self, x: Tensor, state: State | None, lengths: Tensor | None) -> None:
        if x.dim() != 3 or not x.size(1) or not x.size(0) or x.size(2) != self.rnn.input_size:
            raise LabError(
                f"the input has shape {tuple(x.shape)}; expected (batch, time, "
                f"{self.rnn.input_size}) with at least one sequence of at least one step"
            )
        wanted = (self.rnn.num_layers, x.size(0), self.rnn.hidden_size)
        if state is not None:
            parts = 2 if self.cell == "lstm" else 1
            if not isinstance(state, tuple) or len(state) != parts:
                raise LabError(f"the state of {self.cell!r} is a tuple of {parts}; see start()")
            for part in state:
                if tuple(part.shape) != wanted:
                    raise LabError(
                        f"the state has shape {tuple(part.shape)}, the input needs (layers, batch, "
                        f"d_hidden) = {wanted}; begin anew with start({x.size(0)})"
                    )
        if lengths is not None:
            if tuple(lengths.shape) != (x.size(0),):
                raise LabError(
                    f"lengths have shape {tuple(lengths.shape)}; give one for each of the "
                    f"{x.size(0)} sequences"
                )
            low, high = int(lengths.min()), int(lengths.max())
            if low < 1 or high > x.size(1):
                raise LabError(
                    f"lengths run from {low} to {high}; each must be from 1 to {x.size(1)}, the "
                    "number of steps given"
                )
