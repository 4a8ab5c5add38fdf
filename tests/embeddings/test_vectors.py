"""Words with vectors: cosines, neighbours and analogies, against gensim and by hand."""

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from gptlab.embeddings.vectors import WordVectors, analogy_scores
from gptlab.errors import LabError

# gender, royalty, age
TOY = {
    "man": (1, 0, 0.5),
    "woman": (-1, 0, 0.5),
    "king": (1, 1, 0.5),
    "queen": (-1, 1, 0.5),
    "boy": (1, 0, -0.5),
    "girl": (-1, 0, -0.5),
    "nothing": (0, 0, 0),
}


def toy(kind=np.array):
    return WordVectors(tuple(TOY), kind(list(TOY.values())))


def drawn(n=60, d=12, seed=0):
    matrix = np.random.default_rng(seed).normal(size=(n, d))
    ours = WordVectors(tuple(f"w{i}" for i in range(n)), matrix)
    theirs = KeyedVectors(d)
    theirs.add_vectors(list(ours.words), matrix)
    return ours, theirs


@pytest.mark.parametrize("kind", [np.array, lambda rows: sparse.csr_array(np.array(rows))])
def test_dense_and_sparse_give_the_same_answers(kind):
    vectors = toy(kind)
    assert vectors.similarity("man", "king") == pytest.approx(1.25 / np.sqrt(1.25 * 2.25))
    assert vectors["king"].tolist() == [1, 1, 0.5]
    assert [word for word, _ in vectors.neighbours("man", 2)] == ["king", "boy"]
    assert vectors.analogy("man", "king", "woman")[0][0] == "queen"
    assert vectors.analogy("man", "boy", "woman", method="mul")[0][0] == "girl"
    assert [w for w, _ in vectors.nearest(np.array([-1, 1, 0.0]), 1)] == ["queen"]
    assert (len(vectors), vectors.dimensions, "king" in vectors, 3 in vectors) == (
        7,
        3,
        True,
        False,
    )


@pytest.mark.parametrize("size", [1e-320, 1e-200, 1e200, 1e300])
@pytest.mark.parametrize("kind", [np.array, lambda rows: sparse.csr_array(np.array(rows))])
def test_very_small_and_very_large_vectors_have_a_length_and_a_direction(kind, size):
    vectors = WordVectors(("a", "b", "c", "none"), kind([[3, 4], [3, 4], [4, -3], [0, 0]]))
    matrix = np.array([[3 * size, 4 * size], [3, 4], [4, -3], [0, 0]])
    extreme = WordVectors(vectors.words, kind(matrix.tolist()))
    np.testing.assert_allclose(extreme.lengths, [5 * size, 5, 5, 0], rtol=1e-3)
    np.testing.assert_allclose(
        extreme.cosines(np.arange(4)), vectors.cosines(np.arange(4)), atol=1e-3
    )
    assert extreme.neighbours("a", 3)[0][0] == "b"
    assert extreme.nearest(matrix[0], 1)[0][1] == pytest.approx(1, abs=1e-3)


@given(st.integers(0, 1000))
def test_lengths_of_ordinary_numbers_are_numpys_to_the_last_bit(seed):
    ours, _ = drawn(seed=seed)
    assert (ours.lengths == np.sqrt((ours.matrix**2).sum(axis=1))).all()


@pytest.mark.parametrize("kind", [np.array, lambda rows: sparse.csr_array(np.array(rows))])
def test_a_vector_of_zeros_is_nobodys_neighbour_and_never_nan(kind):
    vectors = toy(kind)
    assert "nothing" not in dict(vectors.neighbours("man", 10))
    assert len(vectors.neighbours("man", 10)) == 5
    assert "nothing" not in dict(vectors.analogy("man", "king", "woman", 10))
    assert not vectors.cosines(vectors.ids(["nothing"])).any()
    for ask in (
        lambda: vectors.neighbours("nothing"),
        lambda: vectors.similarity("man", "nothing"),
        lambda: vectors.analogy("man", "nothing", "king"),
    ):
        with pytest.raises(LabError, match="vector of 'nothing' is all zeros"):
            ask()


