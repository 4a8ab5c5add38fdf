"""The language models that need no training but counting: where the scoreboard starts.

Uniform: every byte costs log2 256 = 8 bits. Unigram: each byte's share of the training articles,
every count one higher than it is so that none is zero. Kneser-Ney of order 6: see
`gptlab.classic.ngrams`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np

from gptlab.classic.ngrams import NgramModel, byte_ids
from gptlab.errors import LabError
from gptlab.text.corpora import Corpus, wikipedia

# Counting is exact; the band only leaves room for the last printed digits.
BAND = 0.005

Documents = list[np.ndarray]
Scorer = Callable[[Documents], float]


def _uniform(train: Documents) -> tuple[Scorer, int]:
    return lambda held_out: math.log2(256), 0


def _unigram(train: Documents) -> tuple[Scorer, int]:
    return NgramModel.train(train, 1, 256, "add-k", k=1).bits_per_byte, 255


def _kneser_ney(train: Documents) -> tuple[Scorer, int]:
    model = NgramModel.train(train, 6, 256, "kneser-ney")
    return model.bits_per_byte, sum(model.n_ngrams)


BASELINES: dict[str, Callable[[Documents], tuple[Scorer, int]]] = {
    "uniform over bytes": _uniform,
    "unigram over bytes, add-1": _unigram,
    "Kneser-Ney, order 6, bytes": _kneser_ney,
}


def measure(model: str, corpus: Corpus | None = None) -> dict[str, Any]:
    """The scoreboard row of one model of BASELINES, computed now and not recorded.

    `corpus` is `wikipedia()` if left out. Raises LabError for another model.
    """
    import torch

    from gptlab.lab import device_name

    if model not in BASELINES:
        raise LabError(f"{model!r} is not a baseline; choose one of {', '.join(BASELINES)}")
    corpus = wikipedia() if corpus is None else corpus
    train = [byte_ids(document.text) for document in corpus.train]
    held_out = [byte_ids(document.text) for document in corpus.held_out]
    started = time.perf_counter()
    score, parameters = BASELINES[model](train)
    seconds = time.perf_counter() - started
    value = round(score(held_out), 4)
    return {
        "board": "language models",
        "data": corpus.name,
        "metric": "bits per byte",
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
        "command": "python -m gptlab.evaluation.scoreboard",
    }
