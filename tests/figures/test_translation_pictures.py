"""Pictures of translation: what is drawn is what was given; the box answers."""

import pytest

from gptlab.classic.decoding import NoisyChannel
from gptlab.errors import LabError
from gptlab.evaluation.translation import score
from gptlab.figures import translation_pictures as pictures

TINY = [("the house", "das Haus"), ("the book", "das Buch"), ("a book", "ein Buch")]
TINY = [(s.split(), t.split()) for s, t in TINY]


def test_each_link_is_a_line():
    figure = pictures.joined_words(["he", "sings"], [",", "er", "singt"], [None, 0, 1], ("E", "D"))
    (axes,) = figure.axes
    assert len(axes.lines) == 3
    assert [t.get_text() for t in axes.texts] == ["he", "sings", ",", "er", "singt", "E", "D"]
    figure.canvas.draw()
    assert pictures.crossings([2, None, 1, 0]) == 3
    with pytest.raises(LabError, match="1 links for 2 words"):
        pictures.joined_words(["a"], ["b", "c"], [0])
    with pytest.raises(LabError, match="past the 1 words"):
        pictures.joined_words(["a"], ["b"], [1])


def test_the_channel_is_drawn():
    figure = pictures.noisy_channel_diagram()
    figure.canvas.draw()
    assert any("P(g)" in t.get_text() for t in figure.axes[0].texts)


def test_tables_side_by_side_and_orders_ranked():
    figure = pictures.tables_over_time({"a": [[0.25, 0.75]], "b": [[0, 1]]}, ["x"], ["y", "z"])
    assert [t.get_text() for axes in figure.axes for t in axes.texts] == [
        "0.25", "0.75", "0.00", "1.00",
    ]  # fmt: skip
    figure.canvas.draw()
    with pytest.raises(LabError, match="2 rows and 1 columns"):
        pictures.tables_over_time({"a": [[1.0]]}, ["x", "y"], ["z"])
    figure = pictures.ranked_orders([-3.0, -1.0, -2.0], -2.0)
    assert list(figure.axes[0].lines[0].get_ydata()) == [-1, -2, -3]
    assert list(figure.axes[0].lines[1].get_xdata()) == [2]
    with pytest.raises(LabError, match="not among the 2 numbers"):
        pictures.ranked_orders([1.0, 2.0], 3.0)


def test_stacks_show_how_the_winner_begins():
    model = NoisyChannel.train(TINY)
    figure, alt = pictures.decoding_stacks(model, ["the", "book"], shown=2)
    figure.canvas.draw()
    texts = [t.get_text() for t in figure.axes[0].texts]
    assert texts[0] == "1: the"
    assert "2: book" in texts
    marked = [text for text in texts if text.startswith("▸")]
    assert marked[-1] == "▸ das Buch"
    assert len(marked) == 2
    assert alt.endswith("Marked are those with which das Buch begins.")
    with pytest.raises(LabError, match="at least one word"):
        pictures.decoding_stacks(model, [])


def test_phenomena_are_drawn_and_told_best_first():
    labels = [{"long"}, {"dative", "long"}, {"dative"}]
    scores = {
        "one": score(["a", "x", "c"], ["a", "b", "c"], labels),
        "two": score(["a", "b", "x"], ["a", "b", "c"], labels),
    }
    figure = pictures.phenomena_picture(scores)
    (axes,) = figure.axes
    assert [t.get_text() for t in axes.get_yticklabels()] == ["long (2)", "dative (2)"]
    assert [list(line.get_xdata()) for line in axes.lines] == [[50, 50], [100, 50]]
    told = pictures.phenomena_alt(scores)
    assert "for one, two in this order: long 50, 100; dative 50, 50." in told
    with pytest.raises(LabError, match="nothing to draw"):
        pictures.phenomena_picture({})
    with pytest.raises(LabError, match="no phenomenon has 9"):
        pictures.phenomena_alt(scores, 9)
    other = score(["a"], ["a"], [{"long"}])
    with pytest.raises(LabError, match="different sentences"):
        pictures.phenomena_picture({**scores, "three": other})


def test_the_box_translates_and_tells_what_it_cannot():
    model = NoisyChannel.train(TINY, order=2)
    box = pictures.translation_box(model.translate, model.channel, "the book")
    typed, shown = box.children
    assert "<b>das Buch</b>" in shown.value
    typed.value = "a <i>"
    assert "&lt;i&gt;" in shown.value
    typed.value = " "
    assert "at least one word" in shown.value
