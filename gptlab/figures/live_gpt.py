"""A figure that answers: a whole GPT in the page, its tokens, heads, guesses and costs to look at.

The weights are not in it: they come by a script tag (`weights_script` writes that file), which
works from a server and from a file alike. Computing is done by gpt.js, sampling.js and tokens.js
of gptlab/generation; a browser test compares the logits with torch's.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from gptlab.errors import LabError
from gptlab.figures import style
from gptlab.figures.plots import bars
from gptlab.figures.sampling_playground import rule_sliders
from gptlab.figures.style import BLUE, ORANGE, Output
from gptlab.generation.export import as_base64, page_script

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_MODEL_BYTES = 8_000_000  # in the page a third more: with the rest still below 12 MB

_STYLE = f"""
[data-live] {{border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .8em 0}}
[data-live] label {{display: inline-flex; max-width: 100%; flex-wrap: wrap; gap: .4em;
 align-items: center; margin: 0 1.2em .5em 0}}
[data-live] label.prompt {{display: block; margin: 0 0 .6em}}
[data-live] label span {{min-width: 2.6em; font-variant-numeric: tabular-nums}}
[data-live] input[type=range] {{width: 7em; accent-color: {BLUE}}}
[data-live] :is(textarea, input[type=number]) {{font: inherit; color: CanvasText;
 background: Canvas; border: 1px solid; border-radius: 4px; padding: .2em .4em;
 box-sizing: border-box; max-width: 100%}}
[data-live] textarea {{display: block; width: 100%; resize: vertical}}
[data-live] input[type=number] {{width: 6em}}
[data-live] button {{font: inherit; color: inherit; background: transparent; border: 1px solid;
 border-radius: 4px; padding: .2em .7em; margin: 0 .5em .5em 0; cursor: pointer}}
[data-live] [role=status] {{min-height: 3.2em; margin: .2em 0 .6em}}
[data-live] h3 {{font-size: 1.05em; margin: 1em 0 .3em; color: inherit}}
[data-live] p {{margin: .3em 0 .6em}}
[data-live] [role=listbox] {{white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.9;
 border: 1px solid; border-radius: 4px; padding: .3em .5em; max-height: 17em; overflow-y: auto}}
[data-live] [role=option] {{margin-right: 2px; cursor: pointer; border-radius: 2px;
 border-bottom: 2px solid color-mix(in srgb, currentColor 35%, transparent);
 background: color-mix(in srgb, {BLUE} calc(var(--weight) * 50%), transparent)}}
