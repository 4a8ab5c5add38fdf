"""A figure that answers: byte-pair encoding on the reader's own text, one merge after the other.

It learns in the page, in JavaScript (merges_widget.js), and needs no kernel; a browser test
compares what it learns with `gptlab.text.bpe`.
"""

from __future__ import annotations

import html
from pathlib import Path

from gptlab.errors import LabError
from gptlab.figures.style import Output

LONGEST = 600  # characters: with more the chips fill the screen and each key is slow

_STYLE = """
[data-merges] {border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}
[data-merges] label {display: block; margin-bottom: .6em}
[data-merges] textarea {display: block; width: 100%; box-sizing: border-box; font: inherit}
[data-merges] :is(textarea, button) {color: inherit; background: transparent;
 border: 1px solid; border-radius: 4px; padding: .3em .7em}
[data-merges] button {font: inherit; margin: 0 .3em .5em 0; cursor: pointer}
[data-merges] button[aria-disabled=true] {border-style: dashed; cursor: default}
[data-merges] input[type=range] {display: block; width: 100%; accent-color: #0d60de}
[data-merges] [data-part=tokens] {line-height: 2.1; font-family: monospace; margin: .6em 0}
[data-merges] [data-part=tokens] span {border: 1px solid; border-radius: 3px; padding: .1em .2em;
 margin-right: 2px; white-space: pre; display: inline-block; line-height: 1.4}
[data-merges] [data-part=tokens] .new {background: #0d60de; color: #fff; border-color: #0d60de}
[data-merges] .sides {display: flex; flex-wrap: wrap; gap: 0 2.5em}
[data-merges] :is(table, ol) {border: 0; width: auto; margin: 0}
[data-merges] :is(td, li) {font-family: monospace}
[data-merges] :is(caption, .title) {text-align: start; white-space: nowrap; font-weight: 600;
 color: inherit; caption-side: top; padding: 0; margin: 0}
[data-merges] :is(td, th) {padding: .1em 1em .1em 0; text-align: start; border: 0;
 background: none; color: inherit}
[data-merges] ol {max-height: 9.5em; overflow-y: auto; padding-inline-start: 3em}
@media print {[data-merges] {display: none}}
"""


def merges_widget(text: str) -> Output:
    """A box in which the reader steps through the merges of `text`, or of what they type.

    Shows the tokens, the commonest pairs and the merges so far. Ids and the choice among pairs of
    equal count are those of `bpe.learn_merges`. Works in Lab and in a page, by mouse and by
    keyboard. Raises LabError for a text that is empty or longer than LONGEST characters.
    """
    if not 0 < len(text) <= LONGEST:
        raise LabError(
            f"the text has {len(text)} characters; give 1 to {LONGEST}, so that its tokens can be "
            "seen at once"
        )
    buttons = [("start", "Start"), ("back", "Back"), ("next", "Next merge"), ("end", "End")]
    made = "".join(
        f'<button type="button" data-part="{part}">{label}</button>' for part, label in buttons
    )
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    page = (
        f'<style>{_STYLE}</style><div data-merges role="group" '
        'aria-label="Byte-pair encoding, one merge at a time">'
        f'<label>Text (type your own)<textarea rows="3" maxlength="{LONGEST}" spellcheck="false" '
        f'data-part="text">{html.escape(text)}</textarea></label>{made}'
        '<label>Merges done<input type="range" min="0" max="0" value="0" data-part="slider">'
        '</label><div role="status" data-part="status"></div>'
        '<div data-part="tokens"></div><div class="sides"><table><caption>Commonest pairs now'
        '</caption><thead><tr><th scope="col">pair</th><th scope="col">times</th></tr></thead>'
        '<tbody data-part="pairs"></tbody></table><div><p class="title">Merges so far</p>'
        '<ol data-part="merges" tabindex="0" aria-label="Merges so far"></ol></div></div></div>'
        f"<script>{script}</script>"
    )
    return Output(page, f"(In a browser: the merges of {text!r}, one at a time.)")
