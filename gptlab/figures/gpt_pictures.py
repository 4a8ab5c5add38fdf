"""Pictures of chapter 16, each with its words: the drawing of a GPT, widths, sizes, the family.

Every function returns the figure and the text alternative, computed from the same numbers:
`style.show_figure(*block_diagram(…), caption="…")`. What is seen inside a trained model is drawn by
`gptlab.figures.lens_pictures`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gptlab.errors import LabError
from gptlab.figures import style
from gptlab.models.gpt import GPTConfig
from gptlab.models.gpt_family import parameters_by_part
from gptlab.models.gpt_stages import Stage

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def block_diagram(config: GPTConfig) -> tuple[Figure, str]:
    """A GPT from token ids (below) to probabilities (above): the stream straight, parts beside."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 6.2))
    axes.set(xlim=(-4.4, 6.4), ylim=(-0.9, 12.6))
    axes.axis("off")
    d, n = config.d_model, config.n_layers
    axes.text(0, -0.6, "token ids", ha="center", va="center")
    _step(axes, -0.3, 0.35)
    _box(axes, 0, 0.8, 5.2, f"token embedding, {config.vocab_size:,} × {d:,}", style.BLUE)
    _step(axes, 1.25, 1.65)
    _plus(axes, 2.0)
    _box(axes, 4.2, 2.0, 3.6, f"positions, {config.context_length:,} × {d:,}", style.BLUE)
    _across(axes, 2.4, 0.42, 2.0)
    axes.add_patch(plt.Rectangle((-1.2, 2.75), 7.5, 6.15, fill=False, ls=":", lw=1.4, ec=style.INK))
    axes.text(-1.45, 5.75, f"× {n} blocks", ha="right", va="center")
    for bottom, name, colour in (
        (3.0, f"attention, {config.n_heads} heads", style.GREEN),
        (6.0, f"perceptron, {config.hidden:,} wide", style.ORANGE),
    ):
        _step(axes, bottom - (0.65 if bottom == 3 else 0.25), bottom + 2.05)
        _plus(axes, bottom + 2.4)
        axes.plot([0, 4.2], [bottom, bottom], color=style.INK, lw=1.5, ls="-")
        _up(axes, 4.2, bottom, bottom + 0.25)
        _box(axes, 4.2, bottom + 0.55, 3.6, "layer norm", style.INK, height=0.6)
        _up(axes, 4.2, bottom + 0.85, bottom + 1.1)
        _box(axes, 4.2, bottom + 1.5, 3.6, name, colour, height=0.8)
        axes.plot([4.2, 4.2], [bottom + 1.9, bottom + 2.4], color=style.INK, lw=1.5, ls="-")
        _across(axes, 4.2, 0.42, bottom + 2.4)
    _step(axes, 8.75, 9.2)
    _box(axes, 0, 9.5, 5.2, "final layer norm", style.INK, height=0.6)
    _step(axes, 9.8, 10.2)
    _box(axes, 0, 10.65, 5.2, "unembedding: the embedding, transposed", style.BLUE)
    _step(axes, 11.1, 11.5)
    axes.text(
        0, 11.8, f"softmax: {config.vocab_size:,} probabilities for each position",
        ha="center", va="center",
    )  # fmt: skip
    axes.text(-0.25, 2.5, "residual stream", ha="right", va="center", fontsize=10)
    alt = (
        "A GPT drawn from bottom to top. Token ids become rows of the token embedding, "
        f"{config.vocab_size:,} by {d:,}; rows of the position embedding are added. From there a "
        "straight line, the residual stream, runs to the top. In each block, repeated "
        f"{n} times, two side roads leave it and come back to a plus sign: layer norm and "
        f"attention with {config.n_heads} heads, then layer norm and a perceptron "
        f"{config.hidden:,} wide. Above stand the final layer norm, the unembedding, and softmax."
    )
    return figure, alt


def _box(
    axes: Axes, x: float, y: float, width: float, text: str, colour: str, height: float = 0.9
) -> None:
    from matplotlib.patches import FancyBboxPatch

    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2), width, height,
            boxstyle="round,pad=0,rounding_size=0.15", facecolor="none", edgecolor=colour, lw=1.8,
        )
    )  # fmt: skip
    axes.text(x, y, text, ha="center", va="center", fontsize=10)


def _up(axes: Axes, x: float, start: float, end: float, width: float = 1.5) -> None:
    road = {"arrowstyle": "-|>", "color": style.INK, "lw": width, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (x, end), (x, start), arrowprops=road)


def _step(axes: Axes, start: float, end: float) -> None:
    """A piece of the stream itself: thicker than the side roads."""
    _up(axes, 0, start, end, width=3)


