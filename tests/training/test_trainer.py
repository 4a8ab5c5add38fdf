"""The loop: it learns, repeats itself to the bit, stops before harm, and resumes exactly."""

import itertools
import json
import math
import os
import pickle
import random
import shutil
import signal
import time
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from gptlab.errors import LabError
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.text.batches import RandomBatches
from gptlab.training import checkpoints
from gptlab.training.callbacks import Evaluate
from gptlab.training.trainer import Callback, TrainConfig, Trainer

CONFIG = TrainConfig(steps=12, lr=3e-3, warmup=0.2, schedule="cosine", checkpoint_every=4)
SHAPE = GPTConfig.preset("nano", vocab_size=32, context_length=16, d_model=32)


def tokens(n=2000):
    generator = torch.Generator().manual_seed(0)
    steps = torch.randint(1, 4, (n,), generator=generator)
    return steps.cumsum(0) % 32  # each token is one to three above the last: something to learn


def trainer(folder=None, config=CONFIG, shape=SHAPE, seed=0, callbacks=(), batch_size=4):
    torch.manual_seed(seed)
    batches = RandomBatches(tokens(), batch_size, shape.context_length, seed=1)
    return Trainer(GPT(shape), batches, config, folder, callbacks)


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_it_learns(optimizer):
    t = trainer(config=replace(CONFIG, steps=150, optimizer=optimizer, checkpoint_every=0))
    history = t.fit()
    assert history[0].loss == pytest.approx(math.log(32), abs=0.2)
    # The best that can be known of the next token is that it is one of three.
    assert math.log(3) - 0.05 < history[-1].loss < 1.6
    assert not t.model.training
    assert [s.step for s in history] == list(range(1, 151))


def test_one_step_is_what_plain_torch_does():
    config = replace(
        CONFIG, optimizer="adamw", schedule="constant", warmup=0, clip=0.5, fused=False
    )
    t = trainer(config=config)
    model = trainer(config=config).model
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": 0.1},
            {"params": [p for p in model.parameters() if p.dim() == 1], "weight_decay": 0.0},
        ],
        lr=config.lr,
        betas=config.betas,
    )
    for step in range(3):
        inputs, targets = t.batches.batch(step)
        logits = model(inputs)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        optimizer.zero_grad()
        value, _ = t.gradients()
        t.move(1.0)
        t.step += 1
        assert value == pytest.approx(loss.item(), abs=1e-6)
    for mine, reference in zip(t.model.parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(mine, reference, atol=1e-6, rtol=1e-5)


def test_the_same_seed_gives_the_same_weights_and_another_does_not():
    one, two, other = trainer(), trainer(), trainer(seed=5)
    for t in (one, two, other):
        t.fit()
    assert same(one.model, two.model)
    assert not same(one.model, other.model)


def test_accumulation_is_one_large_batch():
    small = trainer(config=replace(CONFIG, accumulation=4), batch_size=2)
    large = trainer(batch_size=8)
    loss_small, norm_small = small.gradients()
    loss_large, norm_large = large.gradients()
    assert loss_small == pytest.approx(loss_large, abs=1e-6)
    assert norm_small == pytest.approx(norm_large, rel=1e-5)


def test_recompute_changes_nothing_but_memory():
    plain, again = trainer(), trainer(config=replace(CONFIG, recompute=True))
    assert plain.gradients() == pytest.approx(again.gradients(), rel=1e-6)


def test_compile_changes_nothing_of_the_run():
    shape = replace(SHAPE, n_layers=1)
    plain = trainer(shape=shape, config=replace(CONFIG, steps=3))
    compiled = trainer(shape=shape, config=replace(CONFIG, steps=3, compile=True))
    losses = [s.loss for s in plain.fit()]
    assert [s.loss for s in compiled.fit()] == pytest.approx(losses, abs=1e-5)


def test_a_machine_that_cannot_compile_trains_without(monkeypatch, capsys):
    t = trainer(config=replace(CONFIG, compile=True))
    plain = trainer()

    def broken(*args, **kwargs):
        raise RuntimeError("no C++ compiler found")

    monkeypatch.setattr(t.loss, "compile", broken)
    t.fit()
    plain.fit()
    assert "torch.compile is not available here" in capsys.readouterr().err
    assert same(t.model, plain.model)


def test_average_replaces_the_weights_at_the_end_only():
    seen = {}

    class Last(Callback):
        def on_step(self, trainer, step):
            seen["raw"] = trainer.model.norm.weight.detach().clone()
            seen["average"] = trainer.average["norm.weight"].clone()

    t = trainer(config=replace(CONFIG, average=0.5), callbacks=[Last()])
    t.fit()
    assert torch.equal(t.model.norm.weight, seen["average"])
    assert not torch.equal(seen["raw"], seen["average"])


def test_the_clock_ends_a_run_and_moves_the_schedule(monkeypatch):
    ticks = itertools.count(0, 0.005)  # a clock of our own: this machine's may be busy elsewhere
    t = trainer(config=replace(CONFIG, steps=10**6, seconds=0.5, schedule="linear", final_lr=0.0))
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks))
    history = t.fit()
    assert len(history) == pytest.approx(100, abs=1)
    assert history[49].lr == pytest.approx(0.5 * CONFIG.lr, rel=0.05)
    assert history[-1].lr < 0.02 * CONFIG.lr
    assert t.progress == 1