html[data-theme=dark] [data-live] [role=option] {{
 background: color-mix(in srgb, #3d8bff calc(var(--weight) * 60%), transparent)}}
html[data-theme=dark] [data-live] canvas {{filter: brightness(1.9)}}
[data-live] [role=option].written {{border-bottom-color: {ORANGE}}}
[data-live] [role=option][aria-selected=true] {{outline: 2px solid {ORANGE}}}
[data-live] table {{border: 0; width: 100%; margin: .3em 0; table-layout: auto}}
[data-live] :is(td, th) {{padding: .1em .7em .1em 0; text-align: start; border: 0; background: none;
 color: inherit; font-variant-numeric: tabular-nums; font-weight: inherit; white-space: pre-wrap}}
[data-live] thead :is(td, th) {{font-size: .9em}}
[data-live] .guesses td:last-child {{width: 45%}}
[data-live] .bar {{display: block; height: .8em; background: {BLUE}; print-color-adjust: exact}}
[data-live] .attention {{display: flex; flex-wrap: wrap; gap: .8em 1.5em; align-items: flex-start}}
[data-live] .map {{position: relative; border: 1px solid; line-height: 0; flex: none}}
[data-live] canvas {{image-rendering: pixelated; display: block}}
[data-live] .map canvas {{width: 15em; height: 15em}}
[data-live] .map div {{position: absolute; left: 0; right: 0; border: 1px solid {ORANGE};
 box-sizing: border-box; min-height: 3px}}
[data-live] fieldset {{border: 0; margin: 0; padding: 0; min-width: 0}}
[data-live] legend {{font-size: 1em; padding: 0; margin: 0 0 .3em; float: none; width: auto}}
[data-live] .heads {{display: grid; grid-template-columns: repeat(var(--heads, 2), auto);
 gap: .6em 1.2em; justify-content: start}}
[data-live] .heads label {{display: block; margin: 0; position: relative; font-size: .75em;
 cursor: pointer}}
[data-live] .heads label span {{display: block}}
[data-live] .heads canvas {{width: 6.5em; height: 6.5em; border: 1px solid}}
[data-live] .heads input {{position: absolute; opacity: 0; inset: 0; width: 100%; height: 6.5em;
 margin: 0; cursor: pointer}}
[data-live] .heads input:checked + canvas {{outline: 3px solid {ORANGE}}}
[data-live] .heads input:focus-visible + canvas {{outline: 3px solid; outline-offset: 3px}}
[data-live] .times {{display: flex; align-items: flex-end; gap: 1px; height: 3.5em;
 border-bottom: 1px solid}}
[data-live] .times[hidden] {{display: none}}
[data-live] .times span {{flex: 0 1 .6em; background: {ORANGE}; print-color-adjust: exact}}
[data-live] .times span.cached {{background: {BLUE}}}
[data-live] .key {{display: inline-block; width: .8em; height: .8em; background: {ORANGE};
 print-color-adjust: exact}}
[data-live] .key.cached {{background: {BLUE}}}
@media print {{[data-live] {{display: none}}}}
"""

_BUTTONS = {
    "write": "Write",
    "one": "One token more",
    "more": "Go on",
    "stop": "Stop",
    "over": "Start over",
}


def live_gpt(src: str, prompt: str, max_new_tokens: int = 60) -> Output:
    """A GPT to type to: the weights are loaded from `src`, a script of `weights_script`.

    The model needs a start token (see `page_model`). Raises LabError for no `src` and for fewer
    than 1 new token.
    """
    if not src or max_new_tokens < 1:
        raise LabError(
            f"src is {src!r}, max_new_tokens {max_new_tokens}; give the address of the weights, "
            "and at least 1 token"
        )
    script = page_script("gpt", "sampling", "tokens")
    script += Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    buttons = "".join(
        f'<button type="button" data-part="{part}">{name}</button>'
        for part, name in _BUTTONS.items()
    )
    page = (
        f'<style>{_STYLE}</style><div data-live id="live-gpt" data-src="{html.escape(src)}" '
        'role="group" aria-label="A GPT in this page"><label class="prompt">Prompt (Enter writes, '
        'Shift and Enter begins a new line)<textarea rows="2" data-part="prompt" '
        f'autocomplete="off" spellcheck="false" dir="auto">{html.escape(prompt)}</textarea></label>'
        f"<div>{rule_sliders(0.8)}"
        '<label>Seed <input type="number" data-part="seed" value="1" min="0" step="1"></label>'
        f'<label>New tokens <input type="number" data-part="most" value="{max_new_tokens}" min="1" '
        'step="1"></label><label><input type="checkbox" data-part="cache" checked> KV cache</label>'
        f'</div><div>{buttons}</div><p role="status" data-part="status">The model runs in '
        "JavaScript, which is off here, or did not start.</p>"
        f'<div data-part="loaded" hidden>{_TOKENS}{_NEXT}{_ATTENTION}{_COST}</div>'
        f"</div><script>{script}</script>"
    )
    return Output(page, f"(In a browser: a GPT that writes after {prompt!r}.)")


_TOKENS = (
    '<h3>The tokens</h3><div role="listbox" tabindex="0" data-part="tokens" '
    'aria-label="The tokens; left and right arrow choose one" aria-orientation="horizontal"></div>'
    '<p data-part="looks"></p>'
)
_NEXT = (
    '<h3>What may come after the chosen token</h3><table class="guesses"><thead><tr>'
    '<th scope="col">token</th><th scope="col">model</th><th scope="col">with your rules</th>'
    '<td></td></tr></thead><tbody data-part="next"></tbody></table><p data-part="after"></p>'
)
_ATTENTION = (
    '<h3>Who looks at whom</h3><div class="attention"><fieldset><legend>Choose a head</legend>'
    '<div class="heads" data-part="heads"></div></fieldset><div class="map">'
    '<canvas data-part="map" role="img" aria-label="Attention of the chosen head"></canvas>'
    '<div data-part="row"></div></div></div>'
)
_COST = (
    '<h3>What the newest token costs</h3><table><thead><tr><td></td><th scope="col">tokens read'
    '</th><th scope="col">multiply-adds</th><th scope="col">ms, mean</th></tr></thead><tbody>'
    '<tr data-part="with"><th scope="row"><span class="key cached"></span> with the KV cache</th>'
    "<td></td><td></td><td></td></tr>"
    '<tr data-part="without"><th scope="row"><span class="key"></span> without it</th>'
    "<td></td><td></td><td></td></tr></tbody></table>"
    '<div class="times" data-part="times" role="img" aria-label="Time of each token" hidden></div>'
)


def weights_script(model: bytes) -> str:
    """A script that holds a model of `page_model` as text, for a script tag.

    Raises LabError for more than MOST_MODEL_BYTES.
    """
    if len(model) > MOST_MODEL_BYTES:
        raise LabError(
            f"the model has {len(model):,} bytes; a page can take {MOST_MODEL_BYTES:,}: export a "
            "smaller one, or in float16"
        )
    return f'globalThis.gptlabLiveModel = "{as_base64(model)}";\n'


def next_token_bars(
    probabilities: Float[np.ndarray, "vocab"], names: Sequence[str], after: str, n: int = 10
) -> tuple[Figure, str]:
    """The `n` likeliest next tokens, and the picture in words."""
    best = np.argsort(-probabilities, kind="stable")[:n]
    shown = [names[i].replace("\n", "⏎") for i in best]
    values = probabilities[best].tolist()
    told = ", ".join(f"“{name}” {p:.2f}" for name, p in zip(shown, values, strict=True))
    figure = bars([f"“{name}”" for name in shown], values, "probability")
    return figure, f"Bars of the {n} likeliest tokens after “{after}”: {told}."


def head_pictures(
    attention: Float[np.ndarray, "layers heads time time"], names: Sequence[str]
) -> tuple[Figure, str]:
    """The attention of every head over one text, a row of panels for each layer, and in words."""
    import matplotlib.pyplot as plt

    style.use()
    layers, heads = attention.shape[:2]
    figure, panels = plt.subplots(heads, layers, figsize=(7.2, 0.6 + 1.95 * heads), squeeze=False)
    told = []
    for layer in range(layers):
        for head in range(heads):
            axes = panels[head, layer]
            axes.imshow(np.sqrt(attention[layer, head]), vmin=0, vmax=1)
            axes.set(xticks=[], yticks=[], title=f"layer {layer + 1}, head {head + 1}")
            axes.title.set_fontsize(9)
            axes.grid(visible=False)
            most = int(attention[layer, head, -1].argmax())
            told.append(f"layer {layer + 1} head {head + 1} at “{names[most].strip()}”")
    text = "".join(names[1:]).strip()
    words = f"Attention maps of {layers * heads} heads over “{text}”, a row for each token."
    return figure, f"{words} The last token looks most: {', '.join(told)}."
