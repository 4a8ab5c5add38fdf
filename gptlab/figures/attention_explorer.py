"""A figure that answers: where each word looks, by layer and head, with masks on and off.

The scores of a trained model are stored in the page, before any mask; the page puts the chosen
masks on and takes the softmax (attention_explorer.js). It works in Lab and in a page, without a
kernel, by mouse and by keyboard; a browser test compares its weights with torch's.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from gptlab.errors import LabError
from gptlab.figures.style import BLUE, ORANGE, Output

MOST_NUMBERS = 60_000  # scores in one page: beyond that it becomes heavy
PAD = "(pad)"

_STYLE = f"""
[data-attention] {{border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}}
[data-attention] .controls {{display: flex; flex-wrap: wrap; gap: .3em 1.2em; align-items: center}}
[data-attention] :is(select, button) {{font: inherit; color: inherit; border: 1px solid;
 border-radius: 4px; padding: .15em .4em}}
[data-attention] select {{background: Canvas; color: CanvasText; max-width: 100%}}
[data-attention] button {{background: transparent; cursor: pointer; font-size: .9em}}
[data-attention] button[aria-pressed=true] {{outline: 3px solid {ORANGE}; font-weight: 700}}
[data-attention] ol {{display: flex; flex-wrap: wrap; gap: .3em; list-style: none; padding: 0;
 margin: .6em 0}}
[data-attention] li {{display: flex; flex-direction: column; align-items: center;
 justify-content: flex-end; margin: 0}}
[data-attention] .room {{height: 60px; display: flex; align-items: flex-end}}
[data-attention] .bar {{width: 1.6em; background: {BLUE}; print-color-adjust: exact}}
[data-attention] .number {{font-size: .8em; font-variant-numeric: tabular-nums}}
[data-attention] .whole {{display: flex; flex-wrap: wrap; gap: .4em 1.2em; align-items: center}}
[data-attention] svg {{width: 190px; height: 190px; border: 1px solid; flex: none}}
[data-attention] svg .row {{fill: none; stroke: {ORANGE}; stroke-width: .18}}
[data-attention] p {{margin: .3em 0; flex: 1 1 14em}}
@media print {{[data-attention] {{display: none}}}}
"""


def attention_explorer(
    sentences: Sequence[Sequence[str]], scores: Sequence[ArrayLike], start: int = -1
) -> Output:
    """Choose a sentence, a layer, a head and a word, and see where that word looks.

    `scores[i]`, Float[layers, heads, time, time], are those of `sentences[i]` before any mask,
    QKᵀ / √d_head. Words equal to PAD at a sentence's end are padding. `start` is the word chosen at
    first (negative: from the end of the words). Two boxes put the causal and the padding mask on
    and off; where nothing is allowed the weights are zeros. Raises LabError where the numbers do
    not fit, are not finite, or are too many for a page.
    """
    arrays = [np.asarray(each, dtype=np.float64) for each in scores]
    if not sentences or len(arrays) != len(sentences):
        raise LabError(
            f"{len(sentences)} sentences and {len(arrays)} arrays of scores; give one for each of "
            "at least one sentence"
        )
    layers, heads = arrays[0].shape[:2] if arrays[0].ndim == 4 else (0, 0)
    for words, array in zip(sentences, arrays, strict=True):
        wanted = (layers, heads, len(words), len(words))
        if array.shape != wanted or not array.size:
            raise LabError(
                f"the scores of “{' '.join(words)}” have shape {array.shape}; expected (layers, "
                f"heads, words, words), the same layers and heads for all: {wanted}"
            )
        if not np.isfinite(array).all():
            raise LabError("some scores are not finite; give them before the mask is put on")
        n_words = len(words) - list(words).count(PAD)
        if PAD in words[:n_words]:
            raise LabError(f"{PAD} stands before a word of “{' '.join(words)}”; pad at the end")
        if not -n_words <= start < n_words:
            raise LabError(f"start={start} is no word of “{' '.join(words)}”, which has {n_words}")
    if sum(array.size for array in arrays) > MOST_NUMBERS:
        raise LabError(
            f"{sum(array.size for array in arrays):,} scores are too many for a page; give fewer "
            f"or shorter sentences, {MOST_NUMBERS:,} scores at most"
        )
    data = {
        "pad": PAD,
        "start": start,
        "sentences": [list(words) for words in sentences],
        "scores": [array.round(4).tolist() for array in arrays],
    }
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    packed = html.escape(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    shown = [" ".join(word for word in words if word != PAD) for words in sentences]
    page = (
        f'<style>{_STYLE}</style><div data-attention="{packed}" role="group" '
        'aria-label="Attention explorer"><div class="controls">'
        f"{_menu('Sentence', 'sentence', shown)}"
        f"{_menu('Layer', 'layer', [str(i + 1) for i in range(layers)])}"
        f"{_menu('Head', 'head', [str(i + 1) for i in range(heads)])}"
        f"{_switch('Causal mask', 'causal', True)}{_switch('Padding mask', 'padding', False)}</div>"
        '<ol data-part="words" aria-label="The words; the chosen one looks at the others"></ol>'
        '<div class="whole"><svg data-part="map" role="img" '
        'aria-label="Who looks at whom in the whole sentence"></svg>'
        '<p data-part="status" role="status"></p></div>'
        f"</div><script>{script}</script>"
    )
    return Output(
        page,
        f"(In a browser: {len(sentences)} sentences in {layers} layers of {heads} heads; choose a "
        "word and see where it looks.)",
    )


def _menu(name: str, part: str, choices: Sequence[str]) -> str:
    options = "".join(f"<option>{html.escape(choice)}</option>" for choice in choices)
    return f'<label>{name} <select data-part="{part}">{options}</select></label>'


def _switch(name: str, part: str, on: bool) -> str:
    checked = " checked" if on else ""
    return f'<label><input type="checkbox" data-part="{part}"{checked}> {name}</label>'
