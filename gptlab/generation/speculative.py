r"""Speculative decoding: a small model guesses ahead, a large one checks all guesses in one pass.

The text is distributed exactly as the large model alone would write it. Of the draft's proposal
$x \sim q$ the target $p$ keeps the share $\min(1, p(x) / q(x))$; where it refuses, it draws from
what the draft gave too little, $\max(0, p - q)$ made to sum to one. Together that is $p$ again:

$$ \min(p, q) + \Bigl(1 - \sum \min(p, q)\Bigr) \frac{\max(0, p - q)}{\sum \max(0, p - q)} = p. $$

Source: Leviathan et al. 2023, algorithm 1 and appendix A.1; Chen et al. 2023, algorithm 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gptlab.errors import LabError, check_count
from gptlab.generation.cache import KVCache, new_cache
from gptlab.generation.sampling import (
    AS_IT_IS,
    Sampling,
    check_prompt,
    check_scores,
    next_token_probabilities,
    window_start,
)
from gptlab.models.gpt import GPT


@dataclass(frozen=True)
class Round:
    """One pass of the target: the tokens it settled, of which `kept` were the draft's.

    `proposed` is how many the draft had guessed; the last token is always the target's own.
    """

    tokens: tuple[int, ...]
    proposed: int
    kept: int


def judge(
    target: Float[Tensor, "k+1 vocab"],
    draft: Float[Tensor, "k vocab"],
    proposed: Int[Tensor, "k"],
    generator: torch.Generator,
) -> tuple[int, int]:
    """How many of the proposals stay, and the token that the target puts after them.

    `target[i]` and `draft[i]` are the probabilities that the two models gave before proposal i;
    the last row of `target` is for the place behind all of them.
    """
    for i, token in enumerate(proposed.tolist()):
        chance = target[i, token] / draft[i, token]
        if torch.rand((), generator=generator, device=target.device) >= chance:
            missing = (target[i] - draft[i]).clamp(min=0)
            if missing.sum() == 0:  # equal but for rounding
                missing = target[i]
            return i, _draw(missing, generator)
    return len(proposed), _draw(target[len(proposed)], generator)


def acceptance(
    target: Float[Tensor, "*batch vocab"], draft: Float[Tensor, "*batch vocab"]
) -> Tensor:
    r"""The share of proposals that stay, $\sum_x \min(p(x), q(x))$.

    Source: Leviathan et al. 2023, theorem 3.5.

    >>> acceptance(torch.tensor([0.5, 0.5]), torch.tensor([0.9, 0.1])).item()
    0.6000000238418579
    """
    return torch.minimum(target, draft).sum(dim=-1)


def tokens_per_round(kept: float, lookahead: int) -> float:
    r"""Tokens that a round settles on average, $(1 - \alpha^{k+1}) / (1 - \alpha)$.

    `kept` is α, the share of proposals that stay, taken as independent of the place. Raises
    LabError for a share outside 0 … 1. Source: Leviathan et al. 2023, equation 1.

    >>> tokens_per_round(0.5, lookahead=2)
    1.75
    """
    if not 0 <= kept <= 1:
        raise LabError(f"the share kept is {kept}; give a number from 0 to 1")
    return sum(kept**i for i in range(lookahead + 1))


def speculative_rounds(
    target: GPT,
    draft: GPT,
    prompt: Int[Tensor, "1 time"],
    max_new_tokens: int,
    sampling: Sampling = AS_IT_IS,
    lookahead: int = 4,
    seed: int = 0,
) -> Iterator[Round]:
    """Yield round after round until `max_new_tokens` are written.

    In each the draft proposes up to `lookahead` tokens one by one, the target reads them all at
    once, and `judge` decides. Both keep a KV cache; what was refused is forgotten. The rules of
    `sampling` apply to both models, and greedy text equals that of the target alone. When a context
    is full, its model goes on with the last half, as in `generate_tokens`.

    Raises LabError as `generate_tokens` does (for both models), for models with different
    vocabularies, for more than one row, and for a lookahead below 1.
    """
    check_count("lookahead", lookahead)
    check_count("max_new_tokens", max_new_tokens)
    sizes = (target.config.vocab_size, draft.config.vocab_size)
    if sizes[0] != sizes[1]:
        raise LabError(
            f"the target knows {sizes[0]} tokens, the draft {sizes[1]}; both must "
            "have been trained with the same tokenizer"
        )
    for model in (target, draft):
        check_prompt(prompt, model)
    if prompt.size(0) != 1:
        raise LabError(
            f"the prompt has {prompt.size(0)} rows; rows keep different numbers of proposals, so "
            "write one text at a time"
        )
    device = next(target.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    large, small = _Reader(target), _Reader(draft)
    text, left = prompt.to(device), max_new_tokens
    while left:
        n = text.size(1)
        room = min(large.open(n), small.open(n) + 1)  # the last proposal need not be read again
        k = min(lookahead, left - 1, room)
        with torch.inference_mode():
            guesses = []
            for _ in range(k):
                guesses.append(_probabilities(small.read(text, 1), sampling, text))
                token = torch.multinomial(guesses[-1], 1, generator=generator)
                text = torch.cat([text, token], dim=1)
            verdict = _probabilities(large.read(text, k + 1), sampling, text)
            drafted = torch.cat(guesses) if guesses else verdict[:0]
            kept, own = judge(verdict, drafted, text[0, n:], generator)
            text = torch.cat([text[:, : n + kept], text.new_tensor([[own]])], dim=1)
        for reader in (large, small):
            reader.forget(n + kept)
        left -= kept + 1
        yield Round(tuple(text[0, n:].tolist()), k, kept)


class _Reader:
    """A model with its cache, reading one text that grows and is sometimes cut back."""

    def __init__(self, model: GPT):
        self.model, self.begin = model, 0
        self.cache = self._empty()

    def _empty(self) -> list[KVCache]:
        return new_cache(self.model.config.n_layers, self.model.config.context_length)

    def open(self, length: int) -> int:
        """How many positions fit behind a text of `length`; moves the window if it is full."""
        context = self.model.config.context_length
        if (begin := window_start(length, self.begin, context)) != self.begin:
            self.begin, self.cache = begin, self._empty()
        return context - (length - self.begin)

    def read(self, text: Tensor, count: int) -> Tensor:
        """Scores after each of the last `count` tokens, (count, vocab)."""
        known = self.cache[0].length
        hidden = self.model.hidden_states(text[:, self.begin + known :], self.cache, known)
        logits = self.model.unembed(hidden[0, -count:])
        check_scores(logits)
        return logits

    def forget(self, length: int) -> None:
        """Keep the first `length` tokens of the text."""
        for layer in self.cache:
            layer.truncate(min(layer.length, length - self.begin))


def _probabilities(logits: Tensor, sampling: Sampling, text: Tensor) -> Tensor:
    """What each row of scores becomes by the rules; the last row has seen the whole text."""
    if sampling.repetition_penalty == 1:
        return next_token_probabilities(logits, sampling)
    first = text.size(1) - len(logits) + 1
    rows = [
        next_token_probabilities(row[None], sampling, text[:, : first + i])
        for i, row in enumerate(logits)
    ]
    return torch.cat(rows)


def _draw(weights: Tensor, generator: torch.Generator) -> int:
    return int(torch.multinomial(weights, 1, generator=generator))
