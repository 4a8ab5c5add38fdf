"""Checks for chapter 08, the two halves of training byte-pair encoding: count, merge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations, pairwise

from gptlab.checks import Case, Mistake, call, function


def count_pairs(words):
    """Neighbouring pairs of all words, each as often as its word occurs."""
    pairs: Counter = Counter()
    for symbols, times in words.items():
        for pair in pairwise(symbols):
            pairs[pair] += times
    return pairs


def _added(words, find: Callable, times_too: bool = True) -> Counter:
    pairs: Counter = Counter()
    for symbols, times in words.items():
        for pair in find(symbols):
            pairs[pair] += times if times_too else 1
    return pairs


def _as_numbers(answer, words):
    """Counts as a plain dict, without the pairs that occur no times."""
    given = dict(words)
    found = answer(given)
    assert given == words, "it changes its input in place; work on a copy"
    if found is None:
        return None
    assert isinstance(found, dict), "return a dict (or a Counter) from pairs to numbers"
    return {pair: times for pair, times in found.items() if times}


def _chained(words):
    everything = [symbol for symbols, times in words.items() for symbol in symbols * times]
    return Counter(pairwise(everything))


_LOW = {("l", "o", "w"): 5, ("l", "o", "w", "e", "r"): 2, ("n", "e", "w"): 6}
_BANANA = {("b", "a", "n", "a", "n", "a"): 3, ("a",): 10, ("an", "a"): 2}

COUNT = function(
    "8.2",
    "counting pairs",
    right=count_pairs,
    praise="The commonest of these becomes the next merge.",
    cases=[
        Case(
            "three words with their counts",
            lambda answer: _as_numbers(answer, _LOW),
            "A word that occurs five times brings each of its pairs five times.",
        ),
        Case(
            "a pair twice in a word, a word of one symbol",
            lambda answer: _as_numbers(answer, _BANANA),
            "banana holds (a, n) twice. A word of one symbol has no pair.",
        ),
        Case("no words", lambda answer: _as_numbers(answer, {}), "Nothing in, nothing out."),
    ],
    mistakes=[
        Mistake(
            "each word is counted once",
            lambda words: _added(words, pairwise, times_too=False),
            "`words` says how often each word occurs. Add that number, not 1.",
        ),
        Mistake(
            "only the last word's count is kept",
            lambda words: {p: times for symbols, times in words.items() for p in pairwise(symbols)},
            "`pairs[pair] = times` forgets what the words before have brought. Add to it.",
        ),
        Mistake(
            "each pair counts once in a word",
            lambda words: _added(words, lambda symbols: set(pairwise(symbols))),
            "banana holds (a, n) twice, and both count. Leave the set out.",
        ),
        Mistake(
            "symbols that are not neighbours",
            lambda words: _added(words, lambda symbols: combinations(symbols, 2)),
            "A pair is a symbol and the one right after it: `itertools.pairwise`.",
        ),
        Mistake(
            "pairs across the end of a word",
            _chained,
            "You have joined the words, so the end of one and the beginning of the next became "
            "neighbours. No merge may cross the border of a word.",
        ),
        Mistake(
            "the order inside a pair is lost",
            lambda words: _added(
                words, lambda symbols: (tuple(sorted(pair)) for pair in pairwise(symbols))
            ),
            "(o, l) and (l, o) are different pairs: merged, they would be ol and lo.",
        ),
        Mistake(
            "the keys are texts",
            lambda words: _added(words, lambda symbols: map("".join, pairwise(symbols))),
            "A key must be the pair itself, (l, o), not the text lo: (an, a) and (a, na) are "
            "different pairs that would be spelled alike.",
        ),
        Mistake(
            "the last pair of each word is missing",
            lambda words: _added(words, lambda symbols: pairwise(symbols[:-1])),
            "A word of n symbols has n − 1 pairs; yours stops one too early.",
        ),
        Mistake(
            "every other pair",
            lambda words: _added(words, lambda symbols: list(pairwise(symbols))[::2]),
            "Pairs overlap: low holds (l, o) and (o, w). Go on by one symbol, not by two.",
        ),
        Mistake(
            "single symbols",
            lambda words: _added(words, lambda symbols: symbols),
            "That counts symbols. A pair is two of them, one right after the other.",
        ),
    ],
)


def merge(symbols, pair):
    """Each occurrence of the pair joined, from left to right, none used twice."""
    merged, at = [], 0
    while at < len(symbols):
        found = tuple(symbols[at : at + 2]) == tuple(pair)
        merged.append("".join(pair) if found else symbols[at])
        at += 2 if found else 1
    return tuple(merged)


def _overlapping(symbols, pair):
    merged, i = [], 0
    while i < len(symbols):
        if tuple(symbols[i : i + 2]) == pair:
            merged.append("".join(pair))
            if tuple(symbols[i + 1 : i + 3]) != pair:
                i += 1
        else:
            merged.append(symbols[i])
        i += 1
    return tuple(merged)


def _from_the_right(symbols, pair):
    turned = merge(tuple(s[::-1] for s in symbols[::-1]), tuple(s[::-1] for s in pair[::-1]))
    return tuple(s[::-1] for s in turned[::-1])


def only_first(symbols, pair):
    """A mistake: the first occurrence of the pair is joined, and no other."""
    for i, both in enumerate(pairwise(symbols)):
        if both == pair:
            return (*symbols[:i], "".join(pair), *symbols[i + 2 :])
    return symbols


def _last_lost(symbols, pair):
    merged, at = [], 0
    while at < len(symbols) - 1:
        found = symbols[at : at + 2] == pair
        merged.append("".join(pair) if found else symbols[at])
        at += 2 if found else 1
    return tuple(merged)


def _second_stays(symbols, pair):
    merged = ["".join(pair) if both == pair else both[0] for both in pairwise(symbols)]
    return (*merged, *symbols[-1:])


def _as_spaced_text(symbols, pair):
    return tuple(" ".join(symbols).replace(" ".join(pair), "".join(pair)).split())


def _either_way(symbols, pair):
    merged, at = [], 0
    while at < len(symbols):
        found = sorted(symbols[at : at + 2]) == sorted(pair)
        merged.append("".join(symbols[at : at + 2]) if found else symbols[at])
        at += 2 if found else 1
    return tuple(merged)


def _by_text(symbols, pair):
    text, joined = "".join(symbols), "".join(pair)
    parts: list[str] = []
    while text:
        parts.append(joined if text.startswith(joined) else text[0])
        text = text[len(parts[-1]) :]
    return tuple(parts)


MERGE = function(
    "8.3",
    "one merge",
    right=merge,
    praise="With the counts of 8.2 this is all that training needs.",
    cases=[
        call("nothing to merge", ("c", "a", "t"), ("a", "c"), hint="(c, a) is not (a, c)."),
        call(
            "twice in a word",
            tuple("banana"),
            ("a", "n"),
            hint="Every occurrence is merged, and what stands between stays.",
        ),
        call("at the end", tuple("tan"), ("a", "n"), hint="The last symbol belongs to the word."),
        call("a symbol after the pair", tuple("ants"), ("a", "n")),
        call(
            "an odd number of the same",
            tuple("aaaaa"),
            ("a", "a"),
            hint="From left to right: aa, aa, a. A symbol that was used is used up.",
        ),
        call(
            "symbols of several letters",
            ("th", "e", "t", "h", "e"),
            ("th", "e"),
            hint="t, h, e is spelled like th, e, but its symbols are others.",
        ),
        call(
            "a longer symbol that begins alike",
            ("th", "er", "th", "e"),
            ("th", "e"),
            hint="er is a symbol of its own: th, er holds no (th, e).",
        ),
        call("an empty word", (), ("a", "b")),
    ],
    mistakes=[
        Mistake(
            "a symbol used twice",
            _overlapping,
            "In aaa the middle a belongs to the first pair only. After a merge go on two symbols "
            "later.",
        ),
        Mistake(
            "from right to left",
            _from_the_right,
            "aaaaa must become aa, aa, a. Yours leaves the single a at the front.",
        ),
        Mistake(
            "only the first occurrence",
            only_first,
            "banana holds a, n twice. Go on to the end of the word.",
        ),
        Mistake(
            "the last symbol is lost",
            _last_lost,
            "Your loop ends one symbol too early: what stands alone at the end must come along.",
        ),
        Mistake(
            "the second symbol stays",
            _second_stays,
            "You join the pair and then go on with its second half. After a merge go on two "
            "symbols later; a `for` loop cannot skip, a `while` loop can.",
        ),
        Mistake(
            "nothing is merged",
            lambda symbols, pair: tuple(symbols),
            "Your comparison is never true. A list never equals a tuple: if the symbols have "
            "become a list, compare tuple(symbols[at : at + 2]) with the pair.",
        ),
        Mistake(
            "replaced as text",
            _as_spaced_text,
            "Text does not know where a symbol ends: `th e` stands in `th er` too, and in "
            "`bath e`. Compare symbols.",
        ),
        Mistake(
            "the pair in either order",
            _either_way,
            "(a, n) is not (n, a): compare with the pair as it is.",
        ),
        Mistake(
            "letters instead of symbols",
            _by_text,
            "You have joined the symbols and looked for letters. t, h, e are three symbols and "
            "hold no (th, e).",
        ),
    ],
)
