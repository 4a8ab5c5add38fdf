"""Quality against training compute: the Transformer beside the recurrent translators.

    python benchmarks/compute_quality.py [--models NAME …] [--seed 0]

Every network of the translation board (`board_translation.py`) is trained anew for 1/16, 1/8, 1/4
and 1/2 of its steps, its whole schedule shortened, and scored, beam 4, on the first 500 test
sentences. Compute is counted, not timed: floating-point operations of matrix products, forward and
backward, by torch's counter on batches of the run, times its steps. The fused LSTM hides its
products from that counter, so a network is counted in its plain form, the same function.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from typing import Any

import board_translation as board
import common
import torch
from torch.utils.flop_counter import FlopCounterMode

from gptlab import lab
from gptlab.evaluation.translation_networks import NetworkTranslator, score_network, toy_pairs
from gptlab.text.corpora import toy_split
from gptlab.text.pair_batches import PairBatches
from gptlab.training.trainer import Trainer

SHARES, SENTENCES, COUNTED = (16, 8, 4, 2), 500, 4


def flops_per_step(model: Any, batches: PairBatches) -> float:
    """Operations of one training step: the mean over a few batches."""
    plain = type(model)(replace(model.config, impl="plain"))
    with FlopCounterMode(display=False) as counter:
        for step in range(COUNTED):
            plain.loss(*batches.batch(step)).backward()
    return counter.get_total_flops() / COUNTED


def measure(contestant: board.Contestant, share: int, seed: int) -> dict[str, Any]:
    """Train for one part of the steps, and score."""
    here = lab.setup(seed, quiet=True)
    task = toy_pairs()
    model = contestant.build(len(task.source), len(task.target)).to(here.device)
    batches = PairBatches(task.pairs, contestant.batch_size, seed)
    steps = contestant.train.steps // share
    precision = here.precision if contestant.train.precision == "bf16" else "fp32"
    train = replace(contestant.train, steps=steps, precision=precision)
    trainer = Trainer(model, batches, train)
    trainer.fit()
    translator = NetworkTranslator(model, task.source, task.target, width=board.WIDTH)
    scores = score_network(translator, toy_split().test[:SENTENCES])
    return {
        "bleu": round(scores.bleu, 2),
        "accuracy": round(scores.accuracy, 2),
        "steps": steps,
        "flops": float(f"{steps * flops_per_step(model, batches):.4g}"),
        "seconds": round(trainer.seconds, 1),
    }


def main() -> None:
    """Measure every network at every budget, print, save when all were measured."""
    parser = argparse.ArgumentParser(description="quality against training compute")
    parser.add_argument("--models", nargs="+", help="only networks with one of these in their name")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 2)))
    chosen = [
        contestant
        for contestant in board.CONTESTANTS
        if not options.models or any(name in contestant.model for name in options.models)
    ]
    results: dict[str, list[dict[str, Any]]] = {contestant.model: [] for contestant in chosen}
    for share in SHARES:  # the small budgets of all first
        for contestant in chosen:
            found = measure(contestant, share, options.seed)
            results[contestant.model].append(found)
            print(f"{contestant.model:34} {found}", flush=True)
        if not options.models:  # saved as it goes: the whole takes minutes
            data = {"sentences": SENTENCES, "beam": board.WIDTH, "seed": options.seed}
            path = common.save("compute_quality", {**data, "networks": results})
    if not options.models:
        print(path)


if __name__ == "__main__":
    main()
