"""Answers to chapter 17 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, other ways of
being wrong are met by a case and a hint that fit, and logs of experiments are read fairly.
"""

from __future__ import annotations

import copy
import math

import pytest
import torch
import torch.nn.functional as F

from gptlab.checks import check
from gptlab.checks.chapter17_open import FOUND, GOOD_LOG
from gptlab.checks.clinic import FLOOR, WORDS, sentences
from gptlab.checks.experiment_log import RULES, baseline, luck


def transposed(logits, tokens):
    return F.cross_entropy(logits[:, :-1].transpose(1, 2), tokens[:, 1:])


def gathered(logits, tokens):
    logs = logits.log_softmax(-1)[:, :-1]
    return -logs.gather(-1, tokens[:, 1:].unsqueeze(-1)).mean()


def ignored(logits, tokens):
    targets = F.pad(tokens[:, 1:], (0, 1), value=-100)
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def as_loop(logits, tokens):
    guesses = [(b, t) for b in range(tokens.size(0)) for t in range(tokens.size(1) - 1)]
    costs = [-logits[b, t].log_softmax(-1)[tokens[b, t + 1]] for b, t in guesses]
    return torch.stack(costs).mean()


def clipped_with_epsilon(gradients, limit):
    norm = torch.stack([g.norm() for g in gradients]).norm()
    return tuple(g * torch.clamp(limit / (norm + 1e-6), max=1.0) for g in gradients)


def decayed_first(p, g, m, v, t, lr, betas, eps, decay):
    p = p * (1 - lr * decay)
    m, v = m + (1 - betas[0]) * (g - m), v.lerp(g * g, 1 - betas[1])
    root = (v / (1 - betas[1] ** t)) ** 0.5
    return [p - lr / (1 - betas[0] ** t) * m / (root + eps), m, v]


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("17.1", 7.6),
        ("17.1", torch.tensor(2048.0).log()),
        ("17.2", transposed),
        ("17.2", gathered),
        ("17.2", ignored),
        ("17.2", as_loop),
        ("17.3", decayed_first),
        ("17.4", clipped_with_epsilon),
        ("17.5", lambda nats, n, text: nats * math.log2(math.e) * n / len(bytes(text, "utf-8"))),
        ("17.6", {curve: f" {letter.lower()}" for curve, letter in FOUND.items()}),
        ("17.7", tuple(GOOD_LOG)),
    ],
)
def test_another_way_of_being_right_passes(exercise, answer):
    result = check(exercise, answer)
    assert result.passed, result.text


def as_number(logits, tokens):
    return transposed(logits, tokens).item()


def forgot_return(logits, tokens):
    transposed(logits, tokens)


def log_of_mean(logits, tokens):
    p = logits.softmax(-1)[:, :-1].gather(-1, tokens[:, 1:].unsqueeze(-1))
    return -p.mean().log()


def in_place(p, g, m, v, t, lr, betas, eps, decay):
    m.mul_(betas[0]).add_(g, alpha=1 - betas[0])
    return p, m, v


def only_parameter(p, g, m, v, t, lr, betas, eps, decay):
    return decayed_first(p, g, m, v, t, lr, betas, eps, decay)[0]


def dot_product(p, g, m, v, t, lr, betas, eps, decay):
    p, m, _ = decayed_first(p, g, m, v, t, lr, betas, eps, decay)
    return p, m, betas[1] * v + (1 - betas[1]) * g.flatten() @ g.flatten()


def fixed_betas(p, g, m, v, t, lr, betas, eps, decay):
    return decayed_first(p, g, m, v, t, lr, (0.9, 0.95), eps, decay)


def division_by_zero(gradients, limit):
    norm = math.sqrt(sum(float(g.norm()) ** 2 for g in gradients))
    return [g * min(1, limit / norm) for g in gradients]


def nothing_within(gradients, limit):
    norm = torch.stack([g.norm() for g in gradients]).norm()
    return [g * limit / norm for g in gradients] if norm > limit else None


