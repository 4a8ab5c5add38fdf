"""Batches of sentences that stand each for itself, padded to a rectangle.

`gptlab.text.batches` cuts windows out of one long text; here a model sees nothing of the sentence
before. The toy language is learned so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from gptlab.errors import LabError
from gptlab.text.batches import IGNORED

POOL = 16  # so many batches are sorted by length together, so that a batch needs little padding


class SentenceBatches:
    """Training batches of whole sentences, in an order that is a pure function of (seed, step).

    Row b of the inputs is begin w1 w2 …, of the targets w1 w2 …; what lies beyond the end of a
    sentence is begin in the inputs and −100 in the targets, which cross_entropy leaves out. An
    epoch visits every sentence once, except for those that would make a batch too small. A batch
    holds sentences of similar length; the order of the batches is random.

    Raises LabError when there are fewer sentences than a batch needs, or an empty one.
    """

    def __init__(
        self, sentences: Sequence[Any], batch_size: int, begin: int, seed: int = 0
    ) -> None:
        if not 1 <= batch_size <= len(sentences):
            raise LabError(
                f"batch_size={batch_size} cannot be filled from {len(sentences)} sentences; "
                "give at least 1, and no more than there are"
            )
        self.lengths = np.array([len(sentence) for sentence in sentences])
        if not self.lengths.all():
            raise LabError(f"sentence {int(self.lengths.argmin())} is empty; leave it out")
        if seed < 0:
            raise LabError(f"seed={seed} must not be negative; use 0 or more")
        self.sentences = [torch.as_tensor(sentence).long() for sentence in sentences]
        self.batch_size, self.begin, self.seed = batch_size, begin, seed
        self.n_batches = len(sentences) // batch_size
        self._epoch, self._order = -1, np.empty((0, batch_size), dtype=np.int64)

    def batch(self, step: int) -> tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"]]:
        """Inputs and targets of one step, as long as the longest sentence in it."""
        epoch, place = divmod(step, self.n_batches)
        if epoch != self._epoch:
            self._epoch = epoch
            self._order = draw_epoch(self.lengths, self.batch_size, self.seed, epoch)
        return padded([self.sentences[i] for i in self._order[place]], self.begin)

    def epoch(self, step: int) -> float:
        """How many times the sentences have been read when `step` begins."""
        return step / self.n_batches


def draw_epoch(
    lengths: Int[np.ndarray, "sentences"], batch_size: int, seed: int, epoch: int
) -> Int[np.ndarray, "batches batch"]:
    """Which sentences make which batch in one epoch: alike in length, batches in random order."""
    # Raw bits, sorted: NumPy promises the same bits in every version, but not the same shuffle.
    bits = np.random.PCG64(np.random.SeedSequence([seed, epoch]))
    order = np.argsort(bits.random_raw(len(lengths)), kind="stable")
    n_batches = len(lengths) // batch_size
    order = order[: n_batches * batch_size]
    pools = np.split(order, range(POOL * batch_size, len(order), POOL * batch_size))
    pools = [pool[np.argsort(lengths[pool], kind="stable")] for pool in pools]
    batches = np.concatenate(pools).reshape(n_batches, batch_size)
    return batches[np.argsort(bits.random_raw(n_batches), kind="stable")]


def padded(
    sentences: Sequence[Int[Tensor, "time"]], begin: int
) -> tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"]]:
    """Sentences as (inputs, targets), one a row; see `SentenceBatches`.

    >>> padded([torch.tensor([5, 6, 7]), torch.tensor([8])], begin=9)[0].tolist()
    [[9, 5, 6], [9, 9, 9]]
    """
    targets = torch.full((len(sentences), max(map(len, sentences))), IGNORED)
    for row, sentence in zip(targets, sentences, strict=True):
        row[: len(sentence)] = sentence
    inputs = targets.roll(1, dims=1).masked_fill(targets == IGNORED, begin)
    inputs[:, 0] = begin
    return inputs, targets
