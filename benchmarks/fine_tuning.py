"""Fine-tuning in small, with the truth known: what is learned, and what is forgotten.

    python benchmarks/fine_tuning.py [--seeds 3] [--save]

One GPT is pretrained on the toy language as in chapter 19. Then, seed by seed (labels: five):

1. Labels: which pronoun stands for the subject? A head on the pretrained GPT and on a fresh one,
   16, 64 and 256 labels; beside it prompts with no, four and eight solved examples.
2. Requests: all weights, LoRA of several ranks, both with old text mixed in, and all weights of a
   GPT that read nothing before. Right answers for nouns that stood in requests and for others;
   bits per word of held-out sentences.
3. Preferences: DPO that prefers "yes", at several learning rates.

With --save the figures go to benchmarks/results/fine_tuning.json, which chapter 19 reads.
"""

from __future__ import annotations

import argparse
import copy
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import common
import torch

from gptlab.evaluation.answers import bits_per_word, share_right, write_answers
from gptlab.evaluation.gpt_transfer import by_prompt, gpt_fine_tuned
from gptlab.evaluation.transfer import interval, label_curve
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.models.gpt_classifier import GPTClassifier
from gptlab.text.batches import RandomBatches
from gptlab.text.chat import Example, ExampleBatches, chat_example, example_tensors, prompt_ids
from gptlab.text.grammar import toy_grammar
from gptlab.text.tokenizer_base import END_OF_TEXT
from gptlab.text.toy_chat import NEW_WORDS, Request, ToyTokenizer, toy_requests
from gptlab.text.toy_pronouns import PRONOUNS, pronoun_task
from gptlab.training.config import TrainConfig
from gptlab.training.lora import add_lora, merge_lora
from gptlab.training.preferences import (
    PreferenceBatches,
    PreferenceLoss,
    sequence_log_probability,
)
from gptlab.training.trainer import Trainer

STEPS, BATCH, N_REQUESTS = 400, 32, 3000
RANKS = (1, 2, 4, 8, 16)
PLAIN: dict[str, Any] = {
    "optimizer": "adamw", "schedule": "linear", "final_lr": 0.0, "weight_decay": 0.0,
}  # fmt: skip
FULL_RATE, LORA_RATE = 3e-3, 3e-2
LABEL_STEPS = {16: 40, 64: 60, 256: 100}
TOKENS = ToyTokenizer()
END = TOKENS.special_tokens[END_OF_TEXT]


def pretrained() -> GPT:
    """The GPT of chapter 19."""
    ids = [TOKENS.encode(" ".join(s.english)) for s in toy_grammar().sample(12_000, seed=1)]
    lesson = torch.tensor([i for sentence in ids for i in (*sentence, END)])
    torch.manual_seed(19)
    shape = {"context_length": 64, "d_model": 48, "n_heads": 4, "n_layers": 2}
    model = GPT(GPTConfig(TOKENS.vocab_size, **shape))
    plan = TrainConfig(steps=700, lr=1e-2, schedule="linear", final_lr=0.0)
    Trainer(model, RandomBatches(lesson, 16, 64, seed=1), plan).fit()
    return model.eval()


def new_rows() -> torch.Tensor:
    """1 for the rows of the embedding that pretraining never saw, (vocab, 1)."""
    rows = torch.zeros(TOKENS.vocab_size, 1)
    rows[[TOKENS.encode(word)[0] for word in NEW_WORDS]] = 1
    rows[[i for i in TOKENS.special_tokens.values() if i != END]] = 1
    return rows


def with_lora(model: GPT, rank: int) -> GPT:
    """A copy with LoRA in its attention, whose new tokens learn their rows."""
    tuned = copy.deepcopy(model)
    add_lora(tuned, rank)
    rows = new_rows()
    tuned.embedding.weight.requires_grad_(True).register_hook(lambda gradient: gradient * rows)
    return tuned


def labels(base: GPT, seeds: Sequence[int]) -> dict[str, Any]:
    """The label curve, and what prompts reach."""
    config = TrainConfig(lr=3e-3, **PLAIN)

    def head(of: Callable[[], GPT]) -> Callable[[int], GPTClassifier]:
        def fresh(seed: int) -> GPTClassifier:
            torch.manual_seed(seed)
            return GPTClassifier(of(), len(PRONOUNS), END)

        return fresh

    contestants = {
        "pretrained": gpt_fine_tuned(
            head(lambda: copy.deepcopy(base)), TOKENS, LABEL_STEPS, config
        ),
        "from scratch": gpt_fine_tuned(head(lambda: GPT(base.config)), TOKENS, LABEL_STEPS, config),
    }
    task = pronoun_task()
    found = label_curve(task, contestants, tuple(LABEL_STEPS), seeds, print)
    prompts = {}
    for shots in (0, 4, 8):
        asked = {f"{shots} examples": by_prompt(base, TOKENS, PRONOUNS, "because", END, shots)}
        prompts[shots] = [r.accuracy for r in label_curve(task, asked, (16,), seeds, print)]
    return {"curve": [vars(result) for result in found], "prompts": prompts}


def chats(requests: Sequence[Request], seed: int) -> list[Example]:
    """The requests with their answers; a coin decides between yes and no."""
    coin = torch.Generator().manual_seed(seed)
    return [
        chat_example(r.turns(r.answers[int(torch.randint(len(r.answers), (), generator=coin))]),
                     TOKENS)
        for r in requests
    ]  # fmt: skip


