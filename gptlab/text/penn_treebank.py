"""The Penn Treebank sample: newspaper sentences that linguists parsed by hand, cleaned as usual.

199 files of the Wall Street Journal, about a twentieth of its part of the treebank, as the nltk
project passes them on. Source: Marcus, Santorini and Marcinkiewicz 1993.
"""

from __future__ import annotations

import functools
import io
import re
import zipfile
from dataclasses import dataclass

from gptlab.errors import LabError
from gptlab.text.downloads import fetch
from gptlab.text.toy_trees import Tree
from gptlab.text.trees import read_trees

DOWNLOAD = "nltk/treebank.zip"
FIRST_TEST_FILE = 180  # wsj_0001 … wsj_0179 to train on, wsj_0180 … wsj_0199 to measure on
NOTHING = "-NONE-"  # the part of speech of what was moved or left out: no word of the sentence
_FILE = re.compile(r"combined/wsj_(\d{4})\.mrg$")
_BRACKETS = {"-LRB-", "-RRB-", "-LCB-", "-RCB-", "-LSB-", "-RSB-"}


@dataclass(frozen=True)
class Treebank:
    """Trees to train on and trees to measure on; no newspaper article is in both."""

    train: tuple[Tree, ...]
    test: tuple[Tree, ...]


@functools.lru_cache(maxsize=1)
def penn_treebank() -> Treebank:
    """The sample's cleaned trees: files 0001 to 0179 to train on, 0180 to 0199 to measure on.

    Cleaned as parsers are usually measured: see `clean_tree`. Downloaded on first use; raises
    LabError where it cannot be had (`gptlab.text.downloads.fetch`) or is not what it should be.
    """
    return read_treebank(fetch(DOWNLOAD).read_bytes())


def read_treebank(zipped: bytes) -> Treebank:
    """The treebank in a zip archive with files combined/wsj_NNNN.mrg.

    Raises LabError when the archive is damaged, or has no trees on one of the two sides.
    """
    sides: tuple[list[Tree], list[Tree]] = ([], [])
    try:
        with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
            for name in sorted(archive.namelist()):
                if found := _FILE.search(name):
                    side = sides[int(found[1]) >= FIRST_TEST_FILE]
                    for tree in read_trees(archive.read(name).decode("ascii")):
                        if (cleaned := clean_tree(tree)) is not None:
                            side.append(cleaned)
    except (zipfile.BadZipFile, UnicodeDecodeError) as problem:
        raise LabError(
            f"the treebank's archive is damaged ({problem}); fetch it again: gptlab data get "
            f"{DOWNLOAD}"
        ) from problem
    if not all(sides):
        raise LabError(
            f"the archive holds {len(sides[0])} training and {len(sides[1])} test trees; expected "
            "files treebank/combined/wsj_0001.mrg to wsj_0199.mrg"
        )
    return Treebank(tuple(sides[0]), tuple(sides[1]))


def clean_tree(tree: Tree) -> Tree | None:
    """The tree without what no parser is asked for; None if nothing is left.

    Function tags and indices go (NP-SBJ-1 is an NP), and so do empty elements (-NONE-: traces, left
    out words) with every constituent that held nothing else. Punctuation stays in the tree, as the
    words do; the score leaves it out (`gptlab.evaluation.parsing`).
    """
    if tree.label == NOTHING:
        return None
    children: list[Tree | str] = []
    for child in tree.children:
        kept = child if isinstance(child, str) else clean_tree(child)
        if kept is not None:
            children.append(kept)
    return Tree(bare_label(tree.label), tuple(children)) if children else None


def bare_label(label: str) -> str:
    """A label without function tags, indices and second choices.

    >>> [bare_label(label) for label in ("NP-SBJ-1", "PP=2", "ADVP|PRT", "-LRB-", "WHNP")]
    ['NP', 'PP', 'ADVP', '-LRB-', 'WHNP']
    """
    return label if label in _BRACKETS else re.split(r"[-=|]", label, maxsplit=1)[0] or label
