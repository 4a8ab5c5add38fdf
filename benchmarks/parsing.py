"""Parsing: the Transformer of chapter 13 and a grammar counted from the same trees, side by side.

    python benchmarks/parsing.py [--only NAME …] [--seed 0] [--save]

`toy`: the toy language's gold trees, 100 to 20,000 of them, 2,000 test sentences; every network has
the same steps, about a minute on two cores, but for `toy 20000 words`, which has three minutes.
`penn`: the Penn Treebank sample, articles 0001 to 0179 to train on, 0180 to 0199 to measure on,
about ten minutes. Labelled precision, recall and F1, and how often an output had to be mended.
--save adds what was run to benchmarks/results/parsing.json.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import common
import torch

from gptlab import lab
from gptlab.classic.pcfg_parser import TreebankGrammar
from gptlab.evaluation.parsing import ParseScores, score_parses
from gptlab.evaluation.parsing_networks import NetworkParser, parsing_task
from gptlab.models.transformer import Transformer, TransformerConfig
from gptlab.text.corpora import toy_split
from gptlab.text.grammar import Sentence
from gptlab.text.pair_batches import PairBatches
from gptlab.text.penn_treebank import penn_treebank
from gptlab.text.toy_trees import Tree
from gptlab.text.tree_repair import Repairs
from gptlab.training.config import TrainConfig
from gptlab.training.trainer import Trainer

SIZES = (100, 1_000, 5_000, 20_000)


@dataclass(frozen=True)
class Recipe:
    """How a network is built and trained on a treebank."""

    model: dict[str, Any]
    train: TrainConfig
    batch_size: int = 32
    at_least: int = 1  # words seen less often are read by their looks
    longest: int = 10_000  # words; longer sentences are not trained on
    leaves: str = "XX"
    extra: int = 100  # an output has at most so many symbols more than its sentence words


TOY = Recipe(
    {"norm": "pre", "dropout": 0.0, "label_smoothing": 0.0, "impl": "plain", "max_length": 256},
    TrainConfig(
        steps=1800, optimizer="muon", lr=1e-2, matrix_lr=0.02, schedule="linear", final_lr=0.0,
        warmup=0.05, precision="bf16",
    ),
)  # fmt: skip
# Reading and writing the same words, and three minutes instead of one.
WORDS = replace(
    TOY,
    leaves="words",
    model={**TOY.model, "share": True},
    train=replace(TOY.train, steps=5000),
)
PENN = Recipe(
    {**TOY.model, "dropout": 0.2, "max_length": 1024},
    replace(TOY.train, steps=1200),
    at_least=2, longest=50, extra=300,
)  # fmt: skip


def figures(scores: ParseScores) -> dict[str, Any]:
    """What is stored of a measurement."""
    return {
        "f1": round(scores.f1, 2),
        "precision": round(scores.precision, 2),
        "recall": round(scores.recall, 2),
        "exact": round(scores.exact_match, 2),
        "crossing": scores.crossing,
        "sentences": scores.sentences,
        "by_label": {label: list(counts) for label, counts in scores.by_label.items()},
    }


def mended(repairs: Sequence[Repairs]) -> dict[str, Any]:
    """How many sentences needed a repair, and of which kind."""
    kinds = Counter[str]()
    for each in repairs:
        kinds.update({kind: n for kind, n in asdict(each).items() if n})
    return {"sentences": sum(each.total > 0 for each in repairs), **kinds}


def train_network(
    recipe: Recipe, trees: Sequence[Tree], seed: int
) -> tuple[NetworkParser, dict[str, Any]]:
    """A parser trained on `trees`, and what it took."""
    here = lab.setup(seed, quiet=True)
    trees = [tree for tree in trees if len(tree.words()) <= recipe.longest]
    task = parsing_task(trees, recipe.at_least, recipe.leaves)
    config = TransformerConfig.preset("toy", len(task.source), len(task.target), **recipe.model)
    model = Transformer(config).to(here.device)
    precision = here.precision if recipe.train.precision == "bf16" else "fp32"
    batches = PairBatches(task.pairs, min(recipe.batch_size, len(trees)), seed)
    trainer = Trainer(model, batches, replace(recipe.train, precision=precision))
    began = time.process_time()
    trainer.fit()
    last = trainer.history[-50:]
    return NetworkParser.of(model, task, extra=recipe.extra), {
        "trees": len(trees),
        "steps": trainer.step,
        "epochs": round(batches.epoch(trainer.step), 1),
        "seconds": round(trainer.seconds, 1),
        "processor_seconds": round(time.process_time() - began, 1),
        "last_training_loss_nats": round(math.fsum(s.loss for s in last) / len(last), 4),
        "parameters": sum(p.numel() for p in model.parameters()),
        "seed": seed,
        "device": lab.device_name(here.device),
        "number_format": precision,
    }


def by_phenomenon(
    sentences: Sequence[Sentence], predicted: Sequence[Tree]
) -> dict[str, dict[str, float]]:
    """F1 over the sentences that hold each phenomenon."""
    found: dict[str, dict[str, float]] = {}
    for name in sorted({p for s in sentences for p in s.phenomena}):
        chosen = [i for i, s in enumerate(sentences) if name in s.phenomena]
        scores = score_parses([sentences[i].tree for i in chosen], [predicted[i] for i in chosen])
        found[name] = {
            "sentences": len(chosen),
            "f1": round(scores.f1, 2),
            "exact": round(scores.exact_match, 2),
        }
    return found


def wrong_examples(
    gold: Sequence[Tree], predicted: Sequence[Tree], n: int = 12
) -> list[dict[str, str]]:
    """The first parses with a mistake, as brackets."""
    pairs = zip(gold, predicted, strict=True)
    wrong = ((g, p) for g, p in pairs if not score_parses([g], [p]).exact)
    return [{"gold": str(g), "predicted": str(p)} for g, p in itertools.islice(wrong, n)]


@dataclass(frozen=True)
class Task:
    """Trees to train on, trees to measure on, and, of the toy language, what the latter hold."""

    train: list[Tree]
    test: list[Tree]
    sentences: Sequence[Sentence] = ()

    @classmethod
    def called(cls, name: str) -> Task:
        """ "toy 1000": so many trees of the toy language; "penn": the Penn Treebank sample."""
        if name == "penn":
            treebank = penn_treebank()
            return cls(list(treebank.train), list(treebank.test))
        split = toy_split()
        train = [s.tree for s in split.train[: int(name.split()[1])]]
        return cls(train, [s.tree for s in split.test], split.test)

    def measure(self, predicted: Sequence[Tree]) -> dict[str, Any]:
        """Scores; of the toy language by phenomenon too, with the first mistakes.

        The Penn Treebank's sentences are not ours to pass on: of those only figures are kept.
        """
        found = figures(score_parses(self.test, predicted))
        if self.sentences:
            found["phenomena"] = by_phenomenon(self.sentences, predicted)
            found["wrong"] = wrong_examples(self.test, predicted)
        return found


def run_network(name: str, seed: int, steps: int | None) -> dict[str, Any]:
    """Train and measure one network: "toy 1000", "penn" …"""
    task = Task.called(name)
    recipe = PENN if name == "penn" else WORDS if name.endswith("words") else TOY
    if steps:
        recipe = replace(recipe, train=replace(recipe.train, steps=steps))
    parser, found = train_network(recipe, task.train, seed)
    began = time.perf_counter()
    predicted, repairs = parser.parse([tree.words() for tree in task.test])
    found["parsing_seconds"] = round(time.perf_counter() - began, 1)
    found |= task.measure(predicted) | {"mended": mended(repairs)}
    if name == "toy 20000":
        for kind in ("unseen_words", "unseen_pairs"):
            sentences = getattr(toy_split(), kind)
            theirs, _ = parser.parse([s.english for s in sentences])
            found[kind] = figures(score_parses([s.tree for s in sentences], theirs))
    return found


def run_grammar(name: str) -> dict[str, Any]:
    """Count a grammar and measure it on the same sentences."""
    task = Task.called(name)
    results = {}
    for kind, parents in (("as it stands", False), ("with parents", True)):
        began = time.process_time()
        grammar = TreebankGrammar(task.train, parents)
        counted = time.process_time()
        likeliest = [grammar.likeliest(tree.words()) for tree in task.test]
        pairs = zip(likeliest, task.test, strict=True)
        predicted = [best or grammar.flat(tree.words()) for best, tree in pairs]
        results[kind] = {
            "trees": len(task.train),
            "rules": grammar.n_rules,
            "counting_seconds": round(counted - began, 1),
            "parsing_seconds": round(time.process_time() - counted, 1),
            "failed": sum(best is None for best in likeliest),
            **task.measure(predicted),
        }
    return results


def main() -> None:
    """Run those asked for, print, and save if wanted."""
    names = [*(f"toy {size}" for size in SIZES), "toy 20000 words", "penn"]
    parser = argparse.ArgumentParser(description="parsing: a Transformer and a counted grammar")
    parser.add_argument("--only", nargs="+", help="toy or penn, or names such as 'toy 1000'")
    parser.add_argument("--kind", choices=["network", "grammar"], help="only one of the two")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, help="instead of the recipe's, for a trial")
    parser.add_argument("--save", action="store_true", help="add to benchmarks/results")
    options = parser.parse_args()
    for name in names:
        if options.only and not any(wanted in (name, name.split()[0]) for wanted in options.only):
            continue
        for kind in ("network", "grammar"):
            if kind == "grammar" and name.endswith("words"):
                continue  # what a grammar writes is no question
            if options.kind in (None, kind):
                found = (
                    run_network(name, options.seed, options.steps)
                    if kind == "network"
                    else run_grammar(name)
                )
                report(name, kind, found)
                if options.save:
                    keep(f"{kind}, {name}", found)


def report(name: str, kind: str, found: dict[str, Any]) -> None:
    """One line each."""
    rows = {kind: found} if kind == "network" else {f"grammar {k}": v for k, v in found.items()}
    for label, row in rows.items():
        told = (
            "processor_seconds",
            "f1",
            "precision",
            "recall",
            "exact",
            "seconds",
            "parsing_seconds",
            "mended",
        )
        print(f"{name:10} {label:22}", {k: row[k] for k in told if k in row}, flush=True)


def keep(key: str, found: dict[str, Any]) -> None:
    """Add one measurement to the stored ones."""
    path = common.RESULTS / "parsing.json"
    runs = json.loads(path.read_text(encoding="utf-8"))["runs"] if path.exists() else {}
    common.save("parsing", {"runs": {**runs, key: {**found, "machine": common.machine()}}})


if __name__ == "__main__":
    torch.set_num_threads(min(2, torch.get_num_threads()))
    main()
