"""Checkpoints at the worst moments: between two renames, in a damaged file, back in time."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gptlab.errors import LabError
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.text.batches import RandomBatches
from gptlab.training import checkpoints
from gptlab.training.trainer import Callback, TrainConfig, Trainer

CONFIG = TrainConfig(steps=12, lr=3e-3, checkpoint_every=4)
SHAPE = GPTConfig.preset("nano", vocab_size=32, context_length=16, d_model=16, n_layers=1)


def trainer(folder=None, config=CONFIG, callbacks=()):
    torch.manual_seed(0)
    tokens = torch.randint(1, 4, (2000,)).cumsum(0) % 32
    batches = RandomBatches(tokens, 4, SHAPE.context_length)
    return Trainer(GPT(SHAPE), batches, config, folder, callbacks)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path):
    trainer(tmp_path).fit()
    return tmp_path


def test_a_finite_loss_with_an_infinite_gradient_stops_before_harm(tmp_path):
    t = trainer(tmp_path)
    weight = t.model.embedding.weight
    weight.register_hook(lambda grad: grad * float("inf") if t.step == 6 else grad)
    with pytest.raises(
        LabError, match=r"norm of the gradient is (nan|inf) at step 6 .*step-000000"
    ):
        t.fit()
    assert all(p.isfinite().all() for p in t.model.parameters())
    assert names(tmp_path) == ["step-00000004"]


def test_weights_that_are_no_longer_finite_are_not_saved(tmp_path):
    class Spoil(Callback):
        def on_step(self, trainer, step):
            if step.step == 8:
                trainer.model.norm.bias.data[3] = float("nan")

    with pytest.raises(LabError, match=r"largest weight is nan at step 8 .*step-00000004"):
        trainer(tmp_path, callbacks=[Spoil()]).fit()
    assert names(tmp_path) == ["step-00000004"]


def test_huge_weights_are_not_taken_for_infinite_ones(tmp_path):
    t = trainer(tmp_path)
    t.model.norm.bias.data.fill_(1e30)  # its square is beyond the range of fp32
    t.save()
    assert names(tmp_path) == ["step-00000000"]


def test_each_checkpoint_is_written_once(tmp_path, monkeypatch):
    written = []
    real = checkpoints.save

    def save(folder, step, *rest, **options):
        written.append(step)
        return real(folder, step, *rest, **options)

    monkeypatch.setattr(checkpoints, "save", save)
    trainer(tmp_path).fit()
    trainer(tmp_path).resume().fit()  # nothing is left to do, and nothing to write
    assert written == [4, 8, 12]
    averaged = replace(CONFIG, average=0.5)
    trainer(tmp_path / "averaged", averaged).fit()
    assert written[3:] == [4, 8, 12]  # the average is in place before the last is written


def test_written_over_it_is_the_new_one_or_the_old_one(folder, monkeypatch):
    before = (folder / "step-00000012" / "model.safetensors").read_bytes()
    t = trainer(folder).resume()
    t.model.norm.bias.data += 1
    real = Path.rename

    def fails(self, target):
        if self.name.endswith(".part") and not Path(target).name.startswith("."):
            monkeypatch.undo()
            raise OSError(5, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(LabError, match="earlier checkpoints are untouched"):
        t.save()
    assert (folder / "step-00000012" / "model.safetensors").read_bytes() == before
    assert names(folder) == ["step-00000008", "step-00000012"]
    t.save()
    assert (folder / "step-00000012" / "model.safetensors").read_bytes() != before
    assert names(folder) == ["step-00000008", "step-00000012"]


def test_why_the_disk_took_no_more_is_said(folder, monkeypatch):
    """torch reports where its file ends; the reason stands in the error before it."""

    def full(*_):
        try:
            raise OSError(28, "No space left on device")
        except OSError:
            raise RuntimeError("unexpected pos 15360 vs 15312\nC++ frames")  # noqa: B904

    t = trainer(folder).resume()
    t.step = 13
    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(LabError, match=r"13: .* No space left on device\. Nothing half-written"):
        t.save()
    assert names(folder) == ["step-00000008", "step-00000012"]


def test_interrupted_while_writing_it_leaves_nothing(folder, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    t = trainer(folder).resume()
    t.step = 13
    monkeypatch.setattr(torch, "save", interrupt)
    with pytest.raises(KeyboardInterrupt):
        t.save()
    assert names(folder) == ["step-00000008", "step-00000012"]


def test_back_to_an_earlier_checkpoint_the_new_one_stays(folder):
    """Only the newest two are kept, but never at the price of the one just written."""
    (folder / "step-00000008").rename(folder / "kept")
    trainer(folder, replace(CONFIG, steps=16)).resume().fit()
    t = trainer(folder, replace(CONFIG, steps=10)).resume(folder / "kept")
    t.fit()
    assert t.last_saved == folder / "step-00000010"
    assert t.last_saved.is_dir()


def test_from_another_folder_it_saves_into_its_own(folder):
    t = trainer(folder / "mine").resume(folder / "step-00000012")
    t.fit()
    assert names(folder / "mine") == ["step-00000012"]


def test_the_end_is_told_however_it_comes(tmp_path):
    told = []

    class Listen(Callback):
        def on_step(self, trainer, step):
            if step.step == 2:
                raise KeyboardInterrupt

        def on_end(self, trainer):
            told.append(trainer.step)

    with pytest.raises(KeyboardInterrupt):
        trainer(tmp_path, callbacks=[Listen()]).fit()
    assert told == [2]


def test_a_damaged_state_is_named_or_loads_and_never_crashes(folder):
    path = folder / "step-00000012" / "state.pt"
    whole = path.read_bytes()
    draw = random.Random(0)
    said = []
    for _ in range(60):
        raw = bytearray(whole)
        kind = draw.choice(["flip", "cut", "hole"])
        at = draw.randrange(len(raw))
        if kind == "flip":
            for _ in range(20):
                raw[draw.randrange(len(raw))] = draw.randrange(256)
        elif kind == "cut":
            del raw[at:]
        else:
            raw[at : at + 512] = bytes(len(raw[at : at + 512]))
        path.write_bytes(raw)
        try:
            trainer(folder).resume()
        except LabError as mistake:
            said.append(str(mistake))
    assert len(said) > 20
    assert all("step-00000012" in message and "\n" not in message for message in said)


def test_a_run_goes_on_where_there_are_fewer_gpus(monkeypatch):
    put_back = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_rng_state_all", lambda: ["first", "second"])
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda *state: put_back.append(state))
    checkpoints.restore_random_states(checkpoints.random_states())
    assert put_back == [("first", 0)]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_who_may_read_the_folder_may_read_the_model(folder):
    modes = {p.stat().st_mode for p in (folder / "step-00000012").iterdir()}
    assert len(modes) == 1
