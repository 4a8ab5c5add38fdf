"""Millions of sentence pairs: token shards on disk, and batches of so many tokens.

A file of pairs is four shards of `gptlab.text.shards`: the ids of all sources and of all targets,
and how long each is. Only the lengths are read into memory (4 bytes a sentence); the ids stay on
the disk until a batch wants them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from gptlab.errors import LabError, check_count
from gptlab.text.pair_batches import Ids, pair_tensors
from gptlab.text.shards import TokenShards, write_shard

SIDES = ("source", "target")
POOL = 64  # so many batches are sorted by length together
LONGEST = 1 << 16  # lengths are stored as ids of a vocabulary of this size


def write_pairs(folder: Path | str, pairs: Iterable[tuple[Ids, Ids]], vocab_size: int) -> int:
    """Write encoded pairs into `folder` and say how many; a pair with an empty side is left out.

    Pairs are taken one by one; what is held in memory is 4 bytes a token. `vocab_size`: of the
    larger codec. Raises LabError when nothing is left, an id is outside the vocabulary, or the disk
    is full.
    """
    ids, lengths = (array("i"), array("i")), (array("i"), array("i"))
    for pair in pairs:
        if len(pair[0]) and len(pair[1]):
            for place, sentence in enumerate(pair):
                ids[place].extend(sentence)
                lengths[place].append(len(sentence))
    if not lengths[0]:
        raise LabError("there are no pairs to write: each needs a token on both sides")
    for place, side in enumerate(SIDES):
        write_shard(Path(folder) / f"{side}.bin", ids[place], vocab_size)
        write_shard(Path(folder) / f"{side}.lengths.bin", lengths[place], LONGEST)
    return len(lengths[0])


class TextPairs:
    """Two text files, line by line side by side, read anew each time they are gone through.

    Lines that are empty on one side are left out. Raises LabError when a file cannot be read or one
    ends before the other.
    """

    def __init__(self, source: Path | str, target: Path | str):
        self.paths = Path(source), Path(target)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        try:
            with (
                open(self.paths[0], encoding="utf-8") as sources,
                open(self.paths[1], encoding="utf-8") as targets,
            ):
                for number, lines in enumerate(zip_longest(sources, targets), start=1):
                    if None in lines:
                        short = self.paths[lines.index(None)]
                        raise LabError(f"{short} ends before line {number}; lines must pair")
                    source, target = (line.strip() for line in lines)
                    if source and target:
                        yield source, target
        except (OSError, UnicodeDecodeError) as problem:
            raise LabError(f"{' and '.join(map(str, self.paths))} cannot be read: {problem}") from (
                problem
            )


class PairShards(Sequence[tuple[Ids, Ids]]):
    """The pairs that `write_pairs` wrote, read from the disk one by one when they are asked for.

    `lengths` has a row for each pair: tokens of source and target. Raises LabError for a folder
    without pairs and for shards that do not belong together.
    """

    def __init__(self, folder: Path | str):
        self.sides = [TokenShards(Path(folder) / f"{side}.bin") for side in SIDES]
        counts = [TokenShards(Path(folder) / f"{side}.lengths.bin")[:] for side in SIDES]
        if len(counts[0]) != len(counts[1]):
            raise LabError(
                f"{folder} has {len(counts[0])} sources and {len(counts[1])} targets; write it anew"
            )
        self.lengths = np.stack(counts, axis=1).astype(np.int32)
        self.ends = self.lengths.cumsum(axis=0, dtype=np.int64)
        for place, side in enumerate(SIDES):
            if self.ends[-1, place] != len(self.sides[place]):
                raise LabError(
                    f"{folder}: the lengths of the {side}s add up to {self.ends[-1, place]}, but "
                    f"there are {len(self.sides[place])} tokens; write it anew"
                )

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, where):
        """The pair at a place, each side an array of ids. No slices: ask one by one."""
        at = range(len(self))[where]
        return tuple(
            ids[
                int(self.ends[at, place]) - int(self.lengths[at, place]) : int(self.ends[at, place])
            ]
            for place, ids in enumerate(self.sides)
        )


class TokenPairBatches:
    """Training batches of about `batch_tokens` tokens on the longer side, alike in length.

    The order is a pure function of (seed, step). A batch holds many short pairs or few long ones,
    so that every step sees about as much text; padding is not counted. With several processes each
    takes every `world_size`-th pair of the same batch. Batches are as those of `PairBatches`.

    Raises LabError when a batch cannot hold the longest pair once for each process, or there is
    less than one batch of text.
    Source: Vaswani et al. 2017, section 5.1 (about 25,000 source and 25,000 target tokens).
    """

    def __init__(
        self,
        pairs: PairShards,
        batch_tokens: int,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        check_count("batch_tokens", batch_tokens)
        check_count("seed", seed, least=0)
        self.pairs, self.batch_tokens, self.seed = pairs, batch_tokens, seed
        self.rank, self.world_size = rank, world_size
        self.lengths = pairs.lengths.max(axis=1).astype(np.int64)
        longest = int(self.lengths.max())
        if longest * world_size > batch_tokens:
            raise LabError(
                f"the longest pair has {longest} tokens on one side, too many for batches of "
                f"{batch_tokens} over {world_size} processes; leave such pairs out or give larger "
                "batches"
            )
        self.n_batches = int(self.lengths.sum()) // batch_tokens
        if not self.n_batches:
            raise LabError(
                f"{self.lengths.sum()} tokens do not fill one batch of {batch_tokens}; "
                "give more text or smaller batches"
            )
        self._epoch, self._batches = -1, [np.empty(0, dtype=np.int64)]

    def batch(
        self, step: int
    ) -> tuple[
        Int[Tensor, "batch source"], Int[Tensor, "batch target"], Int[Tensor, "batch target"]
    ]:
        """Source, decoder inputs and targets of one step, int64: this process's share."""
        epoch, place = divmod(step, self.n_batches)
        if epoch != self._epoch:
            self._epoch, self._batches = epoch, self._draw(epoch)
        mine = self._batches[place][self.rank :: self.world_size]
        sides = [
            tuple(torch.from_numpy(ids.astype(np.int64)) for ids in self.pairs[i]) for i in mine
        ]
        return pair_tensors(sides)  # type: ignore[arg-type]

    def epoch(self, step: int) -> float:
        """How many times the pairs have been read when `step` begins."""
        return step / self.n_batches

    def _draw(self, epoch: int) -> list[np.ndarray]:
        """Which pairs make which batch: shuffled, sorted within pools, cut, shuffled again."""
        # Raw bits, sorted: NumPy promises the same bits in every version, but not the same shuffle.
        bits = np.random.PCG64(np.random.SeedSequence([self.seed, epoch]))
        order = np.argsort(bits.random_raw(len(self.lengths)), kind="stable")
        size = max(1, POOL * len(order) // self.n_batches)
        pools = np.split(order, range(size, len(order), size))
        order = np.concatenate([p[np.argsort(self.lengths[p], kind="stable")] for p in pools])
        # No pair is longer than a batch, so no number is jumped over; the last, cut one is left.
        number = (self.lengths[order].cumsum() - 1) // self.batch_tokens
        cuts = np.searchsorted(number, np.arange(1, self.n_batches + 1))
        batches = np.split(order, cuts)[: self.n_batches]
        return [batches[i] for i in np.argsort(bits.random_raw(self.n_batches), kind="stable")]
