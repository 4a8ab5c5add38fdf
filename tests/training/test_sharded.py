"""FSDP2 over 2 and 4 processes: one process's losses, and checkpoints that move between them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import sharded_processes
import torch
from test_distributed import (
    TIMEOUT,
    TINY,
    environment,
    free_port,
    history,
    side_by_side,
    text,  # noqa: F401  a fixture
)

from gptlab import cli, cli_train
from gptlab.errors import LabError
from gptlab.models.gpt import GPT
from gptlab.training import checkpoints
from gptlab.training.distributed import World
from gptlab.training.sharded import ShardedTrainer, shard
from gptlab.training.trainer import Trainer


def together(size, task, folder):
    """Run the script in `size` processes; what each of them saw."""
    world = {"WORLD_SIZE": size, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port()}
    started = [
        subprocess.Popen(
            [sys.executable, sharded_processes.__file__, task, str(folder)],
            env=environment(RANK=rank, LOCAL_RANK=rank, **world),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for rank in range(size)
    ]  # fmt: skip
    try:
        said = [process.communicate(timeout=TIMEOUT)[0] for process in started]
    finally:
        for process in started:
            process.kill()
    assert [p.returncode for p in started] == [0] * size, said
    names = [folder / f"{task}-{size}-{rank}.json" for rank in range(size)]
    return [json.loads(name.read_text()) for name in names]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """One, two and four processes, each with its own run kept in its own folder."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    folders = {size: tmp_path_factory.mktemp(f"of-{size}") for size in (1, 2, 4)}
    sharded_processes.main("save", folders[1])
    torch.set_num_threads(threads)
    seen = {1: [json.loads((folders[1] / "save-1-0.json").read_text())]}
    for size in (2, 4):
        seen[size] = together(size, "save", folders[size])
    return folders, seen


@pytest.mark.parametrize("size", [2, 4])
@pytest.mark.parametrize("how", ["ddp", "fsdp", "accumulated", "kept"])
def test_several_processes_have_the_losses_of_one(runs, size, how):
    _, seen = runs
    alone = seen[1][0][how]
    for each in seen[size]:
        assert each[how] == pytest.approx(alone, abs=1e-5)
    assert alone[-1] < alone[0]


@pytest.mark.parametrize("size", [2, 4])
def test_each_process_keeps_its_share(runs, size):
    for each in runs[1][size]:
        assert each["share"] == pytest.approx(1 / size, rel=0.1)


def test_a_checkpoint_of_four_goes_on_in_one_and_in_two(runs):
    folders, seen = runs
    expected = seen[4][0]["kept"]
    for each in together(2, "resume", folders[4]):
        assert each["resumed"] == pytest.approx(expected, abs=1e-5)
    assert sharded_processes.main("resume", folders[4]) == 0
    alone = json.loads((folders[4] / "resume-1-0.json").read_text())
    assert alone["resumed"] == pytest.approx(expected, abs=1e-5)


