"""Trees as text and as sequences: brackets of a treebank, and symbols that a network can write.

A treebank writes a tree in brackets: (S (NP (DT the) (NN dog)) (VP (VB sleeps)) (. .)). For a
network the same tree is a sequence of symbols, one for each bracket and one for each word:

    (S (NP XX XX )NP (VP XX )VP XX )S

Source: Vinyals et al. 2015, "Grammar as a Foreign Language", section 2 and figure 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from gptlab.errors import LabError
from gptlab.text.toy_trees import Tree

LEAF = "XX"  # stands for any part of speech
LEAVES = ("XX", "tags")
DEEPEST = 200  # levels; the Penn Treebank's deepest trees have a few dozen
_PIECES = re.compile(r"[()]|[^\s()]+")


def is_preterminal(tree: Tree) -> bool:
    """Whether the node is a part of speech: one child, and that is a word."""
    return len(tree.children) == 1 and isinstance(tree.children[0], str)


def read_tree(text: str) -> Tree:
    """The one tree that a text holds. Raises LabError for another number, and as `read_trees`.

    >>> read_tree("(S (NP (DT the) (NN dog)) (VP (VB sleeps)))").words()
    ('the', 'dog', 'sleeps')
    """
    found = read_trees(text)
    if len(found) != 1:
        raise LabError(f"the text holds {len(found)} trees; give one, or use read_trees for many")
    return found[0]


def read_trees(text: str) -> list[Tree]:
    """All bracketed trees of a text, in order; white space and line ends mean nothing.

    A bracket without a label, as the Penn Treebank puts around each sentence, gives way to its only
    child; with several children it gets the label TOP.

    Raises LabError for a bracket that is never closed or never opened, for a word outside of all
    brackets, for a bracket with nothing in it, and for a tree deeper than DEEPEST.
    """
    trees: list[Tree] = []
    labels: list[str] = []
    children: list[list[Tree | str]] = []
    starts: list[int] = []
    fresh = False  # right after "(", where a label may stand
    for match in _PIECES.finditer(text):
        piece, at = match.group(), match.start()
        if piece == "(":
            if len(labels) == DEEPEST:
                raise LabError(f"the tree at {_near(text, starts[0])} has over {DEEPEST} levels")
            labels.append("")
            children.append([])
            starts.append(at)
        elif piece == ")":
            if not labels:
                raise LabError(
                    f"a bracket is closed that was never opened, at {_near(text, at)}; remove it "
                    "or open it"
                )
            tree = _node(labels.pop(), children.pop(), text, starts.pop())
            (children[-1] if children else trees).append(tree)
        elif not labels:
            raise LabError(f"{piece!r} stands outside of all brackets, at {_near(text, at)}")
        elif fresh:
            labels[-1] = piece
        else:
            children[-1].append(piece)
        fresh = piece == "("
    if labels:
        raise LabError(
            f"{len(labels)} bracket(s) are never closed; the last one opens at "
            f"{_near(text, starts[-1])}: add the closing bracket"
        )
    return trees


def _node(label: str, children: list[Tree | str], text: str, at: int) -> Tree:
    if not children:
        raise LabError(f"the bracket at {_near(text, at)} has nothing in it; remove it")
    if not label and len(children) == 1 and isinstance(children[0], Tree):
        return children[0]
    return Tree(label or "TOP", tuple(children))


def _near(text: str, at: int) -> str:
    """A place in a text, for people."""
    shown = " ".join(text[at : at + 40].split())
    return f"line {text.count(chr(10), 0, at) + 1} ({shown!r})"


def linearise(tree: Tree, leaves: str | Sequence[str] = LEAF) -> list[str]:
    """The tree as symbols: "(NP" opens a constituent, ")NP" closes it, one symbol for each word.

    `leaves`: "XX" writes XX for every word, as Vinyals et al. do, since the sentence has the words
    already; "tags" its part of speech; a list has one symbol for each word, such as the words
    themselves, by which a writer can tell where in the sentence it is.

    Raises LabError for another way to write leaves, for a word without a part of speech of its own,
    and for a list of another length or with a symbol that reads as a bracket.

    >>> " ".join(linearise(read_tree("(S (NP (DT the) (NN dog)) (VP (VB sleeps)))")))
    '(S (NP XX XX )NP (VP XX )VP )S'
    """
    if isinstance(leaves, str):
        if leaves not in LEAVES:
            raise LabError(
                f"leaves={leaves!r} is unknown; choose one of {', '.join(LEAVES)}, or give a list"
            )
        return _symbols(tree, None if leaves == LEAVES[1] else iter(lambda: LEAF, None))
    given = list(leaves)
    if len(given) != len(tree.words()):
        raise LabError(f"{len(given)} leaves for {len(tree.words())} words; give one for each")
    for leaf in given:
        if opens(leaf) or closes(leaf):
            raise LabError(f"the leaf {leaf!r} reads as a bracket; write it in another way")
    return _symbols(tree, iter(given))


def _symbols(tree: Tree, leaves: Iterator[str] | None) -> list[str]:
    """The symbols of a tree; without `leaves`, each word's part of speech."""
    if is_preterminal(tree):
        return [tree.label if leaves is None else next(leaves)]
    symbols = [f"({tree.label}"]
    for child in tree.children:
        if isinstance(child, str):
            raise LabError(
                f"the word {child!r} below {tree.label} has no part of speech of its own; write "
                f"(XX {child})"
            )
        symbols += _symbols(child, leaves)
    return [*symbols, f"){tree.label}"]


