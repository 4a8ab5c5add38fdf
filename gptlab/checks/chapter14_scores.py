"""The checks of exercises 14.3 and 14.4: constituents, and precision, recall and F1 over them."""

from __future__ import annotations

from collections import Counter

from gptlab.checks import Mistake, call, function
from gptlab.evaluation.parsing import constituents
from gptlab.text.toy_trees import Tree
from gptlab.text.trees import is_preterminal, read_tree


def spans(tree):
    """How often each (label, first word, end) stands in the tree."""
    return constituents(tree)


def _changed(change):
    """What someone counts who changes each (label, start, end) before counting it."""
    return lambda tree: Counter(map(change, spans(tree).elements()))


def _with_tags(tree: Tree) -> Counter:
    found, place = Counter(spans(tree)), 0
    stack = [tree]
    while stack:
        node = stack.pop()
        if is_preterminal(node):
            found[node.label, place, place + 1] += 1
            place += 1
        else:
            stack.extend(reversed([child for child in node.children if isinstance(child, Tree)]))
    return found


def _without_stop(tree: Tree) -> Counter:
    """Only for full stops at the end."""
    words = len(tree.words()) - (tree.words()[-1] == ".")
    return Counter(((c, i, min(j, words)) for c, i, j in spans(tree).elements()))


FOX = read_tree(
    "(S (NP (DT the) (NN fox)) (VP (VB saw) (NP (DT a) (NN dog) (PP (IN in) (NP (NN town))))))"
)
STOPPED = read_tree("(S (NP (DT the) (NN dog)) (VP (VB sleeps)) (. .))")
TWICE = read_tree("(S (NP (NP (NN dogs))) (VP (VB bark)))")

SPANS = function(
    "14.3",
    "the constituents of a tree",
    right=spans,
    praise="Label, start and end: nothing more is compared when parses are scored.",
    cases=[
        call(
            "the fox saw a dog in town", FOX,
            hint="Six constituents: S 0–7, NP 0–2, VP 2–7, NP 3–7, PP 5–7, NP 6–7.",
        ),
        call("with a full stop", STOPPED, hint="S 0–4: the full stop has a place, the last one."),
        call("the same span twice", TWICE, hint="NP over dogs stands there twice: count 2."),
        call("a part of speech", read_tree("(NN dog)"), hint="No constituent: an empty Counter."),
    ],
    mistakes=[
        Mistake(
            "the end is the last word",
            _changed(lambda c: (c[0], c[1], c[2] - 1)),
            "The end is the place after the last word, as in Python's slices: words[start:end].",
        ),
        Mistake(
            "parts of speech counted",
            _with_tags,
            "Parts of speech are no constituents. They would be one easy point for each word.",
        ),
        Mistake(
            "the full stop has no place",
            _without_stop,
            "Here every word has a place, a full stop too. score_parses takes punctuation out "
            "later, on both sides.",
        ),
        Mistake(
            "labels left out",
            _changed(lambda c: (c[1], c[2])),
            "A constituent is a label with its span. Without labels every NP could be a VP.",
        ),
        Mistake(
            "each span once",
            lambda tree: Counter(set(spans(tree))),
            "The same label over the same words may stand twice, one above the other. A set "
            "forgets that; a Counter does not.",
        ),
        Mistake(
            "the root left out",
            lambda tree: spans(tree) - Counter({(tree.label, 0, len(tree.words())): 1}),
            "The whole sentence is a constituent too: count the node that you begin with.",
        ),
        Mistake(
            "length in place of the end",
            _changed(lambda c: (c[0], c[1], c[2] - c[1])),
            "The third entry is the place after the last word, not the number of words.",
        ),
        Mistake(
            "place and label in another order",
            _changed(lambda c: (c[1], c[2], c[0])),
            "Write (label, start, end).",
        ),
        Mistake(
            "words counted from one",
            _changed(lambda c: (c[0], c[1] + 1, c[2] + 1)),
            "The first word of the sentence has place 0.",
        ),
    ],
)  # fmt: skip


def labelled_f1(gold, ours):
    """Precision, recall and F1 in percent over all sentences together."""
    matched = sum((g & o).total() for g, o in zip(gold, ours, strict=True))
    in_gold = sum(g.total() for g in gold)
    in_ours = sum(o.total() for o in ours)
    return _percent(matched, in_gold, in_ours)


def _percent(matched, in_gold, in_ours):
    return 100 * matched / in_ours, 100 * matched / in_gold, 200 * matched / (in_gold + in_ours)


