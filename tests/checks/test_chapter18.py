"""Answers to chapter 18 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, other ways of
being wrong are met by a case and a hint that fit.
"""

from __future__ import annotations

import math

import pytest
import torch
from torch.testing import assert_close

from gptlab.checks import check
from gptlab.checks.chapter18 import nucleus, penalise_seen, with_temperature
from gptlab.checks.chapter18_cache import greedy_with_cache, lively
from gptlab.checks.chapter18_measured import GOOD
from gptlab.checks.chapter18_speculative import judge_one
from gptlab.generation.cache import new_cache
from gptlab.generation.sampling import (
    GREEDY,
    Sampling,
    generate_tokens,
    keep_top_p,
    next_token_probabilities,
    penalise,
)


def limit(logits, temperature):
    """Temperature 0 as a limit: so cold that nothing else is left."""
    shifted = (logits - logits.amax(-1, keepdim=True)).double()
    return (shifted / max(temperature, 1e-9)).softmax(-1).float()


def as_whole_numbers(logits, temperature):
    """What `one_hot`, which the hint names, gives for temperature 0: ones and zeros as integers."""
    if temperature == 0:
        return torch.nn.functional.one_hot(logits.argmax(-1), logits.size(-1))
    return (logits / temperature).softmax(-1)


def by_mask(probabilities, p):
    kept = keep_top_p(probabilities.log()[None], p)[0]
    return kept.softmax(0)


def one_by_one(probabilities, p):
    kept, total = [0.0] * len(probabilities), 0.0
    for i in sorted(range(len(kept)), key=lambda i: -probabilities[i]):
        if total < p - 1e-7 or p == 1:
            kept[i] = float(probabilities[i])
        total += float(probabilities[i])
    return torch.tensor(kept) / sum(kept)


def from_the_library(logits, seen, penalty):
    if not seen:
        return logits
    return penalise(logits[None], torch.tensor([seen]), penalty)[0]


def two_phases(model, prompt, n):
    kept = new_cache(model.config.n_layers, 24)
    logits, out = model(torch.tensor([prompt]), kept), []
    while True:
        out.append(logits[:, -1].argmax(-1, keepdim=True))
        if len(out) == n:
            return torch.cat(out, dim=1)[0]
        logits = model(out[-1], kept, kept[0].length)


def longer_and_longer(model, prompt, n):
    """The right tokens, but the list that was given grows with them."""
    given, kept, known = len(prompt), new_cache(model.config.n_layers, 24), 0
    for _ in range(n):
        logits = model(torch.tensor([prompt[known:]]), kept, known)
        known = len(prompt)
        prompt.append(int(logits[0, -1].argmax()))
    return prompt[given:]


def as_numbers(p, q, token, r):
    if r * q[token] < p[token]:
        return torch.tensor([float(i == token) for i in range(len(p))]).to(p)
    missing = [max(0.0, float(a - b)) for a, b in zip(p, q, strict=True)]
    return torch.tensor(missing).to(p) / sum(missing)


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("18.1", " b "),
        ("18.2", 2.516582),
        ("18.2", torch.tensor(2.5166)),
        ("18.2", 2.5),  # rounded, as the praise rounds the weights
        ("18.3", limit),
        ("18.3", as_whole_numbers),
        ("18.4", by_mask),
        ("18.4", one_by_one),
        ("18.5", from_the_library),
        ("18.6", two_phases),
        ("18.7", as_numbers),
        ("18.8", {t: list(pair) for t, pair in GOOD.items()}),
    ],
)
def test_another_way_of_being_right_passes(exercise, answer):
    result = check(exercise, answer)
    assert result.passed, result.text


def test_the_answers_are_the_librarys():
    logits = 3 * torch.randn(4, 50, generator=torch.Generator().manual_seed(0))
    for temperature in (0, 0.3, 2.0):
        ours = next_token_probabilities(logits, Sampling(temperature))
        assert_close(with_temperature(logits, temperature), ours)
    for row in logits:
        assert_close(
            nucleus(row.softmax(0), 0.8),
            next_token_probabilities(row[None], Sampling(top_p=0.8))[0],
        )
        assert_close(penalise_seen(row, [3, 9, 3], 1.3), from_the_library(row, [3, 9, 3], 1.3))
    alone = [int(t) for t in generate_tokens(lively(), torch.tensor([[3, 1, 4]]), 12, GREEDY)]
    assert greedy_with_cache(lively(), [3, 1, 4], 12) == alone
    assert len(set(alone)) > 3
    p, q = logits[:2].double().softmax(-1)
    kept = torch.minimum(p, q) / q
    together = sum(
        q[t] * (kept[t] * judge_one(p, q, t, 0.0) + (1 - kept[t]) * judge_one(p, q, t, 1.0))
        for t in range(50)
        if kept[t] < 1
    ) + sum(q[t] * judge_one(p, q, t, 0.0) for t in range(50) if kept[t] == 1)
    assert_close(together, p)


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        ("18.1", "top-p", "choose one of A, B, C, D"),
        ("18.2", 2.4, "one key and one value"),
        ("18.2", 2_516_582_400, "one key and one value"),
        ("18.3", lambda logits, temperature: logits.softmax(-1), "Divide the logits by 0.5"),
        ("18.3", lambda logits: logits, "the exercise calls it with (logits, temperature)"),
        ("18.4", lambda q, p: q / q.sum(), "three words are needed to reach 0.8"),
        ("18.5", lambda z, seen, t: z.index_fill_(0, torch.tensor(seen[:1]), 0.0), "in place"),
        ("18.6", lambda model, prompt, n: [0] * n, "8 tokens after [3, 1, 4]"),
        ("18.6", longer_and_longer, "it changes the list `prompt`"),
        ("18.7", lambda p, q, token, r: p, "p/q is above 1, so it is always kept"),
        ("18.8", {0.5: 0.4}, "is not temperature: (share, bits per word)"),
        ("18.8", [0.5], "this is a list of 1; give {temperature:"),
        ("18.8", {0.4: (0.3, 3.3), 1.0: (0.1, 4.0)}, "2 temperatures; measure at least three"),
        ("18.8", {0.7: (0.3, 3.3), 0.8: (0.2, 3.5), 1.0: (0.1, 4.0)}, "try 0.5 or less, above 0"),
        ("18.8", {t: (0.2, bits) for t, (_, bits) in GOOD.items()}, "make clearly fewer mistakes"),
        ("18.8", {t: (share, 3.5) for t, (share, _) in GOOD.items()}, "should be more ordinary"),
        ("18.8", {t: (1.0, bits) for t, (_, bits) in GOOD.items()}, "many wrong ones"),
        ("18.8", GOOD | {1.0: (0.1, math.nan)}, "infinitely many bits"),
    ],
)
def test_an_unlisted_answer_hears_something_that_fits(exercise, answer, said):
    result = check(exercise, answer)
    assert not result.passed
    assert said in result.text, result.text
