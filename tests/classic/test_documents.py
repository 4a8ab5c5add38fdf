"""Counts, TF-IDF and cosine: equal to scikit-learn's, right by hand, plain about bad input."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from gptlab.classic.documents import (
    Hit,
    TfIdf,
    TfIdfConfig,
    cosine_similarities,
    count_matrix,
    idf_weights,
    ranked,
)
from gptlab.errors import LabError
from gptlab.text.corpora import Document
from gptlab.text.news import news
from gptlab.text.words import Vocabulary, word_tokens

TOY = ["car engine car", "automobile engine", "engine", "banana", "banana bread banana bread bread"]


def theirs(kind, texts, **settings):
    made = kind(tokenizer=word_tokens, lowercase=False, token_pattern=None, **settings)
    matrix = made.fit_transform(texts)
    return made, matrix


def as_theirs(matrix, ours, made):
    """Our columns in the order of scikit-learn's."""
    order = [ours.id(word) for word in made.get_feature_names_out()]
    return matrix.toarray()[:, order]


@pytest.fixture(scope="module")
def texts():
    return [document.text for document in news().documents[:120]]


def test_counts_are_scikit_learn_s(texts):
    made, expected = theirs(CountVectorizer, texts)
    vocabulary = Vocabulary.build([word_tokens(text) for text in texts])
    counts = count_matrix(texts, vocabulary)
    assert counts.sum() == vocabulary.counts.sum()
    np.testing.assert_array_equal(as_theirs(counts, vocabulary, made), expected.toarray())


@pytest.mark.parametrize("tf", ["raw", "log"])
@pytest.mark.parametrize("idf", ["smooth", "plus-one", "none"])
@pytest.mark.parametrize("norm", ["l2", "none"])
def test_tf_idf_is_scikit_learn_s(texts, tf, idf, norm):
    made, expected = theirs(
        TfidfVectorizer,
        texts,
        sublinear_tf=tf == "log",
        use_idf=idf != "none",
        smooth_idf=idf == "smooth",
        norm=None if norm == "none" else norm,
    )
    ours = TfIdf.fit(texts, TfIdfConfig(tf, idf, norm))
    got = as_theirs(ours.matrix, ours.vocabulary, made)
    np.testing.assert_allclose(got, expected.toarray(), rtol=0, atol=1e-12)
    new = ["The senator bought a car; nobody minded, nobody at all."]
    got = as_theirs(ours.transform(new), ours.vocabulary, made)
    np.testing.assert_allclose(got, made.transform(new).toarray(), rtol=0, atol=1e-12)


def test_binary_and_min_documents_are_scikit_learn_s(texts):
    made, expected = theirs(TfidfVectorizer, texts, binary=True, min_df=3)
    ours = TfIdf.fit(texts, TfIdfConfig(tf="binary", min_documents=3))
    got = as_theirs(ours.matrix, ours.vocabulary, made)
    np.testing.assert_allclose(got, expected.toarray(), rtol=0, atol=1e-12)


def test_weights_by_hand():
    counts = sp.csr_matrix(np.array([[2, 1, 0], [0, 1, 0], [2, 1, 0], [0, 1, 4]]))
    weights = {
        "none": [1, 1, 1],
        "plain": [np.log(2), 0, np.log(4)],
        "plus-one": [np.log(2) + 1, 1, np.log(4) + 1],
        "smooth": [np.log(5 / 3) + 1, 1, np.log(5 / 2) + 1],
        "entropy": [1 - np.log(2) / np.log(4), 0, 1],
    }
    for idf, expected in weights.items():
        np.testing.assert_allclose(idf_weights(counts, idf), expected, rtol=0, atol=1e-12)


def test_entropy_is_its_formula(texts):
    ours = TfIdf.fit(texts, TfIdfConfig("log", "entropy", "none"))
    counts = count_matrix(texts, ours.vocabulary).toarray().astype(float)
    p = counts / counts.sum(axis=0)
    log_p = np.log(np.where(p > 0, p, 1))
    weights = 1 + (p * log_p).sum(axis=0) / np.log(len(texts))
    expected = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0) * weights
    np.testing.assert_allclose(ours.matrix.toarray(), expected, rtol=0, atol=1e-12)


def test_cosine_by_hand_and_against_the_definition(texts):
    pair = np.array([[3.0, 4.0], [4.0, 3.0], [-6.0, -8.0]])
    np.testing.assert_allclose(cosine_similarities(pair[:1], pair)[0], [1, 24 / 25, -1])
    matrix = TfIdf.fit(texts, TfIdfConfig(norm="none")).matrix
    dense = matrix.toarray()
    lengths = np.linalg.norm(dense, axis=1)
    expected = dense @ dense.T / np.outer(lengths, lengths)
    np.testing.assert_allclose(cosine_similarities(matrix), expected, rtol=0, atol=1e-12)
    assert cosine_similarities(matrix).max() <= 1


def test_cosine_forgets_length():
    index = TfIdf.fit(TOY, TfIdfConfig(norm="none"))
    once, thrice = index.transform(["car engine", "car engine car engine car engine"])
    assert cosine_similarities(once, thrice)[0, 0] == pytest.approx(1, abs=1e-12)


def test_search_ranks_by_cosine_and_leaves_out_what_shares_no_word():
    index = TfIdf.fit(TOY)
    hits = index.search("The car!")
    assert [hit.document for hit in hits] == [0]
    hits = index.search("engine")
    assert [hit.document for hit in hits] == [2, 1, 0]
    expected = cosine_similarities(index.transform(["engine"]), index.matrix)[0]
    assert [hit.score for hit in hits] == pytest.approx(expected[[2, 1, 0]])
    plain = TfIdf.fit(TOY, TfIdfConfig(idf="none"))
    assert plain.search(["bread"], top=1) == [Hit(4, pytest.approx(3 / np.sqrt(13)))]


