"""What is seen inside a trained GPT: lengths of what is written, losses on the way, the lens.

Every function returns the figure and the text alternative, computed from the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from gptlab.errors import LabError
from gptlab.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def stream_lengths(
    names: Sequence[str], states: ArrayLike, writes: ArrayLike
) -> tuple[Figure, str]:
    """The length of the stream after each write, a line, and that of each write, bars.

    Raises LabError unless there is one number of each for every name.
    """
    import matplotlib.pyplot as plt

    lengths, added = np.asarray(states, dtype=float), np.asarray(writes, dtype=float)
    if not len(names) or lengths.shape != (len(names),) or added.shape != (len(names),):
        raise LabError(
            f"{len(names)} names, lengths of shape {lengths.shape} and {added.shape}; give one "
            "name, one state and one write for each stage"
        )
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.8))
    places = range(len(names))
    attention = np.array(["attention" in name for name in names])
    for mine, colour, hatch, label in (
        (attention, style.GREEN, "//", "written by attention"),
        (~attention, style.ORANGE, "", "written by embeddings or perceptron"),
    ):
        axes.bar(np.flatnonzero(mine), added[mine], 0.6, color=colour, hatch=hatch, label=label)
    axes.plot(places, lengths, "-o", color=style.BLUE, label="stream after it")
    axes.set_xticks(places, names, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_ylabel("mean length of the vectors")
    axes.grid(visible=False, axis="x")
    axes.legend()
    alt = (
        "Length of the residual stream after each write, a rising line, over bars for the length "
        "of each write. "
        + "; ".join(
            f"{name}: wrote {w:.1f}, stream {s:.1f}"
            for name, w, s in zip(names, added, lengths, strict=True)
        )
        + "."
    )
    return figure, alt


def losses_on_the_way(names: Sequence[str], bits: ArrayLike, floor: float) -> tuple[Figure, str]:
    """Bits per word if the model stopped after each write, above the floor.

    Raises LabError unless there is one figure for every name.
    """
    import matplotlib.pyplot as plt

    values = np.asarray(bits, dtype=float)
    if not len(names) or values.shape != (len(names),):
        raise LabError(f"{len(names)} names for figures of shape {values.shape}; give one for each")
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.8))
    axes.plot(range(len(names)), values, "-o", color=style.COLOURS["held out"], label="test text")
    axes.axhline(floor, color=style.COLOURS["floor"], ls=":", label="entropy floor")
    for place, value in enumerate(values):
        axes.annotate(
            f"{value:.1f}", (place, value), (0, 7), textcoords="offset points", ha="center"
        )
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_ylabel("bits per word")
    axes.margins(y=0.12)
    axes.legend()
    soon = int(np.argmax(values <= values[0] - 0.9 * (values[0] - values[-1])))
    alt = (
        "Bits per word when the model's state is read after each write: "
        + ", ".join(f"{name} {value:.1f}" for name, value in zip(names, values, strict=True))
        + f"; a dotted line marks the floor at {floor:.2f}. The first {soon} of {len(names) - 1} "
        "writes after the embeddings bring nine tenths of the fall."
    )
    return figure, alt


def lens_grid(
    names: Sequence[str],
    words: Sequence[str],
    guesses: Sequence[Sequence[str]],
    probabilities: ArrayLike,
) -> tuple[Figure, str]:
    """The likeliest next word after each stage (rows, the last on top) at each word (columns).

    The colour is the probability. Raises LabError unless there is one of each for every cell.
    """
    import matplotlib.pyplot as plt

    values = np.asarray(probabilities, dtype=float)
    shape = (len(names), len(words))
    if values.shape != shape or [len(row) for row in guesses] != [len(words)] * len(names):
        raise LabError(
            f"probabilities have shape {values.shape}; give {shape}, and one guess for each"
        )
    style.use()
    figure, axes = plt.subplots(figsize=(8.0, 1.2 + 0.36 * len(names)))
    image = axes.imshow(values[::-1], aspect="auto", vmin=0, vmax=1)
    for i, row in enumerate(reversed(guesses)):
        for j, guess in enumerate(row):
            colour = style.text_on(tuple(image.to_rgba(values[len(names) - 1 - i, j])[:3]))
            axes.text(j, i, guess, ha="center", va="center", fontsize=8, color=colour)
    axes.set_yticks(range(len(names)), list(reversed(names)))
    axes.set_xticks(range(len(words)), words)
    axes.grid(visible=False)
    axes.set_xlabel("read so far, up to and including this word")
    figure.colorbar(image, ax=axes, label="its probability", fraction=0.05)
    alt = (
        f"A grid: columns are the words read ({' '.join(words)}), rows the stages of the model "
        f"from {names[0]} at the foot to {names[-1]} on top; each cell holds the word that this "
        "stage finds likeliest next. At the foot: "
        + " ".join(guesses[0]) + ". On top: " + " ".join(guesses[-1]) + "."
    )  # fmt: skip
    return figure, alt
