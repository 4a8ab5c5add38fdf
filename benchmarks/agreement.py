"""Does the verb agree with its subject? The toy board's networks, asked by distance.

    python benchmarks/agreement.py [--seed 0]        about a minute

Each network of `board_neural.py` and `board_gpt_toy.py` on the toy language is trained as there,
and then asked at the verbs of the test sentences which form is likelier. The figures are chapter
12's: share of right forms by how many words back the subject's noun stands.
"""

from __future__ import annotations

import argparse
from typing import Any

import board_gpt_toy
import board_neural
import common

from gptlab import lab
from gptlab.evaluation.agreement import agreement_by_distance, agreement_cases
from gptlab.evaluation.toy_language import toy_task
from gptlab.evaluation.toy_networks import likelier_forms, toy_bits_per_word
from gptlab.text.corpora import toy_split
from gptlab.text.sentence_batches import SentenceBatches
from gptlab.training.trainer import Trainer

CONTESTANTS = tuple(
    contestant
    for contestant in (*board_neural.CONTESTANTS, *board_gpt_toy.CONTESTANTS)
    if contestant.data == "toy_english"
)


def ask(contestant: board_neural.Contestant, seed: int) -> dict[str, Any]:
    """Train once; bits per word, and for each distance the share of right forms and the cases."""
    here, task = lab.setup(seed, quiet=True), toy_task()
    model = contestant.build(len(task.vocabulary)).to(here.device)
    batches = SentenceBatches(task.train, contestant.batch_size, task.begin, seed)
    Trainer(model, batches, contestant.train, device=here.device).fit()
    cases = agreement_cases(toy_split().test)
    found = agreement_by_distance(cases, lambda some: likelier_forms(model, task, some))
    return {
        "model": contestant.model,
        "steps": contestant.train.steps,
        "bits_per_word": round(toy_bits_per_word(model, task), 3),
        "right": {distance: [round(share, 4), n] for distance, (share, n) in found.items()},
    }


def main() -> None:
    """Train and ask each, print, save."""
    parser = argparse.ArgumentParser(description="agreement of subject and verb, by distance")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rows = []
    for contestant in CONTESTANTS:
        row = ask(contestant, options.seed)
        rows.append(row)
        told = ", ".join(f"{d}: {share:.0%}" for d, (share, _) in row["right"].items())
        print(f"{row['model']:26} {row['bits_per_word']:.3f} bits per word; {told}", flush=True)
    data = {"command": "python benchmarks/agreement.py", "seed": options.seed, "rows": rows}
    print(common.save("agreement", data))


if __name__ == "__main__":
    main()
