"""Do vectors agree with people? Word pairs with human judgements, and analogy questions.

All three sets lie inside the gensim package, so nothing is downloaded:

    wordsim353   353 pairs, "how related are they?" (Finkelstein et al. 2002)
    simlex999    999 pairs, "how similar are they?", relatedness not counted (Hill et al. 2015)
    questions    19,544 analogies in 14 sections (Mikolov et al. 2013)

A small corpus knows only some of the words. Every result says how many of the questions it could
be asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from gptlab.embeddings.vectors import DIGITS, WordVectors, analogy_scores
from gptlab.errors import LabError

FILES = {"wordsim353": "wordsim353.tsv", "simlex999": "simlex999.txt"}
QUESTIONS = "questions-words.txt"
AT_ONCE = 256  # analogies that are scored in one go: 256 × vocab numbers in memory


@dataclass(frozen=True)
class WordPair:
    """Two words and how near they are by human judgement, from 0 to 10."""

    first: str
    second: str
    judged: float


@dataclass(frozen=True)
class AnalogyQuestion:
    """`a` is to `b` as `c` is to `answer`, in one of the sections of the question file."""

    section: str
    a: str
    b: str
    c: str
    answer: str


@dataclass(frozen=True)
class PairScore:
    """Agreement with human judgements, and how many of the pairs the vectors could be asked."""

    spearman: float
    covered: int
    total: int

    def __str__(self) -> str:
        return f"Spearman ρ {self.spearman:.3f} on {self.covered} of {self.total} pairs"


@dataclass(frozen=True)
class AnalogyScore:
    """Right answers by section: `sections[name]` is (right, asked, in the file)."""

    sections: dict[str, tuple[int, int, int]]

    @property
    def right(self) -> int:
        """Questions whose best answer was the expected one."""
        return sum(right for right, _, _ in self.sections.values())

    @property
    def covered(self) -> int:
        """Questions all four of whose words have a vector."""
        return sum(asked for _, asked, _ in self.sections.values())

    @property
    def total(self) -> int:
        """Questions in the file."""
        return sum(there for _, _, there in self.sections.values())

    @property
    def accuracy(self) -> float:
        """Right answers as a share of the questions asked."""
        return self.right / self.covered

    def __str__(self) -> str:
        return (
            f"accuracy {self.accuracy:.3f}: {self.right} right of {self.covered} asked, "
            f"{self.total} in the file"
        )


@cache
def word_pairs(name: str) -> tuple[WordPair, ...]:
    """The pairs of "wordsim353" or "simlex999", in lower case, in the file's order.

    Raises LabError for another name.
    """
    if name not in FILES:
        raise LabError(f"no word pairs are called {name!r}; choose one of {', '.join(FILES)}")
    rows = [line.split("\t") for line in _lines(FILES[name]) if not line.startswith("#")]
    return tuple(WordPair(a.lower(), b.lower(), float(score)) for a, b, score in rows)


@cache
def analogy_questions() -> tuple[AnalogyQuestion, ...]:
    """The 19,544 questions of questions-words, in lower case, in the file's order."""
    found, section = [], ""
    for line in _lines(QUESTIONS):
        if line.startswith(":"):
            section = line[1:].strip()
        else:
            a, b, c, answer = line.lower().split()
            found.append(AnalogyQuestion(section, a, b, c, answer))
    return tuple(found)


def _lines(name: str) -> list[str]:
    from gensim.test.utils import datapath

    path = Path(datapath(name))
    if not path.is_file():
        raise LabError(
            f"the file {path} is not there; gensim carries it: pip install --force-reinstall gensim"
        )
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def ranks(values: Sequence[float] | np.ndarray) -> Float[np.ndarray, "n"]:
    """The rank of each value, 1 for the smallest; equal values share the mean of their ranks.

    >>> ranks([10, 30, 20, 20]).tolist()
    [1.0, 4.0, 2.5, 2.5]
    """
    _, place, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = counts.cumsum()
    return ((last - counts + 1 + last) / 2)[place]


def spearman(first: Sequence[float] | np.ndarray, second: Sequence[float] | np.ndarray) -> float:
    """Spearman's ρ: the correlation of the ranks, from -1 to 1; ties get their mean rank.

    Raises LabError for lists of different length, fewer than two values, numbers that are not
    finite, and a list whose values are all equal: it ranks nothing.
    """
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1 or len(x) < 2:
        raise LabError(
            f"Spearman's ρ compares two lists of the same length, 2 or more; these have shapes "
            f"{x.shape} and {y.shape}"
        )
    for values in (x, y):
        if not np.isfinite(values).all():
            raise LabError("Spearman's ρ needs finite numbers; one list holds NaN or infinity")
        if (values == values[0]).all():
            raise LabError(
                f"all {len(values)} values are {values[0]:g}: they put nothing in order, so "
                "Spearman's ρ is not defined"
            )
    return float(np.corrcoef(ranks(x), ranks(y))[0, 1])


