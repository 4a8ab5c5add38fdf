"""The check of exercise 11.3: a loss that leaves padding out."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from gptlab.checks import Mistake, call, function
from gptlab.text.codecs import END


def mean_loss(logits, outputs):
    """Mean cross-entropy in nats over the positions whose output is not −100."""
    log_probabilities = logits.log_softmax(dim=-1)
    asked = outputs != -100
    chosen = log_probabilities.gather(2, outputs.clamp(min=0)[:, :, None])[:, :, 0]
    return -chosen[asked].mean()


def _with_padding(logits, outputs):
    return F.cross_entropy(logits.flatten(0, 1), outputs.clamp(min=0).flatten())


def _zeros_counted(logits, outputs):
    return mean_loss(logits, outputs) * (outputs != -100).sum() / outputs.numel()


def _by_sentence(logits, outputs):
    rows = zip(logits.split(1), outputs.split(1), strict=True)
    return torch.stack([mean_loss(*row) for row in rows]).mean()


def _over_time(logits, outputs):
    chosen = logits.log_softmax(dim=1).gather(2, outputs.clamp(min=0)[:, :, None])[:, :, 0]
    return -chosen[outputs != -100].mean()


def _sum(logits, outputs):
    return mean_loss(logits, outputs) * (outputs != -100).sum()


def _log_of_mean(logits, outputs):
    chosen = logits.softmax(dim=-1).gather(2, outputs.clamp(min=0)[:, :, None])[:, :, 0]
    return -chosen[outputs != -100].mean().log()


def _in_bits(logits, outputs):
    return mean_loss(logits, outputs) / torch.log(torch.tensor(2.0))


def _no_softmax(logits, outputs):
    chosen = logits.gather(2, outputs.clamp(min=0)[:, :, None])[:, :, 0]
    return -chosen[outputs != -100].mean()


def _no_logarithm(logits, outputs):
    chosen = logits.softmax(dim=-1).gather(2, outputs.clamp(min=0)[:, :, None])[:, :, 0]
    return -chosen[outputs != -100].mean()


def _end_left_out(logits, outputs):
    return mean_loss(logits, outputs.masked_fill(outputs == END, -100))


def _by_row(logits, outputs):
    return _sum(logits, outputs) / len(outputs)


_DRAW = torch.Generator().manual_seed(113)


def _scores(*shape: int) -> Tensor:
    return 2 * torch.randn(*shape, generator=_DRAW)


LOSS = function(
    "11.3",
    "a loss that leaves padding out",
    right=mean_loss,
    cases=[
        call(
            "two sentences of different lengths",
            _scores(2, 4, 10), torch.tensor([[7, 8, 9, 2], [8, 2, -100, -100]]),
            hint="Six positions are asked for: the mean of six numbers −log P.",
        ),
        call(
            "no padding", _scores(1, 3, 6), torch.tensor([[4, 5, 2]]),
            hint="The mean of three numbers −log P.",
        ),
        call(
            "the padding's scores do not matter",
            torch.cat([_scores(1, 1, 5), 1e4 * _scores(1, 2, 5)], dim=1),
            torch.tensor([[2, -100, -100]]),
            hint="Only the first position is asked for.",
        ),
    ],
    mistakes=[
        Mistake(
            "padding counts as a word",
            _with_padding,
            "The −100 were turned into word 0 and its probability counted. Leave these positions "
            "out of the mean.",
        ),
        Mistake(
            "divided by all positions",
            _zeros_counted,
            "The sum is right, but you divided by the padded positions too: short sentences look "
            "better than they are. Divide by the number of words asked for.",
        ),
        Mistake(
            "a mean of means",
            _by_sentence,
            "You took the mean for each sentence and then over sentences: a word of a short "
            "sentence counts for more. Take one mean over all words.",
        ),
        Mistake(
            "softmax over time",
            _over_time,
            "The probabilities of the words at one position must sum to one: softmax over the last "
            "axis, dim=-1.",
        ),
        Mistake(
            "the sign",
            lambda logits, outputs: -mean_loss(logits, outputs),
            "Logarithms of probabilities are negative; the loss is minus their mean.",
        ),
        Mistake(
            "the sum",
            _sum,
            "That is the sum. Divide by the number of words asked for, or batches of different "
            "sizes cannot be compared.",
        ),
        Mistake(
            "the logarithm of the mean",
            _log_of_mean,
            "You averaged the probabilities and then took the logarithm. Take it of each one.",
        ),
        Mistake(
            "scores for logarithms",
            _no_softmax,
            "You took the scores themselves. log_softmax(dim=-1) makes logarithms of "
            "probabilities of them.",
        ),
        Mistake(
            "no logarithm",
            _no_logarithm,
            "You averaged the probabilities. Take the logarithm of each one first.",
        ),
        Mistake(
            "the end mark is not asked for",
            _end_left_out,
            "END is a word that has to be said, too. Only −100 is left out.",
        ),
        Mistake(
            "divided by the sentences",
            _by_row,
            "You divided by the number of sentences. Divide by the number of words asked for.",
        ),
        Mistake("in bits", _in_bits, "The course's losses are in nats: the natural logarithm."),
    ],
)  # fmt: skip