def test_neighbours_are_gensims():
    ours, theirs = drawn()
    for word in ours.words[:10]:
        expected = theirs.most_similar(word, topn=10)
        found = ours.neighbours(word)
        assert [w for w, _ in found] == [w for w, _ in expected]
        assert [s for _, s in found] == pytest.approx([s for _, s in expected], abs=1e-6)


def test_analogies_are_gensims():
    ours, theirs = drawn()
    for a, b, c in np.random.default_rng(1).integers(0, 60, (40, 3)):
        if len({a, b, c}) < 3:
            continue
        words = [ours.words[i] for i in (a, b, c)]
        asked = {"positive": words[1:], "negative": words[:1], "topn": 5}
        added = [w for w, _ in ours.analogy(*words, n=5)]
        assert added == [w for w, _ in theirs.most_similar(**asked)]
        multiplied = ours.analogy(*words, method="mul")[0][0]
        assert multiplied == theirs.most_similar_cosmul(**asked)[0][0]


def test_scores_of_analogies_by_hand():
    a, b, c = np.array([0.5]), np.array([0.8]), np.array([0.2])
    assert analogy_scores(a, b, c) == pytest.approx([0.5])
    assert analogy_scores(a, b, c, "mul") == pytest.approx([0.9 * 0.6 / 0.751])


def test_equals_come_in_the_order_of_the_list():
    rows = np.array([[1.0, 0], [3, 3], [1, 1], [2, 2]])
    vectors = WordVectors(("a", "b", "c", "d"), rows)
    assert [word for word, _ in vectors.neighbours("a")] == ["b", "c", "d"]


def test_only_among_some_words():
    vectors = toy()
    found = vectors.neighbours("man", 3, among=["girl", "queen"])
    assert [word for word, _ in found] == ["queen", "girl"]
    with pytest.raises(LabError, match="'prince' is not among"):
        vectors.neighbours("man", among=["prince"])
    assert vectors.restricted(["queen", "man"])["queen"].tolist() == [-1, 1, 0.5]
    assert vectors.restricted(["queen", "man"]).words == ("queen", "man")


@given(st.integers(1, 8), st.integers(1, 5), st.integers(0, 100))
def test_cosines_lie_between_minus_one_and_one_and_do_not_feel_length(n, d, seed):
    draw = np.random.default_rng(seed)
    matrix = draw.normal(size=(n, d)) * draw.integers(0, 2, (n, 1))
    words = tuple(map(str, range(n)))
    cosines = WordVectors(words, matrix).cosines(np.arange(n))
    assert np.isfinite(cosines).all()
    assert np.abs(cosines).max() <= 1 + 1e-12
    longer = matrix * draw.uniform(0.1, 10, (n, 1))
    assert WordVectors(words, longer).cosines(np.arange(n)) == pytest.approx(cosines)


@pytest.mark.parametrize(
    ("words", "matrix", "message"),
    [
        (("a",), np.ones((2, 3)), r"1 words and a matrix of shape \(2, 3\)"),
        (("a",), np.ones((1, 0)), "with at least one number"),
        (("a", "b"), np.ones(2), r"shape \(2,\)"),
        (("a", "a"), np.ones((2, 2)), "the word 'a' stands twice"),
        (("a",), np.array([[np.nan]]), "NaN or infinity"),
        (("a",), sparse.csr_array([[np.inf]]), "NaN or infinity"),
    ],
)
def test_what_is_no_table_of_vectors_is_refused(words, matrix, message):
    with pytest.raises(LabError, match=message):
        WordVectors(words, matrix)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda v: v["kings"],
            "'kings' is not among the 7 words that have a vector; near it: king",
        ),
        (lambda v: v.id("ÿ"), "as the corpus spells them"),
        (lambda v: v.neighbours("king", 0), "n is 0"),
        (lambda v: v.analogy("man", "king", "lady"), "'lady' is not"),
        (lambda v: v.analogy("man", "king", "woman", method="sub"), "'sub' is unknown; choose add"),
        (lambda v: v.nearest(np.zeros(3)), "no direction"),
        (lambda v: v.nearest(np.zeros(2)), "give 3 numbers"),
    ],
)
def test_what_cannot_be_asked_is_said(ask, message):
    with pytest.raises(LabError, match=message):
        ask(toy())
