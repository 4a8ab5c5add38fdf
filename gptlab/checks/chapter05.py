"""Checks for chapter 05, The company a word keeps; the longer ones have files of their own."""

from __future__ import annotations

from functools import cache

from gptlab.checks import Mistake, choice, number
from gptlab.checks.chapter05_bank import BANK
from gptlab.checks.chapter05_counting import COMPANY
from gptlab.checks.chapter05_neighbours import NEAREST
from gptlab.checks.chapter05_ppmi import SMOOTHED

READING = choice(
    "5.1",
    "what a PMI says",
    right="C",
    why="e to the 2.08 is 8: the logarithm of a ratio to chance.",
    wrong={
        "A": "A count of 8 may be much or little; PMI compares it with what chance would bring.",
        "B": "The logarithm has been forgotten: the ratio to chance is e to the PMI, not the PMI.",
        "D": "That is a share of the company of one word, P(c given w). PMI divides it by P(c): "
        "how common the other word is anyway.",
    },
)


@cache
def coverage_scores() -> dict[str, float]:
    """WordSim-353 by PPMI vectors of two vocabularies: A counts words seen 5 times, B 20 times."""
    from scipy.stats import pearsonr

    from gptlab.embeddings.distributional import cooccurrences, ppmi
    from gptlab.embeddings.similarity import evaluate_pairs, word_pairs
    from gptlab.embeddings.vectors import WordVectors
    from gptlab.evaluation.meaning import board_texts
    from gptlab.text.words import Vocabulary

    models = {}
    for name, min_count in (("A", 5), ("B", 20)):
        words = Vocabulary.build(board_texts(), min_count)
        counts = cooccurrences(board_texts(), words, window=5, weighting="linear")
        models[name] = WordVectors(words.words, ppmi(counts, smoothing=0.75))
    a, b = models["A"], models["B"]
    shared = [p for p in word_pairs("wordsim353") if p.first in b and p.second in b]
    cosines = [a.similarity(p.first, p.second) for p in shared]
    return {
        "A on its own pairs": evaluate_pairs(a).spearman,
        "B on its own pairs": evaluate_pairs(b).spearman,
        "A on B's pairs": evaluate_pairs(a, shared).spearman,
        "Pearson": float(pearsonr(cosines, [p.judged for p in shared]).statistic),
        "share": len(shared) / 353,
        "SimLex": evaluate_pairs(
            a, [p for p in word_pairs("simlex999") if p.first in b and p.second in b]
        ).spearman,
    }


def _scored(name: str, factor: float = 1.0):
    return lambda: factor * coverage_scores()[name]


COVERAGE = number(
    "5.5",
    "the same questions for both",
    right=_scored("A on B's pairs"),
    tolerance=0.003,
    hint="Take the pairs both of whose words B has; ask A these pairs and no others: "
    "evaluate_pairs(vectors, pairs) takes a list of pairs.",
    praise="On the same pairs A is not behind at all. B had answered the easier questions.",
    mistakes=[
        Mistake(
            "A on all its own pairs",
            _scored("A on its own pairs"),
            "That is A on every pair that A knows. B was asked fewer; leave the others out for A, "
            "too.",
        ),
        Mistake(
            "that is B's score",
            _scored("B on its own pairs"),
            "You asked B's vectors. Ask A's vectors the pairs that B knows.",
        ),
        Mistake(
            "a correlation of values, not of ranks",
            _scored("Pearson"),
            "That is Pearson's correlation. Spearman's compares the order: rank both lists first.",
        ),
        Mistake(
            "a share of pairs, not a correlation",
            _scored("share"),
            "That is B's coverage. It says how many pairs were asked, not how well they went.",
        ),
        Mistake(
            "the wrong set of pairs",
            _scored("SimLex"),
            "That is SimLex-999. This exercise asks for WordSim-353.",
        ),
        Mistake(
            "in percent",
            _scored("A on B's pairs", 100.0),
            "Spearman's ρ lies between −1 and 1; leave it as it is.",
        ),
    ],
)

EXERCISES = (READING, COMPANY, SMOOTHED, NEAREST, COVERAGE, BANK)
