"""Attention since 2017: rotary positions, and fewer keys and values than queries."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn

from gptlab.errors import LabError
from gptlab.layers.attention import CausalSelfAttention, LayerCache, join_heads, split_heads
from gptlab.layers.rotary import rotary_angles, rotate


class GroupedQueryAttention(CausalSelfAttention):
    """Causal self-attention in which groups of query heads share a head of keys and values.

    With `n_kv_heads` = `n_heads` (or None) it is multi-head attention, with 1 multi-query attention
    (Shazeer 2019). The cache shrinks by n_heads / n_kv_heads. `rotary_base`: turn queries and keys
    by their positions (see `rotate`); None leaves positions to the embedding.

    Raises LabError if `n_kv_heads` does not divide `n_heads`, or `n_heads` not `d_model`.
    Source: Ainslie et al. 2023.
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        n_kv_heads: int | None = None,
        rotary_base: float | None = 10_000.0,
        bias: bool = False,
        dropout: float = 0.0,
        impl: str = "sdpa",
    ):
        super().__init__(d_model, n_heads, dropout, impl)
        self.n_kv_heads = n_heads if n_kv_heads is None else n_kv_heads
        if self.n_kv_heads < 1 or n_heads % self.n_kv_heads:
            raise LabError(
                f"n_kv_heads={n_kv_heads} does not divide n_heads={n_heads}; "
                f"choose a divisor of {n_heads}"
            )
        self.rotary_base = rotary_base
        self.d_head = d_model // n_heads
        if rotary_base is not None:
            rotary_angles(1, self.d_head)  # refuses an odd d_head now, not in the first step
        self.widths = [d_model, *[self.n_kv_heads * self.d_head] * 2]
        self.to_qkv = nn.Linear(d_model, sum(self.widths), bias=bias)
        self.to_out = nn.Linear(d_model, d_model, bias=bias)

    def forward(
        self,
        x: Float[Tensor, "batch time d_model"],
        cache: LayerCache | None = None,
        start: int = 0,
    ) -> Float[Tensor, "batch time d_model"]:
        """Mix each position with those before it; with a cache, `start` positions came before."""
        queries, keys, values = self.project(x)
        if self.rotary_base is not None:
            angles = rotary_angles(x.size(1), self.d_head, self.rotary_base, start, x.device)
            queries, keys = rotate(queries, angles), rotate(keys, angles)
        if cache is not None:
            keys, values = cache.append(keys, values)
        group = self.n_heads // self.n_kv_heads
        if group > 1:  # query heads 0 … group − 1 share the first head of keys, and so on
            keys = keys.repeat_interleave(group, dim=1)
            values = values.repeat_interleave(group, dim=1)
        return self.to_out(join_heads(self.mix(queries, keys, values)))

    def project(
        self, x: Float[Tensor, "batch time d_model"]
    ) -> list[Float[Tensor, "batch heads time d_head"]]:
        """Queries (n_heads), keys and values (n_kv_heads each) of every position."""
        parts = self.to_qkv(x).split(self.widths, dim=-1)
        heads = (self.n_heads, self.n_kv_heads, self.n_kv_heads)
        return [split_heads(z, n) for z, n in zip(parts, heads, strict=True)]
