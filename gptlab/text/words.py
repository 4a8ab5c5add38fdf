"""Text as words: what the models before subword tokens read, and a numbered vocabulary of them.

Chapters 03 and 05 to 07 all count the same words, so that their numbers compare.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import regex
from jaxtyping import Int

from gptlab.errors import LabError
from gptlab.text.corpora import Document

# Letters and digits, an apostrophe between letters included; a possessive 's is let go.
_WORD = regex.compile(r"['’]s\b|([\p{L}\p{M}\p{N}]+(?:['’](?!s\b)\p{L}+)*)")


def word_tokens(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation.

    A word is a run of letters, combining marks and digits; an apostrophe inside stays, a possessive
    's goes. Empty for a text without words.

    >>> word_tokens("The king's horses don't run: 1954!")
    ['the', 'king', 'horses', "don't", 'run', '1954']
    """
    return [found for found in _WORD.findall(text.lower()) if found]


def word_paragraphs(documents: Iterable[Document]) -> list[list[str]]:
    """The words of every paragraph (line) that has any: the pieces no context window crosses."""
    lines = (line for document in documents for line in document.text.splitlines())
    return [found for line in lines if (found := word_tokens(line))]


@dataclass(frozen=True)
class Vocabulary:
    """Words with their counts, numbered by falling count; words of equal count by alphabet."""

    words: tuple[str, ...]
    counts: Int[np.ndarray, "vocab"]
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ids", {word: i for i, word in enumerate(self.words)})

    @classmethod
    def build(
        cls, texts: Iterable[Sequence[str]], min_count: int = 1, max_size: int | None = None
    ) -> Vocabulary:
        """The words that stand at least `min_count` times in `texts`, the `max_size` commonest.

        Raises LabError if min_count or max_size is below 1, for a text that is a string instead of
        a list of words, and if no word is left.
        """
        for name, value in (("min_count", min_count), ("max_size", max_size)):
            if value is not None and value < 1:
                raise LabError(f"{name} is {value}; give 1 or more")
        found: Counter[str] = Counter()
        for text in texts:
            if isinstance(text, str):
                raise LabError(f"{text[:40]!r} is a string; give lists of words: word_tokens(text)")
            found.update(text)
        kept = sorted(
            ((word, n) for word, n in found.items() if n >= min_count),
            key=lambda pair: (-pair[1], pair[0]),
        )[:max_size]
        if not kept:
            most = max(found.values(), default=0)
            raise LabError(
                f"no word is left: min_count is {min_count} and the commonest word stands {most} "
                "times; give more text or a lower min_count"
            )
        words, counts = zip(*kept, strict=True)
        return cls(words, np.array(counts, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._ids

    def id(self, word: str) -> int:
        """The number of one word, 0 … len − 1. Raises LabError, with near words, if unknown."""
        if word in self._ids:
            return self._ids[word]
        near = difflib.get_close_matches(str(word), self.words, n=3)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise LabError(f"{word!r} is not among the {len(self)} words of the vocabulary{hint}")

    def encode(self, words: Iterable[str]) -> Int[np.ndarray, "time"]:
        """The numbers of `words`, -1 for one that is unknown."""
        return np.array([self._ids.get(word, -1) for word in words], dtype=np.int64)
