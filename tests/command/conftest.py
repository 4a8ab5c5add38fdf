"""An empty folder to run commands in, and a small run that was trained once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from command_bench import TINY, Bench, write_text

from gptlab import cli


@pytest.fixture(autouse=True)
def one_thread():
    """The number of threads decides the last bits, and other tests have theirs."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """The text, and a run of 40 steps on it, with checkpoints at 20 and 40."""
    folder = tmp_path_factory.mktemp("shelf")
    text = write_text(folder / "small.txt")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    run = folder / "trained"
    assert cli.main(["train", *TINY, "--data", str(text), "--steps", "40", "--out", str(run)]) == 0
    torch.set_num_threads(threads)
    return folder


@pytest.fixture
def bench(shelf, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GPTLAB_MIRROR", raising=False)
    return Bench(tmp_path, shelf / "small.txt", capsys)


@pytest.fixture
def trained(shelf, bench):
    """A copy of the trained run that a test may spoil."""
    return Path(shutil.copytree(shelf / "trained", bench.folder / "trained"))
