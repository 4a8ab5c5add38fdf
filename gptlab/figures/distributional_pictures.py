"""Pictures of chapter 05: windows, cosines, learning curves, neighbours side by side, islands.

Each function returns the figure and its words, computed from the same data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from gptlab.embeddings.distributional import WEIGHTINGS
from gptlab.embeddings.vectors import Ranked, WordVectors
from gptlab.errors import LabError
from gptlab.figures import plots, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def window_picture(words: Sequence[str], at: int, window: int) -> tuple[Figure, str]:
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
    told = "; ".join(
        f"{name} {', '.join(f'{weigh(d, window):.2f}' for d in range(1, window + 1))}"
        for name, weigh in WEIGHTINGS.items()
    )
    return figure, (
        f"A sentence of {len(words)} words in boxes. Around {words[at]} the {window} words on each "
        "side are marked as its window. Under them stand the weights of three weightings, by "
        f"growing distance: {told}."
    )


def cosine_panels(tables: Mapping[str, WordVectors], words: Sequence[str]) -> tuple[Figure, str]:
    """The cosines of some words with each other, a heat map for each table."""
    import matplotlib.pyplot as plt

    style.use()
    figure, panels = plt.subplots(1, len(tables), figsize=(8.6, 4.0), squeeze=False)
    told = []
    for axes, (title, table) in zip(panels[0], tables.items(), strict=True):
        cosines = table.restricted(words).cosines(np.arange(len(words)))
        plots.heat_map(cosines, words, words, label="cosine", digits=None, axes=axes)
        axes.images[0].set_clim(0, 1)  # the same colours in every panel
        axes.set_title(title)
        others = cosines[~np.eye(len(words), dtype=bool)]
        told.append(f"by {title} {np.mean(others > 0.5):.0%} of the cells beside the diagonal")
    return figure, (
        f"Heat maps of the cosines of {len(words)} words, {len(tables)} side by side. Bright, "
        f"above 0.5, are {'; '.join(told)}."
    )


def falling_values(values: Sequence[float] | np.ndarray, kept: int) -> tuple[Figure, str]:
    """Singular values, largest first, with a dotted line after those that are kept."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7, 2.8))
    axes.plot(np.arange(1, len(values) + 1), values, linestyle="-")
    axes.axvline(kept, color=style.COLOURS["floor"], linestyle=":")
    axes.set(xlabel="singular value, largest first", ylabel="size", ylim=(0, None))
    return figure, (
        f"Curve of the {len(values)} largest singular values. It starts at {values[0]:.0f}, falls "
        f"steeply to {values[kept - 1]:.0f} at number {kept}, marked by a dotted line, and then "
        f"slowly to {values[-1]:.0f}: a long tail."
    )


