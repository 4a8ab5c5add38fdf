"""Pictures of tokens: names that can be read, boxes for every token, bad input named."""

import doctest

import numpy as np
import pytest

from gptlab.errors import LabError
from gptlab.figures import token_pictures
from gptlab.figures.merges_widget import LONGEST, merges_widget
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


def test_number_map_draws_every_cell():
    figure = number_map(np.array([[1, 2], [3, 0]]))
    drawn = np.ma.filled(figure.axes[0].images[0].get_array(), -1)
    assert drawn[0].tolist() == [1, 2]
    assert drawn[1, 0] == 3


def test_the_widget_takes_a_short_text_and_no_other():
    assert "&lt;b&gt;" in merges_widget("<b>").html
    assert "<script" not in merges_widget("</textarea><script>").html.split("<script>")[0]
    assert "one at a time" in repr(merges_widget("abc"))
    for text in ("", "x" * (LONGEST + 1)):
        with pytest.raises(LabError, match=f"{len(text)} characters; give 1 to {LONGEST}"):
            merges_widget(text)
