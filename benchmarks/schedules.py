"""Do schedule, peak and warm-up matter? Thirty-two short runs on the toy language.

    OMP_NUM_THREADS=1 python benchmarks/schedules.py

The nano GPT of chapter 17 learns from the same batches, from the same weights, with AdamW, once for
each schedule, peak and warm-up. Kept are its training loss in bits per word along the way (means of
STRIDE steps) and the cross-entropy on sentences drawn anew. The chapter's figure reads the file.
"""

from __future__ import annotations

import itertools
import math
import sys

import common
import torch

from gptlab.evaluation.language_modelling import cross_entropy
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.text.batches import RandomBatches
from gptlab.text.grammar import toy_grammar
from gptlab.training.config import TrainConfig
from gptlab.training.trainer import Trainer

SCHEDULES = ("constant", "cosine", "linear", "trapezoid")
PEAKS = (0.001, 0.003, 0.01, 0.03)
WARMUPS = (0.0, 0.1)
STEPS, STRIDE, FINAL = 240, 8, 0.0
WINDOW = 32


def ids_of(n_sentences: int, seed: int) -> torch.Tensor:
    """Sentences of the toy language as one row of ids, a zero behind each."""
    number = {word: i for i, word in enumerate(toy_grammar().vocabulary(), start=1)}
    sentences = toy_grammar().sample(n_sentences, seed=seed)
    return torch.tensor([i for s in sentences for i in (*(number[w] for w in s.english), 0)])


def main() -> int:
    """Train, print, save; 1 if a run did not stay finite."""
    lesson, exam = ids_of(8000, 1), ids_of(400, 2)
    batches = RandomBatches(lesson, batch_size=32, context_length=WINDOW, seed=1)
    vocab_size = len(toy_grammar().vocabulary()) + 1
    runs = []
    for schedule, peak, warmup in itertools.product(SCHEDULES, PEAKS, WARMUPS):
        torch.manual_seed(17)
        model = GPT(GPTConfig.preset("nano", vocab_size=vocab_size, context_length=WINDOW))
        config = TrainConfig(
            steps=STEPS, optimizer="adamw", lr=peak, schedule=schedule, warmup=warmup,
            final_lr=FINAL,
        )  # fmt: skip
        losses = [step.loss / math.log(2) for step in Trainer(model, batches, config).fit()]
        means = [sum(losses[i : i + STRIDE]) / STRIDE for i in range(0, STEPS, STRIDE)]
        bits = cross_entropy(model, exam, WINDOW) / math.log(2)
        run = {"schedule": schedule, "peak": peak, "warmup": warmup, "exam": round(bits, 3)}
        runs.append({**run, "losses": [round(mean, 2) for mean in means]})
        print(run, flush=True)
    floor = toy_grammar().entropy_bits_per_word(end_symbol=True)
    shape = {"steps": STEPS, "stride": STRIDE, "final": FINAL, "floor": round(floor, 3)}
    common.save("schedules", {"command": "python benchmarks/schedules.py", **shape, "runs": runs})
    return 0 if all(math.isfinite(run["exam"]) for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
