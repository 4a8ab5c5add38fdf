"""The check of exercise 13.5: a decoder layer."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gptlab.checks import Case, Mistake, function
from gptlab.layers.attention import causal_mask
from gptlab.layers.encoder_decoder import DecoderLayer

Layer = Callable[..., Tensor]


def decoder_layer(y, memory, part, source_allowed):
    """Masked self-attention, cross-attention, perceptron; sum and norm after each (post-norm)."""
    allowed = causal_mask(y.size(1))
    y = part.norm_attention(y + part.attention(y, allowed=allowed))
    y = part.norm_cross(y + part.cross(y, memory, source_allowed))
    return part.norm_mlp(y + part.mlp(y))


def _no_cross_mask(y, memory, part, source_allowed):
    return decoder_layer(y, memory, part, None)


def _no_causal_mask(y, memory, part, source_allowed):
    y = part.norm_attention(y + part.attention(y))
    y = part.norm_cross(y + part.cross(y, memory, source_allowed))
    return part.norm_mlp(y + part.mlp(y))


def _pre_norm(y, memory, part, source_allowed):
    y = y + part.attention(part.norm_attention(y), allowed=causal_mask(y.size(1)))
    y = y + part.cross(part.norm_cross(y), memory, source_allowed)
    return y + part.mlp(part.norm_mlp(y))


def _no_residual(y, memory, part, source_allowed):
    y = part.norm_attention(part.attention(y, allowed=causal_mask(y.size(1))))
    y = part.norm_cross(part.cross(y, memory, source_allowed))
    return part.norm_mlp(part.mlp(y))


def _norm_before_sum(y, memory, part, source_allowed):
    y = y + part.norm_attention(part.attention(y, allowed=causal_mask(y.size(1))))
    y = y + part.norm_cross(part.cross(y, memory, source_allowed))
    return y + part.norm_mlp(part.mlp(y))


def _looks_at_itself(y, memory, part, source_allowed):
    allowed = causal_mask(y.size(1))
    y = part.norm_attention(y + part.attention(y, allowed=allowed))
    y = part.norm_cross(y + part.cross(y, allowed=allowed))
    return part.norm_mlp(y + part.mlp(y))


def _no_cross(y, memory, part, source_allowed):
    y = part.norm_attention(y + part.attention(y, allowed=causal_mask(y.size(1))))
    return part.norm_mlp(y + part.mlp(y))


def _inverted(y, memory, part, source_allowed):
    y = part.norm_attention(y + part.attention(y, allowed=~causal_mask(y.size(1))))
    y = part.norm_cross(y + part.cross(y, memory, source_allowed))
    return part.norm_mlp(y + part.mlp(y))


def _padding_only(y, memory, part, source_allowed):
    return decoder_layer(y, memory, part, ~source_allowed)


def _no_perceptron(y, memory, part, source_allowed):
    y = part.norm_attention(y + part.attention(y, allowed=causal_mask(y.size(1))))
    return part.norm_cross(y + part.cross(y, memory, source_allowed))


def _first_input(y, memory, part, source_allowed):
    z = part.norm_attention(y + part.attention(y, allowed=causal_mask(y.size(1))))
    z = part.norm_cross(y + part.cross(z, memory, source_allowed))
    return part.norm_mlp(y + part.mlp(z))


def _one_norm(y, memory, part, source_allowed):
    y = part.norm_attention(y + part.attention(y, allowed=causal_mask(y.size(1))))
    y = part.norm_attention(y + part.cross(y, memory, source_allowed))
    return part.norm_attention(y + part.mlp(y))


def _across_first(y, memory, part, source_allowed):
    y = part.norm_cross(y + part.cross(y, memory, source_allowed))
    y = part.norm_attention(y + part.attention(y, allowed=causal_mask(y.size(1))))
    return part.norm_mlp(y + part.mlp(y))


def _perceptron_second(y, memory, part, source_allowed):
    y = part.norm_attention(y + part.attention(y, allowed=causal_mask(y.size(1))))
    y = part.norm_mlp(y + part.mlp(y))
    return part.norm_cross(y + part.cross(y, memory, source_allowed))


def _same_attention(y, memory, part, source_allowed):
    y = part.norm_attention(y + part.attention(y, allowed=causal_mask(y.size(1))))
    y = part.norm_cross(y + part.attention(y, memory, source_allowed))
    return part.norm_mlp(y + part.mlp(y))


def _last_norm_missing(y, memory, part, source_allowed):
    y = part.norm_attention(y + part.attention(y, allowed=causal_mask(y.size(1))))
    y = part.norm_cross(y + part.cross(y, memory, source_allowed))
    return y + part.mlp(y)


def _drawn() -> tuple[Tensor, Tensor, DecoderLayer, Tensor]:
    """Two targets of four, two sources of five of which the second ends after three."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(135)
        part = DecoderLayer(8, 2, 16)
        for parameter in part.parameters():
            if parameter.dim() == 1:
                nn.init.normal_(parameter, mean=1.0, std=0.3)
        y, memory = torch.randn(2, 4, 8), torch.randn(2, 5, 8)
    source_allowed = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]).bool()[:, None, None]
    return y, memory, part, source_allowed