def measured(model: GPT, tests: dict[str, list[Request]], old: list[list[int]]) -> dict[str, Any]:
    """Right answers of each kind to each group of requests, and bits per word."""
    found: dict[str, Any] = {"bits": bits_per_word(model, old, END)}
    for group, requests in tests.items():
        prompts = [prompt_ids(request.turns(), TOKENS) for request in requests]
        found[group] = share_right(requests, write_answers(model, TOKENS, prompts))
    return found


def requests_answered(base: GPT, seeds: Sequence[int]) -> tuple[list[dict[str, Any]], GPT]:
    """All ways of tuning, each seed; and the first seed's LoRA model of rank 8, merged."""
    sentences = toy_grammar().sample(3000, seed=2)
    ids = [TOKENS.encode(" ".join(s.english)) for s in sentences if len(s.english) < 60]
    held, text = ids[:500], ids[500:1500]
    old = [Example((END, *s), (False, *[True] * len(s))) for s in text]
    tests = {
        "held out": toy_requests(200, seed=2, held_out=True),
        "known": toy_requests(200, seed=3),
    }
    rows = [{"name": "before", "seed": 0, **measured(base, tests, held)}]
    ways: dict[str, tuple[Callable[[], GPT], float, bool]] = {
        "all weights": (lambda: copy.deepcopy(base), FULL_RATE, False),
        "all weights, old text mixed in": (lambda: copy.deepcopy(base), FULL_RATE, True),
        "LoRA 8, old text mixed in": (lambda: with_lora(base, 8), LORA_RATE, True),
        "not pretrained": (lambda: GPT(base.config), FULL_RATE, False),
    }
    for rank in RANKS:
        ways[f"LoRA {rank}"] = (lambda rank=rank: with_lora(base, rank), LORA_RATE, False)
    for seed in seeds:
        new = chats(toy_requests(N_REQUESTS, seed=1), seed)
        for name, (make, rate, mixed) in ways.items():
            torch.manual_seed(seed)
            model = make()
            trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
            if "LoRA" in name:  # of the embedding only the new rows move
                trained += int(new_rows().sum() - TOKENS.vocab_size) * base.config.d_model
            # A quarter of old text on top, so that the new text is seen as often.
            steps = STEPS * 4 // 3 if mixed else STEPS
            batches = ExampleBatches(new + old if mixed else new, BATCH, END, seed)
            Trainer(model, batches, TrainConfig(steps=steps, lr=rate, **PLAIN)).fit()
            found = {"name": name, "seed": seed, "trained": trained, **measured(model, tests, held)}
            print(found, flush=True)
            rows.append(found)
            if name == "LoRA 8" and seed == seeds[0]:
                kept = model
    merge_lora(kept)
    return rows, kept


def preferences(tuned: GPT) -> list[dict[str, Any]]:
    """DPO on pairs of yes and no, from gentle to violent."""
    asked = toy_requests(600, seed=5, kinds=("question",))
    tests = toy_requests(200, seed=6, kinds=("question",), held_out=True)

    def sides(requests: Sequence[Request]) -> list[list[Example]]:
        return [[chat_example(r.turns(r.answers[k]), TOKENS) for r in requests] for k in (0, 1)]

    rows = []
    for rate in (0.0, 1e-4, 3e-4, 1e-3, 3e-3):
        loss = PreferenceLoss(copy.deepcopy(tuned), beta=0.1)
        if rate:
            batches = PreferenceBatches(*sides(asked), 16, END, seed=1)
            Trainer(loss, batches, TrainConfig(steps=100, lr=rate, **PLAIN)).fit()
        with torch.no_grad():
            change = [
                (sequence_log_probability(loss.model(x), y)
                 - sequence_log_probability(loss.reference(x), y))
                for x, y in (example_tensors(side, END) for side in sides(tests))
            ]  # fmt: skip
        prompts = [prompt_ids(r.turns(), TOKENS) for r in tests]
        said = write_answers(loss.model, TOKENS, prompts)
        row = {
            "rate": rate,
            "yes": sum(answer.startswith("yes") for answer in said) / len(said),
            "right": share_right(tests, said)["question"],
            "chosen": change[0].mean().item(),
            "rejected": change[1].mean().item(),
            "pairs_right": (change[0] > change[1]).float().mean().item(),
            "said": said[0],
        }
        print(row, flush=True)
        rows.append(row)
    return rows


def main() -> int:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description="fine-tuning in small")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    seeds = range(options.seeds)
    torch.set_num_threads(1)
    base = pretrained()
    answered, tuned = requests_answered(base, seeds)
    result = {
        "command": f"python benchmarks/fine_tuning.py --seeds {options.seeds} --save",
        "floor": toy_grammar().entropy_bits_per_word(),
        "requests": answered,
        "preferences": preferences(tuned),
        "labels": labels(base, range(5)),
    }
    for name in dict.fromkeys(row["name"] for row in answered):
        right = [row["held out"]["question"] for row in answered if row["name"] == name]
        if len(right) > 1:
            print(name, [round(v, 2) for v in interval(right)])
    if options.save:
        print(common.save("fine_tuning", result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
