"""Where the nodes of a tree stand on a page: words in a row below, each constituent above its own.

Used by the drawings (`parsing_pictures`) and by the widget (`tree_writer`).
"""

from __future__ import annotations

from dataclasses import dataclass

from gptlab.errors import LabError
from gptlab.text.toy_trees import Tree
from gptlab.text.trees import is_preterminal, tree_depth

MOST_WORDS = 30  # a wider tree cannot be read


@dataclass(frozen=True)
class Placed:
    """A constituent or a word on the page.

    `x` counts words from the left, `y` levels from the top; `parent` is the number of the node
    above, -1 for the root; `start` and `end` are its words.
    """

    label: str
    x: float
    y: int
    parent: int
    start: int
    end: int
    is_word: bool

    def way_down(self, above: Placed) -> list[tuple[float, float]]:
        """The line from the node above: aslant by one level, then straight down.

        A word may hang far below its constituent. One slanting line would cross what stands
        between; bent after one level, no two lines of a tree cross.
        """
        return [(above.x, above.y), (self.x, above.y + 1), (self.x, self.y)]


def lay_out(tree: Tree) -> list[Placed]:
    """The nodes of a tree, each before those below it; parts of speech are left out.

    Words stand in one row, below the deepest constituent. Raises LabError for more than MOST_WORDS.
    """
    n = len(tree.words())
    if n > MOST_WORDS:
        raise LabError(f"the tree has {n} words; one of up to {MOST_WORDS} can be read")
    bottom = max(tree_depth(tree), 1)
    found: list[Placed] = []

    def place(node: Tree, parent: int, level: int, start: int) -> int:
        """Put a node and all below it; returns the word after its last."""
        mine = len(found)
        if is_preterminal(node):
            word = str(node.children[0])
            found.append(Placed(word, float(start), bottom, parent, start, start + 1, True))
            return start + 1
        found.append(Placed(node.label, 0.0, level, parent, start, start, False))
        end, below = start, []
        for child in node.children:
            if isinstance(child, Tree):
                below.append(len(found))
                end = place(child, mine, level + 1, end)
        centre = (found[below[0]].x + found[below[-1]].x) / 2
        found[mine] = Placed(node.label, centre, level, parent, start, end, False)
        return end

    place(tree, -1, 0, 0)
    return found