def test_evaluation_is_noted_and_leaves_training_alone():
    measured = []

    def measure(model):
        assert not model.training
        measured.append(True)
        return 1.25

    t = trainer(callbacks=[Evaluate(5, measure)])
    t.fit()
    plain = trainer()
    plain.fit()
    assert [s.extra.get("held_out") for s in t.history][4::5] == [1.25, 1.25]
    assert t.history[-1].extra == {"held_out": 1.25}
    assert len(measured) == 3
    assert same(t.model, plain.model)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_before_harm(tmp_path, bad):
    t = trainer(tmp_path)
    honest = t.model.loss

    def poisoned(*batch):
        loss = honest(*batch)
        return loss * bad if t.step == 6 else loss

    t.model.loss = poisoned
    with pytest.raises(LabError, match=r"step 6 \(batch 6\).*step-00000004"):
        t.fit()
    assert all(torch.isfinite(p).all() for p in t.model.parameters())
    assert [p.name for p in checkpoints.checkpoints(tmp_path)] == ["step-00000004"]


@pytest.mark.parametrize("stop_at", [1, 4, 5, 11])
@pytest.mark.parametrize("changes", [{}, {"optimizer": "adamw", "average": 0.9}])
def test_a_run_stopped_and_resumed_ends_with_the_same_bits(tmp_path, stop_at, changes):
    shape = replace(SHAPE, dropout=0.1)  # so that random states matter
    config = replace(CONFIG, **changes)

    class Stop(Callback):
        def on_step(self, trainer, step):
            trainer.stopping = step.step == stop_at

    whole = trainer(tmp_path / "whole", config, shape)
    whole.fit()
    stopped = trainer(tmp_path / "cut", config, shape, callbacks=[Stop()])
    stopped.fit()
    assert stopped.step == stop_at
    torch.manual_seed(77)
    random.random()
    resumed = trainer(tmp_path / "cut", config, shape, seed=9).resume()
    assert resumed.step == stop_at
    resumed.fit()
    assert same(whole.model, resumed.model)
    losses = [s.loss for s in whole.history]
    assert [s.loss for s in resumed.history] == losses


def _train_until_killed(folder):
    torch.set_num_threads(1)
    config = replace(CONFIG, steps=60, checkpoint_every=3)
    t = trainer(folder, config, replace(SHAPE, dropout=0.1))
    if checkpoints.checkpoints(folder):
        t.resume()
    t.fit()


def test_killed_at_twenty_random_moments_it_ends_with_the_same_bits(tmp_path):
    context = get_context("fork")
    torch.set_num_threads(1)  # a fork must not inherit threads in the middle of work
    began = time.monotonic()
    whole = context.Process(target=_train_until_killed, args=(tmp_path / "whole",))
    whole.start()
    whole.join()
    length = time.monotonic() - began
    assert whole.exitcode == 0
    draw = random.Random(20)
    kills = attempts = 0
    while kills < 20:
        attempts += 1
        assert attempts < 200
        child = context.Process(target=_train_until_killed, args=(tmp_path / "cut",))
        child.start()
        child.join(draw.uniform(0.05, 0.35) * length)
        if child.exitcode is None:
            os.kill(child.pid, signal.SIGKILL)
            child.join()
            kills += 1
        for found in checkpoints.checkpoints(tmp_path / "cut"):
            checkpoints.load_state(found)  # whole, or not there
            load_file(found / "model.safetensors")
        if child.exitcode == 0:  # it came to the end: begin again for the kills still owed
            assert _weights(tmp_path / "cut") == _weights(tmp_path / "whole"), (
                "weights differ after resuming"
            )
            shutil.rmtree(tmp_path / "cut")
    last = context.Process(target=_train_until_killed, args=(tmp_path / "cut",))
    last.start()
    last.join()
    assert _weights(tmp_path / "cut") == _weights(tmp_path / "whole")


