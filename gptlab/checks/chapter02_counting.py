"""The checks of exercises 2.2 and 2.3: counting what follows, and adding to it."""

from __future__ import annotations

import re
from collections import Counter

from gptlab.checks import Mistake, call, function


def next_letter(text, context):
    """The share of each letter that follows `context` in `text`; {} where nothing does."""
    n = len(context)
    follow = Counter(text[i + n] for i in range(len(text) - n) if text[i : i + n] == context)
    return {letter: count / follow.total() for letter, count in follow.items()}


def _raw(text, context):
    n = len(context)
    return Counter(text[i + n] for i in range(len(text) - n) if text[i : i + n] == context)


def _divided(counts, total):
    return {letter: count / total for letter, count in counts.items()}


def _no_overlap(text, context):
    found = re.findall(re.escape(context) + "(.)", text)
    return _divided(Counter(found), len(found))


def _wrapped(text, context):
    round_it = text + text[: len(context)]
    n = len(context)
    found = [round_it[i + n] for i in range(len(text)) if round_it[i : i + n] == context]
    return _divided(Counter(found), len(found))


def _before(text, context):
    n = len(context)
    found = [text[i - 1] for i in range(1, len(text) - n + 1) if text[i : i + n] == context]
    return _divided(Counter(found), len(found))


def _last_too(text, context):
    n = len(context)
    times = sum(text[i : i + n] == context for i in range(len(text) - n + 1))
    return _divided(_raw(text, context), times)


def _unescaped(text, context):
    found = re.findall(f"(?={context}(.))", text)
    return _divided(Counter(found), len(found))


def _last_place_missed(text, context):
    return next_letter(text[:-1], context)


def _shortened(text, context):
    return next_letter(text, context[-1:])


NEXT_LETTER = function(
    "2.2",
    "what follows",
    right=next_letter,
    praise="This is the maximum likelihood estimate, for any order.",
    cases=[
        call(
            "after a in abracadabra",
            "abracadabra",
            "a",
            hint="Four of the five a have a letter after them: b, c, d, b.",
        ),
        call(
            "a longer context",
            "the cat sat on the mat and the rat sat on the hat",
            "at ",
            hint="Look at every place where the context stands; the letter after it counts.",
        ),
        call(
            "places that overlap",
            "aabaaab",
            "aa",
            hint="aa stands at places 0, 3 and 4; after it come b, a and b.",
        ),
        call(
            "a context at the very end",
            "banana",
            "na",
            hint="The second na has nothing after it and does not count, above or below the line.",
        ),
        call(
            "a context that never stands there",
            "banana",
            "x",
            hint="Nothing follows: return an empty dict, and do not divide by zero.",
        ),
        call(
            "no context at all",
            "banana",
            "",
            hint='The empty context stands before every letter: text[i:i] is "".',
        ),
        call(
            "full stops and capitals",
            "a.b A.c a,d a.e",
            "a.",
            hint="The context is a., letter for letter: not A. and not a followed by something "
            "else. After it come b and e.",
        ),
    ],
    mistakes=[
        Mistake(
            "counts, not shares",
            lambda text, context: dict(_raw(text, context)),
            "You return how often each letter came. Divide by how often any letter came after the "
            "context, so that the numbers add up to 1.",
        ),
        Mistake(
            "divided by the whole text",
            lambda text, context: _divided(_raw(text, context), len(text)),
            "You divide by the length of the text. What counts is how often the context had a "
            "letter after it.",
        ),
        Mistake(
            "the last context counts below the line",
            _last_too,
            "The context at the very end of the text has nothing after it. You count it in the "
            "denominator, so the shares do not add up to 1.",
        ),
        Mistake(
            "places that overlap are passed over",
            _no_overlap,
            "After one place is found, the search goes on behind it: `count` and `findall` do "
            "so. Look at every position of the text.",
        ),
        Mistake(
            "the end goes on at the beginning",
            _wrapped,
            "After the last letter comes nothing, not the first letter of the text.",
        ),
        Mistake(
            "the letter before",
            _before,
            "You count what stands before the context. The model guesses what comes after it.",
        ),
        Mistake(
            "only the likeliest letter",
            lambda text, context: {letter: 1.0 for letter, _ in _raw(text, context).most_common(1)},
            "A model gives every letter its share, not all to the commonest one.",
        ),
        Mistake(
            "all alike",
            lambda text, context: dict.fromkeys(
                _raw(text, context), 1 / max(1, len(_raw(text, context)))
            ),
            "You give the same to each letter that came. Those that came more often get more.",
        ),
        Mistake(
            "a pattern in place of a text",
            _unescaped,
            "In a regular expression the full stop stands for any letter. Use re.escape(context), "
            "or compare slices of the text.",
        ),
        Mistake(
            "capitals made small",
            lambda text, context: next_letter(text.lower(), context.lower()),
            "You make the text lower case first. Here A and a are two letters.",
        ),
        Mistake(
            "one place is missing at the end",
            _last_place_missed,
            "Your loop ends one place too early: the last letter of the text follows something "
            "too. With n letters of context there are len(text) − n places.",
        ),
        Mistake(
            "only the last letter of the context",
            _shortened,
            "You look at one letter before. Compare the whole context: text[i : i + n].",
        ),
    ],
)


