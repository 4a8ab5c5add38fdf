"""Pictures of chapter 09, each with its words: the network, slopes, curves, vectors as they grow.

Every function returns the figure and the text alternative, computed from the same numbers:
`style.show_figure(*network_drawing(…), caption="…")`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from gptlab.embeddings.distributional import principal_components
from gptlab.errors import LabError
from gptlab.figures import style
from gptlab.figures.plots import word_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = [style.BLUE, style.ORANGE, style.GREEN, style.PURPLE, style.INK]


def network_drawing(
    words: Sequence[str], guess: str, d_model: int, d_hidden: int
) -> tuple[Figure, str]:
    """The network of Bengio et al. 2003 for one context: from the words, up to the probabilities.

    After figure 1 of the paper, drawn anew; without its direct connections.
    """
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7, 4.6))
    axes.set(xlim=(0, 10), ylim=(0, 9.3))
    axes.axis("off")
    places = np.linspace(2.0, 8.0, len(words))
    wide = 0.8 * (places[1] - places[0]) if len(words) > 1 else 2.0
    for place, word in zip(places, words, strict=True):
        _box(axes, place, 0.5, wide, word, style.INK)
        _box(axes, place, 2.4, wide, f"C({word})", style.BLUE)
        _arrow(axes, (place, 0.95), (place, 1.95))
        _arrow(axes, (place, 2.85), (place, 3.65))
    axes.text(8.3, 1.45, "look up", va="center", ha="left", fontsize=10)
    total = len(words) * d_model
    _box(axes, 5, 4.1, 8.0, f"x: {len(words)} × {d_model} = {total} numbers in a row", style.BLUE)
    _box(axes, 5, 6.1, 5.0, f"tanh(d + H x): {d_hidden} units", style.GREEN)
    asked = f"P({guess} | {' '.join(words)})"
    _box(axes, 5, 8.1, 8.0, f"softmax(b + U tanh(…)): {asked}, …", style.ORANGE)
    _arrow(axes, (5, 4.55), (5, 5.65))
    _arrow(axes, (5, 6.55), (5, 7.65))
    alt = (
        f"The network from bottom to top. Boxes with the words {', '.join(words)}; an arrow from "
        f"each, marked look up, to the word's vector; the vectors joined to one row of "
        f"{total} numbers; a layer of {d_hidden} units with tanh; a softmax that gives the next "
        f"word's probabilities, among them that of {guess}."
    )
    return figure, alt


def _box(axes: Axes, x: float, y: float, width: float, text: str, colour: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - 0.45), width, 0.9,
            boxstyle="round,pad=0,rounding_size=0.15", facecolor="none", edgecolor=colour, lw=1.8,
        )
    )  # fmt: skip
    axes.text(x, y, text, ha="center", va="center", fontsize=10.5)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    arrow = {"arrowstyle": "-|>", "color": style.INK, "shrinkA": 1, "shrinkB": 1}
    axes.annotate("", end, start, arrowprops=arrow)


def tangent_picture(
    values: ArrayLike, losses: ArrayLike, at: float, loss: float, slope: float
) -> tuple[Figure, str]:
    """The loss over one parameter, and the line that its gradient `slope` gives at `at`."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7, 3))
    axes.plot(np.asarray(values), np.asarray(losses), label="loss")
    near = np.array([at - 1.5, at + 1.5])
    axes.plot(near, loss + slope * (near - at), label="slope = gradient")
    axes.plot(at, loss, "o", color=style.ORANGE)
    axes.set(xlabel="value of one parameter", ylabel="loss, nats")
    axes.legend()
    alt = (
        "The loss over the value of one parameter, a smooth curve. Where the parameter stands now, "
        f"at {at:.2f}, a straight line with the slope {slope:.3f} touches the curve: the gradient."
    )
    return figure, alt


