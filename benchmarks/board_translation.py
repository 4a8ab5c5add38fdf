"""The translation board: every system of the course on the toy language, English to German.

    python benchmarks/board_translation.py [--models NAME …] [--record] [--seed 0]

The networks are trained on the 20,000 pairs of `toy_split().train` for a number of steps that two
quiet cores make in a minute at most, and write with a beam of 4 (α = 0.6). The systems without a
network (chapter 04) are measured beside them, so that the results file holds all of them: BLEU by
length of the source and, for each phenomenon of the grammar, how many of its sentences are right.
With --record the networks' figures become rows of the scoreboard; a run of all systems also writes
benchmarks/results/board_translation.json.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import common
import torch
from torch import nn

from gptlab import lab
from gptlab.evaluation import scoreboard
from gptlab.evaluation.translation import TranslationScores, score
from gptlab.evaluation.translation_baselines import (
    TRANSLATORS,
    measure_translation,
    rows_of,
    translate_texts,
)
from gptlab.evaluation.translation_networks import NetworkTranslator, toy_pairs
from gptlab.models.seq2seq import Seq2Seq, Seq2SeqConfig
from gptlab.models.transformer import Transformer, TransformerConfig
from gptlab.text.corpora import toy_split
from gptlab.text.grammar import Sentence
from gptlab.text.pair_batches import PairBatches
from gptlab.text.toy_text import detokenize
from gptlab.training.config import TrainConfig
from gptlab.training.trainer import Trainer

WIDTH = 4
LENGTHS = (1, 6, 9, 12, 15, 18, 22, 100)  # source words: from one bound to below the next


@dataclass(frozen=True)
class Contestant:
    """A network: how it is built (from the sizes of the vocabularies) and trained.

    `band`: how far, in BLEU points, from the recorded value another machine may land.
    """

    model: str
    chapter: int
    build: Callable[[int, int], nn.Module]
    train: TrainConfig
    batch_size: int
    band: float


MINUTE = TrainConfig(
    steps=1400, optimizer="muon", lr=0.02, matrix_lr=0.02, matrix_weight_decay=0.1,
    schedule="linear", final_lr=0.0, warmup=0.05, precision="bf16",
)  # fmt: skip


def recurrent(**shape: Any) -> Callable[[int, int], nn.Module]:
    """What builds an encoder-decoder LSTM from the sizes of the vocabularies."""
    return lambda source, target: Seq2Seq(Seq2SeqConfig(source, target, d_model=96, **shape))


CONTESTANTS = (
    Contestant(
        "seq2seq LSTM", 11, recurrent(d_hidden=256),
        replace(MINUTE, steps=1800), batch_size=64, band=3.0,
    ),
    Contestant(
        "seq2seq LSTM + Bahdanau attention", 11, recurrent(d_hidden=192, attention="additive"),
        replace(MINUTE, steps=950), batch_size=64, band=3.0,
    ),
    Contestant(
        "seq2seq LSTM + Luong attention", 11, recurrent(d_hidden=192, attention="multiplicative"),
        replace(MINUTE, steps=1400), batch_size=64, band=3.0,
    ),
    Contestant(
        "Transformer", 13,
        lambda source, target: Transformer(
            TransformerConfig.preset(
                "toy", source, target, n_heads=8, norm="pre", dropout=0.0, impl="plain"
            )
        ),
        MINUTE, batch_size=64, band=2.0,
    ),
)  # fmt: skip


def measures(outputs: Sequence[str], sentences: Sequence[Sentence]) -> dict[str, Any]:
    """All that the results file says of a system, from its outputs as texts."""
    references = [s.german_text for s in sentences]
    whole = score(outputs, references, [s.phenomena for s in sentences])
    by_length = []
    for low, high in pairwise(LENGTHS):
        chosen = [i for i, s in enumerate(sentences) if low <= len(s.english) < high]
        part = score([outputs[i] for i in chosen], [references[i] for i in chosen])
        by_length.append(
            {
                "words": [low, high - 1],
                "sentences": len(chosen),
                "bleu": round(part.bleu, 2),
                "accuracy": round(part.accuracy, 2),
            }
        )
    return {
        "bleu": round(whole.bleu, 2),
        "chrf": round(whole.chrf, 2),
        "accuracy": round(whole.accuracy, 2),
        "signature": whole.bleu_signature,
        "phenomena": {name: [s.right, s.of] for name, s in whole.phenomena.items()},
        "by_length": by_length,
    }


def trained(contestant: Contestant, seed: int) -> tuple[NetworkTranslator, dict[str, Any]]:
    """A translator around the network, trained once, and how that went."""
    here = lab.setup(seed, quiet=True)
    task = toy_pairs()
    model = contestant.build(len(task.source), len(task.target)).to(here.device)
    batches = PairBatches(task.pairs, contestant.batch_size, seed)
    precision = here.precision if contestant.train.precision == "bf16" else "fp32"
    trainer = Trainer(model, batches, replace(contestant.train, precision=precision))
    trainer.fit()
    translator = NetworkTranslator(model.eval(), task.source, task.target, width=WIDTH)
    return translator, {
        "chapter": contestant.chapter,
        "seconds": round(trainer.seconds, 1),
        "steps": trainer.step,
        "epochs": round(batches.epoch(trainer.step), 2),
        "parameters": sum(p.numel() for p in model.parameters()),
        "seed": seed,
        "device": lab.device_name(here.device),
        "profile": "cpu" if here.device.type == "cpu" else "gpu",
    }


def run(contestant: Contestant, seed: int) -> tuple[dict[str, Any], TranslationScores]:
    """Train once and translate the test sentences."""
    translator, told = trained(contestant, seed)
    return examine(translator, told)


def examine(
    translator: NetworkTranslator, told: dict[str, Any]
) -> tuple[dict[str, Any], TranslationScores]:
    """What the results file and the board say of a trained translator on the test sentences."""
    test = toy_split().test
    words = translator.translate([s.english for s in test])
    outputs = [detokenize(sentence) if sentence else "" for sentence in words]
    references = [s.german_text for s in test]
    scores = score(outputs, references, [s.phenomena for s in test])
    return measures(outputs, test) | told, scores


def record(contestant: Contestant, found: dict[str, Any], scores: TranslationScores) -> None:
    """Write the rows of one network on the scoreboard."""
    details = {k: found[k] for k in ("chapter", "profile", "device", "seconds")}
    details |= {k: found[k] for k in ("parameters", "seed")}
    command = "python benchmarks/board_translation.py --record"
    for row in rows_of(contestant.model, scores, contestant.band, **details, command=command):
        scoreboard.record(row)


def baseline(name: str) -> dict[str, Any]:
    """The same measures for a system of chapter 04."""
    make, _ = TRANSLATORS[name]
    split = toy_split()
    translate, _ = make(split.train)
    rows = measure_translation(name)
    return measures(translate_texts(translate, split.test), split.test) | {
        key: rows[0][key] for key in ("chapter", "seconds", "parameters", "seed")
    }


def main() -> None:
    """Train those asked for, print, save, and record if wanted."""
    parser = argparse.ArgumentParser(description="the networks on the translation board")
    parser.add_argument("--models", nargs="+", help="only networks with one of these in their name")
    parser.add_argument("--steps", type=int, help="for a trial, instead of each network's own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="write the scoreboard's rows")
    options = parser.parse_args()
    torch.set_num_threads(2)
    results: dict[str, Any] = {}
    if not (options.models or options.steps):
        for name in TRANSLATORS:
            results[name] = baseline(name)
            print(f"{name:34} BLEU {results[name]['bleu']:5.1f}", flush=True)
    for contestant in CONTESTANTS:
        if options.models and not any(name in contestant.model for name in options.models):
            continue
        if options.steps:
            train = replace(contestant.train, steps=options.steps)
            contestant = replace(contestant, train=train)
        found, scores = run(contestant, options.seed)
        print(
            f"{contestant.model:34} BLEU {found['bleu']:5.1f}, whole sentences "
            f"{found['accuracy']:.1f} %, {found['seconds']} s, {found['steps']} steps",
            flush=True,
        )
        results[contestant.model] = found
        if options.record:
            record(contestant, found, scores)
    if options.record and not (options.models or options.steps):
        print(common.save("board_translation", {"beam": WIDTH, "systems": results}))


if __name__ == "__main__":
    main()
