"""What the models that know a begin symbol accept as token ids."""

from __future__ import annotations

import torch
from jaxtyping import Int
from torch import Tensor

from gptlab.errors import LabError


def check_token_ids(tokens: Int[Tensor, "batch time"], vocab_size: int) -> None:
    """Raise LabError unless these are ids from 0 to `vocab_size`, at least one in each row.

    The last id is the begin symbol's. Ids on a GPU are checked for their shape and type alone.
    """
    if tokens.dim() != 2 or 0 in tokens.shape or tokens.is_floating_point():
        raise LabError(
            f"tokens have shape {tuple(tokens.shape)} and type {tokens.dtype}; give whole "
            "numbers in the shape (batch, time), with at least one token in each row"
        )
    # On a GPU the check would make every step wait for the device; a compiled step stays one.
    if tokens.device.type == "cpu" and not torch.compiler.is_compiling():
        low, high = (int(end) for end in tokens.aminmax())
        if low < 0 or high > vocab_size:
            raise LabError(
                f"token id {low if low < 0 else high} is outside 0 … {vocab_size} (the last is "
                "the begin symbol); the text was numbered with another vocabulary than the "
                "model's: encode it with the one that the model was trained on"
            )
