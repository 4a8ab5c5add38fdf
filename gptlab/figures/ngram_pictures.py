"""Pictures of chapter 02: probabilities of the next letter, curves over the order, Zipf's law.

Each function returns the figure and its words, computed from what is drawn:
`style.show_figure(*zipf_plot(counts), caption="…")`.
"""

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
) -> tuple[Figure, str]:
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
        # Kneser–Ney is the baseline of later chapters, and has its colour here as well.
        colour = style.COLOURS["baseline"] if name == "Kneser–Ney" else None
        marker = "osD^v"[place % 5]
        axes.plot(orders[kept], np.asarray(values)[kept], marker=marker, color=colour, label=name)
    if floor is not None:
        axes.axhline(floor, color=style.COLOURS["floor"], linestyle=":", label="the floor")
    longest = max(map(len, curves.values()))
    axes.set_xticks(range(1, longest + 1))
    axes.set_xlabel("order n (the guess sees n − 1 symbols)")
    axes.set_ylabel(label)
    if percent:
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.set_ylim(-0.02, 1.04)
    axes.legend(loc="center right" if percent else "best")
    told = [_curve_in_words(name, values, percent) for name, values in curves.items()]
    told += [f"the dotted floor lies at {floor:.2f}"] if floor is not None else []
    return figure, f"Curves of {label} over the order from 1 to {longest}. {'; '.join(told)}."


def _curve_in_words(name: str, values: Sequence[float], percent: bool) -> str:
    given = ", ".join(f"{value:.0%}" if percent else f"{value:.2f}" for value in values)
    lowest = int(np.argmin(values)) + 1
    turn = f", lowest at order {lowest}" if 1 < lowest < len(values) else ""
    return f"{name}: {given}{turn}"


def next_symbol_bars(
    models: Mapping[str, Float[np.ndarray, "vocab"]], names: Sequence[str]
) -> tuple[Figure, str]:
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
    told = []
    for name, values in models.items():
        above, least = int((values > 0).sum()), values[values > 0].min()
        alike = int(np.isclose(values, least, rtol=1e-9).sum())
        told.append(
            f"{name}: {above} of {len(names)} have a bar, from {values.max():.2g} down to "
            f"{least:.1g}" + f", where {alike} are equally high" * (alike > 1)
        )
    return figure, (
        f"{len(models)} rows of bars on a logarithmic scale, one bar for each next symbol. "
        f"{'; '.join(told)}."
    )


def zipf_plot(counts: Int[np.ndarray, "words"]) -> tuple[Figure, str]:
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
    farthest = np.exp(np.abs(np.log(falling * rank / falling[0])).max())
    return figure, (
        "Word counts against rank, both axes logarithmic. The points follow the dashed straight "
        f"line of first count divided by rank, never farther from it than a factor of "
        f"{farthest:.1f}: from {falling[0]:,} for the first word down to a staircase at the end, "
        f"where {int((falling == 1).sum()):,} of {len(falling):,} words come once."
    )


def surprise_strip(text: str, bits: Sequence[float], per_line: int = 36) -> tuple[Figure, str]:
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
    dear = [
        f"the {text[i]} of {_word_at(text, i)} ({bits[i]:.1f})" for i in np.argsort(bits)[::-1][:3]
    ]
    cheap = np.mean(np.asarray(bits) < 1)
    return figure, (
        f"The text '{text}' with a bar over each letter: the bits that it cost. {cheap:.0%} cost "
        f"less than one bit; the highest bars stand over {', '.join(dear)}."
    )


def _word_at(text: str, place: int) -> str:
    start = text.rfind(" ", 0, place) + 1
    return f"'{text[start:].split(' ')[0]}'"
