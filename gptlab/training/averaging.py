"""Checkpoint averaging: the mean of the last few checkpoints often beats each of them.

Late in training the weights wander around a good place; their mean lies nearer to its middle.
`TrainConfig.average` is the other form, a running mean kept at every step (chapter 17).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gptlab.errors import LabError, check_count
from gptlab.training import checkpoints
from gptlab.training.trainer import Callback, Step, Trainer


class KeepWeights(Callback):
    """Writes the weights below `folder` every so many steps and at the end; keeps the newest.

    `every`: steps; `last`: how many are kept. Weights only: what a run needs to be resumed is in
    its own checkpoints, of which the trainer keeps two. Only the main process writes.
    """

    def __init__(self, folder: Path | str, every: int, last: int = 5):
        check_count("every", every)
        check_count("last", last)
        self.folder, self.every, self.last = Path(folder), every, last

    def on_step(self, trainer: Trainer, step: Step) -> None:
        """Keep the weights of this moment, if it is one."""
        if not trainer.world.is_main or (step.step % self.every and not trainer.done):
            return

        def write(into: Path) -> None:
            save_file(checkpoints.unshared(trainer.model), into / "model.safetensors")

        checkpoints.write_folder(self.folder / f"step-{step.step:08d}", write)
        for old in checkpoints.checkpoints(self.folder)[: -self.last]:
            checkpoints.discard(old)


def mean_of_weights(all_weights: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    r"""$\bar\theta = \frac{1}{n} \sum_i \theta_i$, weight by weight, summed in 64 bits.

    What holds no fractions (counts, masks) is the last one's. Raises LabError for no weights, and
    where names or shapes differ.
    """
    if not all_weights:
        raise LabError("there are no weights to average; give at least one checkpoint")
    last = all_weights[-1]
    for weights in all_weights:
        if {k: v.shape for k, v in weights.items()} != {k: v.shape for k, v in last.items()}:
            raise LabError("the checkpoints are of different models: names or shapes differ")
    return {
        name: torch.stack([w[name].double() for w in all_weights]).mean(0).to(value.dtype)
        if value.is_floating_point()
        else value
        for name, value in last.items()
    }


def load_mean(folder: Path | str, model: nn.Module, last: int = 5) -> list[Path]:
    """Put the mean of the newest `last` checkpoints below `folder` into `model`; which they were.

    Fewer where the run has kept fewer. Raises LabError when there is none, one is damaged, or they
    belong to another model, which is unchanged then.
    Source: Vaswani et al. 2017, section 6.1 (the last 5 of base, the last 20 of big).
    """
    check_count("last", last)
    checkpoints.latest(Path(folder))  # says so where there is none
    chosen = checkpoints.checkpoints(Path(folder))[-last:]
    read = []
    for path in (each / "model.safetensors" for each in chosen):
        try:
            read.append(load_file(path))
        except (OSError, SafetensorError) as problem:
            raise checkpoints.damaged(path, problem) from problem
    checkpoints.fit(mean_of_weights(read), model, Path(folder))
    return chosen
