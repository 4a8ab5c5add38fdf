"""Where a token stands: attention alone cannot tell, so its position is added to what it is."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gptlab.errors import LabError


class LearnedPositions(nn.Module):
    """One trained vector for each position from 0 to context_length − 1, as in GPT-2.

    Source: Radford et al. 2018, section 3.1 (learned position embeddings instead of sinusoids).
    """

    def __init__(self, context_length: int, d_model: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(context_length, d_model).normal_(std=0.02))

    def forward(self, time: int, start: int = 0) -> Float[Tensor, "time d_model"]:
        """The vectors of positions start … start + time − 1.

        Raises LabError when these run past the longest position that has a vector.
        """
        if start + time > self.weight.size(0):
            raise LabError(
                f"context_length is {self.weight.size(0)} but the text has {start + time} tokens; "
                "crop it or use a model with a longer context"
            )
        return self.weight[start : start + time]


def sinusoidal_positions(
    length: int, d_model: int, device: torch.device | None = None
) -> Float[Tensor, "length d_model"]:
    r"""Waves of falling frequency: $\sin(t / 10000^{2i/d})$ at column 2i, the cosine at 2i + 1.

    Nothing is learned, and a text longer than any in training has positions too. Raises LabError
    unless `d_model` is even and both are at least 1.
    Source: Vaswani et al. 2017, section 3.5.
    """
    if length < 1 or d_model < 2 or d_model % 2:
        raise LabError(
            f"length={length}, d_model={d_model}: give a length of at least 1 and an even width"
        )
    time = torch.arange(length, dtype=torch.float32, device=device)[:, None]
    even = torch.arange(0, d_model, 2, dtype=torch.float32, device=device)
    angles = time * torch.exp(even * (-math.log(10_000) / d_model))
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)
