"""Answers to chapter 04 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, and other ways
of being wrong are met by a case and a hint that fit.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from gptlab.checks import check
from gptlab.checks.chapter04_measured import HOW_MUCH_TEXT, better_rules
from gptlab.text.corpora import toy_split


def by_sentences(pairs, table):
    counts = defaultdict(lambda: defaultdict(float))
    for source, target in pairs:
        scores = np.array([[table[s, t] for t in target] for s in source])
        for s, row in zip(source, scores / scores.sum(axis=0), strict=True):
            for t, share in zip(target, row, strict=True):
                counts[s][t] += share
    return {(s, t): n / sum(row.values()) for s, row in counts.items() for t, n in row.items()}


def by_popping(hypothesis, reference, n):
    grams = [tuple(reference[i : i + n]) for i in range(len(reference) - n + 1)]
    mine = [tuple(hypothesis[i : i + n]) for i in range(len(hypothesis) - n + 1)]
    right = 0
    for gram in mine:
        if gram in grams:
            grams.remove(gram)
            right += 1
    return [right, len(mine)]


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("4.1", 0.6),
        ("4.1", Fraction(3, 5)),
        ("4.2", " c "),
        ("4.3", by_sentences),
        ("4.4", by_popping),
        ("4.4", lambda *of: np.array(by_popping(*of))),
        ("4.6", lambda words: tuple(better_rules(words))),
    ],
)
def test_another_way_of_being_right_passes(exercise, answer):
    result = check(exercise, answer)
    assert result.passed, result.text


def test_a_list_an_array_and_a_tuple_of_the_shares_are_right():
    shares = HOW_MUCH_TEXT.resolve(HOW_MUCH_TEXT.right)
    assert list(shares) == pytest.approx([0.581, 0.974, 0.994], abs=2e-3)
    for answer in (shares, list(shares), tuple(shares), [0.58, 0.97, 0.99]):
        assert check("4.5", answer).passed


def forgot_return(pairs, table):
    by_sentences(pairs, table)


def changes_the_table(pairs, table):
    for pair in table:
        table[pair] /= 2
    return by_sentences(pairs, table)


def wrong_keys(pairs, table):
    return {(t, s): p for (s, t), p in by_sentences(pairs, table).items()}


def windows_that_run_over(hypothesis, reference, n):
    mine = Counter(tuple(hypothesis[i : i + n]) for i in range(len(hypothesis)))
    theirs = Counter(tuple(reference[i : i + n]) for i in range(len(reference)))
    return sum((mine & theirs).values()), sum(mine.values())


def half_of_the_sentences(words):
    return better_rules(words) if len(words) < 6 else None


@cache
def training():
    return {sentence.english: sentence.german for sentence in toy_split().train}


def all_by_heart(words):
    return training().get(tuple(words), ())


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        ("4.1", 0.25, "Hint: Round 1: every share is 1/2"),
        ("4.1", "3/5", "the answer is a number"),
        ("4.2", "E", "choose one of A, B, C, D"),
        ("4.3", forgot_return, "is the `return` missing?"),
        ("4.3", changes_the_table, "it changes its input in place"),
        ("4.3", wrong_keys, "the key"),
        ("4.4", windows_that_run_over, "its pairs: 2 of 4"),
        ("4.4", lambda h, r, n: (len(h), len(h)), "den for die"),
        ("4.5", [0.5, 0.9], "shape"),
        ("4.5", [58, 97, 99], "Give shares from 0 to 1"),
        ("4.5", [0.5, 0.9, 0.99], "Hint: For each size: train on the first n pairs"),
        ("4.6", lambda words: [], "worse than the cards"),
        ("4.6", all_by_heart, "learned by heart"),
        ("4.6", half_of_the_sentences, "not right yet"),
    ],
)
def test_an_unlisted_answer_hears_something_that_fits(exercise, answer, said):
    result = check(exercise, answer)
    assert not result.passed
    assert said in result.text, result.text
