"""Attention: every position looks back over the text and takes a weighted average of what it finds.

Vaswani et al. 2017, section 3.2. The plain form is the one to read; `impl="sdpa"` is the one to
train with: the same function, computed by one fused kernel that never stores the T × T weights.
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from gptlab.errors import LabError

IMPLEMENTATIONS = ("sdpa", "plain")


def attention_weights(
    queries: Float[Tensor, "... q d_head"],
    keys: Float[Tensor, "... k d_head"],
    allowed: Bool[Tensor, "*#batch q k"] | None = None,
) -> Float[Tensor, "... q k"]:
    r"""How much each query attends to each key: $\mathrm{softmax}(QK^\top / \sqrt{d_{head}})$.

    `allowed` is True where a query may look. Each row sums to one, except that a row in which
    nothing is allowed gets all zeros rather than NaN. Raises LabError for a mask of another type or
    shape.
    Source: Vaswani et al. 2017, equation 1; the zero row is this library's choice.
    """
    check_mask(allowed, queries, keys)
    scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.size(-1))
    if allowed is None:
        return scores.softmax(dim=-1)
    weights = scores.masked_fill(~allowed, -math.inf).softmax(dim=-1)
    return weights.masked_fill(~allowed.any(dim=-1, keepdim=True), 0.0)


def causal_mask(
    n_queries: int, n_keys: int | None = None, device: torch.device | None = None
) -> Bool[Tensor, "q k"]:
    """True at [i, j] where query i may see key j: itself and the past, never the future.

    With more keys than queries the queries are the last positions of the text, as when the keys of
    earlier positions come from a cache.

    >>> causal_mask(3).int().tolist()
    [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    >>> causal_mask(1, 3).int().tolist()
    [[1, 1, 1]]
    """
    n_keys = n_queries if n_keys is None else n_keys
    everything = torch.ones(n_queries, n_keys, dtype=torch.bool, device=device)
    return everything.tril(diagonal=n_keys - n_queries)


def padding_mask(tokens: Int[Tensor, "batch time"], pad: int) -> Bool[Tensor, "batch 1 1 time"]:
    """True where a key may be looked at: everywhere but at `pad`, for every head and query.

    >>> padding_mask(torch.tensor([[5, 6, 0], [7, 0, 0]]), pad=0).int().flatten(1).tolist()
    [[1, 1, 0], [1, 0, 0]]
    """
    return (tokens != pad)[:, None, None, :]


def attend(
    queries: Float[Tensor, "batch heads q d_head"],
    keys: Float[Tensor, "batch heads k d_head"],
    values: Float[Tensor, "batch heads k d_head"],
    allowed: Bool[Tensor, "*#batch q k"] | None = None,
    dropout: float = 0.0,
    impl: str = "sdpa",
) -> Float[Tensor, "batch heads q d_head"]:
    """The weighted average of the values, by the form that `impl` names; the same function in both.

    `allowed` is True where a query may look; a query that may look nowhere gets zeros. `dropout` is
    the probability that a weight is set to zero (the caller says 0 outside of training). Raises
    LabError for a mask of another type or shape.
    Source: Vaswani et al. 2017, equation 1.
    """
    if impl == "plain":
        return F.dropout(attention_weights(queries, keys, allowed), dropout) @ values
    check_mask(allowed, queries, keys)
    return F.scaled_dot_product_attention(
        queries, keys, values, attn_mask=allowed, dropout_p=dropout
    )


def check_mask(allowed: Tensor | None, queries: Tensor, keys: Tensor) -> None:
    """Raise LabError unless `allowed` is a boolean mask that broadcasts to (…, queries, keys)."""
    if allowed is None:
        return
    if allowed.dtype != torch.bool:
        raise LabError(
            f"the mask holds {allowed.dtype} numbers; give booleans, True where a query may look"
        )
    wanted = (*queries.shape[:-1], keys.size(-2))
    try:
        fits = torch.broadcast_shapes(allowed.shape, wanted) == wanted
    except RuntimeError:
        fits = False
    if not fits:
        axes = "(batch, heads, queries, keys)" if len(wanted) == 4 else "(…, queries, keys)"
        raise LabError(
            f"the mask has shape {tuple(allowed.shape)}; it must broadcast to {axes} = {wanted}, "
            "as causal_mask and padding_mask do"
        )


def check_heads(d_model: int, n_heads: int, impl: str) -> None:
    """Raise LabError unless `n_heads` divides `d_model` and `impl` is one of IMPLEMENTATIONS."""
    if n_heads < 1 or d_model % n_heads:
        raise LabError(
            f"n_heads={n_heads} does not divide d_model={d_model}; choose a divisor of {d_model}"
        )
    if impl not in IMPLEMENTATIONS:
        raise LabError(f"attention impl {impl!r} is unknown; choose one of {IMPLEMENTATIONS}")


def split_heads(
    z: Float[Tensor, "batch time d_model"], n_heads: int
) -> Float[Tensor, "batch heads time d_head"]:
    """Cut the width into heads and move the heads before time."""
    return z.unflatten(-1, (n_heads, -1)).transpose(1, 2)


def join_heads(
    z: Float[Tensor, "batch heads time d_head"],
) -> Float[Tensor, "batch time d_model"]:
    """Undo `split_heads`: what the heads found, side by side again."""
    return z.transpose(1, 2).flatten(2)


class LayerCache(Protocol):
    """Where one attention layer keeps the keys and values of the positions read so far."""

    def append(
        self,
        keys: Float[Tensor, "batch heads new d_head"],
        values: Float[Tensor, "batch heads new d_head"],
    ) -> tuple[Float[Tensor, "batch heads all d_head"], Float[Tensor, "batch heads all d_head"]]:
        """Store the new positions and return the keys and values of all positions so far."""


class CausalSelfAttention(nn.Module):
    """Masked multi-head self-attention, as in GPT-2.

    Queries, keys and values come from one matrix of width 3 × d_model. `impl` chooses between two
    forms of the same function: "sdpa" (fused, for training) and "plain" (the formula, for reading).
    Raises LabError if `n_heads` does not divide `d_model` or `impl` is unknown.
    Source: Vaswani et al. 2017, section 3.2.2; Radford et al. 2019.
    """

    def __init__(self, d_model: int, n_heads: int, dropout: float = 0.0, impl: str = "sdpa"):
        super().__init__()
        check_heads(d_model, n_heads, impl)
        self.n_heads = n_heads
        self.impl = impl
        self.dropout = dropout
        self.to_qkv = nn.Linear(d_model, 3 * d_model)
        self.to_out = nn.Linear(d_model, d_model)

    def forward(
        self, x: Float[Tensor, "batch time d_model"], cache: LayerCache | None = None
    ) -> Float[Tensor, "batch time d_model"]:
        """Mix each position with the positions before it; with a cache, `x` holds only new ones."""
        queries, keys, values = self.project(x)
        if cache is not None:
            keys, values = cache.append(keys, values)
        return self.to_out(join_heads(self.mix(queries, keys, values)))

    def project(
        self, x: Float[Tensor, "batch time d_model"]
    ) -> list[Float[Tensor, "batch heads time d_head"]]:
        """Queries, keys and values of every position, by head."""
        return [split_heads(z, self.n_heads) for z in self.to_qkv(x).chunk(3, dim=-1)]

    def weights(
        self, x: Float[Tensor, "batch time d_model"]
    ) -> Float[Tensor, "batch heads time time"]:
        """How much each position attends to each, by head: to look at, not to train with."""
        queries, keys, _ = self.project(x)
        return attention_weights(queries, keys, causal_mask(x.size(1), device=x.device))

    def mix(
        self,
        queries: Float[Tensor, "batch heads q d_head"],
        keys: Float[Tensor, "batch heads k d_head"],
        values: Float[Tensor, "batch heads k d_head"],
    ) -> Float[Tensor, "batch heads q d_head"]:
        """The weighted average of the values, by the form that `impl` names."""
        dropout = self.dropout if self.training else 0.0
        n_queries, n_keys = queries.size(-2), keys.size(-2)
        if self.impl == "sdpa" and n_queries == n_keys:
            return F.scaled_dot_product_attention(
                queries, keys, values, dropout_p=dropout, is_causal=True
            )
        # is_causal=True would align the mask with the first key, not with the last. A single new
        # position may see everything and needs no mask at all.
        mask = causal_mask(n_queries, n_keys, queries.device) if n_queries > 1 else None
        return attend(queries, keys, values, mask, dropout, self.impl)
