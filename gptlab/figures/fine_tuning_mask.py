"""A figure that answers: which tokens of a conversation count in the loss, and what they cost.

All probabilities are computed beforehand; in the page a click or the keyboard chooses a token
(fine_tuning_mask.js).
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path

import torch

from gptlab.errors import LabError
from gptlab.figures.style import GREEN, Output
from gptlab.models.gpt import GPT
from gptlab.text.chat import Example
from gptlab.text.tokenizer_base import Tokenizer

_STYLE = f"""
[data-mask] {{border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}}
[data-mask] select, [data-mask] button {{font: inherit; color: inherit; background: transparent;
 border: 1px solid; border-radius: 4px; padding: .25em .5em; max-width: 100%}}
[data-mask] option {{color: black; background: white}}
[data-mask] .words {{display: flex; flex-wrap: wrap; gap: .3em; margin: .7em 0}}
[data-mask] button {{cursor: pointer; border-style: dashed; border-bottom-width: 5px}}
[data-mask] button.counted {{border-style: solid; border-bottom-color: {GREEN};
 font-weight: bold}}
[data-mask] button[aria-pressed=true] {{outline: 2px solid; outline-offset: 1px}}
[data-mask] p {{margin: .4em 0}}
@media print {{[data-mask] {{display: none}}}}
"""


@torch.no_grad()
def token_probabilities(model: GPT, example: Example) -> list[float]:
    """The probability that the model gives each token after those before it; 1 for the first.

    Raises LabError for an example of fewer than two tokens.
    """
    if len(example.ids) < 2:
        raise LabError(f"the example has {len(example.ids)} token; nothing is guessed before two")
    was_training = model.training
    model.eval()
    ids = torch.tensor([example.ids], device=next(model.parameters()).device)
    shares = model(ids[:, :-1]).float().softmax(-1).gather(-1, ids[:, 1:, None]).flatten()
    model.train(was_training)
    return [1.0, *(float(share) for share in shares)]


def loss_mask_viewer(
    tokenizer: Tokenizer, examples: Sequence[Example], before: GPT, after: GPT
) -> Output:
    """A box with a choice of conversations, a button for each token, and what the loss counts.

    Raises LabError for no example.
    """
    if not examples:
        raise LabError("there is no conversation to look at; give at least one example")
    data = [
        {
            "tokens": [tokenizer.token_bytes(i).decode("utf-8", "replace").strip() or "␣"
                       for i in example.ids],
            "learned": example.learned,
            "before": [round(p, 6) or 1e-6 for p in token_probabilities(before, example)],
            "after": [round(p, 6) or 1e-6 for p in token_probabilities(after, example)],
        }
        for example in examples
    ]  # fmt: skip
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    packed = html.escape(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    options = "".join(
        f'<option value="{i}">{html.escape(_spoken(tokenizer, example))}</option>'
        for i, example in enumerate(examples)
    )
    page = (
        f'<style>{_STYLE}</style><div data-mask="{packed}" role="group" '
        'aria-label="What counts in the loss"><p><label>Conversation '
        f'<select data-part="choice">{options}</select></label></p><p><label>'
        '<input type="checkbox" data-part="whole"> count the prompt too</label></p>'
        '<div class="words" role="group" aria-label="Tokens; arrow keys go from one to the next" '
        'data-part="words"></div><p data-part="status" role="status"></p>'
        f'<p data-part="loss"></p></div><script>{script}</script>'
    )
    return Output(page, f"(In a browser: {len(examples)} conversations, token by token.)")


def _spoken(tokenizer: Tokenizer, example: Example) -> str:
    """The conversation without its marks, for the list to choose from."""
    marks = set(tokenizer.special_tokens.values())
    return tokenizer.decode([i for i in example.ids if i not in marks]).strip()
