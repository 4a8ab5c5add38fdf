"""Chapter 16's pictures: their words come from the numbers that are drawn."""

from __future__ import annotations

import datetime
from pathlib import Path

import matplotlib as mpl
import pytest

from gptlab.errors import LabError
from gptlab.figures import gpt_pictures, lens_pictures
from gptlab.figures.architecture_explorer import PARTS, architecture_explorer
from gptlab.models.gpt import GPTConfig
from gptlab.models.gpt_family import FAMILY
from gptlab.models.gpt_stages import data_path

SMALL = GPTConfig(50, context_length=16, d_model=24, n_heads=4, n_layers=3)


@pytest.fixture(autouse=True)
def no_window():
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with mpl.rc_context():
        yield
    plt.close("all")


def written(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_the_drawing_names_the_sizes_of_its_config():
    figure, alt = gpt_pictures.block_diagram(SMALL)
    assert {"× 3 blocks", "attention, 4 heads", "perceptron, 96 wide"} <= set(written(figure))
    assert "repeated 3 times" in alt
    assert "50 by 24" in alt


def test_widths_are_those_of_the_stages():
    stages = data_path(FAMILY["GPT-3 175B"].config)
    figure, alt = gpt_pictures.widths_on_the_way(stages)
    assert [bar.get_width() for bar in figure.axes[0].patches] == [s.numbers for s in stages]
    assert "96 × 2,048 × 2,048" in written(figure)
    assert "longest bar is that of attention weights, with 402,653,184 numbers" in alt
    with pytest.raises(LabError, match="no stages"):
        gpt_pictures.widths_on_the_way([])


def test_shares_of_the_parts_fill_the_bar():
    figure, alt = gpt_pictures.parameter_shares({"small": FAMILY["GPT-2 small"].config})
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert 99.9 < sum(widths) < 100  # the norms are too few to be seen
    assert "small: embedding 31 %, attention 23 %, perceptrons 46 %" in alt
    with pytest.raises(LabError, match="no model to draw"):
        gpt_pictures.parameter_shares({})


def test_memory_is_told_in_gigabytes():
    figure, alt = gpt_pictures.memory_bars({"toy": (16 * 10**9, 2 * 10**9, 5 * 10**8)}, 80 * 10**9)
    assert {"16", "2.00", "0.50"} <= set(written(figure))
    assert "toy 16.0 GB to train, 2.0 GB of weights to write, and 0.50 GB for one text" in alt
    for rows in ({}, {"toy": (1, 0, 1)}):
        with pytest.raises(LabError, match="at least one row"):
            gpt_pictures.memory_bars(rows, 1)


def test_the_timeline_tells_every_model_with_its_month():
    figure, alt = gpt_pictures.timeline()
    assert len(written(figure)) == len(gpt_pictures.MILESTONES)
    assert "GPT-2 XL, February 2019, 1.56 billion" in alt
    assert "GPT-4, March 2023, size not told" in alt
    dates = [m.date for m in gpt_pictures.MILESTONES]
    assert dates == sorted(dates)
    assert dates[0] >= datetime.date(2017, 6, 12)
    with pytest.raises(LabError, match="1 models make no line"):
        gpt_pictures.timeline(gpt_pictures.MILESTONES[:1])


def test_every_date_and_size_on_the_timeline_has_a_source_in_the_bibliography():
    entries = (Path(__file__).resolve().parents[2] / "book/references.bib").read_text("utf-8")
    for milestone in gpt_pictures.MILESTONES:
        assert f"{{{milestone.source}," in entries, milestone.name


@pytest.mark.parametrize("name", ["GPT-2 XL", "GPT-3 175B"])
def test_the_timelines_sizes_are_those_of_the_family(name):
    (found,) = (m for m in gpt_pictures.MILESTONES if m.name == name)
    assert found.parameters == pytest.approx(FAMILY[name].parameters, rel=1e-3)


def test_lengths_losses_and_lens_tell_their_numbers():
    names = ["embeddings", "attention 1", "perceptron 1"]
    figure, alt = lens_pictures.stream_lengths(names, [1.0, 2.0, 5.0], [1.0, 1.5, 4.0])
    assert figure.axes[0].lines[0].get_ydata().tolist() == [1.0, 2.0, 5.0]
    assert "attention 1: wrote 1.5, stream 2.0" in alt
    _, alt = lens_pictures.losses_on_the_way(names, [9.0, 6.0, 4.2], floor=3.75)
    assert "embeddings 9.0, attention 1 6.0, perceptron 1 4.2; a dotted line marks the floor" in alt
    assert "The first 2 of 2 writes after the embeddings bring nine tenths of the fall" in alt
    guesses = [["a", "b"], ["c", "d"], ["e", "f"]]
    figure, alt = lens_pictures.lens_grid(names, ["x", "y"], guesses, [[0.1, 0.2]] * 3)
    assert written(figure) == ["e", "f", "c", "d", "a", "b"]  # the last stage stands on top
    assert "At the foot: a b. On top: e f." in alt


def test_numbers_that_do_not_pair_are_refused():
    with pytest.raises(LabError, match="1 names, lengths of shape"):
        lens_pictures.stream_lengths(["a"], [1.0, 2.0], [1.0, 2.0])
    with pytest.raises(LabError, match=r"1 names for figures of shape \(2,\)"):
        lens_pictures.losses_on_the_way(["a"], [1.0, 2.0], 0.0)
    for guesses, values in (([["a"]], [[0.1, 0.2]]), ([["a", "b"]], [[0.1]])):
        with pytest.raises(LabError, match="one guess for each"):
            lens_pictures.lens_grid(["a"], ["x", "y"], guesses, values)


def test_the_explorer_knows_every_stage_and_refuses_no_size_and_too_many():
    assert list(PARTS) == [stage.key for stage in data_path(SMALL)]
    page = architecture_explorer({"yours": SMALL, "<GPT-3>": FAMILY["GPT-3 175B"].config}).html
    assert page.count('role="tab"') == page.count('role="tabpanel"') == 14
    assert "2,048 × 12,288" in page
    assert "<GPT-3>" not in page
    for sizes in ({}, dict.fromkeys("abcde", SMALL)):
        with pytest.raises(LabError, match=rf"{len(sizes)} sizes do not fit"):
            architecture_explorer(sizes)
