"""LSI: equal to scikit-learn's TruncatedSVD up to sign, synonyms meet, bad input is told."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.decomposition import TruncatedSVD

from gptlab.classic.documents import TfIdf, TfIdfConfig, cosine_similarities
from gptlab.classic.lsi import LSI, LSIConfig, truncated_svd
from gptlab.errors import LabError
from gptlab.text.news import news

CARS = ["car engine", "automobile engine", "engine", "banana", "banana"]
PLAIN = TfIdfConfig(idf="none", norm="none")


@pytest.fixture(scope="module")
def index():
    return TfIdf.fit([document.text for document in news().documents[:120]])


@pytest.mark.parametrize("settings", [{"algorithm": "arpack"}, {"n_oversamples": 90, "n_iter": 30}])
def test_places_are_scikit_learn_s_up_to_sign(index, settings):
    made = TruncatedSVD(20, random_state=0, **settings)
    expected = made.fit_transform(index.matrix)
    ours = LSI.fit(index, 20)
    np.testing.assert_allclose(ours.singular_values, made.singular_values_, rtol=0, atol=1e-6)
    signs = np.sign((ours.word_axes * made.components_.T).sum(axis=0))
    np.testing.assert_allclose(ours.word_axes * signs, made.components_.T, rtol=0, atol=1e-6)
    np.testing.assert_allclose(ours.documents * signs, expected, rtol=0, atol=1e-6)
    query = ["the army attacked the town"]
    theirs = made.transform(index.transform(query))
    np.testing.assert_allclose(ours.transform(query) * signs, theirs, rtol=0, atol=1e-6)


def test_the_sparse_solver_gives_the_same(index):
    dense, sparse = (LSI.fit(index, LSIConfig(20, solver)) for solver in ("dense", "sparse"))
    np.testing.assert_allclose(sparse.singular_values, dense.singular_values, atol=1e-9)
    np.testing.assert_allclose(sparse.documents, dense.documents, atol=1e-9)
    np.testing.assert_allclose(sparse.word_axes, dense.word_axes, atol=1e-9)
    again = LSI.fit(index, LSIConfig(20, "sparse"))
    assert (again.documents == sparse.documents).all()


def test_all_dimensions_keep_every_cosine(index):
    whole = LSI.fit(index, 118)  # the first 120 items hold two that stand twice
    expected = cosine_similarities(index.matrix)
    np.testing.assert_allclose(cosine_similarities(whole.documents), expected, atol=1e-10)
    before = {hit.document: hit.score for hit in index.search("police and army", 10)}
    after = {hit.document: hit.score for hit in whole.search("police and army", 10)}
    assert list(before) == list(after)
    # The query leaves the documents' span: its projection is shorter, by one factor for all.
    factors = [after[document] / before[document] for document in before]
    assert factors == pytest.approx([factors[0]] * 10)


def test_the_error_of_the_approximation_is_what_was_cut_off():
    matrix = np.random.default_rng(0).standard_normal((7, 5))
    values = np.linalg.svd(matrix, compute_uv=False)
    for k in range(1, 6):
        left, kept, axes = truncated_svd(matrix, k)
        np.testing.assert_allclose(kept, values[:k], atol=1e-12)
        error = np.square(matrix - left * kept @ axes.T).sum()
        assert error == pytest.approx(np.square(values[k:]).sum(), abs=1e-12)
        np.testing.assert_allclose(axes.T @ axes, np.eye(k), atol=1e-12)
        assert (axes[np.abs(axes).argmax(axis=0), range(k)] > 0).all()


def test_signs_do_not_hang_on_the_last_digit():
    square = np.array([[1.0, 1 + 1e-12], [1.0, 1.0]])
    for other in (square, square.T, -square):
        assert (truncated_svd(other, 1)[2] > 0).all()


def test_words_that_never_met_become_neighbours():
    index = TfIdf.fit(CARS, PLAIN)
    car, automobile = index.transform(["car"]), index.matrix[[1]]
    assert cosine_similarities(car, automobile)[0, 0] == 0
    model = LSI.fit(index, 2)
    np.testing.assert_allclose(model.singular_values, [np.sqrt(2 + np.sqrt(3)), np.sqrt(2)])
    hits = model.search("car", 5)
    assert [hit.document for hit in hits] == [0, 1, 2, 3, 4]
    assert [hit.score for hit in hits] == pytest.approx([1, 1, 1, 0, 0], abs=1e-12)
    near = dict(model.nearest_words("car", 3))
    assert near["automobile"] == pytest.approx(1)
    assert near["banana"] == pytest.approx(0, abs=1e-12)


def test_folding_in_puts_a_document_where_it_lies(index):
    model = LSI.fit(index, 15)
    texts = [document.text for document in news().documents[:3]]
    np.testing.assert_allclose(model.transform(texts), model.documents[:3], atol=1e-12)


def test_truncated_is_a_smaller_fit(index):
    large, small = LSI.fit(index, 30), LSI.fit(index, 7)
    cut = large.truncated(7)
    np.testing.assert_allclose(cut.documents, small.documents, atol=1e-12)
    assert [h.document for h in cut.search("war")] == [h.document for h in small.search("war")]
    assert cut.config.dimensions == 7
    for wrong in (0, 31):
        with pytest.raises(LabError, match=f"dimensions is {wrong}; this model has 30"):
            large.truncated(wrong)


def test_word_order_is_lost():
    model = LSI.fit(TfIdf.fit(["dog bites man", "man bites dog", "man eats bread"]), 2)
    np.testing.assert_allclose(*model.transform(["dog bites man", "man bites dog"]), atol=1e-12)


@pytest.mark.parametrize(
    ("dimensions", "said"),
    [
        (0, "dimensions is 0; keep 1 or more"),
        (-3, "dimensions is -3"),
        (2.5, "dimensions is 2.5; keep 1 or more, a whole number"),
        (5, r"5 documents, 4 words\) has rank 4: .* choose from 1 to 4"),
        (500, "choose from 1 to 4"),
    ],
)
def test_dimensions_that_do_not_exist_are_refused(dimensions, said):
    with pytest.raises(LabError, match=said):
        LSI.fit(TfIdf.fit(CARS), dimensions)


def test_the_rank_counts_not_the_shape():
    index = TfIdf.fit(["a b", "a b", "a b", "c", "c"])
    assert LSI.fit(index, 2).documents.shape == (5, 2)
    with pytest.raises(LabError, match=r"3 words\) has rank 2: .* choose from 1 to 2"):
        LSI.fit(index, 3)
    wider = sp.hstack([index.matrix] * 2).tocsr()
    assert truncated_svd(wider, 2, "sparse")[1] == pytest.approx(truncated_svd(wider, 2)[1])
    for solver in ("dense", "sparse"):
        with pytest.raises(LabError, match=r"rank 2: .* choose from 1 to 2"):
            truncated_svd(wider, 4, solver)


def test_one_document_and_one_word():
    model = LSI.fit(TfIdf.fit(["word"]), 1)
    assert model.documents.tolist() == [[1.0]]
    assert model.search("word")[0].score == 1
    with pytest.raises(LabError, match="rank 1"):
        LSI.fit(TfIdf.fit(["word"]), 2)


def test_what_the_dimensions_do_not_keep_has_no_place():
    index = TfIdf.fit(CARS, PLAIN)
    model = LSI.fit(index, 1)  # the axis of car, automobile and engine
    assert [hit.document for hit in model.search("car")] == [0, 1, 2]
    with pytest.raises(LabError, match="text 0 has no part in the 1 dimensions"):
        model.search("banana")
    with pytest.raises(LabError, match="'banana' has no part"):
        model.nearest_words("banana")
    assert "banana" not in dict(model.nearest_words("car", 9))


def test_other_bad_input_is_refused(index):
    model = LSI.fit(index, 5)
    for query, said in [("", "no words"), ("…!", "no words"), ("qqq ыыы", "known: qqq, ыыы")]:
        with pytest.raises(LabError, match=said):
            model.search(query)
    with pytest.raises(LabError, match="top is 0"):
        model.search("war", 0)
    with pytest.raises(LabError, match="not among the"):
        model.nearest_words("qqq")
    with pytest.raises(LabError, match="solver 'fast' is unknown"):
        LSIConfig(3, "fast")
    for solver in ("dense", "sparse"):
        with pytest.raises(LabError, match="holds NaN or infinity"):
            truncated_svd(np.array([[np.nan, 1.0], [0.0, 1.0]]), 1, solver)
    with pytest.raises(LabError, match="is no table"):
        truncated_svd(np.ones(3), 1)
    with pytest.raises(LabError, match="all of it is zero"):
        truncated_svd(np.zeros((3, 2)), 1)
    with pytest.raises(LabError, match="needs dimensions below 4"):
        truncated_svd(TfIdf.fit(CARS).matrix, 4, "sparse")
