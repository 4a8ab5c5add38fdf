"""Pictures of chapter 11: two networks and the bridge, batches, a beam, lengths, alignments.

Each function returns the figure and its words, told from the numbers it draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gptlab.errors import LabError
from gptlab.evaluation.translation import Share, TranslationScores
from gptlab.figures import plots, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

Picture = tuple["Figure", str]
MARKERS = ("o", "s", "D", "^", "v")


def _box(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    axes.text(
        x, y, text, ha="center", va="center", fontsize=9,
        bbox={"boxstyle": "round,pad=0.45", "facecolor": "none", "edgecolor": colour, "lw": 1.6},
    )  # fmt: skip


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], **look: Any) -> None:
    arrow = {"arrowstyle": "->", "color": style.INK, "shrinkA": 11, "shrinkB": 11} | look
    axes.annotate("", end, start, arrowprops=arrow)


def two_networks(
    source: Sequence[str], target: Sequence[str], weights: ArrayLike | None = None
) -> Picture:
    """Encoder left, decoder right, one state handed over between them.

    With `weights`, one for each source word, the decoder's last step also looks back: the thicker
    the line, the larger the weight. Raises LabError for an empty side or other numbers of weights.
    """
    import matplotlib.pyplot as plt

    if not source or not target:
        raise LabError("one side has no words; give at least one word to read and one to write")
    looks = None if weights is None else np.asarray(weights, dtype=float)
    if looks is not None and looks.shape != (len(source),):
        raise LabError(f"weights have shape {looks.shape}; give one for each source word")
    style.use()
    n, m = len(source), len(target)
    figure, axes = plt.subplots(figsize=(min(8.6, 1.3 * (n + m) + 0.6), 2.7))
    blue, orange = style.BLUE, style.ORANGE
    decoder = [n + 0.6 + i for i in range(m)]
    for i, word in enumerate(source):
        _box(axes, i, 1.0, f"$m_{i + 1}$", blue)
        axes.text(i, 0.0, word, ha="center", va="center")
        _arrow(axes, (i, 0.05), (i, 1.0))
        if i:
            _arrow(axes, (i - 1, 1.0), (i, 1.0))
    for i, (x, word) in enumerate(zip(decoder, target, strict=True)):
        _box(axes, x, 1.0, f"$h_{i + 1}$", orange)
        axes.text(x, 0.0, "<begin>" if not i else target[i - 1], ha="center", va="center")
        axes.text(x, 2.0, word, ha="center", va="center", fontweight="bold")
        _arrow(axes, (x, 0.05), (x, 1.0))
        _arrow(axes, (x, 1.0), (x, 1.97))
        if i:
            _arrow(axes, (x - 1, 1.0), (x, 1.0))
    _arrow(axes, (n - 1, 1.0), (decoder[0], 1.0), color=style.GREEN, lw=3)
    axes.text(n - 0.2, 0.62, "bridge", ha="center", fontsize=9)
    for i, weight in enumerate(looks if looks is not None else ()):
        curve = "arc3,rad=-0.25"
        look = {"lw": 0.4 + 5 * weight, "connectionstyle": curve, "color": style.PURPLE}
        _arrow(axes, (i, 1.05), (decoder[-1], 1.1), **look)
        axes.text(i, -0.42, f"{weight:.2f}", ha="center", va="center", fontsize=9)
    axes.set(xlim=(-0.6, decoder[-1] + 0.6), ylim=(-0.3 if looks is None else -0.6, 2.3))
    axes.axis("off")
    alt = (
        f"A row of boxes, the encoder, reads {' '.join(source)}. One arrow, the bridge, leads from "
        f"its last box to a second row, the decoder, which is given <begin> "
        f"{' '.join(target[:-1])} and writes {' '.join(target)}."
    )
    if looks is not None:
        best = int(looks.argmax())
        alt += (
            f" From every encoder box a line leads to the decoder's last step; the thickest, "
            f"{looks[best]:.2f}, comes from {source[best]}."
        )
    return figure, alt


def batch_grids(batches: Mapping[str, Sequence[int]]) -> Picture:
    """Batches as grids, one row a sentence: what holds words is filled, padding is empty.

    Each value is the lengths of the sentences of one batch. Raises LabError for an empty batch.
    """
    import matplotlib.pyplot as plt

    if not batches or any(not len(lengths) for lengths in batches.values()):
        raise LabError("a batch without sentences cannot be drawn; give the lengths of some")
    style.use()
    figure, panels = plt.subplots(1, len(batches), figsize=(7.0, 2.6), squeeze=False, sharex=True)
    told = []
    for axes, (title, lengths) in zip(panels[0], batches.items(), strict=True):
        axes.barh(range(len(lengths)), lengths, 0.9, color=style.COLOURS["train"])
        rest = [max(lengths) - n for n in lengths]
        axes.barh(
            range(len(lengths)), rest, 0.9, left=list(lengths), color="none",
            edgecolor=style.INK, hatch="///", linewidth=0,
        )  # fmt: skip
        share = 100 * sum(rest) / (max(lengths) * len(lengths))
        axes.set(title=f"{title}: {share:.0f} % padding", xlabel="tokens", yticks=[])
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(visible=False)
        axes.invert_yaxis()
        told.append(f"{title}: {len(lengths)} rows up to {max(lengths)} long, {share:.0f}% padding")
    return figure, f"Batches drawn as rows of bars, padding hatched. {'; '.join(told)}."


def beam_tree(levels: Sequence[Sequence[tuple[str, float, bool]]]) -> Picture:
    """A search drawn as a tree: every level lists (words so far, probability, kept?).

    What is kept is drawn strong, the rest faint; a line joins each text to the one that it goes on
    from. Raises LabError for no levels.
    """
    import matplotlib.pyplot as plt

    if not levels or not all(levels):
        raise LabError("there is nothing to draw; give at least one continuation on every level")
    style.use()
    tallest = max(map(len, levels))
    figure, axes = plt.subplots(figsize=(7.4, 0.6 + 0.42 * tallest))
    places: dict[str, tuple[float, float]] = {"": (-0.55, 0.0)}
    above = [""]
    for x, level in enumerate(levels):
        # Below its own parent, so that lines do not cross.
        ordered = sorted(level, key=lambda each: above.index(" ".join(each[0].split()[:-1])))
        above = [words for words, _, _ in ordered]
        for i, (words, probability, kept) in enumerate(ordered):
            y = (len(level) - 1) / 2 - i
            places[words] = (x, y)
            before = " ".join(words.split()[:-1])
            from_x, from_y = places[before]
            offset = 0.4 if before else 0.1
            axes.plot(
                [from_x + offset, x - 0.04], [from_y, y],
                color=style.GREEN if kept else style.INK, alpha=1 if kept else 0.5,
                linewidth=2 if kept else 1, linestyle="-" if kept else ":",
            )  # fmt: skip
            axes.text(
                x, y, f"{words.split()[-1]}  {probability:.3g}", va="center",
                fontweight="bold" if kept else "normal", fontsize=10,
            )  # fmt: skip
    axes.text(-0.55, 0.0, "•", va="center", ha="center")
    height = (tallest - 1) / 2 + 0.7
    axes.set(xlim=(-0.7, len(levels) - 0.2), ylim=(-height, height))
    axes.axis("off")
    told = "; ".join(
        f"after {n} words kept: " + ", ".join(f"{w} {p:.3g}" for w, p, kept in level if kept)
        for n, level in enumerate(levels, start=1)
    )
    return figure, f"A tree of beginnings of sentences with their probabilities. {told}."


def bleu_by_length(networks: Mapping[str, Any]) -> Picture:
    """BLEU over the number of source words, a line for each network.

    The values are what benchmarks/seq2seq.py stores: each holds `by_length`.
    """
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots()
    told = []
    for n, (name, found) in enumerate(networks.items()):
        parts = found["by_length"]
        bleu = [part["bleu"] for part in parts]
        axes.plot(range(len(parts)), bleu, marker=MARKERS[n % len(MARKERS)], label=name)
        told.append(f"{name} goes from {bleu[0]:.0f} to {bleu[-1]:.0f}")
    names = [_span(part["words"]) for part in parts]
    axes.set_xticks(range(len(names)), names)
    axes.set(xlabel="words of the English sentence", ylabel="BLEU", ylim=(0, 103))
    axes.legend(loc="lower left")
    return figure, (
        f"BLEU by the length of the English sentence, from {names[0]} to {names[-1]} words: "
        f"{'; '.join(told)}."
    )


def _span(words: Sequence[int]) -> str:
    low, high = words
    return f"{low}+" if high >= 99 else f"{low}–{high}"


def two_alignments(
    source: Sequence[str], target: Sequence[str], matrices: Mapping[str, ArrayLike]
) -> Picture:
    """Heat maps side by side: rows are target words, columns source words, one map a model.

    Raises LabError for a matrix of another shape.
    """
    import matplotlib.pyplot as plt

    style.use()
    height = 1.6 + 0.27 * len(target)
    figure, panels = plt.subplots(
        1, len(matrices), figsize=(min(8.6, 4.3 * len(matrices)), height), squeeze=False
    )
    told = []
    for axes, (title, matrix) in zip(panels[0], matrices.items(), strict=True):
        values = np.asarray(matrix, dtype=float)
        plots.heat_map(values, target, source, digits=None, axes=axes)
        axes.set_title(title)
        best = [f"{t}–{source[i]}" for t, i in zip(target, values.argmax(axis=1), strict=True)]
        told.append(f"{title}, brightest in each row: {', '.join(best)}")
    return figure, f"Heat maps of German words against English words. {'. '.join(told)}."


def losses_by_step(histories: Mapping[str, Sequence[Any]]) -> Picture:
    """Smoothed training losses of several networks, in nats per token, over the steps."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots()
    told = []
    for name, history in histories.items():
        curve = plots.smooth([step.loss for step in history], 0.9)
        axes.plot(range(1, len(curve) + 1), curve, label=name)
        told.append(f"{name} ends at {curve[-1]:.1f}")
    axes.set(xlabel="steps", ylabel="nats per token", ylim=(0, None))
    axes.legend()
    return figure, f"Training loss over the steps, smoothed: {'; '.join(told)}."


