"""A search box over documents that answers in the page: same words beside same meaning, no kernel.

The page gets the commonest searchable words with their TF-IDF weights and their places in the LSI
space, as small integers; `document_search.js` does what `TfIdf.search` and `LSI.search` do, to
about two digits. Without JavaScript, and on paper, the table of the first query stands there.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gptlab.errors import LabError
from gptlab.figures.style import Output

if TYPE_CHECKING:
    from gptlab.classic.documents import Hit, TfIdf
    from gptlab.classic.lsi import LSI

TOP = 5
_LINE = "border:1px solid currentColor;border-radius:3px;background:transparent;color:inherit;"


def document_search(
    model: LSI,
    titles: Sequence[str],
    query: str,
    examples: Sequence[str] = (),
    n_words: int = 1800,
) -> Output:
    """A search box over the documents of `model`, showing `query` first.

    `examples` are offered as buttons. `n_words` of the vocabulary go into the page: those with the
    largest sum of weights among the words that stand in 2 documents or more, and in no more than
    half of them, numbers left out; every word of query and examples is among them.

    Raises LabError unless there is one title for each document, no more than 255 of them, the
    index has log tf, smooth idf and l2 norm (what the script computes), and all words of the
    queries are known.
    """
    index = model.index
    if len(titles) != index.n_documents or len(titles) > 255:
        raise LabError(f"{len(titles)} titles for {index.n_documents} documents; 255 at most")
    config = (index.config.tf, index.config.idf, index.config.norm)
    if config != ("log", "smooth", "l2"):
        raise LabError(f"the page computes log, smooth, l2; this index is {', '.join(config)}")
    chosen = _chosen(index, [query, *examples], n_words)
    data = json.dumps(_data(model, titles, chosen), ensure_ascii=False).replace("</", "<\\/")
    buttons = " ".join(
        f'<button type="button" data-query="{html.escape(each)}" '
        f'style="{_LINE}padding:0.2em 0.6em">{html.escape(each)}</button>'
        for each in examples
    )
    same, meaning = index.search(query, TOP), model.search(query, TOP)
    rows = "".join(
        f'<tr><th scope="row">{r + 1}</th>{_cell(same, r, titles)}{_cell(meaning, r, titles)}</tr>'
        for r in range(TOP)
    )
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    page = (
        '<div class="gptlab-search" style="margin:0.5em 0">'
        '<form role="search"><label>Search the articles: '
        f'<input type="search" value="{html.escape(query)}" autocomplete="off" '
        f'style="{_LINE}padding:0.3em;font:inherit;max-width:100%"></label> '
        f'<button style="{_LINE}padding:0.3em 0.8em">Search</button></form>'
        f'<p style="margin:0.5em 0">For example: {buttons}</p>'
        '<table style="width:100%;table-layout:fixed;border-collapse:collapse;text-align:left">'
        '<caption style="text-align:left;caption-side:top;color:inherit">'
        "The best five, with their cosines</caption>"
        '<thead><tr><th scope="col" style="width:4em">place</th>'
        '<th scope="col">same words (TF-IDF)</th><th scope="col">same meaning (LSI)</th></tr>'
        f"</thead><tbody>{rows}</tbody></table>"
        '<p role="status" style="margin:0.5em 0;min-height:1.5em"></p>'
        f'<script type="application/json">{data}</script><script>{script}</script></div>'
    )
    plain = "\n".join(
        f"{r + 1}. {_words(same, r, titles):40} {_words(meaning, r, titles)}" for r in range(TOP)
    )
    return Output(page, f"Search for {query!r}: same words, same meaning\n{plain}")


def _chosen(index: TfIdf, queries: Sequence[str], n_words: int) -> np.ndarray:
    """The numbers of the words that go into the page, rising."""
    from gptlab.text.words import word_tokens

    holding = np.asarray((index.matrix > 0).sum(axis=0)).ravel()
    sums = np.asarray(index.matrix.sum(axis=0)).ravel()
    fit = (holding >= 2) & (2 * holding <= index.n_documents)
    fit &= np.array([not word.isdigit() for word in index.vocabulary.words])
    wanted = [index.vocabulary.id(word) for query in queries for word in word_tokens(query)]
    fit[wanted] = True
    sums[wanted] = np.inf
    order = np.argsort(-np.where(fit, sums, -1.0), kind="stable")[: min(n_words, int(fit.sum()))]
    return np.sort(order)


def _data(model: LSI, titles: Sequence[str], chosen: np.ndarray) -> dict[str, object]:
    columns = model.index.matrix.tocsc()[:, chosen]
    columns.sort_indices()
    largest_weight = float(columns.data.max())
    axes = model.word_axes[chosen]
    largest = np.abs(axes).max(axis=1)
    unit_places = model.documents / np.linalg.norm(model.documents, axis=1, keepdims=True)
    return {
        "titles": list(titles),
        "top": TOP,
        "dimensions": len(model.singular_values),
        "words": " ".join(model.index.vocabulary.words[i] for i in chosen),
        "holding": _packed(np.diff(columns.indptr), np.uint8),
        "documents": _packed(columns.indices, np.uint8),
        # Of the root, so that small weights keep their digits.
        "weights": _packed(np.sqrt(columns.data / largest_weight) * 255, np.uint8),
        "largest_weight": float(f"{largest_weight:.6g}"),
        "axes": _packed(axes / largest[:, None] * 127, np.int8),
        "scales": _packed(largest / largest.max() * 65535, np.uint16),
        "places": _packed(unit_places * 32767, np.int16),
    }


def _packed(numbers: np.ndarray, kind: type) -> str:
    """Rounded to `kind`, little-endian, as base64."""
    small = np.rint(numbers).astype(np.dtype(kind).newbyteorder("<"))
    return base64.b64encode(small.tobytes()).decode()


def _words(hits: Sequence[Hit], place: int, titles: Sequence[str]) -> str:
    if place >= len(hits):
        return "–"
    return f"{titles[hits[place].document]} ({hits[place].score:.2f})"


def _cell(hits: Sequence[Hit], place: int, titles: Sequence[str]) -> str:
    return f"<td>{html.escape(_words(hits, place, titles))}</td>"
