"""Batches of sentences: everything once, a pure function of the step, little padding."""

import numpy as np
import pytest
import torch

from gptlab.errors import LabError
from gptlab.evaluation.toy_language import toy_task
from gptlab.text.sentence_batches import SentenceBatches, padded

DRAW = np.random.default_rng(7)
SENTENCES = [DRAW.integers(0, 50, size=DRAW.integers(1, 30)) for _ in range(1003)]


def test_inputs_lag_targets_by_one_and_padding_is_ignored():
    inputs, targets = padded([torch.tensor([5, 6, 7]), torch.tensor([8])], begin=9)
    assert inputs.tolist() == [[9, 5, 6], [9, 9, 9]]
    assert targets.tolist() == [[5, 6, 7], [8, -100, -100]]


def test_it_pads_as_the_toy_language_does():
    task = toy_task()
    theirs = next(task.batches("test", 64))
    ours = padded([torch.as_tensor(ids) for ids in task.test[:64]], task.begin)
    for mine, expected in zip(ours, theirs, strict=True):
        assert mine.tolist() == expected.tolist()


def test_an_epoch_visits_every_sentence_once_and_the_next_in_another_order():
    batches = SentenceBatches(SENTENCES, batch_size=10, begin=50, seed=3)
    assert batches.n_batches == 100
    epochs = []
    for epoch in range(2):
        targets = [batches.batch(100 * epoch + step)[1] for step in range(100)]
        epochs.append([tuple(row[row >= 0].tolist()) for rows in targets for row in rows])
    whole = sorted(tuple(s.tolist()) for s in SENTENCES)
    for seen in epochs:
        left = list(whole)
        for sentence in seen:
            left.remove(sentence)
        assert len(left) == 3
    assert epochs[0] != epochs[1]
    assert batches.epoch(150) == 1.5


def test_a_batch_depends_on_seed_and_step_alone():
    one, other = (SentenceBatches(SENTENCES, 10, begin=50, seed=3) for _ in range(2))
    one.batch(250)
    for mine, theirs in zip(one.batch(4), other.batch(4), strict=True):
        assert torch.equal(mine, theirs)
    third = SentenceBatches(SENTENCES, 10, begin=50, seed=4)
    assert not torch.equal(third.batch(4)[1], other.batch(4)[1])


def test_little_is_padding_though_lengths_differ():
    batches = SentenceBatches(SENTENCES, batch_size=20, begin=50)
    kept = torch.cat([(batches.batch(step)[1] >= 0).flatten() for step in range(50)])
    assert kept.float().mean() > 0.85


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, 2]], 2, 9), "batch_size=2 cannot be filled from 1 sentences"),
        (([], 1, 9), "batch_size=1 cannot be filled from 0 sentences"),
        (([[1]], 0, 9), "batch_size=0"),
        (([[1], []], 1, 9), "sentence 1 is empty; leave it out"),
        (([[1]], 1, 9, -1), "seed=-1 must not be negative"),
    ],
)
def test_bad_settings_are_refused(arguments, message):
    with pytest.raises(LabError, match=message):
        SentenceBatches(*arguments)
