"""Multi-head attention between any two sequences: the general form, of 2017.

`gptlab.layers.attention.CausalSelfAttention` is the special case that GPT needs, queries, keys and
values from one text and one matrix. Here they may come from two: a decoder looking at a source.
"""

from __future__ import annotations

from jaxtyping import Bool, Float
from torch import Tensor, nn

from gptlab.layers.attention import (
    attend,
    attention_weights,
    check_heads,
    join_heads,
    split_heads,
)


class MultiHeadAttention(nn.Module):
    """Queries from one sequence, keys and values from another or the same; heads side by side.

    `impl`: "sdpa" (fused) or "plain" (the formula), the same function. Raises LabError if `n_heads`
    does not divide `d_model` or `impl` is unknown.
    Source: Vaswani et al. 2017, section 3.2.2.
    """

    def __init__(self, d_model: int, n_heads: int, dropout: float = 0.0, impl: str = "sdpa"):
        super().__init__()
        check_heads(d_model, n_heads, impl)
        self.n_heads, self.dropout, self.impl = n_heads, dropout, impl
        self.to_queries = nn.Linear(d_model, d_model)
        self.to_keys = nn.Linear(d_model, d_model)
        self.to_values = nn.Linear(d_model, d_model)
        self.to_out = nn.Linear(d_model, d_model)

    def forward(
        self,
        x: Float[Tensor, "batch q d_model"],
        memory: Float[Tensor, "batch k d_model"] | None = None,
        allowed: Bool[Tensor, "*#batch q k"] | None = None,
    ) -> Float[Tensor, "batch q d_model"]:
        """For each position of `x`, an average over `memory` (or over `x` itself).

        `allowed` is True where a query may look, and broadcasts to (batch, heads, q, k); a query
        that may look nowhere gets the output's bias alone. Raises LabError for a mask of another
        type or shape.
        """
        keys, values = self.project(x if memory is None else memory)
        return self.look(x, keys, values, allowed)

    def project(
        self, memory: Float[Tensor, "batch k d_model"]
    ) -> tuple[Float[Tensor, "batch heads k d_head"], Float[Tensor, "batch heads k d_head"]]:
        """Keys and values of a sequence: made once, looked at by any number of queries."""
        keys, values = self.to_keys(memory), self.to_values(memory)
        return split_heads(keys, self.n_heads), split_heads(values, self.n_heads)

    def look(
        self,
        x: Float[Tensor, "batch q d_model"],
        keys: Float[Tensor, "batch heads k d_head"],
        values: Float[Tensor, "batch heads k d_head"],
        allowed: Bool[Tensor, "*#batch q k"] | None = None,
    ) -> Float[Tensor, "batch q d_model"]:
        """As `forward`, with keys and values that `project` has made."""
        queries = split_heads(self.to_queries(x), self.n_heads)
        dropout = self.dropout if self.training else 0.0
        return self.to_out(join_heads(attend(queries, keys, values, allowed, dropout, self.impl)))

    def weights(
        self,
        x: Float[Tensor, "batch q d_model"],
        memory: Float[Tensor, "batch k d_model"] | None = None,
        allowed: Bool[Tensor, "*#batch q k"] | None = None,
    ) -> Float[Tensor, "batch heads q k"]:
        """How much each query attends to each key, by head: to look at, not to train with."""
        queries = split_heads(self.to_queries(x), self.n_heads)
        keys, _ = self.project(x if memory is None else memory)
        return attention_weights(queries, keys, allowed)
