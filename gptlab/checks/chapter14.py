"""Checks for chapter 14, Parsing with the same network; brackets, scores and the open one have
other files."""

from __future__ import annotations

from functools import cache

from gptlab.checks import Mistake, call, choice, function, number
from gptlab.checks.chapter14_mend import MEND
from gptlab.checks.chapter14_open import PARENTS
from gptlab.checks.chapter14_scores import F1, SPANS
from gptlab.classic.pcfg_parser import nodes_of
from gptlab.text.toy_trees import Tree
from gptlab.text.trees import is_preterminal, linearise, read_tree

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


def _long_ones(tree: Tree) -> list[str]:
    """Without the constituents that have a single child."""
    if is_preterminal(tree):
        return ["XX"]
    children = [child for child in tree.children if isinstance(child, Tree)]
    inside = [symbol for child in children for symbol in _long_ones(child)]
    return inside if len(tree.children) == 1 else [f"({tree.label}", *inside, f"){tree.label}"]


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
            "what has one child is passed over",
            _long_ones,
            "An NP over a single word is a constituent too. Only a part of speech, whose child is "
            "a word, becomes XX.",
        ),
        Mistake(
            "the root has no brackets",
            lambda tree: linearise(tree)[1:-1] or linearise(tree),
            "The tree that you are given gets brackets as well: (S … )S.",
        ),
        Mistake(
            "the full stop left out",
            lambda tree: _with(tree, lambda t: _xx(t) if t.label != "." else []),
            "A full stop is a leaf as any other and becomes XX.",
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


@cache
def _trees(most: int | None = 1000) -> tuple[Tree, ...]:
    from gptlab.text.corpora import toy_split

    return tuple(sentence.tree for sentence in toy_split().train[:most])


def _labels(node: Tree) -> list[str]:
    return [child.label for child in node.children if isinstance(child, Tree)]


def _share(of, among, trees: tuple[Tree, ...] | None = None) -> float:
    nodes = [node for tree in trees or _trees() for node in nodes_of(tree) if among(node)]
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
            "all the training trees",
            lambda: _share(lambda n: "SBAR" in _labels(n), _is_np, _trees(None)),
            "That is the share in all 20,000 trees. Take the first 1,000: train[:1000].",
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
