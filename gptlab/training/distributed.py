"""Several processes, one run: each reads its share of every batch, and the gradients are averaged.

Started by `torchrun --nproc-per-node N -m gptlab train …`; everything here is torch's own
DistributedDataParallel. Started without torchrun, there is one process and nothing to do.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel

from gptlab.errors import LabError

T = TypeVar("T")


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


def number(value: Tensor) -> float:
    """A tensor of one element as a number, also one that is spread over the processes (DTensor)."""
    return float(value.full_tensor() if isinstance(value, DTensor) else value)


def mean(value: Tensor, world: World) -> Tensor:
    """The mean of a number over all processes, the same in each."""
    if world.size > 1:
        with _together():
            dist.all_reduce(value)
        value = value / world.size
    return value


def agree(seconds: float, stopping: bool, world: World, device: torch.device) -> tuple[float, bool]:
    """The main process's clock, and whether any process wants to stop: the same in each.

    Clocks differ by more than measuring errors: the main process evaluates while others wait. A
    schedule that follows them would move each process's weights by another amount.
    """
    if world.size == 1:
        return seconds, stopping
    told = torch.tensor([seconds if world.is_main else 0.0, stopping], dtype=torch.float64)
    told = told.to(device)
    with _together():
        dist.all_reduce(told)
    return float(told[0]), bool(told[1] > 0)


def shared(value: T, world: World) -> T:
    """The main process's `value`, in every process."""
    if world.size == 1:
        return value
    box = [value]
    with _together():
        dist.broadcast_object_list(box)
    return box[0]


def wait_for_all(world: World) -> None:
    """Return when every process has come this far."""
    if world.size > 1:
        with _together():
            dist.barrier()


@contextlib.contextmanager
def _together() -> Iterator[None]:
    """Work that all processes share; LabError when another one has gone."""
    try:
        yield
    except RuntimeError as problem:
        reason = str(problem).partition("\n")[0]
        raise LabError(
            f"process {dist.get_rank()} has lost the others ({reason}); one of them has stopped, "
            "and its own message says why"
        ) from problem
