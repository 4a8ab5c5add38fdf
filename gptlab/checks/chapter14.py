"""Checks for chapter 14, Parsing with the same network; scores and open ones have other files."""

from __future__ import annotations

from functools import cache

from gptlab.checks import Mistake, call, choice, function, number
from gptlab.checks.chapter14_open import PARENTS
from gptlab.checks.chapter14_scores import F1, SPANS
from gptlab.classic.pcfg_parser import nodes_of
from gptlab.text.toy_trees import Tree
from gptlab.text.trees import closes, is_preterminal, linearise, opens, read_tree

PAPER = choice(
    "14.1",
    "what the paper changed",
    right="B",
    why="Longer outputs, a wider beam, a gentler length penalty. The network itself was that of "
    "translation, with four layers and d_model 1024.",
    wrong={
        "A": "Nothing in section 6.3 keeps the network from writing what is no tree. It has to "
        "learn the brackets, as ours had.",
        "C": "Look at the row of Dyer et al. 2016 in table 4: among the parsers trained on WSJ "
        "only, one is ahead.",
        "D": "Compare the two rows of the Transformer in table 4 again: the gain from 17 million "
        "sentences is smaller than that.",
    },
)


def written(tree: Tree) -> list[str]:
    """The tree as symbols, XX for each word."""
    return linearise(tree)


def _with(tree: Tree, leaf, closing=lambda label: f"){label}", order=tuple) -> list[str]:
    """Linearised in another way."""
    if is_preterminal(tree):
        return leaf(tree)
    inside = [s for child in order(tree.children) for s in _with(child, leaf, closing, order)]
    return [f"({tree.label}", *inside, closing(tree.label)]


def _xx(tree: Tree) -> list[str]:
    return ["XX"]


DOG = read_tree("(S (NP (DT the) (NN dog)) (VP (VB sleeps)) (. .))")
NESTED = read_tree(
    "(S (NP (NP (DT a) (NN king)) (CC and) (NP (NN queens))) (VP (MD will) (VP (VB sing))))"
)

WRITE = function(
    "14.2",
    "a tree as symbols",
    right=written,
    praise="A symbol for each bracket, XX for each word, and the sentence keeps its words.",
    cases=[
        call("the dog sleeps", DOG, hint="It begins (S (NP XX XX )NP and ends XX )S."),
        call("constituents in constituents", NESTED, hint="An NP may open right after an NP."),
        call("one word", read_tree("(NN dog)"), hint="A part of speech alone is one XX."),
    ],
    mistakes=[
        Mistake(
            "closing brackets without their label",
            lambda tree: _with(tree, _xx, closing=lambda label: ")"),
            "A closing symbol repeats the label: )NP. It costs nothing, and it tells the network "
            "what has just ended.",
        ),
        Mistake(
            "brackets around parts of speech",
            lambda tree: _with(tree, lambda t: [f"({t.label}", "XX", f"){t.label}"]),
            "A part of speech is no constituent: it becomes one XX, without brackets. Test for a "
            "child that is a word.",
        ),
        Mistake(
            "the words are written",
            lambda tree: _with(tree, lambda t: list(t.words())),
            "The sentence has the words. For each of them write XX.",
        ),
        Mistake(
            "parts of speech in place of XX",
            lambda tree: linearise(tree, "tags"),
            "Every part of speech becomes the same symbol, XX.",
        ),
        Mistake(
            "the label before the bracket",
            lambda tree: _with(tree, _xx, closing=lambda label: f"{label})"),
            "The closing symbol is the bracket and then the label: )NP.",
        ),
        Mistake(
            "one text instead of a list",
            lambda tree: " ".join(linearise(tree)),
            "Return a list with one symbol an entry; a caller can join it.",
        ),
        Mistake(
            "from right to left",
            lambda tree: _with(tree, _xx, order=lambda children: children[::-1]),
            "Children are written in the order of the sentence, the first one first.",
        ),
    ],
)


def _walked(symbols, close):
    """The symbols so far, and the pile of labels still open.

    `close(label, pile)` takes off the pile what a closing symbol ends, and returns what is written.
    """
    found: list[str] = []
    pile: list[str] = []
    for symbol in symbols:
        if opens(symbol):
            pile.append(symbol[1:])
        found += close(symbol[1:], pile) if closes(symbol) else [symbol]
    return found, pile


def _mending(close):
    """Rule 3 after what `close` makes of rules 1 and 2."""

    def mends(symbols):
        found, pile = _walked(symbols, close)
        return found + [f"){label}" for label in reversed(pile)]

    return mends


def _from(place, pile):
    """Close everything on the pile from a place on, the newest first."""
    written = [f"){label}" for label in reversed(pile[place:])]
    del pile[place:]
    return written


def _newest(label, pile):
    return _from(len(pile) - 1 - pile[::-1].index(label), pile) if label in pile else []


def mend(symbols):
    """Symbols whose brackets match, with as little change as the rules allow."""
    return _mending(_newest)(symbols)


def _only_top(label, pile):
    return _from(-1, pile) if pile and pile[-1] == label else []


def _whatever_is_on_top(label, pile):
    return _from(-1, pile)


def _oldest(label, pile):
    return _from(pile.index(label), pile) if label in pile else []


def _unwritten(label, pile):
    return _newest(label, pile)[-1:]


def _never_closed(symbols):
    return _walked(symbols, _newest)[0]


def _oldest_first(symbols):
    found, pile = _walked(symbols, _newest)
    return found + [f"){label}" for label in pile]


def _counted(symbols):
    """Looks only at how many brackets are open."""
    found, depth = [], 0
    for symbol in symbols:
        depth += opens(symbol) - closes(symbol)
        if depth < 0:
            depth = 0
            continue
        found.append(symbol)
    return found + [")S"] * depth


