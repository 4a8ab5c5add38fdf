"""The check of exercise 9.3: the gradients of the network with direct connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from gptlab.checks import Case, Mistake, function

Tables = dict[str, Tensor]


def gradients(tables, x, answer):
    """∂L/∂ of b, U, W, d, H and x for one exercise: L = −ln softmax(b + W x + U a)[answer]."""
    a = torch.tanh(tables["d"] + tables["H"] @ x)
    d_y = (tables["b"] + tables["W"] @ x + tables["U"] @ a).softmax(0)
    d_y = d_y - F.one_hot(torch.tensor(answer), len(d_y))
    d_o = (1 - a**2) * (tables["U"].T @ d_y)
    d_x = tables["H"].T @ d_o + tables["W"].T @ d_y
    found = {"b": d_y, "U": torch.outer(d_y, a), "W": torch.outer(d_y, x)}
    return found | {"d": d_o, "H": torch.outer(d_o, x), "x": d_x}


def _draw(words: int, units: int, inputs: int, seed: int) -> tuple[Tables, Tensor]:
    g = torch.Generator().manual_seed(seed)
    shapes = {"b": (words,), "U": (words, units), "W": (words, inputs)}
    shapes |= {"d": (units,), "H": (units, inputs)}
    tables = {k: torch.randn(s, generator=g, dtype=torch.double) for k, s in shapes.items()}
    return tables, torch.randn(inputs, generator=g, dtype=torch.double)


def _asked(name: str, words: int, units: int, inputs: int, answer: int, hint: str) -> Case:
    """Whether one gradient is right."""

    def observe(theirs: Callable[..., Any]) -> Any:
        tables, x = _draw(words, units, inputs, seed=93 + words)
        given = {k: t.clone() for k, t in tables.items()} | {"x": x.clone()}
        got = theirs({k: given[k] for k in tables}, given["x"], answer)
        if got is None:
            return None
        for name_given, before in (tables | {"x": x}).items():
            assert torch.equal(given[name_given], before), (
                f"it changes {name_given}, which it was handed; work on a copy"
            )
        assert isinstance(got, dict), "return a dict: name → gradient"
        assert name in got, f"the gradient of {name} is missing; return b, U, W, d, H and x"
        shape = tuple(x.shape if name == "x" else tables[name].shape)
        assert tuple(got[name].shape) == shape, (
            f"the gradient of {name} has shape {tuple(got[name].shape)}; a gradient has the shape "
            f"of what it belongs to, {shape}"
        )
        return torch.as_tensor(got[name])

    return Case(f"∂L/∂{name}, {words} words", observe, hint)


_HINTS = {
    "b": "∂L/∂y = p − e: the probabilities, less one at the answer. b takes it as it is.",
    "U": "Row j of U makes score j out of a, so ∂L/∂U[j, k] = ∂L/∂y[j] · a[k].",
    "W": "W does for x what U does for a.",
    "d": "Through U back to a, then through tanh: times 1 − a².",
    "H": "Row k of H makes o[k] out of x: ∂L/∂H[k, i] = ∂L/∂o[k] · x[i].",
    "x": "x reaches the scores in two ways, through H and through W. Add both.",
}


def _changed(change: Callable[..., Tables]) -> Callable[..., Tables]:
    """A wrong answer: the right gradients, then changed by one mistake."""

    def wrong(tables, x, answer):
        return change(gradients(tables, x, answer), tables, x, answer)

    return wrong


def _backward(tables, x, answer, d_y=None, bend=lambda a: 1 - a**2) -> Tables:
    """The walk back with another beginning or another derivative of tanh."""
    a = torch.tanh(tables["d"] + tables["H"] @ x)
    d_y = gradients(tables, x, answer)["b"] if d_y is None else d_y
    d_o = bend(a) * (tables["U"].T @ d_y)
    d_x = tables["H"].T @ d_o + tables["W"].T @ d_y
    found = {"b": d_y, "U": torch.outer(d_y, a), "W": torch.outer(d_y, x)}
    return found | {"d": d_o, "H": torch.outer(d_o, x), "x": d_x}


def _probabilities(tables, x, answer) -> Tensor:
    return gradients(tables, x, answer)["b"] + F.one_hot(torch.tensor(answer), len(tables["b"]))


def _indirect(tables, x, answer) -> Tensor:
    """∂L/∂y of a forward pass that forgets W."""
    a = torch.tanh(tables["d"] + tables["H"] @ x)
    p = (tables["b"] + tables["U"] @ a).softmax(0)
    return p - F.one_hot(torch.tensor(answer), len(p))


GRADIENTS = function(
    "9.3",
    "gradients with direct connections",
    right=gradients,
    cases=[
        _asked(name, words, units, inputs, answer, hint)
        for words, units, inputs, answer in ((4, 3, 2, 1), (7, 5, 6, 6))
        for name, hint in _HINTS.items()
    ],
    praise="With one more path from x to the scores, one more term in ∂L/∂x, and nothing else "
    "changes.",
    mistakes=[
        Mistake(
            "x is reached through H alone",
            _changed(lambda g, t, x, answer: g | {"x": t["H"].T @ g["d"]}),
            "The direct connections are a second way from x to the scores. What comes back along W "
            "is added to what comes back along H.",
        ),
        Mistake(
            "x is reached through W alone",
            _changed(lambda g, t, x, answer: g | {"x": t["W"].T @ g["b"]}),
            "You kept the new way and lost the old one: add what comes back along H.",
        ),
        Mistake(
            "the answer is not taken off",
            lambda t, x, answer: _backward(t, x, answer, _probabilities(t, x, answer)),
            "∂L/∂y is p − e: take one off the probability of the right word. Without it every word "
            "is pushed down, the right one too.",
        ),
        Mistake(
            "uphill",
            lambda t, x, answer: {k: -g for k, g in gradients(t, x, answer).items()},
            "All signs are turned round: that is the way up. ∂L/∂y is what the model said minus "
            "what was right.",
        ),
        Mistake(
            "tanh twice",
            lambda t, x, answer: _backward(t, x, answer, bend=lambda a: 1 - torch.tanh(a) ** 2),
            "a is tanh(o) already. The derivative at o is 1 − tanh(o)² = 1 − a².",
        ),
        Mistake(
            "tanh left out",
            lambda t, x, answer: _backward(t, x, answer, bend=torch.ones_like),
            "Between a and o lies the tanh: multiply by its slope, 1 − a².",
        ),
        Mistake(
            "the slope of the sigmoid",
            lambda t, x, answer: _backward(t, x, answer, bend=lambda a: a * (1 - a)),
            "a (1 − a) is the slope of the sigmoid. That of tanh is 1 − a².",
        ),
        Mistake(
            "the forward pass forgets W",
            lambda t, x, answer: _backward(t, x, answer, _indirect(t, x, answer)),
            "The scores are b + W x + U a. Your probabilities are those of a network without W.",
        ),
    ],
)