def _result(answer: Layer) -> Tensor:
    with torch.no_grad():
        return answer(*_drawn())


def _one_place(answer: Layer) -> Tensor:
    """A single target position: nothing to hide from itself."""
    y, memory, part, source_allowed = _drawn()
    with torch.no_grad():
        return answer(y[:, :1], memory, part, source_allowed)


def _left_as_they_were(answer: Layer) -> None:
    y, memory, part, source_allowed = _drawn()
    with torch.no_grad():
        answer(y, memory, part, source_allowed)
    for name, before, after in (("y", _drawn()[0], y), ("memory", _drawn()[1], memory)):
        assert torch.equal(before, after), (
            f"it changes {name} in place; write y = y + …, for y += … overwrites what was handed in"
        )


LAYER = function(
    "13.5",
    "a decoder layer",
    right=decoder_layer,
    cases=[
        Case("two sentences, one of them padded", _result,
             "In turn: attention under causal_mask, cross-attention under source_allowed, mlp; "
             "each time norm(y + part(y)).", rtol=1e-4, atol=1e-5),
        Case("a single target position", _one_place,
             "causal_mask(1) lets the one position see itself.", rtol=1e-4, atol=1e-5),
        Case("nothing is overwritten", _left_as_they_were, "y = y + … makes a new tensor."),
    ],
    mistakes=[
        Mistake(
            "the padding of the source is looked at",
            _no_cross_mask,
            "Give cross-attention source_allowed, or the second sentence mixes in the two places "
            "that are only padding.",
        ),
        Mistake(
            "the future is visible",
            _no_causal_mask,
            "Self-attention needs allowed=causal_mask(y.size(1)), or the layer reads what it has "
            "yet to write.",
        ),
        Mistake(
            "pre-norm",
            _pre_norm,
            "You normalise what goes into each part: that is pre-norm. The paper of 2017 "
            "normalises the sum: norm(y + part(y)).",
        ),
        Mistake(
            "no residual connection",
            _no_residual,
            "What went in is gone. Add it before you normalise: norm(y + part(y)).",
        ),
        Mistake(
            "normalised before the sum",
            _norm_before_sum,
            "y + norm(part(y)) leaves the sum to grow. The norm comes last: norm(y + part(y)).",
        ),
        Mistake(
            "cross-attention looks at the target",
            _looks_at_itself,
            "Keys and values must come from the memory: part.cross(y, memory, source_allowed).",
        ),
        Mistake(
            "no cross-attention",
            _no_cross,
            "The layer never looks at the source, so it writes without having read.",
        ),
        Mistake(
            "a mask turned round",
            _inverted,
            "~causal_mask lets a position see nothing but its future. Here True means: may look.",
        ),
        Mistake(
            "only the padding is looked at",
            _padding_only,
            "source_allowed is True where one may look; give it as it is, not ~source_allowed.",
        ),
        Mistake("no perceptron", _no_perceptron,
                "The third part is missing: norm_mlp(y + mlp(y))."),
        Mistake(
            "always the first input is added",
            _first_input,
            "Each part adds to what came into that part: go on with what the norm before returned.",
        ),
        Mistake(
            "the perceptron before the memory",
            _perceptron_second,
            "The perceptron comes last, after cross-attention.",
        ),
        Mistake(
            "one attention for both",
            _same_attention,
            "Cross-attention has weights of its own: part.cross, not part.attention.",
        ),
        Mistake(
            "the last norm is missing",
            _last_norm_missing,
            "The third part has a norm too: norm_mlp(y + mlp(y)).",
        ),
        Mistake(
            "one norm for all",
            _one_norm,
            "Each part has a norm of its own: norm_attention, norm_cross, norm_mlp.",
        ),
        Mistake(
            "across first",
            _across_first,
            "First the target looks at itself, then across to the memory.",
        ),
    ],
)  # fmt: skip
