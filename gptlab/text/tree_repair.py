"""What a network writes is not always a tree; this makes one of it, and counts what it had to mend.

Nothing is guessed that the output does not say: brackets are closed, dropped or left out, words are
hung where the writing ended. Vinyals et al. 2015, section 3.2, had to do the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from gptlab.errors import LabError
from gptlab.text.codecs import MARKS
from gptlab.text.toy_trees import Tree
from gptlab.text.trees import DEEPEST, LEAF, closes, opens


@dataclass(frozen=True)
class Repairs:
    """How often each mending was needed; all zero for a well-formed tree over the right words.

    `unclosed`: brackets closed here because the output never did, or closed an outer one first.
    `unopened`: closing brackets dropped because nothing of that label was open.
    `surplus`: leaves dropped because no word was left. `missing`: words that had no leaf, hung
    under the root. `empty`: constituents dropped because no word stood in them. `roots`: trees
    beyond the first, taken into one. `strange`: symbols dropped that are neither bracket nor leaf.
    """

    unclosed: int = 0
    unopened: int = 0
    surplus: int = 0
    missing: int = 0
    empty: int = 0
    roots: int = 0
    strange: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(getattr(self, field.name) for field in fields(self))


def repair(symbols: Sequence[str], words: Sequence[str], root: str = "S") -> tuple[Tree, Repairs]:
    """A tree over exactly `words` from symbols in any state, and what was mended.

    Where `delinearise` succeeds, the tree is the same and no repair is counted. `root` is the label
    of a tree over several roots, or over words without any bracket. Raises LabError only where
    there are no words.

    >>> tree, repairs = repair("(S (NP XX )NP (VP XX".split(), ["dogs", "sleep"])
    >>> str(tree), repairs.unclosed
    ('(S (NP (XX dogs)) (VP (XX sleep)))', 2)
    """
    if isinstance(words, str) or not words:
        raise LabError(f"the words are {words!r}; give a list with at least one word")
    count = dict.fromkeys((field.name for field in fields(Repairs)), 0)
    open_labels: list[str] = []
    levels: list[list[Tree]] = [[]]
    used = 0

    def close() -> None:
        label, inside = open_labels.pop(), levels.pop()
        if inside:
            levels[-1].append(Tree(label, tuple(inside)))
        else:
            count["empty"] += 1

    for symbol in symbols:
        if opens(symbol):
            if len(open_labels) < DEEPEST:
                open_labels.append(symbol[1:])
                levels.append([])
            else:
                count["strange"] += 1
        elif closes(symbol):
            if symbol[1:] not in open_labels:
                count["unopened"] += 1
                continue
            while open_labels[-1] != symbol[1:]:
                count["unclosed"] += 1
                close()
            close()
        elif symbol in (*MARKS, "(", ")"):
            count["strange"] += 1
        elif used == len(words):
            count["surplus"] += 1
        else:
            levels[-1].append(Tree(symbol, (words[used],)))
            used += 1
    while open_labels:
        count["unclosed"] += 1
        close()
    roots = levels[0]
    count["missing"] = len(words) - used
    left = tuple(Tree(LEAF, (word,)) for word in words[used:])
    if len(roots) == 1 and (not left or not isinstance(roots[0].children[0], str)):
        tree = Tree(roots[0].label, (*roots[0].children, *left)) if left else roots[0]
    else:
        count["roots"] = max(len(roots) - 1, 0)
        tree = Tree(root, (*roots, *left))
    return tree, Repairs(**count)
