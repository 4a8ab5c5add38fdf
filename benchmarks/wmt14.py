"""The paper's own task, WMT 2014 English to German, by the paper's configuration.

    torchrun --nproc-per-node 8 benchmarks/wmt14.py --source train.en --target train.de --out runs/w
    python benchmarks/wmt14.py --forecast [--devices 8 --peak 9.5e12 --utilisation 0.3 --price 2]

Give two files of sentences, line by line in pairs (4.5 million in the paper; from
statmt.org/wmt14/translation-task.html). The first process learns one BPE for both languages and
writes token shards; all train from the disk. The figures to reach on newstest2014, as the paper
reports them: 27.3 BLEU for base, 28.4 for big. Not run to the end in this course: see the forecast.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from gptlab import lab
from gptlab.models.transformer_cost import PAPER_P100, forecast
from gptlab.text.pair_shards import TextPairs
from gptlab.training import distributed
from gptlab.training.translation_recipes import TranslationRecipe
from gptlab.training.translation_runs import prepare_pairs, translation_run

PUBLISHED = {"base": 27.3, "big": 28.4}


def smaller(recipe: TranslationRecipe, options: argparse.Namespace) -> TranslationRecipe:
    """The recipe with what the command line changes, for a dry run on a slice."""
    sizes = {k: getattr(options, k) for k in ("d_model", "d_ff", "n_heads", "n_layers")}
    model = replace(recipe.model, **{k: v for k, v in sizes.items() if v})
    train = recipe.train
    if options.steps:
        train = replace(train, steps=options.steps, warmup=0.25)
    changes = {k: v for k in ("vocab_size", "batch_tokens") if (v := getattr(options, k))}
    if options.average_every:
        changes["average_every"] = options.average_every
    return replace(recipe, model=model, train=train, **changes)


def main() -> None:
    """Prepare once, train together; or only say what it would take."""
    parser = argparse.ArgumentParser(description="WMT 2014 by the paper's configuration")
    parser.add_argument("--size", choices=["base", "big"], default="base")
    parser.add_argument("--source", type=Path, help="a text file, one sentence a line")
    parser.add_argument("--target", type=Path, help="its translation, line by line")
    parser.add_argument("--out", type=Path, default=Path("runs/wmt14"))
    parser.add_argument("--device", choices=["cpu", "cuda"])
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--forecast", action="store_true")
    parser.add_argument("--devices", type=int, default=8)
    parser.add_argument("--peak", type=float, default=PAPER_P100, help="FLOP/s of one device")
    parser.add_argument("--utilisation", type=float, default=0.3)
    parser.add_argument("--price", type=float, default=0.0, help="of a device for an hour")
    for name in ("steps", "batch-tokens", "vocab-size", "average-every"):
        parser.add_argument(f"--{name}", type=int, help="instead of the recipe's")
    for name in ("d-model", "d-ff", "n-heads", "n-layers"):
        parser.add_argument(f"--{name}", type=int, help="instead of the paper's")
    options = parser.parse_args()
    recipe = smaller(TranslationRecipe.preset(f"wmt14-{options.size}"), options)
    if options.forecast:
        found = forecast(
            recipe.model, recipe.train.steps, recipe.batch_tokens, options.devices, options.peak,
            options.utilisation, options.price,
        )  # fmt: skip
        print(f"wmt14-{options.size} on {options.devices} devices: {found}")
        print(f"the paper: {PUBLISHED[options.size]} BLEU on newstest2014")
        return
    if not (options.source and options.target):
        parser.error("give --source and --target, or --forecast")
    device = lab.find_device(options.device)
    with distributed.joined(device.type) as world:
        if world.is_main and not (options.out / "tokenizer.json").exists():
            count = prepare_pairs(recipe, TextPairs(options.source, options.target), options.out)
            print(f"{count:,} pairs in {options.out}", flush=True)
        distributed.wait_for_all(world)
        run = translation_run(recipe, options.out, device=device, world=world)
        if options.resume:
            run.trainer.resume()
        run.fit()
        if world.is_main:
            first, last = run.trainer.history[0], run.trainer.history[-1]
            print(f"step {last.step}: loss {first.loss:.3f} to {last.loss:.3f} nats a token")


if __name__ == "__main__":
    main()
