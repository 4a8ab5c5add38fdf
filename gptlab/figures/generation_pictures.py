"""Pictures of chapter 18, each with its words: distributions under sampling rules, likeliness and
dullness, what the KV cache saves, and how speculative decoding shares the work.

Every function returns the figure and the text alternative, computed from the same numbers:
`style.show_figure(*rule_panels(…), caption="…")`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from gptlab.errors import LabError
from gptlab.figures import style
from gptlab.generation.cost import writing_flops
from gptlab.models.gpt import GPTConfig

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def guess_bars(
    words: Sequence[str], model: ArrayLike, truth: ArrayLike, after: str, shown: int = 12
) -> tuple[Figure, str]:
    """The model's likeliest next words beside the language's own probabilities for them."""
    import matplotlib.pyplot as plt

    ours, real = np.asarray(model, dtype=float), np.asarray(truth, dtype=float)
    best = np.argsort(-ours, kind="stable")[:shown]
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.2))
    places = np.arange(len(best))
    axes.bar(places - 0.2, ours[best], 0.4, color=style.BLUE, label="model")
    axes.bar(
        places + 0.2, real[best], 0.4, color="none", edgecolor=style.ORANGE, linewidth=1.6,
        label="language",
    )  # fmt: skip
    axes.set_xticks(places, [words[i] for i in best], rotation=40, ha="right")
    axes.set(ylabel="probability")
    axes.grid(visible=False, axis="x")
    axes.legend()
    first = words[best[0]]
    alt = (
        f"Bars for the {len(best)} words that the model finds likeliest after “{after}”, "
        f"beside the language's own probabilities. {first} is first with {ours[best[0]]:.2f}, "
        f"where the language has {real[best[0]]:.2f}; the others follow on a long slope."
    )
    return figure, alt


def rule_panels(
    words: Sequence[str], rules: Mapping[str, ArrayLike], shown: int = 10
) -> tuple[Figure, str]:
    """One small chart for each rule: the same words, and the probability that the rule leaves them.

    The words are the likeliest under the first rule; a last bar holds all the others together.
    Raises LabError without rules.
    """
    import matplotlib.pyplot as plt

    if not rules:
        raise LabError("there is no rule to draw; give {name: probabilities}")
    tables = {name: np.asarray(p, dtype=float) for name, p in rules.items()}
    best = np.argsort(-next(iter(tables.values())), kind="stable")[:shown]
    names = [*(words[i] for i in best), "all others"]
    across = min(3, len(tables))
    down = -(-len(tables) // across)
    style.use()
    figure, panels = plt.subplots(
        down, across, figsize=(8.0, 0.9 + 2.5 * down), sharey=True, sharex=True, squeeze=False
    )
    told = []
    for axes, (name, p) in zip(panels.flat, tables.items(), strict=False):
        heights = [*p[best], p.sum() - p[best].sum()]
        colours = [style.BLUE] * len(best) + [style.PURPLE]
        axes.barh(range(len(names)), heights, 0.7, color=colours)
        axes.set_title(name)
        axes.set_yticks(range(len(names)), names)
        axes.grid(visible=False, axis="y")
        left = int((p > 0).sum())
        told.append(f"{name}: {left} of {len(p)} words left, {names[0]} has {heights[0]:.2f}")
    for axes in panels.flat[len(tables) :]:
        axes.set_visible(False)
    for axes in panels[-1]:
        axes.set_xlabel("probability")
    panels[0, 0].invert_yaxis()
    return figure, "The same distribution under several rules. " + "; ".join(told) + "."


def nucleus_sizes(
    words: Sequence[str], sizes: Sequence[int], p: float, k: int
) -> tuple[Figure, str]:
    """How many words top-p leaves at each place of a sentence, beside the fixed number of top-k."""
    import matplotlib.pyplot as plt

    if len(words) != len(sizes) or not words:
        raise LabError(f"{len(sizes)} sizes for {len(words)} words; give one for each, not none")
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 2.9))
    axes.bar(range(len(words)), sizes, 0.65, color=style.BLUE, label=f"top-p {p:g}")
    axes.axhline(k, color=style.ORANGE, linestyle="--", label=f"top-k {k}")
    axes.set_yscale("log")
    axes.set_ylim(0.8, 2.2 * max(*sizes, k))
    axes.set_xticks(range(len(words)), words, rotation=40, ha="right")
    axes.set(ylabel="words left (log scale)")
    axes.grid(visible=False, axis="x")
    axes.legend(ncols=2)
    most, least = int(np.argmax(sizes)), int(np.argmin(sizes))
    alt = (
        f"Bars for each word of the sentence {' '.join(words)}: among how many words top-p {p:g} "
        f"would have chosen there. From {sizes[least]} before {words[least]} to "
        f"{sizes[most]} before {words[most]}; top-k keeps {k} everywhere."
    )
    return figure, alt


def trade_off(
    series: Mapping[str, Mapping[str, tuple[float, float]]], truth: float
) -> tuple[Figure, str]:
    """Share of grammatical sentences against the bits of surprise that the language finds in them.

    `series[name][setting]` is (share grammatical, bits per word of those that are); `truth` is the
    bits per word of the language's own sentences, all of them grammatical: drawn as a star.
    """
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 4.0))
    told = []
    for (name, points), marker in zip(series.items(), "os^D", strict=False):
        shares, bits = zip(*points.values(), strict=True)
        axes.plot(bits, shares, marker=marker, label=name)
        for setting, (share, bit) in points.items():
            axes.annotate(setting, (bit, share), (5, 5), textcoords="offset points", fontsize=9)
        first, *_, last = points
        told.append(
            f"{name} {first}: {points[first][0]:.0%} grammatical, {points[first][1]:.1f} bits; "
            f"{last}: {points[last][0]:.0%}, {points[last][1]:.1f} bits"
        )
    axes.plot(truth, 1, "*", color=style.PURPLE, markersize=14, label="the language's own")
    axes.set(xlabel="bits per word of grammatical sentences", ylabel="share grammatical")
    axes.set_ylim(0, 1.08)
    axes.legend(loc="lower left")
    alt = (
        "How many sentences the grammar accepts against how unusual they are. " + ". ".join(told)
        + f". The language's own sentences stand alone on top, at {truth:.1f} bits."
    )  # fmt: skip
    return figure, alt


def surprise_lines(texts: Mapping[str, tuple[Sequence[str], ArrayLike]]) -> tuple[Figure, str]:
    """Texts word by word, and how many bits each word was a surprise: `{name: (words, bits)}`.

    After figure 2 of Holtzman et al. 2020, with surprise in place of probability.
    """
    import matplotlib.pyplot as plt

    style.use()
    figure, panels = plt.subplots(
        len(texts), 1, figsize=(7.5, 0.5 + 2.2 * len(texts)), sharey=True, squeeze=False
    )
    told, colours = [], [style.BLUE, style.ORANGE, style.GREEN]
    for axes, (name, (words, bits)), colour in zip(
        panels[:, 0], texts.items(), colours, strict=False
    ):
        heights = np.asarray(bits, dtype=float)
        axes.bar(range(len(words)), heights, 0.65, color=colour)
        axes.set_xticks(range(len(words)), words, rotation=40, ha="right", fontsize=9.5)
        axes.set_title(f"{name}: {heights.mean():.1f} bits per word")
        axes.set_ylabel("bits")
        axes.grid(visible=False, axis="x")
        told.append(
            f"{name}: mean {heights.mean():.1f} bits, most {heights.max():.1f} at "
            f"{words[int(heights.argmax())]}"
        )
    return figure, "Bars of surprise, one for each word. " + "; ".join(told) + "."


def cache_grid(prompt: int, new_tokens: int) -> tuple[Figure, str]:
    """Which positions are computed at each step, without the cache and with it."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch, Rectangle

    total = prompt + new_tokens - 1
    style.use()
    figure, panels = plt.subplots(1, 2, figsize=(7.5, 0.9 + 0.34 * new_tokens), sharey=True)
    counts = []
    for axes, use_cache in zip(panels, (False, True), strict=True):
        count = 0
        for step in range(new_tokens):
            known = prompt + step - 1 if use_cache and step else 0
            for place in range(prompt + step):
                new = place >= known
                count += new
                axes.add_patch(
                    Rectangle(
                        (place + 0.08, step + 0.1), 0.84, 0.8, linewidth=1.2,
                        facecolor=style.BLUE if new else "none",
                        edgecolor=style.BLUE if new else style.INK,
                    )
                )  # fmt: skip
        counts.append(count)
        name = "with the cache" if use_cache else "without"
        axes.set(xlim=(0, total), ylim=(new_tokens, 0), title=f"{name}: {count} positions")
        axes.set_xticks(np.arange(total) + 0.5, range(1, total + 1))
        axes.set_yticks(np.arange(new_tokens) + 0.5, range(1, new_tokens + 1))
        axes.set_xlabel("position")
        axes.grid(visible=False)
    panels[0].set_ylabel("new token")
    figure.legend(
        handles=[
            Patch(facecolor=style.BLUE, edgecolor=style.BLUE, label="computed"),
            Patch(facecolor="none", edgecolor=style.INK, label="looked up"),
        ],
        loc="outside lower center", ncols=2,
    )  # fmt: skip
    alt = (
        f"Two grids of {new_tokens} steps over {total} positions. Without the cache every step "
        f"computes all positions so far, {counts[0]} in all; with it the first step reads the "
        f"prompt and each later one computes a single position, {counts[1]} in all."
    )
    return figure, alt


