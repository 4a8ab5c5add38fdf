"""Pictures of tokens: names that can be read, boxes for every token, bad input named."""

import doctest

import numpy as np
import pytest

from gptlab.errors import LabError
from gptlab.figures import token_pictures
from gptlab.figures.merges_widget import LONGEST, merges_widget
from gptlab.figures.token_curves import (
    exam_curves,
    growth_curves,
    length_curve,
    two_measures,
)
from gptlab.figures.token_pictures import number_map, token_name, token_rows, tokens_html
from gptlab.text.tokenizers import ByteTokenizer


def test_names_of_tokens():
    assert doctest.testmod(token_pictures).failed == 0
    assert token_name(b"\n\t") == "⏎⇥"
    assert token_name("東".encode()[:2]) == "‹E6›‹9D›"


def test_each_row_has_a_box_for_each_token():
    figure = token_rows({"one": [b" a", b"b"], "two": [b"c"]})
    written = [text.get_text() for text in figure.axes[0].texts]
    assert written == ["one", "␣a", "b", "two", "c"]
    assert len(figure.axes[0].patches) == 6  # a ground and a frame each
    for nothing in ({}, {"one": []}):
        with pytest.raises(LabError, match="without tokens"):
            token_rows(nothing)


def test_html_holds_each_token_with_its_id_and_nothing_live():
    page = tokens_html(ByteTokenizer(), "<é")
    assert "&lt;" in page
    assert "‹C3›" in page
    assert "<small>195</small>" in page
    assert page.count("<small>") == 3


def test_number_map_draws_every_cell_and_says_the_shares():
    figure, told = number_map(np.array([[1, 2], [3, 3]]))
    assert figure.axes[0].images[0].get_array().tolist() == [[1, 2], [3, 3]]
    assert "25% have 1, 25% have 2, 50% have 3" in told
    with pytest.raises(LabError, match="a number has 0 tokens"):
        number_map(np.array([[1, 0]]))


def test_curves_say_the_numbers_that_they_draw():
    figure, told = growth_curves([10, 100], [5, 30], (1.0, 0.7), [0.5, 0.25])
    assert figure.axes[0].lines[0].get_ydata().tolist() == [5, 30]
    assert "climb to 30" in told
    assert "from 50% to 25%" in told
    _, told = length_curve({512: 80, 1024: 60}, 200, (5000, 40), 0.1)
    assert "200 bytes at 256, then an even fall to 60 tokens at 1,024" in told
    _, told = two_measures({512: 18.0, 1024: 34.0}, {512: 2.01, 1024: 2.02})
    assert "from 18 to 34" in told
    assert "2.01 to 2.02" in told
    figure, told = exam_curves([3, 30], {"bytes": [0.9, 1.0], "tokens": [0.1, 0.5]}, 0.4)
    assert [line.get_label() for line in figure.axes[0].lines][:2] == ["bytes", "tokens"]
    assert "bytes: from 90% to 100%; tokens: from 10% to 50%; a dotted line at 40%" in told


def test_the_widget_takes_a_short_text_and_no_other():
    assert "&lt;b&gt;" in merges_widget("<b>").html
    assert "<script" not in merges_widget("</textarea><script>").html.split("<script>")[0]
    assert "one at a time" in repr(merges_widget("abc"))
    for text in ("", "x" * (LONGEST + 1)):
        with pytest.raises(LabError, match=f"{len(text)} characters; give 1 to {LONGEST}"):
            merges_widget(text)