def delinearise(symbols: Sequence[str], words: Sequence[str]) -> Tree:
    """The tree that `symbols` write over `words`: the inverse of `linearise`.

    A leaf's symbol becomes the part of speech, so that XX stays XX. Strict: what a network writes
    may be no tree at all, and `gptlab.text.tree_repair.repair` is for that.

    Raises LabError where brackets do not match, where leaves and words differ in number, for an
    empty constituent, and where the symbols are no single tree.
    """
    if isinstance(symbols, str) or isinstance(words, str):
        raise LabError("got a string; give lists of symbols and of words: text.split()")
    open_labels: list[str] = []
    levels: list[list[Tree]] = [[]]
    used = 0
    for place, symbol in enumerate(symbols):
        if levels[0] and not open_labels:
            raise LabError(f"symbol {place}, {symbol!r}, stands after the end of the tree")
        if opens(symbol):
            if len(open_labels) == DEEPEST:
                raise LabError(f"the tree has over {DEEPEST} levels, at symbol {place}")
            open_labels.append(symbol[1:])
            levels.append([])
        elif closes(symbol):
            if not open_labels or open_labels[-1] != symbol[1:]:
                expected = f"){open_labels[-1]}" if open_labels else "nothing to close"
                raise LabError(f"symbol {place} is {symbol!r}; expected {expected}")
            inside = levels.pop()
            if not inside:
                raise LabError(f"symbol {place}, {symbol!r}, closes a constituent without words")
            levels[-1].append(Tree(open_labels.pop(), tuple(inside)))
        else:
            if used == len(words):
                raise LabError(f"symbol {place} is a leaf, but all {len(words)} words are used")
            levels[-1].append(Tree(symbol, (words[used],)))
            used += 1
    if open_labels:
        raise LabError(f"{' '.join(open_labels)}: opened and never closed")
    if used != len(words):
        raise LabError(f"{used} leaves for {len(words)} words; they must be as many")
    if not levels[0]:
        raise LabError("there are no symbols; a tree has at least one leaf")
    return levels[0][0]


def opens(symbol: str) -> bool:
    """Whether a symbol opens a constituent: "(NP"."""
    return symbol.startswith("(") and len(symbol) > 1


def closes(symbol: str) -> bool:
    """Whether a symbol closes a constituent: ")NP"."""
    return symbol.startswith(")") and len(symbol) > 1


def symbols_of(labels: Iterable[str]) -> list[str]:
    """The symbols that write trees with these labels: two for each, and XX."""
    return [LEAF, *(mark + label for label in sorted(set(labels)) for mark in "()")]


def tree_depth(tree: Tree) -> int:
    """Constituents on the longest way down; a part of speech is none."""
    if is_preterminal(tree):
        return 0
    return 1 + max(tree_depth(child) for child in tree.children if isinstance(child, Tree))
