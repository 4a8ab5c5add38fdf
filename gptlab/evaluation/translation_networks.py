"""Networks that translate: what they are trained on, and how their outputs are read as sentences.

For every encoder-decoder that `gptlab.generation.beam` can write with.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic

from torch import nn

from gptlab.errors import LabError
from gptlab.evaluation.translation import TranslationScores, score
from gptlab.generation.beam import beam_search
from gptlab.text.codecs import Codec, T, WordCodec
from gptlab.text.corpora import toy_split
from gptlab.text.grammar import Sentence
from gptlab.text.pair_batches import source_tensor
from gptlab.text.toy_text import detokenize


@dataclass(frozen=True)
class PairTask(Generic[T]):
    """A language pair as ids: the codecs of both sides, and the pairs to train on."""

    source: Codec[T]
    target: Codec[T]
    pairs: list[tuple[list[int], list[int]]]


@functools.cache
def toy_pairs() -> PairTask[Sequence[str]]:
    """The toy language, English to German: 20,000 training pairs, a word an id on both sides."""
    train = toy_split().train
    source = WordCodec.build(s.english for s in train)
    target = WordCodec.build(s.german for s in train)
    pairs = [(source.encode(s.english), target.encode(s.german)) for s in train]
    return PairTask(source, target, pairs)


@dataclass(frozen=True)
class NetworkTranslator(Generic[T]):
    """A trained encoder-decoder with its codecs: sentences in, sentences out.

    `width` and `alpha`: of `beam_search`; 1 is greedy. An output has at most as many tokens as its
    source plus `extra` (Vaswani et al. 2017, section 6.1, with 50).
    """

    model: Any  # a module with start and step
    source: Codec[T]
    target: Codec[T]
    width: int = 1
    alpha: float = 0.6
    extra: int = 50
    batch_size: int = 200

    def __call__(self, sentence: T) -> T:
        """The translation of one sentence."""
        return self.translate([sentence])[0]

    def translate(self, sentences: Sequence[T]) -> list[T]:
        """The translations of sentences, in their order; sentences alike in length share a batch.

        Raises LabError for an empty sentence. The model is left in the mode it was in.
        """
        ids = [self.source.encode(sentence) for sentence in sentences]
        for i, each in enumerate(ids):
            if not each:
                raise LabError(f"sentence {i} is empty; give at least one word to translate")
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        module: nn.Module = self.model
        device = next(module.parameters()).device
        was_training = module.training
        module.eval()
        found: dict[int, T] = {}
        try:
            for first in range(0, len(order), self.batch_size):
                chosen = order[first : first + self.batch_size]
                source = source_tensor([ids[i] for i in chosen]).to(device)
                longest = source.size(1) + self.extra
                beams = beam_search(self.model, source, longest, self.width, self.alpha)
                for i, beam in zip(chosen, beams, strict=True):
                    found[i] = self.target.decode(beam[0].tokens)
        finally:
            module.train(was_training)
        return [found[i] for i in range(len(ids))]


def score_network(
    translator: NetworkTranslator[Sequence[str]], sentences: Sequence[Sentence]
) -> TranslationScores:
    """As `translation_baselines.score_toy`, many sentences at a time."""
    outputs = translator.translate([s.english for s in sentences])
    return score(
        [detokenize(words) if words else "" for words in outputs],
        [s.german_text for s in sentences],
        [s.phenomena for s in sentences],
    )
