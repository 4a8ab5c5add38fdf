"""A figure that answers: a is to b as c is to what, over vectors that lie in the page.

It needs no kernel (analogy_page.js): the vectors come with it, rounded to 8 bits a number. A
browser test compares its scores with those of `WordVectors` for the same rounded numbers.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Int8

from gptlab.embeddings.vectors import WordVectors
from gptlab.errors import LabError
from gptlab.figures.style import BLUE, Output

MOST_NUMBERS = 200_000  # a third more as text: what a page can bear

_STYLE = f"""
[data-analogies] {{border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}}
[data-analogies] label {{display: inline-flex; flex-wrap: wrap; gap: .4em; align-items: center;
 margin: 0 1em .5em 0; max-width: 100%}}
[data-analogies] :is(select, input[type=text]) {{font: inherit; color: CanvasText;
 background: Canvas; border: 1px solid; border-radius: 4px; padding: .15em .4em; max-width: 100%;
 box-sizing: border-box}}
[data-analogies] input[type=text] {{width: 8em}}
[data-analogies] .two {{display: flex; flex-wrap: wrap; gap: .5em 2em}}
[data-analogies] .two > div {{flex: 1 1 15em; min-width: 0}}
[data-analogies] p {{min-height: 1.6em; margin: .2em 0}}
[data-analogies] table {{border: 0; width: 100%; margin: .2em 0}}
[data-analogies] :is(td, th) {{padding: .05em .8em .05em 0; text-align: start; border: 0;
 background: none; color: inherit; font-weight: inherit; font-variant-numeric: tabular-nums}}
[data-analogies] td:last-child {{width: 50%}}
[data-analogies] .bar {{display: block; height: .8em; background: {BLUE};
 print-color-adjust: exact}}
@media print {{[data-analogies] {{display: none}}}}
"""


def analogy_page(
    vectors: WordVectors, words: Sequence[str], questions: Sequence[tuple[str, str, str]]
) -> Output:
    """Three boxes for a question, one for neighbours, answers by 3CosAdd or 3CosMul.

    Answers are looked for among `words`. The first of `questions` (a, b, c) is asked at the start,
    the others stand in a menu. Raises LabError for an unknown word, one with a vector of zeros, a
    question outside of `words`, no question, and too many numbers for a page.
    """
    rows = eight_bits(vectors, words)
    if rows.size > MOST_NUMBERS:
        raise LabError(
            f"{len(words):,} words of {rows.shape[1]} numbers are too many for a page; give at "
            f"most {MOST_NUMBERS // rows.shape[1]:,} words"
        )
    if not questions:
        raise LabError("there is no question to begin with; give one, three words")
    known = set(words)
    for question in questions:
        if unknown := [word for word in question if word not in known]:
            raise LabError(f"the question {question} asks for {unknown[0]!r}, not one of the words")
    data = {
        "words": list(words),
        "dimensions": rows.shape[1],
        "vectors": base64.b64encode(rows.tobytes()).decode(),
    }
    packed = html.escape(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    options = "".join(
        f'<option value="{html.escape(" ".join(q))}">{html.escape(_told(q))}</option>'
        for q in questions
    )
    first = questions[0]
    boxes = "".join(
        _box(label, name, word)
        for label, name, word in zip(("a", "is to b", "as c"), "abc", first, strict=True)
    )
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    page = (
        f'<style>{_STYLE}</style><div data-analogies="{packed}" role="group" '
        'aria-label="Analogies and neighbours"><div class="two"><div>'
        f'<label>Question <select data-part="question">{options}</select></label><br>{boxes}'
        '<label>by <select data-part="method"><option value="add">3CosAdd</option>'
        '<option value="mul">3CosMul</option></select></label>'
        '<label><input type="checkbox" data-part="exclude" checked> leave the question’s words '
        'out</label><p role="status" data-part="answers-told"></p>'
        '<table><tbody data-part="answers"></tbody></table></div>'
        f"<div>{_box('Neighbours of', 'word', first[2])}"
        '<p role="status" data-part="neighbours-told"></p>'
        '<table><tbody data-part="neighbours"></tbody></table></div></div></div>'
        f"<script>{script}</script>"
    )
    return Output(page, f"(In a browser: analogies and neighbours among {len(words):,} words.)")


def eight_bits(vectors: WordVectors, words: Sequence[str]) -> Int8[np.ndarray, "words d"]:
    """The unit vectors of `words`, as whole numbers from −127 to 127, all on one scale.

    Raises LabError for an unknown word and one with a vector of zeros.
    """
    chosen = vectors.restricted(words)
    rows = np.asarray(chosen.unit if isinstance(chosen.unit, np.ndarray) else chosen.unit.toarray())
    if len(empty := np.flatnonzero(~rows.any(axis=1))):
        raise LabError(f"the vector of {words[empty[0]]!r} is all zeros; leave the word out")
    return np.round(rows * (127 / np.abs(rows).max())).astype(np.int8)


def _told(question: tuple[str, str, str]) -> str:
    a, b, c = question
    return f"{a} : {b} = {c} : ?"


def _box(label: str, part: str, word: str) -> str:
    return (
        f'<label>{label} <input type="text" data-part="{part}" value="{html.escape(word)}" '
        'autocomplete="off" spellcheck="false"></label>'
    )
