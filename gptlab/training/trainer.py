"""The one training loop of the course: batch, loss, backward, clip, step, schedule.

Chapter 9 introduces it line by line, chapter 17 takes it apart; every neural chapter in between
trains with it. A model needs one method, `loss(*batch)`, that returns a scalar.
"""

from __future__ import annotations

import contextlib
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from gptlab import lab
from gptlab.errors import LabError
from gptlab.training import checkpoints, distributed
from gptlab.training.config import TrainConfig
from gptlab.training.optimizers import build_optimizers, check_shapes
from gptlab.training.schedules import build_schedule

NOT_ALIKE = "{} was not written by a run like this one ({}); resume as the run began"
# What a state that belongs to something else makes torch raise when it is put in place.
DAMAGED = (ValueError, KeyError, TypeError, AttributeError, RuntimeError)


class Batches(Protocol):
    """Where training batches come from: a pure function of the step, so that a run can resume."""

    def batch(self, step: int) -> tuple[Tensor, ...]:
        """The arguments of the model's `loss` at this step."""


@dataclass
class Step:
    """What one step tells: losses in nats, `seconds` of training since the run began."""

    step: int
    loss: float
    lr: float
    grad_norm: float
    seconds: float
    extra: dict[str, float] = field(default_factory=dict)


class Callback:
    """Looks on, and may evaluate, print or draw; override what you need."""

    def on_start(self, trainer: Trainer) -> None:
        """Called once, after a resumed run has been restored."""

    def on_step(self, trainer: Trainer, step: Step) -> None:
        """Called after every optimiser step. The clock of the run stands still meanwhile."""

    def on_end(self, trainer: Trainer) -> None:
        """Called once, however the run ends: done, stopped, or by an error."""


class _LossOf(nn.Module):
    """The model's loss as a forward pass, which is what DDP and compile wrap."""

    def __init__(self, model: Any):  # Any: a module with a method `loss`
        super().__init__()
        self.model = model

    def forward(self, *batch: Tensor) -> Tensor:
        return self.model.loss(*batch)


