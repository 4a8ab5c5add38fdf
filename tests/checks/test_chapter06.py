"""Answers to chapter 06 that are not in the lists of mistakes, as learners would write them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gptlab.checks import check
from gptlab.checks.chapter06_measuring import ban_shares, settings_purity
from gptlab.embeddings.word2vec import Word2VecConfig


def by_slices(words, reach):
    found = []
    for i, (centre, far) in enumerate(zip(words, reach, strict=True)):
        near = words[max(0, i - far) : i] + words[i + 1 : i + far + 1]
        found += [[centre, word] for word in near]
    return found


def words_only(words, reach):
    return [centre for centre, _ in by_slices(words, reach)]


def by_a_loop(counts, power):
    total = sum(count**power for count in counts)
    return np.array([count**power / total for count in counts])


def by_autograd(context, target, noise):
    x = torch.tensor(context, requires_grad=True)
    hidden = x.mean(dim=0)
    loss = -torch.sigmoid(hidden @ torch.tensor(target)).log()
    loss = loss - torch.sigmoid(-(torch.tensor(noise) @ hidden)).log().sum()
    loss.backward()
    return x.grad.numpy()


def with_cbow():
    return Word2VecConfig("cbow", dimensions=30, epochs=5, lr=0.2)


def a_dict():
    return {"lr": 0.1}


def too_wide():
    return Word2VecConfig(dimensions=300, epochs=5, lr=0.1)


def one_at_a_time():
    return Word2VecConfig(dimensions=30, epochs=1, lr=0.1, impl="pairs")


def too_little():
    return Word2VecConfig(dimensions=30, epochs=1, lr=0.04)


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("6.1", " b"),
        ("6.2", by_slices),
        ("6.3", by_a_loop),
        ("6.3", lambda counts, power: by_a_loop(counts, power).tolist()),
        ("6.4", by_autograd),
        ("6.4", lambda *given: torch.from_numpy(by_autograd(*given))),
        ("6.5", 0.537),
        ("6.5", np.float64(161 / 300)),
        ("6.6", with_cbow),
        ("6.6", lambda: Word2VecConfig(dimensions=30, epochs=5, lr=0.2, sample=4e-4)),
    ],
)
def test_another_right_answer_is_right(exercise, answer):
    result = check(exercise, answer)
    assert result.passed, result.text


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        ("6.1", "E", "choose one of A, B, C, D"),
        ("6.2", words_only, "not yet"),
        ("6.2", lambda words, reach: None, "is the `return` missing?"),
        ("6.2", lambda words, reach: 3, "return a list of pairs of words"),
        ("6.3", lambda counts, power: np.ones(len(counts)), "not yet"),
        ("6.4", lambda context, target, noise: context, "not yet"),
        ("6.5", 0.9, "not yet"),
        ("6.5", "half", "the answer is a number"),
        ("6.6", a_dict, "return a Word2VecConfig"),
        ("6.6", too_wide, "300 dimensions; at most 50"),
        ("6.6", one_at_a_time, "leave impl at 'blocks'"),
        ("6.6", too_little, "45% are wanted"),
    ],
)
def test_an_unlisted_answer_hears_something_that_fits(exercise, answer, said):
    result = check(exercise, answer)
    assert not result.passed
    assert said in result.text, result.text


def test_the_lessons_hold():
    shares = ban_shares()
    assert shares["question"] > 0.5
    assert shares["right, free"] < shares["right, banned"]
    assert settings_purity(Word2VecConfig(dimensions=30, epochs=5)) < 0.3
