"""A figure that answers: a map of words; choose one and see which are its neighbours.

The places are two-dimensional, the neighbours come from all dimensions of the vectors, so a
neighbour may stand far off: that is the point of looking. Works in Lab and in a page, without a
kernel, by mouse and by keyboard (word_map_widget.js).
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from gptlab.embeddings.vectors import WordVectors
from gptlab.errors import LabError
from gptlab.figures.style import Output

MOST = 600  # words: with more the map is a cloud, and the page is heavy
WIDTH, HEIGHT, ROOM = 640, 460, 34

_STYLE = """
[data-word-map] {border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}
[data-word-map] .sides {display: flex; flex-wrap: wrap; gap: .5em 1.5em}
[data-word-map] .plane {flex: 3 1 34em; min-width: 0}
[data-word-map] .told {flex: 1 1 12em}
[data-word-map] svg {display: block; width: 100%; height: auto; border: 1px solid;
 border-radius: 4px; font: 11px system-ui, sans-serif}
[data-word-map] svg text {fill: currentColor}
[data-word-map] g[data-id] {cursor: pointer; outline: none}
[data-word-map] g[data-id] circle.dot {fill: currentColor; opacity: .55}
[data-word-map] g[data-id]:is(.quiet, .crowded) text {display: none}
[data-word-map] g[data-id]:is(.chosen, .near:not(.crowded), :hover, :focus) text {display: block;
 font-weight: 700}
[data-word-map] g[data-id].near circle.dot {fill: #e5751a; opacity: 1}
[data-word-map] g[data-id].chosen circle.dot {fill: #0d60de; opacity: 1}
[data-word-map] g[data-id]:focus circle.ring {stroke: currentColor; stroke-width: 2}
[data-word-map] line {stroke: #e5751a; stroke-width: 1.5}
[data-word-map] :is(input, button) {font: inherit; color: inherit; background: transparent;
 border: 1px solid; border-radius: 4px; padding: .2em .5em}
[data-word-map] button {cursor: pointer}
[data-word-map] ol {padding: 0; margin: .4em 0; display: flex; flex-wrap: wrap; gap: .3em;
 list-style: none}
[data-word-map] p {margin: .2em 0 .5em}
@media print {[data-word-map] {display: none}}
"""


def word_map_widget(
    vectors: WordVectors,
    points: ArrayLike,
    words: Sequence[str],
    groups: Sequence[str] | None = None,
    n: int = 6,
    start: str | None = None,
) -> Output:
    """A map of `words` at `points`, Float[words, 2], that shows each word's `n` neighbours.

    Neighbours are those of `vectors` among `words`, by cosine. `groups` names a class for each
    word, told with it. `start` is chosen at first, else the first word. Arrow keys move to the next
    word in that direction. Raises LabError for an unknown word, one with a vector of zeros, points
    of another shape or not finite, and more than MOST words.
    """
    places = np.asarray(points, dtype=np.float64)
    if not 1 < len(words) <= MOST or places.shape != (len(words), 2):
        raise LabError(
            f"{len(words)} words and points of shape {places.shape}; give 2 to {MOST} words and "
            "one place, two numbers, for each"
        )
    if not np.isfinite(places).all():
        raise LabError("some points are not finite numbers; leave words without a vector out")
    if groups is not None and len(groups) != len(words):
        raise LabError(f"{len(groups)} groups for {len(words)} words; give one for each word")
    number = {word: i for i, word in enumerate(words)}
    if start is not None and start not in number:
        raise LabError(f"start={start!r} is not among the {len(words)} words of the map")
    low, high = places.min(axis=0), places.max(axis=0)
    scaled = (places - low) / np.where(high > low, high - low, 1)
    across = ROOM + scaled[:, 0] * (WIDTH - 3 * ROOM)  # names stand right of their dots
    down = ROOM + (1 - scaled[:, 1]) * (HEIGHT - 2 * ROOM)
    data = {
        "start": number.get(start or words[0], 0),
        "words": [
            {
                "word": word,
                "group": groups[i] if groups is not None else "",
                "x": round(float(across[i]), 1),
                "y": round(float(down[i]), 1),
                "near": [
                    [number[other], round(cosine, 2)]
                    for other, cosine in vectors.neighbours(word, n, among=words)
                ],
            }
            for i, word in enumerate(words)
        ],
    }
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    packed = html.escape(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    page = (
        f'<style>{_STYLE}</style><div data-word-map="{packed}" role="group" '
        'aria-label="Map of words and their neighbours"><div class="sides"><div class="plane">'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="group" aria-label="{len(words)} words; arrow '
        'keys move from word to word"></svg></div><div class="told"><label>Word '
        '<input data-part="find" size="12" spellcheck="false" autocomplete="off"></label>'
        '<p role="status" data-part="status"></p>'
        '<ol data-part="near" aria-label="Nearest words, with their cosine"></ol></div></div>'
        f"</div><script>{script}</script>"
    )
    return Output(page, f"(In a browser: a map of {len(words)} words with their neighbours.)")
