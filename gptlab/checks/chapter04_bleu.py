"""The check of exercise 4.4: the clipped n-gram precision at the heart of BLEU."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gptlab.checks import Case, Mistake, call, function


def _ngrams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


def clipped_matches(hypothesis: Sequence[str], reference: Sequence[str], n: int) -> tuple[int, int]:
    """How many n-grams of the hypothesis are matched, each at most as often as in the reference;
    and how many there are."""
    mine, theirs = Counter(_ngrams(hypothesis, n)), Counter(_ngrams(reference, n))
    return sum((mine & theirs).values()), sum(mine.values())


def _unclipped(hypothesis, reference, n):
    there = set(_ngrams(reference, n))
    mine = _ngrams(hypothesis, n)
    return sum(each in there for each in mine), len(mine)


def _as_sets(hypothesis, reference, n):
    mine = set(_ngrams(hypothesis, n))
    return len(mine & set(_ngrams(reference, n))), len(mine)


def _recall(hypothesis, reference, n):
    return clipped_matches(reference, hypothesis, n)


def _one_short(hypothesis, reference, n):
    mine = Counter(_ngrams(hypothesis, n)[:-1])
    return sum((mine & Counter(_ngrams(reference, n)[:-1])).values()), sum(mine.values())


def _any_order(hypothesis, reference, n):
    mine, theirs = (
        Counter(tuple(sorted(each)) for each in _ngrams(words, n))
        for words in (hypothesis, reference)
    )
    return sum((mine & theirs).values()), sum(mine.values())


def _by_place(hypothesis, reference, n):
    mine, theirs = _ngrams(hypothesis, n), _ngrams(reference, n)
    return sum(a == b for a, b in zip(mine, theirs, strict=False)), len(mine)


def _as_share(hypothesis, reference, n):
    right, of = clipped_matches(hypothesis, reference, n)
    return right / of if of else 0.0


def _of_the_reference(hypothesis, reference, n):
    mine = _ngrams(hypothesis, n)
    return sum(each in mine for each in _ngrams(reference, n)), len(mine)


def _glued(hypothesis, reference, n):
    mine, theirs = (
        Counter("".join(each) for each in _ngrams(words, n)) for words in (hypothesis, reference)
    )
    return sum((mine & theirs).values()), sum(mine.values())


def _inside_the_text(hypothesis, reference, n):
    mine, text = Counter(" ".join(each) for each in _ngrams(hypothesis, n)), " ".join(reference)
    return sum(min(times, text.count(each)) for each, times in mine.items()), sum(mine.values())


def _below_zero(hypothesis, reference, n):
    return clipped_matches(hypothesis, reference, n)[0], len(hypothesis) - n + 1


def _small_letters(hypothesis, reference, n):
    hypothesis, reference = ([w.lower() for w in words] for words in (hypothesis, reference))
    return clipped_matches(hypothesis, reference, n)


def _ask(label: str, hypothesis: str, reference: str, n: int, hint: str = "") -> Case:
    case = call(label, hypothesis.split(), reference.split(), n, hint=hint)

    def function(answer):
        def listed(*args):
            found = answer(*args)  # two numbers in an array are as right as in a tuple or a list
            return tuple(found.tolist()) if isinstance(found, np.ndarray) else found

        return case.function(listed)

    return replace(case, function=function)


_DOGS = ("der Hund sah den Katze", "der Hund sah die Katze")
_SHUFFLED = ("Maus die sieht Katze die gern", "die Katze sieht die Maus")

PRECISION = function(
    "4.4",
    "clipped matches",
    right=clipped_matches,
    praise="BLEU adds these up over all sentences, for n from 1 to 4, and takes their mean.",
    cases=[
        _ask("den for die: 4 of 5 words", *_DOGS, 1, "Compare the words."),
        _ask("its pairs: 2 of 4", *_DOGS, 2, "A sentence of 5 words has 4 pairs."),
        _ask(
            "die die die Katze: 3 of 4",
            "die die die Katze",
            "die Katze und die Maus",
            1,
            "The reference has die twice, so two of the three count.",
        ),
        _ask("pairs in another order do not match", *_SHUFFLED, 2),
        _ask("a hypothesis longer than the reference", *_SHUFFLED, 1),
        _ask(
            "shorter than n: 0 of 0",
            "ja",
            "ja gern",
            2,
            "There is no pair in a sentence of one word.",
        ),
        _ask(
            "shorter than n by two: 0 of 0",
            "ja",
            "ja gern",
            3,
            "len(words) - n + 1 is negative here; there are 0 triples, not −1.",
        ),
        _ask("nothing matches: 0 of 3", "a b c", "d", 1),
        _ask(
            "the reference says twice what the output says once: 2 of 2",
            "die Katze",
            "die Katze und die Katze",
            1,
            "Count n-grams of the hypothesis. It has two words, so at most two match.",
        ),
        _ask("er is no part of der: 0 of 1", "er", "der", 1, "Compare whole words."),
        _ask("ab c is not a bc: 0 of 1", "ab c", "a bc", 2, "Compare word by word."),
        _ask("Die is not die: 1 of 2", "Die Katze", "die Katze", 1),
    ],
    mistakes=[
        Mistake(
            "no clipping",
            _unclipped,
            "Each die found a die in the reference, though it has only two. An n-gram counts at "
            "most as often as it stands in the reference: `Counter(a) & Counter(b)`.",
        ),
        Mistake(
            "each n-gram counts once",
            _as_sets,
            "You compare sets. If an n-gram stands twice in both, it counts twice.",
        ),
        Mistake(
            "the roles are exchanged",
            _recall,
            "You count and divide by the n-grams of the reference: how much of it was found, which "
            "is recall. BLEU asks how much of the output is right, which is precision.",
        ),
        Mistake(
            "the last n-gram is missing",
            _one_short,
            "A sentence of m words has m − n + 1 n-grams: `range(len(words) - n + 1)`.",
        ),
        Mistake(
            "in any order",
            _any_order,
            "You sorted the words of an n-gram. die Katze and Katze die are two pairs.",
        ),
        Mistake(
            "compared place by place",
            _by_place,
            "An n-gram may stand anywhere in the reference; only how often matters.",
        ),
        Mistake(
            "the n-grams of the reference are counted",
            _of_the_reference,
            "You count how many n-grams of the reference stand in the hypothesis. Count those of "
            "the hypothesis, each at most as often as it stands in the reference.",
        ),
        Mistake(
            "words glued together",
            _glued,
            "Joined without a space, ab c and a bc look alike. Use tuples.",
        ),
        Mistake(
            "found inside other words",
            _inside_the_text,
            "`text.count` finds er inside der. Count n-grams, not letters.",
        ),
        Mistake(
            "a negative number of n-grams",
            _below_zero,
            "A sentence of m words has m − n + 1 n-grams, and none if that is below zero.",
        ),
        Mistake(
            "capital letters are lost",
            _small_letters,
            "You made all letters small. In German Sie and sie are two words, and BLEU here keeps "
            "them apart.",
        ),
        Mistake(
            "one number",
            _as_share,
            "Return two numbers, matched and all. Over a test set they are summed before one is "
            "divided by the other.",
        ),
    ],
)
