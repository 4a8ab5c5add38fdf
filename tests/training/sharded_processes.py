"""What each process does in test_sharded.py; the main one writes what it saw as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import torch

from gptlab.models.gpt import GPT
from gptlab.training import distributed
from gptlab.training.callbacks import Evaluate
from gptlab.training.sharded import ShardedTrainer
from gptlab.training.trainer import TrainConfig, Trainer

from several_processes import SHAPE, RandomBatches, Slow  # isort: skip

SHAPE = replace(SHAPE, n_layers=2)
CONFIG = TrainConfig(steps=6, lr=3e-3, warmup=0.2, optimizer="adamw")


def trainer(kind, world, config, folder=None, batch_size=8):
    torch.manual_seed(0)
    tokens = torch.randint(1, 4, (3000,)).cumsum(0) % 32
    batches = RandomBatches(
        tokens, batch_size, SHAPE.context_length, rank=world.rank, world_size=world.size
    )
    torch.manual_seed(1)
    return kind(GPT(SHAPE), batches, config, folder, world=world)


def losses(fitted):
    return [step.loss for step in fitted.fit()]


def main(task: str, folder: Path) -> int:
    with distributed.joined() as world:
        if task == "save":
            seen = {
                "ddp": losses(trainer(Trainer, world, CONFIG)),
                "fsdp": losses(trainer(ShardedTrainer, world, CONFIG)),
                "accumulated": losses(
                    trainer(ShardedTrainer, world, replace(CONFIG, accumulation=2), batch_size=4)
                ),
            }
            kept = replace(CONFIG, checkpoint_every=3)
            run = trainer(ShardedTrainer, world, kept, folder / "run")
            seen["kept"] = losses(run)
            local = sum(p.to_local().numel() if world.size > 1 else p.numel()
                        for p in run.model.parameters())  # fmt: skip
            # By the clock, of which each process has its own: all must measure at the same steps.
            config = replace(CONFIG, steps=10_000, seconds=0.3)
            slow = trainer(ShardedTrainer, world, config)
            look = Evaluate(5, lambda model: model(torch.zeros(1, 4, dtype=int)).sum().item())
            slow.callbacks = [Slow(0.02 * (world.rank == 0)), look]
            seen["measured"] = [s.step for s in slow.fit() if s.extra]
            seen["share"] = local / sum(p.numel() for p in run.model.parameters())
        else:
            run = trainer(ShardedTrainer, world, CONFIG, folder / "run")
            run.resume(folder / "run" / "step-00000003")
            run.folder = None
            seen = {"resumed": losses(run)}
    (folder / f"{task}-{world.size}-{world.rank}.json").write_text(json.dumps(seen))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
