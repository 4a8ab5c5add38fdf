"""The two kinds of layer of the Transformer of 2017: one that reads, one that writes."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from gptlab.errors import LabError
from gptlab.layers.feedforward import FeedForward
from gptlab.layers.multihead import MultiHeadAttention
from gptlab.layers.norms import LayerNorm

NORMS = ("post", "pre")


class ResidualLayer(nn.Module):
    r"""What both kinds share: a part's result is added to what went in, and normalised.

    `norm` "post", as in 2017: $x \leftarrow \mathrm{norm}(x + f(x))$; "pre", as in GPT-2:
    $x \leftarrow x + f(\mathrm{norm}(x))$. Dropout falls on f's result before it is added.
    Source: Vaswani et al. 2017, sections 3.1 and 5.4; pre-norm: Xiong et al. 2020.
    """

    def __init__(self, dropout: float = 0.0, norm: str = "post"):
        super().__init__()
        if norm not in NORMS:
            raise LabError(f"norm {norm!r} is unknown; choose one of {', '.join(NORMS)}")
        if not 0 <= dropout < 1:
            raise LabError(f"dropout is {dropout}; it must be at least 0 and below 1")
        self.dropout, self.norm = dropout, norm
        self.residual = True  # False takes the addition out, to see what it is for

    def add(self, x: Tensor, part: Callable[[Tensor], Tensor], norm: nn.Module) -> Tensor:
        """Add what `part` makes of x, with `norm` in its place."""
        made = part(norm(x)) if self.norm == "pre" else part(x)
        made = F.dropout(made, self.dropout, self.training)
        if self.residual:
            made = x + made
        return made if self.norm == "pre" else norm(made)


class EncoderLayer(ResidualLayer):
    """Reads: every position looks at every other, then thinks alone.

    `activation`: see `FeedForward`; `impl`: see `MultiHeadAttention`; `norm`: see `ResidualLayer`.
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        d_ff: int,
        dropout: float = 0.0,
        norm: str = "post",
        activation: str = "relu",
        impl: str = "sdpa",
        eps: float = 1e-5,
    ):
        super().__init__(dropout, norm)
        self.attention = MultiHeadAttention(d_model, n_heads, dropout, impl)
        self.norm_attention = LayerNorm(d_model, eps)
        self.mlp = FeedForward(d_model, d_ff, activation)
        self.norm_mlp = LayerNorm(d_model, eps)

    def forward(
        self,
        x: Float[Tensor, "batch time d_model"],
        allowed: Bool[Tensor, "*#batch time time"] | None = None,
    ) -> Float[Tensor, "batch time d_model"]:
        """Mix the positions, then apply the perceptron to each."""
        x = self.add(x, lambda z: self.attention(z, allowed=allowed), self.norm_attention)
        return self.add(x, self.mlp, self.norm_mlp)


class DecoderLayer(ResidualLayer):
    """Writes: looks back over what is written, then at the source, then thinks alone."""

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        d_ff: int,
        dropout: float = 0.0,
        norm: str = "post",
        activation: str = "relu",
        impl: str = "sdpa",
    ):
        super().__init__(dropout, norm)
        self.attention = MultiHeadAttention(d_model, n_heads, dropout, impl)
        self.norm_attention = LayerNorm(d_model)
        self.cross = MultiHeadAttention(d_model, n_heads, dropout, impl)
        self.norm_cross = LayerNorm(d_model)
        self.mlp = FeedForward(d_model, d_ff, activation)
        self.norm_mlp = LayerNorm(d_model)

    def forward(
        self,
        x: Float[Tensor, "batch target d_model"],
        memory: Float[Tensor, "batch source d_model"],
        allowed: Bool[Tensor, "*#batch target target"] | None = None,
        source_allowed: Bool[Tensor, "*#batch target source"] | None = None,
    ) -> Float[Tensor, "batch target d_model"]:
        """Self-attention under `allowed`, cross-attention to the encoder's output, perceptron."""
        x = self.add(x, lambda z: self.attention(z, allowed=allowed), self.norm_attention)
        x = self.add(x, lambda z: self.cross(z, memory, source_allowed), self.norm_cross)
        return self.add(x, self.mlp, self.norm_mlp)

    def looks(
        self,
        x: Float[Tensor, "batch target d_model"],
        memory: Float[Tensor, "batch source d_model"],
        allowed: Bool[Tensor, "*#batch target target"] | None = None,
        source_allowed: Bool[Tensor, "*#batch target source"] | None = None,
    ) -> Float[Tensor, "batch heads target source"]:
        """How much each head looks at each source position in `forward`: to look at."""
        x = self.add(x, lambda z: self.attention(z, allowed=allowed), self.norm_attention)
        asks = self.norm_cross(x) if self.norm == "pre" else x
        return self.cross.weights(asks, memory, source_allowed)

    def start(self, memory: Float[Tensor, "batch source d_model"]) -> list[Tensor]:
        """Keys and values of the source and, still empty, of what is written: for `step`."""
        keys, values = self.cross.project(memory)
        return [keys, values, keys[:, :, :0], values[:, :, :0]]

    def step(
        self,
        x: Float[Tensor, "batch 1 d_model"],
        kept: list[Tensor],
        source_allowed: Bool[Tensor, "*#batch 1 source"] | None = None,
    ) -> tuple[Float[Tensor, "batch 1 d_model"], list[Tensor]]:
        """`forward` for one new position, with what is kept of those before; and what to keep."""
        source_keys, source_values, *own = kept

        def look_back(z: Tensor) -> Tensor:
            new = self.attention.project(z)
            own[:] = [torch.cat(pair, dim=2) for pair in zip(own, new, strict=True)]
            return self.attention.look(z, *own)

        x = self.add(x, look_back, self.norm_attention)
        x = self.add(
            x,
            lambda z: self.cross.look(z, source_keys, source_values, source_allowed),
            self.norm_cross,
        )
        return self.add(x, self.mlp, self.norm_mlp), [source_keys, source_values, *own]
