"""The drawings of chapter 19: what counts, is trained, is preferred, and is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gptlab.errors import LabError
from gptlab.evaluation.transfer import interval
from gptlab.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

MARKERS = "osD^v"


def mask_strip(tokens: Sequence[str], learned: Sequence[bool]) -> tuple[Figure, str]:
    """A conversation token by token: what the model reads, what it should say, and what counts.

    Raises LabError unless there is one truth value for each token.
    """
    import matplotlib.pyplot as plt

    if len(tokens) != len(learned) or len(tokens) < 2:
        raise LabError(f"{len(learned)} truth values for {len(tokens)} tokens; give one for each")
    style.use()
    steps = len(tokens) - 1
    figure, axes = plt.subplots(figsize=(7.6, 0.5 + 0.31 * steps))
    for y in range(steps):
        counts = learned[y + 1]
        axes.text(0.0, y, tokens[y], ha="right", va="center", fontsize=10)
        axes.annotate("", (0.52, y), (0.08, y), arrowprops={"arrowstyle": "->", "color": style.INK})
        axes.text(0.6, y, tokens[y + 1], va="center", fontsize=10,
                  fontweight="bold" if counts else "normal")  # fmt: skip
        colour = style.GREEN if counts else "none"
        box = plt.Rectangle((1.5, y - 0.34), 0.62, 0.68, fc=colour, ec=style.INK, lw=0.8)
        axes.add_patch(box)
        ink = style.text_on(colour) if counts else style.INK
        axes.text(1.81, y, "counts" if counts else "−100", ha="center", va="center",
                  fontsize=9, color=ink)  # fmt: skip
    for x, name in ((0.0, "reads"), (0.6, "target"), (1.5, "loss")):
        axes.text(x, -1, name, ha="right" if not x else "left", va="center", fontstyle="italic")
    axes.set(xlim=(-1.0, 2.3), ylim=(steps - 0.4, -1.5))
    axes.axis("off")
    kept = [tokens[i + 1] for i in range(steps) if learned[i + 1]]
    alt = (
        f"{steps} lines, one for each token that is read, with the token that should follow and "
        f"whether that counts. Only the last {len(kept)} targets count: {' '.join(kept)}. All "
        "others, the whole request, are marked −100 and left out."
    )
    return figure, alt


def shares_by_group(
    table: Mapping[str, Mapping[str, float]], label: str = "share of right answers"
) -> tuple[Figure, str]:
    """Bars in groups: `table[group][contestant]`, shares from 0 to 1."""
    import matplotlib.pyplot as plt

    style.use()
    groups = list(table)
    names = list(table[groups[0]])
    figure, axes = plt.subplots(figsize=(7.4, 3.2))
    width = 0.8 / len(names)
    colours = [style.PURPLE, style.BLUE, style.GREEN, style.ORANGE, style.INK]
    hatches = ["", "//", "..", "xx", "\\\\"]
    for place, name in enumerate(names):
        x = np.arange(len(groups)) + (place - (len(names) - 1) / 2) * width
        values = [table[group][name] for group in groups]
        drawn = axes.bar(
            x, values, 0.92 * width, label=name, color=colours[place % 5],
            hatch=hatches[place % 5], edgecolor=style.INK, linewidth=0.6,
        )  # fmt: skip
        axes.bar_label(drawn, [f"{value:.2f}" for value in values], padding=2, fontsize=9)
    axes.set_xticks(range(len(groups)), groups)
    axes.set(ylabel=label, ylim=(0, 1.12))
    axes.grid(visible=False, axis="x")
    figure.legend(loc="outside upper center", ncols=len(names))
    told = "; ".join(
        f"{group}: " + ", ".join(f"{name} {value:.2f}" for name, value in row.items())
        for group, row in table.items()
    )
    return figure, f"Bars: {label}. {told}."


def few_labels(
    results: Sequence[Mapping[str, Any]], level: Mapping[str, float], chance: float
) -> tuple[Figure, str]:
    """Accuracy over the number of labels, with 95 % intervals over the seeds.

    `results`: rows with name, labels, seed, accuracy. `level`: contestants that need no label.
    """
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.2, 3.7))
    colours = [style.COLOURS["ours"], style.COLOURS["baseline"], style.ORANGE]
    names = list(dict.fromkeys(row["name"] for row in results))
    told = []
    for place, name in enumerate(names):
        sizes = sorted({row["labels"] for row in results if row["name"] == name})
        found = [
            interval([r["accuracy"] for r in results if r["name"] == name and r["labels"] == size])
            for size in sizes
        ]
        mean, low, high = (np.array(column) for column in zip(*found, strict=True))
        axes.errorbar(
            sizes, mean, [mean - low, high - mean], marker=MARKERS[place], capsize=4,
            color=colours[place], label=name,
        )  # fmt: skip
        told.append(f"{name} from {mean[0]:.2f} with {sizes[0]} to {mean[-1]:.2f} with {sizes[-1]}")
    for place, (name, value) in enumerate(level.items()):
        axes.axhline(value, color=style.BLUE, linestyle=["-.", ":"][place % 2], label=name)
        told.append(f"{name}, without a label, at {value:.2f}")
    axes.axhline(chance, color=style.INK, linewidth=1, linestyle=":", label="guessing")
    axes.set(xscale="log", xlabel="labels", ylabel="share of right labels", ylim=(0, 1.03))
    sizes = sorted({row["labels"] for row in results})
    axes.set_xticks(sizes, [str(size) for size in sizes], minor=False)
    axes.minorticks_off()
    figure.legend(loc="outside upper center", ncols=3, fontsize=9.5)
    return figure, f"Accuracy over the number of labels: {'; '.join(told)}."


def lora_drawing(d_in: int, d_out: int, rank: int) -> tuple[Figure, str]:
    """W, and beside it B and A, drawn to scale."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.2, 3.4))
    unit = 3.0 / max(d_in, d_out)
    wide, high, thin = d_in * unit, d_out * unit, max(rank * unit, 0.05)
    parts = [
        (0.0, 0.0, wide, high, style.INK, f"W\n{d_out} × {d_in}\nfrozen"),
        (wide + 1.0, 0.0, thin, high, style.BLUE, ""),
        (wide + 1.3 + thin, high - thin, wide, thin, style.ORANGE, ""),
    ]
    for x, y, w, h, colour, text in parts:
        fill = "none" if colour == style.INK else colour
        axes.add_patch(plt.Rectangle((x, y), w, h, fc=fill, ec=colour, lw=1.6))
        axes.text(x + w / 2, y + h / 2, text, ha="center", va="center")
    axes.text(wide + 0.5, high / 2, "+", ha="center", va="center", fontsize=16)
    axes.text(wide + 1.0 + thin + 0.15, high / 2 - 0.2, f"B: {d_out} × {rank}", va="center")
    axes.text(wide + 1.3 + thin + wide / 2, high - thin - 0.2, f"A: {rank} × {d_in}", ha="center",
              va="top")  # fmt: skip
    axes.set(xlim=(-0.2, 2 * wide + 1.7 + thin), ylim=(-0.2, high + 0.2), aspect="equal")
    axes.axis("off")
    few, many = rank * (d_in + d_out), d_in * d_out
    alt = (
        f"A large square, W, {d_out} by {d_in} numbers, frozen; plus a narrow column B, {d_out} by "
        f"{rank}, times a flat row A, {rank} by {d_in}, which are trained. To scale: B and A have "
        f"{few:,} numbers together, W has {many:,}."
    )
    return figure, alt


