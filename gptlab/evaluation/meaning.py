"""The meaning board: what word vectors know, asked the same questions for every model.

Data: the training articles of `wikipedia()`, 374,000 words; of the articles that are held out no
vector sees a word. Vocabulary: the 7,704 words that stand there at least MIN_COUNT times, for every
model, so that every row is asked the same pairs. Three sets of questions, each a piece of data with
a name of its own on the board:

    data                          metric
    wikipedia, WordSim-353        Spearman ρ         353 pairs, related or not?
    wikipedia, SimLex-999         Spearman ρ         999 pairs, alike or not?
    wikipedia, questions-words    analogy accuracy   19,544 questions, 3CosAdd

So small a text covers about half of the pairs and a seventh of the analogies; the note of a row
says how many. The rows of one chapter:

    vectors = …  # trained on board_texts() with board_vocabulary()
    for row in meaning_rows(score(vectors), "skip-gram", chapter=6, seconds=…, parameters=…, …):
        scoreboard.record(row)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from gptlab.embeddings.similarity import (
    AnalogyScore,
    PairScore,
    evaluate_analogies,
    evaluate_pairs,
)
from gptlab.embeddings.vectors import WordVectors
from gptlab.errors import LabError
from gptlab.text.corpora import wikipedia
from gptlab.text.words import Vocabulary, word_paragraphs

MIN_COUNT = 5
WORDSIM, SIMLEX, QUESTIONS = (
    "wikipedia, WordSim-353",
    "wikipedia, SimLex-999",
    "wikipedia, questions-words",
)
"""The board's three kinds of data."""


@cache
def board_texts() -> tuple[list[str], ...]:
    """The paragraphs that every model of the board counts or trains on, as lists of words."""
    return tuple(word_paragraphs(wikipedia().train))


@cache
def board_vocabulary() -> Vocabulary:
    """The words that every model of the board gives a vector to."""
    return Vocabulary.build(board_texts(), MIN_COUNT)


@dataclass(frozen=True)
class MeaningScore:
    """What one model's vectors answered, with how much of each set could be asked."""

    wordsim: PairScore
    simlex: PairScore
    analogies: AnalogyScore

    def __str__(self) -> str:
        return (
            f"WordSim-353      {self.wordsim}\nSimLex-999       {self.simlex}\n"
            f"questions-words  {self.analogies}"
        )


def score(vectors: WordVectors, vocabulary: Vocabulary | None = None) -> MeaningScore:
    """The three measurements of the board, over the words of `board_vocabulary` and no others.

    Pairs by cosine, analogies by 3CosAdd. `vocabulary` takes the place of the board's, for tests
    and for corpora of your own; then the numbers do not belong on the board. Raises LabError if one
    of these words has no vector: a model that answers fewer questions cannot be compared.
    """
    words = (board_vocabulary() if vocabulary is None else vocabulary).words
    missing = [word for word in words if word not in vectors]
    if missing:
        raise LabError(
            f"{len(missing)} of the {len(words)} words that the board asks for have no vector, "
            f"such as {', '.join(missing[:3])}; train on meaning.board_texts() with "
            "meaning.board_vocabulary()"
        )
    asked = vectors.restricted(words)
    return MeaningScore(
        evaluate_pairs(asked, "wordsim353"),
        evaluate_pairs(asked, "simlex999"),
        evaluate_analogies(asked),
    )


def meaning_rows(
    found: MeaningScore,
    model: str,
    *,
    chapter: int,
    seconds: float,
    parameters: int,
    command: str,
    seed: int | None = None,
    bands: Mapping[str, tuple[float, float]] | float = 0.005,
    profile: str = "cpu",
    device: str | None = None,
) -> list[dict[str, Any]]:
    """The three scoreboard rows of one model, not recorded yet.

    `bands`: how far another machine or seed may land from the value, or [low, high] for each of
    WORDSIM, SIMLEX and QUESTIONS. `device` is this machine's processor if left out.
    """
    if device is None:
        import torch

        from gptlab.lab import device_name

        device = device_name(torch.device("cpu"))
    values: dict[str, tuple[str, float, PairScore | AnalogyScore, str]] = {
        WORDSIM: ("Spearman ρ", found.wordsim.spearman, found.wordsim, "pairs"),
        SIMLEX: ("Spearman ρ", found.simlex.spearman, found.simlex, "pairs"),
        QUESTIONS: ("analogy accuracy", found.analogies.accuracy, found.analogies, "questions"),
    }
    rows = []
    for data, (metric, exact, part, kind) in values.items():
        value = round(exact, 4)
        near = isinstance(bands, float | int)
        low, high = (value - bands, value + bands) if near else bands[data]  # type: ignore[operator,index]
        rows.append(
            {
                "board": "word meaning",
                "data": data,
                "metric": metric,
                "chapter": chapter,
                "model": model,
                "value": value,
                "band": [round(low, 4), round(high, 4)],
                "profile": profile,
                "device": device,
                "seconds": round(seconds, 2),
                "parameters": parameters,
                "seed": seed,
                "date": date.today().isoformat(),
                "command": command,
                "note": f"{part.covered} of {part.total} {kind} in the vocabulary",
            }
        )
    return rows
