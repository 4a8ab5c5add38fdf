"""Checks for chapter 04, Translating by counting; the longer ones have files of their own."""

from __future__ import annotations

from gptlab.checks import Mistake, choice, number
from gptlab.checks.chapter04_bleu import PRECISION
from gptlab.checks.chapter04_em import ROUND
from gptlab.checks.chapter04_measured import BETTER_RULES, HOW_MUCH_TEXT
from gptlab.classic.alignment import IBMModel1

DOG_AND_KING = [(["der", "Hund"], ["the", "dog"]), (["der", "König"], ["the", "king"])]


def _the(source: str, rounds: int, null: bool = False) -> float:
    return IBMModel1.train(DOG_AND_KING, rounds, null=null).probability("the", source)


BY_HAND = number(
    "4.1",
    "two rounds by hand",
    right=_the("der", 2),
    tolerance=0.01,
    hint="Round 1: every share is 1/2. That gives der the counts the 1, dog 1/2, king 1/2. For "
    "round 2 divide them by their sum, share each English word out anew, and add up.",
    praise="0.6, and it goes on to 1: every round der gives up a little more of dog and king.",
    mistakes=[
        Mistake(
            "that is after one round",
            _the("der", 1),
            "1/2 is the table after the first M step. Share out once more with it: dog goes to der "
            "with 1/4 against 1/2.",
        ),
        Mistake(
            "one round too many",
            _the("der", 3),
            "That is the table after three M steps. Stop after the second.",
        ),
        Mistake(
            "a count, not a probability",
            1.0,
            "der collects one count for the, from two pairs. Divide by all that der collects.",
        ),
        Mistake(
            "the other word's",
            _the("Hund", 2),
            "That is t(the | Hund). Asked is for t(the | der).",
        ),
        Mistake(
            "with the NULL word",
            _the("der", 2, null=True),
            "You let NULL take part. Here each English word comes from one of the two German ones.",
        ),
        Mistake(
            "all of dog went to Hund",
            1.0 / (1.0 + 0.0 + 0.5),
            "You gave the winner everything in one pair and shared in the other. Shares are in "
            "proportion to the table: dog gives 1/3 to der, king as well.",
        ),
    ],
)

NO_ORDER = choice(
    "4.2",
    "who bites whom",
    right="C",
    why="The formula multiplies sums over all German words, and a sum does not care about the "
    "order of its terms. Only the language model can prefer one of the two.",
    wrong={
        "A": "Equal places would speak for it, if Model 1 knew places. Look for i or j in "
        "t(e | g): there is none.",
        "B": "The channel says how likely the English is, given the German; that dogs bite men "
        "more often than the other way round is the language model's knowledge.",
        "D": "Zero comes only where an English word has no German word at all that it could come "
        "from. Every word here has one.",
    },
)

EXERCISES = (BY_HAND, NO_ORDER, ROUND, PRECISION, HOW_MUCH_TEXT, BETTER_RULES)
