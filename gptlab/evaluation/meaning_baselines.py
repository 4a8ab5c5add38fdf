"""Word vectors that need no training but counting: where the meaning board starts.

All three look at the same windows. SMOOTHING and EIGENVALUE_POWER are what Levy, Goldberg and Dagan
2015 recommend; window and dimensions are common choices. Others score higher here (50 dimensions
give 0.42 on WordSim-353) and were not taken: nothing is tuned on the board's questions.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from gptlab.embeddings.distributional import cooccurrences, ppmi, svd_vectors
from gptlab.embeddings.vectors import WordVectors
from gptlab.errors import LabError
from gptlab.evaluation.meaning import board_texts, board_vocabulary, meaning_rows, score

WINDOW, WEIGHTING = 5, "linear"
SMOOTHING = 0.75
DIMENSIONS, EIGENVALUE_POWER = 100, 0.5


def board_counts() -> WordVectors:
    """Rows of the co-occurrence table itself, 7,704 numbers a word, most of them zero."""
    words = board_vocabulary()
    return WordVectors(words.words, cooccurrences(board_texts(), words, WINDOW, WEIGHTING))


def board_ppmi() -> WordVectors:
    """The same rows, each count replaced by its PPMI."""
    counts = board_counts()
    return WordVectors(counts.words, ppmi(counts.matrix, SMOOTHING))


def board_svd() -> WordVectors:
    """The PPMI rows in 100 dimensions."""
    weights = board_ppmi()
    return svd_vectors(weights.words, weights.matrix, DIMENSIONS, EIGENVALUE_POWER)


MEANING_BASELINES: dict[str, Callable[[], WordVectors]] = {
    "raw counts": board_counts,
    "PPMI": board_ppmi,
    "PPMI + SVD, 100 dimensions": board_svd,
}


def measure_meaning(model: str) -> list[dict[str, Any]]:
    """The three rows of one model of MEANING_BASELINES, computed now and not recorded.

    Raises LabError for another model.
    """
    if model not in MEANING_BASELINES:
        raise LabError(f"{model!r} is not a baseline; choose one of {', '.join(MEANING_BASELINES)}")
    board_vocabulary()  # reading the articles is not part of the training time
    started = time.perf_counter()
    vectors = MEANING_BASELINES[model]()
    seconds = time.perf_counter() - started
    matrix = vectors.matrix
    return meaning_rows(
        score(vectors),
        model,
        chapter=5,
        seconds=seconds,
        # What is not zero has to be kept.
        parameters=int(matrix.nnz) if hasattr(matrix, "nnz") else matrix.size,
        command="python -m gptlab.evaluation.scoreboard",
    )
