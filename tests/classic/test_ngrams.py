"""n-gram models against the papers' formulas written out with dictionaries, and against nltk."""

import math
import time
import tracemalloc
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gptlab.classic.ngram_counts import distinct
from gptlab.classic.ngrams import NgramModel, byte_ids
from gptlab.errors import LabError

VOCAB = 5
SMOOTHINGS = ["mle", "add-k", "kneser-ney", "modified-kneser-ney"]
symbols = st.integers(0, VOCAB - 1)
# Awkward on purpose: empty and one-symbol documents, long runs, symbols that never occur.
texts = st.lists(
    st.one_of(
        st.lists(symbols, max_size=25),
        st.builds(lambda s, n: [s] * n, symbols, st.integers(0, 12)),
        st.builds(lambda p, n: p * n, st.lists(symbols, max_size=4), st.integers(0, 8)),
    ),
    min_size=1,
    max_size=4,
).filter(lambda documents: any(documents))
contexts = st.lists(symbols, max_size=8)
quick = settings(max_examples=60, deadline=None)


def chen_goodman(documents, order, vocab_size, modified):
    """Interpolated Kneser-Ney straight from the paper, for one n-gram at a time."""
    raw = [Counter() for _ in range(order + 1)]
    for document in documents:
        padded = ("begin",) * (order - 1) + tuple(document)
        for end in range(order - 1, len(padded)):
            for n in range(1, order + 1):
                raw[n][padded[end - n + 1 : end + 1]] += 1
    counts = [Counter() for _ in range(order + 1)]
    counts[order] = raw[order]
    for n in range(1, order):
        left = defaultdict(set)
        for ngram in raw[n + 1]:
            left[ngram[1:]].add(ngram[0])
        counts[n] = Counter({ngram: len(symbols) for ngram, symbols in left.items()})
    discounts = [None]
    for n in range(1, order + 1):
        n1, n2, n3, n4 = (sum(c == r for c in counts[n].values()) for r in (1, 2, 3, 4))
        y = n1 / (n1 + 2 * n2) if n1 and n2 else 0.5
        three = [y, y, y]
        if modified and n1 and n2 and n3:
            estimate = [1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]
            if all(0 < d <= r for r, d in enumerate(estimate, start=1)):
                three = estimate
        discounts.append(three)

    def probability(symbol, context):
        if context is None:
            return 1 / vocab_size
        n = len(context) + 1
        after = {g[-1]: c for g, c in counts[n].items() if g[:-1] == context}
        shorter = probability(symbol, context[1:] if context else None)
        if not after:
            return shorter
        taken = {s: discounts[n][min(c, 3) - 1] for s, c in after.items()}
        kept = after.get(symbol, 0) - taken.get(symbol, 0)
        return kept / sum(after.values()) + sum(taken.values()) / sum(after.values()) * shorter

    return probability


@quick
@given(st.lists(st.integers(0, 30), max_size=20), st.sampled_from([31, 10_000]))
def test_marking_finds_what_sorting_finds(keys, limit):
    keys = np.array(keys, dtype=np.int64)
    found, rows = distinct(keys, limit)
    expected, places = np.unique(keys, return_inverse=True)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(rows, places)


def padded(context, order):
    return (("begin",) * (order - 1) + tuple(context))[len(context) :] if order > 1 else ()


@quick
@given(texts, st.integers(1, 5), st.booleans(), contexts)
def test_kneser_ney_follows_the_papers_formulas(documents, order, modified, context):
    smoothing = "modified-kneser-ney" if modified else "kneser-ney"
    model = NgramModel.train(documents, order, VOCAB, smoothing)
    reference = chen_goodman(documents, order, VOCAB, modified)
    for seen in (context, documents[0][: order - 1], documents[-1][-3:]):
        expected = [reference(s, padded(seen, order)) for s in range(VOCAB)]
        np.testing.assert_allclose(model.probabilities(seen), expected, atol=1e-12)
        short = tuple(seen[len(seen) - min(len(seen), order - 1) :])
        expected = [reference(s, short) for s in range(VOCAB)]
        got = model.probabilities(seen, document_start=False)
        np.testing.assert_allclose(got, expected, atol=1e-12)