def _across(axes: Axes, start: float, end: float, y: float) -> None:
    road = {"arrowstyle": "-|>", "color": style.INK, "lw": 1.5, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (end, y), (start, y), arrowprops=road)


def _plus(axes: Axes, y: float) -> None:
    axes.plot([0], [y], "o", ms=19, mfc="none", mec=style.PURPLE, mew=1.8, clip_on=False)
    axes.text(0, y, "+", ha="center", va="center", fontsize=13)


def widths_on_the_way(stages: Sequence[Stage]) -> tuple[Figure, str]:
    """How many numbers each step makes of one text, on a log scale: the way gets wide and narrow.

    Raises LabError when there is no stage.
    """
    import matplotlib.pyplot as plt

    if not stages:
        raise LabError("there are no stages to draw; take those of data_path(config)")
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 1.2 + 0.34 * len(stages)))
    names = [stage.name for stage in stages]
    colours = [style.COLOURS["ours"] if s.inside_block else style.BLUE for s in stages]
    hatches = ["//" if s.inside_block else "" for s in stages]
    drawn = axes.barh(
        range(len(stages)), [s.numbers for s in stages], 0.65, color=colours, hatch=hatches
    )
    axes.bar_label(
        drawn, [" × ".join(f"{n:,}" for n in s.shape) for s in stages], padding=4, fontsize=9.5
    )
    axes.set_xscale("log")
    axes.set_yticks(range(len(stages)), names)
    axes.invert_yaxis()
    axes.set_xlim(right=max(s.numbers for s in stages) * 300)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("numbers in the result (log scale); hatched: inside a block")
    most = max(stages, key=lambda s: s.numbers)
    alt = (
        f"Bars for {len(stages)} steps from token ids to probabilities, on a log scale: "
        + "; ".join(f"{s.name} {' by '.join(f'{n:,}' for n in s.shape)}" for s in stages)
        + f". The longest bar is that of {most.name.lower()}, with {most.numbers:,} numbers."
    )
    return figure, alt


def parameter_shares(configs: Mapping[str, GPTConfig]) -> tuple[Figure, str]:
    """What share of the parameters sits in which part, one stacked bar for each model.

    Raises LabError when there is no model.
    """
    import matplotlib.pyplot as plt

    if not configs:
        raise LabError("there is no model to draw; give a name and a config for each")
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 1.5 + 0.4 * len(configs)))
    parts = {name: parameters_by_part(config) for name, config in configs.items()}
    left = dict.fromkeys(configs, 0.0)
    marks = {
        "token embedding": (style.BLUE, ""),
        "position embedding": (style.PURPLE, ".."),
        "attention": (style.GREEN, "//"),
        "perceptrons": (style.ORANGE, "\\\\"),
    }
    for part, (colour, hatch) in marks.items():
        widths = [100 * parts[n][part] / sum(parts[n].values()) for n in configs]
        axes.barh(
            list(configs), widths, 0.65, list(left.values()), color=colour, hatch=hatch, label=part
        )
        left = {n: left[n] + w for n, w in zip(configs, widths, strict=True)}
    axes.invert_yaxis()
    axes.set(xlabel="share of the parameters, %", xlim=(0, 100))
    axes.grid(visible=False, axis="y")
    axes.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    told = (
        f"{n}: embedding {100 * p['token embedding'] / sum(p.values()):.0f} %, attention "
        f"{100 * p['attention'] / sum(p.values()):.0f} %, perceptrons "
        f"{100 * p['perceptrons'] / sum(p.values()):.0f} %"
        for n, p in parts.items()
    )
    alt = (
        "A stacked bar for each model, of its parameters by part. " + "; ".join(told) + ". The "
        "larger the model, the less of it is embedding; perceptrons hold twice what attention does."
    )
    return figure, alt