def evaluate_pairs(
    vectors: WordVectors, pairs: str | Iterable[WordPair] = "wordsim353"
) -> PairScore:
    """Spearman's ρ between the cosines of word pairs and the human judgements.

    `pairs`: "wordsim353", "simlex999", or pairs of your own. A pair is asked if both words have a
    vector that is not all zeros. Raises LabError if fewer than two pairs can be asked.
    """
    asked = word_pairs(pairs) if isinstance(pairs, str) else tuple(pairs)
    rows = np.stack([vectors.ids(p.first for p in asked), vectors.ids(p.second for p in asked)])
    known = _known(vectors, rows)
    if known.sum() < 2:
        raise LabError(
            f"{known.sum()} of {len(asked)} pairs have vectors for both words; two is the least "
            "that can be ranked: train on more text, or with a lower min_count"
        )
    first, second = (vectors.unit[side] for side in rows[:, known])
    products = first * second if isinstance(first, np.ndarray) else first.multiply(second)
    cosines = np.asarray(products.sum(axis=1)).ravel().round(DIGITS)
    judged = np.array([pair.judged for pair in asked])[known]
    return PairScore(spearman(cosines, judged), int(known.sum()), len(asked))


def evaluate_analogies(
    vectors: WordVectors,
    questions: Iterable[AnalogyQuestion] | None = None,
    method: str = "add",
) -> AnalogyScore:
    """How many analogies come out: 3CosAdd ("add") or 3CosMul ("mul"), over all the vocabulary.

    The words of the question cannot be its answer. A question is asked if all four words have a
    vector that is not all zeros. `questions`: those of `analogy_questions` if left out. Raises
    LabError if none can be asked, and for another method.
    """
    asked = analogy_questions() if questions is None else tuple(questions)
    rows = np.stack([vectors.ids(getattr(q, part) for q in asked) for part in _PARTS])
    known = _known(vectors, rows)
    if not known.any():
        raise LabError(
            f"none of {len(asked)} analogies has a vector for all four words: train on more text, "
            "or with a lower min_count"
        )
    right = _answers(vectors, rows[:3, known], method) == rows[3, known]
    sections: dict[str, tuple[int, int, int]] = {}
    results = iter(right)
    for question, could in zip(asked, known, strict=True):
        hit = int(could and next(results))
        so_far = sections.get(question.section, (0, 0, 0))
        sections[question.section] = (so_far[0] + hit, so_far[1] + int(could), so_far[2] + 1)
    return AnalogyScore(sections)


def neighbour_purity(vectors: WordVectors, classes: Mapping[str, str], n: int = 5) -> float:
    """How often neighbours are of the word's own class: their share of the `n` nearest, averaged.

    Over all words of `classes`, which says what is right: the toy language knows its classes. A
    word without a vector, or with one of zeros, has no neighbours and counts 0. A neighbour outside
    `classes` is wrong. Raises LabError for empty classes and n below 1.
    """
    if not classes or n < 1:
        raise LabError(f"{len(classes)} words with a class and n = {n}; give one or more of each")
    shares = [
        sum(classes.get(other) == kind for other, _ in vectors.neighbours(word, n)) / n
        for word, kind in classes.items()
        if word in vectors and vectors.lengths[vectors.id(word)] > 0
    ]
    return sum(shares) / len(classes)


_PARTS = ("a", "b", "c", "answer")


def _known(vectors: WordVectors, rows: Int[np.ndarray, "parts n"]) -> np.ndarray:
    return ((rows >= 0) & (vectors.lengths[rows] > 0)).all(axis=0)


def _answers(
    vectors: WordVectors, rows: Int[np.ndarray, "3 n"], method: str
) -> Int[np.ndarray, "n"]:
    """The row of the best answer to each question: a few hundred words occur in thousands."""
    words, place = np.unique(rows, return_inverse=True)
    cosines = vectors.cosines(words)
    nothing_known = vectors.lengths == 0
    found = []
    for start in range(0, rows.shape[1], AT_ONCE):
        part = slice(start, start + AT_ONCE)
        a, b, c = place.reshape(rows.shape)[:, part]
        scores = analogy_scores(cosines[a], cosines[b], cosines[c], method).round(DIGITS)
        scores[:, nothing_known] = -np.inf
        scores[np.arange(len(a)), rows[:, part]] = -np.inf  # (3, n): the question itself
        found.append(scores.argmax(axis=1))
    return np.concatenate(found)
