"""The check of exercise 8.4: a word is cut by merges, the one learned first goes first."""

from __future__ import annotations

from itertools import pairwise

from gptlab.checks import Mistake, call, function
from gptlab.checks.chapter08_bpe import merge, only_first


def apply_in_order(word, merges):
    """The symbols of a word: the merge learned first goes first."""
    symbols = tuple(word)
    for pair in merges:
        symbols = merge(symbols, pair)
    return list(symbols)


def _greedy(word, merges):
    known = {"".join(pair) for pair in merges}
    found, at = [], 0
    while at < len(word):
        end = next((e for e in range(len(word), at + 1, -1) if word[at:e] in known), at + 1)
        found.append(word[at:end])
        at = end
    return found


def _fewest(word, merges):
    known = {"".join(pair) for pair in merges} | set(word)
    best: list[list[str]] = [[]]
    for end in range(1, len(word) + 1):
        options = [best[s] + [word[s:end]] for s in range(end) if word[s:end] in known]
        best.append(min(options, key=len))
    return best[-1]


def _leftmost(word, merges):
    symbols = tuple(word)
    while True:
        at = next((i for i, pair in enumerate(pairwise(symbols)) if pair in merges), None)
        if at is None:
            return list(symbols)
        symbols = (*symbols[:at], "".join(symbols[at : at + 2]), *symbols[at + 2 :])


def _first_only(word, merges):
    symbols = tuple(word)
    for pair in merges:
        symbols = only_first(symbols, pair)
    return list(symbols)


def _last_first(word, merges):
    symbols = tuple(word)
    while found := [pair for pair in pairwise(symbols) if pair in merges]:
        symbols = merge(symbols, max(found, key=merges.index))
    return list(symbols)


def _until_unused(word, merges):
    symbols = tuple(word)
    for pair in merges:
        if pair not in pairwise(symbols):
            break
        symbols = merge(symbols, pair)
    return list(symbols)


def _one_merge(word, merges):
    symbols = tuple(word)
    for pair in merges:
        if pair in pairwise(symbols):
            return list(merge(symbols, pair))
    return list(symbols)


def _as_spaced_text(word, merges):
    text = " ".join(word)
    for pair in merges:
        text = text.replace(" ".join(pair), "".join(pair))
    return text.split()


_MERGES = [("l", "o"), ("w", "e"), ("lo", "w"), ("e", "s"), ("es", "t"), ("s", "t")]
_ANAS = [("a", "n"), ("n", "a"), ("an", "a"), ("b", "an")]

APPLY = function(
    "8.4",
    "applying merges",
    right=apply_in_order,
    praise="That is the whole tokenizer. The library does the same with a queue, so that long "
    "words take no longer than they must.",
    cases=[
        call("low", "low", _MERGES, hint="l + o first, then lo + w."),
        call("lowest", "lowest", _MERGES, hint="w + e was learned before lo + w: it takes the w."),
        call("newest", "newest", _MERGES, hint="w + e comes before e + s."),
        call("best", "best", _MERGES, hint="e + s, then es + t; b stays alone."),
        call(
            "banana", "banana", _ANAS,
            hint="Every occurrence of a pair is merged before the next pair's turn comes.",
        ),
        call(
            "abc", "abc", [("a", "b"), ("b", "c"), ("a", "bc")],
            hint="a + b is merged first, so b + c cannot be.",
        ),
        call("letters that no merge knows", "zig", _MERGES, hint="They stay as they are."),
        call("no merges", "low", [], hint="Then every letter is a token."),
        call("an empty word", "", _MERGES, hint="No letters, no tokens: an empty list."),
    ],
    mistakes=[
        Mistake(
            "the longest token first",
            _greedy,
            "You look for the longest token that fits, from the left. Byte-pair encoding has no "
            "such rule: it repeats the merges in the order in which they were learned.",
        ),
        Mistake(
            "the fewest tokens",
            _fewest,
            "You find the cut with the fewest tokens. A fine idea, but not what training did, so "
            "the model would meet tokens in places where it never saw them.",
        ),
        Mistake(
            "the leftmost pair first",
            _leftmost,
            "You merge the first pair that you meet. The one that was learned first goes first, "
            "wherever it stands.",
        ),
        Mistake(
            "each merge once",
            _first_only,
            "banana holds a + n twice, and both are merged.",
        ),
        Mistake(
            "the last merge first",
            _last_first,
            "Late merges are built from early ones. Begin with the pair that was learned first.",
        ),
        Mistake(
            "it stops at the first merge that is not in the word",
            _until_unused,
            "A merge that finds nothing is passed over; the next may fit.",
        ),
        Mistake(
            "one merge and no more",
            _one_merge,
            "Go on after the first merge that fits: the `return` belongs behind the loop.",
        ),
        Mistake(
            "replaced as text",
            _as_spaced_text,
            "Text does not know where a symbol ends: `lo w` stands in `lo we` too. Compare "
            "symbols.",
        ),
        Mistake(
            "no merges at all",
            lambda word, merges: list(word),
            "These are the letters. Now use the merges.",
        ),
    ],
)  # fmt: skip
