"""Pictures of chapter 05: a window over a sentence, and what stands in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gptlab.embeddings.distributional import WEIGHTINGS
from gptlab.embeddings.vectors import Ranked
from gptlab.errors import LabError
from gptlab.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def window_picture(words: Sequence[str], at: int, window: int) -> Figure:
    """A sentence in boxes, the window around word number `at`, and each weighting's numbers.

    Raises LabError if there is no word number `at`.
    """
    import matplotlib.pyplot as plt

    if not 0 <= at < len(words):
        raise LabError(
            f"there is no word number {at} among {len(words)}; give 0 to {len(words) - 1}"
        )
    style.use()
    figure, axes = plt.subplots(figsize=(8.0, 2.3))
    axes.axis("off")
    for i, word in enumerate(words):
        distance = abs(i - at)
        inside = 0 < distance <= window
        edge = style.BLUE if i == at else style.ORANGE if inside else style.INK
        box = {
            "boxstyle": "round,pad=0.35", "facecolor": "none", "edgecolor": edge,
            "linewidth": 2.5 if distance <= window else 1,
            "linestyle": "-" if distance <= window else ":",
        }  # fmt: skip
        axes.text(
            i, 0, word, ha="center", va="center", bbox=box, weight="bold" if i == at else None
        )
        if inside:
            for row, weigh in enumerate(WEIGHTINGS.values(), start=1):
                axes.text(i, -0.7 * row - 0.2, f"{weigh(distance, window):.2f}", ha="center")
    for row, name in enumerate(WEIGHTINGS, start=1):
        axes.text(-1.05, -0.7 * row - 0.2, name, ha="left")
    axes.set(xlim=(-1.1, len(words) - 0.4), ylim=(-2.6, 0.6))
    return figure


def neighbour_bars(lists: Mapping[str, Ranked], classes: Mapping[str, str]) -> Figure:
    """Neighbours side by side, one panel for each list; a bar is a cosine, its hatch a class.

    Raises LabError if there is nothing to draw.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch

    if not lists or not all(lists.values()):
        raise LabError("there is nothing to draw: give one list of neighbours or more")
    style.use()
    longest = max(map(len, lists.values()))
    figure, panels = plt.subplots(
        1, len(lists), figsize=(8.0, 0.9 + 0.32 * longest), sharex=True, squeeze=False
    )
    kinds = list(dict.fromkeys(classes.get(w, "other") for near in lists.values() for w, _ in near))
    colours = [style.BLUE, style.ORANGE, style.GREEN, style.PURPLE, style.INK]
    looks: dict[str, dict[str, Any]] = {
        kind: {"facecolor": colours[i % 5], "hatch": ["", "//", "..", "xx", "\\\\"][i % 5]}
        for i, kind in enumerate(kinds)
    }
    for axes, (title, near) in zip(panels[0], lists.items(), strict=True):
        for place, (word, cosine) in enumerate(near):
            axes.barh(place, cosine, 0.65, **looks[classes.get(word, "other")])
        axes.set_yticks(range(len(near)), [word for word, _ in near])
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.set(title=title, xlabel="cosine")
    figure.legend(
        handles=[Patch(label=kind, **look) for kind, look in looks.items()],
        loc="outside lower center", ncols=len(looks),
    )  # fmt: skip
    return figure