def _mean(gold, ours):
    rows = [labelled_f1([g], [o]) for g, o in zip(gold, ours, strict=True)]
    return tuple(sum(column) / len(rows) for column in zip(*rows, strict=True))


def _swapped(gold, ours):
    precision, recall, f1 = labelled_f1(gold, ours)
    return recall, precision, f1


def _arithmetic(gold, ours):
    precision, recall, _ = labelled_f1(gold, ours)
    return precision, recall, (precision + recall) / 2


def _without_labels(gold, ours):
    def bare(side):
        return [Counter((i, j) for _, i, j in each.elements()) for each in side]

    return labelled_f1(bare(gold), bare(ours))


def _as_sets(gold, ours):
    return labelled_f1(*([Counter(set(each)) for each in side] for side in (gold, ours)))


def _one_pot_of_spans(gold, ours):
    """The Counters of all sentences added up before they are compared."""
    return labelled_f1([sum(gold, Counter())], [sum(ours, Counter())])


def _of_all_different(gold, ours):
    precision, recall, _ = labelled_f1(gold, ours)
    matched = sum((g & o).total() for g, o in zip(gold, ours, strict=True))
    either = sum((g | o).total() for g, o in zip(gold, ours, strict=True))
    return precision, recall, 100 * matched / either


IN_GOLD = [
    Counter({("S", 0, 7): 1, ("NP", 0, 2): 1, ("VP", 2, 7): 1, ("NP", 3, 7): 1, ("PP", 5, 7): 1}),
    Counter({("S", 0, 2): 1, ("NP", 0, 1): 2, ("VP", 1, 2): 1}),
]
IN_OURS = [
    Counter({("S", 0, 7): 1, ("NP", 0, 2): 1, ("VP", 2, 7): 1, ("VP", 3, 7): 1, ("X", 4, 7): 1,
             ("NP", 3, 5): 1, ("PP", 5, 7): 1}),
    Counter({("S", 0, 2): 1, ("NP", 0, 1): 2}),
]  # fmt: skip

F1 = function(
    "14.4",
    "precision, recall and F1",
    right=labelled_f1,
    praise="One pot for all sentences, and precision divides by what the parser said.",
    cases=[
        call("two sentences", IN_GOLD, IN_OURS, hint="7 constituents are shared, of 9 and of 10."),
        call("the same trees", IN_GOLD, IN_GOLD, hint="Three times 100."),
        call(
            "right, but in the other sentence",
            [Counter({("S", 0, 2): 1, ("NP", 0, 1): 1}), Counter({("S", 0, 2): 1})],
            [Counter({("S", 0, 2): 1}), Counter({("S", 0, 2): 1, ("NP", 0, 1): 1})],
            hint="The NP stands in the wrong sentence: 2 are shared, of 3 and of 3.",
        ),
        call(
            "nothing in common", [IN_GOLD[1]], [Counter({("X", 0, 2): 1, ("Y", 0, 1): 1})],
            hint="No match: three zeros. Compute F1 as 2m / (g + o), and nothing divides by zero.",
        ),
    ],
    mistakes=[
        Mistake(
            "precision and recall changed places", _swapped,
            "Precision divides by what the parser said, recall by what the treebank has.",
        ),
        Mistake(
            "a mean over sentences", _mean,
            "You averaged the figures of the sentences. Add up the counts of all sentences "
            "first, then divide once: long sentences have more constituents and count for more.",
        ),
        Mistake(
            "the ordinary mean", _arithmetic,
            "F1 is the harmonic mean, 2m / (g + o): it stays near the smaller of the two.",
        ),
        Mistake(
            "labels ignored", _without_labels,
            "A span under another label is no match. Compare the Counters as they are: g & o.",
        ),
        Mistake(
            "a span counted once only", _as_sets,
            "A constituent that stands twice counts twice. Use the Counters' own &, which keeps "
            "the smaller count, and total().",
        ),
        Mistake(
            "sentences thrown together",
            _one_pot_of_spans,
            "You added up the Counters before comparing them: an NP over words 0 to 1 of one "
            "sentence then matches that of another. Compare sentence by sentence, then add.",
        ),
        Mistake(
            "divided by all that either has",
            _of_all_different,
            "That third figure is m over all different constituents. F1 is 2m / (g + o).",
        ),
        Mistake(
            "F1 first",
            lambda gold, ours: labelled_f1(gold, ours)[::-1],
            "Return precision, recall, F1, in this order.",
        ),
        Mistake(
            "shares, not percent",
            lambda gold, ours: tuple(value / 100 for value in labelled_f1(gold, ours)),
            "Give percent: multiply by 100.",
        ),
    ],
)  # fmt: skip
