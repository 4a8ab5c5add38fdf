"""Multi30k, English and German, both ways: train by a recipe, translate test_2016_flickr, score.

    python benchmarks/multi30k.py --direction de-en [--profile cpu|gpu] [--seed 0]

`cpu`: ten minutes of training on two cores. `gpu`: recipe "multi30k-gpu" on one GPU. Printed are
sacrebleu's BLEU as the text stands and lower-cased, with signatures, and, to compare like with
like, the variant that the best-known teaching code prints (bentrevett/pytorch-seq2seq, chapter 6:
36.52 for German to English): lower-cased, words and punctuation cut apart, no smoothing. It cuts
with spaCy, we with a pattern; the figures are near each other, not the same to the digit.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import common
from sacrebleu.metrics import BLEU, CHRF

from gptlab import lab
from gptlab.evaluation.translation_networks import NetworkTranslator
from gptlab.text.multi30k import multi30k
from gptlab.training.translation_recipes import TranslationRecipe
from gptlab.training.translation_runs import prepare_pairs, translation_run

TEACHING_CODE = 36.52  # German to English
CUT = re.compile(r"\w+|[^\w\s]")


def cut_apart(text: str) -> str:
    """Lower case, with spaces between words and signs."""
    return " ".join(CUT.findall(text.lower()))


def scores(outputs: list[str], references: list[str]) -> dict[str, Any]:
    """BLEU cased, lower-cased, and as the teaching code has it; chrF; with signatures."""
    found: dict[str, Any] = {}
    for name, metric, prepare in (
        ("cased", BLEU(), str),
        ("lower_cased", BLEU(lowercase=True), str),
        ("lower_cased_and_cut", BLEU(tokenize="none", smooth_method="none", force=True), cut_apart),
        ("chrf", CHRF(), str),
    ):
        score = metric.corpus_score(
            [prepare(text) for text in outputs], [[prepare(text) for text in references]]
        )
        found[name] = {"value": round(score.score, 2), "signature": str(metric.get_signature())}
    return found


def measure(recipe: TranslationRecipe, direction: str, seed: int, folder: Path) -> dict[str, Any]:
    """Train once by `recipe` in `folder` and score the test set."""
    here = lab.setup(seed, quiet=True)
    data = multi30k(direction)
    began = time.perf_counter()
    prepare_pairs(recipe, data.train, folder)
    prepared = time.perf_counter() - began
    precision = here.precision if recipe.train.precision == "bf16" else recipe.train.precision
    recipe = replace(recipe, train=replace(recipe.train, precision=precision))
    run = translation_run(recipe, folder, seed, here.device).fit()
    translator = NetworkTranslator(
        run.model, run.codec, run.codec, recipe.width, recipe.alpha, batch_size=100
    )
    began = time.perf_counter()
    outputs = translator.translate([source for source, _ in data.test])
    return {
        "direction": direction,
        "bleu": scores(outputs, [target for _, target in data.test]),
        "examples": [
            {"source": s, "reference": r, "output": o}
            for (s, r), o in list(zip(data.test, outputs, strict=True))[:5]
        ],
        "parameters": sum(p.numel() for p in run.model.parameters()),
        "steps": run.trainer.step,
        "epochs": round(run.trainer.batches.epoch(run.trainer.step), 1),
        "seconds": {
            "tokens": round(prepared, 1),
            "training": round(run.trainer.seconds, 1),
            "translating": round(time.perf_counter() - began, 1),
        },
        "seed": seed,
        "device": lab.device_name(here.device),
    }


def main() -> None:
    """Train, print, and keep the figures beside those of the other direction and profile."""
    parser = argparse.ArgumentParser(description="Multi30k by a recipe, both ways")
    parser.add_argument("--direction", choices=["de-en", "en-de"], default="de-en")
    parser.add_argument("--profile", choices=["cpu", "gpu"], default="cpu")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, help="of training, instead of the recipe's")
    parser.add_argument("--steps", type=int, help="of training, instead of the recipe's")
    options = parser.parse_args()
    recipe = TranslationRecipe.preset(f"multi30k-{options.profile}")
    changes = {k: v for k in ("seconds", "steps") if (v := getattr(options, k)) is not None}
    recipe = replace(recipe, train=replace(recipe.train, **changes))
    with tempfile.TemporaryDirectory() as folder:
        found = measure(recipe, options.direction, options.seed, Path(folder))
    for name, score in found["bleu"].items():
        print(f"{name:20} {score['value']:6.2f}  {score['signature']}")
    if options.direction == "de-en":
        print(f"the best-known teaching code prints {TEACHING_CODE} for lower_cased_and_cut")
    print({key: found[key] for key in ("parameters", "steps", "epochs", "seconds", "device")})
    if not changes:
        path = common.RESULTS / "multi30k.json"
        runs = json.loads(path.read_text())["runs"] if path.exists() else {}
        key = f"{options.direction}, {options.profile}"
        runs[key] = {**found, "machine": common.machine()}
        print(common.save("multi30k", {"teaching_code": TEACHING_CODE, "runs": runs}))


if __name__ == "__main__":
    main()
