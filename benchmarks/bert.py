"""BERT in small: pretrained on Wikipedia, then fine-tuned with few labels, with and without.

    python benchmarks/bert.py [--steps 800] [--seeds 8] [--weights FOLDER] [--save]

1. Pretraining: a BERT of half a million parameters reads 74 Wikipedia articles. Loss at [MASK] in
   held-out articles beside that of word frequency; and once more from a plain random start.
2. The label curve: paragraphs of articles never read, five topics, 10, 100 and 1,000 labels;
   pretrained, from scratch, and without a network (chapter 3's TF-IDF, nearest mean).
3. Movie reviews (where `gptlab.text.downloads` finds them): 1,800 labels, the same three.

With --save the figures go to benchmarks/results/bert.json, which chapter 15 reads. With --weights
the pretrained model is kept in a folder, and read from there if it is in it already.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

import common
import torch

from gptlab import lab
from gptlab.errors import LabError
from gptlab.evaluation.transfer import (
    Contestant,
    TransferResult,
    fine_tuned,
    label_curve,
    nearest_words,
)
from gptlab.models.bert import Bert, BertClassifier, BertConfig, BertPretraining
from gptlab.models.bert_files import export_bert, load_bert, load_bert_tokenizer
from gptlab.text.corpora import wikipedia
from gptlab.text.labelled import LabelledTask, article_topics, movie_reviews, unlabelled_articles
from gptlab.text.masking import MaskedBatches
from gptlab.text.wordpiece import WordPieceTokenizer
from gptlab.training.callbacks import Evaluate
from gptlab.training.config import TrainConfig
from gptlab.training.trainer import Trainer

VOCAB_SIZE, MIN_COUNT, BATCH = 3000, 20, 64
RATE = 0.3  # hidden in training: twice BERT's share, so twice the lessons in a step
EVERY = 100
SIZES = (10, 100, 1000)
STEPS = {10: 40, 100: 80, 1000: 160}
REVIEW_STEPS = 250
TUNE: dict[str, Any] = {
    "optimizer": "adamw", "lr": 1e-3, "schedule": "linear", "final_lr": 0.0, "warmup": 0.1,
}  # fmt: skip
SENTENCES = (
    "The capital of the country is the largest [MASK] .",
    "He was born in [MASK] .",
    "The war began in the [MASK] century .",
    "The [MASK] of the United States was elected .",
    "It is one of the [MASK] languages .",
    "The film won the award for best [MASK] .",
)


def tokenizer() -> WordPieceTokenizer:
    """The vocabulary, learned from the articles that are read."""
    texts = [d.text for d in unlabelled_articles()]
    return WordPieceTokenizer.train(texts, VOCAB_SIZE, min_count=MIN_COUNT)


def pretrain(
    pieces: WordPieceTokenizer, config: TrainConfig, device: torch.device, knowing: bool = True
) -> tuple[BertPretraining, dict[str, Any]]:
    """A pretrained model, and what is told of the run; `knowing`: see `start_knowing`."""
    shape = BertConfig.preset("small", vocab_size=pieces.vocab_size)
    documents = [pieces.encode(d.text) for d in unlabelled_articles()]
    batches = MaskedBatches(documents, pieces, BATCH, shape.context_length, rate=RATE, pairs=False)
    held = [pieces.encode(d.text) for d in wikipedia().held_out]
    tests = MaskedBatches(held, pieces, 256, shape.context_length, seed=1, pairs=False)
    rows = [[t.to(device) for t in tests.batch(i)] for i in range(4)]
    for read, _, targets, _ in rows:
        # Where a chosen token stays, the network may copy it: that is no reading.
        targets[read != pieces.special_ids[-1]] = -100
    counts = torch.bincount(torch.tensor(list(chain(*documents))), minlength=pieces.vocab_size)
    hidden = torch.cat([row[2].cpu().flatten() for row in rows])
    shares = (counts + 1.0) / (counts + 1.0).sum()
    unigram = -shares.log()[hidden[hidden >= 0]].mean().item()

    @torch.no_grad()
    def measure(model: torch.nn.Module) -> float:
        losses = [model.loss(*row[:3]).item() for row in rows]  # type: ignore[operator]
        print(f"loss at [MASK], held out: {math.fsum(losses) / len(losses):.3f}", flush=True)
        return math.fsum(losses) / len(losses)

    torch.manual_seed(0)
    model = BertPretraining(shape, next_sentence=False).to(device)
    if knowing:
        model.start_knowing(counts.to(device))
    trainer = Trainer(model, batches, config, callbacks=[Evaluate(EVERY, measure)])
    trainer.fit()
    told = {
        "vocab_size": pieces.vocab_size,
        "parameters": sum(p.numel() for p in model.parameters()),
        "tokens_of_text": sum(map(len, documents)),
        "words_of_text": sum(len(d.text.split()) for d in unlabelled_articles()),
        "steps": trainer.step,
        "tokens_a_step": BATCH * shape.context_length,
        "mask_rate": RATE,
        "seconds": round(trainer.seconds, 1),
        "times_read": round(batches.epoch(trainer.step), 1),
        "unigram_nats": round(unigram, 3),
        "masked_nats": round(measure(model), 3),
        "curve": [[s.step, round(s.extra["held_out"], 3)] for s in trainer.history if s.extra],
        "recipe": {k: v for k, v in asdict(config).items() if k in
                   ("optimizer", "lr", "matrix_lr", "schedule", "warmup", "weight_decay")},
        "gaps": [gap(model, pieces, text) for text in SENTENCES],
    }  # fmt: skip
    return model, told


@torch.no_grad()
def gap(model: BertPretraining, pieces: WordPieceTokenizer, text: str) -> dict[str, Any]:
    """What the model puts into the gap of a sentence, likeliest first."""
    _, _, cls, sep, mask = pieces.special_ids
    ids = torch.tensor([[cls, *pieces.encode(text, allow_special=True), sep]])
    place = ids[0].tolist().index(mask)
    device = next(model.parameters()).device
    best = model(ids.to(device))[0, place].softmax(dim=0).topk(5)
    words = [pieces.piece(int(i)) for i in best.indices]
    return {
        "text": text,
        "fills": [[w, round(float(p), 3)] for w, p in zip(words, best.values, strict=True)],
    }


def pretrained(
    folder: Path | None, recipe: TrainConfig, device: torch.device
) -> tuple[WordPieceTokenizer, BertPretraining, dict[str, Any]]:
    """Tokenizer, model and what is told of its run: from the folder if it is there, or made."""
    if folder is not None and (folder / "told.json").exists():
        told = json.loads((folder / "told.json").read_text())
        return load_bert_tokenizer(folder), load_bert(folder, BertPretraining).to(device), told
    pieces = tokenizer()
    model, told = pretrain(pieces, recipe, device)
    told["plain_curve"] = pretrain(pieces, recipe, device, knowing=False)[1]["curve"]
    if folder is not None:
        export_bert(model, folder, pieces)
        (folder / "told.json").write_text(json.dumps(told))
    return pieces, model, told


def contestants(
    model: BertPretraining, pieces: WordPieceTokenizer, task: LabelledTask, steps: dict[int, int]
) -> dict[str, Contestant]:
    """With what was learned, without it, and without a network."""
    device = next(model.parameters()).device
    tune = TrainConfig(**TUNE)

    def build(learned: bool) -> Callable[[int], BertClassifier]:
        def fresh(seed: int) -> BertClassifier:
            torch.manual_seed(seed)
            bert = Bert(model.bert.config, pooler=False)
            bert.start_looking_beside()  # as the pretrained one did: only the reading differs
            if learned:
                bert.load_state_dict(model.bert.state_dict())
            return BertClassifier(bert, len(task.labels), reads="mean").to(device)

        return fresh

    return {
        "pretrained": fine_tuned(build(True), pieces, steps, tune),
        "from scratch": fine_tuned(build(False), pieces, steps, tune),
        "TF-IDF": nearest_words,
    }


def tell(result: TransferResult) -> None:
    """One line for each result, as it comes."""
    print(f"{result.labels:5} labels, seed {result.seed}, {result.name}: {result.accuracy:.3f}",
          flush=True)  # fmt: skip


def main() -> None:
    """Pretrain, fine-tune, print, and save if wanted."""
    parser = argparse.ArgumentParser(description="BERT pretrained, and fine-tuned with few labels")
    parser.add_argument("--steps", type=int, default=800, help="of pretraining")
    parser.add_argument("--seeds", type=int, default=8, help="samples of labels")
    parser.add_argument("--weights", type=Path, help="folder that keeps the pretrained model")
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/bert.json")
    options = parser.parse_args()
    here = lab.setup(0, precision="fp32")
    recipe = TrainConfig(
        steps=options.steps, lr=3e-3, matrix_lr=0.02, weight_decay=0.0, schedule="linear",
        final_lr=0.0,
    )  # fmt: skip
    pieces, model, told = pretrained(options.weights, recipe, here.device)
    seeds = range(options.seeds)
    task = article_topics()
    found = label_curve(task, contestants(model, pieces, task, STEPS), SIZES, seeds, tell)
    results: dict[str, Any] = {
        "command": f"python benchmarks/bert.py --steps {told['steps']} --seeds {options.seeds}",
        "device": lab.device_name(here.device),
        "pretraining": told,
        "topics": {
            "labels": list(task.labels), "test": len(task.test), "steps": STEPS,
            "results": [asdict(each) for each in found],
        },
    }  # fmt: skip
    save(results, options.save)
    try:
        films = movie_reviews()
    except LabError as problem:
        print(f"no movie reviews: {problem}")
    else:
        n = len(films.train)
        rivals = contestants(model, pieces, films, {n: REVIEW_STEPS})
        found = label_curve(films, rivals, (n,), range(min(3, options.seeds)), tell)
        results["movie_reviews"] = {
            "labels": n, "test": len(films.test), "steps": REVIEW_STEPS,
            "tokens_read": model.bert.config.context_length - 2,
            "results": [asdict(each) for each in found],
        }  # fmt: skip
        save(results, options.save)


def save(results: dict[str, Any], wanted: bool) -> None:
    """Write what is known so far, if wanted."""
    if wanted:
        print(common.save("bert", {"versions": common.versions("torch"), **results}), flush=True)


if __name__ == "__main__":
    main()