def singular_values(values: Mapping[str, ArrayLike], rank: int) -> tuple[Figure, str]:
    """Singular values of some matrices, each divided by its largest; a line at `rank`."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.2, 3.2))
    told = []
    for marker, (name, numbers) in zip(MARKERS, values.items(), strict=False):
        sizes = np.sort(np.asarray(numbers, dtype=float))[::-1]
        axes.plot(range(1, len(sizes) + 1), sizes / sizes[0], marker=marker, markersize=4,
                  label=name)  # fmt: skip
        share = (sizes[:rank] ** 2).sum() / (sizes**2).sum()
        told.append(f"{name}: the first {rank} hold {share:.0%} of the squares")
    axes.axvline(rank + 0.5, color=style.INK, linestyle=":")
    axes.set(xlabel="number of the singular value", ylabel="size, largest = 1", ylim=(0, 1.05))
    axes.legend()
    alt = (
        f"Singular values in falling order, each matrix divided by its largest. {'; '.join(told)}. "
        "The change falls off much faster than the weights themselves."
    )
    return figure, alt


def rank_sweep(
    rows: Sequence[Mapping[str, float]], full: Mapping[str, float]
) -> tuple[Figure, str]:
    """Right answers over the number of trained weights: LoRA of several ranks, and all weights."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.2, 3.4))
    count = [row["trained"] for row in rows]
    right = [row["right"] for row in rows]
    spread = [row["half"] for row in rows]
    axes.errorbar(count, right, spread, marker="o", capsize=4, label="LoRA, by rank")
    for row in rows:
        axes.annotate(f"{row['rank']:.0f}", (row["trained"], row["right"]), (12, 5),
                      textcoords="offset points", ha="center", fontsize=9)  # fmt: skip
    axes.errorbar([full["trained"]], [full["right"]], [full["half"]], marker="s", capsize=4,
                  linestyle="none", color=style.ORANGE, label="all weights")  # fmt: skip
    axes.set(xscale="log", xlabel="trained weights", ylabel="share of right answers", ylim=(0, 1.1))
    axes.legend(loc="lower right")
    told = ", ".join(f"rank {r['rank']:.0f} {r['right']:.2f}" for r in rows)
    alt = (
        "Share of right answers over the number of trained weights, on a logarithmic scale. LoRA: "
        f"{told}. All {full['trained']:,.0f} weights: {full['right']:.2f}."
    )
    return figure, alt