def test_modified_kneser_ney_really_has_three_discounts():
    text = np.random.default_rng(0).zipf(1.5, 4000) % 30
    model = NgramModel.train([text], 3, 30, "modified-kneser-ney")
    assert (np.diff(model.discounts[1:]) > 0).all()
    reference = chen_goodman([text.tolist()], 3, 30, modified=True)
    for t in (1, 2, 50, 51):
        context = tuple(text[t - 1 : t + 1].tolist())
        expected = [reference(s, context) for s in range(30)]
        np.testing.assert_allclose(model.probabilities(text[: t + 1]), expected, atol=1e-12)


def padded_for_nltk(documents, order):
    """The n-grams of every length that end in a real symbol: the begin symbol is never predicted.

    nltk's own padded_everygrams also yields n-grams that end in "<s>", so its model predicts it.
    """
    for document in documents:
        text = ["<s>"] * (order - 1) + [str(s) for s in document]
        ends = range(order - 1, len(text))
        yield [tuple(text[e - n + 1 : e + 1]) for e in ends for n in range(1, order + 1)]


def train_nltk(model, documents, order):
    model.fit(padded_for_nltk(documents, order), [str(s) for s in range(VOCAB)] + ["<s>"])
    return model


def nltk_scores(model, context, order):
    text = ["<s>"] * (order - 1) + [str(s) for s in context]
    last = tuple(text[len(text) - order + 1 :])
    return [model.score(str(s), last) for s in range(VOCAB)]


@quick
@given(texts, st.integers(2, 5), st.floats(0.05, 0.95), contexts)
def test_kneser_ney_equals_nltk(documents, order, discount, context):
    lm = pytest.importorskip("nltk.lm")
    theirs = train_nltk(lm.KneserNeyInterpolated(order, discount=discount), documents, order)
    # nltk neither discounts the unigrams nor puts the uniform distribution below them.
    discounts = [0.0] + [discount] * (order - 1)
    ours = NgramModel.train(documents, order, VOCAB, discounts=discounts)
    for seen in (context, documents[0], documents[-1][:1]):
        expected = nltk_scores(theirs, seen, order)
        np.testing.assert_allclose(ours.probabilities(seen), expected, atol=1e-9)


@quick
@given(texts, st.integers(1, 4), st.floats(0.01, 3), contexts)
def test_add_k_equals_nltk(documents, order, k, context):
    lm = pytest.importorskip("nltk.lm")
    theirs = train_nltk(lm.Lidstone(k, order), documents, order)
    # nltk's vocabulary holds the begin and the unknown symbol too.
    ours = NgramModel.train(documents, order, VOCAB + 2, "add-k", k=k)
    for seen in (context, documents[0]):
        expected = nltk_scores(theirs, seen, order)
        np.testing.assert_allclose(ours.probabilities(seen)[:VOCAB], expected, atol=1e-9)


@quick
@given(texts, st.integers(1, 4), contexts)
def test_maximum_likelihood_equals_nltk_where_the_context_was_seen(documents, order, context):
    lm = pytest.importorskip("nltk.lm")
    theirs = train_nltk(lm.MLE(order), documents, order)
    ours = NgramModel.train(documents, order, VOCAB, "mle")
    longest = max(documents, key=len)
    for seen in (context, longest[: len(longest) - 1]):
        expected = nltk_scores(theirs, seen, order)
        if sum(expected):  # nltk answers 0 for every symbol after a context it does not know
            np.testing.assert_allclose(ours.probabilities(seen), expected, atol=1e-9)


