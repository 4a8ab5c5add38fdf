"""A figure that answers: hide any word of a sentence, and see what the model puts there.

All gaps are filled beforehand; in the page a click or the keyboard chooses one (gap_filler.js).
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from gptlab.errors import LabError
from gptlab.figures.style import BLUE, Output
from gptlab.models.bert import BertPretraining
from gptlab.text.wordpiece import WordPieceTokenizer

MOST_SENTENCES, TOP = 20, 6

_STYLE = f"""
[data-gaps] {{border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}}
[data-gaps] select, [data-gaps] button {{font: inherit; color: inherit; background: transparent;
 border: 1px solid; border-radius: 4px; padding: .25em .5em; max-width: 100%}}
[data-gaps] option {{color: black; background: white}}
[data-gaps] .words {{display: flex; flex-wrap: wrap; gap: .3em; margin: .7em 0}}
[data-gaps] button {{cursor: pointer}}
[data-gaps] button[aria-pressed=true] {{outline: 3px solid {BLUE}; font-weight: bold}}
[data-gaps] table {{border-collapse: collapse; width: 100%; max-width: 30em; margin: 0}}
[data-gaps] td, [data-gaps] th {{text-align: left; padding: .15em .5em; border: 0;
 background: transparent; color: inherit}}
[data-gaps] td:last-child {{width: 55%}}
[data-gaps] .bar {{display: inline-block; height: .8em; background: {BLUE};
 vertical-align: middle; margin-right: .4em; min-width: 1px}}
[data-gaps] p {{margin: .4em 0}}
@media print {{[data-gaps] {{display: none}}}}
"""


@torch.no_grad()
def gap_fills(
    model: BertPretraining, tokenizer: WordPieceTokenizer, sentence: str, top: int = TOP
) -> list[list[tuple[str, float]]]:
    """For each piece of the sentence, hidden alone: the `top` likeliest pieces, and their shares.

    Raises LabError for a sentence without a token, or too long for the model.
    """
    _, _, cls, sep, mask = tokenizer.special_ids
    ids = tokenizer.encode(sentence)
    if not ids:
        raise LabError(f"{sentence!r} holds no token; give a sentence")
    rows = torch.tensor([[cls, *ids, sep]]).repeat(len(ids), 1)
    places = torch.arange(len(ids))
    rows[places, places + 1] = mask
    was_training = model.training
    model.eval()
    logits = model(rows.to(model.bias.device))[places, places + 1]
    model.train(was_training)
    best = logits.float().softmax(dim=-1).topk(top, dim=-1)
    return [
        [(tokenizer.piece(int(i)), float(p)) for i, p in zip(indices, shares, strict=True)]
        for indices, shares in zip(best.indices, best.values, strict=True)
    ]


def gap_filler(
    model: BertPretraining, tokenizer: WordPieceTokenizer, sentences: Sequence[str]
) -> Output:
    """A box with a choice of sentences, a button for each piece, and the fills as bars.

    Raises LabError for no sentence, or more than MOST_SENTENCES.
    """
    if not 1 <= len(sentences) <= MOST_SENTENCES:
        raise LabError(f"{len(sentences)} sentences; give 1 to {MOST_SENTENCES}")
    data: list[dict[str, Any]] = [
        {
            "words": tokenizer.tokenize(sentence),
            "fills": [
                [[word, round(share, 3)] for word, share in fills]
                for fills in gap_fills(model, tokenizer, sentence)
            ],
        }
        for sentence in sentences
    ]
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    packed = html.escape(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    options = "".join(
        f'<option value="{i}">{html.escape(" ".join(each["words"]))}</option>'
        for i, each in enumerate(data)
    )
    page = (
        f'<style>{_STYLE}</style><div data-gaps="{packed}" role="group" '
        'aria-label="Fill the gap"><label>Sentence '
        f'<select data-part="sentence">{options}</select></label>'
        '<div class="words" role="group" aria-label="Hide a word" data-part="words"></div>'
        '<p data-part="status" role="status"></p><table><thead><tr><th scope="col">fill</th>'
        '<th scope="col">probability</th></tr></thead><tbody data-part="fills"></tbody></table>'
        f"</div><script>{script}</script>"
    )
    return Output(page, f"(In a browser: {len(sentences)} sentences with gaps to choose.)")
