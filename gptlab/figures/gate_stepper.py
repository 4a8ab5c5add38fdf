"""A figure that answers: step through a sentence and watch an LSTM's gates change its memory.

The gates were computed by the trained network; the page redoes the step, c' = f c + i g, and shows
the sum. It works in Lab and in a page, without a kernel, by mouse and by keyboard
(gate_stepper.js); a browser test compares its memory with torch's.
"""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from gptlab.errors import LabError
from gptlab.figures.style import BLUE, ORANGE, Output

MOST_NUMBERS = 20_000
GATES = ("forget", "input", "candidate", "output")

_STYLE = f"""
[data-gates] {{border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}}
[data-gates] .controls {{display: flex; flex-wrap: wrap; gap: .4em 1.2em; align-items: center}}
[data-gates] :is(select, button) {{font: inherit; color: inherit; border: 1px solid;
 border-radius: 4px; padding: .15em .5em}}
[data-gates] label {{max-width: 100%}}
[data-gates] select {{background: Canvas; color: CanvasText; max-width: 100%}}
[data-gates] button {{background: transparent; cursor: pointer}}
[data-gates] button:disabled {{opacity: .6; cursor: default}}
[data-gates] [role=listbox] {{display: flex; flex-wrap: wrap; gap: .3em; margin: .7em 0 .4em;
 padding: .2em}}
[data-gates] [role=option] {{display: flex; flex-direction: column; align-items: center;
 cursor: pointer; padding: .1em .3em; border-radius: 3px; border: 1px solid transparent}}
[data-gates] [role=option][aria-selected=true] {{border-color: {ORANGE}; font-weight: 700;
 box-shadow: inset 0 -.2em {ORANGE}}}
[data-gates] .room {{position: relative; height: 70px; width: 1.4em;
 background: linear-gradient(currentColor, currentColor) 0 50% / 100% 1px no-repeat}}
[data-gates] .bar {{position: absolute; left: 0; right: 0; bottom: 50%; background: {BLUE};
 print-color-adjust: exact}}
[data-gates] .bar.below {{bottom: auto; top: 50%; background: {ORANGE}}}
[data-gates] .unread .bar {{opacity: .25}}
[data-gates] [role=status] {{min-height: 3.2em; margin: .3em 0; font-variant-numeric: tabular-nums}}
[data-gates] table {{border: 0; width: 100%; max-width: 34em; margin: .3em 0}}
[data-gates] :is(td, th) {{padding: .1em .8em .1em 0; text-align: start; border: 0;
 background: none; color: inherit; font-weight: inherit; font-variant-numeric: tabular-nums;
 white-space: nowrap}}
[data-gates] td:last-child {{width: 60%}}
[data-gates] .gate {{display: block; height: .8em; background: {BLUE}; print-color-adjust: exact}}
[data-gates] .gate.below {{background: {ORANGE}}}
@media print {{[data-gates] {{display: none}}}}
"""


def gate_stepper(
    sentences: Sequence[Sequence[str]],
    readings: Sequence[Mapping[str, ArrayLike]],
    units: Sequence[int],
) -> Output:
    """Words to step through; at each one the gates of a chosen unit, and the sum that they make.

    `readings[i]` is what `RecurrentLM.gates` found in `sentences[i]`: GATES, Float[words, d_hidden]
    each, from a memory of zeros. `units` are those to choose from, the first shown first. Raises
    LabError where the numbers do not fit, are not finite, or are too many for a page.
    """
    if not sentences or len(readings) != len(sentences) or not units:
        raise LabError(
            f"{len(sentences)} sentences, {len(readings)} readings, {len(units)} units; give one "
            "reading for each of at least one sentence, and at least one unit"
        )
    packed = []
    for words, reading in zip(sentences, readings, strict=True):
        if missing := [name for name in GATES if name not in reading]:
            raise LabError(f"a reading has no {missing[0]!r}; give what RecurrentLM.gates returns")
        gates = np.stack([np.asarray(reading[name], dtype=float) for name in GATES], axis=-1)
        if (
            gates.ndim != 3
            or len(gates) != len(words)
            or not 0 <= min(units) <= max(units) < (gates.shape[1])
        ):
            raise LabError(
                f"gates of shape {gates.shape} for {len(words)} words and units {list(units)}; "
                "give a row for each word and a column for each unit"
            )
        if not np.isfinite(gates).all():
            raise LabError("some gates are not finite numbers; the network has to be trained anew")
        packed.append({"words": list(words), "gates": gates[:, list(units)].round(3).tolist()})
    count = sum(len(each["words"]) for each in packed) * len(units) * len(GATES)
    if count > MOST_NUMBERS:
        raise LabError(f"{count:,} numbers are too many for a page; at most {MOST_NUMBERS:,}")
    data = json.dumps(
        {"units": list(units), "sentences": packed}, ensure_ascii=False, separators=(",", ":")
    )
    own = "gates-" + hashlib.sha256(data.encode()).hexdigest()[:8]
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    page = (
        f'<style>{_STYLE}</style><div data-gates="{html.escape(data)}" role="group" '
        'aria-label="The gates of an LSTM, word by word"><div class="controls">'
        f"{_menu('Sentence', 'sentence', [' '.join(words) for words in sentences])}"
        f"{_menu('Unit', 'unit', [str(unit) for unit in units])}"
        '<span><button type="button" data-part="back">Word before</button> '
        '<button type="button" data-part="next">Next word</button></span></div>'
        f'<div role="listbox" tabindex="0" id="{own}" data-part="words" aria-orientation='
        '"horizontal" aria-label="Words, with the memory after each; left and right arrow step">'
        '</div><p role="status" data-part="status"></p>'
        '<table><tbody data-part="rows"></tbody></table></div>'
        f"<script>{script}</script>"
    )
    return Output(
        page,
        f"(In a browser: step through {len(sentences)} sentences and watch the gates of "
        f"{len(units)} units.)",
    )


def _menu(name: str, part: str, choices: Sequence[str]) -> str:
    options = "".join(f"<option>{html.escape(choice)}</option>" for choice in choices)
    return f'<label>{name} <select data-part="{part}">{options}</select></label>'
