"""Pictures of tokens: boxes around the pieces of a text, a word as its merges build it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int

from gptlab.errors import LabError
from gptlab.figures import style
from gptlab.text.tokenizer_base import Tokenizer

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIGNS = {" ": "␣", "\n": "⏎", "\t": "⇥"}
TINTS = (style.BLUE, style.ORANGE, style.GREEN, style.PURPLE)


def token_name(token: bytes) -> str:
    """A token to be read: white space by a sign, bytes that are no whole character in hex.

    >>> token_name(b" the"), token_name(bytes([0xC3]))
    ('␣the', '‹C3›')
    """
    try:
        text = token.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(f"‹{byte:02X}›" for byte in token)
    return "".join(SIGNS.get(char, char) for char in text)


def tokens_html(tokenizer: Tokenizer, text: str) -> str:
    """The text with each token on a tint of its own, its id below, as HTML for a widget."""
    boxes = "".join(
        f'<span style="display:inline-block;margin:1px;padding:0 3px;border-radius:3px;'
        f'background:{TINTS[i % 4]}33;border-bottom:3px solid {TINTS[i % 4]};text-align:center">'
        f"<code style='background:none;color:inherit'>"
        f"{html.escape(token_name(tokenizer.token_bytes(token)))}</code><br>"
        f"<small>{token}</small></span>"
        for i, token in enumerate(tokenizer.encode(text))
    )
    return f'<div style="line-height:1.5">{boxes}</div>'


def token_rows(rows: dict[str, Sequence[bytes]], unit: float = 0.19) -> Figure:
    """One line of boxes for each row, a box for each token, as wide as its text, the name left.

    `unit` is the width of one letter in inches. Raises LabError where there is nothing to draw.
    """
    import matplotlib.pyplot as plt

    if not rows or not all(rows.values()):
        raise LabError("there is a row without tokens, or no row; give each at least one token")
    style.use()
    names = {row: [token_name(token) for token in tokens] for row, tokens in rows.items()}
    margin = 0.62 * max(map(len, rows)) + 0.8
    longest = max(sum(len(name) + 0.7 for name in found) for found in names.values())
    figure, axes = plt.subplots(figsize=(unit * (margin + longest) + 0.2, 0.46 * len(rows) + 0.1))
    for place, (row, found) in enumerate(names.items()):
        axes.text(-0.7, place, row, ha="right", va="center", fontsize=10)
        _boxes(axes, found, place)
    axes.set(xlim=(-margin, longest), ylim=(len(rows) - 0.45, -0.55))
    axes.axis("off")
    return figure


def _boxes(axes: Axes, names: Sequence[str], place: float) -> None:
    from matplotlib.patches import Rectangle

    at = 0.0
    for i, name in enumerate(names):
        width = len(name) + 0.5
        colour = TINTS[i % 4]
        # Opaque frames and pale grounds: the ink on them reads as on the bare page.
        axes.add_patch(Rectangle((at, place - 0.36), width, 0.72, facecolor=colour, alpha=0.15))
        axes.add_patch(
            Rectangle((at, place - 0.36), width, 0.72, fill=False, edgecolor=colour, linewidth=1.5)
        )
        axes.text(at + width / 2, place, name, ha="center", va="center", family="monospace")
        at += width + 0.2


def number_map(counts: Int[np.ndarray, "hundreds last_two"]) -> tuple[Figure, str]:
    """How many tokens each number has: hundreds down, last two digits across, a colour a count.

    `counts[h, r]` is that of the number 100·h + r. Returns the figure and its words. Raises
    LabError for a count below 1: no number is written in no token.
    """
    import matplotlib.pyplot as plt
    from matplotlib.colors import BoundaryNorm

    if counts.min() < 1:
        raise LabError(f"a number has {counts.min()} tokens; each has at least one")
    style.use()
    most = int(counts.max())
    figure, axes = plt.subplots(figsize=(7.0, 1.6 + 0.034 * len(counts)))
    image = axes.imshow(
        counts, aspect="auto", cmap=plt.get_cmap("cividis", most),
        norm=BoundaryNorm(np.arange(0.5, most + 1), most),
    )  # fmt: skip
    axes.set(xlabel="last two digits", ylabel="hundreds")
    axes.grid(visible=False)
    figure.colorbar(image, ax=axes, label="tokens", ticks=range(1, most + 1), fraction=0.04)
    values, times = np.unique(counts, return_counts=True)
    shares = ", ".join(
        f"{n / counts.size:.0%} have {v}" for v, n in zip(values, times, strict=True)
    )
    return figure, (
        f"A map of the numbers from 0 to {counts.size - 1:,}, hundreds down, last two digits "
        f"across, a colour for the number of tokens: {shares}. Stripes run down and across, and "
        "within them one, two, three and four tokens stand side by side."
    )
