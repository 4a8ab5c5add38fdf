"""In Lab: a slider for the order of an n-gram model, and the text that the model of it writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gptlab.errors import LabError

if TYPE_CHECKING:
    import numpy as np
    from ipywidgets import VBox

    from gptlab.classic.ngrams import NgramModel


def sampling_slider(
    models: Mapping[int, NgramModel], decode: Callable[[np.ndarray], str], length: int = 160
) -> VBox:
    """A slider over the orders of `models`, a number for the seed, and `length` symbols of text.

    `decode` turns sampled ids into text. Needs a kernel. Raises LabError without models and for a
    length below 1.
    """
    import ipywidgets as widgets

    if not models or length < 1:
        raise LabError(f"give at least one model and a length of 1 or more, not {length}")
    order = widgets.SelectionSlider(options=sorted(models), description="order")
    seed = widgets.BoundedIntText(value=1, min=0, max=10_000, description="seed")
    text = widgets.Textarea(
        disabled=True, rows=4, layout=widgets.Layout(width="95%"), description="text"
    )

    def write(_: Any = None) -> None:
        text.value = decode(models[order.value].sample(length, seed=seed.value))

    order.observe(write, "value")
    seed.observe(write, "value")
    write()
    return widgets.VBox([order, seed, text])
