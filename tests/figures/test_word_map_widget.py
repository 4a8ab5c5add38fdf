"""The map of words and the explorer: what they hold. That the map answers is a browser's test."""

import html
import json
import re

import numpy as np
import pytest

from gptlab.embeddings.vectors import WordVectors
from gptlab.errors import LabError
from gptlab.figures.neighbour_explorer import KINDS, neighbour_explorer, neighbour_lists
from gptlab.figures.word_map_widget import HEIGHT, WIDTH, word_map_widget
from gptlab.text.words import Vocabulary

WORDS = ("cat", "dog", "<car>", "bus")
VECTORS = WordVectors(WORDS, np.array([[1.0, 0, 1], [1, 0.1, 1], [0, 1, -1], [0, 1, -0.5]]))
TEXTS = [line.split() for line in ["the cat eats", "the dog eats", "a car stops", "a bus stops"]]


def data_of(output):
    found = re.search(r'data-word-map="([^"]*)"', output.html)
    return json.loads(html.unescape(found[1]))


def test_the_map_holds_every_word_with_its_neighbours():
    output = word_map_widget(VECTORS, VECTORS.matrix[:, :2], WORDS, "aabb", n=2, start="dog")
    data = data_of(output)
    assert data["start"] == 1
    assert [each["word"] for each in data["words"]] == list(WORDS)
    assert [each["group"] for each in data["words"]] == list("aabb")
    assert data["words"][0]["near"][0] == [1, round(VECTORS.similarity("cat", "dog"), 2)]
    assert all(0 < each["x"] < WIDTH and 0 < each["y"] < HEIGHT for each in data["words"])
    assert "<car>" not in output.html
    assert "4 words" in repr(output)


def test_words_on_one_spot_and_more_neighbours_than_words():
    data = data_of(word_map_widget(VECTORS, np.zeros((4, 2)), WORDS, n=9))
    assert len(data["words"][0]["near"]) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": np.zeros((3, 2))}, r"4 words and points of shape \(3, 2\)"),
        ({"points": np.full((4, 2), np.nan)}, "not finite"),
        ({"words": ("cat",), "points": np.zeros((1, 2))}, "1 words"),
        ({"groups": ["a"]}, "1 groups for 4 words"),
        ({"start": "bike"}, "start='bike' is not among"),
        ({"words": ("cat", "dog", "bus", "tram")}, "'tram' is not among"),
    ],
)
def test_what_is_no_map_is_refused(change, message):
    settings = {"points": np.zeros((4, 2)), "words": WORDS} | change
    with pytest.raises(LabError, match=message):
        word_map_widget(VECTORS, **settings)


def test_the_explorer_counts_with_the_reader():
    vocabulary = Vocabulary.build(TEXTS)
    lists = neighbour_lists(TEXTS, vocabulary, "cat", 2, "flat", dimensions=2)
    assert list(lists) == list(KINDS)
    assert all(dict(near)["dog"] == pytest.approx(1) for near in lists.values())
    box = neighbour_explorer(TEXTS, vocabulary, "cat", dimensions=4)
    (asked, window, weighting), shown = box.children[0].children, box.children[1]
    assert "dog 1.00" in shown.value
    asked.value = "car"
    window.value, weighting.value = 1, "harmonic"
    assert "bus" in shown.value
    asked.value = "<b>"
    assert "&#x27;&lt;b&gt;&#x27; is not among" in shown.value
