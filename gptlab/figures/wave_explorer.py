"""Sinusoidal positions to turn by hand: one pair of dimensions as two waves, and how alike two
positions are.

It computes in the page (wave_explorer.js) and needs no kernel; a browser test compares its numbers
with `sinusoidal_positions`.
"""

from __future__ import annotations

import math
from pathlib import Path

from gptlab.errors import LabError
from gptlab.figures.style import BLUE, ORANGE, Output
from gptlab.layers.positions import sinusoidal_positions

_WIDTH, _HEIGHT = 600, 120  # of each of the two drawings, in its own units

_STYLE = """
[data-wave-explorer] {border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}
[data-wave-explorer] label {display: block; margin: 0 0 .4em 0}
[data-wave-explorer] input[type=range] {width: 16em; max-width: 100%; accent-color: #0d60de;
 vertical-align: middle}
[data-wave-explorer] svg {width: 100%; height: auto; overflow: visible; display: block}
[data-wave-explorer] p {margin: .3em 0; font-variant-numeric: tabular-nums}
"""


def wave_sentence(d_model: int, pair: int, position: int) -> str:
    """What the explorer says below its drawings; the script writes the same.

    >>> wave_sentence(64, 0, 0)
    'Pair 0 turns once in 6.3 positions. At position 0: sine 0.000, cosine 1.000.'
    """
    sine, cosine = sinusoidal_positions(position + 1, d_model)[position, 2 * pair : 2 * pair + 2]
    turn = 2 * math.pi * 10_000 ** (2 * pair / d_model)
    return (
        f"Pair {pair} turns once in {turn:,.1f} positions. At position {position}: "
        f"sine {_told(float(sine))}, cosine {_told(float(cosine))}."
    )


def wave_explorer(
    d_model: int = 64, n_positions: int = 60, pair: int = 2, position: int = 20
) -> Output:
    """Two sliders, for a pair of dimensions and a position, over two drawings.

    Above: sine (blue) and cosine (orange, dashed) of that pair at all positions, and the chosen
    position marked. Below: the dot product of the chosen position's vector with every position's.
    Works in Lab and in a page without a kernel, by mouse and by keyboard. Raises LabError for an
    odd or too small `d_model`, fewer than two positions, and a pair or position that is not there.
    """
    if d_model < 2 or d_model % 2 or n_positions < 2:
        raise LabError(
            f"d_model {d_model} and {n_positions} positions; "
            "give an even width of 2 or more, and two positions or more"
        )
    if not (0 <= pair < d_model // 2 and 0 <= position < n_positions):
        raise LabError(
            f"pair {pair}, position {position}; there are pairs 0 … {d_model // 2 - 1} "
            f"and positions 0 … {n_positions - 1}"
        )
    said = wave_sentence(d_model, pair, position)
    sliders = "".join(
        f'<label>{name} <input type="range" min="0" max="{last}" step="1" value="{value}" '
        f'data-part="{part}"> <span data-part="{part}-told">{value}</span></label>'
        for name, part, value, last in (
            ("Pair of dimensions", "pair", pair, d_model // 2 - 1),
            ("Position", "position", position, n_positions - 1),
        )
    )
    waves = _drawing(
        "Sine and cosine of the chosen pair at every position, the chosen position marked",
        f'<polyline data-part="sine" fill="none" stroke="{BLUE}" stroke-width="2"/>'
        f'<polyline data-part="cosine" fill="none" stroke="{ORANGE}" stroke-width="2" '
        'stroke-dasharray="6 4"/>',
    )
    likeness = _drawing(
        "Dot product of the chosen position with every position: highest at itself",
        '<polyline data-part="likeness" fill="none" stroke="currentColor" stroke-width="2"/>',
    )
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    page = (
        f'<style>{_STYLE}</style><div data-wave-explorer="{d_model} {n_positions}" role="group" '
        f'aria-label="Positional waves">{sliders}'
        "<p>Sine (blue) and cosine (orange, dashed) of this pair:</p>"
        f"{waves}<p>How alike each position is to this one, by the dot product:</p>{likeness}"
        f'<p role="status" data-part="status">{said}</p><script>{script}</script></div>'
    )
    return Output(page, said)


def _drawing(label: str, curves: str) -> str:
    """An empty drawing with its middle line and the mark of the position."""
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">'
        f'<line x1="0" x2="{_WIDTH}" y1="{_HEIGHT // 2}" y2="{_HEIGHT // 2}" '
        'stroke="currentColor" stroke-width=".5" stroke-dasharray="2 4"/>'
        f'<line data-part="mark" y1="0" y2="{_HEIGHT}" stroke="currentColor" stroke-width="1"/>'
        f"{curves}</svg>"
    )


def _told(number: float) -> str:
    return "0.000" if abs(number) < 5e-4 else f"{number:.3f}"
