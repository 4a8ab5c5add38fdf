"""A figure that answers: a tiny neural language model, from two chosen words to its guesses.

It computes in the page, in JavaScript (forward_pass.js), and needs no kernel; a browser test
compares its probabilities with torch.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from gptlab.errors import LabError
from gptlab.figures.style import Output
from gptlab.models.neural_lm import NeuralLM

MOST_WORDS = 40

_STYLE = """
[data-forward] {border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}
[data-forward] label {display: inline-block; margin: 0 .9em .5em 0}
[data-forward] select {font: inherit; color: inherit; background: Canvas; color: CanvasText;
 border: 1px solid; border-radius: 4px; padding: .2em .4em}
[data-forward] button {font: inherit; color: inherit; background: transparent; border: 1px solid;
 border-radius: 4px; padding: .2em .7em; cursor: pointer}
[data-forward] input[type=range] {width: 8em; vertical-align: middle; accent-color: #0d60de}
[data-forward] .sides {display: flex; flex-wrap: wrap; gap: .5em 1.4em; align-items: flex-start}
[data-forward] svg {width: 235px; max-width: 100%; height: auto; border: 1px solid}
[data-forward] svg text {font-size: 11px; fill: currentColor}
[data-forward] table {border: 0; width: auto; margin: 0}
[data-forward] caption {text-align: start; font-weight: 600; color: inherit; caption-side: top;
 padding: 0; white-space: nowrap}
[data-forward] :is(td, th) {padding: .1em .8em .1em 0; text-align: start; border: 0;
 background: none; color: inherit; font-variant-numeric: tabular-nums; font-weight: inherit}
[data-forward] .bar {display: inline-block; height: .8em; background: #e5751a; min-width: 1px;
 vertical-align: middle; print-color-adjust: exact}
"""


def forward_pass(model: NeuralLM, words: Sequence[str], first: Sequence[str]) -> Output:
    """Choose the words before, and move the vector of the last one: what does the model guess?

    For models with `d_model` = 2 and two words of context, so that vectors can be drawn in a plane.
    `first` are the two words shown at the beginning; in print, that is what stands there. Raises
    LabError for another shape of model, and where the words are not those of its vocabulary.
    """
    c = model.config
    if (c.d_model, c.context_length, c.direct) != (2, 2, False):
        raise LabError(
            f"d_model={c.d_model}, order={c.order}, direct={c.direct}; the figure is for vectors "
            "of two numbers, order 3, without direct connections"
        )
    if len(words) != c.vocab_size or not 2 <= len(words) <= MOST_WORDS:
        raise LabError(
            f"{len(words)} words for a vocabulary of {c.vocab_size}; give every word once, "
            f"2 to {MOST_WORDS} of them"
        )
    if len(first) != 2 or not set(first) <= set(words):
        raise LabError(f"first is {list(first)}; give two of {', '.join(words)}")
    data = {
        "words": list(words),
        "first": [list(words).index(word) for word in first],
        "C": _numbers(model.embedding.weight),
        "H": _numbers(model.to_hidden.weight),
        "d": _numbers(model.to_hidden.bias),
        "U": _numbers(model.to_logits.weight),
        "b": _numbers(model.to_logits.bias),
    }
    options = "".join(f"<option>{html.escape(word)}</option>" for word in [*words, "(begin)"])
    chosen = "".join(
        f'<label>{name} <select data-part="word{place}">{options}</select></label>'
        for place, name in enumerate(["First word", "Second word"])
    )
    moved = "".join(
        f'<label>{name} <input type="range" min="-300" max="300" value="0" step="1" '
        f'data-part="move{axis}"></label>'
        for axis, name in enumerate(["Move the second word: across", "up"])
    )
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    page = (
        f'<style>{_STYLE}</style><div data-forward="{html.escape(json.dumps(data))}" role="group" '
        f'aria-label="From two words to the next, step by step"><div>{chosen}</div>'
        f'<div>{moved}<button type="button" data-part="reset">Put it back</button></div>'
        '<div class="sides"><svg viewBox="0 0 270 230" role="img" data-part="map" '
        'aria-label="The words in the plane of their vectors"></svg>'
        '<table><caption>Hidden units</caption><tbody data-part="hidden"></tbody></table>'
        '<table><caption>Next word, probability</caption><tbody data-part="guesses"></tbody>'
        '</table></div><div role="status" data-part="status"></div></div>'
        f"<script>{script}</script>"
    )
    return Output(page, f"(In a browser: what the model guesses after {' '.join(first)!r}.)")


def _numbers(weight: Tensor) -> list[object]:
    """Weights as JSON's numbers, cut to seven digits: float32 has no more."""
    values = np.asarray(weight.detach().cpu(), dtype=float)
    return np.round(values, 7).tolist()
