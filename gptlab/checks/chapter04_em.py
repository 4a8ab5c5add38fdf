"""The check of exercise 4.3: one round of expectation-maximisation for IBM Model 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gptlab.checks import Mistake, call, function

Table = dict[tuple[str, str], float]


# The parts of a round. A wrong answer has one of them done otherwise.
def _share(table: Table, source: Any, target: Any, s: str, t: str) -> float:
    return table[s, t] / sum(table[other, t] for other in source)


def _words(target: Any) -> Any:
    return target


def _normalise(counts: Table) -> Table:
    totals: dict[str, float] = {}
    for (s, _), count in counts.items():
        totals[s] = totals.get(s, 0.0) + count
    return {(s, t): count / totals[s] for (s, t), count in counts.items()}


def _round(
    pairs: Any,
    table: Table,
    share: Callable[..., float] = _share,
    words: Callable[[Any], Any] = _words,
    normalise: Callable[[Table], Table] = _normalise,
) -> Table:
    counts: Table = {}
    for source, target in pairs:
        for t in words(target):
            for s in source:
                counts[s, t] = counts.get((s, t), 0.0) + share(table, source, target, s, t)
    return normalise(counts)


def em_round(pairs: Any, table: Table) -> Table:
    """One E step and one M step."""
    return _round(pairs, table)


def _but(**part: Callable[..., Any]) -> Callable[[Any, Table], Table]:
    return lambda pairs, table: _round(pairs, table, **part)


def _by_target(counts: Table) -> Table:
    totals: dict[str, float] = {}
    for (_, t), count in counts.items():
        totals[t] = totals.get(t, 0.0) + count
    return {(s, t): count / totals[t] for (s, t), count in counts.items()}


def _by_everything(counts: Table) -> Table:
    return {pair: count / sum(counts.values()) for pair, count in counts.items()}


def _winner(table: Table, source: Any, target: Any, s: str, t: str) -> float:
    return float(s == max(source, key=lambda other: table[other, t]))


def _over_targets(table: Table, source: Any, target: Any, s: str, t: str) -> float:
    return table[s, t] / sum(table[s, other] for other in target)


def _one_count_a_pair(table: Table, source: Any, target: Any, s: str, t: str) -> float:
    return table[s, t] / sum(table[one, other] for one in source for other in target)


def _over_the_table(table: Table, source: Any, target: Any, s: str, t: str) -> float:
    return table[s, t] / sum(share for (_, other), share in table.items() if other == t)


def _ever_alike(table: Table, source: Any, target: Any, s: str, t: str) -> float:
    return 1 / len(source)


_PAIRS = [
    (["das", "Haus"], ["the", "house"]),
    (["das", "Buch"], ["the", "book"]),
    (["ein", "Buch"], ["a", "book"]),
]
_UNIFORM = {(s, t): 0.25 for source, target in _PAIRS for s in source for t in target}
_LATER = _round(_PAIRS, _round(_PAIRS, _UNIFORM))
_TWICE = [(["NULL", "a", "b", "b"], ["x", "y", "x"]), (["NULL", "a"], ["y"])]
_TABLE = {
    ("NULL", "x"): 0.3, ("NULL", "y"): 0.7, ("a", "x"): 0.6, ("a", "y"): 0.4, ("b", "x"): 0.1,
    ("b", "y"): 0.9,
}  # fmt: skip

ROUND = function(
    "4.3",
    "one round of expectation-maximisation",
    right=em_round,
    praise="All of Model 1's learning is in it. gptlab does the same with arrays.",
    cases=[
        call(
            "the three pairs, from the uniform table",
            _PAIRS,
            _UNIFORM,
            hint="Each English word hands out shares that sum to one; each German word's new "
            "probabilities sum to one.",
        ),
        call(
            "a later round, with an uneven table",
            _PAIRS,
            _LATER,
            hint="The shares are in proportion to the table that you were given.",
        ),
        call(
            "words that stand twice, and NULL as a word among others",
            _TWICE,
            _TABLE,
            hint="Each place of a sentence counts, on both sides.",
        ),
        call("one pair of one word", [(["ja"], ["yes"])], {("ja", "yes"): 0.5}),
    ],
    mistakes=[
        Mistake(
            "shared out among the English words",
            _but(share=_over_targets),
            "The sum in the share runs over the German words of the sentence: they compete for "
            "one English word. You let English words compete.",
        ),
        Mistake(
            "one count for the whole pair of sentences",
            _but(share=_one_count_a_pair),
            "You shared one count among all pairs of words. Each English word has a count of its "
            "own, shared among the German words: the sum runs over the source alone.",
        ),
        Mistake(
            "all German words of the table compete",
            _but(share=_over_the_table),
            "Only the German words of the same sentence can have made the English word. You "
            "divided by the sum over all that stand in the table.",
        ),
        Mistake(
            "always shared alike",
            _but(share=_ever_alike),
            "You give each German word the same share, whatever the table says. That is right "
            "in the first round only: the shares are in proportion to the table.",
        ),
        Mistake(
            "nothing is shared",
            _but(share=lambda *_: 1.0),
            "Every pair of words got a full count. An English word has one count to give, split "
            "among the German words beside it.",
        ),
        Mistake(
            "the share is not divided",
            _but(share=lambda table, source, target, s, t: table[s, t]),
            "You added table entries. Divide each by the sum of the entries of all German words "
            "of the sentence, so that the shares of an English word sum to one.",
        ),
        Mistake(
            "the winner takes all",
            _but(share=_winner),
            "The likeliest German word got the whole count. That is another method (hard EM): the "
            "first guess decides, and doubt is lost. Split the count in proportion.",
        ),
        Mistake(
            "normalised over the German words",
            _but(normalise=_by_target),
            "You made the probabilities of each English word sum to one. t(e | g) sums to one over "
            "e, for each g: divide by all that g has collected.",
        ),
        Mistake(
            "normalised over everything",
            _but(normalise=_by_everything),
            "The whole table sums to one now. Each German word has a row of its own.",
        ),
        Mistake(
            "no M step",
            _but(normalise=dict),
            "These are the expected counts. Divide each by the sum of its German word's counts.",
        ),
        Mistake(
            "a word that stands twice counts once",
            _but(words=lambda target: dict.fromkeys(target)),
            "Go through the places of the sentence, not through the set of its words. (NLTK does "
            "it as you did; the paper counts each place.)",
        ),
        Mistake(
            "the table came back as it was",
            lambda pairs, table: dict(table),
            "Return a new table made from the counts.",
        ),
    ],
)
