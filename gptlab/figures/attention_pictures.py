"""Pictures of chapter 12, each with its words: who looks where, why scores are scaled, what it
costs.

Every function returns the figure and the text alternative, computed from the same numbers:
`style.show_figure(*looks(…), caption="…")`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from gptlab.errors import LabError
from gptlab.figures import style
from gptlab.figures.plots import heat_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def two_roads(words: Sequence[str]) -> tuple[Figure, str]:
    """From the first word to the last: through every state of a recurrent network, or in one step.

    Raises LabError for fewer than three words.
    """
    import matplotlib.pyplot as plt

    if len(words) < 3:
        raise LabError(f"{len(words)} words; give at least 3, so that something lies between")
    style.use()
    figure, panels = plt.subplots(2, 1, figsize=(7.0, 3.2), height_ratios=(1, 1.8))
    last = len(words) - 1
    for axes, title in zip(panels, ("recurrent: step by step", "attention: at once"), strict=True):
        axes.set(xlim=(-0.6, last + 0.6), ylim=(-0.75, 0.3 if axes is panels[0] else 1.25))
        axes.axis("off")
        axes.set_title(title, loc="left", fontsize=11)
        for place, word in enumerate(words):
            axes.text(place, -0.5, word, ha="center", va="center")
            axes.plot([place], [0], marker="s", markersize=11, fillstyle="none", color=style.INK)
    for place in range(last):
        _arrow(panels[0], (place + 0.16, 0), (place + 0.84, 0), style.ORANGE)
        bend = "arc3,rad=-0.28" if place < last - 1 else "arc3,rad=-0.5"
        colour = style.GREEN if place == 0 else style.INK
        _arrow(panels[1], (place, 0.18), (last, 0.18), colour, bend, 2.4 if place == 0 else 1.0)
    alt = (
        f"Two rows of {len(words)} boxes, one for each word of “{' '.join(words)}”. Above, in a "
        f"recurrent network, {last} arrows lead from box to box, one after the other. Below, in "
        f"attention, an arrow leads from every box straight to the last, from the first one too."
    )
    return figure, alt


def averages(vectors: ArrayLike, mixed: ArrayLike, words: Sequence[str]) -> tuple[Figure, str]:
    """Vectors of two numbers before (dots) and after (crosses) each became a weighted average."""
    import matplotlib.pyplot as plt

    before, after = np.asarray(vectors, dtype=float), np.asarray(mixed, dtype=float)
    if before.shape != (len(words), 2) or after.shape != before.shape:
        raise LabError(
            f"shapes {before.shape} and {after.shape} for {len(words)} words; give two numbers for "
            "each word, before and after"
        )
    style.use()
    figure, axes = plt.subplots(figsize=(5.2, 4.2))
    told = []
    for word, old, new in zip(words, before, after, strict=True):
        _arrow(axes, tuple(old), tuple(new), style.INK)
        axes.annotate(word, tuple(old), (7, 7), textcoords="offset points")
        told.append(f"{word} from ({old[0]:.2f}, {old[1]:.2f}) to ({new[0]:.2f}, {new[1]:.2f})")
    axes.plot(*before.T, "o", color=style.COLOURS["baseline"], linestyle="", label="the words")
    axes.plot(*after.T, "X", color=style.COLOURS["ours"], linestyle="", label="their averages")
    axes.margins(0.18)
    axes.set(xlabel="first number", ylabel="second number")
    axes.legend(loc="lower left")
    return figure, f"{len(words)} words in a plane, each with an arrow to its average: " + (
        f"{'; '.join(told)}. No average lies outside the triangle of the words."
        if len(words) == 3
        else f"{'; '.join(told)}."
    )


def looks(weights: ArrayLike, words: Sequence[str], digits: int | None = 2) -> tuple[Figure, str]:
    """Attention weights as a heat map: a row for each word that looks, a column for what it
    sees."""
    table = np.asarray(weights, dtype=float)
    figure = heat_map(table, words, words, label="weight", digits=digits)
    figure.axes[0].set(xlabel="looked at", ylabel="looks")
    told = []
    for word, row in zip(words, table, strict=True):
        most = row.max()
        seen = [name for name, weight in zip(words, row, strict=True) if weight > most - 0.005]
        each = " each" if len(seen) > 1 else ""
        at = " and ".join(seen) if len(seen) < len(words) else "all alike"
        told.append(f"{word} at {at} ({most:.2f}{each})")
    return figure, (
        "Heat map of attention weights, a row for each word that looks, a column for each that is "
        f"looked at; the largest weights: {', '.join(told)}."
    )


def saturation(
    widths: Sequence[int], measured: Mapping[str, tuple[Sequence[float], Sequence[float]]]
) -> tuple[Figure, str]:
    """For each way of scaling: the largest weight, and the gradient, as the head gets wider."""
    import matplotlib.pyplot as plt

    style.use()
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.4))
    told = []
    for place, (name, (largest, slope)) in enumerate(measured.items()):
        left.plot(widths, largest, marker="os^"[place % 3], label=name)
        right.plot(widths, slope, marker="os^"[place % 3], label=name)
        told.append(
            f"{name}: largest weight from {largest[0]:.2f} to {largest[-1]:.2f}, gradient from "
            f"{slope[0]:.3f} to {slope[-1]:.3f}"
        )
    for axes, title in ((left, "largest weight"), (right, "length of the gradient")):
        axes.set(xscale="log", xlabel="$d_k$", title=title, ylim=(0, None))
        axes.set_xticks(list(widths), [str(width) for width in widths])
        axes.minorticks_off()
    left.set_ylim(0, 1.05)
    left.legend()
    alt = (
        "Two panels over the width of a head, "
        f"{widths[0]} to {widths[-1]}, log scale: {'; '.join(told)}."
    )
    return figure, alt


def who_feels_whom(tables: Mapping[str, Any]) -> tuple[Figure, str]:
    """Boolean tables side by side: row i is filled at j where position i feels position j."""
    import matplotlib.pyplot as plt

    style.use()
    figure, panels = plt.subplots(1, len(tables), figsize=(2.5 * len(tables), 2.9), squeeze=False)
    told = []
    for axes, (name, table) in zip(panels[0], tables.items(), strict=True):
        felt = np.asarray(table, dtype=bool)
        size = len(felt)
        for i, j in np.ndindex(*felt.shape):
            if felt[i, j]:
                colour, hatch = (style.ORANGE, "//") if j > i else (style.BLUE, None)
                axes.fill(
                    [j, j + 1, j + 1, j], [i, i, i + 1, i + 1], facecolor=colour, hatch=hatch,
                    edgecolor=style.INK, linewidth=0,
                )  # fmt: skip
        axes.set(xlim=(0, size), ylim=(size, 0), aspect="equal", title=name, xlabel="changed")
        centres = np.arange(size) + 0.5
        axes.set_xticks(centres, [str(t) for t in range(size)])
        axes.set_yticks(centres, [str(t) for t in range(size)])
        axes.tick_params(length=0)
        axes.grid(visible=False)
        for side in axes.spines.values():
            side.set_visible(True)
        ahead = int(np.triu(felt, 1).sum())
        blind = int(np.tril(~felt).sum())
        told.append(f"{name}: {ahead} of the future are felt, {blind} of the past are not")
    panels[0][0].set_ylabel("moved")
    alt = (
        "Tables of which position (row) moves when another (column) is changed; what lies in the "
        f"future is hatched. {'; '.join(told)}."
    )
    return figure, alt


def splits(right: ArrayLike, wrong: ArrayLike) -> tuple[Figure, str]:
    """The width cut into heads, right and wrong: whose numbers stand in which head at which time.

    Both, Int[heads, time, d_head], hold numbers whose integer part divided by heads × d_head is the
    position that they came from.
    """
    import matplotlib.pyplot as plt

    style.use()
    good, bad = np.asarray(right), np.asarray(wrong)
    heads, time, d_head = good.shape
    colours = [style.BLUE, style.ORANGE, style.GREEN, style.PURPLE]
    figure, panels = plt.subplots(1, 2, figsize=(7.2, 2.9))
    for axes, table, title in (
        (panels[0], good, "view, then transpose"),
        (panels[1], bad, "reshape alone"),
    ):
        for (h, t, c), number in np.ndenumerate(table):
            x, y = h * (d_head + 0.7) + c, t
            place = int(number) // (heads * d_head)
            axes.fill([x, x + 0.94, x + 0.94, x], [y, y, y + 0.94, y + 0.94], linewidth=0,
                      alpha=0.45, color=colours[place % 4])  # fmt: skip
            axes.text(x + 0.47, y + 0.5, f"{int(number)}", ha="center", va="center")
        for h in range(heads):
            axes.text(h * (d_head + 0.7) + d_head / 2, -0.3, f"head {h}", ha="center")
        axes.set(xlim=(-0.9, heads * (d_head + 0.7)), ylim=(time, -0.8), title=title)
        axes.axis("off")
        for t in range(time):
            axes.text(-0.2, t + 0.5, f"time {t}", ha="right", va="center", fontsize=9.5)
    return figure, (
        f"The numbers of {time} positions cut into {heads} heads, coloured by position. View, then "
        f"transpose: head 0 holds {good[0].tolist()}, one row of each position. Reshape alone: "
        f"head 0 holds {bad[0].tolist()}, all of the first positions and nothing of the last."
    )


def multiplications(
    lengths: Sequence[int], parts: Mapping[str, Sequence[int]]
) -> tuple[Figure, str]:
    """How many multiplications each part of attention takes, against the length of the text."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(6.8, 3.4))
    for place, (name, counts) in enumerate(parts.items()):
        axes.plot(lengths, counts, marker="os^"[place % 3], label=name)
    axes.set(xscale="log", yscale="log", xlabel="tokens T", ylabel="multiplications")
    axes.set_xticks(list(lengths), [f"{length:,}" for length in lengths])
    axes.minorticks_off()
    axes.legend()
    told = "; ".join(f"{name}: {counts[0]:.1e} at {lengths[0]} tokens, {counts[-1]:.1e} at "
                     f"{lengths[-1]:,}" for name, counts in parts.items())  # fmt: skip
    return figure, f"Multiplications against the length of the text, both on log scales. {told}."


