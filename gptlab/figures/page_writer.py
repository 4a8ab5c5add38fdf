"""A figure that answers: the reader's own GPT, writing in the page, with no kernel and no server.

The model comes with the figure, as `gptlab.generation.export.page_model` packs it; gpt.js beside
that file computes. A browser test compares its scores with torch's.
"""

from __future__ import annotations

import html
from pathlib import Path

from gptlab.errors import LabError
from gptlab.figures.sampling_playground import rule_sliders
from gptlab.figures.style import Output
from gptlab.generation.export import as_base64, page_script

MOST_BYTES = 4_000_000  # of the file; in the page it is a third longer

_STYLE = """
[data-writer] {border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0;
 overflow-wrap: anywhere}
[data-writer] label {display: inline-flex; max-width: 100%; flex-wrap: wrap; gap: .4em;
 align-items: center; margin: 0 1.2em .5em 0}
[data-writer] label span {min-width: 2.6em; font-variant-numeric: tabular-nums}
[data-writer] input[type=range] {width: 7em; accent-color: #0d60de}
[data-writer] input[type=text] {font: inherit; color: CanvasText; background: Canvas;
 border: 1px solid; border-radius: 4px; padding: .2em .4em; width: 16em;
 max-width: 100%; box-sizing: border-box}
[data-writer] button {font: inherit; color: inherit; background: transparent; border: 1px solid;
 border-radius: 4px; padding: .2em .7em; margin-inline-end: .5em; cursor: pointer}
[data-writer] [data-part=text] {min-height: 3em; font-size: 1.05em; white-space: pre-wrap}
[data-writer] :is(td, th) {padding: .05em .8em .05em 0; text-align: start; border: 0;
 background: none; color: inherit; font-variant-numeric: tabular-nums; font-weight: inherit}
[data-writer] table {border: 0; width: auto; margin: .4em 0}
[data-writer] caption {text-align: start; font-weight: 600; color: inherit; caption-side: top;
 padding: 0; white-space: nowrap}
"""


def page_writer(model: bytes, prompt: str, max_new_tokens: int = 60) -> Output:
    """A line for the prompt, sliders for the rules, and what the model writes, token by token.

    `model` is what `page_model` returns. A text ends with the model's start token, after
    `max_new_tokens`, or where its context is full. Raises LabError for a model of more than
    MOST_BYTES and for fewer than 1 new token.
    """
    if len(model) > MOST_BYTES or max_new_tokens < 1:
        raise LabError(
            f"a model of {len(model):,} bytes and {max_new_tokens} new tokens; give at most "
            f"{MOST_BYTES:,} bytes and at least 1 token"
        )
    script = page_script("gpt", "sampling", "tokens")
    script += Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    page = (
        f'<style>{_STYLE}</style><div data-writer="{as_base64(model)}" role="group" '
        f'data-most="{max_new_tokens}" aria-label="Your model, writing in the page">'
        f'<div><label>Prompt <input type="text" value="{html.escape(prompt)}" data-part="prompt" '
        f'autocomplete="off" spellcheck="false"></label></div><div>{rule_sliders(0.8)}</div>'
        '<button type="button" data-part="write">Write</button>'
        '<button type="button" data-part="stop">Stop</button>'
        '<p data-part="text"></p><p role="status" data-part="status">Press Write.</p>'
        "<table hidden><caption>Likeliest at the newest place</caption>"
        '<tbody data-part="rows"></tbody></table></div>'
        f"<script>{script}</script>"
    )
    return Output(page, f"(In a browser: the model writes after {prompt!r}.)")
