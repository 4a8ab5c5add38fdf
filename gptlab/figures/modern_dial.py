"""A dial for rotary positions: two arrows turned by their positions, and their dot product.

It computes in the page (modern_dial.js) and needs no kernel; a browser test compares its numbers
with `rotate`'s.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch

from gptlab.errors import LabError
from gptlab.figures.style import BLUE, ORANGE, Output
from gptlab.layers.rotary import rotate

FARTHEST = 40  # positions that the sliders reach

_STYLE = """
[data-rotary-dial] {border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}
[data-rotary-dial] .side {display: flex; flex-wrap: wrap; gap: .4em 2em; align-items: center}
[data-rotary-dial] label {display: block; margin: 0 0 .5em 0}
[data-rotary-dial] input[type=range] {width: 13em; accent-color: #0d60de; vertical-align: middle}
[data-rotary-dial] label span {display: inline-block; min-width: 2em; text-align: end;
 font-variant-numeric: tabular-nums}
[data-rotary-dial] svg {width: 13em; height: 13em}
[data-rotary-dial] p {margin: .3em 0; font-variant-numeric: tabular-nums}
"""


def turned_product(
    query: tuple[float, float], key: tuple[float, float], at: int, other: int, speed: float
) -> float:
    """The dot product of a query turned by `at` × `speed` and a key turned by `other` × `speed`.

    >>> round(turned_product((1, 0), (1, 0), 7, 5, math.pi / 6), 3)
    0.5
    """
    pairs = torch.tensor([query, key], dtype=torch.float64).view(2, 1, 1, 2)
    angles = torch.tensor([at * speed, other * speed], dtype=torch.float64).view(2, 1, 1, 1)
    turned = rotate(pairs, angles)
    return float((turned[0] * turned[1]).sum())


def rotary_dial(
    query: tuple[float, float],
    key: tuple[float, float],
    speed: float,
    at: int = 2,
    other: int = 0,
) -> Output:
    """Sliders for the positions of a query and a key, and one that moves both by the same steps.

    `speed` is the angle in radians from one position to the next. Works in Lab and in a page
    without a kernel, by mouse and by keyboard. Raises LabError for vectors of no length, a speed
    that is not a number above 0, and positions outside 0 … FARTHEST.
    """
    if min(math.hypot(*query), math.hypot(*key)) == 0 or not 0 < speed < math.inf:
        raise LabError(f"query {query}, key {key}, speed {speed}; none of them may be 0")
    if not (0 <= at <= FARTHEST and 0 <= other <= FARTHEST):
        raise LabError(f"positions {at} and {other}; the dial has 0 … {FARTHEST}")
    said = sentence(query, key, at, other, speed)
    sliders = "".join(
        f'<label>{name} <input type="range" min="0" max="{FARTHEST}" step="1" value="{value}" '
        f'data-part="{part}"> <span data-part="{part}-told">{value}</span></label>'
        for name, part, value in (
            ("Position of the query", "query", at),
            ("Position of the key", "key", other),
            ("Both, same distance", "both", min(at, other)),
        )
    )
    arrows = "".join(
        f'<line data-part="{part}-arrow" x1="0" y1="0" x2="{x:.4f}" y2="{y:.4f}" '
        f'stroke="{colour}" stroke-width=".07" stroke-dasharray="{dash}"/>'
        for part, colour, dash, (x, y) in (
            ("query", BLUE, "none", _tip(query, at * speed)),
            ("key", ORANGE, ".12 .06", _tip(key, other * speed)),
        )
    )
    numbers = (*query, *key, speed)
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    page = (
        f"<style>{_STYLE}</style>"
        f'<div data-rotary-dial="{" ".join(repr(float(n)) for n in numbers)}" role="group" '
        'aria-label="Rotary positions: a dial">'
        '<div class="side"><svg viewBox="-1.3 -1.3 2.6 2.6" role="img" '
        f'aria-label="A circle with two arrows, the query (blue) and the key (orange, dashed), '
        'each turned by its position">'
        '<circle r="1" fill="none" stroke="currentColor" stroke-width=".015"/>'
        f"{arrows}</svg><div>{sliders}</div></div>"
        f'<p role="status" data-part="status">{said}</p><script>{script}</script></div>'
    )
    return Output(page, said)


def sentence(
    query: tuple[float, float], key: tuple[float, float], at: int, other: int, speed: float
) -> str:
    """What the dial says below its circle; the script writes the same."""
    product = turned_product(query, key, at, other, speed)
    told = "0.000" if abs(product) < 5e-4 else f"{product:.3f}"
    return f"Distance {at - other}. Dot product of the turned vectors: {told}."


def _tip(vector: tuple[float, float], angle: float) -> tuple[float, float]:
    """Where an arrow of length 1 ends in the drawing, whose y grows downwards."""
    turn = math.atan2(vector[1], vector[0]) + angle
    return math.cos(turn), -math.sin(turn)
