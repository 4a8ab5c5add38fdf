"""Pictures of what can go wrong in measuring a model, each with its words.

Every function returns the figure and the text alternative, computed from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from gptlab.errors import LabError
from gptlab.evaluation.calibration import ConfidenceBin, expected_calibration_error
from gptlab.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def two_yardsticks(
    models: Mapping[str, tuple[float, float]], names: tuple[str, str]
) -> tuple[Figure, str]:
    """The same models by two measures, one panel each; lower is better in both.

    Raises LabError without models.
    """
    import matplotlib.pyplot as plt

    if not models:
        raise LabError("there is no model to draw; give {name: (one measure, the other)}")
    style.use()
    figure, panels = plt.subplots(1, 2, figsize=(7.4, 1.3 + 0.4 * len(models)), sharey=True)
    told = []
    for i, (axes, measure) in enumerate(zip(panels, names, strict=True)):
        values = [pair[i] for pair in models.values()]
        bars = axes.barh(range(len(models)), values, 0.6, color=(style.BLUE, style.ORANGE)[i])
        axes.bar_label(bars, fmt="%.2f", padding=3)
        axes.set(xlabel=measure, xlim=(0, 1.25 * max(values)))
        axes.grid(visible=False, axis="y")
        each = ", ".join(f"{name} {value:.2f}" for name, value in zip(models, values, strict=True))
        best = min(models, key=lambda name: models[name][i])
        told.append(f"By {measure} {best} is best: {each}.")
    panels[0].set_yticks(range(len(models)), list(models))
    panels[0].invert_yaxis()
    return figure, " ".join(told)


def loss_by_position(
    curves: Mapping[str, ArrayLike], trained: int, every: int = 1
) -> tuple[Figure, str]:
    """Bits for the token at each position; a line where the texts of training ended.

    Values `every` positions apart. Raises LabError unless the curves have one length, beyond
    `trained`.
    """
    import matplotlib.pyplot as plt

    lines = {name: np.asarray(values, dtype=float) for name, values in curves.items()}
    lengths = {len(values) for values in lines.values()}
    if len(lengths) != 1 or min(lengths) * every <= trained:
        raise LabError(
            f"the curves have {sorted(lengths)} places; give one length, beyond training"
        )
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.2))
    told = []
    for name, values in lines.items():
        places = every * np.arange(len(values)) + every / 2
        axes.plot(places, values, label=name)
        inside, beyond = values[places < trained].mean(), values[places >= trained].mean()
        told.append(f"{name}: {inside:.1f} bits inside, {beyond:.1f} beyond")
    axes.axvline(trained, color=style.INK, ls=":", lw=1.5)
    axes.text(trained, axes.get_ylim()[1], " trained to here", va="top")
    axes.set(xlabel="position", ylabel="bits per token")
    axes.legend(ncols=2, loc="lower right", bbox_to_anchor=(1.0, 1.0))
    alt = (
        f"Bits per token by position; training never saw more than {trained} positions. "
        f"{'; '.join(told)}."
    )
    return figure, alt


def seen_and_new(seen: ArrayLike, new: ArrayLike, measure: str) -> tuple[Figure, str]:
    """Two histograms on one axis: a figure for texts that were trained on, and for new ones."""
    import matplotlib.pyplot as plt

    known, fresh = np.asarray(seen, dtype=float), np.asarray(new, dtype=float)
    edges = np.linspace(min(known.min(), fresh.min()), max(known.max(), fresh.max()), 22).tolist()
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 2.9))
    axes.hist(known, edges, color=style.BLUE, alpha=0.8, label="was in the training text")
    axes.hist(fresh, edges, facecolor="none", edgecolor=style.ORANGE, lw=1.6, label="was not")
    axes.set(xlabel=measure, ylabel="sentences")
    axes.legend()
    alt = (
        f"Two histograms of {measure}. {len(known)} sentences of the training text: mean "
        f"{known.mean():.1f}. {len(fresh)} new ones: mean {fresh.mean():.1f}."
    )
    return figure, alt


def reliability_picture(models: Mapping[str, Sequence[ConfidenceBin]]) -> tuple[Figure, str]:
    """Accuracy against confidence, a panel for each model; the diagonal is honesty.

    The area of a dot is the number of predictions in its bin. Raises LabError without models.
    """
    import matplotlib.pyplot as plt

    if not models:
        raise LabError("there is no model to draw; give {name: bins}")
    style.use()
    figure, panels = plt.subplots(1, len(models), figsize=(7.6, 3.4), sharey=True, squeeze=False)
    told = []
    for axes, (name, bins) in zip(panels[0], models.items(), strict=True):
        error = expected_calibration_error(bins)
        total = sum(b.count for b in bins)
        sure, right = [b.confidence for b in bins], [b.accuracy for b in bins]
        axes.plot([0, 1], [0, 1], color=style.INK, ls="--", lw=1)
        axes.vlines(sure, right, sure, color=style.ORANGE, lw=2)
        axes.scatter(sure, right, s=[12 + 600 * b.count / total for b in bins], color=style.BLUE)
        axes.set(title=f"{name}: ECE {error:.3f}", xlabel="confidence", xlim=(0, 1), ylim=(0, 1))
        last = bins[-1]
        told.append(
            f"{name}: expected calibration error {error:.3f}; where it is {last.confidence:.2f} "
            f"sure it is right in {last.accuracy:.2f} of the cases"
        )
    panels[0, 0].set_ylabel("share that is right")
    return figure, (
        "Dots for ten bins, confidence across and accuracy up, with the diagonal where both agree; "
        f"orange lines are the gaps. {'. '.join(told)}."
    )


def facts_by_count(
    counts: Sequence[int], accuracy: Sequence[float], confidence: Sequence[float], chance: float
) -> tuple[Figure, str]:
    """How often a fact was read, against how often the answer is right and how sure it is.

    Raises LabError unless there are as many of each.
    """
    import matplotlib.pyplot as plt

    if not len(counts) == len(accuracy) == len(confidence) or not counts:
        raise LabError(f"{len(counts)} counts, {len(accuracy)} and {len(confidence)} figures")
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.2))
    places = range(len(counts))
    axes.plot(places, confidence, color=style.ORANGE, marker="s", ls="--", label="how sure it is")
    axes.plot(places, accuracy, color=style.BLUE, marker="o", ls="-", label="how often it is right")
    axes.axhline(chance, color=style.INK, ls=":", lw=1.5)
    axes.text(len(counts) - 1, chance, "guessing", ha="right", va="bottom")
    axes.set_xticks(places, ["never" if c == 0 else f"{c}×" for c in counts])
    axes.set(xlabel="how often the fact stood in the training text", ylim=(0, 1.05))
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.12))
    told = "; ".join(
        f"{'never' if c == 0 else f'{c} time' + 's' * (c > 1)}: right {a:.2f}, sure {s:.2f}"
        for c, a, s in zip(counts, accuracy, confidence, strict=True)
    )
    return figure, f"Accuracy and confidence by how often a fact was read. {told}."
