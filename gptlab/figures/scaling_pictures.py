"""The pictures of chapter 20: laws on logarithmic paper, equal compute, and who holds what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from gptlab.evaluation.scaling import ChinchillaLaw, Interval
from gptlab.evaluation.scaling_runs import SmallRun
from gptlab.figures import style

Picture = tuple[Figure, str]
MARKS = "osD^v"


def short(number: float) -> str:
    """A count in three digits or fewer: 52k, 1.4M, 300B.

    >>> short(1_400_000), short(52_341), short(300e9)
    ('1.4M', '52k', '300B')
    """
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            value = number / size
            return (
                f"{value:.1f}".removesuffix(".0") + letter if value < 10 else f"{value:.0f}{letter}"
            )
    return f"{number:.0f}"


def runs_above_the_floor(runs: Sequence[SmallRun], floor: float) -> Picture:
    """What each run pays above the floor, against the words it read, a line for each size."""
    style.use()
    figure, axes = plt.subplots(figsize=(7, 3.8))
    sizes = sorted({run.parameters for run in runs})
    for mark, size in zip(MARKS, sizes, strict=False):
        mine = sorted((r for r in runs if r.parameters == size), key=lambda r: r.tokens)
        axes.loglog(
            [r.tokens for r in mine], [r.loss - floor for r in mine], marker=mark,
            label=f"{short(size)} parameters",
        )  # fmt: skip
    _plain_logs(axes, sorted({r.tokens for r in runs}), short)
    axes.set(xlabel="words read, each once (D)", ylabel="nats per word above the floor")
    _plain_logs(axes, [0.7, 1, 1.5, 2], lambda v: f"{v:g}", "y")
    axes.legend()
    least, most = min(r.loss - floor for r in runs), max(r.loss - floor for r in runs)
    return figure, (
        f"Loss above the floor against words read, both axes logarithmic, {len(sizes)} lines, one "
        f"for each model size. All fall, nearly straight, from {most:.1f} nats to {least:.1f}; the "
        "larger models lie lower, and the distance grows towards the right."
    )


def prediction_and_run(
    runs: Sequence[SmallRun],
    law: ChinchillaLaw,
    at: tuple[float, float],
    interval: Interval,
    found: float | None = None,
) -> Picture:
    """Loss against compute: the runs that were fitted, the interval at `at`, the run made after."""
    style.use()
    figure, axes = plt.subplots(figsize=(7, 3.8))
    compute = [6 * run.parameters * run.tokens for run in runs]
    axes.semilogx(compute, [run.loss for run in runs], "o", label="runs that were fitted")
    fitted = [law.predict(run.parameters, run.tokens) for run in runs]
    axes.semilogx(compute, fitted, "x", color=style.COLOURS["baseline"], ms=9, label="the law")
    there = 6 * at[0] * at[1]
    middle = [[interval.value - interval.low], [interval.high - interval.value]]
    axes.errorbar(
        there, interval.value, yerr=middle, fmt="x", color=style.COLOURS["baseline"], ms=9,
        capsize=7, lw=2, label=f"{interval.level:.0%} interval, said before",
    )  # fmt: skip
    if found is not None:
        axes.semilogx(
            there, found, "D", color=style.COLOURS["held out"], label="the run, made after"
        )
    axes.axhline(law.floor, color=style.COLOURS["floor"], ls=":", lw=1, label="the law's floor")
    axes.set(xlabel="operations, 6ND", ylabel="nats per word")
    axes.legend(fontsize=9)
    told = (
        f"Loss against operations: {len(runs)} dots, each with a cross of the fitted law close by, "
        f"and to the right of all, at {there / max(compute):.1f} times the operations of the "
        "largest, the bar of the interval."
    )
    if found is None:
        return figure, told
    where = "inside" if found in interval else "outside"
    return figure, f"{told} A diamond marks the run that was made afterwards: {where} the bar."


def equal_compute(law: ChinchillaLaw, budgets: Sequence[float], unit: str = "tokens") -> Picture:
    """Loss against model size for several budgets, by the law, with each curve's lowest point."""
    style.use()
    figure, axes = plt.subplots(figsize=(7, 3.8))
    best = [law.compute_optimal(c) for c in budgets]
    for flops, (middle, _) in zip(budgets, best, strict=True):
        sizes = np.geomspace(middle / 12, middle * 12, 60)
        losses = [law.predict(n, flops / 6 / n) for n in sizes]
        exponent = int(np.floor(np.log10(flops)))
        axes.semilogx(
            sizes, losses, label=f"{flops / 10**exponent:g}·10$^{{{exponent}}}$ operations"
        )
    axes.semilogx(
        [n for n, _ in best], [law.predict(n, d) for n, d in best], "D",
        color=style.INK, ls="-", lw=1, label="the lowest points",
    )  # fmt: skip
    axes.set(xlabel="parameters (N)", ylabel=f"nats, by the law; {unit}: C / 6N")
    axes.legend(fontsize=9)
    return figure, (
        f"{len(budgets)} U-shaped curves of loss against model size, one for each budget of "
        "operations. Too small a model and too large a model both lose; with more operations the "
        f"lowest point moves right and down, from {short(best[0][0])} parameters to "
        f"{short(best[-1][0])}."
    )


