"""The checks of exercises 13.5 and 13.6: a decoder layer, and smoothing that skips the padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gptlab.checks import Case, Mistake, call, function
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


def smoothed_loss(logits, targets, epsilon):
    """Mean smoothed cross-entropy over the positions whose target is not −100."""
    kept = targets != -100
    log_p = logits.log_softmax(-1)[kept]
    right = log_p.gather(1, targets[kept][:, None])[:, 0]
    return (-(1 - epsilon) * right - epsilon * log_p.mean(1)).mean()


def _smoothed(logits: Tensor, targets: Tensor, epsilon: float) -> tuple[Tensor, Tensor, Tensor]:
    """What both halves of the loss cost at every position, and which positions count."""
    log_p = logits.log_softmax(-1)
    right = log_p.gather(-1, targets.clamp(min=0)[..., None])[..., 0]
    return -right, -log_p.mean(-1), targets != -100


def _smooths_padding(logits, targets, epsilon):
    right, even, kept = _smoothed(logits, targets, epsilon)
    return ((1 - epsilon) * right * kept + epsilon * even).sum() / kept.sum()


def _divides_by_all(logits, targets, epsilon):
    right, even, kept = _smoothed(logits, targets, epsilon)
    return ((1 - epsilon) * right + epsilon * even)[kept].sum() / kept.numel()


def _sum_of_all(logits, targets, epsilon):
    right, even, kept = _smoothed(logits, targets, epsilon)
    return ((1 - epsilon) * right + epsilon * even * logits.size(-1))[kept].mean()


def _others_only(logits, targets, epsilon):
    right, even, kept = _smoothed(logits, targets, epsilon)
    V = logits.size(-1)
    return ((1 - epsilon) * right + epsilon * (even * V - right) / (V - 1))[kept].mean()


def _plain(logits, targets, epsilon):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-100)


def _sum(logits, targets, epsilon):
    return smoothed_loss(logits, targets, epsilon) * (targets != -100).sum()


def _exchanged(logits, targets, epsilon):
    return smoothed_loss(logits, targets, 1 - epsilon)


def _by_sentence(logits, targets, epsilon):
    right, even, kept = _smoothed(logits, targets, epsilon)
    each = ((1 - epsilon) * right + epsilon * even) * kept
    return (each.sum(1) / kept.sum(1)).mean()


def _not_logs(logits, targets, epsilon):
    right, _, kept = _smoothed(logits, targets, epsilon)
    return ((1 - epsilon) * right - epsilon * logits.softmax(-1).mean(-1))[kept].mean()


def _whole_right(logits, targets, epsilon):
    right, even, kept = _smoothed(logits, targets, epsilon)
    return (right + epsilon * even)[kept].mean()


_DRAW = torch.Generator().manual_seed(136)


def _arguments(*shape: int) -> list[Any]:
    logits = torch.randn(*shape, 6, generator=_DRAW)
    targets = torch.randint(6, shape, generator=_DRAW)
    return [logits, targets]


def _padded() -> list[Any]:
    logits, targets = _arguments(2, 4)
    targets[1, 2:] = -100
    return [logits, targets]


SMOOTHING = function(
    "13.6",
    "smoothing that skips the padding",
    right=smoothed_loss,
    cases=[
        call("no padding", *_arguments(2, 3), 0.1,
             hint="(1 − ε) · (−log p of the right token) + ε · (mean of −log p over all tokens)."),
        call("two places are padding", *_padded(), 0.1,
             hint="Leave positions with target −100 out of both halves and of the count."),
        call("ε = 0 is the plain loss", *_padded(), 0.0,
             hint="With ε = 0 only −log p of the right tokens is left, averaged."),
    ],
    mistakes=[
        Mistake(
            "the padding is smoothed too",
            _smooths_padding,
            "The even half of your loss also counts positions with target −100: the network is "
            "taught to be unsure of nothing. Leave them out of both halves.",
        ),
        Mistake(
            "the padding is counted",
            _divides_by_all,
            "You divide by all positions. The mean is over those that have a target.",
        ),
        Mistake(
            "ε for each token",
            _sum_of_all,
            "ε is shared by all V tokens: each wants ε / V, so take the mean over the vocabulary, "
            "not the sum.",
        ),
        Mistake(
            "ε spread over the others only",
            _others_only,
            "You spread ε over the V − 1 wrong tokens. Here, as in Szegedy et al. 2016 and in "
            "torch, the right one gets its share too.",
        ),
        Mistake(
            "no smoothing",
            _plain,
            "That is the plain cross-entropy: ε does not occur in it.",
        ),
        Mistake("a sum, not a mean", _sum,
                "You added up. Divide by the number of positions that count."),
        Mistake(
            "ε on the right token",
            _exchanged,
            "The shares changed places: 1 − ε belongs to the right token, ε to all.",
        ),
        Mistake(
            "a mean of the sentences' means",
            _by_sentence,
            "You averaged within each sentence first. Every position that counts weighs the same.",
        ),
        Mistake(
            "probabilities in place of their logarithms",
            _not_logs,
            "The second half is the mean of −log p over the vocabulary, not of −p.",
        ),
        Mistake(
            "the right token at full price",
            _whole_right,
            "The first half has the factor 1 − ε: what goes to all is taken from the right token.",
        ),
    ],
)  # fmt: skip