def cost_curves(config: GPTConfig, prompt: int, new_tokens: int, name: str) -> tuple[Figure, str]:
    """Operations of each new token with the cache and without, on a logarithmic scale."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.0))
    totals = {}
    for label, use_cache in (("without the cache", False), ("with it", True)):
        costs = writing_flops(config, prompt, new_tokens, use_cache)
        totals[label] = sum(costs)
        axes.semilogy(range(1, new_tokens + 1), costs, label=label)
    axes.set(xlabel="new token", ylabel="operations", title=name)
    axes.legend()
    less = totals["without the cache"] / totals["with it"]
    alt = (
        f"Operations for each of {new_tokens} new tokens of {name} after a prompt of {prompt}, on "
        "a logarithmic scale. Without the cache the curve climbs; with it, it falls after the "
        f"prompt and stays flat. Over the whole text the cache needs {less:.0f} times fewer."
    )
    return figure, alt


def kept_and_missing(
    words: Sequence[str], target: ArrayLike, draft: ArrayLike
) -> tuple[Figure, str]:
    """How a draft's proposals are judged: what is kept of each word, refused, and drawn anew."""
    import matplotlib.pyplot as plt

    p, q = np.asarray(target, dtype=float), np.asarray(draft, dtype=float)
    kept, refused, missing = np.minimum(p, q), np.maximum(q - p, 0), np.maximum(p - q, 0)
    style.use()
    figure, panels = plt.subplots(1, 2, figsize=(8.0, 3.2), sharey=True)
    _stack(panels[0], words, kept, refused, ("kept", "refused"), "//")
    panels[0].set_title("the draft proposes q")
    _stack(panels[1], words, kept, missing, ("kept", "drawn anew"), "xx")
    panels[1].set_title("together: the target's p")
    panels[0].set_ylabel("probability")
    parts = [
        f"{word}: target {a:.2f}, draft {b:.2f}, kept {c:.2f}"
        for word, a, b, c in zip(words, p, q, kept, strict=True)
    ]
    alt = (
        "Stacked bars for each word. Left, the draft's probability, divided into what is kept and "
        "what is refused; right, what is kept and, on top, what is drawn anew, which together "
        f"reach the target's probability. {'; '.join(parts)}. Kept in all: {kept.sum():.2f}."
    )
    return figure, alt


