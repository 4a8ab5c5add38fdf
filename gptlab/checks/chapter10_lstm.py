"""The checks of exercises 10.3 and 10.5: an LSTM cell, and a memory that is programmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gptlab.checks import Case, Mistake, call, function
from gptlab.errors import LabError
from gptlab.layers.recurrent import lstm_step

_DRAW = torch.Generator().manual_seed(103)


def lstm_cell(x, h, c, W, W_h, b):
    """New h and new c; the rows of W, W_h and b stand in the order input, forget, candidate,
    output."""
    i, f, g, o = (W @ x + W_h @ h + b).chunk(4)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def _with(change: Callable[..., tuple[Tensor, Tensor]]) -> Callable[..., tuple[Tensor, Tensor]]:
    """A wrong answer that gets the four cut pieces and the old memory."""
    return lambda x, h, c, W, W_h, b: change(*(W @ x + W_h @ h + b).chunk(4), c)


def _other_order(i: Tensor, f: Tensor, o: Tensor, g: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def _swapped(f: Tensor, i: Tensor, g: Tensor, o: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def _no_gates(i: Tensor, f: Tensor, g: Tensor, o: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    c = f * c + i * g.tanh()
    return o * c.tanh(), c


def _bare(i: Tensor, f: Tensor, g: Tensor, o: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c, c


def _sigmoid_candidate(
    i: Tensor, f: Tensor, g: Tensor, o: Tensor, c: Tensor
) -> tuple[Tensor, Tensor]:
    c = f.sigmoid() * c + i.sigmoid() * g.sigmoid()
    return o.sigmoid() * c.tanh(), c


def _coupled(i: Tensor, f: Tensor, g: Tensor, o: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    c = (1 - i.sigmoid()) * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def _arguments(d_in: int, d: int) -> list[Tensor]:
    shapes = [(d_in,), (d,), (d,), (4 * d, d_in), (4 * d, d), (4 * d,)]
    return [torch.randn(shape, generator=_DRAW) for shape in shapes]


_ONE = [torch.zeros(1), torch.zeros(1), torch.tensor([2.0]), torch.zeros(4, 1), torch.zeros(4, 1)]

CELL = function(
    "10.3",
    "one step of an LSTM",
    right=lstm_cell,
    cases=[
        call(
            "the example of the chapter",
            *_ONE, torch.tensor([0.0, 2.1972246, -100.0, 0.0]),
            hint="The gates are 0.5, 0.9 and 0.5, the candidate is −1: c' = 1.3, h' = 0.431.",
        ),
        call("five units", *_arguments(3, 5), hint="chunk(4) cuts the 20 numbers into 4 × 5."),
        call("one unit", *_arguments(2, 1), hint="The result is two tensors of one number each."),
    ],
    mistakes=[
        Mistake(
            "candidate and output changed places",
            _with(_other_order),
            "The order is input, forget, candidate, output; you took the third piece as the output "
            "gate.",
        ),
        Mistake(
            "input and forget changed places",
            _with(_swapped),
            "The first piece is the input gate, the second the forget gate.",
        ),
        Mistake(
            "gates without sigmoid",
            _with(_no_gates),
            "i, f and o must lie between 0 and 1: apply .sigmoid() to each.",
        ),
        Mistake(
            "no tanh on the memory that is shown",
            _with(_bare),
            "h' = o ⊙ tanh(c'): the memory is pressed through a tanh before it is shown.",
        ),
        Mistake(
            "a sigmoid for the candidate",
            _with(_sigmoid_candidate),
            "The candidate may be negative, or the memory could only grow: g.tanh().",
        ),
        Mistake(
            "keep what is not written",
            _with(_coupled),
            "You keep 1 − i of the memory. That is another network (a GRU does so); an LSTM has a "
            "forget gate of its own.",
        ),
        Mistake(
            "memory first",
            lambda *arguments: lstm_cell(*arguments)[::-1],
            "Return new h and new c in this order: (h, c).",
        ),
    ],
)  # fmt: skip


def latch():
    """Weights of one LSTM unit that is near 1 once a 1 has come, and near 0 before."""
    W = torch.tensor([[20.0], [0.0], [20.0], [0.0]])
    b = torch.tensor([-10.0, 10.0, 0.0, 10.0])
    return W, torch.zeros(4, 1), b


def remembered(weights: Any, inputs: list[float]) -> list[float]:
    """The unit's h after each input. Raises LabError for weights of other shapes."""
    if not isinstance(weights, tuple) or [tuple(w.shape) for w in weights] != [
        (4, 1),
        (4, 1),
        (4,),
    ]:
        raise LabError("return three tensors: W (4, 1), W_h (4, 1) and b (4,)")
    W, W_h, b = (w.float() for w in weights)
    h = c = torch.zeros(1, 1)
    shown = []
    for x in inputs:
        h, c = lstm_step(torch.tensor([[float(x)]]), (h, c), (W, W_h, b, torch.zeros(4)))
        shown.append(h.item())
    return shown


def _case(inputs: list[float], hint: str) -> Case:
    """Is h above one half exactly from the first 1 on?"""

    def observe(answer: Any) -> list[bool]:
        return [value > 0.5 for value in remembered(answer(), inputs)]

    return Case(f"read {' '.join(f'{x:.0f}' for x in inputs)}", observe, hint)


def _latch(W: list[float], b: list[float]) -> Callable[[], tuple[Tensor, Tensor, Tensor]]:
    return lambda: (torch.tensor(W)[:, None], torch.zeros(4, 1), torch.tensor(b))


def _forget_reads_input(answer: Callable[[], Any]) -> bool:
    """Whether a 1 closes the forget gate, so that nothing of before is kept."""
    weights = answer()
    remembered(weights, [0])
    W, _, b = weights
    return bool(torch.sigmoid(b[1]) > 0.5 > torch.sigmoid(W[1, 0] + b[1]))


LATCH = function(
    "10.5",
    "a memory without training",
    right=latch,
    cases=[
        _case([0, 0, 0, 0], "Nothing has happened, so h stays below one half."),
        _case([0, 1], "The 1 has come: h must be above one half at once."),
        _case([1, *[0] * 60], "Sixty steps later it must still be known."),
        _case([1, 0, 1, 1, 0, 1, *[0] * 20], "More ones change nothing."),
    ],
    mistakes=[
        Mistake(
            "the memory fades",
            _latch([20, 0, 20, 0], [-10, 1, 0, 10]),
            "Your forget gate is sigmoid(1) = 0.73: after a few steps nothing is left. Give it a "
            "large bias.",
        ),
        Mistake(
            "it remembers what never came",
            _latch([0, 0, 0, 0], [10, 10, 10, 10]),
            "Your input gate is open and the candidate is 1 even when the input is 0. Let the "
            "input decide: a weight, and a negative bias.",
        ),
        Mistake(
            "every step writes anew",
            _latch([20, -40, 20, 0], [-10, 10, 0, 10]),
            "A second 1 closes your forget gate, or the first does: the forget gate should not "
            "read the input at all.",
            symptom=_forget_reads_input,
        ),
        Mistake(
            "known but never shown",
            _latch([20, 0, 20, 0], [-10, 10, 0, -10]),
            "The memory holds it, but the output gate is closed, so h is near 0. Open it with a "
            "positive bias.",
        ),
        Mistake(
            "only the moment of the 1",
            _latch([20, 0, 20, 0], [-10, -10, 0, 10]),
            "Your forget gate is closed: the unit shows the last input and nothing else.",
        ),
    ],
)