def test_the_whole_weights_lie_beside_the_parts(runs):
    folders, _ = runs
    found = checkpoints.latest(folders[4] / "run")
    model = GPT(sharded_processes.SHAPE)
    checkpoints.load_weights(found, model)
    one = GPT(sharded_processes.SHAPE)
    checkpoints.load_weights(checkpoints.latest(folders[1] / "run"), one)
    for ours, theirs in zip(model.parameters(), one.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    assert not list((folders[4] / "run").glob(".*"))


def test_what_cannot_be_sharded_is_refused(runs, tmp_path):
    folders, _ = runs
    config = sharded_processes.CONFIG
    make = sharded_processes.trainer
    with pytest.raises(LabError, match="a sharded run needs optimizer='adamw'"):
        make(ShardedTrainer, World(), sharded_processes.replace(config, optimizer="muon"))
    with pytest.raises(LabError, match="Linear has no list of blocks to spread"):
        shard(torch.nn.Linear(2, 2), World(), torch.device("cpu"))
    plain = make(Trainer, World(), config, tmp_path / "plain")
    plain.fit()
    with pytest.raises(LabError, match="was not written by a sharded run"):
        make(ShardedTrainer, World(), config).resume(tmp_path / "plain")
    with pytest.raises(LabError, match="was not written by a run like this one"):
        make(Trainer, World(), config).resume(folders[1] / "run")


def test_damaged_parts_are_refused(runs, tmp_path):
    import shutil

    folders, _ = runs
    shutil.copytree(folders[4] / "run", tmp_path / "run")
    for path in (tmp_path / "run").glob("step-*/shards/*.distcp"):
        path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(LabError, match=r"shards is missing or damaged"):
        sharded_processes.trainer(ShardedTrainer, World(), sharded_processes.CONFIG).resume(
            tmp_path / "run"
        )


def test_the_command_trains_sharded_and_goes_on(tmp_path, text, monkeypatch):  # noqa: F811
    """`gptlab train --sharded` by two processes: the curve, the figures, the resumed run of one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli_train, "GLANCES", 4)
    wanted = [*TINY, "--optimizer", "adamw", "--device", "cpu", "--data", str(text)]
    train = ["train", *wanted, "--steps", "8"]
    assert cli.main([*train, "--out", "alone"]) == 0
    ended = side_by_side(tmp_path, "-m", "gptlab", *train, "--sharded", "--out", "two")
    assert [code for code, _, _ in ended] == [0, 0], ended
    assert "held-out bits per byte" in ended[0][1]
    assert ended[1][1] == ""
    assert history(tmp_path / "two") == pytest.approx(history(tmp_path / "alone"), abs=1e-5)
    for name in ("bits_per_byte", "parameters", "tokens"):
        assert figure(tmp_path / "two", name) == pytest.approx(figure(tmp_path / "alone", name))
    # The end is one of the moments at which all measure; a run that is done is only measured again.
    seen = json.loads((tmp_path / "two" / "history.json").read_text())[-1]["extra"]
    assert seen["held_out"] > 0
    assert cli.main(["train", "--resume", "--quiet", "--device", "cpu", "--out", "two"]) == 0
    assert figure(tmp_path / "two", "bits_per_byte") == pytest.approx(
        figure(tmp_path / "alone", "bits_per_byte")
    )


def figure(run, name):
    return json.loads((run / "result.json").read_text())[name]


def test_a_clock_of_its_own_does_not_leave_one_process_measuring_alone(runs):
    """One process is done by its clock before the others are: they decide together."""
    for each in runs[1][2]:
        assert each["measured"] == runs[1][2][0]["measured"]
        assert each["measured"]


def test_the_command_says_what_a_sharded_run_needs(tmp_path, text, capsys, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    train = ["train", *TINY, "--device", "cpu", "--data", str(text), "--steps", "4", "--sharded"]
    assert cli.main([*train, "--optimizer", "muon"]) == 2
    assert "add --optimizer adamw" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
    plain = [part for part in train if part != "--sharded"]
    assert cli.main([*plain, "--out", "plain"]) == 0
    code = cli.main(["train", "--resume", "--quiet", "--sharded", "--out", "plain"])
    assert code == 2
    capsys.readouterr()


def test_a_batch_that_the_processes_cannot_share_stops_the_command(tmp_path, text):  # noqa: F811
    train = ["train", *TINY, "--optimizer", "adamw", "--device", "cpu", "--data", str(text)]
    train[train.index("--batch-size") + 1] = "3"
    ended = side_by_side(tmp_path, "-m", "gptlab", *train, "--sharded", "--steps", "4")
    assert [code for code, _, _ in ended] == [2, 2], ended
    assert "batch_size=3 cannot be shared" in ended[0][2]
    assert "Traceback" not in ended[0][2] + ended[1][2]
    assert not list(tmp_path.glob("runs/*"))
