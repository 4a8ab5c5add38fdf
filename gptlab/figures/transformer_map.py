"""A figure that answers: the whole encoder-decoder, every box a button that says what it does.

Shapes are those of the model's configuration. It works in the page, with no kernel, by mouse and by
keyboard (transformer_map.js); `transformer_drawing` is the same diagram, to print.
"""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gptlab.errors import LabError
from gptlab.figures import style
from gptlab.figures.style import BLUE, GREEN, INK, ORANGE, PURPLE, Output
from gptlab.models.transformer import TransformerConfig

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 640, 600
BOX = (200, 34)  # width and height of a box


@dataclass(frozen=True)
class Part:
    """A box: where its middle is, what stands in it, its kind, and what it does."""

    name: str
    x: int
    y: int
    kind: str
    told: str


KINDS = {"embedding": PURPLE, "attention": BLUE, "norm": INK, "perceptron": GREEN, "output": ORANGE}
LEFT, RIGHT = 160, 480
NAMES = ((22, 361, "encoder"), (622, 354, "decoder"))  # where the name of a frame stands


def parts(config: TransformerConfig) -> list[Part]:
    """The boxes of a post-norm Transformer, from the source up and from the target up.

    Raises LabError for a pre-norm one, whose norms stand elsewhere.
    """
    if config.norm != "post":
        raise LabError("the drawing is the paper's, with norm='post'; give such a configuration")
    d, heads, f = config.d_model, config.n_heads, config.d_ff
    width = f"S × {d}"
    look = f"{heads} heads of width {d // heads}"
    return [
        Part("source embedding", LEFT, 510, "embedding",
             f"Each of the S source tokens becomes a row of {d} numbers, times √{d}. The waves of "
             f"its position are added. Result: {width}. (sections 3.4, 3.5)"),
        Part("self-attention", LEFT, 440, "attention",
             f"Every source position looks at all source positions, padding left out; {look}. "
             f"Result: {width}. (3.2)"),
        Part("add and norm", LEFT, 395, "norm",
             f"What went in is added to what came out, and each row is normalised: {width}. (3.1)"),
        Part("perceptron", LEFT, 325, "perceptron",
             f"Each position alone: widen to {f}, ReLU, back to {d}. Result: {width}. (3.3)"),
        Part("add and norm, again", LEFT, 280, "norm",
             f"Sum and norm again: {width}. This layer stands {config.n_layers} times on itself; "
             "the last one's result is the memory that the decoder looks at."),
        Part("target embedding", RIGHT, 560, "embedding",
             f"What is written so far, moved right by one and begun with <begin>: T rows of {d} "
             f"numbers, times √{d}, plus waves. Result: T × {d}."),
        Part("masked self-attention", RIGHT, 490, "attention",
             f"Each target position looks at itself and those before it, never ahead; {look}. "
             f"Result: T × {d}. (3.2.3)"),
        Part("add and norm (1)", RIGHT, 445, "norm", f"Sum and norm: T × {d}."),
        Part("cross-attention", RIGHT, 375, "attention",
             f"Queries from the target, keys and values from the encoder's memory: T × S weights a "
             f"head; {look}. Result: T × {d}. (3.2.3)"),
        Part("add and norm (2)", RIGHT, 330, "norm", f"Sum and norm: T × {d}."),
        Part("perceptron, decoder", RIGHT, 260, "perceptron",
             f"Each position alone: widen to {f}, ReLU, back to {d}. Result: T × {d}."),
        Part("add and norm (3)", RIGHT, 215, "norm",
             f"Sum and norm; the decoder's layer stands {config.n_layers} times on itself too."),
        Part("unembedding", RIGHT, 135, "output",
             f"Each row is compared with every target token's embedding: T × "
             f"{config.target_vocab:,} scores. (3.4)"),
        Part("softmax", RIGHT, 70, "output",
             "Scores become probabilities of the next token. In writing, the chosen one joins "
             "the target and the decoder runs again."),
    ]  # fmt: skip


