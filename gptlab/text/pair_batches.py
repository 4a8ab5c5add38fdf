"""Batches of sentence pairs: what is read on one side, what is to be written on the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from gptlab.errors import LabError
from gptlab.text.codecs import BEGIN, END, PAD
from gptlab.text.sentence_batches import draw_epoch, padded

Ids = Sequence[int]


class PairBatches:
    """Training batches of pairs, in an order that is a pure function of (seed, step).

    Each batch is (source, inputs, targets): the source filled up with PAD; what the decoder is told
    of the target, BEGIN y1 y2 … (teacher forcing); and what it has to say, y1 y2 … END, −100 beyond
    its end, which cross_entropy leaves out. Pairs of similar length share a batch, so that it needs
    little padding; see `SentenceBatches`.

    Raises LabError when there are fewer pairs than a batch needs, or one has an empty side.
    """

    def __init__(self, pairs: Sequence[tuple[Ids, Ids]], batch_size: int, seed: int = 0) -> None:
        if not 1 <= batch_size <= len(pairs):
            raise LabError(
                f"batch_size={batch_size} cannot be filled from {len(pairs)} pairs; "
                "give at least 1, and no more than there are"
            )
        if seed < 0:
            raise LabError(f"seed={seed} must not be negative; use 0 or more")
        check_pairs(pairs)
        self.pairs = pairs
        self.lengths = np.array([len(source) + len(target) for source, target in pairs])
        self.batch_size, self.seed = batch_size, seed
        self.n_batches = len(pairs) // batch_size
        self._epoch, self._order = -1, np.empty((0, batch_size), dtype=np.int64)

    def batch(
        self, step: int
    ) -> tuple[
        Int[Tensor, "batch source"], Int[Tensor, "batch target"], Int[Tensor, "batch target"]
    ]:
        """Source, decoder inputs and targets of one step, int64."""
        epoch, place = divmod(step, self.n_batches)
        if epoch != self._epoch:
            self._epoch = epoch
            self._order = draw_epoch(self.lengths, self.batch_size, self.seed, epoch)
        return pair_tensors([self.pairs[i] for i in self._order[place]])

    def epoch(self, step: int) -> float:
        """How many times the pairs have been read when `step` begins."""
        return step / self.n_batches


def pair_tensors(
    pairs: Sequence[tuple[Ids, Ids]],
) -> tuple[Int[Tensor, "batch source"], Int[Tensor, "batch target"], Int[Tensor, "batch target"]]:
    """Pairs as (source, inputs, targets), one a row; see `PairBatches`.

    >>> source, inputs, targets = pair_tensors([([5, 6], [7]), ([8], [9, 9])])
    >>> source.tolist(), inputs.tolist(), targets.tolist()
    ([[5, 6], [8, 0]], [[1, 7, 1], [1, 9, 9]], [[7, 2, -100], [9, 9, 2]])
    """
    check_pairs(pairs)
    ends = [torch.tensor([*target, END]) for _, target in pairs]
    inputs, targets = padded(ends, BEGIN)
    return source_tensor([source for source, _ in pairs]), inputs, targets


def source_tensor(sources: Sequence[Ids]) -> Int[Tensor, "batch source"]:
    """Sources as one tensor, filled up with PAD on the right.

    Raises LabError for no source, and for an empty one.
    """
    if not sources:
        raise LabError("there is no source; give at least one sentence")
    for i, source in enumerate(sources):
        if not len(source):
            raise LabError(f"source {i} is empty; a model needs at least one token to read")
    rows = torch.full((len(sources), max(map(len, sources))), PAD)
    for row, source in zip(rows, sources, strict=True):
        row[: len(source)] = torch.as_tensor(source)
    return rows


def check_pairs(pairs: Sequence[tuple[Ids, Ids]]) -> None:
    """Raise LabError for a pair with an empty side."""
    for i, pair in enumerate(pairs):
        for side, ids in zip(("source", "target"), pair, strict=True):
            if not len(ids):
                raise LabError(f"the {side} of pair {i} is empty; leave the pair out")
