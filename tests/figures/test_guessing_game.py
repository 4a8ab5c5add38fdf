"""The guessing game's data and page, and the slider in Lab; the game is played in tests/browser."""

import html
import json
import re

import pytest

from gptlab.classic.ngrams import NgramModel
from gptlab.classic.shannon import as_letters, guess_ranks, letter_ids
from gptlab.errors import LabError
from gptlab.figures.guessing_game import game_data, guessing_game
from gptlab.figures.sampling_slider import sampling_slider


@pytest.fixture(scope="module")
def model():
    return NgramModel.train([letter_ids("the cat sat on the mat and the rat ate the cat")], 3, 27)


def test_the_page_holds_what_the_model_says(model):
    page = guessing_game(["The cat, the mat!", "a rat"], model)
    data = json.loads(html.unescape(re.search(r'data-guessing="([^"]*)"', page.html)[1]))
    assert data == game_data(["The cat, the mat!", "a rat"], model)
    assert data[0]["text"] == "the cat the mat"
    ids = letter_ids("the cat the mat")
    assert data[0]["ranks"] == guess_ranks(model, ids).tolist()
    assert sum(data[0]["bits"]) == pytest.approx(-model.log2_probabilities(ids).sum(), abs=0.01)
    assert page.html.count("data-key=") == 27
    assert "guessing game" in page.plain
    assert "http" not in page.html


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        ([], "at least one"),
        ("one text", "a list of sentences"),
        (["1948!"], "0 letters"),
        (["a" * 121], "121 letters; give 1 to 120"),
    ],
)
def test_bad_sentences_are_named(model, sentences, message):
    with pytest.raises(LabError, match=message):
        guessing_game(sentences, model)


def test_a_model_of_bytes_cannot_play():
    with pytest.raises(LabError, match="knows 256 symbols; train it on letter_ids"):
        guessing_game(["a"], NgramModel.train([b"abc"], 2, 256))


def test_the_slider_samples_from_the_model_of_its_order(model):
    other = NgramModel.train([letter_ids("xyxyxyxy")], 2, 27, "mle")
    box = sampling_slider({3: model, 2: other}, as_letters, length=20)
    order, seed, text = box.children
    assert order.value == 2
    assert text.value == as_letters(other.sample(20, seed=1)) == "xy" * 10
    order.value = 3
    assert text.value == as_letters(model.sample(20, seed=1))
    seed.value = 7
    assert text.value == as_letters(model.sample(20, seed=7))
    with pytest.raises(LabError, match="at least one model"):
        sampling_slider({}, as_letters)
    with pytest.raises(LabError, match="not 0"):
        sampling_slider({3: model}, as_letters, length=0)
