"""The meaning board's rows for CBOW and skip-gram: `python -m gptlab.evaluation.word2vec_rows`.

The settings are word2vec's own defaults, chosen before anything was measured here, with one
exception: a text of 374,000 words has to be read more often than one of a billion. Skip-gram reads
it 20 times, and CBOW, which learns less from each reading and reads faster, 50 times.
"""

from __future__ import annotations

from typing import Any

from gptlab.embeddings.word2vec import Word2Vec, Word2VecConfig
from gptlab.errors import LabError
from gptlab.evaluation import scoreboard
from gptlab.evaluation.meaning import (
    QUESTIONS,
    SIMLEX,
    WORDSIM,
    MeaningScore,
    board_texts,
    board_vocabulary,
    meaning_rows,
    score,
)

EPOCHS = {"skip-gram": 20, "cbow": 50}
NAMES = {"skip-gram": "skip-gram, 100 dimensions", "cbow": "CBOW, 100 dimensions"}
SEEDS = (0, 1, 2)
ROOM = 0.02  # what another machine's arithmetic may add to the spread of the seeds


def board_word2vec(architecture: str, seed: int = 0, device: str = "cpu") -> Word2Vec:
    """The board's CBOW or skip-gram, not trained yet. Raises LabError for another architecture."""
    if architecture not in EPOCHS:
        raise LabError(f"{architecture!r} is unknown; choose one of {', '.join(EPOCHS)}")
    config = Word2VecConfig(architecture, epochs=EPOCHS[architecture], seed=seed)
    return Word2Vec(board_texts(), config, board_vocabulary(), device=device)


def measure_word2vec(architecture: str) -> list[dict[str, Any]]:
    """Three rows, trained now with seed 0; the bands hold what the other seeds give, and ROOM."""
    board_vocabulary()  # reading the articles is not part of the training time
    models = [board_word2vec(architecture, seed).train() for seed in SEEDS]
    scores = [score(model.vectors()) for model in models]
    return meaning_rows(
        scores[0],
        NAMES[architecture],
        chapter=6,
        seconds=models[0].seconds,
        parameters=models[0].inputs.numel() + models[0].outputs.numel(),
        command="python -m gptlab.evaluation.word2vec_rows",
        seed=SEEDS[0],
        bands=seed_bands(scores),
    )


def seed_bands(scores: list[MeaningScore]) -> dict[str, tuple[float, float]]:
    """From the lowest to the highest of some runs, ROOM wider on both sides; no share below 0."""
    found = {
        WORDSIM: [s.wordsim.spearman for s in scores],
        SIMLEX: [s.simlex.spearman for s in scores],
        QUESTIONS: [s.analogies.accuracy for s in scores],
    }
    bands = {data: (min(values) - ROOM, max(values) + ROOM) for data, values in found.items()}
    return bands | {QUESTIONS: (max(0.0, bands[QUESTIONS][0]), bands[QUESTIONS][1])}


def main() -> None:
    """Train both with three seeds each, about a minute, and record their rows."""
    for architecture in EPOCHS:
        for row in measure_word2vec(architecture):
            scoreboard.record(row)
            print(f"{row['model']:28} {row['data']:28} {row['value']:.3f}  {row['note']}")


if __name__ == "__main__":
    main()
