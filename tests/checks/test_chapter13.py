"""Answers to chapter 13 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, other ways of
being wrong hear something that fits; and the right answers are the library's.
"""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from gptlab.checks import check
from gptlab.checks.chapter13 import embed, mean_of_checkpoints
from gptlab.checks.chapter13_loss import learning_rate, smoothed_loss
from gptlab.checks.chapter13_parts import decoder_layer
from gptlab.layers.encoder_decoder import DecoderLayer
from gptlab.layers.positions import sinusoidal_positions
from gptlab.models.transformer import Transformer, TransformerConfig
from gptlab.text.pair_batches import pair_tensors
from gptlab.training.averaging import mean_of_weights
from gptlab.training.schedules import build_schedule


def embed_by_library(tokens, table):
    d = table.size(1)
    return table[tokens] * d**0.5 + sinusoidal_positions(len(tokens), d)


def embed_by_loop(tokens, table):
    d = table.size(1)
    rows = []
    for t, token in enumerate(tokens.tolist()):
        row = table[token] * d**0.5
        for i in range(d // 2):
            angle = torch.tensor(t / 10_000 ** (2 * i / d))
            row = row.index_add(
                0, torch.tensor([2 * i, 2 * i + 1]), torch.stack([angle.sin(), angle.cos()])
            )
        rows.append(row)
    return torch.stack(rows)


def mean_by_loop(checkpoints):
    found = {name: torch.zeros_like(value) for name, value in checkpoints[0].items()}
    for weights in checkpoints:
        for name in found:
            found[name] += weights[name] / len(checkpoints)
    return found


def mean_in_place(checkpoints):
    for name, value in checkpoints[0].items():
        for weights in checkpoints[1:]:
            value += weights[name]
        value /= len(checkpoints)
    return checkpoints[0]


def layer_by_library(y, memory, part, source_allowed):
    time = y.size(1)
    return part(y, memory, torch.ones(time, time, dtype=torch.bool).tril(), source_allowed)


def loss_by_torch(logits, targets, epsilon):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), label_smoothing=epsilon)


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("13.1", 0.479),
        ("13.2", embed_by_library),
        ("13.2", embed_by_loop),
        ("13.3", mean_by_loop),
        ("13.3", mean_of_weights),
        ("13.4", "c"),
        ("13.5", layer_by_library),
        ("13.6", loss_by_torch),
        ("13.7", lambda n, d_model, warmup: min(n**-0.5, n / warmup**1.5) / d_model**0.5),
    ],
)
def test_other_right_answers_pass(exercise, answer):
    result = check(exercise, answer)
    assert result, result.text


def layer_in_place(y, memory, part, source_allowed):
    y += part.attention(y, allowed=torch.ones(y.size(1), y.size(1), dtype=torch.bool).tril())
    y = part.norm_attention(y)
    y = part.norm_cross(y + part.cross(y, memory, source_allowed))
    return part.norm_mlp(y + part.mlp(y))


@pytest.mark.parametrize(
    ("exercise", "answer", "told"),
    [
        ("13.1", 0.6, "so the angle at position 50 is 0.5"),
        ("13.1", 0.8776, "That is column 3"),
        ("13.2", lambda tokens, table: table[tokens], "Row 1 is sin 1"),
        ("13.3", mean_in_place, "changes its input in place"),
        ("13.3", lambda checkpoints: mean_of_checkpoints(checkpoints)["matrix"], "13.3"),
        ("13.5", lambda y, memory, part, allowed: y, "norm(y + part(y))"),
        ("13.5", layer_in_place, "it changes y in place"),
        ("13.6", lambda logits, targets, epsilon: logits.mean(), "−log p"),
        ("13.7", lambda n, d_model, warmup: 0.001, "4000^−0.5"),
        # both once passed: a rate of zero lay within the tolerance, and every case had 4000 steps
        ("13.7", lambda n, d, w: learning_rate(n - 1, d, w) if n > 1 else 0, "counted from zero"),
        ("13.7", lambda n, d, w: learning_rate(n, d, 4000), "the warm-up is always 4000"),
    ],
)
def test_other_wrong_answers_hear_something_that_fits(exercise, answer, told):
    result = check(exercise, answer)
    assert not result
    assert told in result.text


def test_the_right_answers_are_the_librarys():
    torch.manual_seed(0)
    model = Transformer(TransformerConfig(9, 9, d_model=8, n_heads=2, d_ff=16, n_layers=1)).eval()
    tokens = torch.tensor([5, 4, 8])
    table = model.source_embedding
    assert_close(
        embed(tokens, table.weight), model.embed(tokens[None], table)[0], atol=1e-5, rtol=0
    )
    source, inputs, targets = pair_tensors([([5, 6], [7]), ([8], [6, 6])])
    layer, memory = model.decoder[0], model.encode(source)
    assert isinstance(layer, DecoderLayer)
    y, allowed = torch.randn(2, 3, 8), (source != 0)[:, None, None]
    assert_close(
        decoder_layer(y, memory, layer, allowed), layer_by_library(y, memory, layer, allowed)
    )
    model.train()
    model.config.__dict__.update(dropout=0.0)
    for part in model.modules():
        if hasattr(part, "dropout"):
            part.dropout = 0.0
    assert_close(
        model.loss(source, inputs, targets), smoothed_loss(model(source, inputs), targets, 0.1)
    )


def test_the_schedule_is_the_trainers():
    ours = build_schedule("inverse-sqrt", warmup=0.25)
    for step in (1, 10, 24, 25, 26, 100):
        expected = learning_rate(step, 64, 25) / learning_rate(25, 64, 25)
        assert ours(step / 100) == pytest.approx(expected)
