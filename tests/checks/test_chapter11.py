"""Answers to chapter 11 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, other ways of
being wrong hear something that fits; and the right answers are the library's.
"""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from gptlab.checks import check
from gptlab.checks.chapter11 import teacher_rows
from gptlab.checks.chapter11_attention import attention_step
from gptlab.checks.chapter11_beam import beam
from gptlab.checks.chapter11_loss import mean_loss
from gptlab.checks.chapter11_tables import END, by_longer_table
from gptlab.layers.alignment_attention import AdditiveAttention, align_and_read
from gptlab.text.pair_batches import pair_tensors


def rows_by_lists(targets):
    longest = max(len(ids) for ids in targets) + 1
    inputs = [[1, *ids] + [1] * (longest - len(ids) - 1) for ids in targets]
    outputs = [[*ids, 2] + [-100] * (longest - len(ids) - 1) for ids in targets]
    return torch.tensor(inputs), torch.tensor(outputs)


def torchs_loss(logits, outputs):
    return F.cross_entropy(logits.transpose(1, 2), outputs, ignore_index=-100)


def loop_step(query, memory, W, U, v, lengths):
    contexts, weights = [], torch.zeros(memory.shape[:2])
    for b, n in enumerate(lengths.tolist()):
        e = torch.stack([v @ torch.tanh(W @ query[b] + U @ m) for m in memory[b, :n]])
        weights[b, :n] = e.softmax(0)
        contexts.append(weights[b, :n] @ memory[b, :n])
    return torch.stack(contexts), weights


def beam_by_products(after, width, longest, alpha=0.0):
    beams, ended = {(): 1.0}, {}
    for _ in range(longest):
        grown = {(*words, w): p * q for words, p in beams.items() for w, q in after(words).items()}
        best = dict(sorted(grown.items(), key=lambda each: -each[1])[:width])
        ended |= {words: p for words, p in best.items() if words[-1] == END}
        beams = {words: p for words, p in best.items() if words[-1] != END}
    return max(ended, key=lambda words: math.log(ended[words]) / len(words) ** alpha)


def beam_that_keeps_the_ended(after, width, longest, alpha=0.0):
    beams = {(): 1.0}
    for _ in range(longest):
        grown = {}
        for words, p in beams.items():
            if words and words[-1] == END:
                grown[words] = p
                continue
            grown |= {(*words, word): p * q for word, q in after(words).items()}
        beams = dict(sorted(grown.items(), key=lambda each: -each[1])[:width])
    ended = {words: p for words, p in beams.items() if words[-1] == END}
    return max(ended, key=lambda words: math.log(ended[words]) / len(words) ** alpha)


def by_angles(n):
    angles = torch.arange(n) * 2 * math.pi / (2 * n)
    keys = torch.stack([angles.cos(), angles.sin()], dim=1)
    return 500 * keys.flip(0), keys


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("11.1", "c"),
        ("11.2", rows_by_lists),
        ("11.3", torchs_loss),
        ("11.4", loop_step),
        ("11.5", beam_by_products),
        ("11.6", torch.tensor(39.069)),
        ("11.7", by_angles),
        ("11.7", lambda n: list(by_angles(n))),
    ],
)
def test_other_right_answers_pass(exercise, answer):
    result = check(exercise, answer)
    assert result, result.text


@pytest.mark.parametrize(
    ("exercise", "answer", "told"),
    [
        ("11.2", lambda targets: teacher_rows(targets)[0], "11.2"),
        ("11.3", lambda logits, outputs: mean_loss(logits, outputs) * 2, "six positions"),
        ("11.4", lambda *a: (attention_step(*a)[0], attention_step(*a)[1] / 2), "3.05"),
        ("11.5", lambda after, width, longest, alpha=0.0: ("die",), "der Hund"),
        # all three once passed: no case ended at `longest`, none was near enough
        ("11.5", lambda t, w, n, a=0.0: beam(t, w, n + 1, a), "one step too many"),
        ("11.5", lambda t, w, n, a=0.0: beam(t, w, n - 1, a), "one step too few"),
        ("11.5", lambda t, w, n, a=0.0: beam(t, w, n, a, uncounted=1), "the end is not counted"),
        # passed as well: no case had room for what they do otherwise
        ("11.5", beam_that_keeps_the_ended, "keep their place"),
        ("11.6", 20.0, "Padded cells"),
        ("11.7", lambda n: torch.eye(n), "return two tensors"),
        ("11.7", lambda n: (torch.eye(n), torch.eye(n + 1)), "both must be"),
    ],
)
def test_other_wrong_answers_hear_something_that_fits(exercise, answer, told):
    result = check(exercise, answer)
    assert not result
    assert told.lower() in result.text.lower()


def test_the_right_answers_are_the_librarys():
    inputs, outputs = teacher_rows([[7, 8, 9], [8]])
    _, theirs, wanted = pair_tensors([([5], [7, 8, 9]), ([5], [8])])
    assert torch.equal(inputs, theirs)
    assert torch.equal(outputs, wanted)
    torch.manual_seed(0)
    layer = AdditiveAttention(3, 4, 5)
    query, memory, lengths = torch.randn(2, 3), torch.randn(2, 6, 4), torch.tensor([6, 2])
    weights = (layer.to_query.weight, layer.to_keys.weight, layer.to_score.weight[0])
    mine = attention_step(query, memory, *weights, lengths)
    scores = layer.scores(query[:, None], layer.keys(memory))
    read = align_and_read(scores, memory, torch.arange(6) < lengths[:, None])
    assert_close(mine, tuple(part[:, 0] for part in read))


def test_the_longer_table_is_one_that_length_normalisation_decides():
    assert beam(by_longer_table, 3, 6, 0.0) == ("ja", END)
    assert beam(by_longer_table, 3, 6, 1.0) == ("er", "schläft", "nie", END)