def stored_scores(found: Mapping[str, Any]) -> TranslationScores:
    """What a benchmark stored of a system, as the scores that other pictures take."""
    return TranslationScores(
        bleu=found["bleu"], chrf=found["chrf"], accuracy=found["accuracy"],
        bleu_signature=found["signature"], chrf_signature="", correct=(),
        phenomena={name: Share(*counts) for name, counts in found["phenomena"].items()},
    )  # fmt: skip


def steps_in_a_row(lengths: Sequence[int], chains: Mapping[str, Sequence[int]]) -> Picture:
    """How many steps must wait for each other, over the number of words read and written."""
    import matplotlib.pyplot as plt

    if any(len(chain) != len(lengths) for chain in chains.values()):
        raise LabError(f"give {len(lengths)} numbers of steps for each line, one for each length")
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.0))
    for n, (name, chain) in enumerate(chains.items()):
        axes.plot(lengths, chain, marker=MARKERS[n % len(MARKERS)], label=name)
    axes.set(xlabel="words on each side", ylabel="steps in a row")
    axes.legend()
    told = "; ".join(f"{name}: {chain[0]} to {chain[-1]}" for name, chain in chains.items())
    return figure, (
        f"Steps that wait for each other, for sentences of {lengths[0]} to {lengths[-1]} words on "
        f"each side. {told}."
    )