def sizes_and_tokens(models: Mapping[str, tuple[float, float]], per_parameter: float) -> Picture:
    """Models by name at (parameters, tokens), and the line of so many tokens for each parameter."""
    style.use()
    figure, axes = plt.subplots(figsize=(7, 4.2))
    for i, (name, (n, d)) in enumerate(models.items()):
        colour = style.COLOURS["ours" if d / n >= per_parameter / 2 else "baseline"]
        axes.loglog(n, d, "o" if d / n >= per_parameter / 2 else "s", color=colour)
        side = (0, 8) if i % 2 == 0 else (0, -16)  # by turns above and below: neighbours are close
        axes.annotate(
            name, (n, d), textcoords="offset points", xytext=side, ha="center", fontsize=9
        )
    low, high = min(n for n, _ in models.values()), max(n for n, _ in models.values())
    line = np.array([low / 2, high * 4])
    axes.loglog(line, per_parameter * line, color=style.INK, ls=":",
        label=f"{per_parameter:g} tokens for each parameter")  # fmt: skip
    axes.set(xlabel="parameters (N)", ylabel="training tokens (D)", xlim=(low / 2, high * 6))
    axes.legend(loc="lower right")
    below = [name for name, (n, d) in models.items() if d / n < per_parameter / 2]
    return figure, (
        f"{len(models)} models by parameters and training tokens, logarithmic axes. "
        f"{', '.join(below)} lie far below the dotted line of {per_parameter:g} tokens for each "
        "parameter; the others on it or above."
    )


def who_holds_what(held: Mapping[str, Mapping[str, float]], unit: str = "GB") -> Picture:
    """Stacked bars: for each way of sharing, what one process holds of each kind."""
    style.use()
    figure, axes = plt.subplots(figsize=(7, 1.5 + 0.45 * len(held)))
    kinds = list(dict.fromkeys(kind for parts in held.values() for kind in parts))
    left = np.zeros(len(held))
    hatches = ("", "//", "..", "xx", "\\\\")
    colours = (style.BLUE, style.ORANGE, style.GREEN, style.PURPLE, style.INK)
    for kind, colour, hatch in zip(kinds, colours, hatches, strict=False):
        sizes = np.array([parts.get(kind, 0.0) for parts in held.values()])
        axes.barh(range(len(held)), sizes, 0.6, left=left, color=colour, hatch=hatch, label=kind)
        left += sizes
    for i, total in enumerate(left):
        axes.text(total, i, f" {total:.1f}", va="center")
    axes.set_yticks(range(len(held)), list(held))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.12)
    axes.set_xlabel(f"{unit} in each process")
    axes.legend(fontsize=9, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(kinds))
    told = "; ".join(f"{name} {total:.1f}" for name, total in zip(held, left, strict=True))
    return figure, f"Stacked bars of what one process holds, in {unit}: {told}."


def spread(values: Sequence[float], truth: float, label: str) -> Picture:
    """A histogram of resampled values and the true one."""
    style.use()
    figure, axes = plt.subplots(figsize=(7, 2.8))
    axes.hist(values, bins=30, color=style.COLOURS["train"])
    axes.axvline(truth, color=style.COLOURS["held out"], ls="--", label=f"the truth, {truth:.2f}")
    axes.set(xlabel=label, ylabel="fits")
    axes.legend()
    low, high = np.quantile(values, [0.05, 0.95])
    where = "inside" if low <= truth <= high else "outside"
    return figure, (
        f"Histogram of {len(values)} refitted values, the middle nine tenths of them between "
        f"{low:.2f} and {high:.2f}; the true value, {truth:.2f}, lies {where}."
    )


def _plain_logs(axes, ticks, told, which="x"):
    """Name these places on a logarithmic axis, and no others."""
    from matplotlib.ticker import FixedLocator, NullLocator

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_ticklabels([told(t) for t in ticks])
