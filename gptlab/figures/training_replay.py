"""A figure that answers: training played back, words moving over a plane from random to sorted.

The snapshots are computed beforehand; a slider and a play button go through them in the page, by
mouse and by keyboard, with no kernel (training_replay.js).
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from gptlab.embeddings.vectors import WordVectors
from gptlab.errors import LabError
from gptlab.figures.style import BLUE, GREEN, ORANGE, PURPLE, Output

MOST_WORDS, MOST_FRAMES = 80, 100
WIDTH, HEIGHT, ROOM = 640, 420, 30

_STYLE = f"""
[data-replay] {{border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}}
[data-replay] svg {{display: block; width: 100%; height: auto; font: 11px system-ui, sans-serif}}
[data-replay] svg text {{fill: currentColor}}
[data-replay] .plane {{border: 1px solid; border-radius: 4px}}
[data-replay] .plane g {{transition: transform .3s}}
[data-replay] .kind0 {{fill: {BLUE}}}
[data-replay] .kind1 {{fill: {ORANGE}}}
[data-replay] .kind2 {{fill: {GREEN}}}
[data-replay] .kind3 {{fill: {PURPLE}}}
[data-replay] .kind4 {{fill: currentColor}}
[data-replay] .controls {{display: flex; flex-wrap: wrap; gap: .5em 1em; align-items: center}}
[data-replay] button {{font: inherit; color: inherit; background: transparent; border: 1px solid;
 border-radius: 4px; padding: .3em .7em; min-width: 5em; cursor: pointer}}
[data-replay] label {{flex: 1 1 12em}}
[data-replay] input {{display: block; width: 100%; accent-color: {BLUE}}}
[data-replay] ul {{display: flex; flex-wrap: wrap; gap: 0 1.2em; list-style: none; padding: 0;
 margin: .4em 0}}
[data-replay] li {{display: flex; align-items: center; gap: .3em; margin: 0}}
[data-replay] li svg {{width: 14px; height: 14px}}
[data-replay] p {{margin: .4em 0}}
@media (prefers-reduced-motion) {{[data-replay] .plane g {{transition: none}}}}
@media print {{[data-replay] {{display: none}}}}
"""


def same_plane(
    snapshots: Sequence[WordVectors], words: Sequence[str]
) -> Float[np.ndarray, "t w 2"]:
    """Where `words` stand in every snapshot, all seen from the side that the last one shows best.

    Vectors are taken at length 1 (one of zeros stays in the middle); the plane is spanned by the
    two main directions of the last snapshot. Raises LabError without snapshots and for an unknown
    word.
    """
    if not snapshots:
        raise LabError("there is no snapshot to draw; keep one with model.train(watch=…)")
    units = [snapshot.unit[[snapshot.id(word) for word in words]] for snapshot in snapshots]
    centre = units[-1].mean(axis=0)
    _, _, directions = np.linalg.svd(units[-1] - centre, full_matrices=False)
    plane = directions[:2]
    # Signs that no library may choose: the largest number of each direction is positive.
    signs = np.sign(plane[np.arange(len(plane)), np.abs(plane).argmax(axis=1)])
    return np.stack([(unit - centre) @ (plane * signs[:, None]).T for unit in units])


def training_replay(
    frames: ArrayLike, words: Sequence[str], groups: Sequence[str], told: Sequence[str]
) -> Output:
    """Words at their places in every frame, Float[frames, words, 2], with a slider and a button.

    `groups` names a class for each word, drawn as colour and shape; `told` says a sentence about
    each frame. Raises LabError where the numbers do not fit, for places that are not finite, and
    for more than MOST_WORDS words or MOST_FRAMES frames.
    """
    places = np.asarray(frames, dtype=np.float64)
    if not 2 <= len(told) <= MOST_FRAMES or not 1 <= len(words) <= MOST_WORDS:
        raise LabError(
            f"{len(words)} words in {len(told)} frames; give 1 to {MOST_WORDS} words and 2 to "
            f"{MOST_FRAMES} frames"
        )
    if places.shape != (len(told), len(words), 2) or len(groups) != len(words):
        raise LabError(
            f"frames have shape {places.shape} and there are {len(groups)} groups; for {len(told)} "
            f"sentences and {len(words)} words give ({len(told)}, {len(words)}, 2) and "
            f"{len(words)} groups"
        )
    if not np.isfinite(places).all():
        raise LabError("some places are not finite numbers; leave words without a vector out")
    low, high = places.min(axis=(0, 1)), places.max(axis=(0, 1))
    scaled = (places - low) / np.where(high > low, high - low, 1)
    across = ROOM + scaled[..., 0] * (WIDTH - 4 * ROOM)  # names stand right of their marks
    down = ROOM + (1 - scaled[..., 1]) * (HEIGHT - 2 * ROOM)
    kinds = list(dict.fromkeys(groups))
    data = {
        "words": list(words),
        "groups": [kinds.index(group) for group in groups],
        "kinds": kinds,
        "told": list(told),
        "frames": np.stack([across, down], axis=-1).round().astype(int).tolist(),
    }
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    packed = html.escape(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    page = (
        f'<style>{_STYLE}</style><div data-replay="{packed}" role="group" '
        'aria-label="Training played back"><div class="controls">'
        '<button type="button" data-part="play">Play</button>'
        f'<label>Snapshot<input type="range" min="0" max="{len(told) - 1}" value="0" '
        'data-part="slider"></label></div>'
        '<p data-part="status" role="status"></p>'
        f'<svg class="plane" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{len(words)} '
        'words on a plane; the line above says how well they are sorted"></svg>'
        f'<ul data-part="legend" aria-label="Classes of words"></ul></div><script>{script}</script>'
    )
    return Output(page, f"(In a browser: {len(words)} words in {len(told)} moments of training.)")
