"""The language models that need no training but counting: where the scoreboard starts.

On Wikipedia, in bits per byte: uniform (every byte costs log2 256 = 8 bits), the share of each
byte, add-k, Kneser-Ney, modified Kneser-Ney, and words instead of bytes. On the toy language, in
bits per word: the same ladder, down to the grammar itself. See `gptlab.classic.ngrams`,
`gptlab.classic.word_ngrams` and `gptlab.evaluation.toy_language`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from gptlab.classic.ngrams import NgramModel, Smoothing, byte_ids
from gptlab.classic.word_ngrams import WordNgramModel
from gptlab.errors import LabError
from gptlab.evaluation import toy_language
from gptlab.evaluation.toy_language import ToyTask, toy_task
from gptlab.text.corpora import Corpus, wikipedia

# Counting is exact; the band only leaves room for the last printed digits.
BAND = 0.005
COMMAND = "python -m gptlab.evaluation.scoreboard"
FLOOR = "the grammar itself: no model can beat it"

# What training on a corpus gives: a way to measure, and how many numbers were fitted
Fitted = tuple[Callable[[], float], int]


def _uniform(corpus: Corpus) -> Fitted:
    return lambda: math.log2(256), 0


def _over_bytes(corpus: Corpus, order: int, smoothing: Smoothing, k: float = 1.0) -> Fitted:
    model = NgramModel.train([byte_ids(d.text) for d in corpus.train], order, 256, smoothing, k)
    size = sum(model.n_ngrams) if order > 1 else 255
    return lambda: model.bits_per_byte([byte_ids(d.text) for d in corpus.held_out]), size


def _over_words(corpus: Corpus) -> Fitted:
    model = WordNgramModel.train([d.text for d in corpus.train], order=5)
    return lambda: model.bits_per_byte([d.text for d in corpus.held_out]), model.n_ngrams


BASELINES: dict[str, Callable[[Corpus], Fitted]] = {
    "uniform over bytes": _uniform,
    "unigram over bytes, add-1": partial(_over_bytes, order=1, smoothing="add-k"),
    "add-k, order 5, bytes": partial(_over_bytes, order=5, smoothing="add-k", k=0.01),
    "Kneser-Ney, order 6, bytes": partial(_over_bytes, order=6, smoothing="kneser-ney"),
    "modified Kneser-Ney, order 12, bytes": partial(
        _over_bytes, order=12, smoothing="modified-kneser-ney"
    ),
    "modified Kneser-Ney, order 5, words": _over_words,
}
NOTES = {
    "add-k, order 5, bytes": "k = 0.01, the best on the held-out articles",
    "modified Kneser-Ney, order 5, words": "unknown words are spelled, byte by byte",
    FLOOR: "what the test sentences cost a model that knows the rules they are drawn by",
}


def _toy(task: ToyTask, order: int, smoothing: Smoothing, k: float = 1.0) -> Fitted:
    model = NgramModel.train(task.train, order, task.begin, smoothing, k)
    size = sum(model.n_ngrams) if order > 1 else task.begin - 1
    return lambda: task.bits_per_word([model.log2_probabilities(s) for s in task.test]), size


def _floor(task: ToyTask) -> Fitted:
    return lambda: task.floor, 0


TOY_BASELINES: dict[str, Callable[[ToyTask], Fitted]] = {
    "unigram, add-1": partial(_toy, order=1, smoothing="add-k"),
    "add-k, order 2": partial(_toy, order=2, smoothing="add-k", k=0.03),
    "Kneser-Ney, order 2": partial(_toy, order=2, smoothing="kneser-ney"),
    "Kneser-Ney, order 3": partial(_toy, order=3, smoothing="kneser-ney"),
    "Kneser-Ney, order 5": partial(_toy, order=5, smoothing="kneser-ney"),
    FLOOR: _floor,
}


def measure(model: str, corpus: Corpus | None = None) -> dict[str, Any]:
    """The scoreboard row of one model of BASELINES or TOY_BASELINES, computed now, not recorded.

    `corpus` is for BASELINES, and is `wikipedia()` if left out. Raises LabError for another model.
    """
    if model in TOY_BASELINES:
        if corpus is not None:
            raise LabError(f"{model!r} is measured on the toy language; leave the corpus out")
        return _row(model, toy_language.DATA, toy_language.METRIC, TOY_BASELINES[model], toy_task())
    if model not in BASELINES:
        known = ", ".join([*BASELINES, *TOY_BASELINES])
        raise LabError(f"{model!r} is not a baseline; choose one of {known}")
    corpus = wikipedia() if corpus is None else corpus
    return _row(model, corpus.name, "bits per byte", BASELINES[model], corpus)


def _row(
    model: str, data: str, metric: str, train: Callable[[Any], Fitted], source: Corpus | ToyTask
) -> dict[str, Any]:
    import torch

    from gptlab.lab import device_name

    started = time.perf_counter()
    score, parameters = train(source)
    seconds = time.perf_counter() - started
    value = round(score(), 4)
    row = {
        "board": "language models",
        "data": data,
        "metric": metric,
        "chapter": 2,
        "model": model,
        "value": value,
        "band": [round(value - BAND, 4), round(value + BAND, 4)],
        "profile": "cpu",
        "device": device_name(torch.device("cpu")),
        "seconds": round(seconds, 2),
        "parameters": parameters,
        "seed": None,
        "date": date.today().isoformat(),
        "command": COMMAND,
    }
    return row | ({"note": NOTES[model]} if model in NOTES else {})
