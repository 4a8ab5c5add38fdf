r"""Writing with an encoder-decoder: greedy, or with a beam of the best beginnings so far.

A network that can be written with has two methods, and both searches need no more:

- `start(source)` reads a batch of sources and returns a state: a tuple of tensors whose first
  dimension is the row;
- `step(tokens, state)` takes the newest token of each row and returns the scores of what may
  follow, (rows, vocab), and the state after it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gptlab.errors import LabError
from gptlab.text.codecs import BEGIN, END, PAD

State = tuple[Tensor, ...]


class Writer(Protocol):
    """A network that reads a source and writes one token at a time."""

    def start(self, source: Int[Tensor, "batch source"]) -> State:
        """Read the sources."""

    def step(
        self, tokens: Int[Tensor, "rows"], state: State
    ) -> tuple[Float[Tensor, "rows vocab"], State]:
        """Scores after one more token in each row."""


@dataclass(frozen=True)
class Hypothesis:
    """One output: its tokens without BEGIN and END, and how likely the network finds it.

    `log_probability` is in nats, END included when `finished`; `score` is that after length
    normalisation, by which hypotheses are ranked.
    """

    tokens: tuple[int, ...]
    log_probability: float
    score: float
    finished: bool


def length_penalty(length: int | Tensor, alpha: float) -> float | Tensor:
    r"""$((5 + length) / 6)^\alpha$, by which a log-probability is divided; END counts.

    α = 0 ranks by probability, which favours the short; the Transformer's paper uses 0.6.
    Source: Wu et al. 2016, equation 14.
    """
    return ((5 + length) / 6) ** alpha


@torch.no_grad()
def greedy_search(
    model: Writer,
    source: Int[Tensor, "batch source"],
    max_length: int,
    begin: int = BEGIN,
    end: int = END,
) -> list[Hypothesis]:
    """The likeliest next token, again and again, for every source; `max_length` tokens at most.

    The same as a beam of width 1. Raises LabError as `beam_search` does.
    """
    return [best[0] for best in beam_search(model, source, max_length, 1, 0.0, begin, end)]


@torch.no_grad()
def beam_search(
    model: Writer,
    source: Int[Tensor, "batch source"],
    max_length: int,
    width: int = 4,
    alpha: float = 0.6,
    begin: int = BEGIN,
    end: int = END,
) -> list[list[Hypothesis]]:
    """For every source, the `width` best outputs found, best first.

    At each step every beginning in the beam is continued by every token and the `width` likeliest
    of all continuations are kept; one that has ended stays in the beam as it is. The search ends
    when all have ended, or after `max_length` tokens. Ranking at the end: `length_penalty`. PAD and
    `begin` are never written. Where fewer than `width` outputs exist, there are fewer.

    Raises LabError for a width or max_length below 1, a width beyond the vocabulary, and scores
    that are not numbers. The model is left in the mode it was in; call `eval()` before.
    """
    for name, value in (("width", width), ("max_length", max_length)):
        if value < 1:
            raise LabError(f"{name} is {value}; give at least 1")
    batch, device = source.size(0), source.device
    state = tuple(part.repeat_interleave(width, dim=0) for part in model.start(source))
    written = torch.full((batch, width, 1), begin, device=device)
    scores = torch.full((batch, width), -math.inf, device=device)
    scores[:, 0] = 0.0  # the other rows are copies of the first and would win with it
    lengths = torch.zeros(batch, width, device=device)
    ended = torch.zeros(batch, width, dtype=torch.bool, device=device)
    first_row = torch.arange(batch, device=device)[:, None] * width
    for _ in range(max_length):
        logits, state = model.step(written[:, :, -1].flatten(), state)
        steps = _log_probabilities(logits, width, begin, end).view(batch, width, -1)
        vocab = steps.size(-1)
        # What has ended goes on with END, at no cost, so that it stays what it is.
        only_end = torch.full((vocab,), -math.inf, device=device)
        only_end[end] = 0.0
        steps = torch.where(ended[:, :, None], only_end, steps)
        scores, chosen = (scores[:, :, None] + steps).flatten(1).topk(width, dim=1)
        parent, token = chosen // vocab, chosen % vocab
        ended, lengths = ended.gather(1, parent), lengths.gather(1, parent)
        lengths = lengths + ~ended
        ended = ended | (token == end)
        written = torch.cat([_rows(written, parent), token[:, :, None]], dim=2)
        if ended.all():
            break
        if width > 1:
            rows = (first_row + parent).flatten()
            state = tuple(part.index_select(0, rows) for part in state)
    return _ranked(written[:, :, 1:], scores, lengths, ended, alpha, end)


def _log_probabilities(logits: Tensor, width: int, begin: int, end: int) -> Tensor:
    """Log-probabilities of the next token, with what may not be written at −∞."""
    if width > logits.size(-1):
        raise LabError(
            f"a beam of {width} is wider than the vocabulary of {logits.size(-1)}; "
            "choose a smaller width"
        )
    if logits.isnan().any():
        raise LabError("the model's scores are NaN: its weights are damaged; train it again")
    steps = logits.float().log_softmax(dim=-1)
    for mark in {PAD, begin} - {end}:
        steps[:, mark] = -math.inf
    return steps


def _rows(written: Tensor, parent: Tensor) -> Tensor:
    """What the chosen parents had written, (batch, width, time)."""
    return written.gather(1, parent[:, :, None].expand(-1, -1, written.size(2)))


def _ranked(
    written: Tensor, scores: Tensor, lengths: Tensor, ended: Tensor, alpha: float, end: int
) -> list[list[Hypothesis]]:
    normalised = scores / length_penalty(lengths, alpha)
    found = []
    for row in range(written.size(0)):
        beam = []
        for i in normalised[row].argsort(descending=True, stable=True).tolist():
            if scores[row, i] == -math.inf:
                continue
            tokens = written[row, i, : int(lengths[row, i])].tolist()
            done = bool(ended[row, i])
            beam.append(
                Hypothesis(
                    tuple(tokens[:-1] if done else tokens),
                    float(scores[row, i]), float(normalised[row, i]), done,
                )
            )  # fmt: skip
        found.append(beam)
    return found
