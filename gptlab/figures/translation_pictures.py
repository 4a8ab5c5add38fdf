"""Pictures of chapter 04: words joined by lines, the noisy channel, phenomena, and a box to try."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gptlab.errors import LabError
from gptlab.figures import style

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from gptlab.classic.alignment import IBMModel1
    from gptlab.classic.decoding import NoisyChannel
    from gptlab.evaluation.translation import TranslationScores

Links = Sequence[int | None]


def joined_words(
    upper: Sequence[str], lower: Sequence[str], links: Links, names: tuple[str, str] = ("", "")
) -> Figure:
    """Two sentences, one above the other, a line from each word of `lower` to its word of `upper`.

    `links[j]` is the place of word j's partner above, or None: such a word has a dotted end.
    `names` stand before the rows. Raises LabError unless there is one link for each word of `lower`
    and all places exist.
    """
    import matplotlib.pyplot as plt

    if len(links) != len(lower) or not upper or not lower:
        raise LabError(f"{len(links)} links for {len(lower)} words; give one for each, or None")
    if any(i is not None and not 0 <= i < len(upper) for i in links):
        raise LabError(f"a link points past the {len(upper)} words above; count from 0")
    style.use()
    figure, axes = plt.subplots(figsize=(min(9.0, 1.5 + 0.11 * _letters(upper, lower)), 1.9))
    above, below = _places(upper), _places(lower)
    width = max(above[-1], below[-1]) + 1.0
    for x, word in zip(above, upper, strict=True):
        axes.text(x, 1.0, word, ha="center", va="bottom")
    for x, word, link in zip(below, lower, links, strict=True):
        axes.text(x, 0.0, word, ha="center", va="top")
        end = (above[link], 0.97) if link is not None else (x, 0.2)
        axes.plot(
            [x, end[0]], [0.03, end[1]],
            color=style.COLOURS["ours"] if link is not None else style.INK,
            linestyle="-" if link is not None else ":", linewidth=1.6,
        )  # fmt: skip
    for y, name in zip((1.06, -0.06), names, strict=True):
        axes.text(-0.3, y, name, ha="right", va="center", fontsize=9)
    axes.set(xlim=(-1.0 - 0.12 * max(map(len, names)), width), ylim=(-0.45, 1.45))
    axes.axis("off")
    return figure


def crossings(links: Links) -> int:
    """How many pairs of lines cross in `joined_words`.

    >>> crossings([0, 2, 1])
    1
    """
    kept = [link for link in links if link is not None]
    return sum(a > b for i, a in enumerate(kept) for b in kept[i + 1 :])


def noisy_channel_diagram() -> Figure:
    """Message, channel, what is received, and the way back: a drawing with formulas."""
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(7.4, 2.1))
    boxes = [
        (0.0, "someone thinks\nin German", "language model\n$P(g)$"),
        (2.6, "the channel\nturns it into English", "translation model\n$P(e \\mid g)$"),
        (5.2, "we receive English,\nand decode", "search\n$\\hat{g}$"),
    ]
    for x, what, model in boxes:
        axes.text(
            x, 1.0, what, ha="center", va="center",
            bbox={"boxstyle": "round,pad=0.5", "facecolor": "none", "edgecolor": style.INK},
        )  # fmt: skip
        axes.text(x, 0.28, model, ha="center", va="center")
    for x, letter in ((1.22, "$g$"), (3.95, "$e$")):
        axes.annotate(
            "", (x + 0.16, 1.0), (x - 0.2, 1.0), arrowprops={"arrowstyle": "->", "color": style.INK}
        )
        axes.text(x - 0.02, 1.16, letter, ha="center")
    axes.set(xlim=(-1.1, 6.3), ylim=(-0.05, 1.5))
    axes.axis("off")
    return figure


def tables_over_time(
    tables: Mapping[str, ArrayLike], rows: Sequence[str], columns: Sequence[str]
) -> Figure:
    """The same table of probabilities at several times, side by side; the keys are the titles.

    Raises LabError for no tables and for one whose shape is not (rows, columns).
    """
    import matplotlib.pyplot as plt
    import numpy as np

    values = {title: np.asarray(table, dtype=float) for title, table in tables.items()}
    if not values or any(v.shape != (len(rows), len(columns)) for v in values.values()):
        raise LabError(
            f"give at least one table, each with {len(rows)} rows and {len(columns)} columns"
        )
    style.use()
    figure, panels = plt.subplots(
        1, len(values), figsize=(0.9 + 2.0 * len(values), 2.4), sharey=True, squeeze=False
    )
    for axes, (title, table) in zip(panels[0], values.items(), strict=True):
        image = axes.imshow(table, vmin=0, vmax=1, aspect="auto")
        for (i, j), value in np.ndenumerate(table):
            colour = style.text_on(tuple(image.to_rgba(value)[:3]))
            axes.text(j, i, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=9)
        axes.set_xticks(range(len(columns)), columns, fontsize=9)
        axes.set_yticks(range(len(rows)), rows)
        axes.set_title(title, fontsize=11)
        axes.grid(visible=False)
    return figure


def decoding_stacks(
    model: NoisyChannel, source: Sequence[str], shown: int = 4
) -> tuple[Figure, str]:
    """The best `shown` beginnings of each stack of a search. Bold is how the winner begins.

    Raises LabError for what `model.best` refuses.
    """
    import matplotlib.pyplot as plt

    from gptlab.classic.decoding import _Search

    winner = model.translate(source)
    search = _Search(model, source)
    stacks = [
        [[search.names[i] for i in text] for text in stack.words[:shown]]
        for stack in search.stacks()
    ]
    style.use()
    figure, axes = plt.subplots(figsize=(9.0, 0.5 + 0.3 * shown))
    widths = [max(len(" ".join(text)) for text in stack) for stack in stacks]
    widths = [max(w, len(word) + 2) + 2 for w, word in zip(widths, source, strict=True)]
    told, x = [], 0.0
    for number, (stack, word, width) in enumerate(zip(stacks, source, widths, strict=True), 1):
        axes.text(x, 0, f"{number}: {word}", weight="bold", fontsize=9)
        ours = max((t for t in stack if t == winner[: len(t)]), key=len, default=None)
        for place, text in enumerate(stack, 1):
            mark, weight = ("▸ ", "bold") if text == ours else ("   ", "normal")
            words = mark + (" ".join(text) or "(nothing)")
            axes.text(x, -place, words, weight=weight, fontsize=9)
        told.append(f"{number}, {word}: {', '.join(' '.join(t) or 'nothing' for t in stack)}")
        x += width
    axes.set(xlim=(0, x), ylim=(-shown - 0.6, 0.8))
    axes.axis("off")
    return figure, (
        f"Columns of beginnings, the best {shown} after each of {len(source)} English words, best "
        f"on top. {'; '.join(told)}. Marked are those with which {' '.join(winner)} begins."
    )


def ranked_orders(logs: Sequence[float], right: float) -> Figure:
    """Log-probabilities of many orders of the same words, best first, that of one marked.

    Raises LabError for no numbers and where `right` is not among them.
    """
    import matplotlib.pyplot as plt

    ranked = sorted(logs, reverse=True)
    if right not in ranked:
        raise LabError(f"{right} is not among the {len(ranked)} numbers; give one of them")
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 2.8))
    axes.semilogx(range(1, len(ranked) + 1), ranked, color=style.COLOURS["baseline"], linestyle="-")
    place = ranked.index(right) + 1
    axes.plot(place, right, "o", color=style.COLOURS["ours"], markersize=9)
    axes.annotate(
        "the right order", (place, right), xytext=(8, 10), textcoords="offset points", va="center"
    )
    axes.set(xlabel="place of the order, best first", ylabel="log P(g), in nats")
    return figure


MARKS = ("o", "s", "D", "^", "v", "P")
COLOURS = (style.PURPLE, style.ORANGE, style.GREEN, style.BLUE, style.INK)


def phenomena_picture(
    scores: Mapping[str, TranslationScores], least: int = 1, colours: Sequence[str] = COLOURS
) -> Figure:
    """For each phenomenon the percentage of sentences translated exactly, one mark for each model.

    Phenomena with fewer than `least` sentences are left out; the best translated stands on top.
    Raises LabError for no models and for models scored on different sentences.
    """
    import matplotlib.pyplot as plt

    labels = _ranked(scores, least)
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 1.2 + 0.29 * len(labels)))
    for n, (name, found) in enumerate(scores.items()):
        shares = [found.phenomena[label].percent for label in labels]
        lower = 0.18 * (n - (len(scores) - 1) / 2)  # marks of equal value side by side
        axes.plot(
            shares, [place + lower for place in range(len(labels))], MARKS[n % len(MARKS)],
            color=colours[n % len(colours)], label=name, linestyle="none",
        )  # fmt: skip
    first = next(iter(scores.values())).phenomena
    axes.set_yticks(range(len(labels)), [f"{label} ({first[label].of})" for label in labels])
    axes.invert_yaxis()
    axes.set(xlabel="sentences translated exactly, in percent", xlim=(-1, None))
    axes.legend(loc="lower right")
    return figure


def phenomena_alt(scores: Mapping[str, TranslationScores], least: int = 1) -> str:
    """`phenomena_picture` in words: every phenomenon with each model's percentage."""
    labels = _ranked(scores, least)
    told = "; ".join(
        f"{label} {', '.join(f'{s.phenomena[label].percent:.0f}' for s in scores.values())}"
        for label in labels
    )
    return (
        f"Percentage of sentences translated exactly, by what they hold, for "
        f"{', '.join(scores)} in this order: {told}."
    )


