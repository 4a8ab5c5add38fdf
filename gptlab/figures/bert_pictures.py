"""The drawings of chapter 15: what BERT reads, what is hidden from it, and what labels buy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gptlab.errors import LabError
from gptlab.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

# What became of a token: name, colour, letter in the cell
FATES = {
    "not chosen": ("none", ""),
    "[MASK]": (style.BLUE, "M"),
    "random token": (style.ORANGE, "R"),
    "chosen, but left": (style.GREEN, "L"),
    "special": ("none", "·"),
}


def transfer_drawing(labels: Sequence[str]) -> tuple[Figure, str]:
    """Pretraining and fine-tuning side by side: the encoder goes over, the head is exchanged."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.6, 3.4))
    axes.set(xlim=(0, 10), ylim=(0, 4.1))
    axes.axis("off")
    sides = {
        "pretraining": (2.3, "plain text, much of it", "a head that names words", "--"),
        "fine-tuning": (7.7, "few texts with labels", f"a new head: {len(labels)} labels", "-"),
    }
    arrow = {"arrowstyle": "->", "color": style.INK}
    for name, (x, read, head, line) in sides.items():
        axes.text(x, 3.9, name, ha="center", va="center")
        boxes = [(0.4, read, style.ORANGE, "-"), (1.7, "encoder", style.BLUE, "-")]
        for y, text, colour, border in [*boxes, (3.0, head, style.GREEN, line)]:
            box = plt.Rectangle((x - 2, y - 0.35), 4, 0.7, fill=False, ec=colour, lw=2, ls=border)
            axes.add_patch(box)
            axes.text(x, y, text, ha="center", va="center", fontsize=10)
        for y in (0.75, 2.05):
            axes.annotate("", (x, y + 0.6), (x, y), arrowprops=arrow)
    axes.annotate("", (5.65, 1.7), (4.35, 1.7), arrowprops=arrow)
    axes.text(5.0, 1.85, "weights", ha="center", va="bottom", fontsize=10)
    alt = (
        "Two stacks side by side. Left, pretraining: much plain text enters an encoder, above it "
        "a head that names words, dashed, since it comes off. Right, fine-tuning: few "
        f"texts with labels, the encoder again, and a new head for {len(labels)} labels "
        f"({', '.join(labels)}). An arrow carries the encoder's weights from left to right."
    )
    return figure, alt


def row_drawing(pieces: Sequence[str], segments: Sequence[int]) -> tuple[Figure, str]:
    """The three vectors that are added at each place of a row: token, segment, position.

    Raises LabError unless there is one segment for each piece.
    """
    import matplotlib.pyplot as plt

    if len(pieces) != len(segments) or not len(pieces):
        raise LabError(f"{len(segments)} segments for {len(pieces)} pieces; give one for each")
    style.use()
    width = max(7.0, 0.72 * len(pieces) + 1.2)
    figure, axes = plt.subplots(figsize=(width, 2.6))
    rows = [
        ("token", pieces, style.BLUE),
        ("segment", ["AB"[s] for s in segments], style.ORANGE),
        ("position", [str(i) for i in range(len(pieces))], style.GREEN),
    ]
    for down, (name, texts, colour) in enumerate(rows):
        y = 2 - down
        axes.text(-0.8, y, name, ha="right", va="center")
        for x, text in enumerate(texts):
            shade = colour if name != "segment" or segments[x] else style.PURPLE
            box = plt.Rectangle((x - 0.46, y - 0.3), 0.92, 0.6, fill=False, ec=shade, lw=1.8)
            axes.add_patch(box)
            axes.text(x, y, text, ha="center", va="center", fontsize=9)
        if down < 2:
            for x in range(len(pieces)):
                axes.text(x, y - 0.5, "+", ha="center", va="center", fontsize=9)
    axes.set(xlim=(-2.2, len(pieces) - 0.4), ylim=(-0.45, 2.45))
    axes.axis("off")
    cut = list(segments).index(1) if 1 in segments else len(segments)
    alt = (
        f"Three rows of boxes over {len(pieces)} places: the token ({' '.join(pieces)}), its "
        f"segment (A for the first {cut} places, then B), and its position from 0 to "
        f"{len(pieces) - 1}. Plus signs between them: the three vectors of a place are added."
    )
    return figure, alt


