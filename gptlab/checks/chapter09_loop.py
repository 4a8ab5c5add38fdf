"""The check of exercise 9.4: one step of the training loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from gptlab.checks import Case, Mistake, function


def training_step(model, optimizer, batch, limit):
    """Loss, gradients, clip, step, zero; returns the loss as a number."""
    loss = model.loss(*batch)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


class Line(nn.Module):
    """The smallest model with a loss: mean of (w x − y)²."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor([1.0, -2.0]))

    def loss(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """The mean squared error."""
        return ((x @ self.w - y) ** 2).mean()


def _run(
    answer: Callable[..., Any], steps: int, limit: float, adam: bool = False
) -> tuple[list[Any], torch.Tensor]:
    g = torch.Generator().manual_seed(94)
    model = Line()
    optimizer: torch.optim.Optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    if adam:
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.03)
    told = []
    for _ in range(steps):
        batch = torch.randn(8, 2, generator=g), torch.randn(8, generator=g)
        told.append(answer(model, optimizer, batch, limit))
    return told, model.w.detach()


def _number(answer: Callable[..., Any]) -> Any:
    told = _run(answer, 1, 100.0)[0][0]
    assert told is not None, "it returns nothing; is the `return` missing?"
    assert not isinstance(told, torch.Tensor), (
        "it returns a tensor; return the plain number, loss.item(), or the whole graph of each "
        "step stays in memory"
    )
    return told


def _weights(steps: int, limit: float, adam: bool = False) -> Callable[..., Any]:
    return lambda answer: _run(answer, steps, limit, adam)[1]


def _no_zero(model, optimizer, batch, limit):
    loss = model.loss(*batch)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.step()
    return loss.item()


def _zero_before_step(model, optimizer, batch, limit):
    loss = model.loss(*batch)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


def _step_before_backward(model, optimizer, batch, limit):
    loss = model.loss(*batch)
    optimizer.step()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), limit)
    return loss.item()


def _clip_after_step(model, optimizer, batch, limit):
    loss = model.loss(*batch)
    loss.backward()
    optimizer.step()
    nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.zero_grad()
    return loss.item()


def _clip_by_value(model, optimizer, batch, limit):
    loss = model.loss(*batch)
    loss.backward()
    nn.utils.clip_grad_value_(model.parameters(), limit)
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def _by_itself(model, optimizer, batch, limit):
    loss = model.loss(*batch)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), limit)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= optimizer.param_groups[0]["lr"] * parameter.grad
    optimizer.zero_grad()
    return loss.item()


def _always_the_limit(model, optimizer, batch, limit):
    loss = model.loss(*batch)
    loss.backward()
    norm = torch.cat([p.grad.flatten() for p in model.parameters()]).norm()
    for parameter in model.parameters():
        parameter.grad *= limit / norm
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def _loss_after(model, optimizer, batch, limit):
    training_step(model, optimizer, batch, limit)
    return model.loss(*batch).item()


def _tensor(model, optimizer, batch, limit):
    loss = model.loss(*batch)
    training_step(model, optimizer, batch, limit)
    return loss


LOOP = function(
    "9.4",
    "one training step",
    right=training_step,
    cases=[
        Case("the loss of the batch, as a number", _number, "model.loss(*batch), before the step."),
        Case("the weights after one step", _weights(1, 100.0), "Backward, then optimizer.step()."),
        Case("the weights after four steps", _weights(4, 100.0), "Do old gradients stay behind?"),
        Case(
            "with clipping at 0.5", _weights(4, 0.5),
            "nn.utils.clip_grad_norm_ belongs between backward and step.",
        ),
        Case(
            "with another optimiser", _weights(4, 100.0, adam=True),
            "optimizer.step() knows how to move the weights; here it is AdamW.",
        ),
    ],
    praise="Batch, loss, backward, clip, step, zero. Every model of this course learns by these "
    "lines.",
    mistakes=[
        Mistake(
            "the gradients are never set back to zero", _no_zero,
            "torch adds each backward pass to what lies in .grad. Without optimizer.zero_grad() "
            "the second step walks along the sum of two gradients.",
        ),
        Mistake(
            "set to zero before the step", _zero_before_step,
            "You throw the gradients away before the optimiser has used them: nothing moves. "
            "First step, then zero_grad (or zero_grad before backward).",
        ),
        Mistake(
            "the step comes before the gradients", _step_before_backward,
            "The optimiser moves along the gradients that are there. In the first step there are "
            "none, and later they are those of the batch before: backward first.",
        ),
        Mistake(
            "the limit makes no difference", _clip_after_step,
            "Either nothing is clipped, or only after the step, when it is too late. Call "
            "nn.utils.clip_grad_norm_(model.parameters(), limit) between backward and step.",
        ),
        Mistake(
            "the weights are moved without the optimiser", _by_itself,
            "That is plain descent, written out. Another optimiser moves otherwise: call "
            "optimizer.step().",
        ),
        Mistake(
            "every gradient gets the length of the limit", _always_the_limit,
            "A gradient that is shorter than the limit stays as it is.",
        ),
        Mistake(
            "each number clipped by itself", _clip_by_value,
            "clip_grad_value_ cuts each number on its own, which changes the direction. "
            "clip_grad_norm_ shortens the whole gradient.",
        ),
        Mistake(
            "the loss after the step", _loss_after,
            "Return the loss that the gradients came from, computed before the step. It costs no "
            "second forward pass.",
        ),
        Mistake(
            "a tensor comes back", _tensor,
            "Return loss.item(). A tensor keeps the graph of its whole forward pass alive, and a "
            "list of losses then fills the memory.",
        ),
    ],
)  # fmt: skip
