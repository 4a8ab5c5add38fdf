"""From scores back to text: choose the next token, append it, ask again.

Temperature, top-k (Fan et al. 2018), top-p (Holtzman et al. 2020), repetition penalty (Keskar et
al. 2019), greedy; with a KV cache or without, the same tokens.
"""

from __future__ import annotations

import codecs
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gptlab.errors import LabError
from gptlab.generation.cache import new_cache
from gptlab.models.gpt import GPT
from gptlab.text.tokenizers import END_OF_TEXT, Tokenizer


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen from the scores.

    `temperature` divides the scores (0: greedy, always the best). `top_k` keeps the k best; `top_p`
    keeps the smallest set whose probabilities reach p. `repetition_penalty` above 1 makes tokens
    that already stand in the text less likely. Raises LabError for values outside their range.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    repetition_penalty: float = 1.0

    def __post_init__(self):
        if not (self.temperature >= 0 and math.isfinite(self.temperature)):
            raise LabError(f"temperature is {self.temperature}; give 0 (greedy) or more")
        if self.top_k is not None and not (isinstance(self.top_k, int) and self.top_k >= 1):
            raise LabError(f"top_k is {self.top_k}; give a whole number from 1, or leave it out")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise LabError(f"top_p is {self.top_p}; give a number above 0 and up to 1")
        if not (self.repetition_penalty > 0 and math.isfinite(self.repetition_penalty)):
            raise LabError(f"repetition_penalty is {self.repetition_penalty}; give more than 0")


GREEDY = Sampling(temperature=0.0)
AS_IT_IS = Sampling()  # no rule: from the softmax of the scores


def keep_top_k(logits: Float[Tensor, "batch vocab"], k: int) -> Float[Tensor, "batch vocab"]:
    """Set all but the k best scores to −∞; scores equal to the k-th best stay too."""
    kth = logits.topk(min(k, logits.size(-1)), dim=-1).values[..., -1:]
    return logits.masked_fill(logits < kth, -math.inf)


