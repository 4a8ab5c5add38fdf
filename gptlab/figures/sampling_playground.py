"""A figure that answers: one real next-word distribution, and what each sampling rule makes of it.

It computes in the page (gptlab/generation/sampling.js, sampling_playground.js) and needs no kernel;
a browser test compares its probabilities with `next_token_probabilities`.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from gptlab.errors import LabError
from gptlab.figures.style import Output
from gptlab.generation.export import page_script

MOST_WORDS, SHOWN = 2000, 12

_STYLE = """
[data-sampling] {border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0;
 overflow-x: auto}
[data-sampling] label {display: inline-flex; gap: .4em; align-items: center; margin: 0 1.2em .5em 0}
[data-sampling] label span {min-width: 2.6em; font-variant-numeric: tabular-nums}
[data-sampling] input[type=range] {width: 8em; accent-color: #0d60de}
[data-sampling] button {font: inherit; color: inherit; background: transparent; border: 1px solid;
 border-radius: 4px; padding: .2em .7em; margin-inline-end: .5em; cursor: pointer}
[data-sampling] table {border: 0; width: 100%; max-width: 40em; margin: .4em 0}
[data-sampling] caption {text-align: start; font-weight: 600; color: inherit; caption-side: top;
 padding: 0}
[data-sampling] :is(td, th) {padding: .05em .5em .05em 0; text-align: start; border: 0;
 background: none; color: inherit; font-variant-numeric: tabular-nums; font-weight: inherit}
[data-sampling] td:last-child {width: 40%}
[data-sampling] .bar {display: block; height: .8em; background: #0d60de;
 print-color-adjust: exact}
"""


def sampling_playground(
    words: Sequence[str], logits: ArrayLike, after: str, truth: Mapping[str, float] | None = None
) -> Output:
    """Sliders for temperature, top-k and top-p over the scores of `words` for the place `after`.

    Shows the likeliest words with their probability before and after the rules, and, where the
    language's own probabilities are known, these (`truth`; words left out have none). Raises
    LabError where scores and words do not pair, for scores that are no finite numbers, and for
    fewer than 2 or more than MOST_WORDS words.
    """
    scores = np.asarray(logits, dtype=float)
    if scores.shape != (len(words),) or not 2 <= len(words) <= MOST_WORDS:
        raise LabError(
            f"{len(words)} words and scores of shape {scores.shape}; give one score for each of 2 "
            f"to {MOST_WORDS} words"
        )
    if not np.isfinite(scores).all():
        raise LabError("some scores are not finite numbers; leave words that cannot come out")
    data = {
        "words": list(words),
        "logits": scores.round(5).tolist(),
        "after": after,
        "truth": None if truth is None else [round(truth.get(word, 0.0), 6) for word in words],
        "shown": SHOWN,
    }
    script = page_script("sampling") + Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    page = (
        f'<style>{_STYLE}</style><div data-sampling="{html.escape(json.dumps(data))}" role="group" '
        f'aria-label="Sampling rules on one distribution"><div>{rule_sliders(1.0)}</div>'
        '<button type="button" data-part="draw">Draw 20 words</button>'
        '<button type="button" data-part="reset">No rules</button>'
        '<p role="status" data-part="status"></p>'
        f"<table><caption>Next word after “{html.escape(after)}”</caption>"
        '<thead><tr data-part="head"></tr></thead><tbody data-part="rows"></tbody></table>'
        '<p data-part="drawn" aria-live="polite"></p></div>'
        f"<script>{script}</script>"
    )
    return Output(page, f"(In a browser: sampling rules on the words after {after!r}.)")


def rule_sliders(temperature: float) -> str:
    """HTML of the sliders for temperature (which starts at the one given), top-k and top-p."""
    return "".join(
        f'<label>{name} <input type="range" min="{low}" max="{high}" step="{step}" '
        f'value="{start}" data-part="{part}"><span data-part="{part}-told"></span></label>'
        for name, part, low, high, step, start in (
            ("Temperature", "temperature", 0, 3, 0.05, temperature),
            ("Top-k (0: all)", "topK", 0, 60, 1, 0),
            ("Top-p", "topP", 0.05, 1, 0.05, 1),
        )
    )
