"""The mean of the last checkpoints: of which ones, what it is, and what is refused."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.training import checkpoints
from gptlab.training.averaging import KeepWeights, load_mean, mean_of_weights
from gptlab.training.trainer import TrainConfig, Trainer


class Line(nn.Module):
    """One number that follows its target."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def loss(self, target):
        return (self.weight - target).square().sum()


class Targets:
    def batch(self, step):
        return (torch.tensor([float(step)]),)


@pytest.fixture
def trained(tmp_path):
    seen = []

    class Watch(KeepWeights):
        def on_step(self, trainer, step):
            seen.append(trainer.model.weight.item())
            super().on_step(trainer, step)

    config = TrainConfig(steps=10, optimizer="adamw", lr=0.1, warmup=0.0, schedule="constant")
    Trainer(Line(), Targets(), config, callbacks=[Watch(tmp_path / "last", 2, 3)]).fit()
    return tmp_path / "last", seen


def test_the_newest_are_kept_and_their_mean_is_loaded(trained):
    folder, seen = trained
    assert [p.name for p in checkpoints.checkpoints(folder)] == [
        f"step-{step:08d}" for step in (6, 8, 10)
    ]
    model = Line()
    assert len(load_mean(folder, model, 5)) == 3, "fewer where fewer were kept"
    assert_close(model.weight.item(), sum(seen[i - 1] for i in (6, 8, 10)) / 3)
    load_mean(folder, model, 1)
    assert_close(model.weight.item(), seen[9])


def test_the_mean_is_torchs_and_whole_numbers_are_the_last():
    draw = torch.Generator().manual_seed(0)
    some = [
        {"w": torch.randn(3, generator=draw), "n": torch.tensor(i), "h": torch.ones(2).bfloat16()}
        for i in range(4)
    ]
    mean = mean_of_weights(some)
    assert_close(mean["w"], torch.stack([s["w"] for s in some]).mean(0))
    assert mean["n"] == 3
    assert mean["h"].dtype == torch.bfloat16


def test_what_cannot_be_averaged_is_refused(trained, tmp_path):
    folder, _ = trained
    with pytest.raises(LabError, match="no weights to average"):
        mean_of_weights([])
    with pytest.raises(LabError, match="names or shapes differ"):
        mean_of_weights([{"w": torch.zeros(2)}, {"w": torch.zeros(3)}])
    with pytest.raises(LabError, match="last is 0"):
        load_mean(folder, Line(), 0)
    with pytest.raises(LabError, match="does not exist"):
        load_mean(tmp_path / "nowhere", Line())
    with pytest.raises(LabError, match="checkpoint of another model"):
        load_mean(folder, nn.Linear(2, 2))
    (checkpoints.latest(folder) / "model.safetensors").write_bytes(b"cut")
    with pytest.raises(LabError, match="missing or damaged"):
        load_mean(folder, Line())
