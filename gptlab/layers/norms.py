"""Normalisation: keep the numbers that flow through a deep network at a steady size."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


def layer_norm(
    x: Float[Tensor, "*batch d_model"],
    scale: Float[Tensor, "d_model"],
    shift: Float[Tensor, "d_model"],
    eps: float = 1e-5,
) -> Float[Tensor, "*batch d_model"]:
    r"""$(x - \mu) / \sqrt{\sigma^2 + \epsilon} \cdot g + b$ over the last axis, written out.

    The variance divides by d_model, not by d_model − 1. Source: Ba et al. 2016, equation 4.
    """
    centred = x - x.mean(dim=-1, keepdim=True)
    variance = centred.square().mean(dim=-1, keepdim=True)
    return centred * torch.rsqrt(variance + eps) * scale + shift


class LayerNorm(nn.Module):
    """Layer normalisation with a learned scale and shift; torch's fused form of `layer_norm`."""

    def __init__(self, d_model: int, eps: float = 1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """Normalise every position on its own."""
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


class RMSNorm(nn.Module):
    r"""$x / \sqrt{\mathrm{mean}(x^2) + \epsilon} \cdot g$: no mean is taken away, nothing is added.

    Source: Zhang and Sennrich 2019, equation 4.
    """

    def __init__(self, d_model: int, eps: float = 1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.eps = eps

    def forward(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """Bring every position to a mean square of 1, then scale."""
        return F.rms_norm(x, self.weight.shape, self.weight, self.eps)
