"""The Transformer with one part taken out: what is each part for?

Vaswani et al. 2017 vary the whole (their table 3); here a part is left out and all else kept, so
that the difference in BLEU is that part's. Post-norm is in the list too, for
configurations that are pre-norm. Measured by
`benchmarks/ablations.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from jaxtyping import Float
from torch import Tensor, nn

from gptlab.errors import LabError
from gptlab.layers.encoder_decoder import ResidualLayer
from gptlab.layers.multihead import MultiHeadAttention
from gptlab.models.transformer import Transformer, TransformerConfig


class ScaledQueries(nn.Module):
    """The queries of a layer times √d_head, which undoes the division of the scores by it."""

    def __init__(self, to_queries: nn.Module, d_head: int):
        super().__init__()
        self.to_queries, self.factor = to_queries, math.sqrt(d_head)

    def forward(self, x: Float[Tensor, "batch q d_model"]) -> Float[Tensor, "batch q d_model"]:
        """Queries that make scores of plain products."""
        return self.to_queries(x) * self.factor


def without_scale(config: TransformerConfig) -> Transformer:
    """Scores are not divided by √d_head before the softmax (section 3.2.1)."""
    model = Transformer(config)
    for module in model.modules():
        if isinstance(module, MultiHeadAttention):
            d_head = config.d_model // config.n_heads
            module.to_queries = ScaledQueries(module.to_queries, d_head)  # type: ignore[assignment]
    return model


def without_residuals(config: TransformerConfig) -> Transformer:
    """A part's result takes the place of what went in, instead of being added to it."""
    model = Transformer(config)
    for layer in model.modules():
        if isinstance(layer, ResidualLayer):
            layer.residual = False
    return model


ABLATIONS: dict[str, Callable[[TransformerConfig], Transformer]] = {
    "whole": Transformer,
    "one head": lambda config: Transformer(replace(config, n_heads=1)),
    "no scale": without_scale,
    "no positions": lambda config: Transformer(replace(config, positions=False)),
    "no residuals": without_residuals,
    "post-norm": lambda config: Transformer(replace(config, norm="post")),
}


def ablated(name: str, config: TransformerConfig) -> Transformer:
    """The Transformer of `config` with a part taken out: one of ABLATIONS; LabError for another."""
    if name not in ABLATIONS:
        raise LabError(f"ablation {name!r} is unknown; choose one of {', '.join(ABLATIONS)}")
    return ABLATIONS[name](config)
