"""What writing costs: the operations of each new token, with the KV cache and without."""

from __future__ import annotations

from gptlab.errors import check_count
from gptlab.models.gpt import GPTConfig


def forward_flops(config: GPTConfig, new: int, past: int = 0) -> int:
    r"""Floating-point operations to read `new` tokens behind `past` known ones and score the next.

    $2 m L (4 d^2 + 2 d\,d_\text{ff}) + 4 m (m + n) L d + 2 V d$ for m new and n known tokens: two
    for each weight and token, scores and averages of attention (the masked half not left out), and
    one unembedding, for the last position. Norms, softmax and biases are left out.
    Source: the terms of Chowdhery et al. 2022, appendix B, forward only.
    """
    d, layers = config.d_model, config.n_layers
    weights = 2 * new * layers * (4 * d * d + 2 * d * config.hidden)
    attention = 4 * new * (new + past) * layers * d
    return weights + attention + 2 * config.vocab_size * d


def writing_flops(config: GPTConfig, prompt: int, new_tokens: int, use_cache: bool) -> list[int]:
    """The operations of each of `new_tokens` tokens after a prompt, inside one context.

    Raises LabError for counts below 1.
    """
    check_count("prompt", prompt)
    check_count("new_tokens", new_tokens)
    first = forward_flops(config, prompt)
    if use_cache:
        return [first, *(forward_flops(config, 1, prompt + i) for i in range(new_tokens - 1))]
    return [forward_flops(config, prompt + i) for i in range(new_tokens)]