def _stack(
    axes: Axes,
    words: Sequence[str],
    low: np.ndarray,
    high: np.ndarray,
    names: tuple[str, str],
    hatch: str,
) -> None:
    axes.bar(range(len(words)), low, 0.6, color=style.BLUE, label=names[0])
    some = np.flatnonzero(high)
    axes.bar(
        some, high[some], 0.6, bottom=low[some], color="none", edgecolor=style.ORANGE,
        linewidth=1.6, hatch=hatch, label=names[1],
    )  # fmt: skip
    axes.set_xticks(range(len(words)), words, rotation=30, ha="right")
    axes.grid(visible=False, axis="x")
    axes.legend()


def round_lengths(
    measured: Mapping[int, float], formula: Mapping[int, float]
) -> tuple[Figure, str]:
    """Tokens that one pass of the target settles, over how far the draft looks ahead."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.0))
    axes.plot(list(measured), list(measured.values()), marker="o", label="measured")
    axes.plot(list(formula), list(formula.values()), marker="s", label="formula")
    axes.set(xlabel="tokens that the draft looks ahead", ylabel="tokens per pass")
    axes.set_xticks(sorted({*measured, *formula}))
    axes.set_ylim(bottom=1)
    axes.legend()
    told = ", ".join(f"{k} ahead {value:.2f}" for k, value in measured.items())
    alt = (
        f"Tokens settled by one pass of the large model: {told}. The formula's curve runs near the "
        "measured one, and both flatten: far proposals are seldom reached."
    )
    return figure, alt
