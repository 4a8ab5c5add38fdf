"""Pictures of chapter 02: probabilities of the next letter, curves over the order, Zipf's law."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from gptlab.errors import LabError
from gptlab.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def order_curves(
    curves: Mapping[str, Sequence[float]],
    label: str,
    floor: float | None = None,
    percent: bool = False,
) -> Figure:
    """A line for each name over the orders 1, 2, 3 …, its name at its end; `floor` is dotted.

    `label` names the vertical axis with its unit; with `percent` it runs from 0 to 100 %. Infinite
    values are left out. Raises LabError without curves and for an empty one.
    """
    import matplotlib.pyplot as plt

    if not curves or any(not len(values) for values in curves.values()):
        raise LabError("there is nothing to draw: give at least one value for each curve")
    style.use()
    figure, axes = plt.subplots()
    for place, (name, values) in enumerate(curves.items()):
        orders = np.arange(1, len(values) + 1)
        kept = np.isfinite(values)
        axes.plot(orders[kept], np.asarray(values)[kept], marker="osD^v"[place % 5], label=name)
    if floor is not None:
        axes.axhline(floor, color=style.COLOURS["floor"], linestyle=":", label="the floor")
    longest = max(map(len, curves.values()))
    axes.set_xticks(range(1, longest + 1))
    axes.set_xlabel("order n (the guess sees n − 1 symbols)")
    axes.set_ylabel(label)
    if percent:
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.set_ylim(0, 1)
    axes.legend()
    return figure


def next_symbol_bars(
    models: Mapping[str, Float[np.ndarray, "vocab"]], names: Sequence[str]
) -> Figure:
    """Under each other, one panel for each model: the probability of every next symbol.

    The vertical axis is logarithmic, so that small is told from impossible: where there is no bar,
    the probability is zero. Raises LabError unless each model gives one number per name.
    """
    import matplotlib.pyplot as plt

    if any(len(values) != len(names) for values in models.values()) or not models:
        raise LabError(f"give {len(names)} probabilities for each model, one for each name")
    style.use()
    figure, panels = plt.subplots(
        len(models), 1, figsize=(7, 1.2 + 1.35 * len(models)), sharex=True, sharey=True,
        squeeze=False,
    )  # fmt: skip
    smallest = min(values[values > 0].min() for values in models.values())
    bottom = 10.0 ** math.floor(math.log10(smallest))
    shown = [name if name != " " else "␣" for name in names]
    for axes, (name, values) in zip(panels[:, 0], models.items(), strict=True):
        heights = np.where(values > 0, values, bottom)
        axes.bar(shown, heights - bottom, 0.7, bottom=bottom, color=style.COLOURS["baseline"])
        axes.set_yscale("log")
        axes.set_ylim(bottom, 1.5)
        axes.set_title(name, loc="left")
        axes.grid(visible=False, axis="x")
    figure.supylabel("probability", color=style.INK, fontsize=11)
    return figure


def zipf_plot(counts: Int[np.ndarray, "words"]) -> Figure:
    """Counts in falling order against their rank, both axes logarithmic, with the line 1 / rank."""
    import matplotlib.pyplot as plt

    if not len(counts):
        raise LabError("there is nothing to draw: give the counts of at least one word")
    style.use()
    falling = np.sort(counts)[::-1]
    rank = np.arange(1, len(falling) + 1)
    # A few hundred points look the same as all of them.
    some = np.unique(np.geomspace(1, len(falling), 300).astype(int)) - 1
    figure, axes = plt.subplots()
    axes.loglog(rank[some], falling[some], "o", markersize=4, label="words of the training text")
    axes.loglog(rank[some], falling[0] / rank[some], label="count of the first / rank")
    axes.set_ylim(0.6, None)
    axes.set_xlabel("rank of the word")
    axes.set_ylabel("how often it comes")
    axes.legend()
    return figure


def surprise_strip(text: str, bits: Sequence[float], per_line: int = 36) -> Figure:
    """A text with a bar over each letter: how many bits the letter cost, given those before it.

    Raises LabError unless there is a number for each letter, and at least one.
    """
    import matplotlib.pyplot as plt

    if not text or len(text) != len(bits):
        raise LabError(f"{len(bits)} numbers for {len(text)} letters; give one for each, not none")
    style.use()
    lines = math.ceil(len(text) / per_line)
    figure, panels = plt.subplots(
        lines, 1, figsize=(7, 0.9 + 1.25 * lines), sharey=True, squeeze=False
    )
    for line, axes in enumerate(panels[:, 0]):
        part = slice(line * per_line, (line + 1) * per_line)
        axes.bar(range(len(text[part])), bits[part], 0.7, color=style.COLOURS["baseline"])
        axes.set_xticks(range(len(text[part])), [c if c != " " else "␣" for c in text[part]])
        axes.set_xlim(-0.7, per_line - 0.3)
        axes.tick_params(axis="x", length=0)
        axes.grid(visible=False, axis="x")
        axes.set_ylabel("bits")
    return figure
