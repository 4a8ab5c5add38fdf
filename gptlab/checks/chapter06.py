"""Checks for chapter 06, Word2vec; the longer ones have files of their own."""

from __future__ import annotations

from gptlab.checks import choice
from gptlab.checks.chapter06_building import NOISE, PAIRS
from gptlab.checks.chapter06_cbow import CBOW
from gptlab.checks.chapter06_measuring import BAN, SETTINGS

READING = choice(
    "6.1",
    "the first loss",
    right="B",
    why="Outputs of zero make every score 0 and every σ one half: one true pair and ten noise "
    "words cost ln 2 each.",
    wrong={
        "A": "ln V is the first loss of the full softmax, which gives each of V words 1/V. Here "
        "each pair is a row of yes-or-no questions.",
        "C": "That is the noise alone; the true pair is a question, too.",
        "D": "A model that knows nothing says one half to everything, and one half is not free.",
    },
)

EXERCISES = (READING, PAIRS, NOISE, CBOW, BAN, SETTINGS)