def memory_bars(rows: Mapping[str, tuple[int, int, int]], card: int) -> tuple[Figure, str]:
    """Bytes to train, bytes of weights and of one text's cache to write, against one card's memory.

    Each row is (training, weights, cache); `card` is in bytes. Raises LabError when a number is
    below 1 or there is no row.
    """
    import matplotlib.pyplot as plt

    if not rows or card < 1 or min(min(row) for row in rows.values()) < 1:
        raise LabError("give at least one row, of byte counts from 1 up, and the card's bytes")
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 1.6 + 0.7 * len(rows)))
    kinds = (
        ("to train: weights, gradients, AdamW", style.COLOURS["train"], ""),
        ("to write: weights", style.COLOURS["ours"], "//"),
        ("to write: keys and values of one text", style.ORANGE, ".."),
    )
    for place, (name, colour, hatch) in enumerate(kinds):
        at = [y + 0.27 * (place - 1) for y in range(len(rows))]
        drawn = axes.barh(
            at, [row[place] / 1e9 for row in rows.values()], 0.25, color=colour, hatch=hatch,
            label=name,
        )  # fmt: skip
        written = [f"{b.get_width():,.{0 if b.get_width() >= 10 else 2}f}" for b in drawn]
        axes.bar_label(drawn, written, padding=3, fontsize=9)
    axes.axvline(card / 1e9, color=style.COLOURS["floor"], ls=":", label="memory of one card")
    axes.set_xscale("log")
    axes.set_yticks(range(len(rows)), list(rows))
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("gigabytes (10⁹ bytes), log scale")
    axes.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.45, 1.0), fontsize=9.5)
    told = (
        f"{name} {row[0] / 1e9:,.1f} GB to train, {row[1] / 1e9:,.1f} GB of weights to write, and "
        f"{row[2] / 1e9:.2f} GB for one text"
        for name, row in rows.items()
    )
    alt = (
        "Three bars for each model on a log scale: " + "; ".join(told) + f". A dotted line marks "
        f"one card's {card / 1e9:.0f} GB."
    )
    return figure, alt


@dataclass(frozen=True)
class Milestone:
    """A model on the timeline. `parameters` is None where nobody has said; `source` is the
    bibliography's key for date and size."""

    name: str
    date: datetime.date
    parameters: float | None
    source: str


MILESTONES = (
    Milestone("Transformer, big", datetime.date(2017, 6, 12), 213e6, "vaswani2017"),
    Milestone("GPT-1", datetime.date(2018, 6, 11), 116.5e6, "radford2018"),
    Milestone("BERT large", datetime.date(2018, 10, 11), 340e6, "devlin2019"),
    Milestone("GPT-2 XL", datetime.date(2019, 2, 14), 1.558e9, "radford2019"),
    Milestone("GPT-3 175B", datetime.date(2020, 5, 28), 174.6e9, "brown2020"),
    Milestone("Chinchilla", datetime.date(2022, 3, 29), 70e9, "hoffmann2022"),
    Milestone("PaLM", datetime.date(2022, 4, 5), 540e9, "chowdhery2022"),
    Milestone("LLaMA 65B", datetime.date(2023, 2, 27), 65e9, "touvron2023"),
    Milestone("GPT-4", datetime.date(2023, 3, 15), None, "openai2023report"),
)
"""Dates: of the first version on arXiv, or of the announcement where the paper has no other."""


def timeline(milestones: Sequence[Milestone] = MILESTONES) -> tuple[Figure, str]:
    """Models by date and size, on a log scale; those of undisclosed size stand at the foot.

    Raises LabError when there are fewer than two.
    """
    import matplotlib.pyplot as plt

    if len(milestones) < 2:
        raise LabError(f"{len(milestones)} models make no line through time; give at least two")
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 4.2))
    known = [m.parameters for m in milestones if m.parameters]
    foot = min(known) / 4
    # Two names would run into their neighbours: one goes above its point, one below.
    offsets = {"Transformer, big": (-22, 16), "LLaMA 65B": (-9, -14)}
    for m in milestones:
        gpt, late = m.name.startswith("GPT"), m.date.year >= 2022
        place = (m.date.year + (m.date.timetuple().tm_yday - 1) / 365, m.parameters or foot)
        axes.plot(
            *place, "D" if gpt else "o", ms=8, mfc=None if m.parameters else "none",
            color=style.COLOURS["ours"] if gpt else style.COLOURS["baseline"],
        )  # fmt: skip
        axes.annotate(
            m.name + ("" if m.parameters else ": size not told"), place,
            offsets.get(m.name, (-9 if late else 9, 0)),
            textcoords="offset points", va="center", ha="right" if late else "left",
        )  # fmt: skip
    axes.set_yscale("log")
    years = [m.date.year for m in milestones]
    axes.set(
        xlabel="year", ylabel="parameters (log scale)",
        xlim=(min(years), max(years) + 1), ylim=(foot / 2, max(known) * 3),
    )  # fmt: skip
    axes.set_xticks(range(min(years), max(years) + 2))
    told = (
        f"{m.name}, {m.date:%B %Y}, "
        + (f"{m.parameters / 1e9:.3g} billion" if m.parameters else "size not told")
        for m in milestones
    )
    alt = "Models by date and number of parameters, on a log scale: " + "; ".join(told) + "."
    return figure, alt
