"""The GPT of the book learns to answer: 935 real instructions, written by a language model.

    python benchmarks/instructions.py [--seeds 3] [--save]

The GPT that writes in the book (book/model/, two million parameters, 100 seconds of Wikipedia) gets
four new tokens for the marks of a chat and reads the instructions EPOCHS times, loss on the answers
only; so does the same GPT without pretraining. On 110 instructions that neither read: bits per byte
of their answers, before and after, and how many of the written answers end by themselves. And bits
per byte of held-out Wikipedia: what tuning costs. Three minutes on two cores.

With --save: benchmarks/results/instructions.json, with the first answers.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import common
import torch

from gptlab import lab
from gptlab.authoring.live_model import FOLDER, MODEL
from gptlab.evaluation.answers import write_answers
from gptlab.evaluation.language_modelling import bits_per_byte
from gptlab.generation.export import load_page_model
from gptlab.models.gpt import GPT
from gptlab.text.chat import (
    CHAT_TOKENS,
    ExampleBatches,
    chat_example,
    example_tensors,
    prompt_ids,
)
from gptlab.text.corpora import wikipedia
from gptlab.text.instructions import Instruction, instruction_data
from gptlab.text.tokenizers import BPETokenizer
from gptlab.training.config import TrainConfig
from gptlab.training.trainer import Trainer

EPOCHS, BATCH, WRITTEN, SHOWN = 4, 8, 60, 6
PLAN: dict[str, Any] = {
    "lr": 1e-3, "optimizer": "adamw", "schedule": "linear", "final_lr": 0.0, "warmup": 0.05,
    "weight_decay": 0.0,
}  # fmt: skip


def with_marks(model: GPT, tokenizer: BPETokenizer) -> tuple[GPT, BPETokenizer]:
    """The model and its tokenizer with the chat's marks, whose rows begin at the others' mean."""
    longer = BPETokenizer(tokenizer.merges, (*tokenizer.special_tokens, *CHAT_TOKENS))
    grown = GPT(replace(model.config, vocab_size=longer.vocab_size))
    old = dict(model.state_dict())
    for name, weight in grown.state_dict().items():
        if new := len(weight) - len(old[name]):
            old[name] = torch.cat([old[name], old[name].mean(0, keepdim=True).expand(new, -1)])
    grown.load_state_dict(old)
    return grown, longer


def tuned(model: GPT, rows: Sequence[Instruction], tokenizer: BPETokenizer, seed: int) -> GPT:
    """All weights, loss on the answers. What is longer than the context is left out."""
    examples = [chat_example(row.turns(), tokenizer) for row in rows]
    examples = [e for e in examples if len(e.ids) <= model.config.context_length]
    batches = ExampleBatches(examples, BATCH, pad=0, seed=seed)
    plan = TrainConfig(steps=EPOCHS * batches.n_batches, **PLAN)
    Trainer(model, batches, plan).fit()
    return model.eval()


@torch.no_grad()
def bits_of_answers(model: GPT, rows: Sequence[Instruction], tokenizer: BPETokenizer) -> float:
    """Bits per byte of the answers; the mark that ends one is counted as one byte."""
    nats, n_bytes = 0.0, 0
    for row in rows:
        example = chat_example(row.turns(), tokenizer)
        if len(example.ids) > model.config.context_length:
            continue
        inputs, targets = example_tensors([example], pad=0)
        keep = targets[0] >= 0
        scores = model(inputs)[0, keep].log_softmax(-1)
        nats -= scores.gather(1, targets[0, keep, None]).sum().item()
        n_bytes += len(row.output.encode()) + 1
    return nats / math.log(2) / n_bytes


def measured(
    name: str, seed: int, model: GPT, rows: Sequence[Instruction], tokenizer: BPETokenizer
) -> dict[str, Any]:
    """Bits per byte of answers and of Wikipedia, how many answers end, and the first of them."""
    model.eval()
    prompts = [prompt_ids(row.turns()[:1], tokenizer) for row in rows]
    said = write_answers(model, tokenizer, prompts, WRITTEN)
    ended = [len(tokenizer.encode(answer)) < WRITTEN - 1 for answer in said]
    held_out = wikipedia().held_out[:4]
    length = model.config.context_length
    found = {
        "name": name,
        "seed": seed,
        "answers": bits_of_answers(model, rows, tokenizer),
        "wikipedia": bits_per_byte(model, tokenizer, held_out, length, batch_size=8),
        "ended": sum(ended) / len(ended),
    }
    print(found, flush=True)
    return found | {"said": said[:SHOWN]}


def main() -> int:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description="a small GPT tuned on real instructions")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    data = instruction_data()
    book_model, known = load_page_model(FOLDER / MODEL)
    base, tokenizer = with_marks(book_model, BPETokenizer(map(tuple, known["merges"])))
    rows = [measured("pretrained, not tuned", 0, base, data.test, tokenizer)]
    for seed in range(options.seeds):
        for name in ("pretrained, tuned", "only tuned"):
            lab.seed_everything(seed)
            model = GPT(base.config)
            if name == "pretrained, tuned":
                model.load_state_dict(base.state_dict())
            tuned(model, data.train, tokenizer, seed)
            rows.append(measured(name, seed, model, data.test, tokenizer))
    for instruction, *answers in zip(data.test, *(row["said"] for row in rows[:3]), strict=False):
        print(f"\n{instruction.prompt}\n  wanted: {instruction.output}")
        for row, answer in zip(rows, answers, strict=False):
            print(f"  {row['name']}: {answer}")
    if options.save:
        print(common.save("instructions", {"rows": rows, "test": len(data.test)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
