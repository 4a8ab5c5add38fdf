"""What one sees of a run while it goes: a progress line, and a save when it is interrupted."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

from torch import nn
from tqdm import tqdm

from gptlab.training import distributed
from gptlab.training.trainer import Callback, Step, Trainer


class Progress(Callback):
    """One line: how far, loss (smoothed), tokens per second, time left.

    In a terminal it redraws itself; in a log it prints a line now and then; `quiet` shows nothing.
    """

    def __init__(self, tokens_per_step: int, quiet: bool = False):
        self.tokens_per_step = tokens_per_step
        self.quiet = quiet
        self.loss = math.nan

    def on_start(self, trainer: Trainer) -> None:
        """Draw the empty bar."""
        by_clock = trainer.config.seconds is not None
        self.bar = tqdm(
            total=100 if by_clock else trainer.config.steps,
            desc="training",
            bar_format="{desc} {percentage:3.0f}% |{bar:24}| {elapsed}<{remaining} {postfix}",
            mininterval=0.5 if sys.stderr.isatty() else 10,
            disable=self.quiet or not trainer.world.is_main,
            initial=100 * trainer.progress if by_clock else trainer.step,
        )
        self.began, self.first = trainer.seconds, trainer.step

    def on_step(self, trainer: Trainer, step: Step) -> None:
        """Move the bar to where the run is."""
        self.loss = step.loss if math.isnan(self.loss) else 0.95 * self.loss + 0.05 * step.loss
        rate = (step.step - self.first) * self.tokens_per_step / (step.seconds - self.began)
        self.bar.set_postfix_str(
            f"step {step.step}, loss {self.loss:.3f}, {rate:,.0f} tokens/s", refresh=False
        )
        share = trainer.progress * (100 if trainer.config.seconds else trainer.config.steps)
        self.bar.update(share - self.bar.n)

    def on_end(self, trainer: Trainer) -> None:
        """Leave the last line standing."""
        self.bar.close()


class Evaluate(Callback):
    """Measure the model every so many steps; the result lands in the step's `extra[name]`.

    `measure` gets the model in eval mode. The clock of the run does not count it. Only the main
    process measures, unless each holds a part of the model: then all must.
    """

    def __init__(self, every: int, measure: Callable[[nn.Module], float], name: str = "held_out"):
        self.every, self.measure, self.name = every, measure, name

    def on_step(self, trainer: Trainer, step: Step) -> None:
        """Measure when it is time."""
        due = step.step % self.every == 0 or trainer.done
        if trainer.together:  # clocks differ: a process that measured alone would wait for ever
            due = distributed.shared(due, trainer.world)
        if due and (trainer.together or trainer.world.is_main):
            trainer.model.eval()
            step.extra[self.name] = self.measure(trainer.model)
            trainer.model.train()
