"""The noisy channel: its two factors, the search against trying everything, and bad input."""

import math
from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest

from gptlab.classic.alignment import IBMModel1
from gptlab.classic.decoding import FLOOR, DecoderConfig, LanguageStates, NoisyChannel
from gptlab.classic.ngrams import NgramModel
from gptlab.errors import LabError
from gptlab.text.corpora import toy_split

TINY = [
    (["the", "house"], ["das", "Haus"]),
    (["the", "book"], ["das", "Buch"]),
    (["a", "book"], ["ein", "Buch"]),
    (["a", "red", "book"], ["ein", "rotes", "Buch"]),
    (["the", "red", "house"], ["das", "rote", "Haus"]),
]
BAYES = DecoderConfig(beam=50, window=3, silent=0, language_weight=1.0)


@pytest.fixture(scope="module")
def tiny():
    return NoisyChannel.train(TINY, order=3, config=BAYES)


@pytest.fixture(scope="module")
def toy():
    return NoisyChannel.train([(s.english, s.german) for s in toy_split().train[:3000]], order=3)


@pytest.mark.parametrize("smoothing", ["kneser-ney", "modified-kneser-ney", "add-k"])
def test_asked_word_by_word_the_language_model_says_the_same(smoothing):
    random = np.random.default_rng(4)
    model = NgramModel.train([random.integers(6, size=80)], 4, 8, smoothing)
    states = LanguageStates(model)
    text = random.integers(8, size=30)
    state, total = states.start(), 0.0
    for word in text:
        log, state = states.step(state, np.array([word]))
        total += log[0]
    assert total == pytest.approx(model.log2_probabilities(text).sum() * math.log(2))


def test_language_probability_counts_the_end(tiny):
    words = ["das", "Haus"]
    ids = [*tiny.vocabulary.encode(words), len(tiny.vocabulary) + 1]
    expected = tiny.language.log2_probabilities(ids).sum() * math.log(2)
    assert tiny.log_language(words) == pytest.approx(expected)
    assert tiny.log_language(["das", "Auto"]) < tiny.log_language(words)


def test_the_search_finds_what_trying_everything_finds(tiny):
    """Every choice of candidates in every order, against a beam that could keep them all."""
    source = ["the", "red", "book"]
    tried = {}
    for choice in product(*(["", *tiny.candidates(word)] for word in source)):
        for order in permutations([word for word in choice if word]):
            if order:
                scores = tiny.channel.scores(["NULL", *order], source).sum(axis=0)
                channel = np.log(np.maximum(scores, FLOOR)).sum() - 3 * math.log(len(order) + 1)
                tried[order] = channel + tiny.log_language(order)
    best = max(tried, key=tried.get)
    found = replace(tiny, config=replace(BAYES, beam=10_000)).best(source)[0]
    assert found.log_channel + found.log_language == pytest.approx(tried[best])


def test_both_factors_of_a_translation_are_those_of_the_models(tiny):
    found = tiny.best(["a", "book"])[0]
    assert found.words == ["ein", "Buch"]
    assert found.log_language == pytest.approx(tiny.log_language(found.words))
    assert found.log_channel == pytest.approx(
        tiny.channel.log_probability(found.words, ["a", "book"])
    )


def test_model_1_gives_every_order_the_same_probability(tiny):
    english, german = TINY[4]
    logs = [tiny.channel.log_probability(list(order), english) for order in permutations(german)]
    assert logs == pytest.approx([logs[0]] * 6)
    best = max(permutations(german), key=tiny.log_language)
    assert list(best) == german


def test_candidates_are_ranked_by_meetings(tiny):
    assert tiny.candidates("book")[0] == "Buch"
    assert tiny.candidates("lamp") == []
    assert len(replace(tiny, config=DecoderConfig(candidates=1)).candidates("the")) == 1


def test_unseen_words_are_copied(tiny):
    assert tiny.translate(["the", "lamp"]) == ["das", "lamp"]
    assert sorted(tiny.translate(["lamp", "vase", "lamp"])) == ["lamp", "lamp", "vase"]
    assert all(math.isfinite(t.log_channel) for t in tiny.best(["lamp"]))


def test_toy_sentences_and_the_use_of_a_language_model(toy):
    sentences = toy_split().test[:60]
    silent = replace(toy, config=DecoderConfig(language_weight=0.0))
    right, wrong = 0, 0
    for s in sentences:
        right += len(set(toy.translate(s.english)) & set(s.german)) / len(s.german)
        wrong += len(set(silent.translate(s.english)) & set(s.german)) / len(s.german)
    assert right / len(sentences) > 0.6
    assert wrong < right
    assert toy.translate(sentences[0].english) == toy.translate(list(sentences[0].english))
    assert "," in toy.silent_words[:3]


def test_windows_and_long_sentences(toy):
    words = [word for s in toy_split().test[:10] for word in s.english]
    for window in (1, 3):
        model = replace(toy, config=DecoderConfig(beam=3, window=window, silent=3))
        assert model.translate(words)
        assert model.translate(["."])


def test_one_article_explains_them_all(toy):
    """Model 1 counts no words: what stands once in German accounts for any number in English."""
    words = ["the", "dog", "sees", "the", "cat", "."] * 15
    assert len(toy.translate(words)) < len(words) / 2


def test_a_channel_that_was_not_trained_still_answers():
    model = NoisyChannel.train(TINY, order=2, iterations=0, config=BAYES)
    assert model.translate(["the", "book"])
    assert isinstance(model.channel, IBMModel1)


@pytest.mark.parametrize("source", [[], "", "the house", ()])
def test_nothing_to_translate(tiny, source):
    with pytest.raises(LabError, match="at least one word"):
        tiny.translate(source)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"beam": 0}, "beam is 0"),
        ({"beam": 2.5}, "beam is 2.5; give 1 or more, a whole number"),
        ({"window": 0}, "window is 0"),
        ({"candidates": 0}, "candidates is 0"),
        ({"silent": -1}, "silent is -1"),
        ({"language_weight": math.nan}, "language_weight is nan"),
        ({"language_weight": -1.0}, "language_weight is -1"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(LabError, match=message):
        DecoderConfig(**settings)


def test_bad_pairs():
    with pytest.raises(LabError, match="no pairs"):
        NoisyChannel.train([])
    for wrong in ((["a"],), (["a"], ["b"], ["c"])):
        with pytest.raises(LabError, match=r"pair 0 is .*; give \(source words, target words\)"):
            NoisyChannel.train([wrong])
    with pytest.raises(LabError, match="order is 0"):
        NoisyChannel.train(TINY, order=0)
