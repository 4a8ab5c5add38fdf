r"""The first attention: a decoder that looks back at every word of the source before it writes one.

Bahdanau, Cho and Bengio 2015 (additive) and Luong, Pham and Manning 2015 (multiplicative). The two
differ in how a query is compared with the memory; the softmax and the average are the same.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from gptlab.errors import LabError, check_count


def align_and_read(
    scores: Float[Tensor, "batch target source"],
    memory: Float[Tensor, "batch source d_memory"],
    allowed: Bool[Tensor, "batch source"] | None = None,
) -> tuple[Float[Tensor, "batch target d_memory"], Float[Tensor, "batch target source"]]:
    r"""Scores to weights, and the weighted average of the memory (the context): $c_t, \alpha_t$.

    $\alpha_{ts} = \mathrm{softmax}_s(e_{ts})$ and $c_t = \sum_s \alpha_{ts} m_s$. `allowed` is True
    at source words, False at padding, which gets weight 0; a row with no word at all gets zeros
    rather than NaN. Source: Bahdanau et al. 2015, equations 5 and 6.
    """
    if allowed is None:
        weights = scores.softmax(dim=-1)
    else:
        if tuple(allowed.shape) != (scores.size(0), scores.size(2)) or allowed.dtype != torch.bool:
            raise LabError(
                f"allowed has shape {tuple(allowed.shape)} and type {allowed.dtype}; expected bool "
                f"in the shape (batch, source) = {(scores.size(0), scores.size(2))}"
            )
        seen = allowed[:, None]  # the same for every target word
        weights = scores.masked_fill(~seen, -math.inf).softmax(dim=-1)
        weights = weights.masked_fill(~seen.any(dim=-1, keepdim=True), 0.0)
    return weights @ memory, weights


class AdditiveAttention(nn.Module):
    r"""Bahdanau's comparison: $e_{ts} = v^\top \tanh(W q_t + U m_s)$, a small network.

    $q_t$ is the decoder's state, $m_s$ the memory of source word s; $W$ is (d_attention,
    d_query), $U$ (d_attention, d_memory), $v$ a row of d_attention numbers.
    Raises LabError for sizes below 1. Source: Bahdanau et al. 2015, appendix A.1.2.
    """

    def __init__(self, d_query: int, d_memory: int, d_attention: int):
        super().__init__()
        for name, value in (
            ("d_query", d_query), ("d_memory", d_memory), ("d_attention", d_attention)
        ):  # fmt: skip
            check_count(name, value)
        self.to_query = nn.Linear(d_query, d_attention, bias=False)
        self.to_keys = nn.Linear(d_memory, d_attention, bias=False)
        self.to_score = nn.Linear(d_attention, 1, bias=False)

    def keys(
        self, memory: Float[Tensor, "batch source d_memory"]
    ) -> Float[Tensor, "batch source d_attention"]:
        """$U m_s$: the same for every target word, so computed once for each sentence."""
        return self.to_keys(memory)

    def scores(
        self,
        queries: Float[Tensor, "batch target d_query"],
        keys: Float[Tensor, "batch source d_attention"],
    ) -> Float[Tensor, "batch target source"]:
        """How well each target word's query fits each source word."""
        # (batch, target, 1, d) + (batch, 1, source, d)
        together = torch.tanh(self.to_query(queries)[:, :, None] + keys[:, None])
        return self.to_score(together).squeeze(-1)


class MultiplicativeAttention(nn.Module):
    r"""Luong's comparison ("general"): $e_{ts} = q_t^\top W m_s$, one product of matrices.

    $W$ is (d_query, d_memory). With $W = I$ it is the dot product, Luong's "dot".
    Raises LabError for sizes below 1. Source: Luong et al. 2015, section 3.1.
    """

    def __init__(self, d_query: int, d_memory: int):
        super().__init__()
        for name, value in (("d_query", d_query), ("d_memory", d_memory)):
            check_count(name, value)
        self.to_keys = nn.Linear(d_memory, d_query, bias=False)

    def keys(
        self, memory: Float[Tensor, "batch source d_memory"]
    ) -> Float[Tensor, "batch source d_query"]:
        """$W m_s$: the same for every target word, so computed once for each sentence."""
        return self.to_keys(memory)

    def scores(
        self,
        queries: Float[Tensor, "batch target d_query"],
        keys: Float[Tensor, "batch source d_query"],
    ) -> Float[Tensor, "batch target source"]:
        """How well each target word's query fits each source word."""
        return queries @ keys.mT
