"""A GPT with the parts that came after 2017, each behind one switch.

With every switch at GPT-2's side it is `gptlab.models.gpt.GPT`; with all on Llama's, it computes
what Llama computes (Touvron et al. 2023), and reads its weights: `gptlab.models.llama_files`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from gptlab.errors import LabError, check_count
from gptlab.layers.attention import LayerCache
from gptlab.layers.experts import Experts
from gptlab.layers.feedforward import FeedForward, SwiGLU
from gptlab.layers.grouped_attention import GroupedQueryAttention
from gptlab.layers.norms import LayerNorm, RMSNorm
from gptlab.layers.positions import LearnedPositions

NORMALISATIONS = {"layer": LayerNorm, "rms": RMSNorm}
CHOICES = {
    "norm": tuple(NORMALISATIONS),
    "positions": ("learned", "rotary"),
    "mlp": ("gelu", "swiglu", "experts"),
}


@dataclass(frozen=True)
class ModernConfig:
    """The shape of a model, and which parts it is built of. The defaults are Llama's choices.

    `norm`: "layer" (LayerNorm) or "rms" (RMSNorm). `positions`: "learned" or "rotary". `mlp`:
    "gelu", "swiglu" or "experts" (`n_experts` SwiGLUs, `n_active` of them for each token).
    `n_kv_heads`: heads of keys and values (None: as many as queries). `bias`: whether linear layers
    have one. `tie`: whether the unembedding is the embedding transposed. `d_ff`: None gives 4 times
    d_model for "gelu", 8/3 times for the others, rounded up to a multiple of 16. `balance`: how
    much of the experts' balance is added to the loss in training. `zero_init`: as in GPTConfig.

    Raises LabError for a value out of range.
    """

    vocab_size: int
    context_length: int = 256
    d_model: int = 128
    n_heads: int = 4
    n_layers: int = 4
    n_kv_heads: int | None = None
    d_ff: int | None = None
    norm: str = "rms"
    positions: str = "rotary"
    mlp: str = "swiglu"
    n_experts: int = 8
    n_active: int = 2
    bias: bool = False
    tie: bool = True
    rotary_base: float = 10_000.0
    eps: float = 1e-5
    dropout: float = 0.0
    balance: float = 0.01
    impl: str = "sdpa"
    zero_init: bool = False

    def __post_init__(self) -> None:
        counts = ("vocab_size", "context_length", "d_model", "n_heads", "n_layers")
        for name in (*counts, *(n for n in ("n_kv_heads", "d_ff") if getattr(self, n) is not None)):
            check_count(name, getattr(self, name))
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise LabError(
                    f"{name} {getattr(self, name)!r} is unknown; choose one of {', '.join(known)}"
                )
        if not 0 <= self.dropout < 1:
            raise LabError(f"dropout is {self.dropout}; it must be at least 0 and below 1")

    @classmethod
    def like_gpt2(cls, vocab_size: int, **changes: Any) -> ModernConfig:
        """Every switch at GPT-2's side; `changes` turn some, or set the size."""
        base = cls(vocab_size, norm="layer", positions="learned", mlp="gelu", bias=True)
        return replace(base, **changes)

    @property
    def hidden(self) -> int:
        """Width of a perceptron."""
        if self.d_ff is not None:
            return self.d_ff
        if self.mlp == "gelu":
            return 4 * self.d_model
        return 16 * math.ceil(8 * self.d_model / 3 / 16)

    def parameter_count(self, active: bool = False) -> int:
        """Parameters of the whole model; with `active`, of what one token meets of it.

        The embedding counts, tied or not, as a table that is looked up.
        """
        d, h, b = self.d_model, self.hidden, int(self.bias)
        kv = d * (self.n_kv_heads or self.n_heads) // self.n_heads
        attention = 2 * d * d + 2 * d * kv + b * (2 * d + 2 * kv)
        mlp = 2 * d * h + h + d if self.mlp == "gelu" else 3 * d * h + b * (2 * h + d)
        if self.mlp == "experts":
            mlp = (self.n_active if active else self.n_experts) * mlp + d * self.n_experts
        norm = d if self.norm == "rms" else 2 * d
        outside = self.vocab_size * d * (1 if self.tie else 2) + norm
        outside += self.context_length * d * (self.positions == "learned")
        return outside + self.n_layers * (attention + mlp + 2 * norm)

    def flops_per_token(self, time: int | None = None) -> int:
        """Floating-point operations of one training step per token, as `GPTConfig` counts them.

        Of experts, only those that a token uses count.
        """
        time = self.context_length if time is None else time
        d, h = self.d_model, self.hidden
        kv = d * (self.n_kv_heads or self.n_heads) // self.n_heads
        mlp = 2 * d * h if self.mlp == "gelu" else 3 * d * h
        if self.mlp == "experts":
            mlp = self.n_active * mlp + d * self.n_experts
        weights = self.n_layers * (2 * d * d + 2 * d * kv + mlp) + self.vocab_size * d
        return 6 * weights + 12 * self.n_layers * d * time