def test_what_nltk_does_differently():
    lm = pytest.importorskip("nltk.lm")
    letters = [str(s) for s in range(VOCAB)]
    unpadded = [[("0",), ("1",), ("0", "1"), ("2",), ("1", "2"), ("0", "1", "2")]]
    theirs = lm.KneserNeyInterpolated(3, discount=0.5)
    theirs.fit(unpadded, letters)
    with pytest.raises(ZeroDivisionError):  # the bigram 0 1 has nothing on its left
        theirs.score("1", ("0",))
    theirs = lm.KneserNeyInterpolated(3, discount=0.5)
    more = [("3",), ("0",), ("4",), ("3", "0"), ("0", "4"), ("3", "0", "4")]
    theirs.fit([*unpadded, more], letters)
    assert sum(theirs.score(s, ("0",)) for s in letters) == pytest.approx(1.5)
    ours = NgramModel.train([[0, 1, 2], [3, 0, 4]], 3, VOCAB, discounts=0.5)
    assert ours.probabilities([0], document_start=False).sum() == pytest.approx(1)
    theirs = lm.KneserNeyInterpolated(1, discount=0.5)
    theirs.fit([[("0",), ("1",)]], letters)
    with pytest.raises(ZeroDivisionError):
        theirs.score("0")


@quick
@given(texts, st.integers(1, 7), st.sampled_from(SMOOTHINGS), contexts, st.booleans())
def test_probabilities_sum_to_one(documents, order, smoothing, context, start):
    model = NgramModel.train(documents, order, VOCAB, smoothing, k=0.1)
    for seen in (context, documents[0], context + documents[0]):
        probabilities = model.probabilities(seen, document_start=start)
        assert probabilities.shape == (VOCAB,)
        assert probabilities.sum() == pytest.approx(1, abs=1e-12)
        assert (probabilities >= 0).all()
        if smoothing != "mle":
            assert (probabilities > 0).all()


@quick
@given(texts, st.integers(1, 5), st.sampled_from(SMOOTHINGS), st.lists(symbols, max_size=12))
def test_each_symbol_is_scored_once_given_all_before_it(documents, order, smoothing, text):
    model = NgramModel.train(documents, order, VOCAB, smoothing)
    scores = model.log2_probabilities(text)
    assert scores.shape == (len(text),)
    with np.errstate(divide="ignore"):
        expected = [np.log2(model.probabilities(text[:t])[s]) for t, s in enumerate(text)]
    np.testing.assert_allclose(scores, np.array(expected).reshape(-1), atol=1e-9)


@quick
@given(texts.filter(lambda d: len(d) > 1), st.integers(1, 5), st.sampled_from(SMOOTHINGS))
def test_no_context_reaches_into_another_document(documents, order, smoothing):
    model = NgramModel.train(documents, order, VOCAB, smoothing)
    turned = NgramModel.train(documents[::-1], order, VOCAB, smoothing)
    together = model._log2([np.array(d, dtype=np.int64) for d in documents])
    alone = np.concatenate([model.log2_probabilities(d) for d in documents])
    np.testing.assert_array_equal(together, alone)
    for document in documents:
        np.testing.assert_allclose(
            model.log2_probabilities(document), turned.log2_probabilities(document), atol=1e-12
        )


@quick
@given(texts, st.integers(1, 4), st.sampled_from(["mle", "add-k"]), contexts)
def test_a_short_context_is_answered_by_the_lower_order(documents, order, smoothing, context):
    short = context[: order - 1]
    model = NgramModel.train(documents, order, VOCAB, smoothing)
    lower = NgramModel.train(documents, len(short) + 1, VOCAB, smoothing)
    got = model.probabilities(short, document_start=False)
    np.testing.assert_allclose(got, lower.probabilities(short), atol=1e-12)


