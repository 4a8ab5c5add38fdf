"""A chat box for ELIZA: in the page without a kernel, and in Lab with the Python program behind it.

The box in the page runs the same mechanism in JavaScript (chat.js) over the same script, which
Python hands over as JSON. A browser test lets both talk and compares every answer.
"""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import TYPE_CHECKING

from gptlab.classic.eliza import Eliza
from gptlab.classic.eliza_listener import LISTENER
from gptlab.classic.eliza_script import Script, read_script
from gptlab.figures.style import Output

if TYPE_CHECKING:
    from ipywidgets import Widget

_STYLE = """
[data-chat] {border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}
[data-chat] [role=log] {max-height: 20em; overflow-y: auto; margin-bottom: .6em}
[data-chat] [role=log] p {margin: .25em 0}
[data-chat] [role=log] .you {padding-left: 2em}
[data-chat] [role=log] .why {font-family: monospace; font-size: .85em; padding-left: 1em}
[data-chat]:not([data-why]) .why {display: none}
[data-chat] form {display: flex; flex-wrap: wrap; gap: .5em; align-items: center}
[data-chat] input[type=text] {flex: 1 1 14em}
[data-chat] :is(button, input) {font: inherit; color: inherit; background: transparent;
 border: 1px solid; border-radius: 4px; padding: .2em .5em}
[data-chat] button {cursor: pointer}
@media print {[data-chat] {display: none}}
"""


def chat_box(script: Script | None = None) -> Output:
    """A conversation with ELIZA in the page, by mouse, keyboard or screen reader; no kernel needed.

    `script` is the Listener unless another one is given.
    """
    chosen = read_script(LISTENER) if script is None else script
    code = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    page = (
        f'<style>{_STYLE}</style><div data-chat="{html.escape(json.dumps(chosen.as_json()))}" '
        'role="group" aria-label="Conversation with ELIZA">'
        '<div role="log" aria-label="What was said" tabindex="0"></div>'
        '<form><label>You: <input type="text" data-part="said" autocomplete="off" '
        'maxlength="500"></label><button type="submit">Say</button>'
        '<button type="button" data-part="again">Start again</button>'
        '<label><input type="checkbox" data-part="why"> show which rule answered</label>'
        f"</form></div><script>{code}</script>"
    )
    return Output(page, "(In a browser: a chat box in which ELIZA answers.)")


def chat_widget(eliza: Eliza | None = None) -> Widget:
    """The same conversation in JupyterLab, answered by the Python program in the kernel."""
    import ipywidgets

    partner = Eliza() if eliza is None else eliza
    lines = [f"ELIZA: {partner.greeting}"]
    log = ipywidgets.HTML(f"<p>{html.escape(lines[0])}</p>")
    said = ipywidgets.Text(description="You:", placeholder="say something and press Enter")

    def answer(_: object) -> None:
        if said.value:
            lines.extend([f"You: {said.value}", f"ELIZA: {partner.reply(said.value)}"])
            log.value = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
            said.value = ""

    said.continuous_update = False
    said.observe(answer, names="value")
    return ipywidgets.VBox([log, said])