def translation_box(
    translate: Callable[[list[str]], list[str]], channel: IBMModel1, sentence: str
) -> VBox:
    """In Lab: type an English sentence, words and marks apart; see its translation and alignment.

    `channel` has the translation's language as its source. Needs a kernel. What cannot be
    translated is told in the box.
    """
    import ipywidgets as widgets

    typed = widgets.Text(
        value=sentence, description="English", layout=widgets.Layout(width="95%"),
        continuous_update=False,
    )  # fmt: skip
    shown = widgets.HTML()

    def answer(_: Any = None) -> None:
        from html import escape

        words = typed.value.split()
        try:
            said = translate(words)
        except LabError as error:
            shown.value = f"<p>{escape(str(error))}</p>"
            return
        rows = "".join(
            f"<tr><td>{escape(word)}</td><td>←</td>"
            f"<td>{'NULL' if i is None else escape(said[i])}</td></tr>"
            for word, i in zip(words, channel.align(said, words), strict=True)
        )
        shown.value = f"<p><b>{escape(' '.join(said))}</b></p><table>{rows}</table>"

    typed.observe(answer, "value")
    answer()
    return widgets.VBox([typed, shown])


def _ranked(scores: Mapping[str, TranslationScores], least: int) -> list[str]:
    if not scores:
        raise LabError("there is nothing to draw: give at least one model's scores")
    counts = [{label: s.of for label, s in found.phenomena.items()} for found in scores.values()]
    if any(each != counts[0] for each in counts):
        raise LabError("the models were scored on different sentences; score all on the same")
    last = list(scores.values())[-1].phenomena
    kept = [label for label, n in counts[0].items() if n >= least]
    if not kept:
        raise LabError(f"no phenomenon has {least} sentences; lower `least`, or give labels")
    return sorted(kept, key=lambda label: (-last[label].percent, label))


def _letters(*rows: Sequence[str]) -> int:
    return max(sum(len(word) + 2 for word in row) for row in rows)


def _places(words: Sequence[str]) -> list[float]:
    """The middle of each word on a line, in units of about ten letters."""
    places, x = [], 0.0
    for word in words:
        half = 0.055 * len(word) + 0.11
        places.append(x + half)
        x += 2 * half
    return places