def preference_loss_curve(margin: float) -> tuple[Figure, str]:
    """DPO's loss over the scaled margin, its slope, and one worked point."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.2))
    x = np.linspace(-5, 5, 201)
    axes.plot(x, np.log1p(np.exp(-x)), label=r"loss, $-\log\,\sigma(m)$")
    axes.plot(x, 1 / (1 + np.exp(x)), label=r"pull on the weights, $\sigma(-m)$")
    loss = float(np.log1p(np.exp(-margin)))
    axes.plot([margin], [loss], marker="o", linestyle="none", color=style.GREEN)
    axes.annotate(f"{loss:.3f}", (margin, loss), (8, 8), textcoords="offset points")
    axes.axvline(0, color=style.INK, linewidth=1)
    axes.set(xlabel="m, the scaled margin of chosen over rejected", ylabel="nats")
    axes.legend()
    alt = (
        "Two falling curves over the margin m from -5 to 5. The loss is nearly a straight line on "
        "the left, log 2 = 0.693 at zero, and close to zero on the right. The pull on the weights "
        f"falls from 1 to 0 around the middle. Marked: at m = {margin:.2f} the loss is {loss:.3f}."
    )
    return figure, alt


def margin_histograms(before: ArrayLike, after: ArrayLike) -> tuple[Figure, str]:
    """Reward margins of held-out pairs, before and after preference tuning."""
    import matplotlib.pyplot as plt

    style.use()
    old, new = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    figure, axes = plt.subplots(figsize=(7.2, 3.2))
    edges = np.histogram_bin_edges(np.concatenate([old, new]), bins=30).tolist()
    axes.hist(old, edges, color=style.PURPLE, alpha=0.7, hatch="//", label="on pairs as trained",
              weights=np.full(len(old), 1 / len(old)))  # fmt: skip
    axes.hist(new, edges, color=style.GREEN, alpha=0.7, label="on held-out pairs",
              weights=np.full(len(new), 1 / len(new)))  # fmt: skip
    axes.axvline(0, color=style.INK)
    axes.set(
        xlabel="reward of the chosen answer minus that of the rejected", ylabel="share of pairs"
    )
    axes.legend()
    alt = (
        f"Histograms of reward margins. Training pairs: mean {old.mean():.2f}, "
        f"{(old > 0).mean():.0%} above zero. Held-out pairs: mean {new.mean():.2f}, "
        f"{(new > 0).mean():.0%} above zero."
    )
    return figure, alt


def forgetting(
    rows: Sequence[Mapping[str, Any]], before: float, floor: float
) -> tuple[Figure, str]:
    """New skill across, old text up: right answers against bits per word.

    `rows`: name, right, bits. `before`: bits per word of the pretrained model.
    """
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.2, 3.8))
    colours = [style.ORANGE, style.BLUE, style.GREEN, style.PURPLE, style.INK]
    for place, row in enumerate(rows):
        axes.plot(
            [row["right"]], [row["bits"]], marker=MARKERS[place % 5], markersize=9,
            linestyle="none", color=colours[place % 5], label=row["name"],
        )  # fmt: skip
    axes.axhline(before, color=style.INK, linestyle="--", linewidth=1.4)
    axes.text(0.0, before, " before tuning", va="bottom", fontsize=9.5)
    axes.axhline(floor, color=style.COLOURS["floor"], linestyle=":", linewidth=1.4)
    axes.text(0.0, floor, " floor", va="bottom", fontsize=9.5)
    axes.set(xlabel="share of right answers", ylabel="bits per word, old text", xlim=(-0.02, 1.04))
    axes.margins(y=0.12)
    figure.legend(loc="outside upper center", ncols=2, fontsize=9.5)
    told = "; ".join(f"{r['name']}: {r['right']:.2f} right, {r['bits']:.2f} bits" for r in rows)
    alt = (
        f"Bits per word of held-out text over the share of right answers. {told}. Before tuning: "
        f"{before:.2f} bits; the floor is {floor:.2f}. Lower right is best."
    )
    return figure, alt