def test_equal_scores_keep_the_order_of_the_collection():
    assert [h.document for h in TfIdf.fit(["b a", "x", "a b", "a b"]).search("a", 3)] == [0, 2, 3]
    scores = np.array([0.3, 0.1 + 0.2, 0.3])
    assert [hit.document for hit in ranked(scores, np.arange(3), 3)] == [0, 1, 2]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8), min_size=1, max_size=8),
    st.sampled_from(["raw", "log", "binary"]),
    st.sampled_from(["none", "plus-one", "smooth"]),
)
def test_any_collection_gives_unit_rows_and_finds_each_text_again(words, tf, idf):
    index = TfIdf.fit(words, TfIdfConfig(tf, idf))
    dense = index.matrix.toarray()
    np.testing.assert_allclose(np.linalg.norm(dense, axis=1), 1, atol=1e-12)
    assert (dense >= 0).all()
    np.testing.assert_allclose(index.transform(words).toarray(), dense, atol=1e-12)
    assert index.search(words[-1], 1)[0].score == pytest.approx(1)
    shuffled = [sorted(text, reverse=True) for text in words]
    np.testing.assert_array_equal(TfIdf.fit(shuffled, index.config).matrix.toarray(), dense)


def test_mixed_scripts_are_words_like_others():
    index = TfIdf.fit(["naïve кошка 猫 42", "кошка", "猫 猫"])
    assert [hit.document for hit in index.search("КОШКА")] == [1, 0]
    assert {"naïve", "кошка", "猫", "42"} == set(index.vocabulary.words)


def test_a_text_may_be_a_string_a_document_or_words():
    forms = ["A cat, a dog!", Document("pets", "A cat, a dog!"), ["a", "cat", "a", "dog"]]
    first, *others = TfIdf.fit(forms).matrix.toarray()
    assert all((row == first).all() for row in others)
    for wrong in (7, None, ["a", 7], {"a": 1}):
        with pytest.raises(LabError, match="is no text; give a string"):
            TfIdf.fit(["a", wrong])


def test_one_document_and_one_word_are_collections():
    index = TfIdf.fit(["word"])
    assert index.matrix.toarray().tolist() == [[1.0]]
    assert index.search("word word") == [Hit(0, 1.0)]
    assert TfIdf.fit(["word", "word word"]).search("word")[1] == Hit(1, 1.0)


@pytest.mark.parametrize(
    ("texts", "config", "said"),
    [
        ([], {}, "no text to index"),
        ("one text", {}, "is one text; give a list"),
        (["a", ""], {}, "text 1 has no words"),
        (["?!", "…", "a"], {}, r"text 0 has no words \(2 of 3"),
        ([[], ["a"]], {}, "text 0 has no words"),
        (["a b", "a c"], {"min_documents": 3}, "no word stands in 3 texts"),
        (["a b", "a c", "d"], {"min_documents": 2}, "text 2 has no word that stands in 2 texts"),
        (["a"], {"idf": "plain"}, "all words of text 0 weigh nothing: idf='plain'"),
        (["a b", "a"], {"idf": "plain"}, "all words of text 1 weigh nothing"),
        (["a"], {"idf": "entropy"}, "1 is not enough"),
        (["a a", "a a"], {"idf": "entropy"}, "all words of text 0 weigh nothing"),
    ],
)
def test_collections_that_cannot_be_compared_are_refused(texts, config, said):
    with pytest.raises(LabError, match=said):
        TfIdf.fit(texts, TfIdfConfig(**config))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tf": "sublinear"}, "tf 'sublinear' is unknown; choose raw, log, binary"),
        ({"idf": "log"}, "idf 'log' is unknown"),
        ({"norm": "l1"}, "norm 'l1' is unknown; choose l2, none"),
        ({"min_documents": 0}, "min_documents is 0"),
        ({"min_documents": 1.5}, "min_documents is 1.5; give 1 or more, a whole number"),
    ],
)
def test_unknown_settings_are_refused(settings, said):
    with pytest.raises(LabError, match=said):
        TfIdfConfig(**settings)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "text 0: no words"),
        ("?! …", "text 0: no words"),
        ("xylophone zebra", "none of its words is known: xylophone, zebra"),
        ("машина", "none of its words is known: машина"),
    ],
)
def test_a_query_without_a_known_word_is_refused(query, said):
    with pytest.raises(LabError, match=said):
        TfIdf.fit(TOY).search(query)


def test_a_query_whose_words_weigh_nothing_is_refused():
    index = TfIdf.fit(["the cat", "the dog"], TfIdfConfig(idf="plain"))
    with pytest.raises(LabError, match="all words of text 0 weigh nothing"):
        index.search("the")


def test_other_bad_input_is_refused():
    index = TfIdf.fit(TOY)
    with pytest.raises(LabError, match="top is 0"):
        index.search("car", top=0)
    with pytest.raises(LabError, match="is one text"):
        index.transform("car")
    with pytest.raises(LabError, match="is one text"):
        count_matrix("car", index.vocabulary)
    with pytest.raises(LabError, match="row 1 is a zero vector"):
        cosine_similarities(np.array([[1.0, 0], [0, 0]]))
    with pytest.raises(LabError, match=r"an array of shape \(2,\) has no rows"):
        cosine_similarities(np.array([1.0, 2.0]))
    with pytest.raises(LabError, match="row 0 holds NaN"):
        cosine_similarities(np.array([[np.nan, 0.0]]))
    with pytest.raises(LabError, match="rows of 2 and of 3 numbers"):
        cosine_similarities(np.ones((1, 2)), np.ones((1, 3)))
    assert count_matrix([], index.vocabulary).shape == (0, len(index.vocabulary))
