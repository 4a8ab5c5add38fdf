"""The Transformer of 2017: an encoder that reads, a decoder that writes.

Vaswani et al. 2017, whole: sinusoidal positions, post-norm, shared embeddings, label smoothing.
`gptlab.generation.beam` writes with it, by `start` and `step`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, cast

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from gptlab.errors import LabError, check_count
from gptlab.layers.attention import causal_mask, padding_mask
from gptlab.layers.encoder_decoder import DecoderLayer, EncoderLayer
from gptlab.layers.norms import LayerNorm
from gptlab.layers.positions import sinusoidal_positions
from gptlab.text.codecs import PAD


@dataclass(frozen=True)
class TransformerConfig:
    """The shape of an encoder-decoder Transformer. The defaults are the paper's base model.

    `source_vocab` and `target_vocab` count ids, marks included (`len(codec)`). `share` uses one
    table for source, target and unembedding (the vocabularies must then be one); otherwise the
    target's table is the unembedding. `positions`: whether order is told at all. `norm`,
    `activation`, `impl`: see the layers. Raises LabError for a value out of range.
    """

    source_vocab: int
    target_vocab: int
    d_model: int = 512
    n_heads: int = 8
    d_ff: int = 2048
    n_layers: int = 6
    dropout: float = 0.1
    label_smoothing: float = 0.1
    max_length: int = 1024
    norm: str = "post"
    activation: str = "relu"
    share: bool = False
    positions: bool = True
    impl: str = "sdpa"

    def __post_init__(self) -> None:
        counts = ("source_vocab", "target_vocab", "d_model", "n_heads", "d_ff", "n_layers")
        for name in (*counts, "max_length"):
            check_count(name, getattr(self, name))
        for name in ("dropout", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise LabError(f"{name} is {getattr(self, name)}; give a number from 0 to below 1")
        if self.share and self.source_vocab != self.target_vocab:
            raise LabError(
                f"share=True needs one vocabulary, but source_vocab={self.source_vocab} and "
                f"target_vocab={self.target_vocab}; use one codec for both sides"
            )

    @classmethod
    def preset(cls, name: str, source_vocab: int, target_vocab: int, **changes: Any):
        """A configuration by name: "base" and "big" of the paper's table 3, "toy" for two cores.

        Raises LabError for an unknown name.
        """
        if name not in PRESETS:
            raise LabError(f"transformer {name!r} is unknown; choose one of {', '.join(PRESETS)}")
        made = cls(source_vocab, target_vocab, **PRESETS[name])
        return replace(made, **changes)


PRESETS: dict[str, dict[str, Any]] = {
    "toy": {"d_model": 128, "n_heads": 4, "d_ff": 512, "n_layers": 2, "max_length": 128},
    "base": {"share": True},
    "big": {"d_model": 1024, "n_heads": 16, "d_ff": 4096, "dropout": 0.3, "share": True},
}


class Transformer(nn.Module):
    """Source ids in, for every position of the target one score for each token that may follow.

    Source rows are filled up with PAD, which nothing looks at. Embeddings start normal with
    standard deviation 1/√d_model and are multiplied by √d_model when read (section 3.4); the
    other matrices start as Xavier's.
    """

    def __init__(self, config: TransformerConfig):
        super().__init__()
        self.config = c = config
        self.target_embedding = nn.Embedding(c.target_vocab, c.d_model)
        self.source_embedding = (
            self.target_embedding if c.share else nn.Embedding(c.source_vocab, c.d_model)
        )
        shape = (c.d_model, c.n_heads, c.d_ff, c.dropout, c.norm, c.activation, c.impl)
        self.encoder = nn.ModuleList(EncoderLayer(*shape) for _ in range(c.n_layers))
        self.decoder = nn.ModuleList(DecoderLayer(*shape) for _ in range(c.n_layers))
        # Pre-norm leaves the sum of all layers as it is; one norm more brings it to size.
        ends = c.norm == "pre"
        self.norm_encoder = LayerNorm(c.d_model) if ends else nn.Identity()
        self.norm_decoder = LayerNorm(c.d_model) if ends else nn.Identity()
        waves = sinusoidal_positions(c.max_length, c.d_model)
        self.waves: Tensor
        self.register_buffer("waves", waves if c.positions else 0 * waves, persistent=False)
        self.initialise()

    @torch.no_grad()
    def initialise(self) -> None:
        """Draw all weights anew from torch's global generator."""
        for name, parameter in self.named_parameters():
            if "embedding" in name:
                parameter.normal_(std=self.config.d_model**-0.5)
            elif parameter.dim() >= 2:
                nn.init.xavier_uniform_(parameter)
            elif name.endswith("bias"):
                parameter.zero_()
            else:
                parameter.fill_(1.0)

    def forward(
        self, source: Int[Tensor, "batch source"], inputs: Int[Tensor, "batch target"]
    ) -> Float[Tensor, "batch target vocab"]:
        """Scores (logits) for the token after each position of `inputs`, which begins with BEGIN.

        Raises LabError for a source that is empty or all PAD, and for one beyond max_length.
        """
        memory = self.encode(source)
        return self.unembed(self.decode(inputs, memory, source))

    def encode(self, source: Int[Tensor, "batch source"]) -> Float[Tensor, "batch source d_model"]:
        """What the encoder makes of each source position, given all others."""
        check_source(source)
        allowed = padding_mask(source, PAD)
        x = self.embed(source, self.source_embedding)
        for layer in self.encoder:
            x = layer(x, allowed)
        return self.norm_encoder(x)

    def decode(
        self,
        inputs: Int[Tensor, "batch target"],
        memory: Float[Tensor, "batch source d_model"],
        source: Int[Tensor, "batch source"],
    ) -> Float[Tensor, "batch target d_model"]:
        """What the decoder holds at each position of `inputs`: it sees those up to itself."""
        allowed = causal_mask(inputs.size(1), device=inputs.device)
        source_allowed = padding_mask(source, PAD)
        x = self.embed(inputs, self.target_embedding)
        for layer in self.decoder:
            x = layer(x, memory, allowed, source_allowed)
        return self.norm_decoder(x)

    def embed(
        self, tokens: Int[Tensor, "batch time"], table: nn.Embedding, start: int = 0
    ) -> Float[Tensor, "batch time d_model"]:
        """Embedding times √d_model plus the waves of its position, from position `start` on."""
        end = start + tokens.size(1)
        if end > self.config.max_length:
            raise LabError(
                f"max_length is {self.config.max_length} but the sequence has {end} tokens; "
                "shorten it, or build the model with a larger max_length"
            )
        x = table(tokens) * math.sqrt(self.config.d_model) + self.waves[start:end]
        return F.dropout(x, self.config.dropout, self.training)

    def unembed(
        self, hidden: Float[Tensor, "batch target d_model"]
    ) -> Float[Tensor, "batch target vocab"]:
        """Compare each hidden state with every target token's embedding."""
        return F.linear(hidden, self.target_embedding.weight)

    def loss(
        self,
        source: Int[Tensor, "batch source"],
        inputs: Int[Tensor, "batch target"],
        targets: Int[Tensor, "batch target"],
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy in nats, smoothed in training; targets of −100 are left out.

        Label smoothing (Szegedy et al. 2016; paper, section 5.4) gives `label_smoothing` of the
        probability to all tokens alike. In evaluation the loss is the plain one.
        """
        smoothing = self.config.label_smoothing if self.training else 0.0
        return F.cross_entropy(
            self(source, inputs).float().flatten(0, 1), targets.flatten(),
            ignore_index=-100, label_smoothing=smoothing,
        )  # fmt: skip

    def start(self, source: Int[Tensor, "batch source"]) -> tuple[Tensor, ...]:
        """What the decoder needs to begin to write: a tuple of tensors with one row a sentence.

        The source's mask; then for each layer keys and values of the source and, still empty, of
        what is written.
        """
        memory = self.encode(source)
        state = [padding_mask(source, PAD)]
        for layer in self.decoder:
            state += cast(DecoderLayer, layer).start(memory)
        return tuple(state)

    def step(
        self, tokens: Int[Tensor, "rows"], state: tuple[Tensor, ...]
    ) -> tuple[Float[Tensor, "rows vocab"], tuple[Tensor, ...]]:
        """Scores for the token after `tokens`, one new token a row, and the state after them."""
        source_allowed, *parts = state
        written = parts[2].size(2)
        x = self.embed(tokens[:, None], self.target_embedding, start=written)
        after = [source_allowed]
        for i, layer in enumerate(self.decoder):
            mine = parts[4 * i : 4 * i + 4]
            x, mine = cast(DecoderLayer, layer).step(x, mine, source_allowed)
            after += mine
        return self.unembed(self.norm_decoder(x))[:, 0], tuple(after)

    @torch.no_grad()
    def alignments(
        self, source: Int[Tensor, "batch source"], inputs: Int[Tensor, "batch target"]
    ) -> Float[Tensor, "batch target source"]:
        """Where the last layer looks in the source as it writes: the mean over its heads.

        Rows sum to one. As `Seq2Seq.alignments`, to draw beside it.
        """
        memory, source_allowed = self.encode(source), padding_mask(source, PAD)
        allowed = causal_mask(inputs.size(1), device=inputs.device)
        x = self.embed(inputs, self.target_embedding)
        *before, last = (cast(DecoderLayer, layer) for layer in self.decoder)
        for layer in before:
            x = layer(x, memory, allowed, source_allowed)
        return last.looks(x, memory, allowed, source_allowed).mean(dim=1)


def check_source(source: Int[Tensor, "batch source"]) -> None:
    """Raise LabError unless every row of `source` holds at least one token that is not PAD."""
    if source.dim() != 2 or not source.numel():
        raise LabError(f"the source has shape {tuple(source.shape)}; give (batch, time), not empty")
    empty = (source == PAD).all(dim=1)
    if empty.any():
        raise LabError(
            f"row {int(empty.int().argmax())} of the source is nothing but PAD; leave it out"
        )
