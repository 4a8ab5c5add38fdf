r"""How good is a parse: labelled precision, recall and F1 over constituents (PARSEVAL).

A constituent is a label over a stretch of words. With $m$ constituents that both trees have,
precision is $m$ over those of the parser's tree, recall $m$ over those of the treebank's, and
$F_1 = 2PR / (P + R)$. All sentences' constituents are counted together. Conventions are those of
the program `evalb` with its file COLLINS.prm: parts of speech are no constituents, punctuation is
taken out before words are counted, and PRT counts as ADVP.

Sources: Black et al. 1991; Sekine and Collins 1997 (evalb).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gptlab.errors import LabError
from gptlab.text.toy_trees import Tree
from gptlab.text.trees import is_preterminal

PUNCTUATION = frozenset({",", ":", "``", "''", "."})  # parts of speech, as evalb deletes them
SAME_LABEL = {"PRT": "ADVP"}
NOT_COUNTED = "TOP"
Constituent = tuple[str, int, int]  # label, first word, the word after the last


@dataclass(frozen=True)
class ParseScores:
    """Counts over a set of sentences, and what follows from them, in percent.

    `matched`, `gold`, `predicted`: constituents. `exact`: sentences without any mistake.
    `crossing`: the parser's constituents that overlap one of the treebank's in part.
    `by_label`: (matched, gold, predicted) for each label.
    """

    matched: int
    gold: int
    predicted: int
    exact: int
    crossing: int
    sentences: int
    by_label: Mapping[str, tuple[int, int, int]] = field(repr=False)

    @property
    def precision(self) -> float:
        """Percent of the parser's constituents that are right."""
        return 100 * self.matched / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Percent of the treebank's constituents that were found."""
        return 100 * self.matched / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, in percent."""
        return f1_of(self.matched, self.gold, self.predicted)

    @property
    def exact_match(self) -> float:
        """Percent of sentences parsed without any mistake."""
        return 100 * self.exact / self.sentences


def f1_of(matched: int, gold: int, predicted: int) -> float:
    r"""$F_1$ in percent from counts, $2m / (g + p)$; 0 where nothing was counted."""
    return 200 * matched / (gold + predicted) if gold + predicted else 0.0


def constituents(tree: Tree, ignored: Collection[int] = ()) -> Counter[Constituent]:
    """The labelled spans of a tree, each with how often it stands there.

    `ignored`: places of words, counted from 0, that are taken out first, so that spans close up. A
    constituent over ignored words only is none.

    >>> from gptlab.text.trees import read_tree
    >>> sorted(constituents(read_tree("(S (NP (DT the) (NN dog)) (VP (VB sleeps)))")))
    [('NP', 0, 2), ('S', 0, 3), ('VP', 2, 3)]
    """
    found: Counter[Constituent] = Counter()

    def walk(node: Tree, place: int, kept: int) -> tuple[int, int]:
        """(place, kept) after the node: words passed, and those of them that count."""
        if is_preterminal(node):
            return place + 1, kept + (place not in ignored)
        first = kept
        for child in node.children:
            if isinstance(child, str):
                place, kept = place + 1, kept + (place not in ignored)
            else:
                place, kept = walk(child, place, kept)
        if kept > first and node.label != NOT_COUNTED:
            found[SAME_LABEL.get(node.label, node.label), first, kept] += 1
        return place, kept

    walk(tree, 0, 0)
    return found


def tags_of(tree: Tree) -> Iterator[str]:
    """The part of speech of each word; a word without one has the label above it."""
    for child in tree.children:
        if isinstance(child, str):
            yield tree.label
        else:
            yield from tags_of(child)


def punctuation_places(gold: Tree) -> frozenset[int]:
    """Which words the score takes out: those whose part of speech in the treebank says so."""
    return frozenset(i for i, tag in enumerate(tags_of(gold)) if tag in PUNCTUATION)


def score_parses(
    gold: Sequence[Tree], predicted: Sequence[Tree], punctuation: bool = False
) -> ParseScores:
    """Compare a parser's trees with the treebank's, sentence by sentence.

    `punctuation`: whether punctuation counts as words; evalb's way is that it does not.
    Raises LabError for no sentence, another number of them, and where words differ.
    """
    if len(gold) != len(predicted) or not gold:
        raise LabError(
            f"{len(predicted)} parses for {len(gold)} sentences; give one for each, and at least "
            "one"
        )
    totals: Counter[str] = Counter()
    labels: dict[str, list[int]] = {}
    for i, (right, ours) in enumerate(zip(gold, predicted, strict=True)):
        if right.words() != ours.words():
            raise LabError(
                f"the words of sentence {i} differ: {' '.join(ours.words())[:60]!r}, expected "
                f"{' '.join(right.words())[:60]!r}; a parse must hold the sentence's own words"
            )
        ignored = frozenset() if punctuation else punctuation_places(right)
        theirs, mine = constituents(right, ignored), constituents(ours, ignored)
        both = theirs & mine
        for column, counts in enumerate((both, theirs, mine)):
            for (label, _, _), n in counts.items():
                labels.setdefault(label, [0, 0, 0])[column] += n
        totals["matched"] += both.total()
        totals["gold"] += theirs.total()
        totals["predicted"] += mine.total()
        totals["exact"] += theirs == mine
        totals["crossing"] += crossings(theirs, mine)
    return ParseScores(
        **{name: totals[name] for name in ("matched", "gold", "predicted", "exact", "crossing")},
        sentences=len(gold),
        by_label={label: (m, g, p) for label, (m, g, p) in sorted(labels.items())},
    )


def crossings(gold: Counter[Constituent], predicted: Counter[Constituent]) -> int:
    """How many predicted constituents overlap a gold one in part."""
    spans = {(start, end) for _, start, end in gold}
    return sum(
        n
        for (_, i, j), n in predicted.items()
        if any(i < start < j < end or start < i < end < j for start, end in spans)
    )
