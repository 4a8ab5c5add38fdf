"""Pictures of chapter 07: scores against PMI, GloVe's weight, AdaGrad's steps, luck, two senses.

Each function returns the figure and its words, computed from the same data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from gptlab.errors import LabError
from gptlab.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike


def score_panels(target: ArrayLike, fitted: Mapping[str, ArrayLike]) -> tuple[Figure, str]:
    """The scores that were learned over PMI - ln k, a dot for each pair, a panel for each model."""
    import matplotlib.pyplot as plt

    goal = np.asarray(target, dtype=float)
    style.use()
    figure, panels = plt.subplots(
        1, len(fitted), figsize=(8.0, 3.2), sharex=True, sharey=True, squeeze=False
    )
    told = []
    for axes, (title, scores) in zip(panels[0], fitted.items(), strict=True):
        found = np.asarray(scores, dtype=float)
        if found.shape != goal.shape:
            raise LabError(f"{title} has shape {found.shape}; give {goal.shape}, as the target")
        axes.axline((0, 0), slope=1, color=style.INK, linestyle=":", linewidth=1)
        axes.scatter(goal, found, s=7, color=style.COLOURS["ours"])
        axes.set(title=title, xlabel="PMI − ln k")
        off = np.abs(found - goal)
        most = "less than 0.01" if off.max() < 0.01 else f"up to {off.max():.1f}"
        told.append(f"{title}: the dots lie {most} from it")
    panels[0, 0].set_ylabel("word · context")
    return figure, (
        f"Scatter plots of learned scores over shifted PMI, {goal.size} pairs each, with the line "
        f"where both are equal. {'. '.join(told)}."
    )


def excess_curves(
    dimensions: Sequence[int], excess: Mapping[str, Sequence[float]]
) -> tuple[Figure, str]:
    """How far above its least value the loss of skip-gram lies, over the dimensions of vectors."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.0))
    for (name, values), marker in zip(excess.items(), "os^D", strict=False):
        axes.semilogy(dimensions, values, marker=marker, label=name)
    axes.set(xlabel="dimensions", ylabel="nats per pair above the least", xticks=dimensions)
    axes.legend()
    told = "; ".join(
        f"{name} from {values[0]:.2g} at {dimensions[0]} to {values[-1]:.1g} at {dimensions[-1]}"
        for name, values in excess.items()
    )
    return figure, f"Falling curves of the loss above its least value, by dimensions: {told}."


def weight_picture(counts: ArrayLike, x_max: float, alpha: float) -> tuple[Figure, str]:
    """GloVe's weight over the count, above the number of pairs that have such a count."""
    import matplotlib.pyplot as plt

    found = np.asarray(counts, dtype=float)
    found = found[found > 0]
    if not len(found):
        raise LabError("all counts are zero; there is no pair to draw")
    style.use()
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(7.0, 4.0), sharex=True)
    edges = np.geomspace(found.min(), found.max() * 1.001, 20)  # harmonic counts come in lumps
    x = np.geomspace(edges[0], edges[-1], 200)
    upper.plot(x, np.minimum(1, (x / x_max) ** alpha), color=style.COLOURS["ours"])
    upper.axvline(x_max, color=style.INK, linestyle=":", linewidth=2)
    upper.annotate(f"x_max = {x_max:g}", (x_max, 0.1), (5, 0), textcoords="offset points")
    upper.set(ylabel="weight f(x)", ylim=(0, 1.1))
    lower.hist(found, bins=edges, color=style.COLOURS["train"])
    lower.set(xscale="log", xlabel="count x", ylabel="pairs")
    full = (found >= x_max).mean()
    return figure, (
        f"Above, the weight of a pair over its count: it rises to 1 at {x_max:g}, marked by a "
        f"dotted line, and stays there. Below, how many of the {len(found):,} pairs have such a "
        f"count: most have a small one, {full:.0%} of them reach the full weight."
    )


