"""Sentences as ids for networks that read one sequence and write another.

Four ids stand before all others, the same for every codec: PAD fills a batch up to a rectangle,
BEGIN stands before what is written, END after it, UNKNOWN for a word that the vocabulary lacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from gptlab.errors import LabError
from gptlab.text.tokenizer_base import Tokenizer
from gptlab.text.words import Vocabulary

PAD, BEGIN, END, UNKNOWN = range(4)
MARKS = ("<pad>", "<begin>", "<end>", "<unknown>")  # how the four are written for people

T = TypeVar("T")


class Codec(Protocol[T]):
    """Between sentences (lists of words, or texts) and ids, both ways."""

    def __len__(self) -> int:
        """How many ids there are, the four marks included."""

    def encode(self, sentence: T) -> list[int]:
        """The ids of a sentence, without BEGIN and END."""

    def decode(self, ids: Iterable[int]) -> T:
        """The sentence that ids stand for, up to the first END; PAD and BEGIN are skipped."""


class WordCodec:
    """Sentences that are sequences of words, one id a word.

    >>> codec = WordCodec.build([["the", "dog", "sleeps"], ["the", "cat"]])
    >>> codec.encode(["the", "bird", "sleeps"])
    [4, 3, 7]
    >>> codec.decode([4, 6, 2, 5])
    ['the', 'dog']
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    @classmethod
    def build(cls, sentences: Iterable[Sequence[str]], min_count: int = 1) -> WordCodec:
        """A codec for all words that stand at least `min_count` times; errors: `Vocabulary`."""
        return cls(Vocabulary.build(sentences, min_count))

    def __len__(self) -> int:
        return len(MARKS) + len(self.vocabulary)

    def encode(self, sentence: Sequence[str]) -> list[int]:
        """The ids of the words; UNKNOWN for a word that the vocabulary lacks."""
        if isinstance(sentence, str):
            raise LabError(f"{sentence[:40]!r} is a string; give a list of words")
        found = self.vocabulary.encode(sentence).tolist()
        return [UNKNOWN if i < 0 else i + len(MARKS) for i in found]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """The words up to the first END; unknown ones as <unknown>.

        Raises LabError for an id that the codec does not have.
        """
        kept = _until_end(ids, len(self))
        words = self.vocabulary.words
        return [MARKS[UNKNOWN] if i == UNKNOWN else words[i - len(MARKS)] for i in kept]


class TextCodec:
    """Sentences that are texts, by the tokens of any `Tokenizer`; token t has the id t + 4."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer

    def __len__(self) -> int:
        return len(MARKS) + self.tokenizer.vocab_size

    def encode(self, sentence: str) -> list[int]:
        """The ids of a text."""
        return [i + len(MARKS) for i in self.tokenizer.encode(sentence)]

    def decode(self, ids: Iterable[int]) -> str:
        """The text up to the first END; UNKNOWN, which no text gives, is skipped.

        Raises LabError for an id that the codec does not have.
        """
        kept = _until_end(ids, len(self))
        return self.tokenizer.decode([i - len(MARKS) for i in kept if i != UNKNOWN])


def _until_end(ids: Iterable[int], size: int) -> list[int]:
    """The ids before the first END, without PAD and BEGIN."""
    kept = []
    for i in map(int, ids):
        if not 0 <= i < size:
            raise LabError(f"id {i} is outside 0 … {size - 1}; decode with the codec of the model")
        if i == END:
            break
        if i not in (PAD, BEGIN):
            kept.append(i)
    return kept
