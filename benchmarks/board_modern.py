"""The parts since 2017 on the toy language's board: one edit after the other, at equal compute.

    python benchmarks/board_modern.py [--record] [--seeds 5]

From GPT-2's parts (the shape of the board's "GPT, 2 layers") to Llama's, then to a mixture of
experts. Each model gets the floating-point operations of 1,000 steps of the first, counted by the
model's own `flops_per_token`; what costs more per token gets fewer steps. Learning rates are chosen
for each model from the same FACTORS, by bits per word on 2,000 training sentences that are put
aside for it. Then each is trained on all of them with every seed; the same seed gives every model
the same sentences in the same order, so that differences are taken seed by seed. With --record the
means become rows on the scoreboard, and all figures go to benchmarks/results/board_modern.json.
"""

from __future__ import annotations

import argparse
import datetime
import math
import statistics
import sys
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import common
from board_gpt_toy import LONGEST
from board_neural import TOY

from gptlab import lab
from gptlab.evaluation import scoreboard
from gptlab.evaluation.toy_language import ToyTask, toy_task
from gptlab.evaluation.toy_networks import toy_bits_per_word
from gptlab.models.modern import ModernConfig, ModernGPT
from gptlab.text.sentence_batches import SentenceBatches
from gptlab.training.trainer import Trainer

STEPS, BATCH = 1000, 32  # of the first model: what one run may cost
FACTORS = (0.5, 1.0, 2.0)  # of both learning rates, that of the matrices and that of the rest
PUT_ASIDE = 2000  # training sentences by which the learning rate is chosen
TRAIN = replace(TOY, optimizer="muon", lr=1e-2, matrix_lr=0.02, steps=STEPS)
COMMAND = "python benchmarks/board_modern.py --record"
BAND = 0.06

# Each edit, on top of those before it.
EDITS: dict[str, dict[str, Any]] = {
    "GPT-2's parts": {},
    "+ RMSNorm, no biases": {"norm": "rms", "bias": False},
    "+ rotary positions": {"positions": "rotary"},
    "+ SwiGLU": {"mlp": "swiglu"},
    "+ grouped queries (Llama's parts)": {"n_kv_heads": 2},
    "+ 8 experts, 2 active": {"mlp": "experts", "d_ff": 96, "n_experts": 8, "n_active": 2},
}

# Their names on the board, where each stands for itself.
NAMES = dict(
    zip(
        EDITS,
        ("GPT-2's parts", "RMSNorm", "RMSNorm, rotary", "RMSNorm, rotary, SwiGLU",
         "Llama's parts", "Llama's parts, 8 experts"),
        strict=True,
    )
)  # fmt: skip


def ladder(vocab_size: int) -> dict[str, ModernConfig]:
    """Every rung's model; the last token is the begin symbol, as on the rest of the board."""
    config = ModernConfig.like_gpt2(
        vocab_size + 1, context_length=LONGEST, d_model=64, n_heads=4, n_layers=2
    )
    rungs = {}
    for name, changes in EDITS.items():
        config = replace(config, **changes)
        rungs[name] = config
    return rungs


def equal_steps(config: ModernConfig, first: ModernConfig, length: int) -> int:
    """How many steps cost as much as STEPS steps of `first`, on sentences of that length."""
    return round(STEPS * first.flops_per_token(length) / config.flops_per_token(length))


@dataclass
class Run:
    """One training run and what it measured."""

    factor: float
    seed: int
    bits: float
    seconds: float


def train(config: ModernConfig, task: ToyTask, steps: int, factor: float, seed: int) -> Run:
    """Train on `task.train`, measure on `task.test`."""
    here = lab.setup(seed, quiet=True)
    model = ModernGPT(config).to(here.device)
    batches = SentenceBatches(task.train, BATCH, task.begin, seed)
    settings = replace(TRAIN, steps=steps, lr=factor * TRAIN.lr, matrix_lr=factor * TRAIN.matrix_lr)
    begin = time.perf_counter()
    Trainer(model, batches, settings).fit()
    seconds = time.perf_counter() - begin
    return Run(factor, seed, toy_bits_per_word(model, task), round(seconds, 1))


def tuned(config: ModernConfig, task: ToyTask, steps: int) -> list[Run]:
    """One run for each of FACTORS, judged on training sentences that were put aside."""
    inside = ToyTask(task.vocabulary, task.train[:-PUT_ASIDE], task.train[-PUT_ASIDE:], math.nan)
    return [train(config, inside, steps, factor, seed=99) for factor in FACTORS]


def main() -> None:
    """Tune, train with every seed, print, and record if wanted."""
    parser = argparse.ArgumentParser(description="the parts since 2017, at equal compute")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="write rows and results")
    options = parser.parse_args()
    task = toy_task()
    rungs = ladder(len(task.vocabulary))
    first = next(iter(rungs.values()))
    length = round(statistics.mean(map(len, task.train)))
    results: dict[str, Any] = {}
    for name, config in rungs.items():
        steps = equal_steps(config, first, length)
        tries = tuned(config, task, steps)
        factor = min(tries, key=lambda run: run.bits).factor
        runs = [train(config, task, steps, factor, seed) for seed in range(options.seeds)]
        results[name] = {
            "changes": EDITS[name],
            "steps": steps,
            "flops_per_token": config.flops_per_token(length),
            "parameters": config.parameter_count(),
            "active_parameters": config.parameter_count(active=True),
            "factor": factor,
            "tuning": [asdict(run) for run in tries],
            "runs": [asdict(run) for run in runs],
        }
        bits = [round(run.bits, 3) for run in runs]
        print(f"{name:36}{steps:5} steps, factor {factor}, {bits}", flush=True)
        if options.record:
            scoreboard.record(row(name, results[name], task.floor))
    if options.record:
        settings = asdict(TRAIN) | {"steps": STEPS, "batch_size": BATCH, "length": length}
        content = {"settings": settings, "floor": task.floor, "models": results}
        print(common.save("board_modern", content), file=sys.stderr)


def row(name: str, found: dict[str, Any], floor: float) -> scoreboard.Row:
    """One row of the scoreboard: the mean over the seeds, and the spread in the note."""
    bits = [run["bits"] for run in found["runs"]]
    value = round(statistics.mean(bits), 3)
    return {
        "board": "language models",
        "data": "toy_english",
        "metric": "bits per word",
        "chapter": 21,
        "model": f"2 layers, {NAMES[name]}",
        "value": value,
        "band": [round(value - BAND, 3), round(value + BAND, 3)],
        "profile": "cpu",
        "device": lab.device_name(lab.setup(0, quiet=True).device),
        "seconds": round(statistics.mean(run["seconds"] for run in found["runs"]), 1),
        "parameters": found["parameters"],
        "seed": 0,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "command": COMMAND,
        "rung": list(NAMES).index(name),
        "note": f"mean of seeds 0 to {len(bits) - 1}, which lie between {min(bits):.3f} and "
        f"{max(bits):.3f}; the compute of 1,000 steps of GPT-2's parts",
    }


if __name__ == "__main__":
    main()
