"""Small runs that read each word once: rows, words, the floor, and bad input."""

from __future__ import annotations

import math

import pytest
import torch

from gptlab.errors import LabError
from gptlab.evaluation.scaling_runs import (
    WIDTH,
    InOrder,
    ReadOnce,
    nats_per_word,
    packed_rows,
    run_once,
)
from gptlab.models.gpt import GPT, GPTConfig

SENTENCES = [[1, 2, 3], [4, 5], [6, 7, 8, 9], [1] * 7]


def test_sentences_are_packed_whole_with_a_zero_before_each():
    inputs, targets = packed_rows(SENTENCES, width=8)
    assert inputs.tolist()[0] == [0, 1, 2, 3, 0, 4, 5, 0]
    assert targets.tolist()[0] == [1, 2, 3, -100, 4, 5, -100, -100]
    assert inputs.tolist()[1] == [0, 6, 7, 8, 9, 0, 0, 0]
    assert targets.tolist()[2] == [1] * 7 + [-100]
    words = [t for t in targets.flatten().tolist() if t != -100]
    assert words == [w for s in SENTENCES for w in s], "each word once, in order"
    with pytest.raises(LabError, match="7 words and a row 6"):
        packed_rows(SENTENCES, width=6)


@pytest.fixture
def data():
    draw = torch.Generator().manual_seed(0)
    sides = [torch.randint(1, 9, (n, 6), generator=draw).tolist() for n in (400, 50)]
    return ReadOnce(9, packed_rows(sides[0]), packed_rows(sides[1]), floor=math.log(8))


def test_the_first_words_and_no_more(data):
    assert data.words == 2400
    _, targets = data.first(100)
    read = int((targets != -100).sum())
    assert 100 <= read < 100 + WIDTH
    for words in (0, 2401):
        with pytest.raises(LabError, match="there are 2,400 to read once"):
            data.first(words)


def test_batches_cover_all_rows_once(data):
    batches = InOrder(data.train, 7)
    seen = torch.cat([batches.batch(step)[0] for step in range(len(batches))])
    assert torch.equal(seen, data.train[0])


def test_the_loss_is_for_words_alone(data):
    model = GPT(GPTConfig(9, WIDTH, 16, 1, 1))
    inputs, targets = data.test
    logits = model(inputs).log_softmax(-1)
    kept = targets != -100
    expected = -logits[kept].gather(-1, targets[kept][:, None]).mean().item()
    assert nats_per_word(model, data.test, batch_size=3) == pytest.approx(expected, rel=1e-5)


def test_a_run_reads_what_it_says_comes_near_the_floor_and_is_repeatable(data):
    run = run_once(data, 16, 2000)
    assert run == run_once(data, 16, 2000)
    assert 2000 <= run.tokens < 2000 + WIDTH
    assert run.parameters == GPTConfig(9, WIDTH, 16, 1, 2).parameter_count()
    # Words are evenly random: nobody can do better than ln 8.
    assert data.floor - 0.02 < run.loss < data.floor + 0.15
