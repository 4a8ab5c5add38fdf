"""A figure that answers: step through a translation and see where the decoder looks for each word.

The weights are computed beforehand; choosing a sentence and a word works in the page, by mouse and
by keyboard, with no kernel (alignment_viewer.js).
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from gptlab.errors import LabError
from gptlab.figures.style import BLUE, Output

MOST_SENTENCES, MOST_WORDS = 20, 60


@dataclass(frozen=True)
class LookedAt:
    """A sentence, its translation, and the attention's weights in percent, (target, source)."""

    source: Sequence[str]
    target: Sequence[str]
    percent: ArrayLike


_STYLE = f"""
[data-alignments] {{border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}}
[data-alignments] ul {{display: flex; flex-wrap: wrap; gap: .4em .5em; list-style: none; padding: 0;
 margin: .3em 0 .8em}}
[data-alignments] li {{margin: 0; padding: 0; text-align: center}}
[data-alignments] .well {{display: flex; align-items: flex-end; height: 4em; min-width: 2.8em;
 border-bottom: 1px solid}}
[data-alignments] .bar {{width: 100%; background: {BLUE}; transition: height .2s}}
[data-alignments] .percent {{font-size: .8em}}
[data-alignments] button, [data-alignments] select {{font: inherit; color: inherit;
 background: transparent; border: 1px solid; border-radius: 4px; padding: .25em .5em;
 max-width: 100%}}
[data-alignments] label {{display: block}}
[data-alignments] select {{display: block; width: 100%; box-sizing: border-box; margin-top: .3em}}
[data-alignments] option {{color: black; background: white}}
[data-alignments] button {{cursor: pointer}}
[data-alignments] button[aria-pressed=true] {{outline: 3px solid {BLUE}; font-weight: bold}}
[data-alignments] p {{margin: .4em 0}}
[data-alignments] .controls {{display: flex; flex-wrap: wrap; gap: .5em}}
@media (prefers-reduced-motion) {{[data-alignments] .bar {{transition: none}}}}
@media print {{[data-alignments] {{display: none}}}}
"""


def alignment_viewer(sentences: Sequence[LookedAt]) -> Output:
    """A box to choose a sentence and one of its target words, with a bar on every source word.

    Raises LabError where the weights are not (target words, source words) percentages, for no
    sentences, and for more than MOST_SENTENCES or sentences beyond MOST_WORDS.
    """
    if not 1 <= len(sentences) <= MOST_SENTENCES:
        raise LabError(f"{len(sentences)} sentences; give 1 to {MOST_SENTENCES}")
    data = []
    for i, each in enumerate(sentences):
        percent = np.asarray(each.percent, dtype=float)
        if percent.shape != (len(each.target), len(each.source)) or not percent.size:
            raise LabError(
                f"the weights of sentence {i} have shape {percent.shape}; expected (target words, "
                f"source words) = {(len(each.target), len(each.source))}, neither 0"
            )
        if max(percent.shape) > MOST_WORDS:
            raise LabError(f"sentence {i} has {max(percent.shape)} words; {MOST_WORDS} at most")
        if not ((percent >= 0) & (percent <= 100)).all():
            raise LabError(f"the weights of sentence {i} are not percentages from 0 to 100")
        data.append(
            {
                "source": list(each.source),
                "target": list(each.target),
                "percent": percent.round().astype(int).tolist(),
            }
        )
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    packed = html.escape(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    page = (
        f'<style>{_STYLE}</style><div data-alignments="{packed}" role="group" '
        'aria-label="Where the decoder looks"><p><label>Sentence '
        '<select data-part="sentence"></select></label></p>'
        '<p>Read:</p><ul data-part="source" aria-label="Words that are read"></ul>'
        '<p>Written, choose a word:</p><ul data-part="target" aria-label="Words that are '
        'written"></ul><div class="controls"><button type="button" data-part="back">One word back'
        '</button><button type="button" data-part="on">Next word</button></div>'
        f'<p data-part="status" role="status"></p></div><script>{script}</script>'
    )
    return Output(page, f"(In a browser: {len(sentences)} translations, word by word.)")
