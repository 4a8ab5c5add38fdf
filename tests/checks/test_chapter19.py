"""Answers to chapter 19 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, other ways of
being wrong are met by a case and a hint that fit.
"""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlab.checks import check
from gptlab.checks.chapter19 import answer_targets
from gptlab.checks.chapter19_forgetting import GOOD
from gptlab.checks.chapter19_preferences import pair_loss
from gptlab.checks.chapter19_thin import ThinLayer
from gptlab.text.chat import Example, example_tensors
from gptlab.training.lora import LoRALinear
from gptlab.training.preferences import dpo_loss


def by_loop(ids, learned):
    wanted = [ids[i + 1] if learned[i + 1] else -100 for i in range(len(ids) - 1)]
    return torch.tensor(ids)[:-1], torch.tensor(wanted)


class ByFunction(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base, self.rank, self.alpha = base.requires_grad_(False), rank, alpha
        self.A = nn.Parameter(torch.empty(rank, base.in_features))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        change = self.B @ self.A * (self.alpha / self.rank)
        return nn.functional.linear(x, self.base.weight + change, self.base.bias)


class WithoutBias(ThinLayer):
    def forward(self, x):
        return super().forward(x) - self.base.bias


class CutOff(ThinLayer):
    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.A.data.T) @ self.B.T


def by_exponentials(c, r, rc, rr, beta):
    return nn.functional.softplus(-beta * (c - rc - r + rr)).mean()


def naive(c, r, rc, rr, beta):
    return -torch.sigmoid(beta * (c - rc - r + rr)).log().mean()


def rebuilt(model):
    twin = copy.deepcopy(model)
    twin.load_state_dict(model.state_dict())
    for each in twin.parameters():
        each.requires_grad = False
    twin.eval()
    return [model, twin]


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("19.1", " c "),
        ("19.2", 294_912.0),
        ("19.3", by_loop),
        ("19.4", ByFunction),
        ("19.5", by_exponentials),
        ("19.6", rebuilt),
        (
            "19.5",
            lambda *given: (
                sum(map(pair_loss, *given[:4], [given[4]] * len(given[0]))) / len(given[0])
            ),
        ),
        ("19.7", {share: list(pair) for share, pair in GOOD.items()}),
        ("19.7", {share: torch.tensor(pair) for share, pair in GOOD.items()}),
    ],
)
def test_another_way_of_being_right_passes(exercise, answer):
    result = check(exercise, answer)
    assert result.passed, result.text


def test_the_answers_are_the_librarys():
    ids, learned = (5, 3, 9, 9, 2), (False, False, True, True, False)
    mine = answer_targets(list(ids), list(learned))
    theirs = example_tensors([Example(ids, learned)], pad=0)
    assert all(torch.equal(a, b[0]) for a, b in zip(mine, theirs, strict=True))
    base = nn.Linear(6, 4)
    thin, ours = ThinLayer(base, 3, 2.0), LoRALinear(base, 3, 2.0)
    with torch.no_grad():
        ours.down.copy_(thin.A)
        ours.up.copy_(thin.B.normal_())
    x = torch.randn(5, 6)
    assert_close(thin(x), ours(x))
    four = [torch.randn(7) for _ in range(4)]
    assert_close(pair_loss(*four, 0.3), dpo_loss(*four, beta=0.3))


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        ("19.1", "tuned", "choose one of A, B, C, D"),
        ("19.2", 300_000, "rank × d_in numbers"),
        ("19.3", lambda ids, learned: (torch.tensor(ids), torch.tensor(ids)), "the 5 is the first"),
        ("19.4", WithoutBias, "the layer gives what its base gives"),
        ("19.4", CutOff, "gets no gradient"),
        ("19.5", lambda *given: pair_loss(*given).item(), "without .item() or detach"),
        (
            "19.6",
            lambda model: (copy.deepcopy(model), model.eval().requires_grad_(False)),
            "another object than the model",
        ),
        ("19.5", naive, "underflow"),
        ("19.5", lambda c, r, rc, rr, beta: torch.tensor(0.0), "log 2 = 0.693"),
        ("19.6", lambda model: (copy.deepcopy(model).requires_grad_(False), model), "learn"),
        ("19.7", {0.0: 1.0}, "is not share: (right on the new"),
        ("19.7", [1.0], "this is a list of 1"),
        ("19.7", {0.1: (1, 0), 0.3: (1, 1), 0.5: (1, 1)}, "measure 0 too"),
        ("19.7", {0.0: (1, 0), 0.5: (1, 1)}, "at least three"),
        ("19.7", {0.0: (0.4, 0), 0.3: (1, 1), 0.5: (1, 1)}, "0.40 right on the new task"),
        ("19.7", {0.0: (1, 0.9), 0.3: (1, 1), 0.5: (1, 1)}, "0.90 of the old task is still right"),
        ("19.7", {0.0: (1, 0.4), 0.3: (1, 0.5), 0.5: (1, 0.5)}, "keep clearly more"),
        ("19.7", GOOD | {0.9: (math.nan, 1.0)}, "right on the new"),
    ],
)
def test_an_unlisted_answer_hears_something_that_fits(exercise, answer, said):
    result = check(exercise, answer)
    assert not result.passed
    assert said in result.text, result.text
