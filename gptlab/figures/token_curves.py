"""Curves of chapter 08: vocabularies that grow, texts that shrink. Each comes with its words.

Every function returns the figure and its text alternative, computed from the same numbers:
`style.show_figure(*growth_curves(…))`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gptlab.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Told = tuple["Figure", str]


def growth_curves(
    read: Sequence[int], different: Sequence[int], power: tuple[float, float],
    unknown: Sequence[float],
) -> Told:  # fmt: skip
    """Different words, and the share of held-out words unknown, after so many words were read.

    `power` is (K, β) of the law V = K n^β that is drawn through the counts.
    """
    import matplotlib.pyplot as plt

    style.use()
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3.2))
    left.loglog(read, different, "o", markersize=4, label="counted")
    left.loglog(read, power[0] * np.array(read, float) ** power[1], "-", label="Heaps' law")
    left.set(xlabel="words read", ylabel="different words")
    left.legend()
    right.semilogx(read, 100 * np.array(unknown), color=style.COLOURS["held out"])
    right.set(xlabel="words read", ylabel="held-out words unknown, %", ylim=(0, None))
    return figure, (
        f"Two curves over the number of words read, from {read[0]:,} to {read[-1]:,}. Left: the "
        f"different words climb to {different[-1]:,}, close to a straight line on logarithmic axes "
        "and a little below it at both ends. Right: the share of held-out words that are unknown "
        f"falls from {unknown[0]:.0%} to {unknown[-1]:.0%}, ever more slowly."
    )


def length_curve(
    lengths: Mapping[int, int], n_bytes: int, words: tuple[int, int], unknown: float
) -> Told:
    """Tokens that a text needs, by vocabulary size; bytes at one end, (vocabulary, words) at the
    other."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7, 3.2))
    axes.loglog(list(lengths), list(lengths.values()), "o-", label="byte-pair encoding")
    axes.loglog(256, n_bytes, "s", label="bytes")
    axes.loglog(*words, "D", label=f"words ({unknown:.0%} unknown)")
    axes.set(xlabel="size of the vocabulary", ylabel="tokens in the held-out articles")
    axes.minorticks_off()
    ticks = [n for n in (10, 20, 50, 100, 200, 500, 1000) if words[1] < 1300 * n < 2 * n_bytes]
    axes.set_yticks([1000 * n for n in ticks], [f"{n},000" for n in ticks])
    sizes = [256, *lengths, words[0]]
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.legend()
    last = max(lengths)
    return figure, (
        "Tokens needed for the held-out articles against the size of the vocabulary, both "
        f"logarithmic: {n_bytes:,} bytes at 256, then an even fall to {lengths[last]:,} tokens at "
        f"{last:,}; words lie further right and lower, {words[1]:,} from a list of {words[0]:,}."
    )


def two_measures(perplexity: Mapping[int, float], bits: Mapping[int, float]) -> Told:
    """The same models by perplexity per token and by bits per byte, over the vocabulary's size."""
    import matplotlib.pyplot as plt

    style.use()
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3))
    left.loglog(list(perplexity), list(perplexity.values()), "o-")
    left.set_ylabel("perplexity per token")
    ticks = [n for n in (10, 20, 50, 100, 200, 500, 1000) if n < 1.1 * max(perplexity.values())]
    left.set_yticks(ticks, [str(n) for n in ticks])
    right.semilogx(list(bits), list(bits.values()), "o-", color=style.COLOURS["held out"])
    right.set(ylabel="bits per byte", ylim=(0, 1.3 * max(bits.values())))
    for axes in (left, right):
        axes.set_xlabel("size of the vocabulary")
        axes.set_xticks(list(bits), [f"{size:,}" for size in bits])
        axes.minorticks_off()
    low, high = min(bits), max(bits)
    return figure, (
        f"Models over vocabularies from {low:,} to {high:,} tokens. Left: perplexity per token "
        f"climbs from {perplexity[low]:.0f} to {perplexity[high]:.0f}. Right: bits per byte lie on "
        f"an almost level line, {bits[low]:.2f} to {bits[high]:.2f}."
    )


def exam_curves(studied: Sequence[int], right: Mapping[str, Sequence[float]], guess: float) -> Told:
    """Share of an exam that is right after so many lessons, a curve for each way of reading.

    `guess` is what the commonest answer alone would get: a dotted line.
    """
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7, 3))
    for (name, shares), marker in zip(right.items(), "osD^v", strict=False):
        axes.semilogx(studied, 100 * np.array(shares), marker=marker, label=name)
    axes.axhline(100 * guess, color=style.COLOURS["floor"], linestyle=":", label="always says one")
    axes.set(xlabel="words studied", ylabel="exam words right, %", ylim=(0, 105))
    axes.legend(loc="upper left", bbox_to_anchor=(0.02, 0.92))
    told = "; ".join(
        f"{name}: from {shares[0]:.0%} to {shares[-1]:.0%}" for name, shares in right.items()
    )
    return figure, (
        f"Share of exam words answered right over the number of words studied, {studied[0]} to "
        f"{studied[-1]:,}. {told}; a dotted line at {guess:.0%}, what always the same answer gets."
    )
