"""Killed at twenty random moments and resumed each time, a run ends with the same bits.

    python benchmarks/resume.py [--kills 20] [--steps 1000] [--seed 0]     two to four minutes

The nano recipe on the built-in Wikipedia sample, by the real command line, in processes that are
killed with SIGKILL: no handler runs, nothing is flushed. After each kill every checkpoint that
there is must open whole. The weights of an uninterrupted run are the reference, byte for byte.

One kill in four comes while the command starts; one in four aims at a checkpoint that is being
written; the others come while it trains, so long after its first step that twenty share one run.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import common

from gptlab.training import checkpoints, runs

ROOT = Path(__file__).resolve().parents[1]


def command(folder: Path, steps: int, resume: bool) -> subprocess.Popen[bytes]:
    """Start `gptlab train`, new or resumed, in one thread."""
    how = ["--resume"] if resume else ["--recipe", "nano", "--steps", str(steps)]
    with open(folder.parent / "log.txt", "ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "gptlab", "train", "--quiet", "--out", str(folder), *how],
            cwd=ROOT, stdout=log, stderr=log,
            env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        )  # fmt: skip


def wait_for_training(process: subprocess.Popen[bytes], log: Path, before: int) -> None:
    """Wait until the command has said what it trains, which is when it begins to."""
    while process.poll() is None and log.read_bytes().count(b"GPT with ") == before:
        time.sleep(0.002)


def wait_for_save(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until the command has begun to write a checkpoint."""
    while process.poll() is None and not list(folder.glob(f".step-*.{process.pid}.*part")):
        time.sleep(0.0005)


def open_all(folder: Path) -> list[Path]:
    """Open every checkpoint as a resumed run would; an error if one is not whole."""
    found = checkpoints.checkpoints(folder)
    for checkpoint in found:
        checkpoints.load_state(checkpoint)
        runs.load(checkpoint)
    return found


def fingerprint(folder: Path, steps: int) -> str:
    """SHA-256 of the final weights."""
    weights = folder / f"step-{steps:08d}" / "model.safetensors"
    return hashlib.sha256(weights.read_bytes()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        result = measure(Path(temporary), options.kills, options.steps, options.seed)
    path = common.save("resume", {"command": "python benchmarks/resume.py", **result})
    print(f"written: {path}")
    if not result["bit_identical"] or result["half_written_left"]:
        sys.exit("a resumed run differs from the uninterrupted one")


def measure(folder: Path, kills: int, steps: int, seed: int) -> dict[str, Any]:
    """Train once through, then with kills; what happened, as a benchmark's figures."""
    draw = random.Random(seed)
    whole, cut, log = folder / "whole", folder / "cut", folder / "log.txt"
    began = time.monotonic()
    process = command(whole, steps, resume=False)
    wait_for_training(process, log, before=0)
    start = time.monotonic() - began
    if process.wait():
        sys.exit(log.read_text())
    training = time.monotonic() - began - start
    print(f"uninterrupted: starts in {start:.1f} s, trains {steps} steps in {training:.1f} s")
    reference = fingerprint(whole, steps)
    moments: list[str] = []
    saving = 0
    same: list[bool] = []
    while len(moments) < kills or not (cut / "result.json").exists():
        process = command(cut, steps, resume=bool(checkpoints.checkpoints(cut)))
        with contextlib.suppress(subprocess.TimeoutExpired):
            if len(moments) == kills:  # all done: let this one come to its end
                process.wait()
            elif (aim := draw.random()) < 0.25:
                process.wait(draw.uniform(0, start))
            elif aim < 0.5:
                wait_for_save(process, cut)
                process.wait(draw.uniform(0, 0.01))
            else:
                wait_for_training(process, log, before=log.read_bytes().count(b"GPT with "))
                process.wait(draw.uniform(0, 1.5 * training / kills))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
            found = open_all(cut)
            moments.append(found[-1].name if found else "none")
            saving += bool(list(cut.glob(f".step-*.{process.pid}.*part")))
            print(
                f"kill {len(moments):2}: {len(found)} checkpoints, all whole, newest {moments[-1]}"
            )
        elif process.returncode:
            sys.exit(log.read_text())
        else:  # it came to its end; if kills are still owed, a new run gets them
            same.append(fingerprint(cut, steps) == reference)
            bits = [
                json.loads((r / "result.json").read_text())["bits_per_byte"] for r in (whole, cut)
            ]
            left = [path.name for path in cut.glob(".*")]
            print(f"came to its end after {len(moments)} kills; bit-identical: {same[-1]}")
            if len(moments) < kills:
                shutil.rmtree(cut)
    return {
        "versions": common.versions("torch", "safetensors"),
        "recipe": "nano",
        "steps": steps,
        "kills": kills,
        "kills_while_a_checkpoint_was_being_written": saving,
        "newest_checkpoint_after_each_kill": moments,
        "runs_that_ended": len(same),
        "bit_identical": all(same),
        "bits_per_byte": bits,
        "half_written_left": left,
        "seconds_uninterrupted": round(start + training, 1),
    }


if __name__ == "__main__":
    main()