def moved_words(
    moments: Mapping[str, ArrayLike], words: Sequence[str], kinds: Sequence[str]
) -> tuple[Figure, str]:
    """The same words in the plane of their two numbers, at two or more moments of training."""
    import matplotlib.pyplot as plt

    style.use()
    figure, panels = plt.subplots(1, len(moments), figsize=(8, 3.8), squeeze=False)
    told = []
    for axes, (moment, table) in zip(panels[0], moments.items(), strict=True):
        word_map(table, words, kinds, axes=axes)
        axes.get_legend().remove()
        axes.set_title(moment)
        gaps = _gaps(np.asarray(table, dtype=float), kinds)
        told.append(
            f"{moment}: "
            + ", ".join(f"the {kind}s are {gap:.1f} apart" for kind, gap in gaps.items())
        )
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure, f"Maps of {len(words)} words by their two numbers. {'; '.join(told)}."


def _gaps(points: np.ndarray, kinds: Sequence[str]) -> dict[str, float]:
    """For each kind of exactly two words, how far they lie apart."""
    found = {}
    for kind in dict.fromkeys(kinds):
        mine = [i for i, other in enumerate(kinds) if other == kind]
        if len(mine) == 2:
            found[kind] = float(np.linalg.norm(points[mine[0]] - points[mine[1]]))
    return found


def reach_picture(moves: ArrayLike) -> tuple[Figure, str]:
    """Which words move the scores after each word: `moves[i, j]` is true if word j moves i's."""
    import matplotlib.pyplot as plt

    style.use()
    table = np.asarray(moves, dtype=float)
    figure, axes = plt.subplots(figsize=(5.2, 4.8))
    after, changed = np.nonzero(table)
    axes.scatter(changed + 1, after + 1, marker="s", s=150, color=style.BLUE)
    ticks = range(1, len(table) + 1)
    axes.set_xticks(ticks)
    axes.set_yticks(ticks)
    axes.set(
        xlabel="the word that was changed", ylabel="scores after word",
        xlim=(0.4, len(table) + 0.6), ylim=(len(table) + 0.6, 0.4), aspect="equal",
    )  # fmt: skip
    places = np.argwhere(table > 0)
    back = int((places[:, 0] - places[:, 1]).max())
    ahead = (
        "and none after it" if (places[:, 1] <= places[:, 0]).all() else "and words after it, too"
    )
    alt = (
        f"A square of {len(table)} by {len(table)} places: the scores after each word move when "
        f"one of the {back + 1} words up to it is changed, {ahead}. A narrow band along the "
        "diagonal; all else is empty."
    )
    return figure, alt


def loss_curves(
    curves: Mapping[str, ArrayLike | Mapping[int, float]],
    label: str,
    levels: Mapping[str, float] | None = None,
    marks: Mapping[str, float] | None = None,
    top: float | None = None,
) -> tuple[Figure, str]:
    """Losses over the steps: rows of numbers (from step 1 on) or {step: number} for looks now and
    then. `levels` are drawn across, `marks` upright. `label` names the loss with its unit, `top`
    cuts the picture off above.
    """
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.6, 3.4))
    told = []
    for name, values in curves.items():
        if isinstance(values, Mapping):
            steps, losses = np.array(list(values)), np.array(list(values.values()))
            axes.plot(steps, losses, marker="o", markersize=5, label=name)
        else:
            losses = np.asarray(values, dtype=float)
            steps = np.arange(1, len(losses) + 1)
            axes.plot(steps, losses, label=name)
        lowest = int(losses.argmin())
        told.append(
            f"{name} goes from {losses[0]:.1f} to {losses[-1]:.1f}"
            + (f", lowest {losses[lowest]:.1f} at step {steps[lowest]}" if lowest < len(losses) - 1
               else "")
        )  # fmt: skip
    for (name, value), dash in zip((levels or {}).items(), ("-.", ":", "--"), strict=False):
        axes.axhline(value, color=style.INK, linestyle=dash, label=name)
        told.append(f"a line across at {value:.2f}, {name}")
    for name, value in (marks or {}).items():
        axes.axvline(value, color=style.INK, linestyle=":", label=name)
        told.append(f"an upright line at step {value:.0f}, {name}")
    axes.set(xlabel="step", ylabel=label)
    if top is not None:
        axes.set_ylim(top=top)
    figure.legend(loc="outside right upper")
    return figure, f"{label.partition(',')[0].capitalize()} over the steps: {'; '.join(told)}."


