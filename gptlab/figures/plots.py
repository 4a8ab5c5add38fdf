"""Pictures that more than one chapter draws: training curves, heat maps, maps of words, bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gptlab.errors import LabError
from gptlab.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox
    from numpy.typing import ArrayLike

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


MOST_WRITTEN = 150  # cells of a heat map: with more, numbers could not be read


def heat_map(
    matrix: ArrayLike,
    rows: Sequence[str],
    columns: Sequence[str],
    label: str = "",
    digits: int | None = 2,
    axes: Axes | None = None,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """A matrix as colours, its cells numbered where there is room: rows down, columns across.

    `label` names what a colour means. `digits` after the point in each cell; None writes none, and
    above MOST_WRITTEN cells none is written. NaN leaves a cell empty. Draws into `axes` if given.
    `limits` are the values of the darkest and the brightest colour, so that maps can be compared.
    Raises LabError unless the matrix has one row per name of `rows` and one column per name of
    `columns`.
    """
    import matplotlib.pyplot as plt

    values = np.asarray(matrix, dtype=float)
    if values.shape != (len(rows), len(columns)) or not values.size:
        raise LabError(
            f"the matrix has shape {values.shape}, the names are for {(len(rows), len(columns))}; "
            "give one name for each row and each column"
        )
    style.use()
    if axes is None:
        height = min(1.4 + 0.34 * len(rows), 9.0)
        _, axes = plt.subplots(figsize=(min(2.6 + 0.62 * len(columns), 8.0), height))
    low, high = limits or (None, None)
    image = axes.imshow(values, aspect="auto", vmin=low, vmax=high)
    axes.set_xticks(range(len(columns)), columns, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(rows)), rows)
    axes.grid(visible=False)
    figure = axes.figure.get_figure(root=True)
    assert figure is not None
    figure.colorbar(image, ax=axes, label=label, fraction=0.05)
    if digits is not None and values.size <= MOST_WRITTEN:
        for (i, j), value in np.ndenumerate(values):
            if math.isfinite(value):
                colour = style.text_on(tuple(image.to_rgba(value)[:3]))
                axes.text(j, i, f"{value:.{digits}f}", ha="center", va="center", color=colour)
    return figure


# Where a word may stand beside its point, nearest first: sideways, above, below, at the corners.
_BESIDE = [(6, 0), (-6, 0), (0, 8), (0, -8), (6, 8), (-6, 8), (6, -8), (-6, -8)]
_BESIDE += [(2 * x, 2 * y) for x, y in _BESIDE]


def word_map(
    points: ArrayLike,
    words: Sequence[str],
    groups: Sequence[str] | None = None,
    axes: Axes | None = None,
) -> Figure:
    """Words as points in a plane, each named beside its point where it covers no other name.

    `points` has shape (words, 2). `groups` gives each word a class, drawn as colour and marker,
    with a legend. Draws into `axes` if given. Raises LabError for another shape and for points
    that are not finite.
    """
    import matplotlib.pyplot as plt

    places = np.asarray(points, dtype=float)
    if places.shape != (len(words), 2) or not len(words):
        raise LabError(
            f"points have shape {places.shape}, expected ({len(words)}, 2): one place for each word"
        )
    if not np.isfinite(places).all():
        raise LabError("some points are not finite numbers; a zero vector has no direction to draw")
    if groups is not None and len(groups) != len(words):
        raise LabError(f"{len(groups)} groups for {len(words)} words; give one for each word")
    style.use()
    if axes is None:
        _, axes = plt.subplots(figsize=(7.0, 5.0))
    colours = [style.BLUE, style.ORANGE, style.GREEN, style.PURPLE, style.INK]
    kinds = list(dict.fromkeys(groups or [""]))
    for place, kind in enumerate(kinds):
        mine = np.array([groups is None or group == kind for group in groups or words])
        axes.scatter(
            places[mine, 0], places[mine, 1],
            s=22, color=colours[place % 5], marker="osD^vP*X"[place % 8], label=kind,
        )  # fmt: skip
    if groups is not None:
        axes.legend()
    axes.margins(0.12)
    _name_points(axes, places, words)
    figure = axes.figure.get_figure(root=True)
    assert figure is not None
    return figure


def _name_points(axes: Axes, places: np.ndarray, words: Sequence[str]) -> None:
    """Write each word at the first place of _BESIDE that is free, else where it covers least."""
    from matplotlib.transforms import Bbox

    figure = axes.figure.get_figure(root=True)
    assert figure is not None
    figure.canvas.draw()
    dots = axes.transData.transform(places)
    taken = [Bbox.from_bounds(x - 4, y - 4, 8, 8) for x, y in dots]
    for (x, y), word in zip(places, words, strict=True):
        tries: list[tuple[float, int, Annotation, Bbox]] = []
        for dx, dy in _BESIDE:
            side = "center" if not dx else "left" if dx > 0 else "right"
            note = axes.annotate(
                word, (x, y), (dx, dy), textcoords="offset points", fontsize=9, ha=side, va="center"
            )
            box = note.get_window_extent()
            hidden = sum(_shared_area(box, other) for other in taken)
            tries.append((hidden, len(tries), note, box))
            if not hidden:
                break
        best = min(tries, key=lambda each: each[:2])
        taken.append(best[3])
        for each in tries:
            if each is not best:
                each[2].remove()


def _shared_area(one: Bbox, other: Bbox) -> float:
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    return max(width, 0.0) * max(height, 0.0)


def bars(
    names: Sequence[str],
    values: Sequence[float],
    label: str,
    colours: Sequence[str] | str | None = None,
    digits: int = 2,
    axes: Axes | None = None,
) -> Figure:
    """One bar across for each name, the first on top, its value written at its end.

    `label` names the axis with its unit. `colours`: one, or one for each bar. Draws into `axes` if
    given. Raises LabError if there is nothing to draw or names and values do not pair.
    """
    import matplotlib.pyplot as plt

    if not len(names) or len(names) != len(values):
        raise LabError(f"{len(names)} names for {len(values)} values; give one for each, not none")
    style.use()
    if axes is None:
        _, axes = plt.subplots(figsize=(7.0, 1.1 + 0.36 * len(names)))
    colour = style.COLOURS["ours"] if colours is None else colours
    drawn = axes.barh(range(len(names)), list(values), 0.65, color=colour)
    axes.bar_label(drawn, fmt=f"{{:.{digits}f}}", padding=4)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(label)
    figure = axes.figure.get_figure(root=True)
    assert figure is not None
    return figure
