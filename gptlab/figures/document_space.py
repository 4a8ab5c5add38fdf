"""Pictures of documents as vectors: angles, rotated axes, maps, and how dimensions are chosen.

Each function draws one figure from data and returns it with nothing hidden: the chapter writes the
text alternative, or takes the one returned beside the figure.
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

    from gptlab.classic.documents import TfIdf


def idf_curve(index: TfIdf, words: Sequence[str]) -> Figure:
    """The weight of a word against how many documents hold it, with `words` as examples.

    Raises LabError for a word that the index does not know.
    """
    import matplotlib.pyplot as plt

    holding = np.asarray((index.matrix > 0).sum(axis=0)).ravel()
    order = np.argsort(holding, kind="stable")
    figure, axes = plt.subplots()
    axes.plot(holding[order], index.weights[order], color=style.COLOURS["baseline"], linestyle="-")
    for word in words:
        place = index.vocabulary.id(word)
        x, y = holding[place], index.weights[place]
        axes.plot(x, y, "o", color=style.COLOURS["ours"])
        axes.annotate(word, (x, y), (6, 6), textcoords="offset points")
    axes.margins(x=0.12, y=0.15)
    axes.set(xlabel="documents that hold the word", ylabel="idf")
    return figure


def angle_picture(vectors: Mapping[str, Sequence[float]], axis_names: tuple[str, str]) -> Figure:
    """Two-dimensional vectors as arrows from the origin, with the angle from the first to the last.

    Raises LabError for fewer than two vectors, and for one that has not two numbers.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Arc

    if len(vectors) < 2 or any(len(vector) != 2 for vector in vectors.values()):
        raise LabError("give at least two vectors, each of two numbers")
    figure, axes = plt.subplots(figsize=(5.4, 3.4))
    ends = {name: np.array(vector, dtype=float) for name, vector in vectors.items()}
    # The longest first, and thin: a shorter arrow in the same direction lies upon it.
    longest = sorted(ends, key=lambda name: -np.linalg.norm(ends[name]))
    for place, name in enumerate(longest):
        colour = [style.GREEN, style.ORANGE, style.BLUE, style.PURPLE][place % 4]
        arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.5 + place, "shrinkB": 0}
        x, y = vectors[name]
        axes.annotate("", (x, y), (0, 0), arrowprops=arrow)
        axes.annotate(name, (x, y), (9, -3), textcoords="offset points")
    names = list(ends)
    first, last = sorted(
        np.degrees(np.arctan2(ends[n][1], ends[n][0])) for n in (names[0], names[-1])
    )
    reach = 1.1 * max(vector.max() for vector in ends.values())
    axes.add_patch(
        Arc((0, 0), 0.45 * reach, 0.45 * reach, theta1=first, theta2=last, color=style.INK)
    )
    axes.set(xlim=(0, 1.7 * reach), ylim=(0, reach), aspect="equal")
    axes.set(xlabel=f"count of {axis_names[0]}", ylabel=f"count of {axis_names[1]}")
    return figure


def rotated_axes(
    points: Float[np.ndarray, "n 2"], axes_found: Float[np.ndarray, "2 2"], names: tuple[str, str]
) -> Figure:
    """Points in a plane of two words, and the two perpendicular axes that the SVD finds for them.

    `axes_found[:, k]` is the k-th direction. Raises LabError for other shapes.
    """
    import matplotlib.pyplot as plt

    if points.ndim != 2 or points.shape[1] != 2 or axes_found.shape != (2, 2):
        raise LabError(f"points have shape {points.shape}; expected (n, 2), and two axes of two")
    figure, axes = plt.subplots(figsize=(6.2, 4.2))
    axes.scatter(points[:, 0], points[:, 1], s=16, color=style.BLUE)
    length = points.max()
    for k, (colour, dash) in enumerate([(style.ORANGE, "-"), (style.GREEN, "--")]):
        # The first axis runs through the cloud; of the second a piece on both sides is enough.
        ends = np.outer([0.0, 1.3] if k == 0 else [-0.35, 0.35], axes_found[:, k] * length)
        axes.plot(*ends.T, color=colour, linestyle=dash, label=f"axis {k + 1}")
    axes.set(xlabel=f"weight of {names[0]}", ylabel=f"weight of {names[1]}", aspect="equal")
    axes.legend()
    return figure