def learning_curves(
    sizes: Sequence[int], shares: Mapping[str, Sequence[float]]
) -> tuple[Figure, str]:
    """How pure the neighbours of each model are, over the number of sentences that it read."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots()
    for (name, values), marker in zip(shares.items(), "osDv^", strict=False):
        axes.semilogx(sizes, values, marker=marker, label=name)
    axes.set(xlabel="sentences read", ylabel="neighbours of the same class", ylim=(0, 1))
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes], rotation=30)
    axes.minorticks_off()
    axes.legend()
    told = "; ".join(
        f"{name} {', '.join(f'{value:.2f}' for value in values)}" for name, values in shares.items()
    )
    return figure, (
        "Curves of the share of a noun's five nearest neighbours that are of its class, for "
        f"{', '.join(f'{size:,}' for size in sizes)} sentences: {told}. All rise."
    )


def judgement_scatter(
    cosines: Mapping[str, Sequence[float] | np.ndarray], judged: Sequence[float] | np.ndarray
) -> tuple[Figure, str]:
    """Human judgement of word pairs over their cosine, one panel for each model."""
    import matplotlib.pyplot as plt

    style.use()
    figure, panels = plt.subplots(1, len(cosines), figsize=(8, 3.4), sharey=True, squeeze=False)
    for axes, (name, values) in zip(panels[0], cosines.items(), strict=True):
        axes.scatter(values, judged, s=10, color=style.COLOURS["ours"])
        axes.set(title=name, xlabel="cosine")
    panels[0, 0].set_ylabel("people, 0 to 10")
    told = "; ".join(
        f"{name} from {min(values):.2f} to {max(values):.2f}" for name, values in cosines.items()
    )
    return figure, (
        f"Scatter plots of human judgement over cosine for {len(judged)} pairs. The cosines lie: "
        f"{told}. By raw counts judgement does not rise with the cosine; by the other, most pairs "
        "with a large cosine are judged above 5."
    )


def islands_picture(
    places: Float[np.ndarray, "words 2"], classes: Sequence[str]
) -> tuple[Figure, str]:
    """A map with a dot for each word. Above each island of three dots or more stand the classes
    that make up a fifth of it."""
    import matplotlib.pyplot as plt
    from scipy.cluster.hierarchy import fclusterdata

    style.use()
    figure, axes = plt.subplots(figsize=(7, 4.6))
    axes.scatter(places[:, 0], places[:, 1], s=10, color=style.BLUE)
    width, height = (float(np.ptp(axis)) or 1.0 for axis in places.T)
    # An island: from each dot to the next is less than a twentieth of the map.
    islands = fclusterdata(places, t=0.05 * max(width, height), criterion="distance")
    told = []
    for island in dict.fromkeys(islands.tolist()):
        mine = islands == island
        kinds = Counter(kind for kind, here in zip(classes, mine, strict=True) if here)
        if mine.sum() < 3:
            continue
        named = ", ".join(sorted(kind for kind, n in kinds.items() if n >= mine.sum() / 5))
        middle, top = places[mine, 0].mean(), places[mine, 1].max()
        axes.text(middle, top + 0.02 * height, named, ha="center", va="bottom", fontsize=9)
        told.append(f"{named} ({mine.sum()})")
    axes.margins(0.08)
    axes.set(xticks=[], yticks=[])
    return figure, (
        f"A map of {len(places)} words as dots in {len(told)} islands, each named by its classes "
        f"and with its number of words: {'; '.join(sorted(told))}."
    )


def neighbour_bars(lists: Mapping[str, Ranked], classes: Mapping[str, str]) -> tuple[Figure, str]:
    """Neighbours side by side, one panel for each list; a bar is a cosine, its hatch a class.

    Raises LabError if there is nothing to draw.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch

    if not lists or not all(lists.values()):
        raise LabError("there is nothing to draw: give one list of neighbours or more")
    style.use()
    other = "other"
    longest = max(map(len, lists.values()))
    figure, panels = plt.subplots(
        1, len(lists), figsize=(8.0, 0.9 + 0.32 * longest), sharex=True, squeeze=False
    )
    kinds = list(dict.fromkeys(classes.get(w, other) for near in lists.values() for w, _ in near))
    colours = [style.BLUE, style.ORANGE, style.GREEN, style.PURPLE, style.INK]
    looks: dict[str, dict[str, Any]] = {
        kind: {"facecolor": colours[i % 5], "hatch": ["", "//", "..", "xx", "\\\\"][i % 5]}
        for i, kind in enumerate(kinds)
    }
    for axes, (title, near) in zip(panels[0], lists.items(), strict=True):
        for place, (word, cosine) in enumerate(near):
            axes.barh(place, cosine, 0.65, **looks[classes.get(word, other)])
        axes.set_yticks(range(len(near)), [word for word, _ in near])
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.set(title=title, xlabel="cosine")
    figure.legend(
        handles=[Patch(label=kind, **look) for kind, look in looks.items()],
        loc="outside lower center", ncols=len(looks),
    )  # fmt: skip
    told = "; ".join(
        f"{title}: {', '.join(f'{w} ({classes.get(w, other)})' for w, _ in near)}"
        for title, near in lists.items()
    )
    return figure, f"Bars of the cosines of the nearest words, with their class, by {told}."
