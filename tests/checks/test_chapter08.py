"""Answers to chapter 08 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, other ways of
being wrong hear something that fits; and the right answers are the library's.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gptlab.checks import check
from gptlab.checks.chapter08 import group_digits
from gptlab.checks.chapter08_apply import apply_in_order
from gptlab.checks.chapter08_bpe import merge
from gptlab.text import bpe


def nested(words):
    found = {}
    for symbols in words:
        for i in range(len(symbols) - 1):
            pair = symbols[i], symbols[i + 1]
            found[pair] = found.get(pair, 0) + words[symbols]
    return found


def with_zeros(words):
    symbols = {symbol for word in words for symbol in word}
    found = {(a, b): 0 for a in symbols for b in symbols}
    return found | nested(words)


def merged_by_stack(symbols, pair):
    done = []
    for symbol in symbols:
        if done and (done[-1], symbol) == pair:
            done[-1:] = ["".join(pair), None]
        elif done and done[-1] is None:
            done[-1] = symbol
        else:
            done.append(symbol)
    return tuple(symbol for symbol in done if symbol is not None)


def best_pair_again_and_again(word, merges):
    symbols = list(word)
    while found := [pair for pair in pairwise(symbols) if pair in merges]:
        best = min(found, key=merges.index)
        at = list(pairwise(symbols)).index(best)
        symbols[at : at + 2] = ["".join(best)]
    return symbols


def turned_twice(digits):
    turned = [digits[::-1][i : i + 3][::-1] for i in range(0, len(digits), 3)]
    return turned[::-1]


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("8.1", " b "),
        ("8.2", nested),
        ("8.2", with_zeros),
        ("8.3", merged_by_stack),
        ("8.3", lambda symbols, pair: list(merge(symbols, pair))),
        ("8.4", best_pair_again_and_again),
        ("8.5", 71 / 49),
        ("8.5", 1.45),
        ("8.6", turned_twice),
    ],
)
def test_another_way_of_being_right_passes(exercise, answer):
    result = check(exercise, answer)
    assert result.passed, result.text


def pairs_as_text(words):
    return {"".join(pair): times for pair, times in nested(words).items()}


def sorted_list(words):
    return sorted(nested(words).items())


def empties_its_input(words):
    found = nested(words)
    words.clear()
    return found


def as_list(symbols, pair):
    return list(merge(symbols, pair))


def as_text(word, merges):
    return " ".join(apply_in_order(word, merges))


def never_ends_well(word, merges):
    return apply_in_order(word, merges)[: len(word) - 1]


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        ("8.1", "lo, we, s, t", "choose one of A, B, C, D"),
        ("8.2", pairs_as_text, "the keys are texts"),
        ("8.2", sorted_list, "return a dict"),
        ("8.2", empties_its_input, "it changes its input in place"),
        ("8.2", lambda words: None, "is the `return` missing?"),
        ("8.3", lambda symbols: symbols, "the exercise calls it with (symbols, pair)"),
        ("8.4", as_text, "not yet: low"),
        ("8.4", never_ends_well, "not yet: letters that no merge knows"),
        ("8.5", 1.74, "Encode both texts whole"),
        ("8.5", [71, 49], "the answer is a number of times English"),
        ("8.6", lambda digits: f"{int(digits or 0):,}", "not yet: seven digits"),
    ],
)
def test_an_unlisted_answer_hears_something_that_fits(exercise, answer, said):
    result = check(exercise, answer)
    assert not result.passed
    assert said in result.text, result.text


letters = st.text("abc", max_size=12)


@given(st.lists(st.tuples(letters, st.integers(1, 5)), min_size=1, max_size=5), letters)
@settings(max_examples=100, deadline=None)
def test_the_right_answers_are_the_library(counted, word):
    learned = bpe.learn_merges(dict(counted), 12, min_count=1)
    spelled = [tuple(line.split(" ")) for line in bpe.write_merges(learned)]
    ranks = {pair: rank for rank, pair in enumerate(learned)}
    names = bpe.token_symbols(learned)
    theirs = [names[i] for i in bpe.apply_merges(bpe.gpt2_byte_ids(word), ranks)]
    assert apply_in_order(word, spelled) == theirs


@given(st.text("0123456789", max_size=20))
def test_groups_of_digits_join_to_the_digits(digits):
    groups = group_digits(digits)
    assert "".join(groups) == digits
    assert all(len(group) == 3 for group in groups[1:])
    assert all(0 < len(group) <= 3 for group in groups)


@given(st.text("ab", max_size=20))
def test_a_run_is_merged_from_the_left(text):
    for letter, run in groupby(merge(tuple(text), ("a", "a"))):
        if letter == "a":
            assert len(list(run)) == 1
    assert Counter("".join(merge(tuple(text), ("a", "a")))) == Counter(text)
