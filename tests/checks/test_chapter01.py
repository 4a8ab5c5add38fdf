"""Answers to chapter 01 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, and other ways
of being wrong are met by a case and a hint that fit.
"""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from gptlab.checks import check
from gptlab.checks.chapter01 import HOLES, _share
from gptlab.checks.chapter01_script import _GOOD, GUESTS
from gptlab.classic.eliza import Eliza, decompose
from gptlab.figures.punched_card import card_holes


def with_index(pattern, words, at=0):
    """The same with positions instead of slices; returns tuples, which count as lists."""
    if not pattern:
        return () if at == len(words) else None
    first = pattern[0]
    ends = range(at, len(words) + 1) if first == 0 else [at + (first if first in (1, 2, 3) else 1)]
    for end in ends:
        if end > len(words) or (isinstance(first, str) and words[at] != first):
            continue
        rest = with_index(pattern[1:], words, end)
        if rest is not None:
            return (words[at:end], *rest)
    return None


def by_pairs(items):
    english = [item[0] for item in items]
    for i, (before, here) in enumerate(pairwise(items)):
        if (before[2], here[1]) == (21, 110):
            english[i], english[i + 1] = english[i + 1], english[i]
    return english


SHORT = """
(WELCOME)
(A (=SOUP)) (WOULD 1 (=SOUP)) (ANY 1 (=SOUP)) (COLD 1 (=SOUP)) (RUDE 1 (=SOUP))
(SOUP ((0 A 0) (ONE 3) (TWO 3)) ((0) (YES 1) (NO 1)))
(NONE ((0) (HM)))
(MEMORY A (0 = A) (0 = B) (0 = C) (0 = D))
"""


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("1.1", " c "),
        ("1.2", 11.0),
        ("1.3", with_index),
        ("1.3", decompose),
        ("1.3", lambda pattern, words: by_regular_expression(pattern, words)),
        ("1.4", by_pairs),
        ("1.5", round(_share(), 3)),
        ("1.6", lambda: SHORT),
    ],
)
def test_another_way_of_being_right_passes(exercise, answer):
    result = check(exercise, answer)
    assert result.passed, result.text


def by_regular_expression(pattern, words):
    """Python's own matching; \\S and not \\w, so that DON'T is one word."""
    pieces = [
        r"((?:\S+ )*?)" if p == 0 else rf"((?:\S+ ){{{p}}})" if isinstance(p, int) else f"({p} )"
        for p in pattern
    ]
    found = re.fullmatch("".join(pieces), "".join(f"{word} " for word in words))
    return [part.split() for part in found.groups()] if found else None


def letters_only(pattern, words):
    """The same with \\w, which stops at an apostrophe."""
    return by_regular_expression(pattern, words) if all(w.isalpha() for w in words) else None


def never_none(pattern, words):
    return decompose(pattern, words) or []


def as_text(pattern, words):
    parts = decompose(pattern, words)
    return parts and [" ".join(part) for part in parts]


def items_back(items):
    return [item for item in items if item[0] in by_pairs(items)]


def prints_only(items):
    print(by_pairs(items))


def round_the_end(items):
    # Place 0 asks the last word; with two words, place 1 would put them back.
    out = list(items)
    for place in range(len(out)):
        if out[place][1] == 110 and out[place - 1][2] == 21:
            out[place - 1], out[place] = out[place], out[place - 1]
    return [english for english, _, _ in out]


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        ("1.1", "REMEMBER", "choose one of A, B"),
        ("1.2", "eleven", "the answer is a number of holes"),
        ("1.2", 80, "Hint: Count column by column"),
        ("1.3", never_none, "a number with too few words"),
        ("1.3", letters_only, "apostrophe and all"),
        ("1.3", as_text, "One list for each of the four pieces"),
        ("1.3", lambda pattern: None, "words"),
        ("1.4", items_back, "the word before allows it"),
        ("1.4", prints_only, "is the `return` missing?"),
        ("1.4", round_the_end, "the first word looks at the last"),
        ("1.5", 153, "Hint: Collect the steps"),
        ("1.6", lambda: "(HELLO", "never closed"),
        ("1.6", lambda: "(A ((0) (B)))", "begin with a greeting"),
        ("1.6", lambda: 5, "return the script as text"),
        ("1.6", lambda: _GOOD.replace("WAITER 4", "CHEF 4"), "was met by a fallback"),
        ("1.6", lambda: _GOOD.replace("(I SHALL TALK TO HIM)", ""), "gets the same answer twice"),
        ("1.6", _GOOD, "pass the function itself"),
    ],
)
def test_an_unlisted_answer_hears_something_that_fits(exercise, answer, said):
    result = check(exercise, answer)
    assert not result.passed
    assert said in result.text


def test_the_right_numbers_are_those_of_the_library():
    assert sum(map(len, card_holes("UGLA 701"))) == HOLES.right
    assert Eliza("(HI)(I ((0) (B)))(REMEMBER 5 ((0) (C)))(MY 2 ((0) (D)))(COMPUTER 50 ((0) (A)))"
                 "(NONE ((0) (E)))(MEMORY MY (0 = F) (0 = F) (0 = F) (0 = F))").reply(
        "I remember my father, and his computer was always slow."
    ) == "C"  # fmt: skip
    assert len(GUESTS) == 5