def growth_map(
    snapshots: Mapping[str, ArrayLike], groups: Sequence[str], shown: Sequence[str]
) -> tuple[Figure, str]:
    """One table of vectors at several moments, each as a plane: the two widest directions.

    `snapshots`: vectors of the same words by the name of the moment. `groups`: the class of each
    word; those in `shown` are coloured, the others are left out. All panels are turned the way that
    the last one lies. Raises LabError if vectors and groups do not pair.
    """
    import matplotlib.pyplot as plt

    tables = {name: np.asarray(table, dtype=float) for name, table in snapshots.items()}
    kept = np.array([group in shown for group in groups], dtype=bool)
    for name, table in tables.items():
        if table.ndim != 2 or len(table) != len(groups) or not kept.any():
            raise LabError(
                f"{name!r} has vectors of shape {table.shape} for {len(groups)} words, "
                f"{int(kept.sum())} of them in the classes shown; give one row for each word"
            )
    style.use()
    figure, panels = plt.subplots(1, len(tables), figsize=(2.8 * len(tables), 3.3), squeeze=False)
    names = [group for group in groups if group in shown]
    last = principal_components(list(tables.values())[-1][kept])
    told = []
    for axes, (moment, table) in zip(panels[0], tables.items(), strict=True):
        points = _turned(principal_components(table[kept]), last)
        for number, group in enumerate(shown):
            mine = np.array([name == group for name in names])
            axes.scatter(
                *points[mine].T, s=14, color=COLOURS[number % 5],
                marker="osD^v"[number % 5], label=group,
            )  # fmt: skip
        axes.set(title=moment, xticks=[], yticks=[])
        share = _next_of_its_kind(table[kept], names)
        told.append(f"{moment}, {share:.0%} of the words lie next to one of their class")
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(shown))
    alt = (
        f"{len(tables)} maps of the same {int(kept.sum())} words, coloured by class: "
        f"{', '.join(shown)}. {'; '.join(told)}."
    )
    return figure, alt


def _turned(points: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Points turned or mirrored to lie as `like` does (orthogonal Procrustes)."""
    left, _, right = np.linalg.svd(points.T @ like)
    return points @ (left @ right)


def _next_of_its_kind(table: np.ndarray, kinds: Sequence[str]) -> float:
    """The share of rows whose nearest other row, by angle, is of the same kind."""
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2)
    return float(
        np.mean([kinds[j] == kind for j, kind in zip(cosines.argmax(1), kinds, strict=True)])
    )


def agreement_curves(
    found: Mapping[str, Mapping[int, tuple[float, int]]], window: int
) -> tuple[Figure, str]:
    """Share of right verb forms over the distance to the subject, one line for each model.

    `found[model][distance]` is (share, number of cases), as `agreement_by_distance` gives it; the
    last distance stands for all beyond. `window`: how far back the models see.
    """
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots()
    told = []
    for model, shares in found.items():
        axes.plot(list(shares), [share for share, _ in shares.values()], marker="o", label=model)
        points = ", ".join(f"{share:.0%} at {d}" for d, (share, _) in shares.items())
        told.append(f"{model} {points}")
    counts = next(iter(found.values()))
    last = max(counts)
    ticks = [f"{d}{'+' if d == last else ''}\n{n}" for d, (_, n) in counts.items()]
    axes.set_xticks(list(counts), ticks)
    axes.axvline(window + 0.5, color=style.INK, linestyle="--")
    axes.text(window + 0.6, 1.0, "outside the window", va="top", fontsize=10)
    axes.axhline(0.5, color=style.INK, linestyle=":")
    axes.set(
        xlabel="words back to the subject's noun; below, how many cases",
        ylabel="right form is the likelier", ylim=(0.3, 1.03),
    )  # fmt: skip
    axes.legend(loc="lower right")
    alt = (
        "Share of verbs whose right form is the likelier, over the distance to the subject: "
        f"{'; '.join(told)}. A dotted line marks one half, a dashed one the end of the window of "
        f"{window} words."
    )
    return figure, alt
