"""One part of the Transformer taken out at a time: what does it cost on the toy language?

    python benchmarks/ablations.py [--only NAME …] [--seed 0]

Each network is the board's Transformer (`board_translation.py`) but for that part, trained with the
same recipe for a quarter of its steps (about 15 seconds on two cores) and scored, beam 4, on the
first 500 test sentences. One seed: differences of a point or two mean nothing.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from typing import Any

import board_translation as board
import common
import torch

from gptlab import lab
from gptlab.evaluation.translation_networks import NetworkTranslator, score_network, toy_pairs
from gptlab.models.ablations import ABLATIONS, ablated
from gptlab.models.transformer import Transformer
from gptlab.text.corpora import toy_split
from gptlab.text.pair_batches import PairBatches
from gptlab.training.trainer import Trainer

SHARE, SENTENCES = 4, 500


def measure(name: str, seed: int) -> dict[str, Any]:
    """Train the Transformer with one part out, and score it."""
    contestant = next(c for c in board.CONTESTANTS if c.model == "Transformer")
    here = lab.setup(seed, quiet=True)
    task = toy_pairs()
    whole = contestant.build(len(task.source), len(task.target))
    assert isinstance(whole, Transformer)
    lab.seed_everything(seed)
    model = ablated(name, whole.config).to(here.device)
    steps = contestant.train.steps // SHARE
    precision = here.precision if contestant.train.precision == "bf16" else "fp32"
    train = replace(contestant.train, steps=steps, precision=precision)
    trainer = Trainer(model, PairBatches(task.pairs, contestant.batch_size, seed), train)
    trainer.fit()
    translator = NetworkTranslator(model, task.source, task.target, width=board.WIDTH)
    scores = score_network(translator, toy_split().test[:SENTENCES])
    last = trainer.history[-50:]
    return {
        "bleu": round(scores.bleu, 2),
        "accuracy": round(scores.accuracy, 2),
        "loss": round(sum(step.loss for step in last) / len(last), 4),
        "steps": steps,
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
            data = {"sentences": SENTENCES, "beam": board.WIDTH, "seed": options.seed}
            path = common.save("ablations", {**data, "networks": results})
    if not options.only:
        print(path)


if __name__ == "__main__":
    main()
