"""Word n-grams: nothing is left out of the sum, known or not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gptlab.classic.ngrams import NgramModel
from gptlab.classic.word_ngrams import END_OF_WORD, WordNgramModel
from gptlab.errors import LabError
from gptlab.text.bpe import split_words

TEXTS = ["the cat sat on the mat. the cat ran.", "a dog sat on the cat. a dog, the cat"]


@pytest.fixture(scope="module")
def model():
    return WordNgramModel.train(TEXTS, 3)


def test_a_known_word_costs_what_the_word_model_says(model):
    text = "the cat sat on the cat."
    pieces = list(split_words(text))
    ids = [model.vocabulary.id(piece) if piece in model.vocabulary else 99 for piece in pieces]
    assert 99 in ids, "the first word has no space before it, and stood so only once"
    unknown = [len(model.vocabulary) if i == 99 else i for i in ids]
    known = np.array(ids) != 99
    np.testing.assert_allclose(
        model.log2_probabilities(text)[known], model.words.log2_probabilities(unknown)[known]
    )


def test_an_unknown_word_pays_for_its_letters(model):
    text = " the gnu"
    ids = [model.vocabulary.id(" the"), len(model.vocabulary)]
    word = model.words.log2_probabilities(ids)
    letters = model.spelling.log2_probabilities([*b" gnu", END_OF_WORD]).sum()
    got = model.log2_probabilities(text)
    np.testing.assert_allclose(got, [word[0], word[1] + letters])
    assert letters < -15
    assert model.bits_per_byte([text]) == pytest.approx(-got.sum() / 8)
    assert model.unknown_share([text]) == 0.5
    assert model.unknown_share([""]) == 0


def test_probabilities_of_all_words_sum_to_one_known_and_spelled(model):
    after = model.words.probabilities([model.vocabulary.id(" the")], document_start=False)
    assert after.sum() == pytest.approx(1)
    assert after[len(model.vocabulary)] > 0
    # Short spelled words: the sum over all strings up to two bytes cannot pass one.
    first = model.spelling.probabilities()
    assert first.sum() == pytest.approx(1)
    two = sum(first[b] * model.spelling.probabilities([b])[END_OF_WORD] for b in range(256))
    assert 0 < two < 1


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_any_text_has_a_finite_price(text):
    model = WordNgramModel.train(TEXTS, 2)
    scores = model.log2_probabilities(text)
    assert len(scores) == len(list(split_words(text)))
    assert np.isfinite(scores).all()
    assert model.bits_per_byte([text]) > 0


def test_samples_are_text_and_repeatable(model):
    text = model.sample(30, seed=4)
    assert text == model.sample(30, seed=4) != model.sample(30, seed=5)
    assert " the" in text
    assert model.sample(0, seed=0) == ""


def test_everything_known_is_a_plain_model():
    model = WordNgramModel.train(TEXTS, 2, "kneser-ney", min_count=1)
    ids = [model.vocabulary.encode(split_words(text)) for text in TEXTS]
    plain = NgramModel.train(ids, 2, len(model.vocabulary) + 1, "kneser-ney")
    n_bytes = sum(map(len, TEXTS))
    assert model.bits_per_byte(TEXTS) == pytest.approx(plain.bits_per_byte(ids, n_bytes))


@pytest.mark.parametrize(
    ("texts", "settings", "message"),
    [
        ("one text", {}, "a list with one string"),
        ([b"bytes"], {}, "a list with one string"),
        ([""], {}, "no word is left"),
        ([], {}, "no word is left"),
        (["each word once"], {}, "no word is left: min_count is 2"),
        (TEXTS, {"order": 0}, "order is 0"),
        (TEXTS, {"min_count": 0}, "min_count is 0"),
        (TEXTS, {"spelling_order": 0}, "order is 0"),
    ],
)
def test_bad_input_is_named(texts, settings, message):
    with pytest.raises(LabError, match=message):
        WordNgramModel.train(texts, **{"order": 2, **settings})


def test_bad_questions_are_named(model):
    with pytest.raises(LabError, match="nothing to score"):
        model.bits_per_byte([""])
    with pytest.raises(LabError, match="a list with one string"):
        model.bits_per_byte("text")
    with pytest.raises(LabError, match="length is -1"):
        model.sample(-1, seed=0)
