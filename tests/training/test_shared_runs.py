"""The run of chapter 20 by one process and by two: same losses, a share of the weights each."""

from __future__ import annotations

import pytest
import torch

from gptlab.errors import LabError
from gptlab.training import shared_runs
from gptlab.training.distributed import World


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    return folder, shared_runs.launch(2, folder)


def losses_alone():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    history = shared_runs.shared_trainer().fit()
    torch.set_num_threads(threads)
    return [step.loss for step in history]


def test_two_processes_see_the_losses_of_one_and_hold_half(runs):
    _, seen = runs
    alone = losses_alone()
    assert alone[-1] < alone[0] - 0.3
    whole = shared_runs.SHAPE.parameter_count()
    assert [each["rank"] for each in seen] == [0, 1]
    for each in seen:
        for way in shared_runs.WAYS:
            assert each[way]["losses"] == pytest.approx(alone, abs=1e-5)
        assert each["ddp"]["weights"] == whole
        assert each["fsdp"]["weights"] == pytest.approx(whole / 2, rel=0.05)


def test_one_process_goes_on_from_the_checkpoint_of_two(runs):
    folder, seen = runs
    trainer = shared_runs.shared_trainer("fsdp")
    trainer.resume(folder / "fsdp" / "step-00000006")
    assert [step.loss for step in trainer.fit()] == pytest.approx(
        seen[0]["fsdp"]["losses"], abs=1e-5
    )


def test_what_cannot_be_shared_is_refused(tmp_path):
    with pytest.raises(LabError, match="way is 'zero'"):
        shared_runs.shared_trainer("zero")
    with pytest.raises(LabError, match="batch_size=8 cannot be shared"):
        shared_runs.shared_trainer("ddp", World(0, 3, 0))
    with pytest.raises(LabError, match="processes is 0"):
        shared_runs.launch(0, tmp_path)


def test_a_failure_in_a_process_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(shared_runs.sys, "executable", "false")  # ends with code 1 at once
    with pytest.raises(LabError, match="torchrun ended with code 1"):
        shared_runs.launch(2, tmp_path)
