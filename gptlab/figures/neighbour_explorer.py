"""For Lab: a word, a window, a weighting; its neighbours by counts, by PPMI and by PPMI + SVD.

An ipywidget: it counts anew when a setting changes, so it needs the kernel.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from gptlab.embeddings.distributional import WEIGHTINGS, cooccurrences, ppmi, svd_vectors
from gptlab.embeddings.vectors import Ranked, WordVectors
from gptlab.errors import LabError
from gptlab.text.words import Vocabulary

if TYPE_CHECKING:
    from ipywidgets import VBox

KINDS = ("counts", "PPMI", "PPMI + SVD")


def neighbour_lists(
    texts: Sequence[Sequence[str]],
    vocabulary: Vocabulary,
    word: str,
    window: int,
    weighting: str,
    dimensions: int = 50,
    n: int = 8,
) -> dict[str, Ranked]:
    """The `n` nearest words of `word` by each of KINDS. Raises LabError as its steps do."""
    counts = cooccurrences(texts, vocabulary, window, weighting)
    weights = ppmi(counts, smoothing=0.75)
    vectors = {
        KINDS[0]: WordVectors(vocabulary.words, counts),
        KINDS[1]: WordVectors(vocabulary.words, weights),
        KINDS[2]: svd_vectors(vocabulary.words, weights, dimensions),
    }
    return {kind: table.neighbours(word, n) for kind, table in vectors.items()}


def neighbour_explorer(
    texts: Sequence[Sequence[str]],
    vocabulary: Vocabulary,
    word: str,
    window: int = 2,
    dimensions: int = 50,
) -> VBox:
    """A box to type a word in, with a slider for the window and a choice of weightings."""
    import ipywidgets as widgets

    asked = widgets.Text(word, description="word", continuous_update=False)
    size = widgets.IntSlider(window, 1, 10, description="window", continuous_update=False)
    kind = widgets.Dropdown(options=list(WEIGHTINGS), description="weighting")
    shown = widgets.HTML()

    @lru_cache(maxsize=32)
    def found(word: str, window: int, weighting: str) -> dict[str, Ranked]:
        return neighbour_lists(texts, vocabulary, word, window, weighting, dimensions)

    def look(_: object = None) -> None:
        try:
            shown.value = _table(found(asked.value.strip(), size.value, kind.value))
        except LabError as error:
            shown.value = html.escape(str(error))

    for control in (asked, size, kind):
        control.observe(look, names="value")
    look()
    return widgets.VBox([widgets.HBox([asked, size, kind]), shown])


def _table(lists: dict[str, Ranked]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in lists)
    rows = [
        "".join(f"<td>{html.escape(word)} {cosine:.2f}</td>" for word, cosine in row)
        for row in zip(*lists.values(), strict=False)
    ]
    return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