def measured_cost(rows: Sequence[Mapping[str, Any]]) -> tuple[Figure, str]:
    """benchmarks/results/attention.json: memory kept and time, of both forms, against length."""
    import matplotlib.pyplot as plt

    style.use()
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.4))
    told = []
    for place, impl in enumerate(("plain", "sdpa")):
        mine = [row for row in rows if row["impl"] == impl]
        lengths = [row["tokens"] for row in mine]
        kept = [row["kept_megabytes"] for row in mine]
        millis = [1000 * row["seconds"] for row in mine]
        left.plot(lengths, kept, marker="os"[place], label=impl)
        right.plot(lengths, millis, marker="os"[place], label=impl)
        told.append(
            f"{impl}: {kept[0]:.1f} MB and {millis[0]:.1f} ms at {lengths[0]} tokens, "
            f"{kept[-1]:.0f} MB and {millis[-1]:.0f} ms at {lengths[-1]:,}"
        )
    for axes, title in ((left, "memory kept, MB"), (right, "time, ms")):
        axes.set(xscale="log", yscale="log", xlabel="tokens T", title=title)
        axes.set_xticks(lengths, [f"{n / 1024:g}k" if n >= 1024 else str(n) for n in lengths])
        axes.minorticks_off()
    left.legend()
    return figure, (
        "Memory kept for the backward pass and time of forward and backward pass against the "
        f"number of tokens, log scales. {'; '.join(told)}."
    )