def fates(
    tokens: ArrayLike, inputs: ArrayLike, targets: ArrayLike, special: Sequence[int]
) -> np.ndarray:
    """What became of each token, as the number of its name in FATES.

    The last of `special` is the id of [MASK].
    """
    before, after, wanted = (np.asarray(each) for each in (tokens, inputs, targets))
    chosen = wanted >= 0
    found = np.where(np.isin(before, special), 4, 0)
    found[chosen] = 2
    found[chosen & (after == before)] = 3
    found[chosen & (after == special[-1])] = 1
    return found


def fates_picture(
    tokens: ArrayLike, inputs: ArrayLike, targets: ArrayLike, special: Sequence[int]
) -> tuple[Figure, str]:
    """A batch as a grid, each cell coloured and lettered by what became of its token."""
    import matplotlib.pyplot as plt

    style.use()
    table = fates(tokens, inputs, targets, special)
    names = list(FATES)
    figure, axes = plt.subplots(figsize=(8.0, 0.5 + 0.26 * len(table)))
    for y, x in np.ndindex(*table.shape):
        colour, letter = FATES[names[table[y, x]]]
        axes.add_patch(
            plt.Rectangle((x - 0.46, y - 0.46), 0.92, 0.92, fc=colour, ec=style.INK, lw=0.4)
        )
        ink = style.INK if colour == "none" else style.text_on(colour)
        axes.text(x, y, letter, ha="center", va="center", fontsize=8, color=ink)
    axes.set(
        xlim=(-0.6, table.shape[1] - 0.4), ylim=(len(table) - 0.4, -0.6),
        xlabel="place in the row", ylabel="row",
    )  # fmt: skip
    axes.set_xticks(range(0, table.shape[1], 5))
    axes.set_yticks([0, len(table) - 1])
    axes.grid(visible=False)
    handles = [plt.Rectangle((0, 0), 1, 1, fc=c, ec=style.INK, lw=0.4) for c, _ in FATES.values()]
    labels = [f"{letter} {name}".strip() for name, (_, letter) in FATES.items()]
    figure.legend(handles, labels, loc="outside upper center", ncols=5, fontsize=9)
    counts = {name: int((table == i).sum()) for i, name in enumerate(names)}
    alt = (
        f"A grid of {table.shape[0]} rows and {table.shape[1]} places. Most cells are empty. "
        f"{counts['[MASK]']} are replaced by [MASK], {counts['random token']} by a random token, "
        f"{counts['chosen, but left']} are chosen but left; scattered over the rows, never at "
        "their ends, where the special tokens stand."
    )
    return figure, alt


def heads_picture(weights: ArrayLike, pieces: Sequence[str]) -> tuple[Figure, str]:
    """How much each place looks at each other, one square for each head; rows look at columns.

    Raises LabError unless weights have the shape (heads, pieces, pieces).
    """
    import matplotlib.pyplot as plt

    table = np.asarray(weights, dtype=float)
    if table.ndim != 3 or table.shape[1:] != (len(pieces), len(pieces)):
        raise LabError(
            f"weights have shape {table.shape}; give (heads, {len(pieces)}, {len(pieces)})"
        )
    style.use()
    figure, panels = plt.subplots(
        1, len(table), figsize=(3.0 * len(table), 4.2), squeeze=False, layout="constrained"
    )
    told = []
    for number, (axes, head) in enumerate(zip(panels[0], table, strict=True), start=1):
        for y, x in np.ndindex(*head.shape):
            axes.add_patch(
                plt.Rectangle((x - 0.5, y - 0.5), 1, 1, fc=style.BLUE, alpha=float(head[y, x]))
            )
        axes.set(xlim=(-0.5, len(pieces) - 0.5), ylim=(len(pieces) - 0.5, -0.5), aspect="equal")
        axes.set_xticks(range(len(pieces)), pieces, rotation=90, fontsize=8)
        axes.set_yticks(range(len(pieces)), pieces if number == 1 else [], fontsize=8)
        axes.set_title(f"head {number}", fontsize=10)
        axes.grid(visible=False)
        beside = {name: head.diagonal(k).mean() for name, k in (("right", 1), ("left", -1))}
        told.append(
            f"head {number} gives {beside['right']:.0%} of its attention to the neighbour on the "
            f"right and {beside['left']:.0%} to the one on the left"
        )
    alt = f"{len(table)} squares of {len(pieces)} by {len(pieces)} places: {'; '.join(told)}."
    return figure, alt


