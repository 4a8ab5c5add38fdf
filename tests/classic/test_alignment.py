"""IBM Model 1: against nltk, against four loops that follow the formula, and on bad input."""

import math
import warnings
from collections import defaultdict
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gptlab.classic.alignment import NULL, IBMModel1
from gptlab.errors import LabError
from gptlab.text.corpora import toy_split

BOOKS = [
    (["das", "Haus"], ["the", "house"]),
    (["das", "Buch"], ["the", "book"]),
    (["ein", "Buch"], ["a", "book"]),
]
WORDS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4)
CORPORA = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5)


def by_loops(pairs, iterations):
    """Expectation-maximisation as the paper writes it, word by word."""
    targets = {t for _, target in pairs for t in target}
    table = defaultdict(lambda: 1 / len(targets))
    for _ in range(iterations):
        counts, totals = defaultdict(float), defaultdict(float)
        for source, target in pairs:
            for t in target:
                places = [NULL, *source]
                whole = sum(table[s, t] for s in places)
                for s in places:
                    counts[s, t] += table[s, t] / whole
                    totals[s] += table[s, t] / whole
        table = defaultdict(float, {(s, t): n / totals[s] for (s, t), n in counts.items()})
    return table


def nltk_table(pairs, iterations):
    from nltk.translate import AlignedSent
    from nltk.translate.ibm1 import IBMModel1 as Theirs

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Theirs([AlignedSent(t, s) for s, t in pairs], iterations).translation_table


def assert_equals_nltk(pairs, iterations):
    ours, theirs = IBMModel1.train(pairs, iterations), nltk_table(pairs, iterations)
    for s, t, p in zip(ours.sources, ours.targets, ours.table, strict=True):
        source = ours.source_words[s]
        found = theirs[ours.target_words[t]][None if source == NULL else source]
        assert found == pytest.approx(p, abs=1e-6)


@pytest.mark.parametrize("iterations", [1, 3, 20])
def test_the_table_is_nltks(iterations):
    assert_equals_nltk(BOOKS, iterations)


def test_the_table_is_nltks_on_real_pairs():
    pairs = [
        (list(s.german), list(dict.fromkeys(s.english)))  # nltk counts a repeated target once
        for s in toy_split().train[:300]
    ]
    assert_equals_nltk(pairs, 5)


