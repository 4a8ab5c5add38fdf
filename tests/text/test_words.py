"""Words and vocabularies: awkward text, order, unknown words, bad settings."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab.errors import LabError
from gptlab.text.corpora import Document, toy_split
from gptlab.text.words import Vocabulary, word_paragraphs, word_tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("... --- !?", []),
        ("Don't, won't; rock'n'roll", ["don't", "won't", "rock'n'roll"]),
        ("the dogs' bone, the dog’s bone", ["the", "dogs", "bone", "the", "dog", "bone"]),
        ("Ein Mädchen läuft\tüber Straßen", ["ein", "mädchen", "läuft", "über", "straßen"]),
        ("Мысль передается 42", ["мысль", "передается", "42"]),
        ("'quoted' isn't 'so'", ["quoted", "isn't", "so"]),
        ("its scope", ["its", "scope"]),
    ],
)
def test_words_of_awkward_text(text, words):
    assert word_tokens(text) == words


def test_no_paragraph_is_crossed_and_empty_ones_go():
    documents = [Document("a", "One two.\n\n!!\nThree"), Document("b", "Four")]
    assert word_paragraphs(documents) == [["one", "two"], ["three"], ["four"]]


@given(st.lists(st.lists(st.sampled_from("abcdefg"), max_size=6), min_size=1, max_size=6))
def test_vocabulary_counts_as_a_counter_does(texts):
    counts = Counter(word for text in texts for word in text)
    if not counts:
        with pytest.raises(LabError, match="no word is left"):
            Vocabulary.build(texts)
        return
    vocabulary = Vocabulary.build(texts)
    assert dict(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)) == counts
    order = [(-n, word) for word, n in zip(vocabulary.words, vocabulary.counts, strict=True)]
    assert order == sorted(order)
    text = max(texts, key=len)
    assert [vocabulary.words[i] for i in vocabulary.encode(text)] == text


def test_rare_and_unknown_words():
    vocabulary = Vocabulary.build([["bank", "bank", "river", "river", "money"]], min_count=2)
    assert vocabulary.words == ("bank", "river")
    assert "money" not in vocabulary
    np.testing.assert_array_equal(vocabulary.encode(["river", "money"]), [1, -1])
    assert len(Vocabulary.build([["a", "b", "b"]], max_size=1)) == 1
    with pytest.raises(LabError, match=r"'rivers' is not among the 2 words.*near it: river"):
        vocabulary.id("rivers")


@pytest.mark.parametrize(
    ("settings", "told"),
    [({"min_count": 9}, "commonest word stands 2 times"), ({"min_count": 0}, "min_count is 0"),
     ({"max_size": 0}, "max_size is 0")],
)  # fmt: skip
def test_bad_settings_are_told(settings, told):
    with pytest.raises(LabError, match=told):
        Vocabulary.build([["a", "a"]], **settings)


def test_a_string_is_no_list_of_words():
    with pytest.raises(LabError, match="word_tokens"):
        Vocabulary.build(["the cat"])


def test_the_toy_boards_data_does_not_leak():
    split = toy_split()
    assert (len(split.train), len(split.test), len(split.unseen_words)) == (20_000, 2_000, 300)
    assert not {s.english for s in split.train} & {s.english for s in split.test}
