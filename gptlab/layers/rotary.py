r"""Rotary positions: turn queries and keys by an angle that grows with their position.

Su et al. 2021 (RoFormer). The dot product of a query at position m and a key at n then depends on
their contents and on m − n alone, and nothing is added to the residual stream.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from gptlab.errors import LabError


def rotary_angles(
    time: int,
    d_head: int,
    base: float = 10_000.0,
    start: int = 0,
    device: torch.device | None = None,
) -> Float[Tensor, "time pairs"]:
    r"""The angle $t \cdot base^{-2i/d_{head}}$ of pair i at positions start … start + time − 1.

    Raises LabError unless `d_head` is even. Source: Su et al. 2021, equation 15.
    """
    if d_head < 2 or d_head % 2:
        raise LabError(f"d_head is {d_head}; rotary positions turn pairs and need an even number")
    even = torch.arange(0, d_head, 2, dtype=torch.float32, device=device)
    positions = torch.arange(start, start + time, dtype=torch.float32, device=device)
    return positions[:, None] * base ** (-even / d_head)


def rotate(
    z: Float[Tensor, "batch heads time d_head"], angles: Float[Tensor, "time pairs"]
) -> Float[Tensor, "batch heads time d_head"]:
    r"""Turn each pair $(a, b)$ of every vector: $(a \cos - b \sin,\; a \sin + b \cos)$.

    The pairs are columns i and i + d_head/2, as in Llama's published weights; the paper pairs 2i
    and 2i + 1, which is the same model with its columns in another order.
    """
    cos, sin = angles.cos().to(z.dtype), angles.sin().to(z.dtype)
    a, b = z.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1)
