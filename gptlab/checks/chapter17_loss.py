"""The check of exercise 17.2: the loss of the next token."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from gptlab.checks import Case, Mistake, call, function


def next_token_loss(logits, tokens):
    """Mean cross-entropy in nats of guessing tokens[:, 1:] from logits[:, :-1]."""
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())


def _each(logits: Tensor, tokens: Tensor) -> Tensor:
    """What each guess costs, in nats."""
    scores, targets = logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten()
    return F.cross_entropy(scores, targets, reduction="none")


def _gradient_of_loss(answer: Callable[..., Any]) -> Tensor | None:
    """What reaches the logits through the learner's loss."""
    logits = torch.randn(2, 4, 6).requires_grad_()
    loss = answer(logits, torch.randint(6, (2, 4)))
    if loss is None:
        return None
    assert isinstance(loss, Tensor), (
        "return the tensor: a plain number carries no gradient, so nothing could be trained with it"
    )
    assert loss.requires_grad, (
        "the gradient does not come through; work with torch's own operations, no .item() or NumPy"
    )
    loss.sum().backward()
    assert logits.grad is not None, "the gradient does not reach the logits"
    return logits.grad


def _certain(tokens: Tensor) -> Tensor:
    """Logits of a model that is always right: 20 for the token that comes next, 0 elsewhere."""
    return 20.0 * F.one_hot(tokens.roll(-1, dims=1), 6).float()


_DRAW = torch.Generator().manual_seed(17)
_TOKENS = torch.randint(6, (2, 5), generator=_DRAW)
_LOGITS = 2 * torch.randn(2, 5, 6, generator=_DRAW)

