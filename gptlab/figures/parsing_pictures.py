"""Pictures of chapter 14, each with its words: trees, spans as a table, what labels are worth.

Every function returns the figure and the text alternative, computed from the same numbers:
`style.show_figure(*tree_picture(…), caption="…")`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gptlab.errors import LabError
from gptlab.evaluation.parsing import constituents, f1_of, score_parses
from gptlab.figures import style
from gptlab.figures.tree_layout import Placed, lay_out
from gptlab.text.toy_trees import Tree

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def tree_picture(tree: Tree) -> tuple[Figure, str]:
    """One tree, its words below."""
    import matplotlib.pyplot as plt

    style.use()
    nodes = lay_out(tree)
    figure, axes = plt.subplots(figsize=_size(nodes))
    _draw(axes, nodes, Counter(), style.INK)
    return figure, f"A tree over the words {' '.join(tree.words())!r}: {_told(tree)}."


def two_trees(gold: Tree, ours: Tree) -> tuple[Figure, str]:
    """The treebank's tree and a parser's, one above the other, what only one of them has marked.

    Raises LabError where their words differ.
    """
    import matplotlib.pyplot as plt

    scores = score_parses([gold], [ours], punctuation=True)
    theirs, mine = constituents(gold), constituents(ours)
    style.use()
    placed = lay_out(gold), lay_out(ours)
    heights = [_size(nodes)[1] for nodes in placed]
    figure, both = plt.subplots(
        2, 1, figsize=(_size(placed[0])[0], sum(heights) + 0.7), height_ratios=heights
    )
    for axes, nodes, alone, colour, title in (
        (both[0], placed[0], theirs - mine, style.ORANGE, "treebank"),
        (both[1], placed[1], mine - theirs, style.PURPLE, "parser"),
    ):
        _draw(axes, nodes, alone, colour)
        axes.set_title(title, loc="left")
    missed, extra = (_spans(counts, gold.words()) for counts in (theirs - mine, mine - theirs))
    return figure, (
        f"Two trees over {' '.join(gold.words())!r}. {scores.matched} constituents stand in both. "
        f"Only in the treebank's, boxed: {missed}. Only in the parser's, boxed: {extra}."
    )


def span_table(gold: Tree, ours: Tree) -> tuple[Figure, str]:
    """Constituents as cells of a table: the row says where one starts, the column where it ends.

    A cell is marked by whether the treebank, the parser, or both have it. Raises LabError where the
    words differ.
    """
    import matplotlib.pyplot as plt

    score_parses([gold], [ours])  # words must be the same
    theirs, mine = constituents(gold), constituents(ours)
    words, n = gold.words(), len(gold.words())
    style.use()
    figure, axes = plt.subplots(figsize=(min(2.6 + 0.62 * n, 8.0), min(1.6 + 0.42 * n, 7.0)))
    kinds = {
        "both": (style.GREEN, "-"),
        "treebank": (style.ORANGE, "--"),
        "parser": (style.PURPLE, ":"),
    }
    told: dict[str, list[str]] = {kind: [] for kind in kinds}
    cells: dict[tuple[int, int], list[tuple[str, str]]] = {}
    for kind, counts in (
        ("both", theirs & mine), ("treebank", theirs - mine), ("parser", mine - theirs)
    ):  # fmt: skip
        for label, start, end in counts:
            cells.setdefault((start, end), []).append((label, kind))
            told[kind].append(f"{label} {words[start]} … {words[end - 1]}")
    for (start, end), inside in cells.items():
        for k, (label, kind) in enumerate(inside):
            colour, line = kinds[kind]
            y = start + (k - (len(inside) - 1) / 2) * 0.5
            box = {"boxstyle": "round,pad=0.25", "edgecolor": colour, "facecolor": "none",
                   "linestyle": line, "linewidth": 2}  # fmt: skip
            axes.text(end - 1, y, label, ha="center", va="center", fontsize=11, bbox=box)
    axes.set(xlim=(-0.6, n - 0.4), ylim=(n - 0.4, -0.6), xlabel="last word", ylabel="first word")
    axes.set_xticks(range(n), words, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(n), words)
    axes.set_xticks(np.arange(n + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(n + 1) - 0.5, minor=True)
    axes.grid(visible=False)
    axes.grid(visible=True, which="minor")  # around the cells, not through their labels
    axes.tick_params(which="both", length=0)
    for kind, (colour, line) in kinds.items():
        if told[kind]:
            name = "in both" if kind == "both" else f"only the {kind}'s"
            axes.plot([], [], color=colour, linestyle=line, label=name)
    axes.legend(loc="lower left")
    parts = [f"{kind}: {', '.join(names)}" for kind, names in told.items() if names]
    return figure, "Constituents by first and last word. " + "; ".join(parts) + "."


def trees_curve(
    curves: Mapping[str, Mapping[int, float]], x_label: str, y_label: str = "labelled F1, %"
) -> tuple[Figure, str]:
    """Quality against the number of training trees (log scale), one line for each parser."""
    import matplotlib.pyplot as plt

    if not curves or not all(curves.values()):
        raise LabError("a curve has no points; give at least one size with its figure")
    style.use()
    figure, axes = plt.subplots()
    parts = []
    colours = (
        style.COLOURS["ours"],
        style.COLOURS["baseline"],
        style.BLUE,
        style.ORANGE,
        style.INK,
    )
    for k, (name, points) in enumerate(curves.items()):
        sizes = sorted(points)
        axes.plot(
            sizes, [points[size] for size in sizes],
            color=colours[k % 5], marker="osD^v"[k % 5], label=name,
        )  # fmt: skip
        values = ", ".join(f"{points[size]:.1f} with {size:,}" for size in sizes)
        parts.append(f"{name} {values}")
    axes.set_xscale("log")
    every = sorted({size for points in curves.values() for size in points})
    axes.set_xticks(every, [f"{size:,}" for size in every])
    axes.minorticks_off()
    axes.set(xlabel=x_label, ylabel=y_label)
    axes.legend()
    return figure, f"{y_label} against {x_label}: " + "; ".join(parts) + "."


def two_bars(
    names: Sequence[str], first: Sequence[float], second: Sequence[float],
    kinds: tuple[str, str], label: str,
) -> tuple[Figure, str]:  # fmt: skip
    """Two bars for each name, one below the other, with their values.

    Raises LabError where the numbers do not pair.
    """
    import matplotlib.pyplot as plt

    if not names or not len(names) == len(first) == len(second):
        raise LabError(f"{len(names)} names for {len(first)} and {len(second)} values")
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 1.2 + 0.56 * len(names)))
    places = np.arange(len(names))
    for k, (values, hatch) in enumerate(((first, ""), (second, "///"))):
        colour = (style.COLOURS["ours"], style.COLOURS["baseline"])[k]
        drawn = axes.barh(
            places + 0.36 * (k - 0.5), values, 0.34, color=colour, hatch=hatch, label=kinds[k]
        )
        axes.bar_label(drawn, fmt="{:.0f}", padding=4)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.1)
    axes.set_xlabel(label)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=2)
    rows = (f"{n} {a:.0f} and {b:.0f}" for n, a, b in zip(names, first, second, strict=True))
    return figure, f"{label}, {kinds[0]} and {kinds[1]}: {'; '.join(rows)}."


def f1_of_labels(
    by_label: Mapping[str, Sequence[int]], at_least: int = 1
) -> dict[str, tuple[float, int]]:
    """F1 and count in the treebank for each label that stands there so often, commonest first."""
    found = {label: (f1_of(m, g, p), g) for label, (m, g, p) in by_label.items() if g >= at_least}
    return dict(sorted(found.items(), key=lambda item: -item[1][1]))


def _size(nodes: Sequence[Placed]) -> tuple[float, float]:
    words = sum(node.is_word for node in nodes)
    return min(1.0 + 0.72 * words, 8.5), 0.6 + 0.55 * max(node.y for node in nodes)


def _draw(
    axes: Axes, nodes: Sequence[Placed], alone: Counter[tuple[str, int, int]], colour: str
) -> None:
    """A tree on `axes`; the constituents in `alone` get a box."""
    left = Counter(alone)
    size = 11 if sum(node.is_word for node in nodes) <= 12 else 9
    for node in nodes:
        if node.parent >= 0:
            (x, top), (_, bend), (_, end) = node.way_down(nodes[node.parent])
            axes.plot(
                [x, node.x, node.x], [top + 0.22, bend - 0.25, end - 0.25],
                color=style.INK, linewidth=1, linestyle="-",
            )  # fmt: skip
        key = node.label, node.start, node.end
        boxed = not node.is_word and left[key] > 0
        left[key] -= boxed
        box = {
            "boxstyle": "round,pad=0.2",
            "edgecolor": colour,
            "facecolor": "none",
            "linewidth": 2,
        }
        axes.text(
            node.x, node.y, node.label, ha="center", va="center", fontsize=size,
            style="italic" if node.is_word else "normal", bbox=box if boxed else None,
        )  # fmt: skip
    words = sum(node.is_word for node in nodes)
    axes.set(xlim=(-0.6, words - 0.4), ylim=(max(node.y for node in nodes) + 0.4, -0.4))
    axes.axis("off")


def _told(tree: Tree) -> str:
    """Its constituents with their words."""
    return _spans(constituents(tree), tree.words())


def _spans(counts: Counter[tuple[str, int, int]], words: Sequence[str]) -> str:
    named = [
        f"{label} over {' '.join(words[start:end])!r}"
        for label, start, end in sorted(counts.elements(), key=lambda c: (c[1], -c[2]))
    ]
    return ", ".join(named) or "none"
