"""Expectation-maximisation in the page, one step at a time: shares, counts, translation table.

The tables stand there as Python computes them; `em_stepper.js` goes on from there without a kernel.
A browser test compares its numbers with `IBMModel1`'s.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gptlab.classic.alignment import NULL, IBMModel1, Pair
from gptlab.errors import LabError
from gptlab.figures.style import Output

MOST_WORDS = 8  # rows or columns: a wider table is no longer read
_STYLE = """
.gptlab-em {border: 1px solid; border-radius: 6px; padding: .8em 1em; margin: .5em 0}
.gptlab-em button {font: inherit; color: inherit; background: transparent; border: 1px solid;
 border-radius: 4px; padding: .25em .8em; margin: 0 .4em .4em 0; cursor: pointer}
.gptlab-em .side {display: flex; flex-wrap: wrap; gap: .4em 2em}
.gptlab-em table {border-collapse: collapse; width: auto; margin: .3em 0; display: table}
.gptlab-em caption {caption-side: top; text-align: start; color: inherit; padding: .2em 0}
.gptlab-em :is(td, th) {border: 1px solid rgba(128, 128, 128, .5); padding: .2em .5em;
 text-align: center; color: inherit; background: none}
.gptlab-em td {font-variant-numeric: tabular-nums; min-width: 3.6em}
@media print {.gptlab-em button {display: none}}
"""


def em_stepper(pairs: Sequence[Pair], iterations: int = 0, null: bool = False) -> Output:
    """Buttons for one step, ten steps and a new start over the tables of IBM Model 1.

    Shown first after `iterations`. Works in Lab and in a page without a kernel, by mouse and by
    keyboard. Raises LabError for what `IBMModel1.train` refuses, and for more than MOST_WORDS
    different words on one side.
    """
    model = IBMModel1.train(pairs, iterations, null=null)
    sources, targets = _in_order(pairs, model)
    if max(len(sources), len(targets)) > MOST_WORDS:
        raise LabError(
            f"{len(sources)} source and {len(targets)} target words; at most {MOST_WORDS} of each "
            "can be followed by eye"
        )
    before = [NULL] * null
    table = model.scores(sources, targets)
    met = np.zeros(table.shape, dtype=bool)
    counts = np.zeros(table.shape)
    shares, numbers = [], []
    for number, (source, target) in enumerate(pairs):
        words = [*before, *source]
        s, t = [sources.index(w) for w in words], [targets.index(w) for w in target]
        weights = model.alignment_weights(source, target).T
        np.add.at(counts, np.ix_(s, t), weights)
        met[np.ix_(s, t)] = True
        shares.append(
            _table("share", f"{number}", f"Pair {number + 1}", words, list(target), weights)
        )
        numbers.append([s, t])
    data = {"sources": sources, "targets": targets, "pairs": numbers, "iterations": iterations}
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    says = (
        f"After {iterations} iteration{'' if iterations == 1 else 's'}: the logarithm of the "
        f"probability of all target words is {model.log_likelihoods[-1]:.3f}."
    )
    totals = _table("count", "", "Added up", sources, targets, counts, met, 2.0)
    probabilities = _table("table", "", "t(column | row)", sources, targets, table, met)
    page = (
        f"<style>{_STYLE}</style>"
        '<div class="gptlab-em" role="group" aria-label="Expectation-maximisation step by step">'
        '<div><button type="button" data-steps="1">One step</button>'
        '<button type="button" data-steps="10">Ten steps</button>'
        '<button type="button" data-steps="0">Start again</button></div>'
        f'<p role="status" style="margin:.3em 0">{says}</p>'
        '<p style="margin:.3em 0">The translation table that we have, rows summing to one:</p>'
        f"{probabilities}"
        '<p style="margin:.3em 0">E step: with it, each target word shares one count among the '
        "source words beside it.</p>"
        f'<div class="side">{"".join(shares)}</div>'
        '<p style="margin:.3em 0">M step: the shares added up; each row divided by its sum is the '
        "next translation table.</p>"
        f"{totals}"
        f'<script type="application/json">{_safe(data)}</script>'
        f"<script>{script}</script></div>"
    )
    return Output(page, f"{says}\n{_plain(sources, targets, table, met)}")


def _in_order(pairs: Sequence[Pair], model: IBMModel1) -> tuple[list[str], list[str]]:
    """The words of both sides in the order in which they come up."""
    sources = [NULL] * model.null + [word for source, _ in pairs for word in source]
    return list(dict.fromkeys(sources)), list(dict.fromkeys(w for _, t in pairs for w in t))


def _table(
    name: str,
    prefix: str,
    caption: str,
    rows: Sequence[str],
    columns: Sequence[str],
    values: np.ndarray,
    shown: np.ndarray | None = None,
    full: float = 1.0,
) -> str:
    """An HTML table whose cells the script finds by data-share, data-count or data-table."""
    head = "".join(f'<th scope="col">{html.escape(word)}</th>' for word in columns)
    body = ""
    for i, word in enumerate(rows):
        cells = ""
        for j in range(len(columns)):
            place = f"{prefix} {i} {j}".strip()
            value = float(values[i, j])
            if shown is not None and not shown[i, j]:
                cells += "<td>–</td>"
                continue
            depth = f"{0.4 * min(1.0, value / full):.3f}"
            cells += (
                f'<td data-{name}="{place}" style="background-color:rgba(13, 96, 222, {depth})">'
                f"{value:.3f}</td>"
            )
        body += f'<tr><th scope="row">{html.escape(word)}</th>{cells}</tr>'
    return (
        f"<table><caption>{html.escape(caption)}</caption>"
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _plain(
    rows: Sequence[str], columns: Sequence[str], values: np.ndarray, shown: np.ndarray
) -> str:
    width = max(map(len, (*rows, *columns))) + 2
    lines = ["".join([" " * width, *(word.rjust(width) for word in columns)])]
    lines += [
        word.ljust(width)
        + "".join(
            (f"{value:.3f}" if met else "–").rjust(width)
            for value, met in zip(line, known, strict=True)
        )
        for word, line, known in zip(rows, values, shown, strict=True)
    ]
    return "\n".join(lines)


def _safe(data: object) -> str:
    return json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
