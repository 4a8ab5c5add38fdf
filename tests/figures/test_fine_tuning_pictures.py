"""The drawings of chapter 19 tell in words what they show, and refuse what does not pair."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gptlab.errors import LabError
from gptlab.figures import fine_tuning_pictures as pictures
from gptlab.figures.style import figure_html


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def rows():
    return [
        {"name": name, "labels": size, "seed": seed, "accuracy": 0.5 + 0.1 * place + 0.01 * seed}
        for place, size in enumerate((16, 64))
        for name in ("pretrained", "from scratch")
        for seed in range(3)
    ]


RANKS = [{"rank": r, "trained": 100 * r, "right": 0.1 * r, "half": 0.02} for r in (1, 2, 4)]
DRAWN = {
    "mask": (
        lambda: pictures.mask_strip(
            ["<|user|>", "hi", "yes", "<|end|>"], [False, False, True, True]
        ),
        "Only the last 2 targets count: yes <|end|>",
    ),
    "shares": (
        lambda: pictures.shares_by_group({"old": {"a": 0.25, "b": 1.0}, "new": {"a": 0, "b": 0.5}}),
        "old: a 0.25, b 1.00; new: a 0.00, b 0.50",
    ),
    "labels": (
        lambda: pictures.few_labels(rows(), {"prompt": 0.72}, 0.25),
        "pretrained from 0.51 with 16 to 0.61 with 64",
    ),
    "lora": (lambda: pictures.lora_drawing(48, 144, 8), "B and A have 1,536 numbers together"),
    "spectrum": (
        lambda: pictures.singular_values({"flat": np.ones(4), "steep": [9.0, 0, 0, 0]}, 2),
        "flat: the first 2 hold 50% of the squares; steep: the first 2 hold 100%",
    ),
    "ranks": (
        lambda: pictures.rank_sweep(RANKS, {"trained": 1e4, "right": 0.6, "half": 0.1}),
        "rank 1 0.10, rank 2 0.20, rank 4 0.40. All 10,000 weights: 0.60",
    ),
    "loss": (lambda: pictures.preference_loss_curve(0.0), "at m = 0.00 the loss is 0.693"),
    "margins": (
        lambda: pictures.margin_histograms([1.0, 3.0], [-1.0, 1.0]),
        "Training pairs: mean 2.00, 100% above zero. Held-out pairs: mean 0.00, 50% above zero",
    ),
    "forgetting": (
        lambda: pictures.forgetting([{"name": "all", "right": 0.5, "bits": 6.0}], 4.2, 3.8),
        "all: 0.50 right, 6.00 bits. Before tuning: 4.20 bits",
    ),
}


@pytest.mark.parametrize("name", DRAWN)
def test_each_picture_tells_its_numbers(name):
    draw, told = DRAWN[name]
    figure, alt = draw()
    assert told in alt
    assert figure_html(figure, alt)


def test_what_does_not_pair_is_refused():
    with pytest.raises(LabError, match="1 truth values for 3 tokens"):
        pictures.mask_strip(["a", "b", "c"], [True])