def keep_top_p(logits: Float[Tensor, "batch vocab"], p: float) -> Float[Tensor, "batch vocab"]:
    """Keep the fewest tokens, best first, whose probabilities sum to at least p; −∞ for the rest.

    The best token always stays; of tokens that are alike, the one with the lower id comes first.
    Source: Holtzman et al. 2020, section 3.1.
    """
    if p >= 1:  # sums of rounded numbers reach 1 too early and would cost the last few
        return logits
    best_first, order = logits.sort(dim=-1, descending=True, stable=True)
    probabilities = best_first.softmax(dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities  # what the better ones already hold
    drop = torch.empty_like(order, dtype=torch.bool).scatter_(-1, order, before >= p)
    return logits.masked_fill(drop, -math.inf)


def penalise(
    logits: Float[Tensor, "batch vocab"], seen: Int[Tensor, "batch time"], penalty: float
) -> Float[Tensor, "batch vocab"]:
    """Make tokens that were seen less likely: positive scores divided, negative ones multiplied.

    Source: Keskar et al. 2019, section 4.1, in the form that `transformers` uses.
    """
    scores = logits.gather(-1, seen)
    scores = torch.where(scores > 0, scores / penalty, scores * penalty)
    return logits.scatter(-1, seen, scores)


def next_token_probabilities(
    logits: Float[Tensor, "batch vocab"],
    sampling: Sampling,
    seen: Int[Tensor, "batch time"] | None = None,
) -> Float[Tensor, "batch vocab"]:
    """The distribution that the next token is drawn from, after every rule of `sampling`.

    Penalty, temperature, top-k, top-p, in this order. Temperature 0 puts all on the best token.
    Computed in fp32 at least.
    """
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    if sampling.repetition_penalty != 1.0 and seen is not None:
        logits = penalise(logits, seen, sampling.repetition_penalty)
    if sampling.temperature == 0:
        best = logits.argmax(dim=-1, keepdim=True)
        return torch.zeros_like(logits).scatter(-1, best, 1.0)
    # With the best score at 0, a tiny temperature sends the others to −∞ and nothing to ∞ − ∞.
    number = torch.finfo(logits.dtype)
    temperature = min(max(sampling.temperature, number.tiny), number.max)
    logits = (logits - logits.amax(dim=-1, keepdim=True)) / temperature
    if sampling.top_k is not None:
        logits = keep_top_k(logits, sampling.top_k)
    if sampling.top_p is not None:
        logits = keep_top_p(logits, sampling.top_p)
    return logits.softmax(dim=-1)


def generate_tokens(
    model: GPT,
    prompt: Int[Tensor, "batch time"],
    max_new_tokens: int,
    sampling: Sampling = Sampling(),
    seed: int = 0,
    use_cache: bool = True,
) -> Iterator[Int[Tensor, "batch"]]:
    """Yield one new token for each row of `prompt`, again and again: a stream.

    When the context is full, the model goes on with the last half of it, with the cache and without
    alike, so both give the same tokens. Raises LabError, when the first token is asked for, for an
    empty prompt, one longer than the context, ids out of range, or a model whose dropout is at work
    (call `model.eval()`); and for a model whose scores are NaN.
    """
    context = model.config.context_length
    check_prompt(prompt, model)
    if max_new_tokens < 1:
        raise LabError(f"max_new_tokens is {max_new_tokens}; give at least 1")
    device = next(model.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    text = prompt.to(device)
    begin = 0  # where in the text the model's window starts
    cache = None
    for _ in range(max_new_tokens):
        if (start := window_start(text.size(1), begin, context)) != begin:
            begin, cache = start, None
        if use_cache and cache is None:
            cache = new_cache(model.config.n_layers, context)
        known = cache[0].length if cache else 0
        with torch.inference_mode():
            hidden = model.hidden_states(text[:, begin + known :], cache, known)
            chosen = choose(model.unembed(hidden[:, -1]), sampling, text, generator)
        chosen = chosen.clone()  # what is made in inference mode could not be trained on
        text = torch.cat([text, chosen.unsqueeze(1)], dim=1)
        yield chosen


def window_start(length: int, begin: int, context: int) -> int:
    """Where the window of a text of `length` tokens starts, when it started at `begin` before.

    It stays while the text fits; then the model goes on with the last half of its context.

    >>> window_start(16, 0, 16), window_start(17, 0, 16), window_start(18, 9, 16)
    (0, 9, 9)
    """
    return begin if length - begin <= context else length - max(1, context // 2)


def choose(
    logits: Float[Tensor, "batch vocab"],
    sampling: Sampling,
    seen: Int[Tensor, "batch time"],
    generator: torch.Generator,
) -> Int[Tensor, "batch"]:
    """Draw one token for each row. Raises LabError when a row's best score is NaN or infinite."""
    check_scores(logits)
    if sampling.temperature == 0 and sampling.repetition_penalty == 1:
        return logits.argmax(dim=-1)
    probabilities = next_token_probabilities(logits, sampling, seen)
    return torch.multinomial(probabilities, 1, generator=generator).squeeze(1)


def check_scores(logits: Float[Tensor, "batch vocab"]) -> None:
    """Raise LabError unless the best score of each row is a finite number."""
    if not logits.amax(dim=-1).isfinite().all():
        raise LabError(
            "the model's scores are not finite: its weights are damaged, or its training diverged; "
            "use an earlier checkpoint"
        )


def check_prompt(prompt: Int[Tensor, "batch time"], model: GPT) -> None:
    """Raise LabError unless the model can read `prompt`, and is not blurred by dropout."""
    if model.training and model.config.dropout:
        raise LabError("the model is in training mode and dropout would blur it; call model.eval()")
    context, vocab = model.config.context_length, model.config.vocab_size
    if prompt.dim() != 2 or prompt.numel() == 0:
        raise LabError(
            f"the prompt has shape {tuple(prompt.shape)}; give (batch, time), one token at least"
        )
    if prompt.is_floating_point():
        raise LabError(f"the prompt holds {prompt.dtype} numbers; token ids are whole numbers")
    if prompt.size(1) > context:
        raise LabError(
            f"context_length is {context} but the prompt has {prompt.size(1)} tokens; "
            "crop it or use a model with a longer context"
        )
    low, high = (int(v) for v in prompt.aminmax())
    if low < 0 or high >= vocab:
        raise LabError(
            f"token id {low if low < 0 else high} is outside 0 … {vocab - 1}; "
            "encode the prompt with the tokenizer that the model was trained with"
        )


def generate(
    model: GPT,
    tokenizer: Tokenizer,
    prompt: str = "",
    max_new_tokens: int = 200,
    sampling: Sampling = Sampling(temperature=0.8, top_k=50),
    seed: int = 0,
    stop: str | Sequence[str] = END_OF_TEXT,
    use_cache: bool = True,
) -> Iterator[str]:
    """Yield the text that follows `prompt`, piece by piece, as it is written.

    An end-of-text token, if the tokenizer has one, is put before the prompt, as in training. `stop`
    names the special tokens that end the text; they are not part of it. A character whose bytes are
    spread over several tokens comes when it is whole. Raises LabError as `generate_tokens` does,
    and for a stop that is not a special token (end of text may be missing: nothing stops then).
    """
    specials = tokenizer.special_tokens
    stop = [stop] if isinstance(stop, str) else stop
    if unknown := [s for s in stop if s not in specials and s != END_OF_TEXT]:
        known = ", ".join(specials) or "none"
        raise LabError(f"stop {unknown[0]!r} is no special token of the tokenizer; it has: {known}")
    stops = {specials[s] for s in stop if s in specials}
    start = [specials[END_OF_TEXT]] if END_OF_TEXT in specials else []
    ids = start + tokenizer.encode(prompt)
    if not ids:
        raise LabError("the prompt is empty and the tokenizer has no end-of-text to begin with")
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    for token in generate_tokens(
        model, torch.tensor([ids]), max_new_tokens, sampling, seed, use_cache
    ):
        token_id = int(token.item())
        if token_id in stops:
            break
        if piece := decoder.decode(tokenizer.token_bytes(token_id)):
            yield piece
    if rest := decoder.decode(b"", final=True):
        yield rest
