"""Pictures of chapter 11: their words tell what the numbers say; the viewer refuses odd weights."""

from collections import namedtuple

import matplotlib.pyplot as plt
import pytest

from gptlab.errors import LabError
from gptlab.figures import seq2seq_pictures as pictures
from gptlab.figures.alignment_viewer import LookedAt, alignment_viewer
from gptlab.figures.style import figure_html
from gptlab.figures.translation_pictures import phenomena_alt

LENGTHS = [
    {"words": [1, 5], "bleu": 90.0, "accuracy": 80.0, "sentences": 10},
    {"words": [22, 99], "bleu": 41.0, "accuracy": 3.0, "sentences": 10},
]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_the_two_networks_are_told_with_and_without_looking_back():
    figure, alt = pictures.two_networks(["he", "sleeps"], ["er", "schläft"])
    assert "reads he sleeps" in alt
    assert "given <begin> er and writes er schläft" in alt
    assert "line" not in alt
    assert "bridge" in figure_html(figure, alt)
    _, alt = pictures.two_networks(["he", "sleeps"], ["er", "schläft"], [0.25, 0.75])
    assert alt.endswith("the thickest, 0.75, comes from sleeps.")
    with pytest.raises(LabError, match=r"weights have shape \(1,\)"):
        pictures.two_networks(["he", "sleeps"], ["er"], [1.0])
    with pytest.raises(LabError, match="one side has no words"):
        pictures.two_networks([], ["er"])


def test_padding_is_counted():
    _, alt = pictures.batch_grids({"loose": [2, 4], "tight": [3, 3]})
    assert "loose: 2 rows up to 4 long, 25% padding; tight: 2 rows up to 3 long, 0%" in alt
    with pytest.raises(LabError, match="a batch without sentences"):
        pictures.batch_grids({"none": []})


def test_the_tree_tells_what_is_kept():
    levels = [[("a", 0.6, True), ("b", 0.4, True)], [("b c", 0.36, True), ("a d", 0.24, False)]]
    _, alt = pictures.beam_tree(levels)
    assert "after 1 words kept: a 0.6, b 0.4; after 2 words kept: b c 0.36." in alt
    with pytest.raises(LabError, match="nothing to draw"):
        pictures.beam_tree([])


def test_curves_and_maps_tell_their_ends():
    figure, alt = pictures.bleu_by_length({"plain": {"by_length": LENGTHS}})
    assert alt.endswith("from 1–5 to 22+ words: plain goes from 90 to 41.")
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == ["1–5", "22+"]
    _, alt = pictures.two_alignments(["he", "is"], ["er", "ist"], {"one": [[1, 0], [0.2, 0.8]]})
    assert alt.endswith("one, brightest in each row: er–he, ist–is.")
    with pytest.raises(LabError, match="the matrix has shape"):
        pictures.two_alignments(["he"], ["er"], {"one": [[1, 0]]})
    step = namedtuple("step", "loss")
    _, alt = pictures.losses_by_step({"plain": [step(3.0), step(2.0)]})
    assert "plain ends at 2.5" in alt
    _, alt = pictures.steps_in_a_row([5, 10], {"LSTM": [5, 10]})
    assert alt.endswith("words on each side. LSTM: 5 to 10.")
    with pytest.raises(LabError, match="give 2 numbers of steps"):
        pictures.steps_in_a_row([5, 10], {"LSTM": [5]})


def test_stored_figures_come_back_as_scores():
    found = {
        "bleu": 50.0, "chrf": 60.0, "accuracy": 10.0, "signature": "…",
        "phenomena": {"question": [1, 4]},
    }  # fmt: skip
    scores = pictures.stored_scores(found)
    assert scores.phenomena["question"].percent == 25
    assert "question 25" in phenomena_alt({"mine": scores})


def test_the_viewer_holds_words_as_text_and_refuses_odd_weights():
    shown = alignment_viewer([LookedAt(["<b>", "is"], ["er"], [[60, 40]])])
    assert "<b>" not in shown.html.split("<script>")[0]
    assert "1 translations" in shown.plain
    cases = [
        ([], "0 sentences; give 1 to 20"),
        ([LookedAt(["a"], ["b"], [[50, 50]])], r"shape \(1, 2\); expected .* = \(1, 1\)"),
        ([LookedAt(["a"], ["b"], [[101]])], "not percentages"),
        ([LookedAt(["a"], ["b"], [[float("nan")]])], "not percentages"),
        ([LookedAt(["a"] * 61, ["b"], [[0] * 61])], "61 words; 60 at most"),
    ]
    for sentences, message in cases:
        with pytest.raises(LabError, match=message):
            alignment_viewer(sentences)
