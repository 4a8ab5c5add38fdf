"""Which positions feel which others: the test that finds a mask that is wrong, even by one.

Change one position of the input and see where the output moves. Nothing is asked about the inside,
so the test holds for an attention layer, for a whole language model and for any function of a
sequence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Bool
from torch import Tensor, nn

from gptlab.errors import LabError
from gptlab.layers.attention import causal_mask

OTHER_TOKENS = 4  # so many other tokens are tried at a position: one alone might change nothing


def find_leaks(
    model: Callable[[Tensor], Tensor],
    inputs: Tensor,
    allowed: Bool[Tensor, "time time"] | None = None,
    tolerance: float = 0.0,
) -> list[tuple[int, int]]:
    """Pairs (i, j) where the output at position i feels the input at j and must not: none is right.

    `allowed` is True at [i, j] where i may feel j, and `causal_mask` if not given: nobody feels the
    future. `inputs`, `tolerance` and the errors are those of `felt`; LabError too for a mask of
    another type or shape.
    """
    moved = felt(model, inputs, tolerance)
    if allowed is None:
        allowed = causal_mask(len(moved))
    if allowed.dtype != torch.bool or allowed.shape != moved.shape:
        raise LabError(
            f"allowed has shape {tuple(allowed.shape)} and type {allowed.dtype}; give booleans "
            f"of the shape {tuple(moved.shape)}, True where a position may feel another"
        )
    return [(i, j) for i, j in (moved & ~allowed.cpu()).nonzero().tolist()]


@torch.no_grad()
def felt(
    model: Callable[[Tensor], Tensor], inputs: Tensor, tolerance: float = 0.0
) -> Bool[Tensor, "time time"]:
    """True at [i, j] where the output at i moves by more than `tolerance` when input j changes.

    `inputs` are tokens (batch, time) or vectors (batch, time, d); the output has the same batch and
    time. A vector is moved by one, a token is replaced by others of `inputs`, so there must be at
    least two different ones. What is not felt may still be allowed: a weight can be zero. A model
    is asked in evaluation mode, without dropout, and left in its mode. Raises LabError for inputs
    and outputs of another form, and for outputs that are not finite.
    """
    if inputs.dim() not in (2, 3) or 0 in inputs.shape:
        raise LabError(
            f"inputs have shape {tuple(inputs.shape)}; give tokens (batch, time) or vectors "
            "(batch, time, d), at least one of each"
        )
    was_training = isinstance(model, nn.Module) and model.training
    if isinstance(model, nn.Module):
        model.eval()
    try:
        before = _run(model, inputs)
        moved = torch.zeros(inputs.size(1), inputs.size(1), dtype=torch.bool)
        for place in range(inputs.size(1)):
            for changed in _changes(inputs, place):
                change = (_run(model, changed) - before).abs().flatten(2)
                moved[:, place] |= (change > tolerance).any(dim=2).any(dim=0).cpu()
    finally:
        if was_training:
            model.train()  # type: ignore[attr-defined]
    return moved


def _changes(inputs: Tensor, place: int) -> Iterator[Tensor]:
    """The inputs with one position altered, in every row."""
    if inputs.is_floating_point():
        other = inputs.clone()
        other[:, place] += 1.0
        yield other
        return
    tokens = inputs.unique()
    if len(tokens) < 2:
        raise LabError(
            f"all tokens are {inputs.flatten()[0].item()}; give at least two different ones, so "
            "that one can be put in the place of another"
        )
    # Shifted along the list of tokens, so that each row gets another token than it had.
    now = torch.searchsorted(tokens, inputs[:, place].contiguous())
    for shift in range(1, min(len(tokens), OTHER_TOKENS + 1)):
        other = inputs.clone()
        other[:, place] = tokens[(now + shift) % len(tokens)]
        yield other


def _run(model: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    output = model(inputs.clone())
    if not isinstance(output, Tensor) or output.shape[:2] != inputs.shape[:2]:
        shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
        raise LabError(
            f"the output is {shape}, the input {tuple(inputs.shape)}; give a model whose output "
            "has the same batch and time"
        )
    if not output.isfinite().all():
        raise LabError(
            "the output holds numbers that are not finite, so nothing can be compared; look for a "
            "row of the mask that allows nothing"
        )
    return output.clone()
