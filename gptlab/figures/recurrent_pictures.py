"""Pictures of chapter 10, each with its words: networks in time, slopes, gates, what is kept.

Every function returns the figure and the text alternative, computed from the same numbers:
`style.show_figure(*unrolled(…), caption="…")`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from gptlab.errors import LabError
from gptlab.figures import style
from gptlab.figures.plots import heat_map, smooth

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gptlab.training.trainer import Step


def unrolled(words: Sequence[str], guesses: Sequence[str]) -> tuple[Figure, str]:
    """A recurrent network drawn once for every word it reads: the same box, the state going on.

    `guesses[t]` is what should follow `words[t]`. Raises LabError unless they pair.
    """
    import matplotlib.pyplot as plt

    if not words or len(words) != len(guesses):
        raise LabError(f"{len(words)} words and {len(guesses)} guesses; give one guess a word")
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.2))
    axes.set(xlim=(-1.3, 2.2 * len(words) - 0.6), ylim=(-0.2, 4.4))
    axes.axis("off")
    axes.text(-1.2, 2.1, "zeros", ha="left", va="center")
    _arrow(axes, (-0.35, 2.1), (-0.02, 2.1))
    for place, (word, guess) in enumerate(zip(words, guesses, strict=True)):
        x = 2.2 * place
        _box(axes, x, 1.6, "W, W$_h$", style.GREEN)
        axes.text(x + 0.6, 0.1, word, ha="center", va="center")
        axes.text(x + 0.6, 4.1, guess, ha="center", va="center")
        _arrow(axes, (x + 0.6, 0.4), (x + 0.6, 1.55))
        _arrow(axes, (x + 0.6, 2.65), (x + 0.6, 3.8))
        if place + 1 < len(words):
            _arrow(axes, (x + 1.25, 2.1), (x + 2.15, 2.1))
            axes.text(x + 1.7, 2.35, f"$h_{place + 1}$", ha="center")
    alt = (
        f"A row of {len(words)} equal boxes, all with the same weights W and W h. Into each goes a "
        f"word from below ({', '.join(words)}), out of each a guess upwards ({', '.join(guesses)}),"
        " and from each an arrow with the state to the next box. The first state is zeros."
    )
    return figure, alt


def lstm_drawing() -> tuple[Figure, str]:
    """One step of an LSTM: the memory's straight road above, three gates that open and close it."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.9))
    axes.set(xlim=(-0.6, 10.6), ylim=(-0.4, 5.6))
    axes.axis("off")
    road = {"arrowstyle": "-", "color": style.BLUE, "linewidth": 3, "shrinkA": 0, "shrinkB": 0}
    for start, end in ((0.2, 1.28), (1.92, 4.58), (5.22, 10.0)):
        axes.annotate("", (end, 4.6), (start, 4.6), arrowprops=road)
        road |= {"arrowstyle": "->"} if end == 4.58 else {}
    axes.text(-0.5, 4.6, "$c$", va="center")
    axes.text(10.15, 4.6, "$c$′", va="center")
    for x, name, what in ((1.6, "f", "forget"), (3.9, "i", "input"), (8.4, "o", "output")):
        _box(axes, x - 0.6, 1.2, f"${name}$", style.ORANGE)
        axes.text(x, 0.85, what, ha="center", va="center", fontsize=9.5)
    _box(axes, 5.4, 1.2, "$g$", style.GREEN)
    axes.text(6.0, 0.85, "candidate", ha="center", va="center", fontsize=9.5)
    _round(axes, 1.6, 4.6, "×")
    _arrow(axes, (1.6, 2.25), (1.6, 4.25))
    _round(axes, 4.9, 3.3, "×")
    _arrow(axes, (3.9, 2.25), (4.6, 3.1))
    _arrow(axes, (6.0, 2.25), (5.2, 3.1))
    _round(axes, 4.9, 4.6, "+")
    _arrow(axes, (4.9, 3.62), (4.9, 4.25))
    _round(axes, 8.4, 3.3, "×")
    _arrow(axes, (8.4, 2.25), (8.4, 2.95))
    _arrow(axes, (8.4, 4.55), (8.4, 3.65))
    axes.text(8.55, 4.05, "tanh", fontsize=9.5)
    _arrow(axes, (8.75, 3.3), (9.9, 3.3))
    axes.text(10.0, 3.3, "$h$′", va="center")
    axes.plot([0.4, 8.4], [0.25, 0.25], color=style.INK, linewidth=1.5, linestyle="-")
    axes.text(-0.5, 0.25, "$x, h$", va="center")
    for x in (1.6, 3.9, 6.0, 8.4):
        _arrow(axes, (x, 0.25), (x, 0.68))
    alt = (
        "One step of an LSTM. A thick line for the memory c runs straight from left to right: "
        "first multiplied by the forget gate f, then the product of input gate i and candidate g "
        "is added. The new memory, through tanh and times the output gate o, is the new h. All "
        "four boxes f, i, g and o read the word x and the old h."
    )
    return figure, alt


