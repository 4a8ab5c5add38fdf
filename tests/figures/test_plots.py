"""Curves, heat maps, maps of words, bars: what they draw, none of it cut off, all readable."""

from __future__ import annotations

import math
import warnings

import matplotlib as mpl
import numpy as np
import pytest

from gptlab.errors import LabError
from gptlab.figures import style
from gptlab.figures.plots import bars, heat_map, smooth, training_curve, word_map
from gptlab.training.trainer import Step


@pytest.fixture(autouse=True)
def no_window(monkeypatch):
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with mpl.rc_context():
        yield
    plt.close("all")


def history(losses, held_out=()):
    steps = [Step(i + 1, loss, 1e-3, 1.0, 0.5 * (i + 1)) for i, loss in enumerate(losses)]
    for step, value in held_out:
        steps[step - 1].extra["held_out"] = value
    return steps


def falling(n: int, start: float = 7.0, end: float = 3.0) -> list[float]:
    draw = np.random.default_rng(0)
    return [end + (start - end) * math.exp(-12 * i / n) + 0.05 * draw.normal() for i in range(n)]


def lines(figure):
    (axes,) = figure.axes
    return axes, {line.get_label(): line for line in axes.lines}


def test_smoothing_forgets_and_has_no_bias_at_its_start():
    assert smooth([4.0]).tolist() == pytest.approx([4.0])
    assert smooth([3.0] * 50).tolist() == pytest.approx([3.0] * 50)
    two = smooth([1.0, 3.0], memory=0.5)
    assert two.tolist() == pytest.approx([1.0, (0.5 * 0.5 * 1 + 0.5 * 3) / 0.75])
    assert smooth([0.0] * 200 + [1.0] * 200)[-1] == pytest.approx(1, abs=1e-3)
    assert len(smooth([])) == 0


