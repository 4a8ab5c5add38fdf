"""Chapter 11's networks beside each other: sentence length, beams, and where attention looks.

    python benchmarks/seq2seq.py [--record] [--steps N] [--seed 0]

Trains the encoder-decoder LSTMs of the translation board (their recipes stand in
board_translation.py), and stores in results/seq2seq.json: BLEU by length of the source; BLEU of
beams from 1 to 8 with and without length normalisation, on the first BEAMED test sentences; and
alignments of the network with Bahdanau's attention on a few test sentences, for the pictures.
With --record their figures become rows of the scoreboard as well.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import common
import torch
from board_translation import CONTESTANTS, examine, record, trained

from gptlab.evaluation.translation_networks import NetworkTranslator, score_network
from gptlab.text.codecs import BEGIN, END, MARKS
from gptlab.text.corpora import toy_split
from gptlab.text.grammar import Sentence
from gptlab.text.pair_batches import source_tensor

BEAMED = 500
LOOKED_AT = ("inversion", "verb final", "separable verb", "relative clause", "negation")
MOST_WORDS = 12


def beams(translator: NetworkTranslator, sentences: Sequence[Sentence]) -> list[dict[str, Any]]:
    """BLEU and mean length of the output for several beams."""
    found = []
    for width, alpha in ((1, 0.0), (2, 0.6), (4, 0.6), (8, 0.6), (8, 0.0)):
        with_beam = replace(translator, width=width, alpha=alpha)
        scores = score_network(with_beam, sentences)
        words = [len(o) for o in with_beam.translate([s.english for s in sentences])]
        found.append(
            {
                "width": width,
                "alpha": alpha,
                "bleu": round(scores.bleu, 2),
                "accuracy": round(scores.accuracy, 2),
                "words": round(sum(words) / len(words), 3),
            }
        )
    return found


def to_look_at(sentences: Sequence[Sentence]) -> list[Sentence]:
    """A test sentence of 6 to MOST_WORDS words for each phenomenon, and a long one."""
    chosen: list[Sentence] = []
    for name in LOOKED_AT:
        fitting = (
            s for s in sentences
            if name in s.phenomena and 6 <= len(s.english) <= MOST_WORDS and s not in chosen
        )  # fmt: skip
        chosen += [s for s in [next(fitting, None)] if s is not None]
    longest = max((s for s in sentences if len(s.english) <= 20), key=lambda s: len(s.english))
    return [*chosen, longest]


@torch.no_grad()
def alignments(
    translator: NetworkTranslator, sentences: Sequence[Sentence]
) -> list[dict[str, Any]]:
    """What the network writes for each sentence and where it looks while it does, in hundredths."""
    found = []
    for sentence in sentences:
        words = translator(sentence.english)
        source = source_tensor([translator.source.encode(sentence.english)])
        inputs = torch.tensor([[BEGIN, *translator.target.encode(words)]])
        device = next(translator.model.parameters()).device
        weights = translator.model.alignments(source.to(device), inputs.to(device))[0]
        found.append(
            {
                "english": list(sentence.english),
                "german": [*words, MARKS[END]],
                "reference": list(sentence.german),
                "phenomena": sorted(sentence.phenomena),
                "weights": (100 * weights).round().int().tolist(),
            }
        )
    return found


def main() -> None:
    """Train, measure, save, and record if wanted."""
    parser = argparse.ArgumentParser(description="chapter 11's networks beside each other")
    parser.add_argument("--steps", type=int, help="for a trial, instead of each network's own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="write the scoreboard's rows")
    options = parser.parse_args()
    test = toy_split().test
    results: dict[str, Any] = {"networks": {}, "beams": {}}
    for contestant in (c for c in CONTESTANTS if c.chapter == 11):
        if options.steps:
            train = replace(contestant.train, steps=options.steps)
            contestant = replace(contestant, train=train)
        translator, told = trained(contestant, options.seed)
        found, scores = examine(translator, told)
        print(
            f"{contestant.model:34} BLEU {found['bleu']:5.1f}, whole sentences "
            f"{found['accuracy']:.1f} %, {found['seconds']} s, {found['steps']} steps",
            flush=True,
        )
        results["networks"][contestant.model] = found
        results["beams"][contestant.model] = beams(translator, test[:BEAMED])
        if "Bahdanau" in contestant.model:
            results["alignments"] = alignments(translator, to_look_at(test))
        if options.record:
            record(contestant, found, scores)
        path = common.save("seq2seq", results)
    print(path)


if __name__ == "__main__":
    main()