# From the middle of one box to the middle of another, by names; the last is the look at the source.
ARROWS = [
    ("source embedding", "self-attention"), ("self-attention", "add and norm"),
    ("add and norm", "perceptron"), ("perceptron", "add and norm, again"),
    ("target embedding", "masked self-attention"), ("masked self-attention", "add and norm (1)"),
    ("add and norm (1)", "cross-attention"), ("cross-attention", "add and norm (2)"),
    ("add and norm (2)", "perceptron, decoder"), ("perceptron, decoder", "add and norm (3)"),
    ("add and norm (3)", "unembedding"), ("unembedding", "softmax"),
]  # fmt: skip

# Residual connections: around each part, into the norm above it, where the two are added.
AROUND = [
    ("self-attention", "add and norm"), ("perceptron", "add and norm, again"),
    ("masked self-attention", "add and norm (1)"), ("cross-attention", "add and norm (2)"),
    ("perceptron, decoder", "add and norm (3)"),
]  # fmt: skip
BELOW, BESIDE = 15, 13  # where such a line leaves the arrow, and how far from the boxes it runs

_STYLE = f"""
[data-transformer] {{border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}}
[data-transformer] svg {{display: block; width: 100%; max-width: {WIDTH}px; height: auto;
 margin: 0 auto; font: 14px system-ui, sans-serif}}
[data-transformer] text {{fill: currentColor; text-anchor: middle; dominant-baseline: central}}
[data-transformer] rect {{fill: transparent; stroke-width: 2}}
[data-transformer] .wire {{fill: none; stroke: currentColor; stroke-width: 1.3}}
[data-transformer] .frame {{stroke: currentColor; stroke-dasharray: 4 4; stroke-width: 1}}
[data-transformer] [role=button] {{cursor: pointer}}
[data-transformer] [role=button]:focus {{outline: none}}
[data-transformer] [role=button]:focus rect, [data-transformer] [aria-pressed=true] rect
 {{stroke-width: 4.5}}
[data-transformer] p {{min-height: 4.6em; margin: .6em 0 0}}
@media print {{[data-transformer] {{display: none}}}}
"""


def transformer_map(config: TransformerConfig) -> Output:
    """The diagram with a button for each box; what a box does stands below when it is chosen."""
    boxes = parts(config)
    drawn = []
    for place, part in enumerate(boxes):
        x, y = part.x - BOX[0] // 2, part.y - BOX[1] // 2
        pressed = "true" if place == 0 else "false"
        drawn.append(
            f'<g role="button" tabindex="0" aria-pressed="{pressed}" aria-label="{part.name}" '
            f'data-box="{place}"><rect x="{x}" y="{y}" width="{BOX[0]}" height="{BOX[1]}" rx="5" '
            f'stroke="{"currentColor" if part.kind == "norm" else KINDS[part.kind]}"/>'
            f'<text x="{part.x}" y="{part.y}" aria-hidden="true">{_short(part.name)}</text></g>'
        )
    names = "".join(
        f'<text transform="translate({x} {y}) rotate(-90)">'
        f"{name} layer, {config.n_layers} times</text>"
        for x, y, name in NAMES
    )
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    packed = html.escape(json.dumps([part.told for part in boxes], ensure_ascii=False))
    page = (
        f'<style>{_STYLE}</style><div data-transformer="{packed}" role="group" '
        'aria-label="The Transformer, box by box"><p>Choose a box, by mouse or with Tab and Enter.'
        f'</p><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="group" aria-label="Diagram of encoder and '
        f'decoder">{_wires(boxes)}{names}{"".join(drawn)}</svg>'
        f'<p aria-live="polite" data-part="told">{html.escape(boxes[0].told)}</p></div>'
        f"<script>{script}</script>"
    )
    plain = "The Transformer, box by box:\n" + "\n".join(f"- {p.name}: {p.told}" for p in boxes)
    return Output(page, plain)


