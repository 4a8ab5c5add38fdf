"""Answers to chapter 02 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, other ways of
being wrong hear something that fits; and the right answers are the library's.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gptlab.checks import check
from gptlab.checks.chapter02 import bits_per_letter
from gptlab.checks.chapter02_counting import add_k, next_letter
from gptlab.checks.chapter02_kneser_ney import kneser_ney
from gptlab.classic.ngrams import NgramModel
from gptlab.classic.shannon import ALPHABET, guess_bounds, letter_ids


def by_startswith(text, context):
    follow = defaultdict(int)
    for i in range(len(text)):
        if text.startswith(context, i) and i + len(context) < len(text):
            follow[text[i + len(context)]] += 1
    total = sum(follow.values())
    return {letter: n / total for letter, n in follow.items()} if total else {}


def with_arrays(counts, k, symbols):
    raised = np.array([counts.get(s, 0) for s in symbols], dtype=float) + k
    return dict(zip(symbols, (raised / raised.sum()).tolist(), strict=True))


def looped(word, before, bigrams, discount):
    left, kinds, seen, here = set(), 0, 0, 0
    for (b, w), count in bigrams.items():
        if w == word:
            left.add(b)
        if b == before:
            kinds, seen = kinds + 1, seen + count
            here = count if w == word else here
    below = len(left) / len(bigrams)
    if seen == 0:
        return below
    return max(here - discount, 0) / seen + discount * kinds / seen * below


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("2.1", 10 / 5),
        ("2.1", 2),
        ("2.2", by_startswith),
        ("2.3", with_arrays),
        ("2.4", looped),
        ("2.5", 5.271),
        ("2.6", lambda guesses: guess_bounds(list(guesses))[1]),
        ("2.6", lambda guesses: bits_per_letter(sorted(guesses.copy()))),
        ("2.7", (["the", "kings", "who", "saw", "the", "dog"], "are", "is")),
        ("2.7", (["the", "queens", "whom", "the", "farmer", "loved"], "sleep", "sleeps")),
    ],
)
def test_another_way_of_being_right_passes(exercise, answer):
    result = check(exercise, answer)
    assert result.passed, result.text


def a_list(text, context):
    return [text[i + len(context)] for i in range(len(text)) if text[i : i + 1] == context]


def crashes_on_nothing(text, context):
    n = len(context)
    follow = Counter(text[i + n] for i in range(len(text) - n) if text[i : i + n] == context)
    return {letter: count / sum(follow.values()) for letter, count in follow.items()} or 1 / 0


@pytest.mark.parametrize(
    ("exercise", "answer", "told"),
    [
        ("2.1", "two", "the answer is a number"),
        ("2.1", 3.0, "−log2 p"),
        ("2.2", a_list, "after a in abracadabra"),
        ("2.2", crashes_on_nothing, "return an empty dict"),
        ("2.3", lambda counts, k, symbols: {s: 1 / len(symbols) for s in symbols}, "divide by 9"),
        ("2.4", lambda w, b, bigrams, d: 0.5, "one follower"),
        ("2.4", lambda w, b: 0.5, "it takes"),
        ("2.5", 4.0, "log2_probabilities"),
        ("2.6", lambda guesses: 1.0, "logarithm is 0"),
        ("2.7", ("the man", "is", "are"), "a list of words"),
        ("2.7", (["the", "man"], "is"), "give (words, right, wrong)"),
        ("2.7", (["the", "unicorn"], "is", "are"), "'unicorn' is not a word"),
        ("2.7", ([], "is", "are"), "at least one"),
    ],
)
def test_another_way_of_being_wrong_hears_something_that_fits(exercise, answer, told):
    result = check(exercise, answer)
    assert not result.passed
    assert told in result.text, result.text


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="abc ", min_size=2, max_size=40), st.text(alphabet="abc", max_size=2))
def test_the_right_answer_of_2_2_is_the_librarys_maximum_likelihood(text, context):
    text = " ".join(text.split()) or "a"
    model = NgramModel.train([letter_ids(text)], len(context) + 1, 27, "mle")
    theirs = model.probabilities(letter_ids(context), document_start=False)
    mine = next_letter(text, context)
    if mine:  # a context that was never read is answered by a shorter one in the library
        np.testing.assert_allclose([mine.get(c, 0) for c in ALPHABET], theirs)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.floats(0.1, 0.9))
def test_the_right_answers_of_2_3_and_2_4_are_the_librarys(words, number):
    plain = NgramModel.train([words], 2, 5, "add-k", k=number)
    smooth = NgramModel.train([words], 2, 5, discounts=[0, number])
    bigrams = Counter(zip(["<begin>", *words], words, strict=False))
    for before in range(5):
        counts = {w: c for (b, w), c in bigrams.items() if b == before}
        added = add_k(counts, number, range(5))
        np.testing.assert_allclose(list(added.values()), plain.probabilities([before]))
        mine = [kneser_ney(w, before, bigrams, number) for w in range(5)]
        np.testing.assert_allclose(mine, smooth.probabilities([before]), atol=1e-12)


def test_the_right_answer_of_2_6_is_shannons_bound():
    game = [1, 1, 2, 1, 7, 1, 3, 1, 1, 2]
    assert math.isclose(bits_per_letter(game), guess_bounds(game)[1])