def _weights(folder: Path) -> bytes:
    return (folder / "step-00000060" / "model.safetensors").read_bytes()


def test_only_the_newest_checkpoints_stay(tmp_path):
    trainer(tmp_path).fit()
    assert [p.name for p in checkpoints.checkpoints(tmp_path)] == ["step-00000008", "step-00000012"]
    assert not list(tmp_path.glob(".*")), "something half-written was left"


def test_a_full_disk_leaves_what_was_saved(tmp_path, monkeypatch):
    t = trainer(tmp_path)
    real = checkpoints.save_file

    def full(weights, path):
        if t.step > 4:
            path.write_bytes(b"half")
            raise OSError(28, "No space left on device")
        real(weights, path)

    monkeypatch.setattr(checkpoints, "save_file", full)
    with pytest.raises(
        LabError, match=r"No space left on device.*earlier checkpoints are untouched"
    ):
        t.fit()
    assert [p.name for p in tmp_path.iterdir()] == ["step-00000004"]
    monkeypatch.undo()
    assert trainer(tmp_path).resume().step == 4


class Code:
    def __reduce__(self):
        return (os.system, ("touch /tmp/gptlab-was-tricked",))


def test_a_pickle_with_code_in_it_is_refused(tmp_path):
    trainer(tmp_path).fit()
    state = checkpoints.latest(tmp_path) / "state.pt"
    torch.save({"step": 3, "evil": Code()}, state)
    with pytest.raises(LabError, match="can run any code"):
        trainer(tmp_path).resume()
    state.write_bytes(pickle.dumps(Code()))
    with pytest.raises(LabError, match="can run any code"):
        trainer(tmp_path).resume()
    assert not Path("/tmp/gptlab-was-tricked").exists()


def test_a_damaged_checkpoint_is_named(tmp_path):
    trainer(tmp_path).fit()
    newest = checkpoints.latest(tmp_path)
    weights = newest / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(LabError, match=r"model\.safetensors is missing or damaged"):
        trainer(tmp_path).resume()
    (newest / "state.pt").write_bytes(b"")
    with pytest.raises(LabError, match=r"state\.pt"):
        trainer(tmp_path).resume()
    (newest / "model.json").write_text("{}")
    with pytest.raises(LabError, match=r"model\.json is not a checkpoint's description"):
        checkpoints.read_config(newest)


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    trainer(tmp_path).fit()
    wider = trainer(tmp_path, shape=replace(SHAPE, d_model=64))
    before = [p.clone() for p in wider.model.parameters()]
    with pytest.raises(LabError, match=r"another model: its .* has shape"):
        wider.resume()
    pairs = zip(wider.model.parameters(), before, strict=True)
    assert all(torch.equal(p, b) for p, b in pairs)
    deeper = trainer(tmp_path, shape=replace(SHAPE, n_layers=3))
    with pytest.raises(LabError, match=r"another model: it has no 'blocks\.2"):
        deeper.resume()
    with pytest.raises(LabError, match="another optimiser"):
        trainer(tmp_path, config=replace(CONFIG, optimizer="adamw")).resume()


def test_nothing_to_resume_from_is_said(tmp_path):
    with pytest.raises(LabError, match="holds no checkpoint"):
        trainer(tmp_path).resume()
    with pytest.raises(LabError, match="does not exist"):
        trainer(tmp_path / "nowhere").resume()
    with pytest.raises(LabError, match="nothing to resume from"):
        trainer().resume()


@pytest.mark.parametrize(
    ("change", "message"),
    [({"steps": 0}, "steps is 0"), ({"precision": "fp8"}, "'fp8' is unknown"),
     ({"average": 1.0}, "average is 1.0"), ({"accumulation": 0}, "accumulation is 0")],
)  # fmt: skip
def test_settings_out_of_range(change, message):
    with pytest.raises(LabError, match=message):
        replace(CONFIG, **change)


def test_the_state_is_plain(tmp_path):
    t = trainer(tmp_path)
    t.fit()
    described = json.loads((checkpoints.latest(tmp_path) / "model.json").read_text())
    assert GPTConfig(**described["config"]) == SHAPE
    assert checkpoints.load_state(checkpoints.latest(tmp_path))["step"] == 12
