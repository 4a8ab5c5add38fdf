"""Where a trained model looks: queries, keys and weights of every attention layer on one text."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gptlab.errors import LabError
from gptlab.layers.attention import CausalSelfAttention, attention_weights, causal_mask


@dataclass(frozen=True)
class AttentionMap:
    """One layer on one text. `scores` are QKᵀ / √d_head before any mask; `weights` what is used."""

    scores: Float[Tensor, "batch heads time time"]
    weights: Float[Tensor, "batch heads time time"]


@torch.no_grad()
def attention_maps(model: nn.Module, tokens: Tensor) -> list[AttentionMap]:
    """What every `CausalSelfAttention` of `model` does with `tokens`, from the first layer up.

    The model is asked in evaluation mode and left in its mode. Raises LabError for a model without
    such a layer.
    """
    layers = [part for part in model.modules() if isinstance(part, CausalSelfAttention)]
    if not layers:
        raise LabError(
            f"{type(model).__name__} has no CausalSelfAttention; give a model that has one, as GPT"
        )
    found: list[AttentionMap] = []

    def keep(layer: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        assert isinstance(layer, CausalSelfAttention)
        queries, keys, _ = layer.project(arguments[0])
        scores = queries @ keys.mT / queries.size(-1) ** 0.5
        mask = causal_mask(scores.size(-1), device=scores.device)
        found.append(AttentionMap(scores.cpu(), attention_weights(queries, keys, mask).cpu()))

    hooks = [layer.register_forward_pre_hook(keep) for layer in layers]
    was_training = model.training
    model.eval()
    try:
        model(tokens)
    finally:
        model.train(was_training)
        for hook in hooks:
            hook.remove()
    return found
