"""Several processes, one run: each reads its share of every batch, and the gradients are averaged.

Started by `torchrun --nproc-per-node N -m gptlab train …`; everything here is torch's own
DistributedDataParallel. Started without torchrun, there is one process and nothing to do.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True)
class World:
    """How many processes train together, and which one this is."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    @property
    def is_main(self) -> bool:
        """True in the one process that prints and saves."""
        return self.rank == 0


def from_environment() -> World:
    """The world that torchrun describes in RANK, WORLD_SIZE and LOCAL_RANK; alone without it."""
    read = os.environ.get
    return World(int(read("RANK", 0)), int(read("WORLD_SIZE", 1)), int(read("LOCAL_RANK", 0)))


@contextlib.contextmanager
def joined(device_type: str = "cpu") -> Iterator[World]:
    """Join the other processes for the length of a `with` block (nccl on cuda, gloo elsewhere)."""
    world = from_environment()
    if world.size == 1:
        yield world
        return
    if device_type == "cuda":
        torch.cuda.set_device(world.local_rank)
    dist.init_process_group("nccl" if device_type == "cuda" else "gloo")
    try:
        yield world
    finally:
        dist.destroy_process_group()


def wrap(module: nn.Module, world: World, device: torch.device) -> nn.Module:
    """Average this module's gradients over all processes after each backward pass."""
    if world.size == 1:
        return module
    ids = [device.index if device.index is not None else world.local_rank]
    return DistributedDataParallel(module, device_ids=ids if device.type == "cuda" else None)


def mean(value: Tensor, world: World) -> Tensor:
    """The mean of a number over all processes, the same in each."""
    if world.size > 1:
        dist.all_reduce(value)
        value = value / world.size
    return value


def wait_for_all(world: World) -> None:
    """Return when every process has come this far."""
    if world.size > 1:
        dist.barrier()
