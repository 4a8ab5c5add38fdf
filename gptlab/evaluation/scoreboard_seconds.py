"""A board against time: what each model's seconds of training bought, in one picture.

Reads the rows of `gptlab.evaluation.scoreboard`. The seconds are those of the machine in each row,
so compare powers of ten, not digits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gptlab.errors import LabError
from gptlab.evaluation import scoreboard
from gptlab.evaluation.scoreboard import BOARDS, Row, kind_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

SHORTEST = 0.01  # seconds; what took less stands at the left edge
# Where a label may stand, in points from its marker: best first
_HEIGHTS = [0, *(sign * 12 * n for n in range(1, 11) for sign in (1, -1))]
_PLACES = [(x, y) for y in _HEIGHTS for x in (8, -8, 30, -30)]


def plot_seconds(board: str, data: str | None = None, metric: str | None = None) -> Figure:
    """Value against training seconds (logarithmic), a point for each model, its name beside it.

    A row that nothing was fitted for and that beats all others is a floor: a dotted line.
    `data` and `metric` choose among a board's measurements as in `scoreboard.plot`. Raises
    LabError where there is no such row, or none that was trained.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator, NullFormatter

    from gptlab.figures.style import COLOURS, KINDS, use

    shown, floor = _timed(board, data, metric)
    lower = BOARDS[board][shown[0]["metric"]]
    use()
    figure, axes = plt.subplots(figsize=(7, 2.6 + 0.24 * len(shown)))
    for row in shown:
        marker = "D" if row["profile"] == "gpu" else "o"
        axes.plot(_seconds(row), row["value"], marker, color=KINDS[kind_of(row)][1])
    seconds = [_seconds(row) for row in shown]
    values = [row["value"] for row in [*shown, *floor]]
    room = 0.12 * (max(values) - min(values)) or 0.5
    axes.set_xscale("log")
    first, last = math.floor(math.log10(min(seconds))), math.ceil(math.log10(max(seconds)))
    axes.set_xlim(10.0 ** (first - 0.1), 10.0 ** (max(last, first + 2) + 0.1))
    axes.set_ylim(min(values) - room, max(values) + room)
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0,)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    diamonds = any(row["profile"] == "gpu" for row in shown)
    axes.set_xlabel("seconds of training" + " (diamonds: on a GPU)" * diamonds)
    axes.set_ylabel(f"{shown[0]['metric']}\n({'lower' if lower else 'higher'} is better)")
    named = []
    for row in floor:
        axes.axhline(row["value"], color=COLOURS["floor"], linestyle=":")
        named.append(_annotate(axes, row["model"], (axes.get_xlim()[1], row["value"]), -2, 8))
    _label(figure, axes, shown, named)
    return figure


def seconds_alt_text(board: str, data: str | None = None, metric: str | None = None) -> str:
    """The picture of `plot_seconds` in words, from the same rows, quickest first."""
    shown, floor = _timed(board, data, metric)
    told = [
        f"{_name(row)}: {_told(row)}, {row['value']:.2f}" for row in sorted(shown, key=_seconds)
    ]
    told += [f"dotted line at {row['value']:.2f}: {row['model']}" for row in floor]
    lower = "lower" if BOARDS[board][shown[0]["metric"]] else "higher"
    return (
        f"Points of {shown[0]['metric']} on {shown[0]['data']} ({lower} is better) against seconds "
        f"of training on a logarithmic axis: {'; '.join(told)}."
    )


def _timed(board: str, data: str | None, metric: str | None) -> tuple[list[Row], list[Row]]:
    """What was trained; and of the rest, which has no place on an axis of time, what beats it."""
    shown = scoreboard.chosen(board, data, metric)
    trained = [row for row in shown if row["parameters"]]
    if not trained:
        raise LabError(f"no row of the board {board!r} was trained; train a model first")
    sign = 1 if BOARDS[board][shown[0]["metric"]] else -1
    best = min(sign * row["value"] for row in trained)
    return trained, [r for r in shown if not r["parameters"] and sign * r["value"] < best]


def _seconds(row: Row) -> float:
    return max(row["seconds"], SHORTEST)


def _told(row: Row) -> str:
    s = row["seconds"]
    return f"under {SHORTEST} s" if s < SHORTEST else f"{s:.3g} s" if s < 100 else f"{s:,.0f} s"


def _name(row: Row) -> str:
    return row["model"] + " (GPU)" * (row["profile"] == "gpu")


def _label(figure: Figure, axes: Axes, shown: Sequence[Row], named: Sequence[Annotation]) -> None:
    """A name beside each point, where it covers neither another name, those in `named` among them,
    nor another point."""
    figure.canvas.draw()  # fixes the layout, so that what is measured here is what is drawn
    figure.set_layout_engine("none")
    frame = axes.get_window_extent()
    points = [axes.transData.transform((_seconds(row), row["value"])) for row in shown]
    taken: list[Bbox] = [_extent(label) for label in named]
    for row, point in sorted(zip(shown, points, strict=True), key=lambda pair: -pair[1][0]):
        best, least = None, math.inf
        for x, y in _PLACES:
            label = _annotate(axes, _name(row), (_seconds(row), row["value"]), x, y)
            box = _extent(label)
            cost = sum(box.overlaps(other) for other in taken) + sum(
                box.expanded(1.02, 1.2).contains(*other) for other in points if other is not point
            )
            cost += 10 * (box.x0 < frame.x0 or box.x1 > frame.x1)
            cost += 10 * (box.y0 < frame.y0 or box.y1 > frame.y1)
            if best is not None and cost >= least:
                label.remove()
                continue
            if best is not None:
                best.remove()
            best, least = label, cost
            if not cost:
                break
        assert best is not None
        taken.append(_extent(best))


def _extent(label: Annotation) -> Bbox:
    """The room of the words alone: an annotation's own figure would include its line."""
    from matplotlib.text import Text

    label.get_window_extent()  # moves the words to where the offset puts them
    return Text.get_window_extent(label).expanded(1.0, 1.05)


def _annotate(axes: Axes, text: str, point: tuple[float, float], x: int, y: int) -> Annotation:
    from gptlab.figures.style import INK

    line = (
        {"arrowstyle": "-", "color": INK, "linewidth": 0.6, "shrinkB": 3} if abs(y) > 12 else None
    )
    return axes.annotate(
        text, point, xytext=(x, y), textcoords="offset points",
        ha="left" if x > 0 else "right", va="center", fontsize=9, arrowprops=line,
    )  # fmt: skip
