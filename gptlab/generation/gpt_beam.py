"""Beam search for a GPT: an adapter that gives it what `beam.beam_search` asks for."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gptlab.errors import LabError, check_count
from gptlab.generation.beam import Hypothesis, State, beam_search
from gptlab.generation.sampling import check_prompt
from gptlab.models.gpt import GPT


class GPTWriter:
    """A GPT as a `Writer`: the source is the prompt, the state its keys and values.

    Ids are one higher than the GPT's, because 0 is PAD for the search; one more stands behind them
    as begin, and is never written.
    """

    def __init__(self, model: GPT):
        self.model = model
        self.begin = model.config.vocab_size + 1

    def start(self, source: Int[Tensor, "batch time"]) -> State:
        """Read all of the prompt but its last token, which is the first step's."""
        c = self.model.config
        nothing = torch.empty(
            len(source), c.n_layers, c.n_heads, 0, c.d_model // c.n_heads,
            device=source.device, dtype=self.model.embedding.weight.dtype,
        )  # fmt: skip
        state = (source[:, -1], nothing, nothing)
        return (
            (source[:, -1], *self._read(source[:, :-1], state)[1]) if source.size(1) > 1 else state
        )

    def step(
        self, tokens: Int[Tensor, "rows"], state: State
    ) -> tuple[Float[Tensor, "rows vocab"], State]:
        """Scores after one more token in each row; the first time, after the prompt."""
        newest = torch.where(tokens == self.begin, state[0], tokens - 1)
        hidden, grown = self._read(newest[:, None], state)
        logits = self.model.unembed(hidden[:, -1])
        never = logits.new_full((len(logits), 1), -math.inf)
        return torch.cat([never, logits, never], dim=1), (state[0], *grown)

    def _read(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        _, keys, values = state
        layers = [_GrowingLayer(keys[:, i], values[:, i]) for i in range(keys.size(1))]
        hidden = self.model.hidden_states(tokens, layers, start=keys.size(3))
        grown = [torch.stack([getattr(layer, name) for layer in layers], dim=1)
                 for name in ("keys", "values")]  # fmt: skip
        return hidden, tuple(grown)


class _GrowingLayer:
    """A layer's cache that is copied as it grows, so that beginnings in a beam share nothing."""

    def __init__(self, keys: Tensor, values: Tensor):
        self.keys, self.values = keys, values

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        self.keys = torch.cat([self.keys, keys], dim=-2)
        self.values = torch.cat([self.values, values], dim=-2)
        return self.keys, self.values


def beam_continuations(
    model: GPT,
    prompt: Int[Tensor, "batch time"],
    max_new_tokens: int,
    width: int = 4,
    alpha: float = 0.0,
    end: int | None = None,
) -> list[list[Hypothesis]]:
    """For each prompt, the `width` likeliest continuations found, best first.

    A continuation ends with the token `end`, which is not part of it, or after `max_new_tokens`.
    `width` and `alpha` are those of `beam_search`; width 1 is greedy. Raises LabError as it does,
    for a prompt that the model cannot read, a text that would leave its context, and an `end` that
    is no token.
    """
    check_prompt(prompt, model)
    check_count("max_new_tokens", max_new_tokens)
    c = model.config
    if prompt.size(1) + max_new_tokens > c.context_length:
        raise LabError(
            f"context_length is {c.context_length}; a prompt of {prompt.size(1)} and "
            f"{max_new_tokens} new tokens do not fit. Beam search needs them all: ask for fewer"
        )
    if end is not None and not 0 <= end < c.vocab_size:
        raise LabError(f"end is {end}, no token id: give 0 … {c.vocab_size - 1}, or leave it out")
    writer = GPTWriter(model)
    last = writer.begin if end is None else end + 1
    source = prompt.to(next(model.parameters()).device)
    found = beam_search(writer, source, max_new_tokens, width, alpha, writer.begin, last)
    return [[replace(h, tokens=tuple(t - 1 for t in h.tokens)) for h in beam] for beam in found]
