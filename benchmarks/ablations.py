"""One part of the Transformer taken out at a time: what does it cost on the toy language?

    python benchmarks/ablations.py [--only NAME …] [--seed 0]

A small Transformer (width 64, pre-norm), trained for 200 steps: about a minute for all on two
cores. Each network differs from the whole in one part; all are scored, greedily, on the first 500
test sentences. One seed: differences of two points mean nothing.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

import common
import torch

from gptlab import lab
from gptlab.evaluation.translation_networks import NetworkTranslator, score_network, toy_pairs
from gptlab.models.ablations import ABLATIONS, ablated
from gptlab.models.transformer import TransformerConfig
from gptlab.text.corpora import toy_split
from gptlab.text.pair_batches import PairBatches
from gptlab.training.config import TrainConfig
from gptlab.training.trainer import Trainer

SENTENCES = 500
SHAPE: dict[str, Any] = {
    "d_model": 64, "d_ff": 256, "norm": "pre", "dropout": 0.0, "impl": "plain",
}  # fmt: skip
TRAIN = TrainConfig(
    steps=200, lr=0.02, matrix_lr=0.02, weight_decay=0.0, schedule="linear", final_lr=0.0,
    warmup=0.1,
)  # fmt: skip


def measure(name: str, seed: int) -> dict[str, Any]:
    """Train the Transformer with one part out, and score it."""
    here = lab.setup(seed, quiet=True)
    task = toy_pairs()
    shape = TransformerConfig.preset("toy", len(task.source), len(task.target), **SHAPE)
    lab.seed_everything(seed)
    model = ablated(name, shape).to(here.device)
    trainer = Trainer(model, PairBatches(task.pairs, 64, seed), TRAIN)
    trainer.fit()
    translator = NetworkTranslator(model, task.source, task.target, width=1)
    scores = score_network(translator, toy_split().test[:SENTENCES])
    last = trainer.history[-50:]
    return {
        "bleu": round(scores.bleu, 2),
        "accuracy": round(scores.accuracy, 2),
        "loss": round(sum(step.loss for step in last) / len(last), 4),
        "steps": trainer.step,
        "seconds": round(trainer.seconds, 1),
        "phenomena": {label: [s.right, s.of] for label, s in scores.phenomena.items()},
    }


def main() -> None:
    """Measure those asked for, print, and save when all were."""
    parser = argparse.ArgumentParser(description="the Transformer with one part taken out")
    parser.add_argument("--only", nargs="+", choices=list(ABLATIONS))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 2)))
    results = {}
    for name in options.only or ABLATIONS:
        results[name] = measure(name, options.seed)
        print(f"{name:14} {results[name]['bleu']:5.1f} BLEU, loss {results[name]['loss']}, "
              f"{results[name]['seconds']} s", flush=True)  # fmt: skip
        if not options.only:  # saved as it goes: the whole takes minutes
            data = {"sentences": SENTENCES, "beam": 1, "seed": options.seed}
            path = common.save("ablations", {**data, "networks": results})
    if not options.only:
        print(path)


if __name__ == "__main__":
    main()