def stretched_float(gradients, limit):
    norm = math.sqrt(sum(float(g.norm()) ** 2 for g in gradients))
    return [g * limit / norm for g in gradients]


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        ("17.1", "7.62 nats", "the answer is a number of nats"),
        ("17.1", 11, "that is in bits"),
        ("17.1", 0.000488, "a probability, not a loss"),
        ("17.1", 8, "Hint: A model that knows nothing"),
        ("17.2", as_number, "a plain number carries no gradient"),
        ("17.2", log_of_mean, "the logarithm of the mean"),
        ("17.2", forgot_return, "is the `return` missing?"),
        ("17.3", in_place, "it changes its input in place"),
        ("17.3", only_parameter, "return three tensors: parameter, m, v"),
        ("17.3", dot_product, "not yet: v, the average of its square"),
        ("17.3", fixed_betas, "Is there a number in your code"),
        ("17.4", division_by_zero, "ZeroDivisionError"),
        ("17.4", nothing_within, "not yet: within the limit: as they are: nothing (None)"),
        ("17.4", stretched_float, "short ones are stretched"),
        ("17.5", lambda nats, n, text: nats * n / len(text), "`text` is a string"),
        ("17.6", "DAFEC", 'like {1: "G", 2: "G"'),
        ("17.6", {1: "D"}, "curve 2 has no letter"),
        ("17.6", FOUND | {4: "H"}, "curve 4 has 'H'; choose one of A, B"),
        ("17.6", FOUND | {2: "E", 4: "A"}, "✓ passed: curve 5"),
        ("17.6", FOUND | {1: "B"}, "What has the model found"),
        ("17.7", [], "each call of trial(…) adds a row"),
        ("17.7", [{"change": {}}], "row 0 has no 'against'"),
    ],
)
def test_an_unlisted_answer_hears_something_that_fits(exercise, answer, said):
    result = check(exercise, answer)
    assert not result.passed
    assert said in result.text


def log(**changes):
    """The good log with some rows' entries changed: `log(row3={"seed": 4})`."""
    rows = copy.deepcopy(list(GOOD_LOG))
    for name, change in changes.items():
        rows[int(name.removeprefix("row"))] |= change
    return rows


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (log(row3={"seed": 4}), "row 3 changes lr and the seed at once"),
        (log(row4={"change": {"a": 1, "b": 2, "c": 3}}), "row 4 changes a, b and c at once"),
        (log(row5={"budget": 5e10}), "row 5 had 5 times row 0's budget"),
        (log(row5={"against": 9}), "row 5 is compared with row 9"),
        (log(row5={"held_out": "4.5"}), "row 5 was held out at '4.5'"),
        (log(row5={"held_out": math.nan}), "row 5 was held out at nan"),
        (log()[:-1], "4 different changes so far"),
        (log(row2=log()[3], row3=log()[3]), "4 different changes so far"),
        (log(row1={"budget": 2e10}), "row 1 had 2 times row 0's budget"),
    ],
)
def test_a_complaint_about_a_log_names_the_row(rows, said):
    assert said in check("17.7", rows).text


def test_luck_is_the_widest_gap_between_seeds_of_one_recipe():
    assert luck(GOOD_LOG) == pytest.approx(0.05)
    assert luck(log(row1={"held_out": 4.4})) == pytest.approx(0.3)
    assert luck(log(row1={"seed": 0})) is None
    assert baseline(GOOD_LOG) == pytest.approx(4.725)


def test_no_rule_complains_about_the_good_log():
    assert [rule.label for rule in RULES if rule.complaint(GOOD_LOG)] == []


def test_the_language_of_the_clinic_has_the_floor_it_claims():
    told = [sentence.split() for sentence in sentences(4000, seed=5)]
    cost = 0.0
    for place in zip(*told, strict=True):
        shares = [place.count(word) / len(told) for word in set(place)]
        cost -= sum(share * math.log(share) for share in shares)
    assert cost / 4 == pytest.approx(FLOOR, abs=0.002)
    assert {word for sentence in told for word in sentence} == set(WORDS)
