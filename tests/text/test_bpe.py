"""Learning and applying merges, against a plain form, and against Hugging Face's trainer."""

import time
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gptlab.errors import LabError
from gptlab.text import bpe, corpora

words_of_few_letters = st.dictionaries(
    st.text("abc", min_size=1, max_size=20), st.integers(1, 9), max_size=8
)


def learn_plainly(word_counts, n_merges, min_count):
    """Count everything anew before every merge: slow, and hard to get wrong."""
    words = {word: bpe.gpt2_byte_ids(word) for word in word_counts}
    merges = []
    while len(merges) < n_merges:
        counts = Counter()
        for word, ids in words.items():
            for pair in pairwise(ids):
                counts[pair] += word_counts[word]
        if not counts:
            break
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        if counts[best] < min_count:
            break
        new_id = 256 + len(merges)
        merges.append(best)
        words = {word: bpe.merge_pair(ids, best, new_id) for word, ids in words.items()}
    return merges


def learn_with_tokenizers(texts, n_merges, min_count):
    """The merges of Hugging Face's trainer, as pairs of ids."""
    tokenizers = pytest.importorskip("tokenizers")
    theirs = tokenizers.Tokenizer(tokenizers.models.BPE())
    theirs.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=256 + n_merges,
        min_frequency=min_count,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    theirs.train_from_iterator(texts, trainer)
    ids = theirs.get_vocab()
    by_id = sorted(ids, key=ids.get)
    assert by_id[:256] == bpe.BYTE_SYMBOLS  # the same bytes in the same order
    return by_id[256:]


def new_symbols(merges):
    return bpe.token_symbols(merges)[256:]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("I'll say: don't!", ["I", "'ll", " say", ":", " don", "'t", "!"]),
        ("I'LL", ["I", "'", "LL"]),  # GPT-2 knows contractions in small letters only
        ("a  b\n\n c \t", ["a", " ", " b", "\n\n", " c", " \t"]),
        ("x1954y ²", ["x", "1954", "y", " ²"]),
        ("naïve 東京 ­!", ["naïve", " 東京", " ­!"]),
    ],
)
def test_words_are_cut_as_gpt2_cuts_them(text, pieces):
    assert list(bpe.split_words(text)) == pieces


@given(st.text())
def test_cut_words_joined_are_the_text(text):
    assert "".join(bpe.split_words(text)) == text


def test_bytes_have_one_id_and_one_printable_symbol_each():
    assert sorted(bpe.BYTE_ORDER) == list(range(256))
    assert len(set(bpe.BYTE_SYMBOLS)) == 256
    assert all(symbol.isprintable() and not symbol.isspace() for symbol in bpe.BYTE_SYMBOLS)
    assert bpe.gpt2_byte_ids("!") == [0]
    assert bpe.BYTE_SYMBOLS[bpe.gpt2_byte_ids(" ")[0]] == "Ġ"


@given(words_of_few_letters, st.integers(0, 30), st.integers(1, 3))
@settings(max_examples=300, deadline=None)
def test_learning_equals_counting_anew_each_time(word_counts, n_merges, min_count):
    merges = bpe.learn_merges(word_counts, n_merges, min_count)
    assert merges == learn_plainly(word_counts, n_merges, min_count)


@given(words_of_few_letters)
@settings(max_examples=200, deadline=None)
def test_no_two_merges_make_the_same_token(word_counts):
    made = new_symbols(bpe.learn_merges(word_counts, 60, min_count=1))
    assert len(set(made)) == len(made)


@given(st.lists(st.text("ab cé\n'1", max_size=40), max_size=6), st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_learning_equals_tokenizers_on_small_texts_full_of_ties(texts, min_count):
    mine = bpe.learn_merges(bpe.count_words(texts), 40, min_count)
    assert new_symbols(mine) == learn_with_tokenizers(texts, 40, min_count)


def test_learning_equals_tokenizers_on_wikipedia():
    texts = [document.text for document in corpora.wikipedia().train[:12]]
    assert sum(map(len, texts)) > 100_000
    mine = bpe.learn_merges(bpe.count_words(texts), 2000)
    assert len(mine) == 2000
    assert new_symbols(mine) == learn_with_tokenizers(texts, 2000, 2)


def test_the_order_of_texts_does_not_matter():
    texts = ["the cat sat", "on the mat", "that the rat had"]
    forwards = bpe.learn_merges(bpe.count_words(texts), 20, 1)
    assert forwards == bpe.learn_merges(bpe.count_words(texts[::-1]), 20, 1)


@given(words_of_few_letters, st.text("abcd", max_size=60))
@settings(max_examples=300, deadline=None)
def test_applying_ends_where_the_plain_steps_end(word_counts, word):
    merges = bpe.learn_merges(word_counts, 40, min_count=1)
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    steps = list(bpe.merge_steps(bpe.gpt2_byte_ids(word), ranks))
    assert bpe.apply_merges(bpe.gpt2_byte_ids(word), ranks) == steps[-1]
    assert [len(step) for step in steps] == list(range(len(word), len(steps[-1]) - 1, -1))


def test_merges_learned_first_go_first_not_the_longest():
    # "bc" was learned before "ab": abc is a + bc, although ab stands further to the left.
    (a,), (b,), (c,) = bpe.gpt2_byte_ids("a"), bpe.gpt2_byte_ids("b"), bpe.gpt2_byte_ids("c")
    assert bpe.apply_merges([a, b, c], {(b, c): 0, (a, b): 1}) == [a, 256]


def test_a_word_of_200_000_letters_takes_no_quadratic_time():
    ranks = {(65, 65): 0, (256, 256): 1, (257, 257): 2}
    start = time.process_time()
    ids = bpe.apply_merges([65] * 200_003, ranks)
    assert ids == [258] * 25_000 + [256, 65]
    assert time.process_time() - start < 10  # measured 0.4 s; the plain way takes an hour


def test_written_merges_can_be_read_again():
    merges = bpe.learn_merges({" the": 5, " then": 3, "é\0": 4}, 10)
    lines = bpe.write_merges(merges)
    assert lines[0].isprintable()
    assert bpe.read_merges(lines) == merges


@pytest.mark.parametrize("line", ["a", "a b c", "ab c", "", "a  b", " a"])
def test_a_damaged_line_of_merges_is_named(line):
    with pytest.raises(LabError, match="merge 1"):
        bpe.read_merges(["x y", line])