class Trainer:
    """Fits `model` to `batches` as `config` says; `folder` (if any) receives checkpoints.

    The result is in `model` itself and in `history`, one `Step` for each step.
    """

    together = False  # whether a forward pass needs all processes at once

    def __init__(
        self,
        model: nn.Module,
        batches: Batches,
        config: TrainConfig,
        folder: Path | str | None = None,
        callbacks: Sequence[Callback] = (),
        device: torch.device | None = None,
        world: distributed.World | None = None,
    ):
        self.config = config
        self.device = device or next(model.parameters()).device
        self.model = model.to(self.device)
        self.batches = batches
        self.folder = Path(folder) if folder is not None else None
        self.callbacks = list(callbacks)
        self.world = world or distributed.World()
        self.optimizers = build_optimizers(
            model, config.optimizer, config.lr, config.matrix_lr, config.betas, config.eps,
            config.weight_decay, config.matrix_weight_decay, config.fused,
            torch.bfloat16 if config.precision == "bf16" else torch.float32,
        )  # fmt: skip
        self.peaks = [[g["lr"] for g in o.param_groups] for o in self.optimizers]
        self.schedule = build_schedule(config.schedule, config.warmup, config.final_lr)
        self.average = {k: v.clone() for k, v in self.weights().items()} if config.average else {}
        loss = _LossOf(model)
        if hasattr(model, "recompute"):
            loss.model.recompute = config.recompute
        self.loss: Any = self.wrap(loss)
        self.stopping = False  # set it, and the run ends after the step in hand, saved
        self.step = 0
        self.seconds = 0.0
        self.history: list[Step] = []
        self.last_saved: Path | None = None
        self.unsaved = True  # whether anything has changed since

    def fit(self) -> list[Step]:
        """Train to the end of the run, from wherever it stands; returns the history.

        Raises LabError when the loss is not a number or infinite, or when saving fails.
        """
        self.model.train()
        if self.config.compile:
            self.compile()
        self.tell("on_start")
        try:
            over = self.over()
            while not over:
                began = time.perf_counter()
                loss, norm = self.gradients()
                rate = self.schedule(self.midway)
                self.move(rate)
                self.step += 1
                self.seconds += time.perf_counter() - began
                done = Step(self.step, loss, rate * self.config.lr, norm, self.seconds)
                self.history.append(done)
                self.tell("on_step", done)
                over = self.over()
                every = self.config.checkpoint_every
                if every and self.step % every == 0 and not over:
                    self.save()
            if self.done:
                self.settle()
            self.model.eval()
            if self.unsaved:  # to write it again would put at risk what is there
                self.save()
        finally:
            self.tell("on_end")
        return self.history

    def over(self) -> bool:
        """True when the last step is made or a process wants to stop: the same in each of them."""
        self.seconds, stop = distributed.agree(self.seconds, self.stopping, self.world, self.device)
        return self.done or stop

    def compile(self) -> None:
        """Compile the loss by one trial run, outside of the run's clock; plain if that fails.

        Nothing of the run changes: random states are put back, gradients thrown away.
        """
        states = checkpoints.random_states()
        try:
            self.loss.compile()
            self.gradients()
        except LabError:
            pass  # a loss that is not finite: the run itself will say so, with its step
        except Exception as problem:  # no compiler, no headers, an unknown platform: many kinds
            self.loss._compiled_call_impl = None
            print(
                f"torch.compile is not available here ({type(problem).__name__}); training goes on "
                "without it, more slowly. `gptlab doctor` says what is missing",
                file=sys.stderr,
            )
        self.model.zero_grad(set_to_none=True)
        checkpoints.restore_random_states(states)

    @property
    def progress(self) -> float:
        """How far the run is, 0 to 1: by steps, or by the clock when that is further."""
        by_steps = self.step / self.config.steps
        if self.config.seconds is None:
            return by_steps
        return min(1.0, max(by_steps, self.seconds / self.config.seconds))

    @property
    def midway(self) -> float:
        """Progress in the middle of the step in hand: the first one moves, and so does the last."""
        return min(1.0, self.progress + 0.5 / self.config.steps)

    @property
    def done(self) -> bool:
        """True when the last step has been made."""
        return self.progress >= 1

    def gradients(self) -> tuple[float, float]:
        """Loss and gradients of one step; returns the loss and the gradient's norm before clipping.

        Raises LabError if one of them is not finite: no weight has been touched then.
        """
        total = torch.zeros((), device=self.device)
        parts = self.config.accumulation
        for part in range(parts):
            batch = self.batches.batch(self.step * parts + part)
            batch = tuple(t.to(self.device, non_blocking=True) for t in batch)
            last = part == parts - 1
            # Gradients would be averaged after each part; once, after the last, is enough.
            with contextlib.nullcontext() if last else self.apart():
                with lab.autocast(self.device, self.config.precision):
                    loss = self.loss(*batch) / parts
                loss.backward()
            total += loss.detach()
        value = distributed.mean(total, self.world).item()
        if not math.isfinite(value):
            raise LabError(self.not_finite("loss", value))
        limit = math.inf if self.config.clip is None else self.config.clip
        norm = distributed.number(nn.utils.clip_grad_norm_(self.model.parameters(), limit))
        if not math.isfinite(norm):
            raise LabError(self.not_finite("norm of the gradient", norm))
        return value, norm

    def wrap(self, loss: nn.Module) -> nn.Module:
        """The loss as several processes compute it; here: gradients averaged by DDP."""
        return distributed.wrap(loss, self.world, self.device)

    def apart(self) -> contextlib.AbstractContextManager[None]:
        """While this lasts, gradients are summed in each process and not averaged."""
        return contextlib.nullcontext() if self.world.size == 1 else self.loss.no_sync()

    def move(self, rate: float) -> None:
        """One optimiser step at `rate` times the peak learning rates."""
        self.unsaved = True
        for optimizer, peaks in zip(self.optimizers, self.peaks, strict=True):
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * rate
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if self.average:
            # Short memory at first, so that the random start is soon forgotten.
            keep = min(self.config.average, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(
                list(self.average.values()), list(self.weights().values()), 1 - keep
            )

    def weights(self) -> dict[str, Tensor]:
        """The trainable weights by name."""
        return {k: p.detach() for k, p in self.model.named_parameters() if p.requires_grad}

    def settle(self) -> None:
        """End the run: put the averaged weights in place, if there are any."""
        for name, weight in self.weights().items():
            if name in self.average and not torch.equal(weight, self.average[name]):
                weight.copy_(self.average[name])
                self.unsaved = True

    def tell(self, event: str, *arguments: Any) -> None:
        """Call one method of every callback."""
        for callback in self.callbacks:
            getattr(callback, event)(self, *arguments)

    def not_finite(self, what: str, value: float) -> str:
        """The message for a number that ought to be finite and is not."""
        saved = f"the last good checkpoint is {self.last_saved}" if self.last_saved else (
            "no checkpoint has been saved yet"
        )  # fmt: skip
        where = f"batch {self.step * self.config.accumulation}"
        return (
            f"the {what} is {value} at step {self.step} ({where}): training has stopped, nothing "
            f"of this was saved, and {saved}. Lower the learning rate, lengthen the warm-up, or "
            "clip gradients; then resume, or begin anew"
        )

    def save(self) -> Path | None:
        """Write a checkpoint of this very moment (main process only).

        Raises LabError when it cannot be written, or when the weights are no longer finite: the
        checkpoints that are there are good ones.
        """
        if self.folder is None:
            return None
        weights = list(self.weights().values())
        largest = distributed.number(nn.utils.get_total_norm(weights, norm_type=math.inf))
        if not math.isfinite(largest):
            raise LabError(self.not_finite("largest weight", largest))
        self.write(self.folder)
        self.unsaved = False
        distributed.wait_for_all(self.world)
        return self.last_saved

    def write(self, folder: Path) -> None:
        """The checkpoint itself, in the main process."""
        if self.world.is_main:
            self.last_saved = checkpoints.save(folder, self.step, self.model, self.state())

    def state(self) -> dict[str, Any]:
        """All that is not a weight of the model: tensors and plain values only."""
        return {
            "step": self.step,
            "seconds": self.seconds,
            "optimizers": [o.state_dict() for o in self.optimizers],
            "average": self.average,
            "history": [asdict(s) for s in self.history],
            "random": checkpoints.random_states(),
            "config": json.loads(json.dumps(asdict(self.config))),
        }

    def resume(self, checkpoint: Path | str | None = None) -> Trainer:
        """Go back to a checkpoint: the newest in the run's folder unless another is named.

        Raises LabError when there is none, it is damaged, or it belongs to another model.
        """
        where = checkpoint if checkpoint is not None else self.folder
        if where is None:
            raise LabError("nothing to resume from: name a checkpoint or give the trainer a folder")
        found = checkpoints.latest(Path(where))
        state = checkpoints.load_state(found)
        missing = {"step", "seconds", "optimizers", "average", "history", "random"} - state.keys()
        if missing:
            raise LabError(NOT_ALIKE.format(found, f"no {', '.join(sorted(missing))}"))
        self.load(found, state)
        try:
            self.average = {k: v.to(self.device) for k, v in state["average"].items()}
            self.history = [Step(**s) for s in state["history"]]
            self.step, self.seconds = int(state["step"]), float(state["seconds"])
            checkpoints.restore_random_states(state["random"])
            check_shapes(self.weights(), self.average, self.optimizers)
        except DAMAGED as problem:
            raise LabError(
                f"{found} holds another optimiser's or run's state: {problem}"
            ) from problem
        self.last_saved, self.unsaved = found, found.parent != self.folder
        return self

    def load(self, checkpoint: Path, state: dict[str, Any]) -> None:
        """Weights and optimisers of a checkpoint."""
        if len(state["optimizers"]) != len(self.optimizers):
            raise LabError(NOT_ALIKE.format(checkpoint, "another optimiser"))
        checkpoints.load_weights(checkpoint, self.model)
        try:
            for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(saved)
        except DAMAGED as problem:
            raise LabError(f"{checkpoint} holds another optimiser's state: {problem}") from problem
