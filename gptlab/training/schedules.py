"""How large a step, when: the learning rate's course over a run.

A schedule maps progress (0 at the first step, 1 at the end) to a multiplier of the learning rate.
Progress and not the step number is what it sees, so a run may also be planned by the clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from gptlab.errors import LabError

Schedule = Callable[[float], float]


def constant(progress: float) -> float:
    """Always 1."""
    return 1.0


def cosine(final: float = 0.1) -> Schedule:
    """Half a cosine wave from 1 down to `final`. Source: Loshchilov and Hutter 2017, equation 5."""
    return lambda progress: final + (1 - final) * (1 + math.cos(math.pi * min(progress, 1))) / 2


def linear(final: float = 0.0, start: float = 0.0) -> Schedule:
    """1 until progress reaches `start`, then a straight line down to `final` at the end."""
    if not 0 <= start < 1:
        raise LabError(f"linear decay starts at progress {start}; give a number from 0 to below 1")
    return lambda progress: 1 - (1 - final) * max(0.0, min(progress, 1) - start) / (1 - start)


def inverse_square_root(warmup: float) -> Schedule:
    r"""Flat until progress reaches `warmup`, then $\sqrt{warmup / progress}$.

    With the linear warm-up before it, the schedule of the Transformer: up to step w, then falling
    as $1/\sqrt{step}$; its peak is $1/\sqrt{d_{model} w}$ there and `lr` here.
    Source: Vaswani et al. 2017, equation 3.
    """
    if not 0 < warmup < 1:
        raise LabError(f"warmup is {warmup}; this schedule needs a share between 0 and 1")
    return lambda progress: math.sqrt(warmup / max(progress, warmup))


def with_warmup(schedule: Schedule, warmup: float) -> Schedule:
    """Climb in a straight line over the first `warmup` of the run, then follow `schedule`.

    Source: Goyal et al. 2017, section 2.2 (gradual warm-up).
    """
    if not 0 <= warmup < 1:
        raise LabError(f"warmup is {warmup}; give the share of the run it takes, 0 to below 1")
    return lambda progress: schedule(progress) * (min(1.0, progress / warmup) if warmup else 1.0)


def build_schedule(name: str, warmup: float = 0.0, final: float = 0.0) -> Schedule:
    """The schedule called `name`: "constant", "cosine", "linear" or "trapezoid" (flat, then down)
    or "inverse-sqrt" (the Transformer's).

    `final` is the multiplier at the end. Raises LabError for another name.
    """
    if name == "inverse-sqrt":
        return with_warmup(inverse_square_root(warmup), warmup)
    named = {
        "constant": constant,
        "cosine": cosine(final),
        "linear": linear(final),
        "trapezoid": linear(final, start=0.5),
    }
    if name not in named:
        known = ", ".join((*named, "inverse-sqrt"))
        raise LabError(f"schedule {name!r} is unknown; choose one of {known}")
    return with_warmup(named[name], warmup)
