"""A small run that one process makes alone, or several together: the same losses, to five digits.

    python -m torch.distributed.run --nproc-per-node 2 -m gptlab.training.shared_runs FOLDER

What the model reads are numbers, each 1 to 3 more than the one before, modulo 32: learned in
seconds. Chapter 20 compares what the processes saw.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from gptlab.errors import LabError
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.text.batches import RandomBatches
from gptlab.training import distributed
from gptlab.training.config import TrainConfig
from gptlab.training.sharded import ShardedTrainer
from gptlab.training.trainer import Trainer

SHAPE = GPTConfig(vocab_size=32, context_length=16, d_model=32, n_heads=2, n_layers=2)
CONFIG = TrainConfig(steps=12, lr=3e-3, optimizer="adamw", checkpoint_every=6)
BATCH = 8
WAYS: dict[str, type[Trainer]] = {"ddp": Trainer, "fsdp": ShardedTrainer}


def shared_trainer(
    way: str = "ddp",
    world: distributed.World | None = None,
    folder: Path | str | None = None,
    batch_size: int = BATCH,
) -> Trainer:
    """The run, ready to fit: same data and same first weights wherever it is built.

    Raises LabError for a way that is not in WAYS and a batch that the processes cannot share.
    """
    if way not in WAYS:
        raise LabError(f"way is {way!r}; choose one of {', '.join(WAYS)}")
    world = world or distributed.World()
    torch.manual_seed(20)
    tokens = torch.randint(1, 4, (3000,)).cumsum(0) % SHAPE.vocab_size
    batches = RandomBatches(
        tokens, batch_size, SHAPE.context_length, rank=world.rank, world_size=world.size
    )
    return WAYS[way](GPT(SHAPE), batches, replace(CONFIG), folder, world=world)


def run_shared(folder: Path | str, world: distributed.World) -> dict[str, Any]:
    """Train in each way; what this process saw: losses, and how many weights it holds."""
    seen: dict[str, Any] = {"rank": world.rank, "size": world.size}
    for way in WAYS:
        trainer = shared_trainer(way, world, Path(folder) / way)
        held = sum(numbers_held(p) for p in trainer.model.parameters())
        losses = [step.loss for step in trainer.fit()]
        seen[way] = {"losses": losses, "weights": held}
    return seen


def numbers_held(parameter: torch.Tensor) -> int:
    """How many numbers of a parameter lie in this process."""
    local = getattr(parameter, "to_local", None)
    return local().numel() if local else parameter.numel()


def launch(processes: int, folder: Path | str, timeout: float = 300.0) -> list[dict[str, Any]]:
    """`run_shared` in so many processes of torchrun, on CPUs; what each of them saw, by rank.

    Raises LabError for fewer than 1 process, and with the last lines of torchrun's report when one
    of them fails.
    """
    if processes < 1:
        raise LabError(f"processes is {processes}; give at least 1")
    with socket.socket() as any_one:
        any_one.bind(("127.0.0.1", 0))
        port = any_one.getsockname()[1]
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", str(processes),
        "--master-addr", "127.0.0.1", "--master-port", str(port),
        "-m", "gptlab.training.shared_runs", str(folder),
    ]  # fmt: skip
    alone = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        command, env={**os.environ, **alone}, capture_output=True, text=True, timeout=timeout,
        check=False,
    )  # fmt: skip
    if done.returncode:
        said = " ".join(done.stderr.strip().splitlines()[-3:])
        raise LabError(f"torchrun ended with code {done.returncode}: {said}")
    names = (Path(folder) / f"seen-{rank}.json" for rank in range(processes))
    return [json.loads(name.read_text()) for name in names]


def main(folder: str) -> None:
    """What each process does."""
    torch.set_num_threads(1)
    with distributed.joined("cpu") as world:
        seen = run_shared(folder, world)
    (Path(folder) / f"seen-{world.rank}.json").write_text(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1])
