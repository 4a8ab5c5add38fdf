"""Checks for chapter 02, Guessing the next word; the longer ones have files of their own."""

from __future__ import annotations

import math
from collections import Counter

from gptlab.checks import Mistake, call, function, number
from gptlab.checks.chapter02_counting import ADD_K, NEXT_LETTER
from gptlab.checks.chapter02_kneser_ney import KNESER_NEY
from gptlab.checks.chapter02_toy import BEST_K, TRAP

GIVEN = (1 / 2, 1 / 8, 1 / 4, 1 / 2, 1 / 8)

PRICE = number(
    "2.1",
    "the price of five letters",
    right=2.0,
    unit="bits per letter",
    hint="A letter that got probability p costs −log2 p bits: 1/2 costs one, 1/4 two, 1/8 three. "
    "Take the mean.",
    praise="Ten bits for five letters. The model hesitates as if between four equal ones.",
    mistakes=[
        Mistake(
            "the bits of all five letters",
            10.0,
            "So much does the whole word cost. The question is about one letter: divide by five.",
        ),
        Mistake(
            "the perplexity",
            4.0,
            "That is two to the power of the bits: among how many equal letters the model "
            "hesitates. The question is about the bits themselves.",
        ),
        Mistake(
            "the logarithm of the mean",
            -math.log2(sum(GIVEN) / 5),
            "You took the mean of the probabilities first. Take the logarithm of each, then the "
            "mean: a good guess does not make up for a bad one.",
        ),
        Mistake(
            "that is in nats",
            2 * math.log(2),
            "The natural logarithm gives nats. Bits need the logarithm to base 2, `math.log2`.",
        ),
        Mistake(
            "a logarithm to base ten",
            -sum(math.log10(p) for p in GIVEN) / 5,
            "`log10` counts decimal digits. Bits need `math.log2`.",
        ),
        Mistake(
            "the sign is turned round",
            -2.0,
            "The logarithm of a probability is negative. The price is minus that, and never "
            "below zero.",
        ),
        Mistake(
            "a probability, not a price",
            math.prod(GIVEN),
            "That is the probability of the whole word. Its price in bits is minus its logarithm; "
            "divide that by five.",
        ),
        Mistake(
            "the mean probability",
            sum(GIVEN) / 5,
            "You averaged the probabilities. Turn each into bits first: −log2 p.",
        ),
        Mistake(
            "the geometric mean of the probabilities",
            math.prod(GIVEN) ** (1 / 5),
            "So probable is one letter, on the average of a product. Its price is asked: minus "
            "the logarithm of that to base 2.",
        ),
    ],
)


def bits_per_letter(guesses):
    """Shannon's upper bound: minus the sum of q log2 q over the numbers of guesses."""
    shares = [count / len(guesses) for count in Counter(guesses).values()]
    return sum(-q * math.log2(q) for q in shares)


_GAME = [1, 1, 1, 5, 1, 2, 1, 1, 1, 14, 1, 1, 2, 1, 3, 1]

BOUND = function(
    "2.6",
    "bits from a guessing game",
    right=bits_per_letter,
    praise="Shannon had no model of English, and could measure it all the same.",
    cases=[
        call(
            "half at once, half at the second guess: one bit",
            [1, 2, 2, 1],
            hint="q is the share of letters that were found with the same number of guesses. Here "
            "two shares of 1/2.",
        ),
        call(
            "always at once: nothing",
            [1, 1, 1],
            hint="One share, q = 1, and its logarithm is 0.",
        ),
        call(
            "a whole game",
            _GAME,
            hint="Count how often each number of guesses came, and divide by how many letters "
            "there are. Numbers that never came add nothing.",
        ),
        call(
            "always at the third guess: nothing either",
            [3, 3, 3, 3],
            hint="Who always needs three guesses can be asked for the third at once. Only how "
            "the numbers are spread counts, not how large they are.",
        ),
    ],
    mistakes=[
        Mistake(
            "the logarithm of the number of guesses",
            lambda g: sum(math.log2(n) for n in g) / len(g),
            "You turned each number of guesses into bits. Count how often each number came: the "
            "bits come from these shares, −q log2 q.",
        ),
        Mistake(
            "the mean number of guesses",
            lambda g: sum(g) / len(g),
            "The mean says how many guesses a letter takes, not how many bits. You need the share "
            "of every number of guesses.",
        ),
        Mistake(
            "in nats",
            lambda g: bits_per_letter(g) * math.log(2),
            "The natural logarithm gives nats. Use `math.log2`.",
        ),
        Mistake(
            "the bits of the whole game",
            lambda g: bits_per_letter(g) * len(g),
            "That is what all letters cost together. Shares add up to 1, so the sum is per letter "
            "already: do not multiply by their number.",
        ),
        Mistake(
            "counts in place of shares",
            lambda g: sum(-c * math.log2(c) for c in Counter(g).values()),
            "Divide each count by the number of letters first, so that the shares add up to 1.",
        ),
        Mistake(
            "the sign is turned round",
            lambda g: -bits_per_letter(g),
            "Logarithms of shares are negative, so the sum needs a minus.",
        ),
        Mistake(
            "only the share that was right at once",
            lambda g: -math.log2(g.count(1) / len(g)) if 1 in g else 0.0,
            "You looked at the first guesses alone. Every number of guesses has a share.",
        ),
        Mistake(
            "the shares of the letters one by one",
            lambda g: sum(-n / sum(g) * math.log2(n / sum(g)) for n in g),
            "q is how often a number of guesses came, not the number divided by the sum of all.",
        ),
        Mistake(
            "a logarithm to base ten",
            lambda g: bits_per_letter(g) * math.log10(2),
            "`log10` counts decimal digits. Bits need `math.log2`.",
        ),
        Mistake(
            "the q in front is missing",
            lambda g: sum(-math.log2(c / len(g)) for c in Counter(g).values()),
            "You add up −log2 q. Each is paid by a share q of the letters: multiply by q.",
        ),
        Mistake(
            "as if all numbers came equally often",
            lambda g: math.log2(len(set(g))),
            "You took the logarithm of how many different numbers came. They do not come equally "
            "often: each has its own share.",
        ),
    ],
)

EXERCISES = (PRICE, NEXT_LETTER, ADD_K, KNESER_NEY, BEST_K, BOUND, TRAP)
