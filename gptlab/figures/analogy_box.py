"""For Lab: a is to b as c is to what? With 3CosAdd or 3CosMul, and the question words let in.

An ipywidget: it looks through all vectors when a word changes, so it needs the kernel.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import numpy as np

from gptlab.embeddings.vectors import Ranked, WordVectors, analogy_scores
from gptlab.errors import LabError

if TYPE_CHECKING:
    from ipywidgets import VBox


def analogy_answers(
    vectors: WordVectors,
    a: str,
    b: str,
    c: str,
    n: int = 5,
    method: str = "add",
    exclude: bool = True,
) -> Ranked:
    """The best answers to "a is to b as c is to …"; `exclude=False` lets a, b and c be answers.

    Raises LabError as `WordVectors.analogy` does.
    """
    best = vectors.analogy(a, b, c, n, method)  # also complains about unknown words
    if exclude:
        return best
    cosines = vectors.cosines(vectors.ids([a, b, c]))
    scores = analogy_scores(cosines[0], cosines[1], cosines[2], method)
    own = [(word, float(scores[vectors.id(word)])) for word in dict.fromkeys([a, b, c])]
    return sorted(own + best, key=lambda each: -each[1])[:n]


def analogy_box(vectors: WordVectors, a: str, b: str, c: str) -> VBox:
    """Three boxes for words, a choice of method, and a tick for leaving the question words out."""
    import ipywidgets as widgets

    asked = [
        widgets.Text(word, description=name, continuous_update=False)
        for word, name in ((a, "a"), (b, "is to b"), (c, "as c"))
    ]
    method = widgets.Dropdown(options=[("3CosAdd", "add"), ("3CosMul", "mul")], description="by")
    exclude = widgets.Checkbox(True, description="leave the question's words out")
    shown = widgets.HTML()

    def look(_: object = None) -> None:
        one, two, three = (box.value.strip().lower() for box in asked)
        try:
            settings = {"method": method.value, "exclude": exclude.value}
            best = analogy_answers(vectors, one, two, three, **settings)
            rows = "".join(f"<li>{html.escape(w)} {float(np.round(s, 2))}</li>" for w, s in best)
            shown.value = f"<ol>{rows}</ol>"
        except LabError as error:
            shown.value = html.escape(str(error))

    for control in (*asked, method, exclude):
        control.observe(look, names="value")
    look()
    return widgets.VBox([widgets.HBox(asked), widgets.HBox([method, exclude]), shown])