def add_k(counts, k, symbols):
    """Each symbol's (count + k) divided by the sum of all counts and k for every symbol."""
    total = sum(counts.values()) + k * len(symbols)
    return {symbol: (counts.get(symbol, 0) + k) / total for symbol in symbols}


def _shares(weights):
    total = sum(weights.values())
    return {symbol: weight / total for symbol, weight in weights.items()}


def _without_v(counts, k, symbols):
    total = sum(counts.values()) + k
    return {symbol: (counts.get(symbol, 0) + k) / total for symbol in symbols}


def _old_total(counts, k, symbols):
    total = sum(counts.values())
    if not total:
        return dict.fromkeys(symbols, 0.0)
    return {symbol: (counts.get(symbol, 0) + k) / total for symbol in symbols}


def _seen_only(counts, k, symbols):
    total = sum(counts.values()) + k * len(counts)
    if not total:
        return dict.fromkeys(symbols, 0.0)
    return {symbol: (counts.get(symbol, 0) + k) / total for symbol in symbols}


def _not_raised(counts, k, symbols):
    total = sum(counts.values()) + k * len(symbols)
    return {symbol: counts.get(symbol, 0) / total for symbol in symbols}


def _unseen_only(counts, k, symbols):
    total = sum(counts.values()) + k * (len(symbols) - len(counts))
    if not total:
        return dict.fromkeys(symbols, 0.0)
    return {symbol: (counts.get(symbol, 0) + k) / total for symbol in symbols}


ADD_K = function(
    "2.3",
    "add-k smoothing",
    right=add_k,
    praise="Nothing is impossible any more, and the sum is 1.",
    cases=[
        call(
            "add-one by hand",
            {"x": 3, "y": 1},
            1,
            "xyzuv",
            hint="Four counts and one more for each of five symbols: divide by 9.",
        ),
        call(
            "a small k",
            {"x": 3, "y": 1},
            0.1,
            "xyzuv",
            hint="The denominator is 4 + 0.1 · 5.",
        ),
        call(
            "a context that was never read",
            {},
            0.5,
            "abcd",
            hint="Without any count each of the four symbols gets the same.",
        ),
        call(
            "k = 0 is maximum likelihood",
            {"a": 2, "b": 6},
            0,
            "abc",
            hint="With k = 0 nothing is added, and c gets 0.",
        ),
    ],
    mistakes=[
        Mistake(
            "k is added only once below the line",
            _without_v,
            "Every one of the V symbols got k, so the denominator grows by k·V, not by k.",
        ),
        Mistake(
            "the old denominator",
            _old_total,
            "The counts have grown, and so has their sum: the denominator is c + k·V. Yours add up "
            "to more than 1.",
        ),
        Mistake(
            "V counts only what was seen",
            _seen_only,
            "V is the size of the alphabet, seen or not. You used the number of symbols that came.",
        ),
        Mistake(
            "one is added, whatever k is",
            lambda counts, k, symbols: add_k(counts, 1, symbols),
            "You add 1. Add k, above and below the line.",
        ),
        Mistake(
            "only the unseen get k",
            lambda counts, k, symbols: (
                _shares({s: counts.get(s, 0) or k for s in symbols})
                if k or counts
                else dict.fromkeys(symbols, 0.0)
            ),
            "Seen symbols get k too: count + k for each of them.",
        ),
        Mistake(
            "the unseen are left out",
            lambda counts, k, symbols: {
                s: p for s, p in add_k(counts, k, symbols).items() if counts.get(s)
            },
            "The symbols that never came are missing: they are what the smoothing is for. Go "
            "through `symbols`, not through `counts`.",
        ),
        Mistake(
            "a share of the uniform distribution is added",
            lambda counts, k, symbols: {
                s: p + k / len(symbols)
                for s, p in add_k(counts, 0 if counts else 1, symbols).items()
            },
            "You add k/V to the share. Add k to the count, then divide by what all counts have "
            "become.",
        ),
        Mistake(
            "counts, not probabilities",
            lambda counts, k, symbols: {s: counts.get(s, 0) + k for s in symbols},
            "These are the raised counts. Divide them by their sum.",
        ),
        Mistake(
            "k is added only below the line",
            _not_raised,
            "The sum has grown by k·V and the counts have not. Add k to each count as well.",
        ),
        Mistake(
            "V counts only what was not seen",
            _unseen_only,
            "Every symbol got k, the seen ones too: V is the size of the whole alphabet.",
        ),
    ],
)