def gradients_by_distance(curves: Mapping[str, ArrayLike]) -> tuple[Figure, str]:
    """How much of a gradient is left after going back 0, 1, 2 … steps, one line for each network.

    Each curve holds lengths of gradients; all are drawn as shares of the first, on a log scale.
    """
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots()
    told = []
    for name, values in curves.items():
        shares = np.asarray(values, dtype=float)
        shares = shares / shares[0]
        axes.plot(range(len(shares)), np.maximum(shares, 1e-12), label=name)
        told.append(f"{name} has {shares[-1]:.0e} of it left after {len(shares) - 1} steps")
    axes.axhline(1.0, color=style.INK, linewidth=1, linestyle="-")
    axes.set(yscale="log", xlabel="steps back in time", ylabel="length of the gradient, relative")
    axes.legend()
    return figure, f"Length of a gradient on its way back, log scale: {'; '.join(told)}."


def gates_while_reading(
    words: Sequence[str], gates: Mapping[str, ArrayLike], unit: int | str
) -> tuple[Figure, str]:
    """What one unit of an LSTM does at each word: a row for each of `gates`, numbers in the cells.

    The colours run from −2 to 2 in every such picture, so that two of them can be compared. Raises
    LabError unless every row has one number for each word.
    """
    rows = {name: np.asarray(values, dtype=float) for name, values in gates.items()}
    for name, values in rows.items():
        if values.shape != (len(words),):
            raise LabError(f"{name} has shape {values.shape}; give one number for each word")
    table = np.stack(list(rows.values()))
    figure = heat_map(table, list(rows), list(words), digits=1, limits=(-2.0, 2.0))
    figure.axes[0].set_title(f"unit {unit}")
    memory = rows.get("memory c", next(iter(rows.values())))
    told = ", ".join(f"{word} {value:.1f}" for word, value in zip(words, memory, strict=True))
    alt = (
        f"Heat map: one column for each word of “{' '.join(words)}”, rows for {', '.join(rows)} of "
        f"unit {unit} of the LSTM. The memory after each word: {told}."
    )
    return figure, alt


def weights_by_view(
    views: Sequence[int], counts: Mapping[str, Sequence[int]]
) -> tuple[Figure, str]:
    """Weights into a hidden layer against the number of words that can be seen, by network."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(6.5, 3))
    for place, (name, weights) in enumerate(counts.items()):
        axes.plot(views, weights, marker="os^"[place % 3], label=name)
    axes.set(xlabel="words that can be seen", ylabel="weights into the hidden layer")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.legend()
    told = "; ".join(f"{name}: {w[0]:,} at {views[0]} words, {w[-1]:,} at {views[-1]}"
                     for name, w in counts.items())  # fmt: skip
    return figure, f"Weights against the number of words that can be seen. {told}."


def losses_while_training(histories: Mapping[str, Sequence[Step]]) -> tuple[Figure, str]:
    """The smoothed loss of several runs against their steps."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots()
    told, ends = [], []
    for name, history in histories.items():
        curve = smooth([step.loss for step in history])
        ends.append(float(curve[-1]))
        axes.plot(curve, label=name)
        told.append(f"{name} from {curve[0]:.1f} to {curve[-1]:.2f}")
    low = min(ends)
    axes.set(xlabel="training step", ylabel="loss in nats per word", ylim=(low - 0.2, low + 2.2))
    axes.legend()
    return figure, f"Smoothed training loss in nats per word against steps: {'; '.join(told)}."


def share_by_length(shares: Mapping[int, float], chance: float) -> tuple[Figure, str]:
    """What share of a row was repeated right, against the length of the row; chance as a line."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots()
    axes.plot(list(shares), list(shares.values()), marker="o", color=style.COLOURS["ours"])
    axes.axhline(chance, color=style.INK, linewidth=1.5, linestyle=":")
    axes.annotate("chance", (1.0, chance), (-2, 4), xycoords=("axes fraction", "data"),
                  textcoords="offset points", ha="right")  # fmt: skip
    axes.set(xlabel="digits in the row", ylabel="share repeated right", ylim=(0, 1.05))
    told = ", ".join(f"{share:.0%} at {length}" for length, share in shares.items())
    return figure, f"Share of digits repeated right against the length of the row: {told}."


def _box(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    axes.add_patch(
        FancyBboxPatch((x, y), 1.2, 1.0, boxstyle="round,pad=0.05", fill=False,
                       edgecolor=colour, linewidth=2)
    )  # fmt: skip
    axes.text(x + 0.6, y + 0.5, text, ha="center", va="center", fontsize=10)


def _round(axes: Axes, x: float, y: float, text: str) -> None:
    axes.plot([x], [y], marker="o", markersize=17, color=style.INK, fillstyle="none", linestyle="")
    axes.text(x, y - 0.03, text, ha="center", va="center")


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": style.INK})
