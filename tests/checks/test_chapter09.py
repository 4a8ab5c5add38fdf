"""Answers to chapter 09 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, other ways of
being wrong are met by a case and a hint that fit.
"""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gptlab.checks import check
from gptlab.checks.chapter09 import stop_at
from gptlab.checks.chapter09_gradients import gradients
from gptlab.checks.chapter09_loop import training_step
from gptlab.checks.chapter09_open import GOOD, STARTS, TinyLanguage, _starts


def growing(tokens, order, begin):
    window, found = [begin] * (order - 1), []
    for token in tokens:
        found.append(list(window))
        window = [*window[1:], token]
    return found


def by_autograd(tables, x, answer):
    tracked = {k: t.clone().requires_grad_() for k, t in (tables | {"x": x}).items()}
    a = torch.tanh(tracked["d"] + tracked["H"] @ tracked["x"])
    y = tracked["b"] + tracked["W"] @ tracked["x"] + tracked["U"] @ a
    (-y.log_softmax(0)[answer]).backward()
    return {k: t.grad for k, t in tracked.items()}


def zero_first(model, optimizer, batch, limit):
    optimizer.zero_grad(set_to_none=False)
    loss = model.loss(*batch)
    loss.backward()
    nn.utils.clip_grad_norm_(list(model.parameters()), max_norm=limit)
    optimizer.step()
    return float(loss.detach())


def clipped_by_hand(model, optimizer, batch, limit):
    loss = model.loss(*batch)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in model.parameters()]).norm()
    for p in model.parameters():
        p.grad *= min(1.0, limit / float(norm))
    optimizer.step()
    model.zero_grad()
    return loss.item()


def with_counter(losses, patience):
    best, at, waited = float("inf"), 0, 0
    for look, loss in enumerate(losses):
        waited += 1
        if loss < best:
            best, at, waited = loss, look, 0
        if waited == patience:
            return [look, at]
    return [look, at]


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("9.1", torch.tensor(11_904_264)),
        ("9.2", growing),
        ("9.2", lambda tokens, order, begin: [tuple(w) for w in growing(tokens, order, begin)]),
        ("9.2", lambda tokens, order, begin: torch.tensor(growing(tokens, order, begin))),
        ("9.3", by_autograd),
        ("9.3", lambda *given: {k: t.numpy() for k, t in gradients(*given).items()}),
        ("9.4", zero_first),
        ("9.4", clipped_by_hand),
        ("9.5", with_counter),
        ("9.5", lambda losses, patience: torch.tensor(stop_at(losses, patience))),
        ("9.6", _starts()),
        ("9.7", {2: (5.1, 0.6), 4: (4.6, 0.61), 6: (4.55, 0.64), 12: (4.5, 0.7)}),
        ("9.7", {k: list(pair) for k, pair in GOOD.items()}),
    ],
)
def test_another_way_of_being_right_passes(exercise, answer):
    result = check(exercise, answer)
    assert result.passed, result.text


def summed(tables, x, answer):
    """U's gradient the other way round."""
    found = gradients(tables, x, answer)
    return found | {"U": found["U"].T}


def changes_a_table(tables, x, answer):
    found = gradients(tables, x, answer)
    tables["b"] -= 1
    return found


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        ("9.1", 11_904_164, "Five tables and two biases"),
        ("9.2", lambda tokens, order, begin: growing(tokens, order, begin)[1:], "begin, begin"),
        ("9.2", lambda tokens, order: [], "the exercise calls it with (tokens, order, begin)"),
        ("9.3", summed, "a gradient has the shape of what it belongs to"),
        ("9.3", lambda tables, x, answer: {"b": tables["b"]}, "not yet: ∂L/∂b"),
        ("9.3", lambda tables, x, answer: [x], "return a dict"),
        ("9.3", changes_a_table, "it changes b, which it was handed"),
        (
            "9.4",
            lambda model, optimizer, batch, limit: optimizer.step(model.loss),
            "not yet: the loss",
        ),
        ("9.4", lambda *given: training_step(*given) and None, "is the `return` missing?"),
        ("9.5", lambda losses, patience: stop_at(losses, patience)[::-1], "a clear valley"),
        ("9.5", lambda losses, patience: len(losses), "a clear valley"),
        ("9.6", 12, "For each seed from 0 to 19"),
        ("9.7", {3: 4.8}, "is not order: (bits per word, share right)"),
        ("9.7", [4.8, 4.5], "this is a list of 2; give {order:"),
        ("9.7", {3: (4.8, 0.6), 5: (4.6, 0.6)}, "2 orders; measure at least three"),
        ("9.7", {4: (4.8, 0.6), 5: (4.6, 0.6), 9: (4.5, 0.6)}, "try 3 or less, and 8 or more"),
        ("9.7", GOOD | {9: (4.79, 0.66)}, "you gain 0.01 bits"),
        ("9.7", GOOD | {9: (4.5, float("nan"))}, "give two finite numbers"),
    ],
)
def test_an_unlisted_answer_hears_something_that_fits(exercise, answer, said):
    result = check(exercise, answer)
    assert not result.passed
    assert said in result.text


def test_the_tiny_language_is_the_chapters():
    tiny = TinyLanguage()
    assert len(tiny.words) == 12
    assert tuple(tiny.contexts.shape) == (56, 2)
    trained = tiny.train(seed=30, steps=200)
    p = tiny.after(trained, "the dog")
    assert sum(p.values()) == pytest.approx(1)
    assert p["runs"] > 4 * p["stops"]
    assert 10 <= _starts() < STARTS