LOSS = function(
    "17.2",
    "the loss of the next token",
    right=next_token_loss,
    praise="This is the number that training makes small, in every GPT.",
    cases=[
        call(
            "a model that knows nothing pays ln 6",
            torch.zeros(2, 5, 6),
            _TOKENS,
            hint="Equal scores give each of the 6 tokens 1/6, and −ln(1/6) = 1.79. The mean of "
            "eight such numbers (two texts, four guesses each) is the same.",
        ),
        call(
            "a model that is always right pays nothing",
            _certain(_TOKENS),
            _TOKENS,
            hint="The scores at position t are about the token at t + 1.",
        ),
        call(
            "two texts of five tokens",
            _LOGITS,
            _TOKENS,
            hint="Which position has no next token? Which token does nobody guess?",
        ),
        Case(
            "its gradient reaches the logits",
            _gradient_of_loss,
            "Training follows this number back into the logits. NumPy and `.item()` cut the way "
            "off: use torch's operations from beginning to end.",
        ),
    ],
    mistakes=[
        Mistake(
            "not shifted",
            lambda z, t: F.cross_entropy(z.flatten(0, 1), t.flatten()),
            "You compare the scores at t with the token at t, which the model has just read. It "
            "learns to copy its input. The target at t is the token at t + 1.",
        ),
        Mistake(
            "both are cut at the end",
            lambda z, t: F.cross_entropy(z[:, :-1].flatten(0, 1), t[:, :-1].flatten()),
            "Both lose their last position, so the scores at t still meet the token at t. Drop "
            "the last position of the logits and the first of the tokens.",
        ),
        Mistake(
            "both are cut at the beginning",
            lambda z, t: F.cross_entropy(z[:, 1:].flatten(0, 1), t[:, 1:].flatten()),
            "Both lose their first position, so the scores at t still meet the token at t. Drop "
            "the last position of the logits and the first of the tokens.",
        ),
        Mistake(
            "token 0 does not count",
            lambda z, t: F.cross_entropy(
                z[:, :-1].flatten(0, 1), t[:, 1:].flatten(), ignore_index=0
            ),
            "ignore_index=0 leaves out every guess of token 0. Here it is a token like any other.",
        ),
        Mistake(
            "shifted the wrong way",
            lambda z, t: F.cross_entropy(z[:, 1:].flatten(0, 1), t[:, :-1].flatten()),
            "You ask each position for the token before it, which it has already seen. Drop the "
            "last position of the logits and the first of the tokens.",
        ),
        Mistake(
            "the end of a text guesses its beginning",
            lambda z, t: F.cross_entropy(z.flatten(0, 1), t.roll(-1, dims=1).flatten()),
            "`roll` brings the first token round to the end. The last position has no next token "
            "here: leave it out.",
        ),
        Mistake(
            "the texts are joined before the shift",
            lambda z, t: F.cross_entropy(z.flatten(0, 1)[:-1], t.flatten()[1:]),
            "After flattening, the last position of one text is asked for the first token of the "
            "next. Shift along the time axis first, then flatten.",
        ),
        Mistake(
            "a sum, not a mean",
            lambda z, t: F.cross_entropy(
                z[:, :-1].flatten(0, 1), t[:, 1:].flatten(), reduction="sum"
            ),
            "The sum grows with the batch and the context, and the size of a step with it. Divide "
            "by the number of tokens that are guessed.",
        ),
        Mistake(
            "summed over time",
            lambda z, t: (t.size(1) - 1) * next_token_loss(z, t),
            "That is the mean over texts of the sum over time. Take the mean over both, so that a "
            "longer context does not mean a larger loss.",
        ),
        Mistake(
            "divided by all tokens",
            lambda z, t: (1 - 1 / t.size(1)) * next_token_loss(z, t),
            "You divide by the number of tokens, but the first of each text is guessed by nobody: "
            "divide by the number of guesses.",
        ),
        Mistake(
            "one number for each guess",
            _each,
            "Training needs a single number to go down. Take the mean.",
        ),
        Mistake(
            "shifted along the batch",
            lambda z, t: F.cross_entropy(z[:-1].flatten(0, 1), t[1:].flatten()),
            "`logits[:-1]` drops the last text. The first axis is the batch, the second is time: "
            "`logits[:, :-1]`.",
        ),
        Mistake(
            "the end of a text guesses token 0",
            lambda z, t: F.cross_entropy(z.flatten(0, 1), F.pad(t[:, 1:], (0, 1)).flatten()),
            "You have filled the targets up with zeros, and 0 is a token like any other. Leave the "
            "last position out.",
        ),
        Mistake(
            "softmax over time",
            lambda z, t: F.nll_loss(z.log_softmax(1)[:, :-1].flatten(0, 1), t[:, 1:].flatten()),
            "The tokens of the vocabulary compete for each position, not the positions for a "
            "token: softmax runs over the last axis, dim=-1.",
        ),
        Mistake(
            "the logarithm of the mean",
            lambda z, t: -(-_each(z, t)).exp().mean().log(),
            "Take the logarithm of each probability first, then the mean. The other way round one "
            "good guess makes up for many bad ones.",
        ),
        Mistake(
            "the perplexity",
            lambda z, t: next_token_loss(z, t).exp(),
            "That is e to the loss. Leave the exponential out.",
        ),
        Mistake(
            "softmax twice",
            lambda z, t: F.cross_entropy(z[:, :-1].softmax(-1).flatten(0, 1), t[:, 1:].flatten()),
            "`cross_entropy` does the softmax itself, so give it the raw scores. After a second "
            "softmax even a model that is always right pays about 1 nat.",
        ),
        Mistake(
            "no softmax at all",
            lambda z, t: F.nll_loss(z[:, :-1].flatten(0, 1), t[:, 1:].flatten()),
            "`nll_loss` wants logarithms of probabilities. Scores become those by `log_softmax`, "
            "or let `cross_entropy` do both.",
        ),
        Mistake(
            "the sign is turned round",
            lambda z, t: -next_token_loss(z, t),
            "You return the mean logarithm of the probability. The loss is minus that, or training "
            "would make the right token less likely.",
        ),
        Mistake(
            "in bits",
            lambda z, t: next_token_loss(z, t) / math.log(2),
            "Divided by ln 2 it is in bits. The loss is asked for in nats.",
        ),
        Mistake(
            "the vocabulary is on the wrong axis",
            lambda z, t: F.cross_entropy(z[:, :-1], t[:, 1:]),
            "`cross_entropy` looks for the classes on axis 1, and there you have time. Flatten "
            "batch and time into one axis, in both tensors.",
        ),
    ],
)
