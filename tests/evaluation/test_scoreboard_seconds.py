"""The board against time: every name readable, every row told in words."""

import itertools
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from matplotlib.text import Annotation, Text

from gptlab.errors import LabError
from gptlab.evaluation import scoreboard
from gptlab.evaluation.scoreboard_seconds import plot_seconds, seconds_alt_text

COMMITTED = Path(__file__).resolve().parents[2] / "book" / "scoreboard.json"
ROW = {
    "board": "language models",
    "data": "wikipedia",
    "metric": "bits per byte",
    "chapter": 2,
    "value": 8.0,
    "band": [0.0, 9.0],
    "profile": "cpu",
    "device": "cpu (some processor)",
    "seconds": 0.0,
    "parameters": 0,
    "seed": None,
    "date": "2026-01-31",
    "command": "python",
}


@pytest.fixture
def board(tmp_path, monkeypatch):
    monkeypatch.setenv("GPTLAB_SCOREBOARD", str(tmp_path / "board.json"))


@pytest.fixture
def committed(monkeypatch):
    monkeypatch.setenv("GPTLAB_SCOREBOARD", str(COMMITTED))


def record(model, **changes):
    scoreboard.record({**ROW, "model": model, **changes})


def labels(figure):
    return [child for child in figure.axes[0].get_children() if isinstance(child, Annotation)]


def overlaps(figure):
    figure.canvas.draw()
    boxes = [(label.get_text(), Text.get_window_extent(label)) for label in labels(figure)]
    frame = figure.bbox
    outside = [text for text, box in boxes if box.x0 < frame.x0 or box.x1 > frame.x1]
    pairs = [
        a[0] + " / " + b[0] for a, b in itertools.combinations(boxes, 2) if a[1].overlaps(b[1])
    ]
    plt.close(figure)
    return outside + pairs


@pytest.mark.parametrize(
    ("data", "metric"), [("wikipedia", "bits per byte"), ("toy_english", "bits per word")]
)
def test_names_on_the_committed_board_do_not_touch(committed, data, metric):
    figure = plot_seconds("language models", data, metric)
    texts = {label.get_text() for label in labels(figure)}
    rows = scoreboard.chosen("language models", data, metric)
    for row in rows:
        if row["parameters"]:
            assert row["model"] + " (GPU)" * (row["profile"] == "gpu") in texts
    assert overlaps(figure) == []


def test_a_crowd_of_models_is_still_readable(board):
    for n in range(12):
        record(f"a model with a name, {n}", value=2.0 + 0.05 * n, seconds=3.0 + n, parameters=9)
    assert overlaps(plot_seconds("language models")) == []


def test_what_is_drawn_and_what_is_told(board):
    record("uniform")
    record("counting", value=2.5, seconds=0.001, parameters=100)
    record("GPT", chapter=17, value=1.9, seconds=2500.0, parameters=10**6)
    record("GPT", chapter=17, value=1.5, seconds=60.0, parameters=10**8, profile="gpu")
    record("the truth", value=1.2)
    words = seconds_alt_text("language models")
    assert "counting: under 0.01 s, 2.50; GPT (GPU): 60 s, 1.50; GPT: 2,500 s, 1.90" in words
    assert "dotted line at 1.20: the truth" in words
    assert "uniform" not in words
    figure = plot_seconds("language models")
    drawn = sorted(label.get_text() for label in labels(figure))
    assert drawn == ["GPT", "GPT (GPU)", "counting", "the truth"]
    assert "diamonds" in figure.axes[0].get_xlabel()
    low, high = figure.axes[0].get_xlim()
    assert low < 0.01
    assert high > 2500
    plt.close(figure)


def test_one_row_and_none(board):
    with pytest.raises(LabError, match="has no row"):
        plot_seconds("language models")
    record("uniform")
    with pytest.raises(LabError, match="no row of the board 'language models' was trained"):
        plot_seconds("language models")
    record("counting", value=2.5, seconds=2.0, parameters=100)
    assert overlaps(plot_seconds("language models")) == []
