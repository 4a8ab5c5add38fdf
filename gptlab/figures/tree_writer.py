"""A figure that answers: a tree written symbol by symbol, growing as the symbols come.

Left to right through the linearised tree by buttons or a slider, by mouse and by keyboard, with no
kernel (tree_writer.js).
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path

from gptlab.errors import LabError
from gptlab.figures.style import BLUE, GREEN, ORANGE, Output
from gptlab.figures.tree_layout import lay_out
from gptlab.text.toy_trees import Tree
from gptlab.text.trees import LEAF, linearise

MOST_TREES = 8
ACROSS, DOWN, ROOM = 74, 48, 26

_STYLE = f"""
[data-tree-writer] {{border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}}
[data-tree-writer] svg {{display: block; width: 100%; height: auto; max-height: 24em;
 font: 15px system-ui, sans-serif}}
[data-tree-writer] svg text {{fill: currentColor; text-anchor: middle; dominant-baseline: middle}}
[data-tree-writer] svg polyline {{fill: none; stroke: currentColor; stroke-width: 1}}
[data-tree-writer] svg rect {{fill: none; stroke-width: 2; stroke: {GREEN}}}
[data-tree-writer] svg .open rect {{stroke: {ORANGE}; stroke-dasharray: 4 3}}
[data-tree-writer] svg .word rect {{stroke: none}}
[data-tree-writer] svg .word text {{font-style: italic}}
[data-tree-writer] svg .later {{display: none}}
[data-tree-writer] .symbols {{font-family: ui-monospace, monospace; line-height: 1.7;
 margin: .4em 0}}
[data-tree-writer] .symbols span {{padding: .1em .2em; border-radius: 3px}}
[data-tree-writer] .symbols .now {{outline: 2px solid {BLUE}}}
[data-tree-writer] .symbols .later {{visibility: hidden}}
[data-tree-writer] .controls {{display: flex; flex-wrap: wrap; gap: .5em 1em; align-items: center}}
[data-tree-writer] button, [data-tree-writer] select {{font: inherit; color: inherit;
 background: transparent; border: 1px solid; border-radius: 4px; padding: .3em .7em}}
[data-tree-writer] select option {{color: #000; background: #fff}}
[data-tree-writer] button {{cursor: pointer}}
[data-tree-writer] select {{max-width: 100%}}
[data-tree-writer] label {{flex: 1 1 12em}}
[data-tree-writer] input {{display: block; width: 100%; accent-color: {BLUE}}}
[data-tree-writer] p {{margin: .4em 0}}
@media print {{[data-tree-writer] {{display: none}}}}
"""


def tree_writer(trees: Sequence[Tree]) -> Output:
    """The trees, each written one symbol at a time; a menu chooses among several.

    Raises LabError for no trees, for more than MOST_TREES, and for one too wide to be drawn.
    """
    if not 1 <= len(trees) <= MOST_TREES:
        raise LabError(f"{len(trees)} trees; give 1 to {MOST_TREES}")
    packed = html.escape(json.dumps([_one(tree) for tree in trees], separators=(",", ":")))
    options = "".join(f"<option>{html.escape(' '.join(tree.words()))}</option>" for tree in trees)
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    page = (
        f'<style>{_STYLE}</style><div data-tree-writer="{packed}" role="group" '
        'aria-label="A tree written symbol by symbol"><div class="controls">'
        f'<label>Sentence<br><select data-part="menu">{options}</select></label>'
        '<button type="button" data-part="back">Back</button>'
        '<button type="button" data-part="next">Next symbol</button>'
        '<label>Symbols written<input type="range" min="0" value="0" data-part="slider"></label>'
        '</div><div class="symbols" data-part="symbols"></div>'
        '<p data-part="status" role="status"></p>'
        '<svg role="img" aria-label="The tree so far: nothing is written yet"></svg></div>'
        f"<script>{script}</script>"
    )
    said = " | ".join(" ".join(linearise(tree)) for tree in trees)
    return Output(page, f"(In a browser, written symbol by symbol: {said})")


def _one(tree: Tree) -> dict[str, object]:
    """Symbols, and for each node its place and the steps at which it opens and closes."""
    symbols, nodes = linearise(tree), lay_out(tree)
    opened: list[int] = []
    closed: dict[int, int] = {}
    stack: list[int] = []
    number = 0
    for step, symbol in enumerate(symbols, start=1):
        if symbol.startswith(")"):
            closed[stack.pop()] = step
            continue
        opened.append(step)
        if symbol == LEAF:
            closed[number] = step
        else:
            stack.append(number)
        number += 1
    levels = max(node.y for node in nodes)
    return {
        "symbols": symbols,
        "words": list(tree.words()),
        "width": ACROSS * len(tree.words()) + 2 * ROOM,
        "height": DOWN * levels + 2 * ROOM,
        "down": DOWN,
        "nodes": [
            {
                "label": node.label,
                "x": round(ROOM + ACROSS * (node.x + 0.5)),
                "y": ROOM + DOWN * node.y,
                "parent": node.parent,
                "words": [node.start, node.end],
                "word": node.is_word,
                "opens": opened[i],
                "closes": closed[i],
            }
            for i, node in enumerate(nodes)
        ],
    }