def senses_map(
    points: ArrayLike, senses: Sequence[str], single: ArrayLike | None = None
) -> tuple[Figure, str]:
    """One word in many sentences, each a point in the plane, by its sense; `single` is the one
    point that a table of vectors would give to all of them.

    Raises LabError unless points have the shape (sentences, 2).
    """
    import matplotlib.pyplot as plt

    places = np.asarray(points, dtype=float)
    if places.shape != (len(senses), 2):
        raise LabError(f"points have shape {places.shape}; give ({len(senses)}, 2)")
    style.use()
    figure, axes = plt.subplots(figsize=(7.6, 4.2))
    marks = zip("os^D", (style.BLUE, style.ORANGE, style.GREEN, style.PURPLE), strict=True)
    kinds = dict(zip(dict.fromkeys(sorted(senses)), marks, strict=False))
    centres = {}
    for kind, (marker, colour) in kinds.items():
        mine = places[[sense == kind for sense in senses]]
        centres[kind] = mine.mean(axis=0)
        axes.scatter(
            mine[:, 0], mine[:, 1], marker=marker, color=colour, s=26, alpha=0.75, label=kind
        )
    if single is not None:
        x, y = np.asarray(single, dtype=float)
        axes.scatter(x, y, marker="*", s=220, color=style.INK,
                     label="one vector for all")  # fmt: skip
    axes.set_xticks([])
    axes.set_yticks([])
    figure.legend(loc="outside right upper")
    told = ", ".join(f"{sum(s == kind for s in senses)} {kind}" for kind in kinds)
    first, second = list(centres.values())[:2]
    apart = np.linalg.norm(first - second) / places.std(axis=0).max()
    alt = (
        f"{len(senses)} points, one for each sentence with the word ({told}). The centres of the "
        f"two senses lie {apart:.1f} standard deviations apart; the clouds overlap between them."
    )
    return figure, alt


def label_curves(results: Sequence[Mapping[str, Any]], chance: float) -> tuple[Figure, str]:
    """Share of right answers over the number of labels: a line for each name, a dot for each seed,
    and 95 % intervals; `results` as `TransferResult`s in dicts.

    Raises LabError when there is nothing to draw.
    """
    import matplotlib.pyplot as plt

    from gptlab.evaluation.transfer import interval

    if not results:
        raise LabError("there are no results to draw; run benchmarks/bert.py --save")
    style.use()
    figure, axes = plt.subplots(figsize=(7.4, 4.0))
    names = list(dict.fromkeys(each["name"] for each in results))
    sizes = sorted({each["labels"] for each in results})
    looks = zip(("-", "--", "-."), "osD", (style.GREEN, style.ORANGE, style.PURPLE), strict=True)
    told = []
    for shift, name, (dash, marker, colour) in zip((-1, 0, 1), names, looks, strict=False):
        at = np.array(sizes) * 1.06**shift
        means = []
        for x, size in zip(at, sizes, strict=True):
            found = [e["accuracy"] for e in results if (e["name"], e["labels"]) == (name, size)]
            mean, low, high = interval(found)
            means.append(mean)
            axes.plot([x, x], [low, high], color=colour, linestyle="-", linewidth=3, alpha=0.5)
            axes.scatter([x] * len(found), found, s=9, color=colour, marker=marker, alpha=0.6)
        axes.plot(at, means, color=colour, linestyle=dash, marker=marker, label=name)
        shares = ", ".join(f"{m:.0%} at {n}" for m, n in zip(means, sizes, strict=True))
        told.append(f"{name}: {shares}")
    axes.axhline(chance, color=style.INK, linestyle=":", label="guessing")
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set(xlabel="labelled paragraphs", ylabel="right, of the test", ylim=(0, 1))
    axes.legend(loc="upper left")
    alt = (
        f"Share of right answers over the number of labels, bars for 95 % intervals. "
        f"{'; '.join(told)}. Guessing gives {chance:.0%}."
    )
    return figure, alt
