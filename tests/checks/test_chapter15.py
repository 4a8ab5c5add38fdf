"""Answers to chapter 15 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, other ways of
being wrong are met by a case and a hint that fit.
"""

from __future__ import annotations

import pytest
import torch

from gptlab.checks import check
from gptlab.checks.chapter15 import wordpiece
from gptlab.checks.chapter15_masking import hide
from gptlab.checks.chapter15_measured import GOOD
from gptlab.checks.chapter15_rows import bert_row, sentence_vector
from gptlab.text.wordpiece import longest_first


def by_slices(word, vocabulary):
    return longest_first(word, dict.fromkeys(vocabulary, 0)) or ["[UNK]"]


def by_loop(hidden, tokens):
    return torch.stack([h[t > 4].mean(dim=0) for h, t in zip(hidden, tokens, strict=True)])


def as_tuples(first, second, length):
    return tuple(tuple(part) for part in bert_row(first, second, length))


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("15.1", "c"),
        ("15.3", by_slices),
        ("15.4", as_tuples),
        ("15.5", by_loop),
        ("15.7", GOOD | {"from scratch": (0.5, 0.6, 0.8)}),
        ("15.7", {"pretrained": [0.5, 0.52, 0.49], "from scratch": [0.51, 0.5, 0.55]}),
    ],
)
def test_other_ways_of_being_right(exercise, answer):
    assert check(exercise, answer), check(exercise, answer).text


def changes_its_input(ids, chance, fate, drawn):
    inputs, targets = hide(ids, chance, fate, drawn)
    ids[:] = inputs
    return ids, targets


def overwrites(hidden, tokens):
    hidden.masked_fill_((tokens <= 4).unsqueeze(-1), 0.0)
    return sentence_vector(hidden, tokens)


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        ("15.1", "F", "choose one of A, B, C, D, E"),
        ("15.2", changes_its_input, "changes its input in place"),
        ("15.2", lambda ids, chance: (ids, ids), "the exercise calls it with"),
        ("15.3", lambda word, vocabulary: wordpiece(word[::-1], vocabulary), "walk is longer"),
        ("15.4", lambda first, second, length: bert_row(second, first, length), "[2, 7, 8, 3, 9"),
        ("15.5", lambda hidden, tokens: sentence_vector(hidden, tokens).mean(0), "dim=1"),
        ("15.5", overwrites, "changes `hidden` in place"),
        ("15.6", 70, "each of the 190 pairs"),
        ("15.7", [0.7, 0.5], 'give {"pretrained"'),
        ("15.7", {"pretrained": [0.7], "from scratch": [0.5]}, "measure at least three"),
        (
            "15.7",
            {"pretrained": [0.7, 0.6, 0.8], "from scratch": [0.5, 0.6, 0.4, 0.5]},
            "3 and 4 results",
        ),
        (
            "15.7",
            {"pretrained": [0.1, 0.12, 0.1], "from scratch": [0.5, 0.6, 0.4]},
            "far below guessing",
        ),
    ],
)
def test_an_unlisted_answer_hears_something_that_fits(exercise, answer, said):
    result = check(exercise, answer)
    assert not result.passed
    assert said in result.text
