"""The networks before attention on the language-model board: each with one clock, one text.

    python benchmarks/board_neural.py [--models NAME …] [--record] [--seed 0]

`wikipedia`: 100 seconds of training on two cores, as `gptlab train --recipe laptop` gives the GPT:
the same articles, the same tokens (BPE, 8,192), bits per byte on the ten held-out articles, each
read from its start. `toy_english`: a fixed number of steps, about 15 seconds, bits per word on the
2,000 test sentences beside the floor that no model can go below. With --record the figures become
rows on the scoreboard.
"""

from __future__ import annotations

import argparse
import datetime
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import common
import torch
from torch import nn

from gptlab import lab
from gptlab.evaluation import scoreboard
from gptlab.evaluation.language_modelling import bits_per_byte
from gptlab.evaluation.toy_language import toy_task
from gptlab.evaluation.toy_networks import toy_bits_per_word
from gptlab.models.neural_lm import NeuralLM, NeuralLMConfig
from gptlab.models.recurrent_lm import RecurrentLM, RecurrentLMConfig
from gptlab.text.batches import RandomBatches, tokenize_corpus
from gptlab.text.corpora import Corpus, wikipedia
from gptlab.text.sentence_batches import SentenceBatches
from gptlab.text.tokenizers import Tokenizer
from gptlab.training.config import TrainConfig
from gptlab.training.recipes import Recipe
from gptlab.training.runs import build_tokenizer
from gptlab.training.trainer import Trainer

LAPTOP = Recipe.preset("laptop")
WINDOW = LAPTOP.model.context_length  # tokens in one piece of training text


@dataclass(frozen=True)
class Contestant:
    """A model on one data set: how it is built (from the vocabulary's size) and trained.

    `band`: how far from the recorded value another machine may land, above and below.
    """

    model: str
    chapter: int
    data: str
    build: Callable[[int], nn.Module]
    train: TrainConfig
    batch_size: int
    band: float
    window: int = WINDOW  # tokens in one piece of training text, on wikipedia


def recurrent(cell: str, **sizes: Any) -> Callable[[int], nn.Module]:
    """What builds a recurrent language model from the vocabulary's size."""
    return lambda vocab_size: RecurrentLM(RecurrentLMConfig(vocab_size, cell, **sizes))


WIKIPEDIA = TrainConfig(
    steps=100_000, seconds=100, optimizer="adamw", lr=2e-2, schedule="linear", final_lr=0.0,
    warmup=0.02, precision="bf16", compile=True,
)  # fmt: skip
TOY = TrainConfig(steps=1000, optimizer="adamw", lr=2e-2, schedule="linear", final_lr=0.0)

CONTESTANTS = (
    Contestant(
        "Bengio 2003, 5 words back", 9, "wikipedia",
        lambda v: NeuralLM(NeuralLMConfig(v, order=6, d_model=128, d_hidden=256)),
        replace(WIKIPEDIA, weight_decay=0.3), batch_size=8, band=0.08,
    ),
    Contestant(
        "Bengio 2003, 4 words back", 9, "toy_english",
        lambda v: NeuralLM(NeuralLMConfig(v, order=5, d_model=32, d_hidden=128)),
        TOY, batch_size=64, band=0.05,
    ),
    *(
        Contestant(
            name, 10, "wikipedia",
            recurrent(cell, d_model=128, d_hidden=256),
            # Compiling gains nothing: torch's loop over the steps is one operation already.
            replace(WIKIPEDIA, lr=lr, compile=False), batch_size=8, band=0.1, window=64,
        )
        for name, cell, lr in (("Elman RNN", "rnn", 3e-3), ("LSTM", "lstm", 1e-2))
    ),
    *(
        Contestant(
            name, 10, "toy_english",
            recurrent(cell, d_model=64, d_hidden=128, tie=False),
            replace(TOY, lr=lr, steps=2000), batch_size=32, band=0.06,
        )
        for name, cell, lr in (("Elman RNN", "rnn", 1e-2), ("LSTM", "lstm", 2e-2))
    ),
)  # fmt: skip


