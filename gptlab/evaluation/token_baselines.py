"""Counting models over byte-pair tokens: chapter 02's best idea, given chapter 08's tokens.

`python -m gptlab.evaluation.token_baselines` computes the row and records it.
"""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from gptlab.classic.ngrams import NgramModel, Smoothing
from gptlab.errors import LabError
from gptlab.evaluation.baselines import BAND
from gptlab.text.corpora import Corpus, wikipedia
from gptlab.text.tokenizers import BPETokenizer

VOCAB_SIZE = 8192  # as many as the GPT of `gptlab train` reads, so that both guess the same tokens
ORDER = 5
SMOOTHING: Smoothing = "modified-kneser-ney"


def measure_tokens(
    corpus: Corpus | None = None, vocab_size: int = VOCAB_SIZE, order: int = ORDER
) -> dict[str, Any]:
    """The scoreboard row of modified Kneser-Ney over BPE tokens, computed now and not recorded.

    The tokenizer is trained on the training articles alone. `seconds` holds its training too.
    Raises LabError for a corpus too small for `vocab_size`.
    """
    import torch

    from gptlab.lab import device_name

    corpus = wikipedia() if corpus is None else corpus
    if not corpus.held_out_bytes:
        raise LabError(f"corpus {corpus.name!r} has no held-out text; give some to measure on")
    started = time.perf_counter()
    tokenizer = BPETokenizer.train([d.text for d in corpus.train], vocab_size)
    train = [tokenizer.encode(document.text) for document in corpus.train]
    model = NgramModel.train(train, order, tokenizer.vocab_size, SMOOTHING)
    seconds = time.perf_counter() - started
    held_out = [tokenizer.encode(document.text) for document in corpus.held_out]
    value = round(model.bits_per_byte(held_out, corpus.held_out_bytes), 4)
    return {
        "board": "language models",
        "data": corpus.name,
        "metric": "bits per byte",
        "chapter": 8,
        "model": f"modified Kneser-Ney, order {order}, {vocab_size:,} BPE tokens",
        "value": value,
        "band": [round(value - BAND, 4), round(value + BAND, 4)],
        "profile": "cpu",
        "device": device_name(torch.device("cpu")),
        "seconds": round(seconds, 2),
        "parameters": sum(model.n_ngrams),
        "seed": None,
        "date": date.today().isoformat(),
        "command": "python -m gptlab.evaluation.token_baselines",
    }


def main() -> None:
    """Compute and record the row."""
    from gptlab.evaluation import scoreboard

    scoreboard.record(row := measure_tokens())
    print(f"{row['model']}: {row['value']} bits per byte")


if __name__ == "__main__":
    main()
