"""Pictures of chapter 06: two ways to predict, what is read how often, training watched, speed.

Each function returns the figure and its words, computed from the same data.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from gptlab.embeddings.reading import keep_probabilities, noise_shares
from gptlab.embeddings.word2vec_blocks import WordBlock
from gptlab.errors import LabError
from gptlab.figures import plots, style
from gptlab.text.words import Vocabulary

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def two_architectures(words: Sequence[str]) -> tuple[Figure, str]:
    """CBOW and skip-gram side by side over one window; the word in the middle is the centre.

    Raises LabError unless there is a middle with company: 3, 5, 7 … words.
    """
    import matplotlib.pyplot as plt

    if len(words) < 3 or not len(words) % 2:
        raise LabError(f"{len(words)} words have no middle; give 3, 5 or 7 of them")
    style.use()
    figure, panels = plt.subplots(1, 2, figsize=(8.0, 3.2))
    middle, around = words[len(words) // 2], [*words]
    around.pop(len(words) // 2)
    heights = np.linspace(1, -1, len(around))
    for axes, title in zip(panels, ("CBOW", "skip-gram"), strict=True):
        cbow = title == "CBOW"
        side, other = (0.0, 2.0) if cbow else (2.0, 0.0)
        for height, word in zip(heights, around, strict=True):
            _boxed(axes, side, height, word, style.ORANGE)
            start, end = (
                ((0.45, height), (0.76, 0.05 * height)) if cbow else ((0.45, 0), (1.55, height))
            )
            _arrow(axes, start, end)
        _boxed(axes, other, 0, middle, style.BLUE)
        if cbow:
            axes.text(1.0, 0, "mean", ha="center", va="center")
            _arrow(axes, (1.2, 0), (1.55, 0))
        axes.set(xlim=(-0.5, 2.5), ylim=(-1.3, 1.3), title=title)
        axes.axis("off")
    return figure, (
        f"Two drawings of the window {' '.join(words)}. CBOW: arrows lead from "
        f"{', '.join(around)} to their mean, and from it to {middle}. Skip-gram: an arrow leads "
        f"from {middle} to each of the {len(around)} others."
    )


def _boxed(axes: Axes, x: float, y: float, word: str, colour: str) -> None:
    box = {"boxstyle": "round,pad=0.35", "facecolor": "none", "edgecolor": colour, "linewidth": 2}
    axes.text(x, y, word, ha="center", va="center", bbox=box)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    arrow: dict[str, Any] = {"arrowstyle": "->", "color": style.INK, "linewidth": 1.4}
    axes.annotate("", end, start, arrowprops=arrow)


def sampling_curves(
    vocabulary: Vocabulary, named: Sequence[str], sample: float = 1e-3, power: float = 0.75
) -> tuple[Figure, str]:
    """How often a word is kept, and how often it is noise, over how often it stands in the text.

    Raises LabError for an unknown word among `named`.
    """
    import matplotlib.pyplot as plt

    style.use()
    shares = vocabulary.counts / vocabulary.counts.sum()
    keep, noise = (
        keep_probabilities(vocabulary.counts, sample),
        noise_shares(vocabulary.counts, power),
    )
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.4))
    left.semilogx(shares, keep, color=style.COLOURS["ours"])
    right.loglog(shares, noise, color=style.COLOURS["ours"], label=f"count to the power {power:g}")
    right.loglog(shares, shares, color=style.INK, linestyle=":", linewidth=1, label="count")
    told = []
    for word in named:
        i = vocabulary.id(word)
        for axes, values, shift in ((left, keep, (6, 4)), (right, noise, (-6, 5))):
            axes.plot(shares[i], values[i], "o", color=style.BLUE, markersize=5)
            side = "left" if axes is left else "right"
            axes.annotate(word, (shares[i], values[i]), shift, textcoords="offset points", ha=side)
        told.append(
            f"{word} is kept {keep[i]:.0%} of the time and {noise[i] / shares[i]:.2g} times "
            "as common in noise as in the text"
        )
    left.set(xlabel="share of the text", ylabel="kept with probability", ylim=(0, 1.1))
    right.set(xlabel="share of the text", ylabel="share of the noise")
    right.legend(loc="lower right")
    return figure, (
        "Two curves over a word's share of the text. Left, the probability that an occurrence is "
        "kept falls from 1 for rare words to a few per cent for the commonest. Right, the share of "
        f"the noise rises less steeply than the share of the text: {'; '.join(told)}."
    )


def structure_curves(
    progress: Sequence[float], losses: Sequence[float], purities: Sequence[float], chance: float
) -> tuple[Figure, str]:
    """The loss and the purity of neighbours over the share of training that is done."""
    import matplotlib.pyplot as plt

    if not len(progress) == len(losses) == len(purities) or not len(progress):
        raise LabError(
            f"{len(progress)} moments, {len(losses)} losses and {len(purities)} purities; give one "
            "of each for every moment"
        )
    style.use()
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.2))
    done = [100 * part for part in progress]
    left.plot(done, losses, color=style.COLOURS["train"], marker="o", markersize=3)
    left.set(xlabel="per cent of training", ylabel="nats per pair")
    right.plot(done, purities, color=style.COLOURS["ours"], marker="o", markersize=3)
    right.axhline(chance, color=style.COLOURS["floor"], linestyle=":", label="by chance")
    right.set(xlabel="per cent of training", ylabel="right neighbours", ylim=(0, 1))
    right.legend(loc="lower right")
    return figure, (
        f"Two curves over training. The loss falls from {losses[0]:.1f} to {losses[-1]:.1f} nats, "
        f"most of it at the beginning. The share of neighbours that are of the word's class rises "
        f"from {purities[0]:.0%}, where chance is {chance:.0%}, to {purities[-1]:.0%}."
    )


def map_panels(
    frames: Float[np.ndarray, "panels words 2"],
    titles: Sequence[str],
    words: Sequence[str],
    groups: Sequence[str],
) -> tuple[Figure, str]:
    """The same words at several moments, side by side on the same scale, without their names."""
    import matplotlib.pyplot as plt

    style.use()
    if frames.shape != (len(titles), len(words), 2) or len(groups) != len(words):
        raise LabError(
            f"frames of shape {frames.shape} for {len(titles)} titles, {len(words)} words and "
            f"{len(groups)} groups; give ({len(titles)}, {len(words)}, 2)"
        )
    figure, panels = plt.subplots(
        1, len(titles), figsize=(8.4, 3.2), sharex=True, sharey=True, squeeze=False
    )
    colours = [style.BLUE, style.ORANGE, style.GREEN, style.PURPLE, style.INK]
    kinds = list(dict.fromkeys(groups))
    for axes, places, title in zip(panels[0], frames, titles, strict=True):
        for i, kind in enumerate(kinds):
            mine = np.array([group == kind for group in groups])
            axes.scatter(
                places[mine, 0], places[mine, 1],
                s=18, color=colours[i % 5], marker="os^DP"[i % 5], label=kind,
            )  # fmt: skip
        axes.set(title=title, xticks=[], yticks=[])
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(kinds))
    return figure, (
        f"{len(titles)} maps of the same {len(words)} words: {', '.join(titles)}. In the first the "
        f"marks of {', '.join(kinds)} lie mixed in a heap; in the last each class has a place of "
        "its own."
    )


def chunk_picture(
    block: WordBlock, words: Sequence[str], chunk: int = 0, negatives: float = 5
) -> tuple[Figure, str]:
    """Which scores of a chunk count: neighbours near the diagonal, then the noise words.

    `words` is the vocabulary. Positives are 1, noise counts as many times as the word has pairs.
    """
    import matplotlib.pyplot as plt

    windows = block.windows[chunk].numpy()
    noise = windows.sum(axis=1, keepdims=True) / block.noise.size(1)
    weights = np.hstack([windows, -np.repeat(negatives * noise, block.noise.size(1), axis=1)])
    weights[weights == 0] = np.nan  # nothing to draw where nothing counts
    rows = [words[i] for i in block.centres[chunk].tolist()]
    # Places before and after the text are nobody's neighbour, and get no name.
    nearby = [words[i] if windows[:, at].any() else "" for at, i in enumerate(block.nearby[chunk])]
    columns = [*nearby, *(words[i] for i in block.noise[chunk].tolist())]
    style.use()
    figure, axes = plt.subplots(figsize=(8.4, 3.4))
    image = axes.imshow(weights, cmap="PuOr", vmin=-4, vmax=4, aspect="auto")
    axes.axvline(windows.shape[1] - 0.5, color=style.INK, linewidth=1.5)
    axes.set_yticks(range(len(rows)), rows, fontsize=8)
    axes.set_xticks(range(len(columns)), columns, fontsize=7, rotation=90)
    axes.grid(visible=False)
    figure.colorbar(image, ax=axes, label="weight: + true, − noise", fraction=0.05)
    return figure, (
        f"A matrix with {len(rows)} words of a chunk as rows. The first {windows.shape[1]} columns "
        "are the same words with some more on both sides: weights of 1 lie in a band along the "
        f"diagonal, of varying width. The last {block.noise.size(1)} columns are the noise words, "
        "which every row shares, with a negative weight for each."
    )


def benchmark_results(name: str = "word2vec") -> dict[str, Any]:
    """What `python benchmarks/<name>.py` stored. Raises LabError where it has not been run."""
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / f"{name}.json"
    if not path.is_file():
        raise LabError(f"{path} is not there; run: python benchmarks/{name}.py")
    return json.loads(path.read_text(encoding="utf-8"))


def speed_bars(found: dict[str, Any]) -> tuple[Figure, str]:
    """Words a second, of gensim and of this library, for both architectures, as stored."""
    names, values, colours = [], [], []
    for architecture, result in found["results"].items():
        for who in ("gensim", "gptlab, 2 workers", "gptlab, 1 worker"):
            shown = {"cbow": "CBOW"}.get(architecture, architecture)
            names.append(f"{shown}, {who if who != 'gensim' else 'gensim, 2 workers'}")
            values.append(result[who]["words_per_second"] / 1000)
            colours.append(style.COLOURS["baseline" if who == "gensim" else "ours"])
    figure = plots.bars(names, values, "thousand words a second", colours, digits=0)
    told = "; ".join(f"{name} {value:.0f}" for name, value in zip(names, values, strict=True))
    return figure, f"Bars of thousands of words read a second: {told}."
