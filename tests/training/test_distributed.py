"""Several processes train as one does, agree on the end, and none waits for ever."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import several_processes
import torch

from gptlab import cli
from gptlab.errors import LabError
from gptlab.text import corpora
from gptlab.training import callbacks, distributed, runs
from gptlab.training.distributed import World
from gptlab.training.recipes import Recipe

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 120  # seconds on a busy machine; each takes a few on a quiet one
TINY = [
    "--recipe", "nano", "--d-model", "16", "--n-layers", "1", "--n-heads", "2",
    "--context-length", "16", "--batch-size", "4", "--vocab-size", "270", "--quiet",
]  # fmt: skip


def free_port() -> str:
    with socket.socket() as any_one:
        any_one.bind(("127.0.0.1", 0))
        return str(any_one.getsockname()[1])


def environment(**more: object) -> dict[str, str]:
    """One thread, no GPU, and this repository's gptlab."""
    named = {"OMP_NUM_THREADS": 1, "PYTHONPATH": ROOT, "CUDA_VISIBLE_DEVICES": "", **more}
    return {**os.environ, **{name: str(value) for name, value in named.items()}}


def torchrun(folder: Path, *command: object) -> subprocess.CompletedProcess[str]:
    """Run `-m gptlab …` as two processes of the real torchrun."""
    launcher = [
        "-m",
        "torch.distributed.run",
        "--nproc-per-node",
        "2",
        "--master-port",
        free_port(),
    ]
    return subprocess.run(
        [sys.executable, *launcher, *map(str, command)],
        cwd=folder, env=environment(), capture_output=True, text=True, timeout=TIMEOUT, check=False,
    )  # fmt: skip


def side_by_side(folder: Path, *command: object) -> list[tuple[int, str, str]]:
    """Two processes as torchrun would start them, but nobody who ends one when the other fails."""
    world = {"WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port()}
    started = [
        subprocess.Popen(
            [sys.executable, *map(str, command)],
            cwd=folder, env=environment(RANK=rank, LOCAL_RANK=rank, **world), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for rank in range(2)
    ]  # fmt: skip
    try:
        streams = [process.communicate(timeout=TIMEOUT) for process in started]
    finally:
        for process in started:
            process.kill()
    return [(p.returncode, *said) for p, said in zip(started, streams, strict=True)]


@pytest.fixture(scope="module")
def apart(tmp_path_factory):
    """The script once in two processes and once in one: (process 0, process 1, alone)."""
    folder = tmp_path_factory.mktemp("apart")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    (folder / "one").mkdir()
    several_processes.main(folder / "one")
    torch.set_num_threads(threads)
    ended = side_by_side(folder, several_processes.__file__, folder)
    assert [code for code, _, _ in ended] == [3, 3], ended
    paths = (folder / "0.json", folder / "1.json", folder / "one" / "0.json")
    return [json.loads(path.read_text()) for path in paths]


def test_two_processes_have_the_losses_of_one(apart):
    main, other, alone = (seen["losses"] for seen in apart)
    assert main == other
    assert main == pytest.approx(alone, abs=1e-5)
    assert main[-1] < main[0]


def test_so_they_do_with_accumulation(apart):
    main, other, alone = (seen["accumulated"] for seen in apart)
    assert main == other, "the processes have drifted apart"
    for mine, reference in zip(main, alone, strict=True):
        assert mine == pytest.approx(reference, abs=1e-5)


def test_processes_share_one_clock(apart):
    """A clock of its own would give each process other learning rates, and another last step."""
    main, other, _ = (seen.get("by_the_clock") for seen in apart)
    assert main == other
    assert main[0] > 3


def test_one_that_wants_to_stop_stops_all_after_the_same_step(apart):
    assert [seen.get("stopped_by_one") for seen in apart[:2]] == [3, 3]


def test_only_one_process_writes(apart):
    for seen in apart[:2]:
        assert seen["who_writes"] == ["step-00000004", "step-00000008"]
        assert seen["shared"] == "from 0"


def test_one_that_fails_does_not_leave_the_other_waiting(apart):
    main, other, _ = (seen.get("mistake") for seen in apart)
    assert "could not save" in main
    assert "process 1 has lost the others" in other
    assert "its own message says why" in other


@pytest.fixture
def text(tmp_path):
    draw = random.Random(1)
    words = ["the", "of", "cat", "dog", "runs", "sleeps", "tree", "river", "and", "then", "stone"]
    path = tmp_path / "small.txt"
    path.write_text(
        "".join(" ".join(draw.choice(words) for _ in range(12)) + ".\n" for _ in range(250))
    )
    return path


def history(run: Path, name: str = "loss") -> list[float]:
    return [step[name] for step in json.loads((run / "history.json").read_text())]


def test_gptlab_train_under_torchrun(tmp_path, text, monkeypatch, capsys):
    """New in two processes, and resumed in two: the losses of one process that ran through."""
    monkeypatch.chdir(tmp_path)
    train = ["train", *TINY, "--device", "cpu", "--data", str(text), "--steps", "12"]
    assert cli.main([*train, "--out", "alone"]) == 0
    new = torchrun(tmp_path, "-m", "gptlab", *train)
    assert new.returncode == 0, new.stderr
    assert new.stdout.count("held-out bits per byte") == 1
    # Both processes look for a free folder; it must be the same one.
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["small"]
    assert history(tmp_path / "runs/small") == pytest.approx(history(tmp_path / "alone"), abs=1e-5)

    def stop(self, trainer, step):
        trainer.stopping = step.step == 5

    monkeypatch.setattr(callbacks.Progress, "on_step", stop)
    assert cli.main([*train, "--out", "cut"]) == 130
    resume = ["train", "--resume", "--quiet", "--device", "cpu", "--out", "cut"]
    (code, said, err), (other_code, other_said, _) = side_by_side(tmp_path, "-m", "gptlab", *resume)
    assert (code, other_code) == (0, 0), err
    assert "42% done" in said
    assert other_said == ""
    assert history(tmp_path / "cut") == pytest.approx(history(tmp_path / "alone"), abs=1e-5)


def test_alone_there_is_nothing_to_agree_on():
    with distributed.joined() as world:
        assert world == World(0, 1, 0)
        assert world.is_main
    assert distributed.mean(torch.tensor(3.0), world) == 3
    assert distributed.agree(2.5, True, world, torch.device("cpu")) == (2.5, True)
    assert distributed.shared("mine", world) == "mine"
    module = torch.nn.Linear(1, 1)
    assert distributed.wrap(module, world, torch.device("cpu")) is module
    distributed.wait_for_all(world)


def test_the_world_is_what_torchrun_says(monkeypatch):
    for name, value in (("RANK", "5"), ("WORLD_SIZE", "8"), ("LOCAL_RANK", "1")):
        monkeypatch.setenv(name, value)
    assert distributed.from_environment() == World(5, 8, 1)
    assert not distributed.from_environment().is_main


def test_a_batch_that_processes_cannot_share_is_refused_before_anything_is_written(tmp_path, text):
    recipe = replace(Recipe.preset("nano"), batch_size=3)
    recipe = replace(recipe, model=replace(recipe.model, vocab_size=270))
    with pytest.raises(LabError, match="batch_size=3 cannot be shared"):
        runs.prepare(recipe, corpora.load(text), tmp_path / "run", world=World(0, 2, 0))
    assert not (tmp_path / "run").exists()
