"""Our Transformer as torch's `nn.Transformer`, weights copied: the field's, to check with."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from gptlab.layers.multihead import MultiHeadAttention
from gptlab.models.transformer import Transformer


def as_torch(model: Transformer) -> nn.Transformer:
    """`nn.Transformer` with the layers of `model`, dropout off.

    It takes embedded sequences and gives the decoder's output, as `encode` and `decode` between
    `embed` and `unembed`. Its masks say where one may NOT look.
    """
    c = model.config
    theirs = nn.Transformer(
        c.d_model, c.n_heads, c.n_layers, c.n_layers, c.d_ff, 0.0, c.activation,
        batch_first=True, norm_first=c.norm == "pre",
    )  # fmt: skip
    for side, layers in (("encoder", model.encoder), ("decoder", model.decoder)):
        stack = getattr(theirs, side)
        if c.norm == "post":
            stack.norm = None  # torch adds one more norm to the end of each stack; 2017 has none
        else:
            stack.norm.load_state_dict(getattr(model, f"norm_{side}").state_dict())
        for layer, other in zip(layers, stack.layers, strict=True):
            ours: Any = layer  # an EncoderLayer or a DecoderLayer
            copy_attention(ours.attention, other.self_attn)
            norms = [ours.norm_attention, ours.norm_mlp]
            if side == "decoder":
                copy_attention(ours.cross, other.multihead_attn)
                norms.insert(1, ours.norm_cross)
            other.linear1.load_state_dict(ours.mlp.to_hidden.state_dict())
            other.linear2.load_state_dict(ours.mlp.to_out.state_dict())
            for i, norm in enumerate(norms, start=1):
                getattr(other, f"norm{i}").load_state_dict(norm.state_dict())
    return theirs


def copy_attention(ours: MultiHeadAttention, theirs: nn.MultiheadAttention) -> None:
    """Our three projections into torch's one matrix, and the output's."""
    parts = (ours.to_queries, ours.to_keys, ours.to_values)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([p.weight for p in parts]))
        theirs.in_proj_bias.copy_(torch.cat([p.bias for p in parts]))
    theirs.out_proj.load_state_dict(ours.to_out.state_dict())
