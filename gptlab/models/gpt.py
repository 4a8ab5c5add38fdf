"""GPT: a stack of masked self-attention blocks that guesses the next token at every position.

Radford et al. 2018 and 2019; sizes of the presets from Radford et al. 2019, table 2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from gptlab.errors import LabError, check_count
from gptlab.layers.attention import LayerCache
from gptlab.layers.block import Block
from gptlab.layers.norms import LayerNorm
from gptlab.layers.positions import LearnedPositions


@dataclass(frozen=True)
class GPTConfig:
    """The shape of a GPT. Every number is a count; `dropout` is a probability.

    `d_ff` is 4 × d_model when None. `impl` names the form of attention ("sdpa" or "plain").
    `zero_init` starts the matrices that write into the residual stream at zero, so that every block
    begins as the identity; GPT-2 instead shrinks them by 1/√(2 n_layers).
    """

    vocab_size: int = 50257
    context_length: int = 1024
    d_model: int = 768
    n_heads: int = 12
    n_layers: int = 12
    d_ff: int | None = None
    dropout: float = 0.0
    impl: str = "sdpa"
    zero_init: bool = False

    def __post_init__(self):
        for name in ("vocab_size", "context_length", "d_model", "n_heads", "n_layers", "d_ff"):
            if name != "d_ff" or self.d_ff is not None:
                check_count(name, getattr(self, name))
        if not 0 <= self.dropout < 1:
            raise LabError(f"dropout is {self.dropout}; it must be at least 0 and below 1")

    @property
    def hidden(self) -> int:
        """Width of the perceptron's hidden layer."""
        return 4 * self.d_model if self.d_ff is None else self.d_ff

    @classmethod
    def preset(cls, name: str, **changes) -> GPTConfig:
        """A named size, with any field changed: `GPTConfig.preset("nano", vocab_size=65)`.

        Raises LabError for a name that is not in PRESETS, and for a field that does not exist.
        """
        if name not in PRESETS:
            raise LabError(f"preset {name!r} is unknown; choose one of {', '.join(PRESETS)}")
        if unknown := changes.keys() - asdict(PRESETS[name]).keys():
            raise LabError(
                f"GPTConfig has no field {sorted(unknown)[0]!r}; "
                f"its fields are {', '.join(asdict(PRESETS[name]))}"
            )
        return replace(PRESETS[name], **changes)

    def parameter_count(self) -> int:
        """Parameters of the whole model, the tied unembedding counted once.

        >>> GPTConfig.preset("gpt2").parameter_count()
        124439808
        """
        d, h = self.d_model, self.hidden
        attention = 3 * d * d + 3 * d + d * d + d
        mlp = d * h + h + h * d + d
        norms = 4 * d
        outside = self.vocab_size * d + self.context_length * d + 2 * d
        return outside + self.n_layers * (attention + mlp + norms)

    def flops_per_token(self, time: int | None = None) -> int:
        """Floating-point operations of one training step per token: forward plus twice that back.

        6 for every weight that multiplies an activation (embedding look-ups are free, the tied
        unembedding is not), and 12 · n_layers · d_model · time for attention's scores and averages,
        the causal half not left out. Source: Chowdhery et al. 2022, appendix B.
        """
        time = self.context_length if time is None else time
        d = self.d_model
        weights = self.n_layers * (4 * d * d + 2 * d * self.hidden) + self.vocab_size * d
        return 6 * weights + 12 * self.n_layers * d * time


PRESETS = {
    # Two sizes for two cores: the first for tests and toys, the second what `make train` trains.
    "nano": GPTConfig(256, context_length=64, d_model=64, n_heads=4, n_layers=2),
    "laptop": GPTConfig(8192, context_length=256, d_model=128, n_heads=2, n_layers=4),
    # nanoGPT's character model, the plain recipe of benchmarks/shakespeare.py.
    "char": GPTConfig(65, context_length=64, d_model=128, n_heads=4, n_layers=4),
    "gpt2": GPTConfig(),
    "gpt2-medium": GPTConfig(d_model=1024, n_heads=16, n_layers=24),
    "gpt2-large": GPTConfig(d_model=1280, n_heads=20, n_layers=36),
    "gpt2-xl": GPTConfig(d_model=1600, n_heads=25, n_layers=48),
}


class GPT(nn.Module):
    """Token ids in, one score for every token of the vocabulary out, at every position.

    The unembedding is the embedding transposed (tied, Press and Wolf 2017). Weights start as in
    GPT-2: normal with standard deviation 0.02, biases 0, and the matrices that write into the
    residual stream smaller by 1/√(2 n_layers) (Radford et al. 2019, section 2.3).
    """

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.config = config
        c = config
        self.embedding = nn.Embedding(c.vocab_size, c.d_model)
        self.positions = LearnedPositions(c.context_length, c.d_model)
        self.blocks = nn.ModuleList(
            Block(c.d_model, c.n_heads, c.hidden, c.dropout, c.impl) for _ in range(c.n_layers)
        )
        self.norm = LayerNorm(c.d_model)
        self.recompute = False  # activation checkpointing: forget inside each block, compute again
        self.initialise()

    @torch.no_grad()
    def initialise(self) -> None:
        """Draw all weights anew from torch's global generator."""
        residual = 0.0 if self.config.zero_init else 0.02 / math.sqrt(2 * self.config.n_layers)
        for name, parameter in self.named_parameters():
            if name.endswith("to_out.weight"):
                parameter.normal_(std=residual)
            elif parameter.dim() >= 2:
                parameter.normal_(std=0.02)
            elif name.endswith("bias"):
                parameter.zero_()
            else:
                parameter.fill_(1.0)

    def forward(
        self,
        tokens: Int[Tensor, "batch time"],
        cache: Sequence[LayerCache] | None = None,
        start: int = 0,
    ) -> Float[Tensor, "batch time vocab"]:
        """Scores (logits) for the token that follows each position.

        With a cache, `tokens` are the new ones only and `start` is how many came before.
        Raises LabError when the text is longer than the context.
        """
        return self.unembed(self.hidden_states(tokens, cache, start))

    def hidden_states(
        self,
        tokens: Int[Tensor, "batch time"],
        cache: Sequence[LayerCache] | None = None,
        start: int = 0,
    ) -> Float[Tensor, "batch time d_model"]:
        """The residual stream after the last block, normalised: what the unembedding reads."""
        x = self.embedding(tokens) + self.positions(tokens.size(1), start)
        x = F.dropout(x, self.config.dropout, self.training) if self.config.dropout else x
        for i, block in enumerate(self.blocks):
            if self.recompute and self.training and cache is None:
                x = checkpoint(block, x, use_reentrant=False)
            else:
                x = block(x, None if cache is None else cache[i])
        return self.norm(x)

    def unembed(
        self, hidden: Float[Tensor, "batch time d_model"]
    ) -> Float[Tensor, "batch time vocab"]:
        """Compare each hidden state with every token's embedding."""
        return F.linear(hidden, self.embedding.weight)

    def loss(
        self, tokens: Int[Tensor, "batch time"], targets: Int[Tensor, "batch time"]
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy in nats of `targets`, position by position; −100 is left out."""
        logits = self(tokens)
        return F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=-100)
