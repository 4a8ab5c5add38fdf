"""One Transformer block: attention mixes positions, then each position thinks alone."""

from __future__ import annotations

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from gptlab.layers.attention import CausalSelfAttention, LayerCache
from gptlab.layers.feedforward import FeedForward
from gptlab.layers.norms import LayerNorm


class Block(nn.Module):
    r"""Pre-norm block: $x \leftarrow x + f(\mathrm{norm}(x))$: f is attention, then the MLP.

    Normalising before each part, and not after the sum as in 2017, leaves a straight path from the
    loss to every layer (Radford et al. 2019, section 2.3; Xiong et al. 2020).
    """

    def __init__(
        self, d_model: int, n_heads: int, d_ff: int, dropout: float = 0.0, impl: str = "sdpa"
    ):
        super().__init__()
        self.dropout = dropout
        self.norm_attention = LayerNorm(d_model)
        self.attention = CausalSelfAttention(d_model, n_heads, dropout, impl)
        self.norm_mlp = LayerNorm(d_model)
        self.mlp = FeedForward(d_model, d_ff)

    def forward(
        self, x: Float[Tensor, "batch time d_model"], cache: LayerCache | None = None
    ) -> Float[Tensor, "batch time d_model"]:
        """Add what attention finds, then add what the perceptron makes of it."""
        x = x + self.drop(self.attention(self.norm_attention(x), cache))
        return x + self.drop(self.mlp(self.norm_mlp(x)))

    def drop(self, x: Tensor) -> Tensor:
        """Dropout on what is about to join the residual stream; nothing when the rate is 0."""
        return F.dropout(x, self.dropout, self.training) if self.dropout else x