def step_picture(counts: ArrayLike, steps: ArrayLike, lr: float) -> tuple[Figure, str]:
    """AdaGrad's step for a gradient of 1, each word a dot, over how often the word occurs."""
    import matplotlib.pyplot as plt

    often, size = np.asarray(counts, dtype=float), np.asarray(steps, dtype=float)
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.0))
    axes.loglog(often, size, "o", markersize=4, color=style.COLOURS["ours"])
    axes.axhline(lr, color=style.INK, linestyle=":", linewidth=1)
    axes.annotate("at the start", (often.max(), lr), (0, -5), textcoords="offset points",
                  ha="right", va="top")  # fmt: skip
    axes.set(xlabel="times that the word occurs", ylabel="step for a gradient of 1")
    order = np.argsort(often)
    rare, common = (np.median(size[part]) for part in (order[:50], order[-50:]))
    return figure, (
        f"A dot for each of {len(often)} words. All began with a step of {lr:g}, a dotted line. "
        f"The 50 rarest words still have about {rare:.2g}, the 50 commonest {common:.2g}: the more "
        "often a word occurs, the smaller its steps have become."
    )


def luck_picture(by_luck: Mapping[str, tuple[ArrayLike, float]]) -> tuple[Figure, str]:
    """What shuffled lists give, as a histogram, and a line for what the true lists gave."""
    import matplotlib.pyplot as plt

    style.use()
    figure, panels = plt.subplots(
        1, len(by_luck), figsize=(8.0, 2.9), sharex=True, sharey=True, squeeze=False
    )
    told = []
    for axes, (title, (values, found)) in zip(panels[0], by_luck.items(), strict=True):
        shuffled = np.asarray(values, dtype=float)
        axes.hist(shuffled, bins=40, color=style.COLOURS["baseline"])
        axes.axvline(found, color=style.COLOURS["ours"])
        axes.set(title=title, xlabel="difference of the lists")
        axes.locator_params(axis="x", nbins=5)
        share = (shuffled >= found - 1e-12).mean()
        told.append(f"{title}: {share:.2%} of the shuffles reach the line")
    panels[0, 0].set_ylabel("shuffles")
    return figure, (
        "Histograms of the difference between two lists of words when they are shuffled, with a "
        f"line at the difference of the true lists. {'. '.join(told)}."
    )


def senses_picture(
    whole: Float[np.ndarray, "d"],
    senses: Mapping[str, Float[np.ndarray, "d"]],
    name: str,
    mean: Float[np.ndarray, "d"],
) -> tuple[Figure, str]:
    """A word, its two senses and their mean as arrows in the plane that the senses span.

    Raises LabError unless there are two senses that point different ways.
    """
    import matplotlib.pyplot as plt

    if len(senses) != 2:
        raise LabError(f"{len(senses)} senses; a plane has room for two")
    first, second = (np.asarray(each, dtype=float) for each in senses.values())
    across = first / np.linalg.norm(first)
    up = second - (second @ across) * across
    if np.linalg.norm(up) < 1e-9:
        raise LabError("the two senses point the same way and span no plane")
    plane = np.stack([across, up / np.linalg.norm(up)])
    style.use()
    figure, axes = plt.subplots(figsize=(6.0, 4.2))
    looks = [style.BLUE, style.BLUE, style.INK, style.ORANGE]
    arrows = [*senses.items(), ("mean of the two", mean), (name, whole)]
    for (label, vector), colour in zip(arrows, looks, strict=True):
        x, y = plane @ np.asarray(vector, dtype=float)
        arrow = {"arrowstyle": "->", "color": colour, "linewidth": 2}
        axes.annotate("", (x, y), (0, 0), arrowprops=arrow)
        below = -10 if label == "mean of the two" else 2
        axes.annotate(label, (x, y), (6, below), textcoords="offset points")
    points = np.array([plane @ np.asarray(each, dtype=float) for _, each in arrows])
    high, low = points.max(axis=0).clip(min=0), points.min(axis=0).clip(max=0)
    room = 0.1 * (high - low).max()
    axes.set(xlim=(low[0] - room, high[0] + 4 * room), ylim=(low[1] - room, high[1] + room))
    axes.set_aspect("equal")
    inside = np.linalg.norm(plane @ whole) / np.linalg.norm(whole)
    names = " and ".join(senses)
    return figure, (
        f"Arrows for {names} from one point, between them one for {name} and one for the mean of "
        f"the two; the last two point nearly the same way. {inside:.0%} of the length of {name} "
        "lies in this plane."
    )
