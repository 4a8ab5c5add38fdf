"""Recurrent language models: parity with torch, carried state, streams, a run that resumes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.models.recurrent_lm import CarriedLM, RecurrentLM, RecurrentLMConfig
from gptlab.text.streams import StreamBatches
from gptlab.training.config import TrainConfig
from gptlab.training.trainer import Trainer


def small(**changes) -> RecurrentLM:
    torch.manual_seed(1)
    return RecurrentLM(
        RecurrentLMConfig(**{"vocab_size": 20, "d_model": 8, "d_hidden": 8} | changes)
    )


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
@pytest.mark.parametrize("tie", [True, False])
def test_the_model_is_embedding_torchs_layers_and_unembedding(cell, tie):
    model = small(cell=cell, tie=tie, d_hidden=12, n_layers=2, impl="plain")
    theirs = (nn.LSTM if cell == "lstm" else nn.RNN)(8, 12, 2, batch_first=True)
    theirs.load_state_dict(model.layers.rnn.state_dict())
    tokens, targets = torch.randint(20, (2, 3, 9)).unbind()
    hidden, _ = theirs(F.embedding(tokens, model.embedding.weight))
    weight = model.embedding.weight[:20] if tie else model.unembedding.weight
    if tie:
        hidden = hidden @ model.project.weight.mT
    logits = hidden @ weight.mT + model.bias
    assert_close(model(tokens), logits)
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
    assert_close(model.loss(tokens, targets), loss)


def test_nothing_of_the_future_is_seen():
    model = small(n_layers=2)
    tokens = torch.randint(20, (2, 9))
    before = model(tokens)
    changed = tokens.clone()
    changed[:, 5] = (changed[:, 5] + 1) % 20
    moved = (model(changed) - before).abs().amax(dim=(0, 2))
    assert (moved[:5] == 0).all()
    assert (moved[5:] > 0).all(), "and all of the past is"


def test_the_begin_symbol_is_read():
    assert small()(torch.tensor([[20, 0, 19]])).shape == (1, 3, 20)
    assert len(small().gates(torch.tensor([20, 0]))["memory"]) == 2


def test_forget_gates_begin_open():
    model = small(n_layers=2)
    for layer in range(2):
        _, _, b_in, b_h = model.layers.weights(layer)
        assert (b_in.chunk(4)[1] + b_h.chunk(4)[1]).tolist() == [1.0] * 8


def test_the_state_is_carried_and_the_gradient_is_not():
    model = small(cell="rnn")
    carried = CarriedLM(model, 2)
    tokens = torch.randint(20, (2, 9))
    first, second = tokens[:, :4], tokens[:, 4:8]
    carried.loss(first, tokens[:, 1:5])
    got = carried.loss(second, tokens[:, 5:9])
    _, state = model.read(first)
    logits, _ = model.read(second, tuple(part.detach() for part in state))
    want = F.cross_entropy(logits.flatten(0, 1), tokens[:, 5:9].flatten())
    assert_close(got, want)
    assert_close(*(torch.autograd.grad(x, model.embedding.weight)[0] for x in (got, want)))
    carried.eval()
    kept = carried.state0.clone()
    carried.loss(first, tokens[:, 1:5])
    assert torch.equal(kept, carried.state0), "measuring must not move the state"


def test_streams_go_on_where_they_ended():
    streams = StreamBatches(np.arange(103), batch_size=2, context_length=10)
    assert streams.n_windows == 5
    for step in range(4):
        (x, y), (following, _) = streams.batch(step), streams.batch(step + 1)
        assert torch.equal(y, x + 1)
        assert torch.equal(following[:, 0], x[:, -1] + 1)
    assert torch.equal(streams.batch(5)[0], streams.batch(0)[0])
    seen = torch.cat([streams.batch(step)[1].flatten() for step in range(5)])
    assert len(set(seen.tolist())) == 100, "every token is a target once"


def test_a_run_that_is_cut_off_and_resumed_is_the_same_run(tmp_path):
    tokens = np.random.default_rng(0).integers(20, size=500)
    batches = StreamBatches(tokens, 4, 8)
    config = TrainConfig(steps=20, optimizer="adamw", lr=0.01, checkpoint_every=7)

    def run(folder, stop=None):
        model = CarriedLM(small(), 4)
        trainer = Trainer(model, batches, config, folder=folder)
        return model, trainer

    whole, trainer = run(tmp_path / "whole")
    trainer.fit()
    _, trainer = run(tmp_path / "cut")
    trainer.callbacks.append(_StopAt(10))
    trainer.fit()
    again, trainer = run(tmp_path / "cut")
    trainer.resume().fit()
    assert trainer.step == 20
    for name, value in whole.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


class _StopAt:
    def __init__(self, step):
        self.step = step

    def on_start(self, trainer): ...

    def on_end(self, trainer): ...

    def on_step(self, trainer, step):
        trainer.stopping = step.step >= self.step


def test_the_gates_explain_the_memory():
    model = small()
    tokens = torch.randint(20, (7,))
    found = model.gates(tokens)
    state = None
    for t in range(7):
        _, state = model.read(tokens[None, t : t + 1], state)
        assert_close(found["memory"][t], state[1][0, 0])
    kept = found["forget"][1:] * found["memory"][:-1]
    written = found["input"][1:] * found["candidate"][1:]
    assert_close(found["memory"][1:], kept + written)
    for name in ("forget", "input", "output"):
        assert found[name].shape == (7, 8)
        assert ((found[name] > 0) & (found[name] < 1)).all()


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: small(cell="rnn").gates(torch.zeros(2).long()), "'rnn' has no gates"),
        (lambda: small().gates(torch.zeros(0).long()), "one row of at least one"),
        (lambda: small(vocab_size=0), "vocab_size is 0"),
        (lambda: small(d_model=0), "d_model is 0"),
        (lambda: small(cell="gru"), "cell 'gru'"),
        (lambda: small(dropout=1.5), "dropout is 1.5"),
        (lambda: CarriedLM(small(), 0), "batch_size is 0"),
        (lambda: small()(torch.zeros(2, 0, dtype=torch.long)), "at least one token in each row"),
        (lambda: small()(torch.tensor([[3, 21]])), r"token id 21 is outside 0 … 20"),
        (lambda: small()(torch.tensor([[-1, 3]])), "token id -1 is outside 0 … 20"),
        (lambda: small().read(torch.ones(1, 2)), "type torch.float32"),
        (lambda: small().read(torch.tensor([1, 2])), r"shape \(2,\)"),
        (lambda: small().gates(torch.tensor([0, 21])), "token id 21 is outside 0 … 20"),
        (lambda: small().gates(torch.ones(2)), "type torch.float32"),
        (lambda: small(n_layers=True), "n_layers is True"),
        (lambda: CarriedLM(small(), 3).loss(*torch.zeros(2, 2, 4).long()), r"start\(2\)"),
        (lambda: StreamBatches([1, 2, 3], 2, 4), "3 tokens make no window of 4"),
        (lambda: StreamBatches([1, 2, 3], 0, 1), "must be at least 1"),
        (lambda: StreamBatches([[1, 2, 3]], 1, 1), "one long row"),
    ],
)
def test_bad_input_is_told(build, told):
    with pytest.raises(LabError, match=told):
        build()
