"""Answers to chapter 03 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, and other ways
of being wrong are met by a case and a hint that fit.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch

from gptlab.checks import check
from gptlab.checks.chapter03_people import FIRST_HALF, SECOND_HALF, agreement_on, entry


def tf_idf_in_loops(counts):
    n, width = counts.shape
    found = np.zeros((n, width))
    for w in range(width):
        holding = sum(counts[d, w] > 0 for d in range(n))
        for d in range(n):
            if counts[d, w]:
                found[d, w] = (1 + math.log(counts[d, w])) * math.log(n / holding)
    for d in range(n):
        length = math.sqrt(sum(x * x for x in found[d]))
        if length:
            found[d] /= length
    return found


def other_signs(matrix, query, k):
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    documents = -(left[:, :k] * values[:k])
    place = -right[:k] @ query
    return documents @ place / np.sqrt((documents**2).sum(1) * (place @ place))


def by_eigenvectors(matrix, query, k):
    axes = np.linalg.eigh(matrix.T @ matrix)[1][:, ::-1][:, :k]
    documents, place = matrix @ axes, query @ axes
    return documents @ place / np.linalg.norm(documents, axis=1) / np.linalg.norm(place)


def pairs_as_dict(words):
    found = {}
    for first, second in pairwise(words):
        found[first, second] = found.get((first, second), 0) + 1
    return found


HONEST = entry("log", "plain", "l2", 50)


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("3.1", " b"),
        ("3.2", 4 / 5),
        ("3.2", np.float32(0.8)),
        ("3.2", 0.8049),
        ("3.3", tf_idf_in_loops),
        ("3.3", lambda counts: tf_idf_in_loops(counts).tolist()),
        ("3.3", lambda counts: torch.tensor(tf_idf_in_loops(counts))),
        ("3.4", pairs_as_dict),
        ("3.5", other_signs),
        ("3.5", by_eigenvectors),
        ("3.5", lambda matrix, query, k: list(by_eigenvectors(matrix, query, k))),
        ("3.6", 0.51),
        ("3.7", HONEST),
        ("3.7", HONEST | {"chosen": round(HONEST["chosen"], 2), "note": "tried 8"}),
    ],
)
def test_another_way_of_being_right_passes(exercise, answer):
    result = check(exercise, answer)
    assert result.passed, result.text


def nan_for_zeros(counts):
    table = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0)
    table = table * np.log(len(counts) / (counts > 0).sum(axis=0))
    with np.errstate(invalid="ignore"):
        return table / np.linalg.norm(table, axis=1, keepdims=True)


def idf_of_rows(counts):
    table = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0)
    table = table * np.log(len(counts) / (counts > 0).sum(axis=1))[:, None]
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    return table / np.where(lengths > 0, lengths, 1)


def changes_counts(counts):
    counts[counts > 0] += 1
    return tf_idf_in_loops(counts)


def query_only(matrix, query, k):
    axes = np.linalg.svd(matrix, full_matrices=False)[2][:k].T
    return matrix @ axes @ (query @ axes) / np.linalg.norm(query @ axes)


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        ("3.1", "E", "choose one of A, B, C, D"),
        ("3.2", "0.8", "the answer is a number"),
        ("3.2", 0.75, "Two vectors of three numbers"),
        ("3.2", 0.55, "the counts are not weighted"),
        ("3.3", nan_for_zeros, "dividing it by its length 0 gives NaN"),
        ("3.3", idf_of_rows, "counted over the documents (axis=0)"),
        ("3.3", changes_counts, "it changes its input in place"),
        ("3.3", lambda counts: None, "is the `return` missing?"),
        ("3.3", lambda counts: [[1], [1, 2]], "a list of 2; expected a NumPy array"),
        ("3.4", lambda words: list(pairwise(words)), "put the list into a Counter"),
        ("3.4", lambda words: Counter(map("".join, pairwise(words))), "Two pairs"),
        ("3.5", query_only, "The documents' lengths are missing"),
        ("3.5", lambda matrix, query: query, "the exercise calls it with"),
        ("3.6", 0.3, "Fit TF-IDF (log, smooth, l2) on the 50"),
        ("3.7", 0.61, "give a dict with the keys tf, idf, norm"),
        ("3.7", {"tf": "log"}, "the key 'idf' is missing"),
        ("3.7", HONEST | {"idf": "bm25"}, "idf 'bm25' is unknown; choose none, plain"),
        ("3.7", HONEST | {"dimensions": 0}, "a whole number from 1 to 300"),
        ("3.7", HONEST | {"dimensions": 400}, "a whole number from 1 to 300"),
        ("3.7", HONEST | {"tested": "0.4"}, "'tested' is"),
        ("3.7", HONEST | {"chosen": 0.9}, "the first 25 items give 0.69, not 0.90"),
        ("3.7", HONEST | {"tested": 0.9}, "the last 25 items give 0.32, not 0.90"),
    ],
)
def test_an_unlisted_answer_hears_something_that_fits(exercise, answer, said):
    result = check(exercise, answer)
    assert not result.passed
    assert said in result.text


def test_the_contest_teaches_what_it_promises():
    lsi, words = ("raw", "plain", "none", 150), ("log", "smooth", "l2", None)
    assert agreement_on(FIRST_HALF, *lsi)[0] > agreement_on(FIRST_HALF, *words)[0] + 0.1
    assert agreement_on(SECOND_HALF, *lsi)[0] < agreement_on(SECOND_HALF, *words)[0] - 0.05
