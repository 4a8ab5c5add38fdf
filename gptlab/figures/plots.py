"""Pictures that more than one chapter draws: curves of training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gptlab.errors import LabError
from gptlab.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gptlab.training.trainer import Step


def smooth(values: Sequence[float] | np.ndarray, memory: float = 0.95) -> np.ndarray:
    """A running mean that forgets, without the bias of its start: what the eye would draw.

    Source: the correction is Adam's (Kingma and Ba 2015, section 3).
    """
    mean, result = 0.0, []
    for count, value in enumerate(values, start=1):
        mean = memory * mean + (1 - memory) * value
        result.append(mean / (1 - memory**count))
    return np.array(result)


def training_curve(
    history: Sequence[Step], bits_per_nat: float | None = None, title: str = ""
) -> Figure:
    """Training loss (thin: each step; thick: smoothed) and held-out loss over training seconds.

    Losses are in nats per token, or in bits per byte when `bits_per_nat` says what one nat per
    token is worth on this text; held-out figures (`extra["held_out"]`) are drawn as they are.
    Raises LabError for an empty history.
    """
    import matplotlib.pyplot as plt

    if not history:
        raise LabError("there is nothing to draw: the history is empty; train first")
    style.use()
    scale = 1.0 if bits_per_nat is None else bits_per_nat
    seconds = np.array([step.seconds for step in history])
    losses = scale * np.array([step.loss for step in history])
    figure, axes = plt.subplots()
    colour = style.COLOURS["train"]
    smoothed = smooth(losses)
    axes.plot(seconds, losses, color=colour, alpha=0.3, linewidth=1, linestyle="-")
    axes.plot(seconds, smoothed, color=colour, linestyle="-", label="training")
    seen = [(s.seconds, s.extra["held_out"]) for s in history if "held_out" in s.extra]
    if seen:
        axes.plot(
            *zip(*seen, strict=True),
            color=style.COLOURS["held out"], marker="o", linestyle="--", label="held out",
        )  # fmt: skip
    if len(losses) > 20:
        # The fall of the first steps would press all that follows flat: only it may leave the top.
        later = smoothed[len(losses) // 20 :]
        measured = [loss for _, loss in seen]
        low, high = min(losses.min(), *measured, math.inf), max(later.max(), *measured, -math.inf)
        room = 0.05 * (high - low) or 0.5
        axes.set_ylim(low - room, high + room)
    axes.set_xlabel("seconds of training")
    axes.set_ylabel("nats per token" if bits_per_nat is None else "bits per byte")
    axes.set_title(title)
    axes.legend()
    return figure