@lru_cache(maxsize=1)
def wikipedia_tokens() -> tuple[Corpus, Tokenizer, torch.Tensor]:
    """The corpus, the laptop recipe's tokenizer, and the training text as ids."""
    corpus = wikipedia()
    tokenizer = build_tokenizer(LAPTOP, corpus)
    ids = tokenize_corpus(corpus.train, tokenizer)
    return corpus, tokenizer, torch.from_numpy(ids.astype("int64"))


def run(contestant: Contestant, seed: int) -> dict[str, Any]:
    """Train once and measure; what the board's row needs."""
    here = lab.setup(seed, quiet=True)
    if contestant.data == "toy_english":
        task = toy_task()
        model = contestant.build(len(task.vocabulary)).to(here.device)
        batches: Any = SentenceBatches(task.train, contestant.batch_size, task.begin, seed)
    else:
        corpus, tokenizer, ids = wikipedia_tokens()
        model = contestant.build(tokenizer.vocab_size).to(here.device)
        batches = RandomBatches(ids, contestant.batch_size, contestant.window, seed)
    precision = here.precision if contestant.train.precision == "bf16" else "fp32"
    trainer = Trainer(model, batches, replace(contestant.train, precision=precision))
    trainer.fit()
    if contestant.data == "toy_english":
        value, metric = toy_bits_per_word(model, task), "bits per word"
    else:
        metric = "bits per byte"
        value = bits_per_byte(model, tokenizer, corpus.held_out, WINDOW, precision=precision)
    return {
        "value": round(value, 3),
        "metric": metric,
        "seconds": round(trainer.seconds, 1),
        "steps": trainer.step,
        "epochs": round(batches.epoch(trainer.step), 2),
        "last_training_loss_nats": round(
            math.fsum(s.loss for s in trainer.history[-50:]) / len(trainer.history[-50:]), 3
        ),
        "parameters": sum(p.numel() for p in model.parameters()),
        "seed": seed,
        "device": lab.device_name(here.device),
        "profile": "cpu" if here.device.type == "cpu" else "gpu",
    }


def row(contestant: Contestant, found: dict[str, Any]) -> scoreboard.Row:
    """One row of the scoreboard."""
    value = found["value"]
    note = "100 seconds of training on two cores; a slower machine ends higher in the band"
    if contestant.data == "toy_english":
        above = value - toy_task().floor
        note = f"{above:.2f} above the floor of {toy_task().floor:.2f} bits per word"
    return {
        "board": "language models",
        "data": contestant.data,
        "metric": found["metric"],
        "chapter": contestant.chapter,
        "model": contestant.model,
        "value": value,
        "band": [round(value - contestant.band, 3), round(value + contestant.band, 3)],
        **{key: found[key] for key in ("profile", "device", "seconds", "parameters", "seed")},
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "command": "python benchmarks/board_neural.py --record",
        "note": note,
    }


def main() -> None:
    """Train those asked for, print, save, and record if wanted."""
    parser = argparse.ArgumentParser(description="the networks before attention on the board")
    parser.add_argument("--models", nargs="+", help="only models with one of these in their name")
    parser.add_argument("--data", choices=["wikipedia", "toy_english"], help="only on this text")
    parser.add_argument("--seconds", type=float, help="instead of 100, for a trial")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="write the scoreboard's rows")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    for contestant in CONTESTANTS:
        if options.data not in (None, contestant.data):
            continue
        if options.models and not any(name in contestant.model for name in options.models):
            continue
        if options.seconds and contestant.train.seconds:
            shorter = replace(contestant.train, seconds=options.seconds)
            contestant = replace(contestant, train=shorter)
        found = run(contestant, options.seed)
        print(
            f"{contestant.model:28} {contestant.data:12} {found['value']:.3f} {found['metric']}, "
            f"{found['seconds']} s, {found['steps']} steps, {found['epochs']} epochs",
            flush=True,
        )
        results[f"{contestant.model}, {contestant.data}"] = found
        if options.record:
            scoreboard.record(row(contestant, found))
    if options.record and not (options.models or options.data or options.seconds):
        print(common.save("board_neural", {"rows": results}))


if __name__ == "__main__":
    main()