def article_map(places: Float[np.ndarray, "n 2"], titles: Sequence[str], named: int = 26) -> Figure:
    """All documents as dots, and the `named` farthest from the middle with their titles.

    Raises LabError unless there is one title for each place.
    """
    from gptlab.figures.plots import word_map

    if len(places) != len(titles):
        raise LabError(f"{len(places)} places for {len(titles)} titles; give one for each")
    middle = np.median(places, axis=0)
    spread = np.abs(places - middle).mean(axis=0)
    far = np.argsort(-(((places - middle) / spread) ** 2).sum(axis=1), kind="stable")[:named]
    figure = word_map(places[far], [titles[i] for i in far])
    axes = figure.axes[0]
    rest = np.setdiff1d(np.arange(len(titles)), far)
    axes.scatter(places[rest, 0], places[rest, 1], s=12, color=style.INK, zorder=1)
    return figure


def curves_by_dimensions(
    dimensions: Sequence[int],
    curves: Mapping[str, Sequence[float]],
    levels: Mapping[str, float],
    label: str,
) -> Figure:
    """What `curves` measure against the number of dimensions kept (logarithmic), and fixed levels.

    Raises LabError for a curve that has not one value for each number of dimensions.
    """
    import matplotlib.pyplot as plt

    short = [name for name, values in curves.items() if len(values) != len(dimensions)]
    if short:
        raise LabError(f"{short[0]!r} needs {len(dimensions)} values, one for each dimension")
    figure, axes = plt.subplots()
    for (name, values), marker in zip(curves.items(), "osD^", strict=False):
        axes.plot(dimensions, values, marker=marker, label=name)
    for (name, value), dash in zip(levels.items(), [":", (0, (5, 1, 1, 1))], strict=False):
        axes.axhline(value, color=style.INK, linestyle=dash, label=name)
    axes.set_xscale("log")
    axes.set_xticks(list(dimensions), [str(d) for d in dimensions])
    axes.minorticks_off()
    axes.set(xlabel="dimensions kept", ylabel=label)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return figure


def agreement_scatter(
    human: Float[np.ndarray, "n n"], machines: Mapping[str, Float[np.ndarray, "n n"]]
) -> Figure:
    """A panel for each machine: its cosine against the human judgement, for all pairs.

    Pairs that would lie on each other share a dot, whose area grows with their number.
    Raises LabError if a matrix has another shape than the human one.
    """
    import matplotlib.pyplot as plt

    wrong = [name for name, found in machines.items() if found.shape != human.shape]
    if wrong or not machines:
        raise LabError(f"give matrices of shape {human.shape}; these have another: {wrong}")
    above = np.triu_indices(len(human), 1)
    figure, panels = plt.subplots(
        1, len(machines), figsize=(2.5 * len(machines), 3.0), sharey=True, squeeze=False
    )
    for axes, (name, found) in zip(panels[0], machines.items(), strict=True):
        step = max(float(np.ptp(found[above])) / 60, 1e-9)
        pairs = np.stack([np.round(found[above] / step) * step, human[above]], axis=1)
        dots, count = np.unique(pairs.round(9), axis=0, return_counts=True)
        for size in np.unique(count):  # one drawing for each size keeps the file small
            mine = dots[count == size]
            axes.scatter(mine[:, 0], mine[:, 1], 5.0 * size, color=style.BLUE, linewidth=0)
        axes.set(title=name, xlabel="cosine")
    panels[0][0].set_ylabel("people's judgement")
    return figure
