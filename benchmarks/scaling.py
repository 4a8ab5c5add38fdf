"""Scaling laws on the toy language: 20 runs, three seeds each, and how far seeds lie apart.

    OMP_NUM_THREADS=1 python benchmarks/scaling.py [--seeds 3]

Five widths, four amounts of words, each word read once (`gptlab.evaluation.scaling_runs`). The
chapter makes twelve of these runs itself; here are the larger ones, and the same from other seeds:
what an honest interval for one new run has to contain. Chinchilla's law is fitted to all of them,
with the floor free and compared with the language's true entropy.
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from dataclasses import asdict
from typing import Any

import common
import torch

from gptlab import lab
from gptlab.evaluation.scaling import fit_chinchilla
from gptlab.evaluation.scaling_runs import SmallRun, run_once, toy_read_once

SENTENCES = 20_000
WIDTHS = (8, 16, 24, 32, 64)
WORDS = (20_000, 40_000, 80_000, 160_000)


def spread_of_seeds(runs: list[SmallRun]) -> float:
    """The standard deviation, over seeds, of the logarithm of the loss, over all kinds of runs."""
    kinds: dict[tuple[int, int], list[float]] = defaultdict(list)
    for run in runs:
        kinds[run.d_model, run.tokens].append(math.log(run.loss))
    squares, free = 0.0, 0
    for logs in kinds.values():
        mean = sum(logs) / len(logs)
        squares += sum((x - mean) ** 2 for x in logs)
        free += len(logs) - 1
    return math.sqrt(squares / free) if free else 0.0


def main() -> None:
    """Run all, smallest first; print and save."""
    parser = argparse.ArgumentParser(description="scaling laws on the toy language")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    lab.setup(seed=0, device="cpu", precision="fp32", quiet=True)
    torch.set_num_threads(1)
    data = toy_read_once(SENTENCES)
    runs: list[SmallRun] = []
    for seed in range(options.seeds):
        for words in WORDS:
            for width in WIDTHS:
                run = run_once(data, width, words, seed)
                runs.append(run)
                print(f"seed {seed}, width {width:2}, {words:7,} words: {run.loss:.4f}", flush=True)
    law = fit_chinchilla(
        [r.parameters for r in runs], [r.tokens for r in runs], [r.loss for r in runs]
    )
    found: dict[str, Any] = {
        "what": "nats per word of GPTs on the toy language, each training word read once",
        "command": "OMP_NUM_THREADS=1 python benchmarks/scaling.py",
        "machine": common.machine(),
        "versions": common.versions("torch"),
        "floor": data.floor,
        "spread_of_seeds": spread_of_seeds(runs),
        "law": asdict(law),
        "runs": [asdict(run) for run in runs],
    }
    print(f"floor {data.floor:.3f}, fitted {law.floor:.3f}; {law}")
    print(f"seeds lie {found['spread_of_seeds']:.4f} apart (standard deviation of the log loss)")
    print(common.save("scaling", found))


if __name__ == "__main__":
    main()
