"""The check of exercise 10.6: a text cut into streams for truncated backpropagation."""

from __future__ import annotations

import torch

from gptlab.checks import Mistake, call, function


def cut_into_streams(tokens, batch_size, context_length):
    """(inputs, targets) of every step, row b going on where row b of the step before ended."""
    each = (len(tokens) - 1) // batch_size
    rows = torch.stack([tokens[b * each : (b + 1) * each + 1] for b in range(batch_size)])
    starts = range(0, each - context_length + 1, context_length)
    return [
        (rows[:, s : s + context_length], rows[:, s + 1 : s + context_length + 1]) for s in starts
    ]


def _in_a_row(tokens, batch_size, context_length):
    steps = (len(tokens) - 1) // (batch_size * context_length)
    used = steps * batch_size * context_length
    inputs, targets = tokens[:used], tokens[1 : used + 1]
    shape = (steps, batch_size, context_length)
    return list(zip(inputs.view(shape), targets.view(shape), strict=True))


def _unshifted(tokens, batch_size, context_length):
    return [(x, x) for x, _ in cut_into_streams(tokens, batch_size, context_length)]


def _overlapping(tokens, batch_size, context_length):
    each = (len(tokens) - 1) // batch_size
    rows = torch.stack([tokens[b * each : (b + 1) * each + 1] for b in range(batch_size)])
    return [
        (rows[:, s : s + context_length], rows[:, s + 1 : s + context_length + 1])
        for s in range(each - context_length + 1)
    ]


def _last_lost(tokens, batch_size, context_length):
    found = cut_into_streams(tokens, batch_size, context_length)
    return found[:-1] if (len(tokens) - 1) // batch_size % context_length == 0 else found


def _turned_round(tokens, batch_size, context_length):
    return [(x, x.roll(-1, 1)) for x, _ in cut_into_streams(tokens, batch_size, context_length)]


def _ragged(tokens, batch_size, context_length):
    each = (len(tokens) - 1) // batch_size
    rows = torch.stack([tokens[b * each : (b + 1) * each + 1] for b in range(batch_size)])
    return [
        (rows[:, s:-1][:, :context_length], rows[:, s + 1 :][:, :context_length])
        for s in range(0, each, context_length)
    ]


def _gaps(tokens, batch_size, context_length):
    each = (len(tokens) - 1) // batch_size
    rows = torch.stack([tokens[b * each : (b + 1) * each + 1] for b in range(batch_size)])
    starts = range(0, each - context_length + 1, context_length + 1)
    return [
        (rows[:, s : s + context_length], rows[:, s + 1 : s + context_length + 1]) for s in starts
    ]


STREAMS = function(
    "10.6",
    "batches that go on",
    right=cut_into_streams,
    cases=[
        call(
            "13 tokens, two streams, windows of 3",
            torch.arange(13), 2, 3,
            hint="Stream 0 is 0 … 6, stream 1 is 6 … 12 (its first token is the last target of "
            "stream 0). The first inputs are [[0, 1, 2], [6, 7, 8]].",
        ),
        call(
            "what does not fill a window is left out",
            torch.arange(100, 147), 3, 4,
            hint="Each stream has 15 tokens to read: three windows of 4, and 3 left over.",
        ),
        call("one stream", torch.arange(9), 1, 4, hint="Two steps: 0 … 3 and 4 … 7."),
    ],
    mistakes=[
        Mistake(
            "one window after the other, across the rows",
            _in_a_row,
            "Row 1 of a step goes on where row 0 of the same step ended, so its state from the "
            "step before belongs to another place. Cut the text into streams first.",
        ),
        Mistake(
            "targets equal to the inputs",
            _unshifted,
            "The target of a position is the token after it: move the targets on by one.",
        ),
        Mistake(
            "each window closed in itself",
            _turned_round,
            "Your last target of a row is its own first token. It must be the token that follows "
            "in the text: cut inputs and targets from the stream, the targets one further.",
        ),
        Mistake(
            "the last full window is lost",
            _last_lost,
            "Where a stream fills its windows exactly, you lose the last one: the last window may "
            "begin at each − context_length, so the range ends one later.",
        ),
        Mistake(
            "a short window at the end",
            _ragged,
            "What does not fill a window is left out, so that all steps have one shape.",
        ),
        Mistake(
            "windows overlap",
            _overlapping,
            "Each step began one token after the last one. The next window begins where the last "
            "one ended: go on by context_length.",
        ),
        Mistake(
            "a token is skipped between windows",
            _gaps,
            "The last target of a window is the first input of the next. Your next window begins "
            "after it, so that the state misses a token.",
        ),
    ],
)  # fmt: skip
