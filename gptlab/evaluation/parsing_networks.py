"""Networks that parse: a sentence in, a tree written as symbols out.

The network is chapter 13's, and so is what runs it: `NetworkTranslator` does not know that its
second language is trees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gptlab.errors import LabError
from gptlab.evaluation.translation_networks import NetworkTranslator, PairTask
from gptlab.text.codecs import MARKS, WordCodec
from gptlab.text.rare_words import KnownWords
from gptlab.text.toy_trees import Tree
from gptlab.text.tree_repair import Repairs, repair
from gptlab.text.trees import LEAF, closes, linearise, opens

Words = Sequence[str]
LEAVES_WRITTEN = ("XX", "tags", "words")


@dataclass(frozen=True)
class ParsingTask(PairTask[Words]):
    """Sentences and their linearised trees as ids.

    `known`: how rare words are read. `leaves`: what stands for a word in a tree.
    """

    known: KnownWords
    leaves: str = LEAF


def parsing_task(trees: Sequence[Tree], at_least: int = 1, leaves: str = "XX") -> ParsingTask:
    """What a network is trained on, from a treebank: one id a word, one id a symbol.

    Words seen fewer than `at_least` times are read by their looks (`rare_words`). `leaves`: "XX"
    or "tags" as in `linearise`; "words" writes the words as they are read, and then both sides
    have one codec, so that a model may share its table (`TransformerConfig.share`).
    Raises LabError for no trees, for other leaves, and as `linearise`.
    """
    if not trees:
        raise LabError("there are no trees to train on; give at least one")
    if leaves not in LEAVES_WRITTEN:
        raise LabError(f"leaves={leaves!r} is unknown; choose {', '.join(LEAVES_WRITTEN)}")
    known = KnownWords.count((tree.words() for tree in trees), at_least)
    sentences = [known.read(tree.words()) for tree in trees]
    written = [
        linearise(tree, sentence if leaves == "words" else leaves)
        for tree, sentence in zip(trees, sentences, strict=True)
    ]
    if leaves == "words":
        source = target = WordCodec.build([*sentences, *written])
    else:
        source, target = WordCodec.build(sentences), WordCodec.build(written)
    pairs = [
        (source.encode(sentence), target.encode(symbols))
        for sentence, symbols in zip(sentences, written, strict=True)
    ]
    return ParsingTask(source, target, pairs, known, leaves)


@dataclass(frozen=True)
class NetworkParser:
    """A trained encoder-decoder that writes trees. `width`, `alpha`, `extra`: of its search.

    The paper's parser has width 21, α 0.3 and `extra` 300 (Vaswani et al. 2017, section 6.3).
    """

    translator: NetworkTranslator[Words]
    known: KnownWords
    leaves: str = LEAF
    root: str = "S"

    @classmethod
    def of(
        cls, model: object, task: ParsingTask, width: int = 1, alpha: float = 0.3, extra: int = 300
    ) -> NetworkParser:
        """The parser around a model trained on a task."""
        translator = NetworkTranslator(model, task.source, task.target, width, alpha, extra)
        return cls(translator, task.known, task.leaves)

    def write(self, sentences: Sequence[Words]) -> list[list[str]]:
        """What the network writes for each sentence, as it is. Raises LabError for an empty one."""
        read = [self.known.read(sentence) for sentence in sentences]
        return [list(symbols) for symbols in self.translator.translate(read)]

    def parse(self, sentences: Sequence[Words]) -> tuple[list[Tree], list[Repairs]]:
        """A tree for each sentence, over its very words, and what had to be mended for it."""
        found = [
            repair(self.without_words(symbols), list(sentence), self.root)
            for sentence, symbols in zip(sentences, self.write(sentences), strict=True)
        ]
        return [tree for tree, _ in found], [repairs for _, repairs in found]

    def without_words(self, symbols: Sequence[str]) -> list[str]:
        """XX for each leaf, where the network has written words."""
        if self.leaves != "words":
            return list(symbols)
        return [s if opens(s) or closes(s) or s in MARKS else LEAF for s in symbols]
