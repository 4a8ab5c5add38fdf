"""The check of exercise 2.4: Kneser-Ney for bigrams."""

from __future__ import annotations

from collections import Counter

from gptlab.checks import Mistake, call, function


def _follow(before, bigrams):
    return {w: c for (b, w), c in bigrams.items() if b == before}


def _variety(word, bigrams):
    """After how many different words it came, as a share of all different bigrams."""
    return sum(w == word for _, w in bigrams) / len(bigrams)


def kneser_ney(word, before, bigrams, discount):
    """p(word | before): discounted bigrams, and below them the variety of left neighbours."""
    return _with(word, before, bigrams, discount)


def _frequency(word, bigrams):
    return sum(c for (_, w), c in bigrams.items() if w == word) / sum(bigrams.values())


def _with(
    word, before, bigrams, discount,
    lower=_variety, taken=None, kinds=None, unseen=None, floor=0.0,
):  # fmt: skip
    """The formula with one of its parts replaced: how learners' variants differ."""
    follow = _follow(before, bigrams)
    below = lower(word, bigrams)
    if not follow:
        return below if unseen is None else unseen(word, bigrams)
    total = sum(follow.values())
    cut = discount if taken is None else taken
    share = max(follow.get(word, 0) - cut, floor) / total
    n_kinds = len(follow) if kinds is None else kinds(word, follow, bigrams)
    return share + discount * n_kinds / total * below


def _variant(**change):
    """Kneser-Ney with one of its parts replaced."""

    def answer(word, before, bigrams, discount):
        return _with(word, before, bigrams, discount, **change)

    return answer


def _pairs(text):
    words = text.split()
    return Counter(zip(["<begin>", *words], words, strict=False))


_YORK = _pairs("new york . new york . new york . the cat . a cat . my cat .")
_SEA = _pairs("the sea and the sky and the sea and a ship on the sea")


def _end_counted(word, before, bigrams, discount):
    # The last word of the text is counted below the line, though nothing follows it.
    times = sum(count for (_, w), count in bigrams.items() if w == before)
    follow = _follow(before, bigrams)
    below = _variety(word, bigrams)
    if not times:
        return below
    return (max(follow.get(word, 0) - discount, 0) + discount * len(follow) * below) / times


def _only_if_unseen(word, before, bigrams, discount):
    follow = _follow(before, bigrams)
    if word in follow:
        return (follow[word] - discount) / sum(follow.values())
    return _with(word, before, bigrams, discount)


KNESER_NEY = function(
    "2.4",
    "Kneser–Ney for bigrams",
    right=kneser_ney,
    praise="This family of smoothings came out first in Chen and Goodman's comparison.",
    cases=[
        call(
            "a bigram that was seen",
            "cat",
            "my",
            _YORK,
            0.5,
            hint="my has one follower, seen once: (1 − 0.5)/1 + 0.5 · 1/1 · 3/11.",
        ),
        call(
            "one that was not, after a word that was",
            "york",
            "my",
            _YORK,
            0.5,
            hint="The first part is 0, never negative: only the shorter context speaks.",
        ),
        call(
            "after a word that was never read",
            "cat",
            "old",
            _YORK,
            0.5,
            hint="Where nothing was read, all goes to the shorter context: 3 of 11 different "
            "bigrams end in cat.",
        ),
        call(
            "several followers, one of them often",
            "sea",
            "the",
            _SEA,
            0.75,
            hint="the was followed by sea three times and by sky once: two followers, each of them "
            "paid the discount.",
        ),
        call(
            "the same context, the rarer follower",
            "sky",
            "the",
            _SEA,
            0.75,
            hint="(1 − 0.75)/4 for itself, and its part of 0.75 · 2/4.",
        ),
        call(
            "after the word that ends the text",
            "and",
            "sea",
            _SEA,
            0.75,
            hint="sea comes three times, and something follows it twice: c(b) is 2.",
        ),
    ],
    mistakes=[
        Mistake(
            "how often, not after how many",
            _variant(lower=_frequency),
            "Below, you count how often the word came. Kneser–Ney counts after how many different "
            "words it came: the different bigrams that end in it.",
        ),
        Mistake(
            "the variety is divided by the number of words",
            _variant(lower=lambda w, b: sum(x == w for _, x in b) / sum(b.values())),
            "You divide by how many bigrams were read. Divide by how many *different* ones there "
            "are, so that the shares of all words add up to 1.",
        ),
        Mistake(
            "the variety is divided by the size of the vocabulary",
            _variant(lower=lambda w, b: sum(x == w for _, x in b) / len({x for _, x in b})),
            "You divide by the number of different words. Divide by the number of different "
            "bigrams, or the shares add up to more than 1.",
        ),
        Mistake(
            "only one discount is given away",
            _variant(kinds=lambda *_: 1),
            "Each different follower paid the discount, so D times their number can be given away, "
            "not D once.",
        ),
        Mistake(
            "nothing is given to the shorter context",
            _variant(kinds=lambda *_: 0),
            "You take the discount and keep it. What was taken goes to the shorter context: "
            "D · N₁₊ / c(h), times its probability.",
        ),
        Mistake(
            "the discount is not taken",
            _variant(taken=0),
            "You give D away without taking it from the counts first: c(hw) − D.",
        ),
        Mistake(
            "below zero",
            _variant(floor=-1e9),
            "A bigram that never came has 0 − D < 0. A count is not cut below zero: take the "
            "larger of c − D and 0.",
        ),
        Mistake(
            "nothing after an unread word",
            _variant(unseen=lambda w, b: 0.0),
            "After a word that was never read you answer 0. There the shorter context answers "
            "alone.",
        ),
        Mistake(
            "all alike after an unread word",
            _variant(unseen=lambda w, b: 1 / len({x for _, x in b})),
            "After a word that was never read you give the same to all. The shorter context knows "
            "better: use its probability.",
        ),
        Mistake(
            "the followers are counted with their repeats",
            _variant(kinds=lambda w, follow, b: sum(follow.values())),
            "N₁₊ counts different followers; you count every time that one came.",
        ),
        Mistake(
            "the neighbours of the word, not of the context",
            _variant(kinds=lambda w, follow, b: sum(x == w for _, x in b)),
            "What can be given away depends on the context: how many different words came after "
            "it. You counted what came before the word.",
        ),
        Mistake(
            "the end of the text counts as a follower",
            _end_counted,
            "c(b) is how often something followed b: the sum of the bigrams that begin with it. "
            "You counted how often b came, and the last word of the text is followed by nothing.",
        ),
        Mistake(
            "the shorter context only for the unseen",
            _only_if_unseen,
            "For a bigram that was seen you leave out the second part. It is added always: this "
            "is what *interpolated* means.",
        ),
        Mistake(
            "what comes after the word, not before it",
            _variant(lower=lambda w, b: sum(x == w for x, _ in b) / len(b)),
            "N₁₊(• w) counts the different words before w. You counted those after it.",
        ),
    ],
)
