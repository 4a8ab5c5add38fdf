"""Checks for chapter 11, Translating with networks; 11.3, 11.4, 11.5 and 11.7 have their files."""

from __future__ import annotations

from functools import cache

import torch

from gptlab.checks import Mistake, call, choice, function, number
from gptlab.checks.chapter11_attention import PROGRAMMED, STEP
from gptlab.checks.chapter11_beam import BEAM
from gptlab.checks.chapter11_loss import LOSS
from gptlab.text.codecs import BEGIN, END, PAD

TOLD = choice(
    "11.1",
    "what the decoder is told",
    right="C",
    why="At every step it is told the right word before the one that it has to say; before the "
    "first that is the begin mark.",
    wrong={
        "A": "Then it would be told each word at the moment when it is asked for it, and learn to "
        "copy. A loss near zero, and nothing learned.",
        "B": "Here it is told the word after next: it sees the answer and more.",
        "D": "The end mark is said, never read: after it, nothing is asked any more.",
    },
)


def teacher_rows(targets):
    """(inputs, outputs) for lists of target ids: BEGIN y1 y2 …, and y1 y2 … END with −100 beyond.

    Inputs are filled up with BEGIN, whose outputs nobody asks for.
    """
    longest = max(map(len, targets)) + 1
    inputs = torch.full((len(targets), longest), BEGIN)
    outputs = torch.full((len(targets), longest), -100)
    for row, ids in enumerate(targets):
        inputs[row, 1 : len(ids) + 1] = torch.tensor(ids)
        outputs[row, : len(ids)] = torch.tensor(ids)
        outputs[row, len(ids)] = END
    return inputs, outputs


def _same(targets):
    _, outputs = teacher_rows(targets)
    return outputs.masked_fill(outputs == -100, BEGIN), outputs


def _no_end(targets):
    inputs, outputs = teacher_rows(targets)
    return inputs, outputs.masked_fill(outputs == END, -100)


def _pad_asked(targets):
    inputs, outputs = teacher_rows(targets)
    return inputs, outputs.masked_fill(outputs == -100, PAD)


def _told_pad(targets):
    inputs, outputs = teacher_rows(targets)
    return inputs.masked_fill(outputs == -100, PAD), outputs


def _one_further(targets):
    inputs, outputs = teacher_rows(targets)
    late = torch.cat([outputs[:, 1:], torch.full((len(outputs), 1), -100)], dim=1)
    return inputs, late


def _no_begin(targets):
    _, outputs = teacher_rows(targets)
    inputs = torch.full_like(outputs, BEGIN)
    for row, ids in enumerate(targets):
        inputs[row, : len(ids)] = torch.tensor(ids)
        inputs[row, len(ids)] = END
    return inputs, torch.cat([outputs[:, 1:], torch.full((len(outputs), 1), -100)], dim=1)


def _told_nothing(targets):
    inputs, outputs = teacher_rows(targets)
    return inputs.masked_fill(outputs == -100, -100), outputs


def _end_told(targets):
    inputs, outputs = teacher_rows(targets)
    for row, ids in enumerate(targets):
        inputs[row, len(ids) + 1 : len(ids) + 2] = END
    return inputs, outputs


def _no_room(targets):
    inputs, outputs = teacher_rows(targets)
    return inputs[:, :-1], outputs[:, :-1]


ROWS = function(
    "11.2",
    "inputs and outputs of the decoder",
    right=teacher_rows,
    cases=[
        call(
            "the example of the chapter", [[7, 8, 9], [8]],
            hint="Inputs [[1, 7, 8, 9], [1, 8, 1, 1]], outputs [[7, 8, 9, 2], [8, 2, −100, −100]].",
        ),
        call("one sentence of one word", [[5]], hint="Inputs [[1, 5]], outputs [[5, 2]]."),
        call(
            "three sentences", [[4, 4], [9, 8, 7, 6], [5]],
            hint="All rows are as long as the longest target and its end mark together.",
        ),
    ],
    mistakes=[
        Mistake(
            "the decoder's input is its output",
            _same,
            "Input and output are the same row: the decoder is told the word that it is asked for, "
            "and will only learn to copy. Begin the inputs with BEGIN, so that they lag by one.",
        ),
        Mistake(
            "no end mark",
            _no_end,
            "Nothing teaches the decoder to stop: the last output of every sentence is END.",
        ),
        Mistake(
            "padding is asked for",
            _pad_asked,
            "Beyond the end stands PAD, and cross_entropy would count it as a word to be learned. "
            "Put −100 there, which it leaves out.",
        ),
        Mistake(
            "inputs filled up with PAD",
            _told_pad,
            "That would do no harm, since nothing is asked there, but the exercise fills the "
            "inputs up with BEGIN, as the library does.",
        ),
        Mistake(
            "−100 is told",
            _told_nothing,
            "−100 belongs to the outputs: there it says that nothing is asked. The decoder has no "
            "vector for it, so the inputs are filled up with BEGIN.",
        ),
        Mistake(
            "the end mark is told",
            _end_told,
            "END is said and never read: after it nothing is asked any more. Beyond the words the "
            "inputs hold BEGIN.",
        ),
        Mistake(
            "no room for the end mark",
            _no_room,
            "The rows are one too short: the longest sentence needs a place for END as well.",
        ),
        Mistake(
            "inputs and outputs changed places",
            lambda targets: teacher_rows(targets)[::-1],
            "Return the inputs first, then the outputs.",
        ),
        Mistake(
            "shifted by one too many",
            _one_further,
            "After BEGIN the first word has to be said, not the second: the outputs start with y₁.",
        ),
        Mistake(
            "no begin mark",
            _no_begin,
            "The first word is told and never asked for. Begin the inputs with BEGIN; the outputs "
            "start with y₁.",
        ),
    ],
)  # fmt: skip


