"""Pictures of chapter 13, each with its words: waves, sums and norms, schedules, what it costs.

Every function returns the figure and the text alternative, computed from the same numbers:
`style.show_figure(*position_waves(…), caption="…")`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from gptlab.errors import LabError
from gptlab.figures import style
from gptlab.figures.plots import heat_map, smooth

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def position_waves(waves: ArrayLike) -> tuple[Figure, str]:
    """Positions down, columns across: fast waves on the left, slow ones on the right."""
    import matplotlib.pyplot as plt

    values = np.asarray(waves, dtype=float)
    if values.ndim != 2:
        raise LabError(f"waves have shape {values.shape}; give (positions, d_model)")
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.8))
    image = axes.imshow(values, aspect="auto", vmin=-1, vmax=1)
    axes.set(xlabel="column", ylabel="position")
    axes.grid(visible=False)
    figure.colorbar(image, ax=axes, label="value", fraction=0.05)
    changes = (np.diff(np.sign(values), axis=0) != 0).sum(axis=0)
    alt = (
        f"Heat map of {len(values)} positions by {values.shape[1]} columns, values from -1 to 1. "
        f"The first column changes its sign {changes[0]} times on the way down, the last "
        f"{changes[-1]} times: waves from fast to slow."
    )
    return figure, alt


def clock_hands(
    waves: ArrayLike, positions: Sequence[int], pairs: Sequence[int]
) -> tuple[Figure, str]:
    """Each pair of columns as a hand on a clock: its angle at some positions."""
    import matplotlib.pyplot as plt

    values = np.asarray(waves, dtype=float)
    style.use()
    figure, every = plt.subplots(1, len(pairs), figsize=(7.0, 2.7), squeeze=False)
    told = []
    for axes, pair in zip(every[0], pairs, strict=True):
        sines, cosines = values[list(positions), 2 * pair], values[list(positions), 2 * pair + 1]
        turn = np.linspace(0, 2 * np.pi, 100)
        axes.plot(np.cos(turn), np.sin(turn), color=style.INK, linewidth=1, linestyle="-")
        for place, x, y in zip(positions, cosines, sines, strict=True):
            axes.plot([0, x], [0, y], color=style.BLUE, linestyle="-", linewidth=1.5)
            axes.text(1.2 * x, 1.2 * y, str(place), ha="center", va="center", fontsize=9.5)
        axes.set(aspect="equal", xlim=(-1.4, 1.4), ylim=(-1.4, 1.4))
        axes.set_title(f"columns {2 * pair} and {2 * pair + 1}")
        axes.axis("off")
        step = np.degrees(np.arctan2(values[1, 2 * pair], values[1, 2 * pair + 1]))
        told.append(f"columns {2 * pair} and {2 * pair + 1} turn {step:.1f} degrees a position")
    alt = (
        f"{len(pairs)} clock faces with hands at positions {', '.join(map(str, positions))}: "
        f"{'; '.join(told)}."
    )
    return figure, alt


def likeness_of_positions(products: Mapping[str, ArrayLike]) -> tuple[Figure, str]:
    """Dot products of a position's waves with those around it, a line for each position."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.2))
    told = []
    for name, row in products.items():
        values = np.asarray(row, dtype=float)
        away = np.arange(len(values)) - len(values) // 2
        axes.plot(away, values, label=name)
        told.append(f"{name}: {values[len(values) // 2]:.0f} at distance 0, {values[-1]:.1f} at "
                    f"{away[-1]}")  # fmt: skip
    axes.set(xlabel="distance in positions", ylabel="dot product")
    axes.legend()
    return figure, f"Dot product of positions against their distance; {'; '.join(told)}."


def sizes_by_layer(sizes: Mapping[str, Sequence[float]], label: str) -> tuple[Figure, str]:
    """A number for each layer, a line for each way of building it."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.2))
    told = []
    for place, (name, values) in enumerate(sizes.items()):
        axes.plot(range(len(values)), values, marker="os^D"[place % 4], label=name)
        told.append(f"{name} from {values[0]:.2g} to {values[-1]:.2g}")
    axes.set(xlabel="layer", ylabel=label, ylim=(0, None))
    axes.legend()
    return figure, f"{label} by layer: {'; '.join(told)}."


def rates_by_step(curves: Mapping[str, ArrayLike]) -> tuple[Figure, str]:
    """Learning rates against steps, a line for each schedule."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.2))
    told = []
    for name, rates in curves.items():
        values = np.asarray(rates, dtype=float)
        steps = np.arange(1, len(values) + 1)
        axes.plot(steps, values, label=name)
        told.append(f"{name} peaks at {values.max():.2g} in step {steps[values.argmax()]:,}")
    axes.set(xlabel="step", ylabel="learning rate")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.legend()
    return figure, f"Learning rate against steps: {'; '.join(told)}."


