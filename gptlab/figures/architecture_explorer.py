"""A figure that answers: choose a part of a GPT, see its shape at several sizes, formula and code.

All panels are made beforehand; the page only shows one of them, by mouse and by keyboard, with no
kernel (architecture_explorer.js). The code is the library's own, read from its files.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path

from gptlab.errors import LabError
from gptlab.figures.source import Showable, source
from gptlab.figures.style import BLUE, Output
from gptlab.layers.attention import CausalSelfAttention, attend, attention_weights
from gptlab.layers.block import Block
from gptlab.layers.feedforward import FeedForward
from gptlab.layers.norms import layer_norm
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.models.gpt_stages import Stage, data_path

MOST_SIZES = 4

# For each stage of `data_path`: what it is for, and the code in which it happens.
PARTS: dict[str, tuple[str, Showable]] = {
    "tokens": (
        "The text as numbers, one for each token. All that follows starts here.",
        GPT.forward,
    ),
    "embedding": (
        "Each id picks one row of a table. Nothing is multiplied: it is a look-up.",
        GPT.hidden_states,
    ),
    "positions": (
        "The row of each position is added, so that the same word differs from place to place.",
        GPT.hidden_states,
    ),
    "norm_attention": (
        "A copy of the stream with mean 0 and variance 1 at each position, scaled and shifted. "
        "The stream itself is left as it is.",
        layer_norm,
    ),
    "qkv": (
        "Three linear maps of every position, cut into heads: what it looks for, what it offers, "
        "what it hands over.",
        CausalSelfAttention.forward,
    ),
    "weights": (
        "How much each position looks at each earlier one, in every head; the future gets 0.",
        attention_weights,
    ),
    "mix": ("Each head averages the values with its weights; heads are put side by side.", attend),
    "attention_out": (
        "A last linear map mixes the heads, and the result is added to the stream.",
        Block.forward,
    ),
    "norm_mlp": ("A normalised copy again, now for the perceptron.", layer_norm),
    "hidden": (
        "Every position on its own, widened four times and bent by GELU.",
        FeedForward.forward,
    ),
    "mlp_out": ("Narrowed back to the stream's width and added to it.", Block.forward),
    "norm": ("Once, after the last block: what the unembedding reads.", GPT.hidden_states),
    "logits": (
        "Each state is compared with every token's embedding: the table of the start, transposed.",
        GPT.unembed,
    ),
    "softmax": (
        "Scores become probabilities. In training, the right token's probability is the loss.",
        GPT.loss,
    ),
}

_STYLE = f"""
[data-architecture] {{display: flex; flex-wrap: wrap; gap: .8em 1.4em; align-items: flex-start;
 border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}}
[data-architecture] [role=tablist] {{display: flex; flex-direction: column; gap: .25em;
 flex: 0 1 13em}}
[data-architecture] [role=tab] {{font: inherit; color: inherit; background: transparent;
 border: 1px solid; border-radius: 4px; padding: .2em .6em; text-align: start; cursor: pointer}}
[data-architecture] [role=tab].inside {{margin-inline-start: 1.4em; border-style: dashed}}
[data-architecture] [role=tab][aria-selected=true] {{border-color: {BLUE}; font-weight: 700;
 box-shadow: inset .35em 0 {BLUE}; padding-inline-start: .9em}}
[data-architecture] .panels {{flex: 1 1 22em; min-width: 0}}
[data-architecture] p {{margin: 0 0 .6em}}
[data-architecture] table {{border: 0; width: auto; margin: 0 0 .6em; color: inherit}}
[data-architecture] caption {{text-align: start; font-weight: 600; color: inherit;
 caption-side: top; padding: 0}}
[data-architecture] :is(td, th) {{padding: .1em 1em .1em 0; text-align: start; border: 0;
 background: none; color: inherit; font-variant-numeric: tabular-nums}}
[data-architecture] .formula {{font-family: ui-monospace, monospace; overflow-wrap: anywhere}}
[data-architecture] .code {{max-height: 22em; overflow: auto; font-size: .85em}}
@media print {{[data-architecture] {{display: none}}}}
"""


def architecture_explorer(sizes: Mapping[str, GPTConfig]) -> Output:
    """Every step of a GPT as a tab; its panel gives shapes for each of `sizes`, formula and code.

    `sizes` maps a heading to a shape; each is shown for a text that fills its context. Raises
    LabError for no size, or for more than MOST_SIZES.
    """
    if not 1 <= len(sizes) <= MOST_SIZES:
        raise LabError(f"{len(sizes)} sizes do not fit; give 1 to {MOST_SIZES}, each with a name")
    ways = {name: data_path(config) for name, config in sizes.items()}
    first = next(iter(ways.values()))
    tabs = "".join(
        f'<button type="button" role="tab"{" class=inside" if stage.inside_block else ""}>'
        f"{html.escape(stage.name)}</button>"
        for stage in first
    )
    panels = "".join(
        _panel(stage, {name: way[place] for name, way in ways.items()}, len(first), place)
        for place, stage in enumerate(first)
    )
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    page = (
        f'<style>{_STYLE}</style><div data-architecture role="group" aria-label="A GPT, part by '
        'part"><div role="tablist" aria-orientation="vertical" aria-label="Parts, in the order '
        f'in which a text passes them">{tabs}</div><div class="panels">{panels}</div></div>'
        f"<script>{script}</script>"
    )
    return Output(page, f"(In a browser: {len(first)} parts of a GPT, each with shape and code.)")


def _panel(stage: Stage, sizes: Mapping[str, Stage], n_stages: int, place: int) -> str:
    """What is said about one step; hidden until its tab is chosen, but for the first."""
    what, thing = PARTS[stage.key]
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>'
        f"<td>{' × '.join(f'{n:,}' for n in each.shape)}</td><td>{each.numbers:,}</td>"
        f"<td>{each.weights:,}</td></tr>"
        for name, each in sizes.items()
    )
    where = "in every block" if stage.inside_block else "once"
    return (
        f'<div role="tabpanel"{" hidden" if place else ""}>'
        f"<p><strong>{html.escape(stage.name)}</strong>, step {place + 1} of {n_stages}, {where}. "
        f'{html.escape(what)}</p><p class="formula">{html.escape(stage.formula)}</p>'
        f"<table><caption>Result: {html.escape(stage.symbols)}</caption><thead><tr>"
        '<th scope="col">model</th><th scope="col">shape</th><th scope="col">numbers</th>'
        f'<th scope="col">weights</th></tr></thead><tbody>{rows}</tbody></table>'
        '<div class="code" tabindex="0" role="region" aria-label="The code of this step">'
        f"{source(thing).html}</div></div>"
    )
