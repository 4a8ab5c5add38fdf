"""The meaning board's rows for GloVe: `python -m gptlab.evaluation.glove_rows`.

The settings are the paper's (Pennington et al. 2014, section 4.2: ten words on either side that
count 1 / distance, 50 epochs, α = 3/4, the sum of both vectors), with two exceptions that were made
before anything was measured: x_max is 10, as in the authors' own demonstration on a small text,
where the paper's 100 is for billions of words; and the learning rate is that of `GloVeConfig`.
"""

from __future__ import annotations

import time
from typing import Any

from gptlab.embeddings.distributional import cooccurrences
from gptlab.embeddings.glove import GloVe, GloVeConfig
from gptlab.evaluation import scoreboard
from gptlab.evaluation.meaning import board_texts, board_vocabulary, meaning_rows, score
from gptlab.evaluation.word2vec_rows import seed_bands

NAME = "GloVe, 100 dimensions"
WINDOW, EPOCHS = 10, 50
SEEDS = (0, 1, 2)


def board_glove(seed: int = 0, epochs: int = EPOCHS, device: str = "cpu") -> GloVe:
    """The board's GloVe over its table of counts, not fitted yet."""
    counts = cooccurrences(board_texts(), board_vocabulary(), WINDOW, "harmonic")
    return GloVe(counts, GloVeConfig(epochs=epochs, seed=seed), device)


def measure_glove() -> list[dict[str, Any]]:
    """Three rows, fitted now with seed 0; the bands hold what the other seeds give, and room."""
    words = board_vocabulary().words  # reading the articles is not part of the training time
    scores, seconds, parameters = [], [], 0
    for seed in SEEDS:
        started = time.perf_counter()
        model = board_glove(seed)
        model.fit()
        seconds.append(time.perf_counter() - started)
        scores.append(score(model.vectors(words)))
        parameters = sum(each.numel() for each in model.parameters)
    return meaning_rows(
        scores[0],
        NAME,
        chapter=7,
        seconds=seconds[0],
        parameters=parameters,
        command="python -m gptlab.evaluation.glove_rows",
        seed=SEEDS[0],
        bands=seed_bands(scores),
    )


def main() -> None:
    """Fit three times, some minutes each on a CPU, and record the rows."""
    for row in measure_glove():
        scoreboard.record(row)
        print(f"{row['model']:28} {row['data']:28} {row['value']:.3f}  {row['note']}")


if __name__ == "__main__":
    main()
