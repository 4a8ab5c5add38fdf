"""Agreement with people: Spearman's ρ against scipy, both evaluations against gensim."""

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.test.utils import datapath
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gptlab.embeddings.similarity import (
    AnalogyQuestion,
    WordPair,
    analogy_questions,
    evaluate_analogies,
    evaluate_pairs,
    neighbour_purity,
    ranks,
    spearman,
    word_pairs,
)
from gptlab.embeddings.vectors import WordVectors
from gptlab.errors import LabError


@pytest.fixture(scope="module")
def drawn():
    """Vectors with some structure for two thirds of the words that are asked."""
    words = {word for pair in word_pairs("wordsim353") for word in (pair.first, pair.second)}
    words |= {word for pair in word_pairs("simlex999") for word in (pair.first, pair.second)}
    words |= {w for q in analogy_questions()[::7] for w in (q.a, q.b, q.c, q.answer)}
    kept = sorted(words)[::3] + sorted(words)[1::3]
    draw = np.random.default_rng(0)
    shared = {word[:3]: draw.normal(size=20) for word in kept}
    matrix = np.array([shared[word[:3]] + draw.normal(size=20) for word in kept])
    theirs = KeyedVectors(20)
    theirs.add_vectors(kept, matrix)
    return WordVectors(tuple(kept), matrix), theirs


@given(st.lists(st.integers(0, 6), min_size=2, max_size=12), st.integers(0, 50))
def test_ranks_and_spearman_with_ties_are_scipys(values, seed):
    other = np.random.default_rng(seed).integers(0, 4, len(values))
    assert ranks(values).tolist() == stats.rankdata(values).tolist()
    if len(set(values)) > 1 and len(set(other)) > 1:
        expected = stats.spearmanr(values, other).statistic
        assert spearman(values, other) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ["wordsim353", "simlex999"])
def test_pairs_score_as_in_gensim(drawn, name):
    ours, theirs = drawn
    file = datapath({"wordsim353": "wordsim353.tsv", "simlex999": "simlex999.txt"}[name])
    _, (rho, _), unknown = theirs.evaluate_word_pairs(file)
    found = evaluate_pairs(ours, name)
    assert found.spearman == pytest.approx(rho, abs=1e-6)
    assert found.total == {"wordsim353": 353, "simlex999": 999}[name]
    assert 1 - found.covered / found.total == pytest.approx(unknown / 100, abs=1e-6)
    assert f"on {found.covered} of {found.total} pairs" in str(found)


def test_analogies_score_as_in_gensim(drawn):
    ours, theirs = drawn
    accuracy, sections = theirs.evaluate_word_analogies(datapath("questions-words.txt"))
    found = evaluate_analogies(ours)
    assert found.accuracy == pytest.approx(accuracy)
    assert found.total == 19_544
    for section in sections[:-1]:
        right, asked, _ = found.sections.get(section["section"], (0, 0, 0))
        assert (right, asked - right) == (len(section["correct"]), len(section["incorrect"]))
    assert str(found.covered) in str(found)


def test_every_answer_is_the_one_that_analogy_gives(drawn):
    vectors = drawn[0]
    asked = [
        q
        for q in analogy_questions()[::50]
        if all(word in vectors for word in (q.a, q.b, q.c, q.answer))
    ]
    for method in ("add", "mul"):
        right = sum(vectors.analogy(q.a, q.b, q.c, method=method)[0][0] == q.answer for q in asked)
        assert evaluate_analogies(vectors, asked, method).right == right


def test_the_sets_are_the_published_ones():
    assert len(word_pairs("wordsim353")) == 353
    assert word_pairs("wordsim353")[1] == WordPair("tiger", "cat", 7.35)
    assert len(word_pairs("simlex999")) == 999
    questions = analogy_questions()
    assert len(questions) == 19_544
    assert questions[0].answer == "iraq"
    assert len({q.section for q in questions}) == 14


def test_words_with_zeros_or_without_a_vector_are_not_asked():
    words = ("cat", "dog", "car", "void")
    vectors = WordVectors(words, np.array([[1.0, 0], [1, 0.2], [0, 1], [0, 0]]))
    pairs = [
        WordPair("cat", "dog", 9),
        WordPair("cat", "car", 1),
        WordPair("cat", "void", 5),
        WordPair("cat", "unseen", 5),
    ]
    found = evaluate_pairs(vectors, pairs)
    assert (found.spearman, found.covered, found.total) == (pytest.approx(1), 2, 4)
    questions = [
        AnalogyQuestion("s", "cat", "dog", "car", "void"),
        AnalogyQuestion("s", "cat", "car", "dog", "dog"),
    ]
    assert evaluate_analogies(vectors, questions).sections == {"s": (0, 1, 2)}


def test_purity_counts_neighbours_of_the_same_class():
    rows = np.array([[1.0, 0], [1, 0.1], [0, 1], [0.1, 1], [0, 0], [1, -0.1]])
    vectors = WordVectors(("cat", "dog", "car", "bus", "void", "the"), rows)
    classes = {"cat": "animal", "dog": "animal", "car": "thing", "bus": "thing"}
    assert neighbour_purity(vectors, classes, 1) == 1  # the first of equals is cat's dog
    assert neighbour_purity(vectors, classes, 2) == 0.5
    assert neighbour_purity(vectors, classes | {"void": "thing", "ж": "thing"}, 1) == 4 / 6
    for wrong in (
        lambda: neighbour_purity(vectors, {}),
        lambda: neighbour_purity(vectors, classes, 0),
    ):
        with pytest.raises(LabError, match="give one or more of each"):
            wrong()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda v: evaluate_pairs(v), "0 of 353 pairs have vectors for both words"),
        (lambda v: evaluate_pairs(v, []), "0 of 0 pairs"),
        (lambda v: evaluate_pairs(v, "wordsim"), "choose one of wordsim353, simlex999"),
        (lambda v: evaluate_analogies(v), "none of 19544 analogies"),
        (lambda v: evaluate_analogies(v, []), "none of 0 analogies"),
        (
            lambda v: evaluate_analogies(v, [AnalogyQuestion("s", "ж", "ж", "ж", "ж")], "sub"),
            "'sub' is unknown",
        ),
        (
            lambda v: evaluate_pairs(v, [WordPair("ж", "ж", 1), WordPair("ж", "ж", 2)]),
            "all 2 values are 1: they put nothing in order",
        ),
        (lambda v: spearman([1, 2], [1, 2, 3]), r"shapes \(2,\) and \(3,\)"),
        (lambda v: spearman([1], [1]), "2 or more"),
        (lambda v: spearman([1, 2], [1, np.nan]), "NaN or infinity"),
    ],
)
def test_what_cannot_be_measured_is_said(ask, message):
    with pytest.raises(LabError, match=message):
        ask(WordVectors(("ж",), np.ones((1, 2))))
