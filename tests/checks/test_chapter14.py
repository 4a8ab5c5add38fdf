"""Answers to chapter 14 that are not in the lists of mistakes, as learners would write them.

What is listed is proved in test_exercises.py. Here: other ways of being right pass, other ways of
being wrong hear something that fits; and the right answers are the library's.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from gptlab.checks import check
from gptlab.checks.chapter14 import CLAUSES, written
from gptlab.checks.chapter14_mend import mend
from gptlab.checks.chapter14_open import GOOD
from gptlab.checks.chapter14_scores import labelled_f1, spans
from gptlab.text.grammar import toy_grammar
from gptlab.text.tree_repair import repair
from gptlab.text.trees import delinearise, linearise


def by_text(tree):
    """From the brackets, by regular expressions."""
    text = re.sub(r"\((\S+) [^\s()]+\)", "XX", str(tree))
    found, pile = [], []
    for piece in re.findall(r"\(\S+|\)|XX", text):
        if piece.startswith("("):
            pile.append(piece[1:])
        found.append(piece if piece != ")" else f"){pile.pop()}")
    return found


def from_symbols(tree):
    """Spans read off the linearised tree."""
    found, pile, place = Counter(), [], 0
    for symbol in linearise(tree):
        if symbol == "XX":
            place += 1
        elif symbol.startswith("("):
            pile.append((symbol[1:], place))
        else:
            label, start = pile.pop()
            found[label, start, place] += 1
    return found


def by_rates(gold, ours):
    matched = sum(sum(min(n, o[k]) for k, n in g.items()) for g, o in zip(gold, ours, strict=True))
    precision = matched / sum(sum(o.values()) for o in ours)
    recall = matched / sum(sum(g.values()) for g in gold)
    total = precision + recall
    return [100 * precision, 100 * recall, 100 * 2 * precision * recall / total if total else 0]


def recursive_mend(symbols):
    symbols, out = list(symbols), []

    def inside(label, above):
        """Write what stands in one constituent; returns the label that ended it from outside."""
        while symbols:
            symbol = symbols.pop(0)
            if symbol.startswith("("):
                out.append(symbol)
                ended = inside(symbol[1:], [*above, label])
                out.append(f"){symbol[1:]}")
                if ended is not None and ended != label:
                    return ended
                if ended is not None:
                    return None
            elif symbol.startswith(")"):
                if symbol[1:] == label:
                    return None
                if symbol[1:] in above:
                    return symbol[1:]
            else:
                out.append(symbol)
        return None

    inside(None, [])
    return out


def all_sentences_in_one(gold, ours):
    g, o = sum(gold, Counter()), sum(ours, Counter())
    m = (g & o).total()
    return 100 * m / o.total(), 100 * m / g.total(), 200 * m / (g.total() + o.total())


def stops_at_the_oldest(symbols):
    out, pile = [], []
    for symbol in symbols:
        if symbol[0] == "(":
            pile.append(symbol[1:])
        elif symbol[0] == ")" and symbol[1:] not in pile:
            continue
        elif symbol[0] == ")":
            oldest = pile.index(symbol[1:])
            out += [f"){label}" for label in reversed(pile[oldest + 1 :])]
            del pile[oldest:]
        out.append(symbol)
    return out + [f"){label}" for label in reversed(pile)]


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("14.1", " b"),
        ("14.2", by_text),
        ("14.3", from_symbols),
        ("14.3", lambda tree: dict(from_symbols(tree))),
        ("14.4", lambda gold, ours: tuple(by_rates(gold, ours))),
        ("14.5", recursive_mend),
        ("14.6", 0.1097),
        ("14.7", {200: [90.0, 88.5], 2000: [96.4, 97.1], 5000: [97.0, 98.0], 20_000: [97.1, 98.2]}),
    ],
)
def test_other_right_answers_pass(exercise, answer):
    result = check(exercise, answer)
    assert result, result.text


@pytest.mark.parametrize(
    ("exercise", "answer", "told"),
    [
        ("14.1", "E", "choose one of A, B, C, D"),
        ("14.2", lambda tree: " ".join(linearise(tree)), "one text instead of a list"),
        ("14.2", lambda tree: linearise(tree)[1:-1], "It begins (S"),
        ("14.3", lambda tree: spans(tree) - Counter({("S", 0, 7): 1}), "Six constituents"),
        ("14.4", lambda gold, ours: labelled_f1(gold, ours)[2], "7 constituents are shared"),
        ("14.4", lambda gold, ours: by_rates(gold, ours)[:2], "7 constituents"),
        # both once passed: no case had a span in the wrong sentence, or a label open twice
        ("14.4", all_sentences_in_one, "sentences thrown together"),
        ("14.5", stops_at_the_oldest, "the oldest of its name"),
        ("14.5", lambda symbols: [*symbols], "Three are open"),
        ("14.6", 0.2, "Take every node"),
        ("14.7", {}, "give {trees: (F1, F1 with parents)}"),
        ("14.7", {100: 88.0}, "is not trees: (F1, F1 with parents)"),
        ("14.7", {100: (88.0, float("nan"))}, "give two finite numbers"),
        ("14.7", {100: (88.1, 83.0), 9000: (97.0, 98.0)}, "2 sizes; measure at least three"),
        ("14.7", dict(zip((900, 950, 990), GOOD.values(), strict=True)), "try 200"),
        ("14.7", GOOD | {10_000: (97.0, 96.0)}, "with 10000 -1.0"),
        ("14.7", GOOD | {500: (30.0, 94.0)}, "between 60 and 99.9"),
    ],
)
def test_other_wrong_answers_hear_something_that_fits(exercise, answer, told):
    result = check(exercise, answer)
    assert not result
    assert told in result.text


def test_mended_brackets_are_the_librarys():
    trees = [sentence.tree for sentence in toy_grammar().sample(40, seed=14)]
    for k, tree in enumerate(trees):
        symbols = linearise(tree)
        del symbols[3 * k % len(symbols)]
        words = ["w"] * symbols.count("XX")
        if words and "empty" not in {n for n, v in vars(repair(symbols, words)[1]).items() if v}:
            mended, repairs = mend(symbols), repair(symbols, words)[1]
            assert mended == recursive_mend(symbols)
            if not repairs.roots and not repairs.missing:
                assert delinearise(mended, words) == repair(symbols, words)[0]
        assert mend(written(tree)) == written(tree)


def test_the_share_is_a_share():
    assert 0 < CLAUSES.right() < 0.2
