"""What each of several processes does in test_distributed.py; writes what it saw as JSON."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

from gptlab.errors import LabError
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.text.batches import RandomBatches
from gptlab.training import distributed
from gptlab.training.trainer import Callback, TrainConfig, Trainer

SHAPE = GPTConfig.preset("nano", vocab_size=32, context_length=16, d_model=16, n_layers=1)
CONFIG = TrainConfig(steps=8, lr=3e-3, warmup=0.2)


class Slow(Callback):
    """Takes its time in one process only, as an evaluation does, and may ask to stop."""

    def __init__(self, seconds: float = 0.0, stop_at: int | None = None):
        self.seconds, self.stop_at = seconds, stop_at

    def on_step(self, trainer, step):
        time.sleep(self.seconds)
        trainer.stopping = step.step == self.stop_at


def trainer(world, config, batch_size=8, callbacks=(), folder=None):
    torch.manual_seed(0)
    tokens = torch.randint(1, 4, (3000,)).cumsum(0) % 32
    batches = RandomBatches(
        tokens, batch_size, SHAPE.context_length, rank=world.rank, world_size=world.size
    )
    torch.manual_seed(1)
    return Trainer(GPT(SHAPE), batches, config, folder, callbacks, world=world)


def losses(world):
    return [step.loss for step in trainer(world, CONFIG).fit()]


def accumulated(world):
    config = replace(CONFIG, accumulation=2, optimizer="adamw")
    fitted = trainer(world, config, batch_size=4)
    history = fitted.fit()
    weights = torch.cat([p.detach().flatten() for p in fitted.model.parameters()])
    return [[s.loss for s in history], [s.grad_norm for s in history], weights.tolist()]


def by_the_clock(world):
    """One process loses much of the time outside of its own clock: all must make the same steps."""
    config = replace(CONFIG, steps=10_000, seconds=0.3, schedule="linear", final_lr=0.0)
    history = trainer(world, config, callbacks=[Slow(0.02 * (world.rank == 0))]).fit()
    return [[s.step for s in history][-1], [s.lr for s in history]]


def stopped_by_one(world):
    config = replace(CONFIG, steps=500)
    return (
        trainer(world, config, callbacks=[Slow(stop_at=3 if world.rank == 1 else None)])
        .fit()[-1]
        .step
    )


def who_writes(world, folder):
    fitted = trainer(world, replace(CONFIG, checkpoint_every=4), folder=folder / "kept")
    fitted.fit()
    return sorted(p.name for p in (folder / "kept").iterdir())


def nowhere_to_save(world, folder):
    """The main process cannot save: it says so, and the other does not wait for ever."""
    (folder / "file").touch()
    trainer(world, replace(CONFIG, checkpoint_every=2), folder=folder / "file" / "run").fit()


def main(folder: Path) -> int:
    seen = {}
    with distributed.joined() as world:
        seen["losses"] = losses(world)
        seen["accumulated"] = accumulated(world)
        if world.size > 1:
            seen["by_the_clock"] = by_the_clock(world)
            seen["stopped_by_one"] = stopped_by_one(world)
            seen["who_writes"] = who_writes(world, folder)
            seen["shared"] = distributed.shared(f"from {world.rank}", world)
            try:
                nowhere_to_save(world, folder)
            except LabError as mistake:
                seen["mistake"] = str(mistake)
    (folder / f"{world.rank}.json").write_text(json.dumps(seen))
    return 3 if "mistake" in seen else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