MEND = function(
    "14.5",
    "mend the brackets",
    right=mend,
    praise="Whatever comes in, a tree can be read from what goes out.",
    cases=[
        call("nothing to mend", written(DOG), hint="What is well-formed comes back as it is."),
        call(
            "the end is missing",
            ["(S", "(NP", "XX", "XX", ")NP", "(VP", "XX", "(NP", "XX"],
            hint="Three are open: NP closes first, then VP, then S.",
        ),
        call(
            "closed but never opened",
            ["(S", "(NP", "XX", ")VP", "XX", ")NP", ")NP", "XX", ")S"],
            hint=")VP goes, and so does the second )NP: no such label is open then.",
        ),
        call(
            "an outer one closed first",
            ["(S", "(VP", "XX", "(NP", "XX", "(PP", "XX", ")VP", "XX", ")S"],
            hint=")VP comes while PP and NP are open above it on the pile: close them first.",
        ),
        call(
            "two of one label open",
            ["(S", "(NP", "XX", "(NP", "XX", "(PP", "XX", ")NP", "XX", ")S"],
            hint=")NP closes PP and the newest NP; the older NP stays open until )S.",
        ),
        call("nothing at all", [], hint="No symbols in, none out."),
    ],
    mistakes=[
        Mistake(
            "what is open stays open", _never_closed,
            "At the end close everything that is still on the pile.",
        ),
        Mistake(
            "the oldest closed first", _oldest_first,
            "The newest open bracket lies on top of the pile and is closed first: reversed(pile).",
        ),
        Mistake(
            "labels not looked at", _mending(_whatever_is_on_top),
            "You close whatever is on top, under its own name. Rule 1: a closing symbol whose "
            "label is not open at all is dropped.",
        ),
        Mistake(
            "only the top of the pile", _mending(_only_top),
            "When the label is open further down the pile, close those above it, then it. Drop "
            "the symbol only if its label is nowhere on the pile.",
        ),
        Mistake(
            "the oldest of its name", _mending(_oldest),
            "Where a label is open twice, its closing symbol belongs to the newest.",
        ),
        Mistake(
            "closed on the pile only", _mending(_unwritten),
            "You take the labels above off the pile, but do not write their closing symbols.",
        ),
        Mistake(
            "brackets only counted", _counted,
            "As many closing as opening brackets are not enough: each has to close the right one.",
        ),
    ],
)  # fmt: skip


@cache
def _trees() -> tuple[Tree, ...]:
    from gptlab.text.corpora import toy_split

    return tuple(sentence.tree for sentence in toy_split().train[:1000])


def _labels(node: Tree) -> list[str]:
    return [child.label for child in node.children if isinstance(child, Tree)]


def _share(of, among) -> float:
    nodes = [node for tree in _trees() for node in nodes_of(tree) if among(node)]
    return sum(map(of, nodes)) / len(nodes)


def _is_np(node: Tree) -> bool:
    return node.label == "NP"


def _share_of_rules() -> float:
    rules = {tuple(_labels(n)) for tree in _trees() for n in nodes_of(tree) if _is_np(n)}
    return sum("SBAR" in right for right in rules) / len(rules)


CLAUSES = number(
    "14.6",
    "noun phrases with a clause",
    right=lambda: _share(lambda n: "SBAR" in _labels(n), _is_np),
    unit="NP nodes with an SBAR among their children, as a share of all NP nodes",
    tolerance=0.005,
    hint="Take every node of every tree (nodes_of), keep those with the label NP, and look at the "
    "labels of their children.",
    praise="One noun phrase in nine carries a clause: that is what a treebank grammar counts.",
    mistakes=[
        Mistake(
            "a share of sentences",
            lambda: sum(
                any(_is_np(n) and "SBAR" in _labels(n) for n in nodes_of(t)) for t in _trees()
            ) / 1000,
            "That is the share of sentences that have one. Divide by the number of NP nodes.",
        ),
        Mistake(
            "a share of all constituents",
            lambda: _share(
                lambda n: _is_np(n) and "SBAR" in _labels(n), lambda n: not is_preterminal(n)
            ),
            "You divided by all constituents. P(NP → …) is a share of the NP nodes alone.",
        ),
        Mistake(
            "a share of all nodes",
            lambda: _share(lambda n: _is_np(n) and "SBAR" in _labels(n), lambda n: True),
            "You divided by all nodes, parts of speech included. P(NP → …) is a share of NPs.",
        ),
        Mistake(
            "of the clauses, those below an NP",
            lambda: _share(lambda n: "SBAR" in _labels(n), _is_np)
            * _share(_is_np, lambda n: True) / _share(lambda n: n.label == "SBAR", lambda n: True),
            "That is the share of SBAR nodes that hang below an NP: the question is the other way "
            "round.",
        ),
        Mistake(
            "percent",
            lambda: 100 * _share(lambda n: "SBAR" in _labels(n), _is_np),
            "That is in percent. Give a share, a number from 0 to 1.",
        ),
        Mistake(
            "kinds of rules",
            _share_of_rules,
            "You counted each different rule once. A rule that is used often counts as often.",
        ),
        Mistake(
            "a count instead of a share",
            lambda: sum(
                _is_np(n) and "SBAR" in _labels(n) for t in _trees() for n in nodes_of(t)
            ),
            "That is how many there are. Divide by the number of NP nodes.",
        ),
    ],
)  # fmt: skip

EXERCISES = (PAPER, WRITE, SPANS, F1, MEND, CLAUSES, PARENTS)
