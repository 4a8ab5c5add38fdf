"""Everything about a training run that is not the model or the data."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gptlab import lab
from gptlab.errors import LabError


@dataclass(frozen=True)
class TrainConfig:
    """Everything about a run that is not the model or the data. Each switch is one idea.

    `steps`: optimiser steps. `seconds`: when given, progress is the clock's and the run ends after
    so many seconds of training or `steps`, whichever comes first (then not repeatable to the bit).
    `optimizer`: "adamw" or "muon". `lr` is AdamW's learning rate, `matrix_lr` Muon's.
    `warmup`: share of the run; `final_lr`: multiplier at its end. `clip`: largest norm of the
    gradient, None for no limit. `accumulation`: batches summed into one step. `average`: share of
    the old average kept per step in a running mean of the weights (0: none), which replaces the
    weights at the end. `precision`: "fp32", "tf32" or "bf16". `recompute`:
    activation checkpointing. `checkpoint_every`: steps between checkpoints, 0 for only the last.

    Raises LabError for a value out of range.
    """

    steps: int = 1000
    seconds: float | None = None
    accumulation: int = 1
    optimizer: str = "muon"
    lr: float = 1e-3
    matrix_lr: float = 0.02
    betas: tuple[float, float] = (0.9, 0.95)
    eps: float = 1e-8
    weight_decay: float = 0.1
    matrix_weight_decay: float = 0.0
    schedule: str = "cosine"
    warmup: float = 0.05
    final_lr: float = 0.1
    clip: float | None = 1.0
    average: float = 0.0
    precision: str = "fp32"
    compile: bool = False
    fused: bool = True
    recompute: bool = False
    checkpoint_every: int = 0

    def __post_init__(self):
        for name, least in (("steps", 1), ("accumulation", 1), ("checkpoint_every", 0)):
            if getattr(self, name) < least:
                raise LabError(f"{name} is {getattr(self, name)}; give at least {least}")
        for name in ("lr", "matrix_lr", "eps", "weight_decay", "matrix_weight_decay", "final_lr"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:  # also false for "not a number"
                raise LabError(f"{name} is {value}; give a number from 0 up")
        for name in ("seconds", "clip"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise LabError(f"{name} is {value}; give a number above 0, or None for no limit")
        for name, value in (("average", self.average), *(("betas", beta) for beta in self.betas)):
            if not 0 <= value < 1:
                raise LabError(f"{name} is {value}; give a number from 0 to below 1")
        if self.precision not in lab.PRECISIONS:
            raise LabError(
                f"precision {self.precision!r} is unknown; "
                f"choose one of {', '.join(lab.PRECISIONS)}"
            )
