"""Rare words by what they look like: a parser has seen most of English once or never."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gptlab.errors import check_count

ENDINGS = ("ing", "ed", "ly", "ion", "er", "est", "al", "ity", "ous", "ble", "y", "s")


def look_of(word: str) -> str:
    """The class of a rare word: digits, capitals, hyphen, ending.

    >>> [look_of(word) for word in ("1,200", "Vinken", "nonexecutive", "half-baked", "mailings")]
    ['<number>', '<capital>', '<word>', '<word-hyphen-ed>', '<word-s>']
    """
    if any(c.isdigit() for c in word):
        return "<number>"
    kind = "capital" if word[:1].isupper() else "word" if any(map(str.isalpha, word)) else "sign"
    hyphen = "-hyphen" if "-" in word else ""
    ending = next((e for e in ENDINGS if word.lower().endswith(e) and len(word) > len(e) + 2), "")
    return f"<{kind}{hyphen}{'-' + ending if ending else ''}>"


@dataclass(frozen=True)
class KnownWords:
    """The words that training showed often enough; all others are read by their looks."""

    words: frozenset[str]

    @classmethod
    def count(cls, sentences: Iterable[Sequence[str]], at_least: int = 2) -> KnownWords:
        """Those that stand at least so often. Raises LabError unless that is 1 or more."""
        check_count("at_least", at_least)
        counts = Counter(word for sentence in sentences for word in sentence)
        return cls(frozenset(word for word, n in counts.items() if n >= at_least))

    def read(self, sentence: Sequence[str]) -> list[str]:
        """The sentence with rare words replaced by their looks."""
        return [word if word in self.words else look_of(word) for word in sentence]
