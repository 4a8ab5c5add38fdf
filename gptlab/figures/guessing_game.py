"""Shannon's guessing game in the page: the reader guesses each letter, the n-gram model too.

The sentences and what the model makes of them (its guesses and bits for each letter) come from
Python as data; the game itself is JavaScript (guessing_game.js) and needs no kernel. A browser test
plays it.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gptlab.classic.ngrams import NgramModel
from gptlab.classic.shannon import ALPHABET, guess_ranks, letter_ids, only_letters
from gptlab.errors import LabError
from gptlab.figures.style import Output

LONGEST = 120  # letters of one sentence: a game of more is given up

_STYLE = """
[data-guessing] {border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}
[data-guessing] :is(button, input) {font: inherit; color: inherit; background: transparent;
 border: 1px solid; border-radius: 4px; padding: .2em .5em}
[data-guessing] button {cursor: pointer; margin: 0 .3em .35em 0}
[data-guessing] [data-part=keys] button {min-width: 2em; font-family: monospace}
[data-guessing] button[aria-disabled=true] {border-style: dashed; text-decoration: line-through;
 cursor: default}
[data-guessing] .played {font-family: monospace; margin: .6em 0; display: flex; flex-wrap: wrap;
 row-gap: .4em}
[data-guessing] .played > span {display: inline-grid; justify-items: center; min-width: 1.5em;
 line-height: 1.25}
[data-guessing] .played i {font-style: normal; font-size: .85em}
[data-guessing] .played b {font-size: 1.15em}
[data-guessing] .played .now b {border-bottom: 3px solid #0d60de; min-width: .8em}
[data-guessing] table {border: 0; width: auto; margin: .4em 0}
[data-guessing] :is(td, th) {padding: .1em 1em .1em 0; text-align: start; border: 0;
 background: none; color: inherit}
@media print {[data-guessing] {display: none}}
"""


def game_data(sentences: Sequence[str], model: NgramModel) -> list[dict[str, object]]:
    """What the page needs of each sentence: its 27-letter text, and the model's guesses and bits.

    Raises LabError for no sentence, one without letters and one of more than LONGEST letters, and
    for a model that is not over the 27 letters.
    """
    if model.vocab_size != len(ALPHABET):
        raise LabError(
            f"the model knows {model.vocab_size} symbols; train it on letter_ids, which are 27"
        )
    if isinstance(sentences, str) or not sentences:
        raise LabError("give a list of sentences, at least one")
    found = []
    for sentence in sentences:
        text = only_letters(sentence)
        if not 0 < len(text) <= LONGEST:
            raise LabError(f"a sentence has {len(text)} letters; give 1 to {LONGEST}")
        ids = letter_ids(text)
        bits = -model.log2_probabilities(ids)
        ranks = guess_ranks(model, ids)
        found.append({"text": text, "ranks": ranks.tolist(), "bits": np.round(bits, 3).tolist()})
    return found


def guessing_game(sentences: Sequence[str], model: NgramModel) -> Output:
    """The game on `sentences`, one after the other, against `model` (order 2 and more).

    Works in Lab and in a page without a kernel, by mouse, by keyboard and with a screen reader.
    Raises LabError as `game_data`.
    """
    data = game_data(sentences, model)
    keys = "".join(
        f'<button type="button" data-key="{c}" aria-label="{"space" if c == " " else c}">'
        f"{'␣' if c == ' ' else c}</button>"
        for c in ALPHABET
    )
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td data-part="{part}-first"></td>'
        f'<td data-part="{part}-mean"></td><td data-part="{part}-bits"></td></tr>'
        for part, name in [("you", "you"), ("model", f"the {model.order}-gram model")]
    )
    page = (
        f'<style>{_STYLE}</style><div data-guessing="{html.escape(json.dumps(data))}" role="group" '
        'aria-label="Shannon\'s guessing game">'
        "<p>Guess the next letter, until you have it. Under each letter: your guesses, and below "
        f"them those of the {model.order}-gram model.</p>"
        '<div class="played" data-part="played" aria-hidden="true"></div>'
        '<p role="status" data-part="status"></p>'
        '<label>Type a letter or a space <input data-part="typed" size="2" maxlength="1" '
        'autocomplete="off" autocapitalize="off" spellcheck="false"></label> or press a key:'
        f'<div data-part="keys" role="group" aria-label="Letters">{keys}</div>'
        '<button type="button" data-part="reveal">Show this letter</button>'
        '<button type="button" data-part="again">Start again</button>'
        '<button type="button" data-part="other">Another sentence</button>'
        '<table><thead><tr><td></td><th scope="col">right at once</th>'
        '<th scope="col">guesses per letter</th>'
        '<th scope="col">bits per letter (from 20 letters on)</th></tr>'
        f"</thead><tbody>{rows}</tbody></table>"
        '<p data-part="probabilities"></p></div>'
        f"<script>{script}</script>"
    )
    return Output(page, "(In a browser: Shannon's guessing game against the n-gram model.)")