def test_a_target_word_that_stands_twice_counts_twice():
    pairs = [(["a", "b"], ["x", "x"]), (["a"], ["x", "y"]), (["b", "b"], ["y", "x", "y"])]
    table = by_loops(pairs, 4)
    ours = IBMModel1.train(pairs, 4)
    for s, t in product([NULL, "a", "b"], "xy"):
        assert ours.probability(t, s) == pytest.approx(table[s, t], abs=1e-12)
    assert nltk_table(pairs, 4)["x"]["a"] != pytest.approx(table["a", "x"], abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(CORPORA, st.integers(1, 6))
def test_any_small_corpus_comes_out_as_by_loops(pairs, iterations):
    table, ours = by_loops(pairs, iterations), IBMModel1.train(pairs, iterations)
    for s, t, p in zip(ours.sources, ours.targets, ours.table, strict=True):
        key = ours.source_words[s], ours.target_words[t]
        assert p == pytest.approx(table[key], abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(CORPORA, st.booleans())
def test_the_likelihood_never_falls_and_rows_sum_to_one(pairs, null):
    model = IBMModel1.train(pairs, 8, null=null)
    assert all(
        b >= a - 1e-9 for a, b in zip(*[model.log_likelihoods[i:] for i in (0, 1)], strict=False)
    )
    rows = np.bincount(model.sources, model.table)
    np.testing.assert_allclose(rows, 1)
    assert np.isfinite(model.table).all()
    assert len(model.log_likelihoods) == 9
    total = sum(model.log_probability(s, t) for s, t in pairs)
    assert total == pytest.approx(model.log_likelihoods[-1], abs=1e-9)


def test_the_likelihood_is_the_sum_over_all_alignments():
    model = IBMModel1.train(BOOKS, 3)
    source, target = BOOKS[0]
    whole = 0.0
    for choice in product([NULL, *source], repeat=len(target)):
        whole += math.prod(
            model.probability(t, s) / (len(source) + 1) for t, s in zip(target, choice, strict=True)
        )
    assert math.log(whole) == pytest.approx(model.log_probability(source, target))


def test_any_start_reaches_the_same_likelihood():
    """The log-likelihood is concave: shuffled sentences and other words change nothing."""
    forward = IBMModel1.train(BOOKS, 300, null=False)
    assert forward.log_likelihoods[-1] == pytest.approx(6 * math.log(1 / 2), abs=0.02)
    backward = IBMModel1.train(BOOKS[::-1], 300, null=False)
    np.testing.assert_allclose(forward.table, backward.table)
    assert forward.source_words == backward.source_words


def test_the_books_are_told_apart():
    model = IBMModel1.train(BOOKS, 50, null=False)
    assert [model.translations(w, 1)[0][0] for w in ("das", "Haus", "Buch", "ein")] == [
        "the", "house", "book", "a",
    ]  # fmt: skip
    assert model.align(["ein", "Haus"], ["a", "house"]) == [0, 1]
    weights = model.alignment_weights(["das", "Buch"], ["book", "the"])
    assert weights.argmax(axis=1).tolist() == [1, 0]
    np.testing.assert_allclose(weights.sum(axis=1), 1)


def test_columns_of_the_table():
    model = IBMModel1.train(BOOKS, 10, null=False)
    assert [word for word, _ in model.origins("the")] == ["das", "Haus", "Buch"]
    assert model.origins("house", 1)[0][0] == "Haus"


def test_no_iteration_is_the_uniform_table():
    model = IBMModel1.train(BOOKS, 0)
    assert model.probability("a", "Haus") == 1 / 4  # they never met, but nobody has counted yet
    assert model.log_likelihoods == pytest.approx([6 * math.log(1 / 4)])
    np.testing.assert_allclose(model.alignment_weights(["das"], ["a"]), [[0.5, 0.5]])
    assert model.align(["das"], ["a"]) == [None]


def test_one_pair_of_one_word():
    model = IBMModel1.train([(["ja"], ["yes"])], 5)
    assert model.probability("yes", "ja") == model.probability("yes", None) == 1
    assert model.log_likelihoods[-1] == 0


def test_unseen_words_explain_nothing_and_are_explained_by_nothing():
    model = IBMModel1.train(BOOKS, 5, null=False)
    weights = model.alignment_weights(["Auto", "Haus"], ["house", "car"])
    np.testing.assert_allclose(weights, [[0, 1], [0, 0]])
    assert model.align(["Auto"], ["car"]) == [None]
    assert model.log_probability(["Auto"], ["car"]) == -math.inf
    assert not model.scores(["Auto"], ["car", "house"]).any()


@pytest.mark.parametrize(
    ("pairs", "settings", "message"),
    [
        ([], {}, "no pairs"),
        ([(["a"], [])], {}, "the target of pair 0 is empty"),
        ([(["a"], ["b"]), ([], ["b"])], {}, "the source of pair 1 is empty"),
        ([("das Haus", ["the"])], {}, "the source of pair 0 is the string 'das Haus'"),
        ([(["a"], ["b"], ["c"])], {}, "give \\(source words, target words\\)"),
        (["ab"], {}, "give \\(source words, target words\\)"),
        ([3], {}, "pair 0 is 3; give \\(source words, target words\\)"),
        ([([NULL], ["b"])], {}, "called NULL"),
        (BOOKS, {"iterations": -1}, "iterations is -1"),
        (BOOKS, {"iterations": 1.5}, "iterations is 1.5"),
    ],
)
def test_bad_pairs(pairs, settings, message):
    with pytest.raises(LabError, match=message):
        IBMModel1.train(pairs, **settings)


def test_bad_questions():
    model = IBMModel1.train(BOOKS, 1, null=False)
    with pytest.raises(LabError, match="'Auto' is not among the 4 source words"):
        model.translations("Auto")
    with pytest.raises(LabError, match="'car' is not among the 4 target words"):
        model.probability("car", "das")
    with pytest.raises(LabError, match="trained without NULL"):
        model.translations(None)
    with pytest.raises(LabError, match="n is 0"):
        model.translations("das", 0)
    with pytest.raises(LabError, match="is empty"):
        model.align([], ["the"])