def _short(name: str) -> str:
    return name.split(",")[0].split(" (")[0]


def _wires(boxes: list[Part]) -> str:
    at = {part.name: part for part in boxes}
    half = BOX[1] // 2
    lines = []
    for start, end in ARROWS:
        a, b = at[start], at[end]
        lines.append(f"M{a.x} {a.y - half}V{b.y + half + 5}m-4 5l4 -5l4 5")
    for around, into in AROUND:
        a, b, side = at[around], at[into], BOX[0] // 2
        lines.append(
            f"M{a.x} {a.y + half + BELOW}H{a.x + side + BESIDE}V{b.y}H{b.x + side + 5}"
            "m5 -4l-5 4l5 4"
        )
    memory, cross = at["add and norm, again"], at["cross-attention"]
    top, left = memory.y - half - 26, cross.x - BOX[0] // 2
    between = (memory.x + BOX[0] // 2 + left) // 2
    lines.append(
        f"M{memory.x} {memory.y - half}V{top}H{between}V{cross.y}H{left - 5}m-5 -4l5 4l-5 4"
    )
    frames = "".join(
        f'<rect class="frame" x="{x - 125}" y="{top}" width="250" height="{low - top}" rx="8"/>'
        for x, top, low in ((LEFT, 252, 476), (RIGHT, 188, 526))
    )
    return f'{frames}<path class="wire" d="{"".join(lines)}"/>'


def transformer_drawing(config: TransformerConfig) -> tuple[Figure, str]:
    """The same diagram as a picture with its words."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import FancyBboxPatch

    boxes = parts(config)
    at = {part.name: part for part in boxes}
    style.use()
    figure, axes = plt.subplots(figsize=(6.6, 6.2))
    axes.set(xlim=(0, WIDTH), ylim=(HEIGHT, 30))
    axes.axis("off")
    half = BOX[1] / 2
    for part in boxes:
        corner = (part.x - BOX[0] / 2, part.y - half)
        axes.add_patch(
            FancyBboxPatch(corner, *BOX, boxstyle="round,pad=0,rounding_size=5", fill=False,
                           edgecolor=KINDS[part.kind], linewidth=2)
        )  # fmt: skip
        axes.text(part.x, part.y, _short(part.name), ha="center", va="center", fontsize=10)
    arrow = {"arrowstyle": "->", "color": style.INK}
    for start, end in ARROWS:
        a, b = at[start], at[end]
        axes.annotate("", (b.x, b.y + half), (a.x, a.y - half), arrowprops=arrow)
    for around, into in AROUND:
        a, b, side = at[around], at[into], BOX[0] / 2
        below, right = a.y + half + BELOW, a.x + side + BESIDE
        axes.plot([a.x, right, right], [below, below, b.y], color=style.INK, linewidth=1.2,
                  linestyle="-")  # fmt: skip
        axes.annotate("", (b.x + side, b.y), (right, b.y), arrowprops=arrow | {"shrinkA": 0})
    memory, cross = at["add and norm, again"], at["cross-attention"]
    axes.plot([memory.x, memory.x, 315, 315], [memory.y - half, 236, 236, cross.y],
              color=style.INK, linewidth=1.2, linestyle="-")  # fmt: skip
    axes.annotate("", (cross.x - BOX[0] / 2, cross.y), (315, cross.y), arrowprops=arrow)
    for x, y, words in NAMES:
        words = f"{words} layer, {config.n_layers} times"
        axes.text(x, y, words, fontsize=10, rotation=90, ha="center", va="center")
    alt = (
        "The Transformer. Left, the encoder: source embedding, then in each layer self-attention, "
        "add and norm, perceptron, add and norm. Right, the decoder: target embedding, then in "
        "each layer masked self-attention, cross-attention, perceptron, each with add and norm; "
        "last unembedding and softmax. Around each part a line carries what went in to the add and "
        "norm above it. Another leads from the top of the encoder to "
        "cross-attention."
    )
    return figure, alt
