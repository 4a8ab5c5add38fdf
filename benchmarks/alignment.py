"""IBM Model 1 on 20,000 pairs of sentences, against nltk's; and which decoder translates best.

    python benchmarks/alignment.py            about five minutes on one core

Seconds are of one core. EM: 10 iterations over the pairs of `toy_split().train`, ours and, on the
first 1,000 pairs, nltk's `IBMModel1` beside ours. Decoder: settings are compared on the last 1,000
training sentences, held back from training and not seen in it (at most 400), by BLEU and exact
matches; the board's row is then measured once on the test sentences.
"""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import Any

from gptlab.classic.alignment import IBMModel1
from gptlab.classic.decoding import DecoderConfig, NoisyChannel
from gptlab.evaluation.translation_baselines import score_toy
from gptlab.text.corpora import toy_split

HELD_BACK, SENTENCES = 1000, 400
VARIED: dict[str, list[Any]] = {
    "language_weight": [0.0, 0.5, 0.7, 1.0, 1.5],
    "window": [1, 2, 3, 5],
    "silent": [0, 10, 20, 40],
    "beam": [1, 5, 10, 20],
    "candidates": [4, 8, 12],
}


def expectation_maximisation(pairs: list[Any]) -> dict[str, Any]:
    started = time.process_time()
    model = IBMModel1.train(pairs, 10)
    return {
        "pairs": len(pairs),
        "iterations": 10,
        "cpu_seconds": round(time.process_time() - started, 2),
        "entries": len(model.table),
        "log_likelihoods": [round(value, 1) for value in model.log_likelihoods],
    }


def against_nltk(pairs: list[Any]) -> dict[str, Any]:
    from nltk.translate import AlignedSent
    from nltk.translate.ibm1 import IBMModel1 as Theirs

    corpus = [AlignedSent(list(target), list(source)) for source, target in pairs]
    started = time.process_time()
    Theirs(corpus, 10)
    theirs = time.process_time() - started
    ours = expectation_maximisation(pairs)["cpu_seconds"]
    return {"pairs": len(pairs), "ours": ours, "nltk": round(theirs, 2)}


def decoders() -> list[dict[str, Any]]:
    train = toy_split().train
    kept = train[: len(train) - HELD_BACK]
    seen = {s.english for s in kept}
    held_back = [s for s in train[len(kept) :] if s.english not in seen][:SENTENCES]
    pairs = [(s.english, s.german) for s in kept]
    found = []

    def measure(model: NoisyChannel, order: int) -> None:
        started = time.process_time()
        scores = score_toy(model.translate, held_back)
        row = {
            "order": order,
            **asdict(model.config),
            "bleu": round(scores.bleu, 2),
            "accuracy": round(scores.accuracy, 2),
            "cpu_seconds_per_1000": round(
                1000 * (time.process_time() - started) / len(held_back), 2
            ),
        }
        print(row, flush=True)
        found.append(row)

    chosen = NoisyChannel.train(pairs)
    measure(chosen, 5)
    for name, values in VARIED.items():
        for value in values:
            if value != getattr(DecoderConfig(), name):
                measure(replace(chosen, config=DecoderConfig(**{name: value})), 5)
    for order in (2, 3, 4, 6):
        measure(NoisyChannel.train(pairs, order), order)
    return found


def main() -> None:
    from common import save, versions

    split = toy_split()
    pairs = [(s.german, s.english) for s in split.train]
    learned = expectation_maximisation(pairs)
    print(f"{learned['pairs']:,} pairs, 10 iterations: {learned['cpu_seconds']} s of one core")
    beside = against_nltk(pairs[:1000])
    print(f"1,000 pairs: ours {beside['ours']} s, nltk {beside['nltk']} s")
    sweep = decoders()
    model = NoisyChannel.train([(s.english, s.german) for s in split.train])
    started = time.process_time()
    scores = score_toy(model.translate, split.test)
    test = {
        "sentences": len(split.test),
        "bleu": round(scores.bleu, 2),
        "chrf": round(scores.chrf, 2),
        "accuracy": round(scores.accuracy, 2),
        "cpu_seconds": round(time.process_time() - started, 2),
    }
    print(test)
    save(
        "alignment",
        {
            "command": "python benchmarks/alignment.py",
            "expectation_maximisation": learned,
            "against_nltk": beside,
            "decoders_on_held_back_training_sentences": sweep,
            "test": test,
            "versions": versions("numpy", "nltk", "sacrebleu"),
        },
    )


if __name__ == "__main__":
    main()
