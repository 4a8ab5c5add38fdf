"""Batches: a long row of token ids, cut into inputs and the targets that follow them.

The target of every position is the next token, so a window of `context_length` inputs reads
`context_length` + 1 ids. Rows of ids may be a NumPy array, a torch tensor (on any device), or
`gptlab.text.shards.TokenShards`, which leave the ids on disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from gptlab.errors import LabError
from gptlab.text.shards import TokenShards, tokenize_corpus, write_shard

__all__ = [
    "IGNORED",
    "RandomBatches",
    "SequentialBatches",
    "TokenShards",
    "tokenize_corpus",
    "write_shard",
]

IGNORED = -100  # the target that torch's cross_entropy leaves out by default

Batch = tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"]]
Tokens = Any  # np.ndarray | Tensor | TokenShards: a length, and slices that give arrays or tensors


class RandomBatches:
    r"""Training batches in an order that is a pure function of (seed, step).

    Nothing is kept between steps, so a run that was cut off goes on from the number of its step.
    An epoch cuts the ids into windows of `context_length`, side by side, and visits each once in
    random order. Of $n$ ids and windows of $T$ it takes $W = \max(1, \lfloor (n-1)/T \rfloor - 1)$;
    the ids left over give room to begin each epoch's cut at another place, so that a token is not
    always seen after the same past. Sample $i$, counted from the first step on, is window
    $i \bmod W$ in the order of epoch $\lfloor i/W \rfloor$.

    `batch_size` is that of all processes together; process `rank` of `world_size` gets its share of
    consecutive rows, and the shares joined are the batch that one process would get.

    Raises LabError when the ids are too few for a batch, when `world_size` does not divide
    `batch_size`, or (when a batch is drawn) when an id is outside 0 … vocab_size − 1; `vocab_size`
    is that of the shards unless given.
    """

    def __init__(
        self,
        tokens: Tokens,
        batch_size: int,
        context_length: int,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
        vocab_size: int | None = None,
    ):
        _check_sizes(tokens, batch_size, context_length)
        if world_size < 1 or batch_size % world_size or not 0 <= rank < world_size:
            raise LabError(
                f"batch_size={batch_size} cannot be shared by rank={rank} of "
                f"world_size={world_size}; batch_size must be a multiple of world_size, and rank "
                f"one of 0 … world_size − 1"
            )
        if len(tokens) - 1 < context_length:
            raise LabError(
                f"context_length={context_length} needs {context_length + 1} tokens, and the data "
                f"has {len(tokens)}; use a shorter context or more text"
            )
        if seed < 0:
            raise LabError(f"seed={seed} must not be negative; use 0 or more")
        self.n_windows = max(1, (len(tokens) - 1) // context_length - 1)
        if batch_size > self.n_windows:
            raise LabError(
                f"batch_size={batch_size} is larger than the data: {len(tokens)} tokens make "
                f"{self.n_windows} windows of context_length={context_length}; use a smaller "
                f"batch, a shorter context or more text"
            )
        self.tokens, self.vocab_size = tokens, _vocab_size(tokens, vocab_size)
        self.batch_size, self.context_length = batch_size, context_length
        self.seed, self.rank, self.world_size = seed, rank, world_size
        self._epochs: dict[int, tuple[int, np.ndarray]] = {}

    def batch(self, step: int) -> Batch:
        """Inputs and targets of one step: int64 (batch_size / world_size, context_length) each."""
        share = self.batch_size // self.world_size
        first = step * self.batch_size + self.rank * share
        starts = [self._start(sample) for sample in range(first, first + share)]
        return _gather(self.tokens, starts, self.context_length, self.vocab_size)

    def epoch(self, step: int) -> float:
        """How many times the text has been read when `step` begins."""
        return step * self.batch_size / self.n_windows

    def _start(self, sample: int) -> int:
        epoch, position = divmod(sample, self.n_windows)
        if epoch not in self._epochs:
            self._epochs = {e: self._epochs[e] for e in self._epochs if e == epoch - 1}
            self._epochs[epoch] = self._draw_epoch(epoch)
        offset, order = self._epochs[epoch]
        return offset + int(order[position]) * self.context_length

    def _draw_epoch(self, epoch: int) -> tuple[int, np.ndarray]:
        # Raw bits, sorted: NumPy promises the same bits in every version, but not the same shuffle.
        bits = np.random.PCG64(np.random.SeedSequence([self.seed, epoch]))
        room = len(self.tokens) - 1 - self.n_windows * self.context_length
        offset = int(bits.random_raw()) % (room + 1)
        order = np.argsort(bits.random_raw(self.n_windows), kind="stable")
        return offset, order.astype(np.uint32)


class SequentialBatches:
    """Everything once, in order, for evaluation: each token but the first is a target exactly once.

    The first token has nothing before it and is never scored; `tokenize_corpus` puts end-of-text
    there. Windows begin `stride` apart (`context_length` unless given). A smaller stride gives
    every target at least `context_length` − `stride` tokens of past, for more computation; targets
    that an earlier window has scored are then set to −100, which cross_entropy ignores. The last
    window is moved back to end with the text. Fewer ids than a window make one shorter window.

    Raises LabError when the ids are fewer than two, `stride` is not in 1 … context_length, or (when
    a batch is read) an id is outside 0 … vocab_size − 1.
    """

    def __init__(
        self,
        tokens: Tokens,
        batch_size: int,
        context_length: int,
        stride: int | None = None,
        vocab_size: int | None = None,
    ):
        _check_sizes(tokens, batch_size, context_length)
        stride = context_length if stride is None else stride
        if not 1 <= stride <= context_length:
            raise LabError(
                f"stride={stride} must be from 1 to context_length={context_length}: "
                f"a longer one would leave tokens unscored"
            )
        self.tokens, self.vocab_size = tokens, _vocab_size(tokens, vocab_size)
        self.batch_size = batch_size
        self.n_targets = len(tokens) - 1
        self.window = min(context_length, self.n_targets)
        last = self.n_targets - self.window
        self._starts = [*range(0, last, stride), last]

    def __len__(self) -> int:
        return -(-len(self._starts) // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        for at in range(0, len(self._starts), self.batch_size):
            starts = self._starts[at : at + self.batch_size]
            inputs, targets = _gather(self.tokens, starts, self.window, self.vocab_size)
            for row, start in enumerate(starts, start=at):
                if row > 0:
                    scored = self._starts[row - 1] + self.window - start
                    targets[row - at, :scored] = IGNORED
            yield inputs, targets


def _check_sizes(tokens: Tokens, batch_size: int, context_length: int) -> None:
    if batch_size < 1 or context_length < 1:
        raise LabError(
            f"batch_size={batch_size} and context_length={context_length} must be at least 1"
        )
    if getattr(tokens, "ndim", 1) != 1:
        raise LabError(f"tokens have shape {tuple(tokens.shape)}; give one long row of ids")
    if len(tokens) < 2:
        raise LabError(
            f"the data has {len(tokens)} tokens, and a model needs at least 2, one to read "
            f"and one to guess; give more text"
        )


def _vocab_size(tokens: Tokens, vocab_size: int | None) -> int | None:
    return getattr(tokens, "vocab_size", None) if vocab_size is None else vocab_size


def _gather(tokens: Tokens, starts: list[int], time: int, vocab_size: int | None) -> Batch:
    rows: Any
    if isinstance(tokens, Tensor):
        places = torch.tensor(starts).unsqueeze(1) + torch.arange(time + 1)
        rows = tokens[places.to(tokens.device)]
        whole = not rows.is_floating_point()
        windows = rows.long()
    else:
        rows = np.stack([np.asarray(tokens[start : start + time + 1]) for start in starts])
        whole = rows.dtype.kind in "iu"
        windows = torch.from_numpy(rows.astype(np.int64))
    if not whole:
        raise LabError(f"token ids must be whole numbers, got {rows.dtype}; tokenize the text")
    # On a GPU the check would make every step wait for the device; the embedding looks there.
    if vocab_size is not None and windows.device.type == "cpu":
        low, high = (int(end) for end in windows.aminmax())
        if low < 0 or high >= vocab_size:
            raise LabError(
                f"token id {low if low < 0 else high} is outside 0 … {vocab_size - 1}; the "
                f"tokens were made with another tokenizer, or the file is damaged: tokenize again"
            )
    # Copies: views of a single row are contiguous already, and would share their memory.
    return windows[:, :-1].clone(), windows[:, 1:].clone()
