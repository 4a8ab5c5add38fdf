"""In Lab: type a sentence, choose a unit, see what an LSTM does with its memory at each word."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gptlab.errors import LabError
from gptlab.figures import style

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure


def gate_reader(
    watch: Callable[[list[str], int], tuple[Figure, str]], words: str, unit: int, n_units: int
) -> VBox:
    """A line of text and a slider over the units; below them what `watch(words, unit)` draws.

    `watch` returns a figure and its words, and raises LabError for a word that it does not know:
    the message then stands in the picture's place. Needs a kernel. Raises LabError for a unit that
    is not among 0 … n_units − 1.
    """
    import ipywidgets as widgets
    import matplotlib.pyplot as plt

    if not 0 <= unit < n_units:
        raise LabError(f"unit is {unit}; give one of 0 … {n_units - 1}")
    text = widgets.Text(words, description="sentence", layout=widgets.Layout(width="95%"))
    number = widgets.IntSlider(unit, 0, n_units - 1, description="unit")
    picture = widgets.HTML()

    def draw(_: Any = None) -> None:
        try:
            figure, alt = watch(text.value.split(), number.value)
        except LabError as error:
            picture.value = f"<p>{error}</p>"
            return
        picture.value = style.figure_html(figure, alt)
        plt.close(figure)

    text.observe(draw, "value")
    number.observe(draw, "value")
    draw()
    return widgets.VBox([text, number, picture])
