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


def _bare_candidate(i: Tensor, f: Tensor, g: Tensor, o: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    c = f.sigmoid() * c + i.sigmoid() * g
    return o.sigmoid() * c.tanh(), c


def _old_shown(i: Tensor, f: Tensor, g: Tensor, o: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    return o.sigmoid() * c.tanh(), f.sigmoid() * c + i.sigmoid() * g.tanh()


def _no_input_gate(i: Tensor, f: Tensor, g: Tensor, o: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    c = f.sigmoid() * c + g.tanh()
    return o.sigmoid() * c.tanh(), c


def _no_output_gate(i: Tensor, f: Tensor, g: Tensor, o: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return c.tanh(), c


def _rows_of_four(x, h, c, W, W_h, b):
    i, f, g, o = (W @ x + W_h @ h + b).reshape(-1, 4).T
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
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
            "no tanh on the candidate",
            _with(_bare_candidate),
            "The candidate is g.tanh(); the gates are sigmoids.",
        ),
        Mistake(
            "the old memory is shown",
            _with(_old_shown),
            "h' = o ⊙ tanh(c'): compute the new memory first, and show that one.",
        ),
        Mistake(
            "no input gate",
            _with(_no_input_gate),
            "The candidate is written whole. Multiply it by the input gate i.",
        ),
        Mistake(
            "no output gate",
            _with(_no_output_gate),
            "The memory is shown whole. Multiply tanh(c') by the output gate o.",
        ),
        Mistake(
            "the old h is not read",
            lambda x, h, c, W, W_h, b: lstm_cell(x, torch.zeros_like(h), c, W, W_h, b),
            "All four pieces read the word and the old h: W x + W_h h + b.",
        ),
        Mistake(
            "cut into rows of four",
            _rows_of_four,
            "The first d numbers are all input gates, the next d all forget gates, and so on: "
            "chunk(4). You took every fourth number.",
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
    if not isinstance(weights, tuple | list) or len(weights) != 3:
        raise LabError("return three tensors: W (4, 1), W_h (4, 1) and b (4,)")
    W, W_h, b = (torch.as_tensor(w).float() for w in weights)
    shapes = [tuple(w.shape) for w in (W, W_h, b)]
    if shapes != [(4, 1), (4, 1), (4,)]:
        told = ", ".join(map(str, shapes))
        raise LabError(f"the shapes are {told}; return W (4, 1), W_h (4, 1) and b (4,)")
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


def _gates(answer: Callable[[], Any]) -> Tensor | None:
    """What stands before each curve, (input, forget, candidate, output) by (after a 0, after a 1).

    None for a right answer, and for weights that also read h: their gates are not so simple.
    """
    weights = answer()
    if all(case.function(answer) == case.function(latch) for case in _CASES):
        return None
    W, W_h, b = (torch.as_tensor(w).float() for w in weights)
    return None if W_h.any() else torch.stack([b, W[:, 0] + b], dim=1)


def _gate_is(part: int, test: Callable[[Tensor], bool | Tensor]) -> Callable[[Any], bool]:
    """A symptom: the two numbers of one of the four parts pass the test."""

    def symptom(answer: Callable[[], Any]) -> bool:
        gates = _gates(answer)
        return gates is not None and bool(test(gates[part]))

    return symptom


_CASES = (
    _case([0, 0, 0, 0], "Nothing has happened, so h stays below one half."),
    _case([0, 1], "The 1 has come: h must be above one half at once."),
    _case([1, *[0] * 60], "Sixty steps later it must still be known."),
    _case([1, 0, 1, 1, 0, 1, *[0] * 20], "More ones change nothing."),
)


LATCH = function(
    "10.5",
    "a memory without training",
    right=latch,
    cases=_CASES,
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
            "a candidate of the wrong sign",
            _latch([20, 0, -20, 0], [-10, 10, 0, 10]),
            "When a 1 comes your candidate is negative, so that the memory falls. It should be "
            "near +1.",
            symptom=_gate_is(2, lambda candidate: candidate[1] < 0),
        ),
        Mistake(
            "nothing is written",
            _latch([20, 0, 0, 0], [-10, 10, 0, 10]),
            "When a 1 comes your candidate is 0: give the third row a weight or a bias.",
            symptom=_gate_is(2, lambda candidate: candidate[1] == 0),
        ),
        Mistake(
            "known but never shown",
            _latch([20, 0, 20, 0], [-10, 10, 0, -10]),
            "The memory holds it, but the output gate (the fourth row) is not open at every "
            "step, so h stays small. Open it with a large positive bias.",
            symptom=_gate_is(3, lambda output: output.min() < 0.65),  # 0.76 · σ(0.65) is one half
        ),
        Mistake(
            "only the moment of the 1",
            _latch([20, 0, 20, 0], [-10, -10, 0, 10]),
            "Your forget gate is closed: the unit shows the last input and nothing else.",
            symptom=_gate_is(1, lambda forget: forget[0] <= 0),
        ),
    ],
)