def loss_by_confidence(
    confidence: ArrayLike, losses: Mapping[str, ArrayLike]
) -> tuple[Figure, str]:
    """What a prediction costs against the probability it gives to the right token."""
    import matplotlib.pyplot as plt

    sure = np.asarray(confidence, dtype=float)
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.2))
    told = []
    for name, loss in losses.items():
        values = np.asarray(loss, dtype=float)
        line = axes.plot(sure, values, label=name)[0]
        best = int(values.argmin())
        axes.plot([sure[best]], [values[best]], marker="o", color=line.get_color())
        told.append(f"{name} is lowest, {values[best]:.2f}, at {sure[best]:.3f}")
    axes.set(xlabel="probability of the right token", ylabel="loss in nats")
    axes.legend()
    return figure, f"Loss against the probability of the right token: {'; '.join(told)}."


def loss_and_checkpoints(
    losses: Sequence[float], each: Sequence[float], mean: float
) -> tuple[Figure, str]:
    """Left the training loss by step; right the held-out loss of checkpoints and of their mean."""
    import matplotlib.pyplot as plt

    style.use()
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.2), width_ratios=(3, 2))
    curve = smooth(losses)
    left.plot(curve, color=style.COLOURS["train"])
    left.set(xlabel="training step", ylabel="training loss in nats", ylim=(0, None))
    right.plot(range(1, len(each) + 1), each, marker="o", linestyle="", color=style.BLUE)
    right.axhline(mean, color=style.ORANGE, linestyle="--")
    right.annotate("their mean", (1, mean), (4, -4), textcoords="offset points", va="top")
    right.set(xlabel="checkpoint", ylabel="held-out loss in nats")
    right.margins(0.2)
    alt = (
        f"Left: smoothed training loss, from {curve[0]:.1f} to {curve[-1]:.2f} nats. Right: "
        f"held-out loss of {len(each)} checkpoints, between {min(each):.3f} and {max(each):.3f}; "
        f"that of their mean is {mean:.3f}, a dashed line."
    )
    return figure, alt


def right_by_phenomenon(systems: Mapping[str, Mapping[str, Any]]) -> tuple[Figure, str]:
    """Heat map: the share of sentences right, phenomena down, systems across.

    `systems[name]["phenomena"][label]` is [right, of], as benchmarks/results/board_translation.json
    has it. Raises LabError without systems.
    """
    if not systems:
        raise LabError("there is no system to show; run benchmarks/board_translation.py --record")
    labels = list(next(iter(systems.values()))["phenomena"])
    shares = np.array(
        [[_percent(found["phenomena"][label]) for found in systems.values()] for label in labels]
    )
    figure = heat_map(shares, labels, list(systems), digits=0, label="% of sentences right")
    figure.set_size_inches(7.6, 1.9 + 0.36 * len(labels))
    firsts = first_at_least(systems)
    told = "; ".join(f"{label}: {name or 'none yet'}" for label, name in firsts.items())
    alt = (
        f"Heat map: percent of sentences right for {len(labels)} phenomena and {len(systems)} "
        f"systems, {', '.join(systems)}. First to have half of them right: {told}."
    )
    return figure, alt


def first_at_least(
    systems: Mapping[str, Mapping[str, Any]], percent: float = 50.0
) -> dict[str, str | None]:
    """For each phenomenon the first system that has so many percent of its sentences right."""
    labels = next(iter(systems.values()))["phenomena"]
    return {
        label: next(
            (n for n, found in systems.items() if _percent(found["phenomena"][label]) >= percent),
            None,
        )
        for label in labels
    }


def _percent(share: Sequence[int]) -> float:
    right, of = share
    return 100 * right / of


def quality_by_compute(networks: Mapping[str, Sequence[Mapping[str, float]]]) -> tuple[Figure, str]:
    """BLEU against training FLOPs on a log scale, a line for each network.

    `networks[name]` are the budgets of benchmarks/results/compute_quality.json.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.8))
    told = []
    colours = [style.BLUE, style.ORANGE, style.PURPLE]  # the newest has the colour of "ours"
    looks = zip([*colours[: len(networks) - 1], style.COLOURS["ours"]], "os^D", strict=False)
    for (name, budgets), (colour, marker) in zip(networks.items(), looks, strict=False):
        flops = [budget["flops"] for budget in budgets]
        bleu = [budget["bleu"] for budget in budgets]
        axes.plot(flops, bleu, color=colour, marker=marker, label=name)
        told.append(f"{name}: {bleu[0]:.0f} BLEU for {flops[0]:.1e}, {bleu[-1]:.0f} for "
                    f"{flops[-1]:.1e}")  # fmt: skip
    axes.set(xscale="log", xlabel="training compute in FLOPs", ylabel="BLEU", ylim=(0, 100))
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.0e}".replace("e+", "e")))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.legend()
    return figure, f"BLEU against training FLOPs, log scale. {'; '.join(told)}."