def repeated(shares: Mapping[str, Mapping[int, float]], chance: float) -> tuple[Figure, str]:
    """What share of a row each network repeats right, against the length of the row."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots()
    told = []
    for place, (name, found) in enumerate(shares.items()):
        axes.plot(list(found), list(found.values()), marker="os^D"[place % 4], label=name)
        first, last = min(found), max(found)
        told.append(f"{name} {found[first]:.0%} of {first} digits, {found[last]:.0%} of {last}")
    axes.axhline(chance, color=style.INK, linewidth=1.5, linestyle=":")
    axes.annotate("chance", (1.0, chance), (-2, 4), xycoords=("axes fraction", "data"),
                  textcoords="offset points", ha="right")  # fmt: skip
    axes.set(xlabel="digits in the row", ylabel="share repeated right", ylim=(0, 1.05))
    axes.legend(loc="lower left")
    return figure, f"Share of digits repeated right against row length: {'; '.join(told)}."


def head_grid(maps: Sequence[ArrayLike], words: Sequence[str]) -> tuple[Figure, str]:
    """Every head's weights as a small map: a row of maps for each layer, Float[heads, time, time].

    Words stand at the left edge and under the last layer. Raises LabError for another size.
    """
    import matplotlib.pyplot as plt

    tables = [np.asarray(layer, dtype=float) for layer in maps]
    heads, ticks, last = len(tables[0]), range(len(words)), len(words) - 1
    for table in tables:
        if table.shape != (heads, len(words), len(words)):
            raise LabError(
                f"weights have shape {table.shape}; expected {(heads, len(words), len(words))} for "
                f"{heads} heads and {len(words)} words"
            )
    style.use()
    size = (min(1.2 + 1.65 * heads, 8.0), 1.1 + 1.8 * len(tables))
    figure, panels = plt.subplots(len(tables), heads, figsize=size, squeeze=False)
    figure.set_layout_engine("constrained", h_pad=0.1)
    told = []
    for i, h in np.ndindex(len(tables), heads):
        axes: Axes = panels.item(i, h)
        name = f"layer {i + 1}, head {h + 1}"
        axes.imshow(tables[i][h], vmin=0, vmax=1)
        axes.set_title(name, fontsize=9.5)
        axes.grid(visible=False)
        axes.set_xticks(ticks, words, rotation=90, fontsize=8)
        axes.set_yticks(ticks, words, fontsize=8)
        axes.tick_params(labelleft=h == 0, left=h == 0, length=0)
        axes.tick_params(labelbottom=i == len(tables) - 1)
        most = int(tables[i][h][last].argmax())
        told.append(
            f"{name}: {words[last]} looks most at {words[most]} ({last - most} back, "
            f"{tables[i][h][last, most]:.2f})"
        )
    return figure, (
        "Maps of attention weights, a row for each word that looks, bright where the weight is "
        f"large. From the last word: {'; '.join(told)}."
    )


def _arrow(
    axes: Axes,
    start: tuple[float, ...],
    end: tuple[float, ...],
    colour: str,
    bend: str = "arc3,rad=0",
    width: float = 1.5,
) -> None:
    how = {"arrowstyle": "->", "color": colour, "connectionstyle": bend, "linewidth": width}
    axes.annotate("", (end[0], end[1]), (start[0], start[1]), arrowprops=how)