class ModernBlock(nn.Module):
    """Pre-norm block, as in GPT-2, with the parts that `config` names."""

    def __init__(self, config: ModernConfig):
        super().__init__()
        c = config
        self.dropout = c.dropout
        base = c.rotary_base if c.positions == "rotary" else None
        self.norm_attention = NORMALISATIONS[c.norm](c.d_model, c.eps)
        self.attention = GroupedQueryAttention(
            c.d_model, c.n_heads, c.n_kv_heads, base, c.bias, c.dropout, c.impl
        )
        self.norm_mlp = NORMALISATIONS[c.norm](c.d_model, c.eps)
        self.mlp: nn.Module
        if c.mlp == "gelu":
            self.mlp = FeedForward(c.d_model, c.hidden)
        elif c.mlp == "swiglu":
            self.mlp = SwiGLU(c.d_model, c.hidden, c.bias)
        else:
            self.mlp = Experts(c.d_model, c.hidden, c.n_experts, c.n_active, c.bias)

    def forward(
        self,
        x: Float[Tensor, "batch time d_model"],
        cache: LayerCache | None = None,
        start: int = 0,
    ) -> Float[Tensor, "batch time d_model"]:
        """Add what attention finds, then add what the perceptron makes of it."""
        found = self.attention(self.norm_attention(x), cache, start)
        x = x + F.dropout(found, self.dropout, self.training)
        return x + F.dropout(self.mlp(self.norm_mlp(x)), self.dropout, self.training)


class ModernGPT(nn.Module):
    """Token ids in, one score for every token of the vocabulary out, at every position.

    It has the methods of `gptlab.models.gpt.GPT`, so that what trains, measures and writes with one
    does so with the other. Weights start as GPT-2's.
    """

    def __init__(self, config: ModernConfig):
        super().__init__()
        self.config = c = config
        self.embedding = nn.Embedding(c.vocab_size, c.d_model)
        learned = c.positions == "learned"
        self.positions = LearnedPositions(c.context_length, c.d_model) if learned else None
        self.blocks = nn.ModuleList(ModernBlock(c) for _ in range(c.n_layers))
        self.norm = NORMALISATIONS[c.norm](c.d_model, c.eps)
        self.unembedding = None if c.tie else nn.Linear(c.d_model, c.vocab_size, bias=False)
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
        """Scores (logits) for the token that follows each position; see `GPT.forward`."""
        return self.unembed(self.hidden_states(tokens, cache, start))

    def hidden_states(
        self,
        tokens: Int[Tensor, "batch time"],
        cache: Sequence[LayerCache] | None = None,
        start: int = 0,
    ) -> Float[Tensor, "batch time d_model"]:
        """The residual stream after the last block, normalised: what the unembedding reads.

        Raises LabError when the text is longer than the context.
        """
        time = tokens.size(1)
        if start + time > self.config.context_length:
            raise LabError(
                f"context_length is {self.config.context_length} but the text has {start + time} "
                "tokens; crop it or use a model with a longer context"
            )
        x = self.embedding(tokens)
        if self.positions is not None:
            x = x + self.positions(time, start)
        x = F.dropout(x, self.config.dropout, self.training)
        for i, block in enumerate(self.blocks):
            x = block(x, None if cache is None else cache[i], start)
        return self.norm(x)

    def unembed(
        self, hidden: Float[Tensor, "batch time d_model"]
    ) -> Float[Tensor, "batch time vocab"]:
        """Compare each hidden state with every token's embedding, or with its own vector."""
        head = self.embedding if self.unembedding is None else self.unembedding
        return F.linear(hidden, head.weight)

    def loss(
        self, tokens: Int[Tensor, "batch time"], targets: Int[Tensor, "batch time"]
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy in nats of `targets`; −100 is left out.

        In training, a model with experts adds `balance` times how unevenly they are used.
        """
        logits = self(tokens).float().flatten(0, 1)
        loss = F.cross_entropy(logits, targets.flatten(), ignore_index=-100)
        if self.training and self.config.mlp == "experts":
            uneven = [cast(Experts, b.mlp).balance for b in cast(list[ModernBlock], self.blocks)]
            loss = loss + self.config.balance * torch.stack(uneven).mean()
        return loss