def test_a_small_example_by_hand():
    # a b a c, once more a b: after a come b (twice) and c (once).
    text = [[0, 1, 0, 2], [0, 1]]
    mle = NgramModel.train(text, 2, 3, "mle")
    np.testing.assert_allclose(mle.probabilities([0]), [0, 2 / 3, 1 / 3])
    np.testing.assert_allclose(mle.probabilities([2]), [3 / 6, 2 / 6, 1 / 6])  # unseen: unigrams
    np.testing.assert_allclose(mle.probabilities(), [1, 0, 0])  # every document begins with a
    add = NgramModel.train(text, 2, 3, "add-k", k=1)
    np.testing.assert_allclose(add.probabilities([0]), [1 / 6, 3 / 6, 2 / 6])
    np.testing.assert_allclose(add.probabilities([2]), [1 / 3, 1 / 3, 1 / 3])
    # Different left neighbours: a has (begin, b), b has (a), c has (a): 2 + 1 + 1.
    kn = NgramModel.train(text, 2, 3, discounts=[0, 0.5])
    np.testing.assert_allclose(kn.probabilities((), document_start=False), [2 / 4, 1 / 4, 1 / 4])
    expected = [1 / 3 * 2 / 4, 1.5 / 3 + 1 / 3 / 4, 0.5 / 3 + 1 / 3 / 4]
    np.testing.assert_allclose(kn.probabilities([0]), expected)
    assert kn.n_ngrams == (3, 4)


def test_estimated_discounts():
    model = NgramModel.train([[0, 1, 0, 1, 2, 1]], 2, 3)
    # Four bigrams come once (begin-0, 1-0, 1-2, 2-1) and one twice (0-1).
    assert model.discounts[1] == pytest.approx(4 / (4 + 2 * 1))
    regular = NgramModel.train([[0] * 9, [0] * 9, [0] * 9], 2, 3)  # no count is one or two
    assert (regular.discounts[1] == 0.5).all()
    once = NgramModel.train([[0, 1, 2]], 2, 4)  # and here none is two: a discount of 1 says nothing
    assert (once.discounts[1] == 0.5).all()
    assert once.probabilities([0]).argmax() == 1


def test_perplexity_and_bits_per_byte():
    train = [byte_ids("so much depends upon a red wheel barrow")]
    model = NgramModel.train(train, 3, 256)
    test = [byte_ids("a red barrow"), byte_ids("néw")]
    bits = -sum(model.log2_probabilities(t).sum() for t in test)
    n_symbols = sum(map(len, test))
    assert n_symbols == 16
    assert model.bits_per_byte(test) == pytest.approx(bits / 16)
    assert model.perplexity(test) == pytest.approx(2 ** (bits / 16))
    assert model.bits_per_byte(test, n_bytes=32) == pytest.approx(bits / 32)
    one = NgramModel.train([[0]], 1, 1)
    assert one.perplexity([[0, 0]]) == 1
    mle = NgramModel.train(train, 2, 256, "mle")
    assert mle.bits_per_byte([byte_ids("z")]) == math.inf
    assert mle.perplexity([byte_ids("z")]) == math.inf


@quick
@given(texts, st.integers(1, 5), st.lists(symbols, min_size=1, max_size=12))
def test_unseen_shares_are_what_a_set_finds(documents, order, text):
    model = NgramModel.train(documents, order, VOCAB)
    for n, share in enumerate(model.unseen_shares([text, []]), start=1):

        def ngrams(sequence, n=n):
            begin = ["begin"] * (n - 1)
            return [tuple([*begin, *sequence][t : t + n]) for t in range(len(sequence))]

        seen = {ngram for document in documents for ngram in ngrams(document)}
        assert share == pytest.approx(np.mean([ngram not in seen for ngram in ngrams(text)]))


def test_samples_are_repeatable_and_follow_the_model():
    model = NgramModel.train([[0, 1, 0, 2, 0, 1], [1, 1, 0]], 2, 3)
    a = model.sample(4000, seed=1)
    np.testing.assert_array_equal(a, model.sample(4000, seed=1))
    assert (a != model.sample(4000, seed=2)).any()
    after_zero = np.bincount(a[1:][a[:-1] == 0], minlength=3)
    expected = model.probabilities([0])
    np.testing.assert_allclose(after_zero / after_zero.sum(), expected, atol=0.04)
    text = byte_ids("the cat sat")
    mle = NgramModel.train([text], 6, 256, "mle")
    assert bytes(mle.sample(5, 0, context=text[:6]).astype(np.uint8)) == b"t sat"
    assert len(model.sample(0, 0)) == 0