def test_the_curve_shows_each_step_their_mean_and_the_held_out_text():
    losses = falling(200)
    figure = training_curve(history(losses, [(100, 4.5), (200, 4.1)]), title="a run")
    axes, drawn = lines(figure)
    thin = axes.lines[0]
    assert thin.get_ydata() == pytest.approx(np.array(losses))
    assert thin.get_xdata() == pytest.approx(0.5 * np.arange(1, 201))
    assert drawn["training"].get_ydata() == pytest.approx(smooth(losses))
    assert drawn["held out"].get_xydata().tolist() == [[50.0, 4.5], [100.0, 4.1]]
    assert drawn["training"].get_color() == style.COLOURS["train"]
    assert drawn["held out"].get_color() == style.COLOURS["held out"]
    # Colour never speaks alone.
    assert drawn["training"].get_linestyle() != drawn["held out"].get_linestyle()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["training", "held out"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("seconds of training", "nats per token")
    assert axes.get_title() == "a run"


def test_losses_become_bits_and_held_out_bits_stay():
    figure = training_curve(history([4.0, 2.0], [(2, 1.5)]), bits_per_nat=0.5)
    axes, drawn = lines(figure)
    assert axes.lines[0].get_ydata().tolist() == [2.0, 1.0]
    assert drawn["held out"].get_ydata().tolist() == [1.5]
    assert axes.get_ylabel() == "bits per byte"


@pytest.mark.parametrize(
    ("losses", "held_out"),
    [
        (falling(300), [(100, 4.5), (200, 4.2), (300, 4.0)]),
        # Learned by heart: the loss goes to nothing while the held-out text gets harder.
        (falling(300, 7.0, 0.02), [(100, 3.0), (200, 6.0), (300, 9.0)]),
        # The held-out text is the easier one.
        (falling(300), [(100, 1.5), (300, 0.7)]),
        (falling(300), []),
        ([2.5] * 50, []),
        ([2.5] * 50, [(50, 2.5)]),
        (falling(300, 3.0, 7.0), [(300, 7.0)]),  # it diverges
        (falling(5), [(5, 4.0)]),
        ([3.0], []),
    ],
)
def test_nothing_but_the_first_fall_leaves_the_picture(losses, held_out):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = training_curve(history(losses, held_out))
        figure.canvas.draw()
    low, high = figure.axes[0].get_ylim()
    assert low < high
    seen = [value for _, value in held_out]
    first = len(losses) // 20 if len(losses) > 20 else 0
    for value in [*smooth(losses)[first:], *seen]:
        assert low <= value <= high
    assert low <= min(losses)


def test_the_first_fall_does_not_press_the_rest_flat():
    losses = [100.0] * 3 + falling(400, 4.0, 3.0)
    low, high = training_curve(history(losses)).axes[0].get_ylim()
    assert high - low < 50


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_it_can_be_saved(tmp_path, ending):
    figure = training_curve(history(falling(60), [(60, 3.5)]))
    path = style.save_figure(figure, tmp_path / f"curve.{ending}")
    assert path.stat().st_size > 5_000
    if ending == "svg":
        text = path.read_text(encoding="utf-8")
        for word in ("training", "held out", "seconds of training", "nats per token"):
            assert word in text


def test_nothing_to_draw_is_said():
    with pytest.raises(LabError, match="the history is empty; train first"):
        training_curve([])


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_a_heat_map_names_its_rows_and_writes_its_numbers():
    figure = heat_map([[0.0, 1.0, np.nan], [0.25, 0.5, 0.75]], ["a", "b"], ["x", "y", "z"], "share")
    axes = figure.axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["a", "b"]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["x", "y", "z"]
    assert texts(figure) == ["0.00", "1.00", "0.25", "0.50", "0.75"]
    assert figure.axes[1].get_ylabel() == "share"
    dark, light = axes.texts[0].get_color(), axes.texts[1].get_color()
    assert (dark, light) == ("white", "black"), "a number must stand out from its cell"


def test_a_large_heat_map_writes_no_numbers():
    names = [str(i) for i in range(20)]
    assert texts(heat_map(np.eye(20), names, names)) == []
    assert texts(heat_map([[1.0]], ["a"], ["b"], digits=None)) == []


def test_words_stand_by_their_points_and_cover_no_other():
    draw = np.random.default_rng(0).normal(size=(30, 2))
    words = [f"word{i}" for i in range(30)]
    figure = word_map(draw, words, ["left" if x < 0 else "right" for x in draw[:, 0]])
    axes = figure.axes[0]
    assert texts(figure) == words
    boxes = [note.get_window_extent() for note in axes.texts]
    covered = sum(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert covered <= 2, "names cover each other"
    for note, point in zip(axes.texts, draw, strict=True):
        assert note.xy == pytest.approx(point)
    assert [t.get_text() for t in axes.get_legend().get_texts()] == list(
        dict.fromkeys("left" if x < 0 else "right" for x in draw[:, 0])
    )


def test_bars_show_their_values():
    figure = bars(["first", "second"], [0.5, 2.25], "bits")
    assert texts(figure) == ["0.50", "2.25"]
    assert figure.axes[0].get_xlabel() == "bits"
    low, high = figure.axes[0].get_ylim()
    assert low > high, "the first bar stands on top"


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (lambda: heat_map([[1.0, 2.0]], ["a", "b"], ["x"]), r"shape \(1, 2\).*\(2, 1\)"),
        (lambda: heat_map([], [], []), "one name for each row"),
        (lambda: word_map([[0.0, 1.0]], ["a", "b"]), r"expected \(2, 2\)"),
        (lambda: word_map([[0.0, np.nan]], ["a"]), "not finite"),
        (lambda: word_map([[0.0, 1.0]], ["a"], ["x", "y"]), "2 groups for 1 words"),
        (lambda: bars([], [], "bits"), "not none"),
        (lambda: bars(["a"], [1.0, 2.0], "bits"), "1 names for 2 values"),
    ],
)
def test_pictures_of_nothing_are_refused(draw, told):
    with pytest.raises(LabError, match=told):
        draw()
