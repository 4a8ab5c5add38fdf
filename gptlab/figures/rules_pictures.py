"""Pictures of machines that follow rules: ELIZA's stack and patterns, 1954's translations, a
timeline of the course, and what learning means."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gptlab.classic.eliza import ElizaStep, ElizaTurn, show_pattern, show_reply
from gptlab.classic.rule_translator import RuleTranslation
from gptlab.errors import LabError
from gptlab.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, GREEN = style.COLOURS["train"], style.COLOURS["ours"]
ORANGE, PURPLE = style.COLOURS["held out"], style.COLOURS["baseline"]

SYSTEMS = (
    (1948, "Shannon's n-grams", 2, PURPLE),
    (1954, "Georgetown-IBM", 1, style.INK),
    (1966, "ELIZA", 1, style.INK),
    (1990, "latent semantic indexing", 3, PURPLE),
    (1993, "IBM's statistical translation", 4, PURPLE),
    (1997, "LSTM", 10, BLUE),
    (2003, "neural language model", 9, BLUE),
    (2013, "word2vec", 6, BLUE),
    (2014, "translating networks", 11, BLUE),
    (2017, "Transformer", 13, GREEN),
    (2018, "BERT, GPT", "15 and 16", GREEN),
    (2020, "GPT-3, scaling laws", 20, GREEN),
    (2023, "Llama", 21, GREEN),
)
"""Year, name, chapter and colour: written rules, counted, learned by networks, by attention."""


def _canvas(width: float, height: float, x: float, y: float) -> tuple[Figure, Axes]:
    import matplotlib.pyplot as plt

    style.use()
    figure, axes = plt.subplots(figsize=(width, height))
    axes.set(xlim=(0, x), ylim=(y, 0))
    axes.axis("off")
    return figure, axes


def _box(axes: Axes, x: float, y: float, text: str, colour: str = style.INK, **more: Any) -> None:
    """Words in a rounded frame around (x, y)."""
    frame: dict[str, Any] = {"boxstyle": "round,pad=0.35", "facecolor": "none", "edgecolor": colour}
    frame["linewidth"] = more.pop("linewidth", 1.4)
    look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 10} | more
    axes.text(x, y, text, bbox=frame, **look)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], **more: Any) -> None:
    look: dict[str, Any] = {
        "arrowstyle": "->",
        "color": style.INK,
        "linewidth": 1.2,
        "shrinkA": 0,
        "shrinkB": 0,
    }
    axes.annotate("", xy=end, xytext=start, arrowprops=look | more)


def course_timeline() -> Figure:
    """The systems that the course builds, by year, each with its chapter."""
    figure, axes = _canvas(7.0, 4.6, 100, len(SYSTEMS) + 1)
    first, last = SYSTEMS[0][0], SYSTEMS[-1][0]
    for row, (year, name, chapter, colour) in enumerate(SYSTEMS, start=1):
        x = 2 + 54 * (year - first) / (last - first)
        axes.plot([2, 56], [row, row], color=style.INK, alpha=0.2, linewidth=0.8, linestyle="-")
        axes.plot([x], [row], marker="o", color=colour, linestyle="none")
        side = -1 if x > 12 else 1
        ha = "right" if side < 0 else "left"
        axes.text(x + 1.4 * side, row - 0.05, str(year), ha=ha, va="bottom", fontsize=9)
        word = "chapter" if isinstance(chapter, int) else "chapters"
        axes.text(59, row, f"{name}, {word} {chapter}", va="center", fontsize=10)
    return figure


def keyword_stack(turn: ElizaTurn) -> Figure:
    """The sentence with its keywords marked, and the stack in which ELIZA will try them.

    Raises LabError for a turn without keywords.
    """
    if not turn.stack:
        raise LabError(f"{turn.heard!r} has no keyword, so there is no stack to draw")
    height = max(len(turn.stack), 2)
    figure, axes = _canvas(7.0, 1.5 + 0.5 * height, 100, 2.2 + height)
    ranks = dict(turn.stack)
    step = 96 / len(turn.clause)
    for i, word in enumerate(turn.clause):
        known = word in ranks
        x = 2 + step * (i + 0.5)
        if known:
            _box(axes, x, 0.6, word, GREEN)
            axes.text(x, 1.35, f"rank {ranks[word]}", ha="center", va="center", fontsize=9)
        else:
            axes.text(x, 0.6, word, ha="center", va="center", fontsize=10)
    for place, (word, rank) in enumerate(turn.stack):
        note = "tried first" if place == 0 else "if the one above gives no answer"
        _box(axes, 30, 2.4 + place, f"{word}  {rank}", GREEN if place == 0 else style.INK)
        axes.text(44, 2.4 + place, note, va="center", fontsize=9)
    axes.text(16, 2.4, "stack", ha="center", va="center", fontsize=10)
    return figure


def taken_apart(step: ElizaStep) -> Figure:
    """A pattern, the part of the sentence under each of its pieces, and the reassembly."""
    n = len(step.pattern)
    figure, axes = _canvas(7.0, 2.5, 100, 5.2)
    used = {piece for piece in step.reply.pieces if isinstance(piece, int)}
    words = [part or "nothing" for part in step.parts]
    widths = [
        max(len(word), len(show_pattern([piece]))) + 4
        for word, piece in zip(words, step.pattern, strict=True)
    ]
    at = 14.0
    for i in range(n):
        width = 84 * widths[i] / sum(widths)
        x = at + width / 2
        at += width
        axes.text(x, 0.5, show_pattern([step.pattern[i]]), ha="center", va="center", fontsize=10)
        _box(axes, x, 1.9, words[i], GREEN if i + 1 in used else style.INK)
        axes.text(x, 2.85, str(i + 1), ha="center", va="center", fontsize=9)
        if i + 1 in used:
            _arrow(axes, (x, 3.1), (50 + (x - 50) * 0.3, 3.95), color=GREEN)
    for y, name in ((0.5, "pattern"), (1.9, "parts"), (4.4, "reply")):
        axes.text(0, y, name, va="center", fontsize=9)
    _box(axes, 50, 4.4, show_reply(step.reply))
    return figure


def who_answered(turns: Sequence[ElizaTurn]) -> Figure:
    """One column a turn: whether a keyword, the memory or NONE answered; arrows for memories.

    Raises LabError for no turns.
    """
    if not turns:
        raise LabError("there are no turns to draw; collect them from Eliza.respond")
    figure, axes = _canvas(7.0, 2.6, len(turns) + 3, 4.6)
    rows = {"keyword": (1.0, BLUE), "memory": (2.2, ORANGE), "none": (3.4, PURPLE)}
    for name, (y, _) in rows.items():
        axes.text(0, y, name if name != "none" else "NONE", va="center", fontsize=10)
    waiting: list[int] = []
    for i, turn in enumerate(turns):
        y, colour = rows[turn.source]
        x = i + 3
        axes.plot([x], [y], marker="s", markersize=11, color=colour, linestyle="none")
        axes.text(x, 4.3, str(i + 1), ha="center", va="center", fontsize=9)
        if turn.source == "memory":
            _arrow(axes, (waiting.pop(0) + 0.2, 1.25), (x - 0.25, y), color=ORANGE)
        if turn.stored:
            waiting.append(x)
            axes.plot([x], [1.0], marker="o", markersize=4, color="white", linestyle="none")
    axes.text(0, 4.3, "turn", va="center", fontsize=9)
    return figure


def rule_trace(translation: RuleTranslation) -> Figure:
    """Dictionary entries above with the rule each ran, their English below, lines between them."""
    steps = translation.steps
    figure, axes = _canvas(7.0, 2.9, 100, 6.0)
    sizes = [max(len(s.entry.source if s.entry else s.word), len(s.output), 5) + 2 for s in steps]
    centres, at = [], 8.0
    for size in sizes:
        centres.append(at + 92 * size / sum(sizes) / 2)
        at += 92 * size / sum(sizes)
    order = _output_order(translation)
    lower, at = {}, 8.0
    shown = [i for i in order if steps[i].output]
    total = sum(len(steps[i].output) + 2 for i in shown)
    for i in shown:
        width = 92 * (len(steps[i].output) + 2) / total
        lower[i] = at + width / 2
        at += width
    for i, step in enumerate(steps):
        name = step.entry.source if step.entry else step.word
        colour = {0: ORANGE, 6: style.INK}.get(step.rule, GREEN)
        _box(axes, centres[i], 1.4, name, colour, fontsize=9)
        label = f"rule {step.rule}" if step.rule not in (0, 6) else ("?" if not step.rule else "")
        axes.text(centres[i], 0.4, label, ha="center", va="center", fontsize=9)
        if step.output:
            axes.text(lower[i], 5.0, step.output, ha="center", va="center", fontsize=9)
            line = "-" if step.moved else ":"
            axes.plot(
                [centres[i], lower[i]], [2.1, 4.5], color=colour, linestyle=line, linewidth=1.3
            )
        else:
            axes.text(centres[i], 2.5, "∅", ha="center", va="center", fontsize=9)
    return figure


def _output_order(translation: RuleTranslation) -> list[int]:
    """The numbers of the steps in the order in which their English was printed."""
    words: list[list[int]] = []
    place = -1
    for i, step in enumerate(translation.steps):
        ending = step.entry is not None and step.entry.kind == "ending"
        if not ending:
            words.append([])
            place += 1
        words[place].insert(0 if step.moved and step.rule == 3 else len(words[place]), i)
        if step.moved and step.rule == 1:
            words[place - 1], words[place] = words[place], words[place - 1]
    return [i for word in words for i in word]


def ways_to_learn() -> Figure:
    """Four small diagrams: rules written by people, and three ways of learning from text."""
    figure, axes = _canvas(7.0, 3.5, 100, 9.2)
    rows = (
        ("rules", ("a person", "rules"), style.INK),
        ("supervised", ("sentences with answers", "model"), BLUE),
        ("unsupervised", ("plain text", "model"), PURPLE),
        (
            "transfer",
            ("much plain text", "pretrained model", "a few answers", "fine-tuned model"),
            GREEN,
        ),
    )
    for row, (name, boxes, colour) in enumerate(rows):
        y = 1.0 + 2.35 * row
        axes.text(0, y, name, va="center", fontsize=10)
        xs = (27, 48, 70, 89) if len(boxes) == 4 else (33, 66)
        for i, (x, text) in enumerate(zip(xs, boxes, strict=True)):
            made = i % 2 == 1
            if made:
                _box(axes, x, y, text, colour, fontsize=9)
            else:
                axes.text(x, y, text, ha="center", va="center", fontsize=9)
        for left, right in pairwise(xs):
            _arrow(axes, (left + 0.56 * (right - left) - 2.5, y), (left + 0.56 * (right - left), y))
    return figure