def test_any_order_and_any_vocabulary():
    text = np.random.default_rng(0).integers(0, 50257, 500)
    model = NgramModel.train([text], 12, 50257)
    assert model.probabilities(text[:100]).sum() == pytest.approx(1)
    assert model.probabilities(text[:100]).argmax() == text[100]
    assert NgramModel.train([[0], [], [1]], 6, 2).probabilities().tolist() == [0.5, 0.5]
    assert NgramModel.train([b"bytes", list(b"lists")], 2, 256).n_ngrams[0] > 5


@pytest.mark.parametrize("smoothing", ["kneser-ney", "add-k"])
def test_three_megabytes_at_order_six_in_time_and_memory(smoothing):
    text = np.random.default_rng(0).zipf(1.3, 3_100_000) % 256  # rarer repeats than in any text
    tracemalloc.start()
    started = time.perf_counter()
    model = NgramModel.train(np.array_split(text, 100), 6, 256, smoothing, k=0.1)
    model.bits_per_byte([text[:300_000]])
    assert time.perf_counter() - started < 60
    assert tracemalloc.get_traced_memory()[1] < 2e9
    tracemalloc.stop()


GOOD = {"sequences": [[0, 1, 2]], "order": 2, "vocab_size": 3}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sequences": []}, "the training text is empty"),
        ({"sequences": [[], []]}, "the training text is empty .2 documents"),
        ({"sequences": [[0, 3]]}, "id 3 at position 1; ids must lie in 0..2"),
        ({"sequences": [[0], [-1]]}, "document 1 has id -1"),
        ({"sequences": [[0.5]]}, "whole numbers"),
        ({"sequences": [[[0]]]}, "shape"),
        ({"sequences": [[[0], [1, 2]]]}, "not a flat sequence"),
        ({"sequences": ["text"]}, "byte_ids"),
        ({"sequences": "text"}, "a list with one sequence"),
        ({"sequences": np.array([0, 1])}, r"write \[ids\]"),
        ({"order": 0}, "order is 0"),
        ({"order": -1}, "order is -1"),
        ({"order": 2.5}, "order is 2.5"),
        ({"vocab_size": 0}, "vocab_size is 0"),
        ({"vocab_size": 2**62}, "too large"),
        ({"smoothing": "katz"}, "'katz' is unknown; choose mle"),
        ({"smoothing": "add-k", "k": 0}, "k is 0; add-k needs k > 0"),
        ({"smoothing": "add-k", "k": -1.0}, "k is -1"),
        ({"smoothing": "add-k", "k": math.nan}, "k is nan"),
        ({"discounts": 1.5}, "from 0 to 1"),
        ({"discounts": [0.1]}, "2 orders"),
        ({"discounts": 0.5, "smoothing": "mle"}, "belong to 'kneser-ney'"),
    ],
)
def test_bad_training_input_is_named(change, message):
    with pytest.raises(LabError, match=message):
        NgramModel.train(**{**GOOD, **change})


def test_bad_questions_are_named():
    model = NgramModel.train(**GOOD)
    with pytest.raises(LabError, match="the context has id 3"):
        model.probabilities([3])
    with pytest.raises(LabError, match="the sequence has id 9"):
        model.log2_probabilities([9])
    with pytest.raises(LabError, match="pass n_bytes"):
        model.bits_per_byte([[0]])
    with pytest.raises(LabError, match="n_bytes is 0"):
        model.bits_per_byte([[0]], n_bytes=0)
    with pytest.raises(LabError, match="nothing to score"):
        model.perplexity([[]])
    with pytest.raises(LabError, match=r"write \[ids\]"):
        model.perplexity(np.array([0, 1]))
    with pytest.raises(LabError, match="nothing to score"):
        model.unseen_shares([])
    with pytest.raises(LabError, match="length is -1"):
        model.sample(-1, seed=0)
