"""A bench for `gptlab` commands: a small text, the smallest recipe, and a way to call them."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from gptlab import cli

ROOT = Path(__file__).resolve().parents[2]
WORDS = ["the", "of", "a", "cat", "dog", "runs", "sleeps", "tree", "river", "and", "then", "stone"]
# A recipe's smallest relative: a step takes milliseconds.
TINY = [
    "--recipe", "nano", "--d-model", "16", "--n-layers", "1", "--n-heads", "2",
    "--context-length", "16", "--batch-size", "4", "--vocab-size", "270", "--quiet",
]  # fmt: skip


@dataclass
class Outcome:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str


class Bench:
    """An empty folder to work in, with `text` beside it."""

    def __init__(self, folder: Path, text: Path, capsys: pytest.CaptureFixture[str]):
        self.folder, self.text, self.capsys = folder, text, capsys

    def __call__(self, *arguments: str | Path) -> Outcome:
        """Run a command in this process."""
        self.capsys.readouterr()
        try:
            code = cli.main([str(a) for a in arguments])
        except SystemExit as usage:  # tyro's own way out
            code = int(usage.code or 0)
        return Outcome(code, *self.capsys.readouterr())

    def train(self, *arguments: str | Path) -> Outcome:
        """Run `gptlab train` on the small text, with the smallest recipe."""
        return self("train", *TINY, "--data", self.text, *arguments)

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start a command in a process of its own."""
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            [sys.executable, "-m", "gptlab", *map(str, arguments)],
            cwd=self.folder, env=environment, text=True, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *arguments: str | Path) -> Outcome:
        """Run a command in a process of its own, to its end."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        return Outcome(process.returncode, out, err)


def write_text(path: Path, seed: int = 1, lines: int = 250) -> Path:
    draw = random.Random(seed)
    sentences = (" ".join(draw.choice(WORDS) for _ in range(12)) + ".\n" for _ in range(lines))
    path.write_text("".join(sentences), encoding="utf-8")
    return path


def contents(folder: Path) -> dict[str, str]:
    """Every file below `folder`, by what it holds."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
