"""The check of exercise 18.6: writing with a KV cache."""

from __future__ import annotations

from functools import cache, partial

import torch

from gptlab.checks import Mistake, function
from gptlab.checks.core import Case
from gptlab.generation.cache import new_cache
from gptlab.models.gpt import GPT, GPTConfig

PROMPTS = ([3, 1, 4], [2], [7, 7, 0, 5, 6])


@cache
def lively() -> GPT:
    """A small model with random weights, large enough for past and positions to matter."""
    state = torch.get_rng_state()
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocab_size=9, context_length=24, d_model=16, n_heads=2, n_layers=2))
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.add_(torch.randn_like(p) * (0.9 if name == "positions.weight" else 0.25))
    torch.set_rng_state(state)
    return model.eval().requires_grad_(False)


def greedy_with_cache(model, prompt, n):
    """The n likeliest next tokens, one after the other; each token is read once."""
    return _written(model, prompt, n)


def _written(model, prompt, n, start=lambda known: known, last=-1, read=0):
    kept = new_cache(model.config.n_layers, model.config.context_length)
    new, written, known = prompt[read:], [], 0
    for _ in range(n):
        logits = model(torch.tensor([new]), kept, start(known) if known else 0)
        known += len(new)
        new = [int(logits[0, last].argmax())]
        written += new
    return written


def _again_from_the_start(model, prompt, n):
    """The whole text is read again at each step, behind what the cache holds of it already."""
    kept = new_cache(model.config.n_layers, 400)
    text = list(prompt)
    for _ in range(n):
        text.append(int(model(torch.tensor([text]), kept, 0)[0, -1].argmax()))
    return text[len(prompt) :]


def _new_cache_each_time(model, prompt, n):
    new, written, known = list(prompt), [], 0
    for _ in range(n):
        kept = new_cache(model.config.n_layers, model.config.context_length)
        logits = model(torch.tensor([new]), kept, known)
        known += len(new)
        new = [int(logits[0, -1].argmax())]
        written += new
    return written


def _prompt_one_by_one(model, prompt, n):
    kept = new_cache(model.config.n_layers, model.config.context_length)
    text, written = list(prompt), []
    for place in range(len(prompt) + n - 1):
        logits = model(torch.tensor([[text[place]]]), kept, place)
        if place >= len(prompt) - 1:
            written.append(int(logits[0, -1].argmax()))
            text.append(written[-1])
    return written


def _no_cache(model, prompt, n):
    text = list(prompt)
    for _ in range(n):
        text.append(int(model(torch.tensor([text]))[0, -1].argmax()))
    return text[len(prompt) :]


def _as_list(tokens):
    return [int(token) for token in tokens]


def _reads(answer):
    """How many tokens each pass reads."""
    model, seen = lively(), []
    hook = model.embedding.register_forward_pre_hook(lambda _, given: seen.append(given[0].size(1)))
    try:
        answer(model, [3, 1, 4], 4)
    finally:
        hook.remove()
    return seen


def _tokens_after(prompt, answer):
    given = list(prompt)
    found = _as_list(answer(lively(), given, 8))
    assert given == prompt, "it changes the list `prompt`; work on a copy: list(prompt)"
    return found


def _after(prompt):
    return Case(
        f"8 tokens after {prompt}",
        partial(_tokens_after, prompt),
        "Without a cache the model would read prompt and text at each step, and take the likeliest "
        "token after the last position. The tokens must be the same.",
    )


CACHE = function(
    "18.6",
    "writing with a cache",
    right=greedy_with_cache,
    praise="The same tokens, and every one is read once.",
    cases=[
        *map(_after, PROMPTS),
        Case(
            "each token is read once",
            _reads,
            "The first pass reads the whole prompt; each later one reads the newest token alone. "
            "The last token that is written need not be read at all.",
        ),
    ],
    mistakes=[
        Mistake("every token stands at position 0",
            lambda model, prompt, n: _written(model, prompt, n, start=lambda known: 0),
            "The model is not told where the new token stands: `start` is 0 at each pass. Give it "
            "the number of tokens that the cache holds."),
        Mistake("one position too early",
            lambda model, prompt, n: _written(model, prompt, n, start=lambda known: known - 1),
            "`start` is one too small: the new token gets the position of the one before it. "
            "Positions count from 0, so after three tokens the next one is number 3."),
        Mistake("one position too late",
            lambda model, prompt, n: _written(model, prompt, n, start=lambda known: known + 1),
            "`start` is one too large. After three tokens (0, 1, 2) the next one is number 3, and "
            "so many does the cache hold."),
        Mistake("every new token at the same position",
            lambda model, prompt, n: _written(model, prompt, n, start=lambda k: len(prompt)),
            "`start` stays at the length of the prompt. It grows by one with each new token."),
        Mistake("a new cache at each pass", _new_cache_each_time,
            "The cache is made anew in the loop and forgets all that was read. Make it once, "
            "before."),
        Mistake("the prompt token by token", _prompt_one_by_one,
            "The tokens are right, but the prompt goes in one by one. It is known from the start, "
            "so one pass can read it all."),
        Mistake("the cache is filled with copies", _again_from_the_start,
            "You hand over the whole text at each pass, and the cache already holds most of it: "
            "every token is looked at several times. After the first pass, only the newest token."),
        Mistake("only the end of the prompt is read",
            lambda model, prompt, n: _written(model, prompt, n, read=-1),
            "The first pass reads the last token of the prompt alone. The cache is still empty "
            "then: it must read all of it."),
        Mistake("the scores after the first token",
            lambda model, prompt, n: _written(model, prompt, n, last=0),
            "`logits[0, 0]` is what follows the first token of the prompt. You need the last: "
            "`logits[0, -1]`."),
        Mistake("no cache at all", _no_cache,
            "The tokens are right, and each pass reads the whole text again. Hand the model "
            "a cache and the newest token."),
        Mistake("the prompt comes along",
            lambda model, prompt, n: list(prompt) + _written(model, prompt, n),
            "Return the new tokens only, without the prompt."),
    ],
)  # fmt: skip