@cache
def _padding() -> tuple[float, float, float]:
    """Share of padding in an epoch: source side bucketed and as it comes, target side bucketed."""
    from gptlab.evaluation.translation_networks import toy_pairs
    from gptlab.text.pair_batches import PairBatches

    pairs = toy_pairs().pairs[:4000]
    batches = PairBatches(pairs, 32, seed=0)
    sources = [batches.batch(step)[0] for step in range(batches.n_batches)]
    empty = sum(int((s == PAD).sum()) for s in sources)
    bucketed = 100 * empty / sum(s.numel() for s in sources)
    lengths = torch.tensor([len(s) for s, _ in pairs]).view(-1, 32)
    cells = lengths.amax(dim=1) * 32
    as_they_come = 100 * (1 - lengths.sum() / cells.sum()).item()
    targets = [batches.batch(step)[2] for step in range(batches.n_batches)]
    said = sum(int((t == -100).sum()) for t in targets)
    return bucketed, as_they_come, 100 * said / sum(t.numel() for t in targets)


def _relative() -> float:
    bucketed, as_they_come, _ = _padding()
    return 100 * (as_they_come - bucketed) / as_they_come


def _mean_of_shares() -> float:
    from gptlab.evaluation.translation_networks import toy_pairs
    from gptlab.text.pair_batches import PairBatches

    pairs = toy_pairs().pairs[:4000]
    batches = PairBatches(pairs, 32, seed=0)
    bucketed = [(batches.batch(i)[0] == PAD).float().mean() for i in range(batches.n_batches)]
    lengths = torch.tensor([float(len(s)) for s, _ in pairs]).view(-1, 32)
    as_they_come = 1 - lengths.mean(dim=1) / lengths.amax(dim=1)
    return 100 * (as_they_come.mean() - torch.stack(bucketed).mean()).item()


SHARE = number(
    "11.6",
    "how much padding is saved",
    right=lambda: _padding()[1] - _padding()[0],
    unit="percentage points",
    tolerance=0.01,
    hint="Padded cells over all cells, over the whole epoch, in percent; then the difference.",
    mistakes=[
        Mistake(
            "the share that is left",
            lambda: _padding()[0],
            "That is the share with bucketing. The question asks for what it saves: subtract it "
            "from the share without.",
        ),
        Mistake(
            "the share without bucketing",
            lambda: _padding()[1],
            "That is the share as the sentences come. Subtract the share with bucketing.",
        ),
        Mistake(
            "a fraction",
            lambda: (_padding()[1] - _padding()[0]) / 100,
            "Give percentage points: times 100.",
        ),
        Mistake(
            "the wrong way round",
            lambda: _padding()[0] - _padding()[1],
            "Bucketing saves padding: the number is positive.",
        ),
        Mistake(
            "a share of the padding",
            _relative,
            "You divided by the share without bucketing: that says how much of the padding is "
            "saved. The question asks for percentage points, (a) − (b).",
        ),
        Mistake(
            "a mean over batches",
            _mean_of_shares,
            "You took the share of each batch and their mean, so that a batch of short sentences "
            "counts as much as one of long ones. Add up the padding of the whole epoch first.",
        ),
        Mistake(
            "the target side",
            lambda: _padding()[1] - _padding()[2],
            "For the bucketed batches you counted the decoder's side, where −100 stands. Count PAD "
            "in the source.",
        ),
    ],
)

EXERCISES = (TOLD, ROWS, LOSS, STEP, BEAM, SHARE, PROGRAMMED)
