"""The check of exercise 4.4: the clipped n-gram precision at the heart of BLEU."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gptlab.checks import Mistake, call, function


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


def _split(*texts: str) -> list[list[str]]:
    return [text.split() for text in texts]


_DOGS = _split("der Hund sah den Katze", "der Hund sah die Katze")
_THE = _split("die die die Katze", "die Katze und die Maus")
_SHUFFLED = _split("Maus die sieht Katze die gern", "die Katze sieht die Maus")

PRECISION = function(
    "4.4",
    "clipped matches",
    right=clipped_matches,
    praise="BLEU adds these up over all sentences, for n from 1 to 4, and takes their mean.",
    cases=[
        call("words of the chapter's example: 4 of 5", *_DOGS, 1, hint="Compare the words."),
        call("its pairs: 2 of 4", *_DOGS, 2, hint="A sentence of 5 words has 4 pairs."),
        call(
            "die die die Katze: 3 of 4",
            *_THE,
            1,
            hint="The reference has die twice, so two of the three count.",
        ),
        call("pairs in another order do not match", *_SHUFFLED, 2),
        call("a hypothesis longer than the reference", *_SHUFFLED, 1),
        call(
            "shorter than n: 0 of 0",
            ["ja"],
            ["ja", "gern"],
            2,
            hint="There is no pair in a sentence of one word.",
        ),
        call("nothing matches: 0 of 3", ["a", "b", "c"], ["d"], 1),
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
            "one number",
            _as_share,
            "Return two numbers, matched and all. Over a test set they are summed before one is "
            "divided by the other.",
        ),
    ],
)
