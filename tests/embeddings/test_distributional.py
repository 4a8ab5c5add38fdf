"""Counting company: counts by hand, PPMI and SVD against dense references, and what has none."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.decomposition import PCA, TruncatedSVD

from gptlab.embeddings import distributional
from gptlab.embeddings.distributional import (
    cooccurrences,
    ppmi,
    principal_components,
    singular_triplets,
    svd_vectors,
)
from gptlab.errors import LabError
from gptlab.text.words import Vocabulary, word_tokens

LETTERS = st.lists(st.lists(st.sampled_from("abcde"), max_size=9), min_size=1, max_size=5)
WEIGHT = {
    "flat": lambda d, window: 1,
    "harmonic": lambda d, window: 1 / d,
    "linear": lambda d, window: (window + 1 - d) / window,
}


def counted(texts, vocabulary, window, weighting):
    """Two loops and a dictionary."""
    table = np.zeros((len(vocabulary), len(vocabulary)))
    for text in texts:
        for i, word in enumerate(text):
            for j in range(max(i - window, 0), min(i + window + 1, len(text))):
                if i != j and word in vocabulary and text[j] in vocabulary:
                    row, column = vocabulary.id(word), vocabulary.id(text[j])
                    table[row, column] += WEIGHT[weighting](abs(i - j), window)
    return table


def dense_ppmi(counts, smoothing, shift):
    """The formula, cell by cell."""
    total, found = counts.sum(), np.zeros(counts.shape)
    contexts = counts.sum(axis=0) ** smoothing
    for w, c in zip(*counts.nonzero(), strict=True):
        joint = counts[w, c] / total
        alone = counts[w].sum() / total * contexts[c] / contexts.sum()
        found[w, c] = max(math.log(joint / alone) - math.log(shift), 0)
    return found


@given(LETTERS, st.integers(1, 12), st.sampled_from(list(WEIGHT)), st.integers(1, 3))
def test_counts_are_those_of_two_loops(texts, window, weighting, min_count):
    if not any(text.count(c) >= min_count for text in texts for c in text):
        return
    vocabulary = Vocabulary.build(texts, min_count)
    counts = cooccurrences(texts, vocabulary, window, weighting)
    assert counts.toarray() == pytest.approx(counted(texts, vocabulary, window, weighting))
    assert (counts != counts.T).nnz == 0
    assert counts.nnz == np.count_nonzero(counts.toarray())


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 0.75, 0.2]), st.integers(1, 5))
def test_ppmi_is_the_dense_reference(n, m, smoothing, shift):
    draw = np.random.default_rng(n + 10 * m)
    counts = (draw.integers(0, 5, (n, m)) * draw.integers(0, 2, (n, m))).astype(float)
    counts[0, 0] += 1
    expected = dense_ppmi(counts, smoothing, shift)
    for given_as in (counts, sparse.csr_array(counts), sparse.coo_array(counts)):
        found = ppmi(given_as, smoothing, shift)
        assert found.toarray() == pytest.approx(expected, abs=1e-12)
        assert np.isfinite(found.data).all()
        assert (found.data > 0).all()


def test_ppmi_leaves_the_counts_as_they_were():
    counts = sparse.coo_array(([1.0, 0.0, 2.0], ([0, 0, 1], [0, 1, 1])), shape=(2, 2))
    ppmi(counts)
    assert counts.nnz == 3


@pytest.mark.parametrize("shape", [(30, 30), (40, 12), (12, 40), (90, 80)])
def test_singular_triplets_are_numpys_and_scikit_learns(shape, monkeypatch):
    matrix = np.random.default_rng(3).normal(size=shape)
    left, values, right = np.linalg.svd(matrix)
    for limit in (0, 400):  # ARPACK, then the full SVD
        monkeypatch.setattr(distributional, "DENSE_BELOW", limit)
        for given_as in (matrix, sparse.csr_array(matrix)):
            ours = singular_triplets(given_as, 5)
            assert ours[1] == pytest.approx(values[:5], abs=1e-6)
            assert np.abs(ours[0]) == pytest.approx(np.abs(left[:, :5]), abs=1e-6)
            assert np.abs(ours[2]) == pytest.approx(np.abs(right[:5]), abs=1e-6)
            assert (np.take_along_axis(ours[0], np.abs(ours[0]).argmax(0)[None], 0) > 0).all()
    theirs = TruncatedSVD(5, algorithm="arpack", random_state=0).fit_transform(matrix)
    assert np.abs(ours[0] * ours[1]) == pytest.approx(np.abs(theirs), abs=1e-6)


def test_full_rank_gives_the_matrix_back():
    matrix = np.random.default_rng(0).normal(size=(6, 4))
    left, values, right = singular_triplets(matrix, 4)
    assert left * values @ right == pytest.approx(matrix)


def test_principal_components_are_scikit_learns():
    rows = np.random.default_rng(1).normal(size=(50, 7)) + 3
    ours, theirs = principal_components(rows), PCA(2, svd_solver="full").fit_transform(rows)
    assert np.abs(ours) == pytest.approx(np.abs(theirs), abs=1e-6)


def test_vectors_of_full_rank_keep_all_cosines():
    weights = ppmi(np.random.default_rng(2).integers(1, 50, (8, 8)))
    rank = np.linalg.matrix_rank(weights.toarray())
    vectors = svd_vectors("abcdefgh", weights, int(rank), p=1)
    long = weights.toarray()
    assert vectors.matrix @ vectors.matrix.T == pytest.approx(long @ long.T)
    flat = svd_vectors("abcdefgh", weights, int(rank), p=0)
    assert flat.matrix.T @ flat.matrix == pytest.approx(np.eye(rank))


def words_of(*texts):
    texts = [word_tokens(text) for text in texts]
    return texts, Vocabulary.build(texts)


def test_a_word_without_company_keeps_a_vector_of_zeros():
    texts, vocabulary = words_of("tea with milk", "tea with sugar", "alone")
    counts = cooccurrences(texts, vocabulary)
    assert counts[[vocabulary.id("alone")]].nnz == 0
    vectors = svd_vectors(vocabulary.words, ppmi(counts), 2)
    assert not vectors["alone"].any()
    assert "alone" not in dict(vectors.neighbours("tea", 9))
    with pytest.raises(LabError, match="'alone' is all zeros"):
        vectors.neighbours("alone")


def test_what_lies_outside_the_kept_dimensions_is_zero_and_not_noise():
    blocks = np.zeros((4, 4))
    blocks[:2, :2], blocks[2:, 2:] = [[0, 9], [9, 0]], [[0, 1], [1, 0]]
    vectors = svd_vectors("abcd", blocks, 2)
    assert not vectors["c"].any()
    assert [word for word, _ in vectors.nearest(vectors["a"], 4)] == ["a", "b"]


def test_texts_without_pairs_count_nothing():
    texts, vocabulary = words_of("word", "word", "")
    assert cooccurrences(texts, vocabulary).toarray().tolist() == [[0]]
    assert cooccurrences([], vocabulary).nnz == 0
    assert cooccurrences([["unseen", "words"]] * 3, vocabulary).nnz == 0
    with pytest.raises(LabError, match="this 1 × 1 table are zero: no two words"):
        ppmi(cooccurrences(texts, vocabulary))


def test_one_word_over_and_over_tells_nothing():
    texts, vocabulary = words_of("ha ha ha")
    counts = cooccurrences(texts, vocabulary, window=1)
    assert counts.toarray().tolist() == [[4]]
    assert (counts != cooccurrences(texts, vocabulary, window=np.int64(1))).nnz == 0
    assert ppmi(counts).nnz == 0  # it meets itself as often as chance says: always
    with pytest.raises(LabError, match="this 1 × 1 matrix has rank 0"):
        svd_vectors(vocabulary.words, ppmi(counts), 1)


def test_mixed_scripts_are_words_like_others():
    texts, vocabulary = words_of("кот und 猫, cat κτλ", "кот cat!")
    counts = cooccurrences(texts, vocabulary, window=9)
    assert counts[vocabulary.id("кот"), vocabulary.id("cat")] == 2
    assert counts[vocabulary.id("猫"), vocabulary.id("und")] == 1


def test_punctuation_only_has_no_words():
    with pytest.raises(LabError, match="no word is left"):
        words_of("…", "?!", "--")


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda t, v: cooccurrences(t, v, window=0), "window is 0"),
        (lambda t, v: cooccurrences(t, v, window=2.5), "window is 2.5"),
        (lambda t, v: cooccurrences(t, v, window=True), "window is True"),
        (lambda t, v: cooccurrences(t, v, weighting="1/d"), "choose one of flat, harmonic, linear"),
        (lambda t, v: cooccurrences(["a b"], v), "'a b' is a string"),
        (lambda t, v: ppmi(np.eye(2), smoothing=0), "smoothing is 0"),
        (lambda t, v: ppmi(np.eye(2), smoothing=1.5), "smoothing is 1.5"),
        (lambda t, v: ppmi(np.eye(2), shift=0), "shift is 0"),
        (lambda t, v: ppmi(-np.eye(2)), "negative number"),
        (lambda t, v: ppmi(np.array([[1, np.nan]])), "NaN"),
        (lambda t, v: ppmi(np.zeros((2, 3))), "2 × 3 table are zero"),
        (lambda t, v: svd_vectors("ab", np.eye(2), 0), "dimensions is 0; give 1 or more"),
        (lambda t, v: svd_vectors("ab", np.eye(2), 3), "has rank at most 2; ask for 2 or fewer"),
        (lambda t, v: svd_vectors("ab", np.ones((2, 2)), 2), "has rank 1; ask for 1 or fewer"),
        (lambda t, v: svd_vectors("ab", np.zeros((2, 2)), 1), "rank 0: it holds nothing but zeros"),
        (lambda t, v: svd_vectors("ab", np.array([[1, np.nan], [2, 1]]), 1), "NaN or infinity"),
        (lambda t, v: ppmi(np.array([1.0, 2])), "have 1 axes"),
        (lambda t, v: principal_components(np.ones((5, 2))), "has rank 0"),
    ],
)
def test_what_cannot_be_counted_is_said(ask, message):
    with pytest.raises(LabError, match=message):
        ask(*words_of("a b a"))


def test_rank_is_told_on_the_way_through_arpack_too(monkeypatch):
    monkeypatch.setattr(distributional, "DENSE_BELOW", 0)
    thin = np.random.default_rng(5).normal(size=(50, 3)) @ np.ones((3, 50)).cumsum(axis=1)
    with pytest.raises(LabError, match="has rank 1; ask for 1"):
        singular_triplets(thin, 5)
