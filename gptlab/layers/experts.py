r"""Mixture of experts: many perceptrons, of which each token uses a few.

Shazeer et al. 2017; Fedus et al. 2022 (Switch); Jiang et al. 2024 (Mixtral). More parameters at the
same arithmetic per token.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gptlab.errors import LabError
from gptlab.layers.feedforward import SwiGLU


class Experts(nn.Module):
    r"""$\sum_{i \in top_k} g_i \, E_i(x)$; g is the softmax of the router's k best scores.

    `balance` is set by every call: $n \sum_i f_i P_i$, with $f_i$ the share of choices that fell on
    expert i and $P_i$ its mean probability. 1 means that all are used alike; a little of it, added
    to the loss, keeps them so. Source: Jiang et al. 2024, section 2.1; Fedus et al. 2022, eq. 4.

    Raises LabError unless 1 ≤ n_active ≤ n_experts.
    """

    def __init__(
        self, d_model: int, d_ff: int, n_experts: int, n_active: int = 2, bias: bool = False
    ):
        super().__init__()
        if not 1 <= n_active <= n_experts:
            raise LabError(
                f"n_active={n_active} of n_experts={n_experts} experts; give at least 1 and no "
                "more than there are"
            )
        self.n_active = n_active
        self.router = nn.Linear(d_model, n_experts, bias=False)
        self.experts = nn.ModuleList(SwiGLU(d_model, d_ff, bias) for _ in range(n_experts))
        self.balance = torch.tensor(1.0)

    def forward(
        self, x: Float[Tensor, "batch time d_model"]
    ) -> Float[Tensor, "batch time d_model"]:
        """Send each position to its experts and add up what they say, by the router's weights."""
        flat = x.flatten(0, 1)
        scores = self.router(flat).float()
        best, chosen = scores.topk(self.n_active, dim=-1)
        weights = best.softmax(dim=-1).to(x.dtype)
        out = torch.zeros_like(flat)
        for i, expert in enumerate(self.experts):
            rows, place = (chosen == i).nonzero(as_tuple=True)
            said = expert(flat[rows]) * weights[rows, place, None]
            out = out.index_add(0, rows, said.to(out.dtype))
        n = len(self.experts)
        share = torch.bincount(chosen.flatten(), minlength=n) / chosen.numel()
        self.balance = n * (share * scores.softmax(dim=-1).mean(dim=0)).sum()
        return out.view_as(x)
