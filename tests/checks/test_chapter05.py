"""Answers to chapter 05 that are not in the lists of mistakes, as learners would write them."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import numpy as np
import pytest

from gptlab.checks import check
from gptlab.checks.chapter05 import coverage_scores
from gptlab.checks.chapter05_bank import NEEDED, bank_sentences, which_bank


def by_distance(words, word, window):
    found = defaultdict(float)
    for d in range(1, window + 1):
        for left, right in zip(words, words[d:], strict=False):
            if left == word:
                found[right] += 1 / d
            if right == word:
                found[left] += 1 / d
    return found


def with_zeros(words, word, window):
    return {w: by_distance(words, word, window).get(w, 0) for w in set(words)}


def by_broadcasting(counts, alpha):
    n = counts.sum()
    powers = counts.sum(0) ** alpha
    with np.errstate(divide="ignore"):
        pmi = np.log(counts * n / (counts.sum(1)[:, None] * (powers / powers.sum() * n)))
    return pmi.clip(min=0)


def one_by_one(matrix, row, n):
    def cosine(i):
        return matrix[i] @ matrix[row] / np.linalg.norm(matrix[i]) / np.linalg.norm(matrix[row])

    others = [i for i in range(len(matrix)) if i != row and matrix[i].any()]
    return np.array(sorted(others, key=lambda i: (-round(cosine(i), 8), i))[:n])


def by_list(words):
    wet = {
        "muddy",
        "sandy",
        "rocky",
        "swim",
        "swims",
        "swam",
        "swum",
        "stony",
        "sit",
        "sat",
        "sits",
    }
    wet |= {"lie", "lies", "lay", "lain", "stand", "stands", "stood", "quiet", "beautiful"}
    return " Ufer" if wet & set(words) else "Bank "


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("5.1", " c "),
        ("5.2", by_distance),
        ("5.2", with_zeros),
        ("5.3", by_broadcasting),
        ("5.3", lambda counts, alpha: by_broadcasting(counts, alpha).tolist()),
        ("5.4", one_by_one),
        ("5.5", 0.462),
        ("5.5", np.float64(0.4619)),
    ],
)
def test_another_way_of_being_right_passes(exercise, answer):
    result = check(exercise, answer)
    assert result.passed, result.text


def test_a_list_of_words_may_do_as_well():
    hits = sum(by_list(words).strip() == meant for words, meant in bank_sentences())
    assert check("5.6", by_list).passed == (hits >= NEEDED)


def pairs_not_words(words, word, window):
    return Counter((word, other) for other in by_distance(words, word, window))


def a_list(words, word, window):
    return list(by_distance(words, word, window).items())


def pops(words, word, window):
    words.pop()
    return {}


def flipped(counts, alpha):
    return by_broadcasting(counts.T, alpha).T


def nan_cells(counts, alpha):
    pmi = by_broadcasting(counts, alpha)
    return np.where(counts > 0, pmi, np.nan)


def names(matrix, row, n):
    return [f"row {i}" for i in one_by_one(matrix, row, n)]


def one_too_many(matrix, row, n):
    return one_by_one(matrix, row, n + 1)


def in_english(words):
    return "money" if which_bank(words) == "Bank" else "river"


def half_right(words):
    return which_bank(words) if len(words) % 2 else "Bank"


def forgets_short_sentences(words):
    return words[9] and "Bank"


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        ("5.1", "E", "choose one of A, B, C, D"),
        ("5.1", 3, "this is the number 3"),
        ("5.2", pairs_not_words, "not yet: drinks, with its neighbours"),
        ("5.2", a_list, "return a dict: context word to weight"),
        ("5.2", pops, "it changes the list of words"),
        ("5.2", lambda words, word, window: None, "is the `return` missing?"),
        ("5.3", flipped, "no smoothing"),
        ("5.3", nan_cells, "not yet"),
        ("5.4", names, "return a list of row numbers"),
        ("5.4", one_too_many, "not yet: the three nearest of six"),
        ("5.5", 75, "Take the pairs both of whose words B has"),
        ("5.5", 0.46, "not yet"),
        ("5.5", "B", "the answer is a number"),
        ("5.6", in_english, 'return "Bank" or "Ufer"'),
        ("5.6", lambda words: "bank", 'return "Bank" or "Ufer"'),
        ("5.6", half_right, "30 are wanted"),
        ("5.6", forgets_short_sentences, "IndexError"),
    ],
)
def test_an_unlisted_answer_hears_something_that_fits(exercise, answer, said):
    result = check(exercise, answer)
    assert not result.passed
    assert said in result.text, result.text


def test_a_coin_is_heard_even_when_it_has_luck():
    random.seed(3)
    assert (
        "does not say the same" in check("5.6", lambda words: random.choice(["Bank", "Ufer"])).text
    )


def test_the_lesson_of_the_easier_questions_holds():
    scores = coverage_scores()
    assert scores["B on its own pairs"] - scores["A on its own pairs"] > 0.1
    assert abs(scores["B on its own pairs"] - scores["A on B's pairs"]) < 0.02


def test_the_test_sentences_hold_both_meanings_and_one_bank_each():
    meanings = Counter(meant for _, meant in bank_sentences())
    assert len(bank_sentences()) == 34
    assert min(meanings.values()) > 12
    assert all(words.count("bank") == 1 for words, _ in bank_sentences())
