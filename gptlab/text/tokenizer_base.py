"""What every tokenizer offers, and what all share; they stand in `gptlab.text.tokenizers`."""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import regex

from gptlab.errors import LabError
from gptlab.text.files import atomic_write

END_OF_TEXT = "<|endoftext|>"  # GPT-2's mark between documents
FORMAT = "gptlab tokenizer"
FORMAT_VERSION = 1


class Tokenizer(ABC):
    """Text to ids and back: ids are 0 … vocab_size − 1, the special tokens last.

    A special token stands for something that is not text, such as the end of a document. `encode`
    reads its name as ordinary text unless told otherwise, so that nobody can end a document by
    typing `<|endoftext|>`. Raises LabError for special tokens that are empty or named twice.
    """

    kind: ClassVar[str]
    special_tokens: dict[str, int]

    def __init__(self, tokens: Sequence[bytes], special_tokens: str | Iterable[str]):
        names = as_list(special_tokens)
        for name in names:
            if not isinstance(name, str) or not name or first_surrogate(name) is not None:
                raise LabError(f"special token {name!r} is no text; use one like {END_OF_TEXT!r}")
        if len(set(names)) != len(names):
            raise LabError(f"special tokens {names} hold one name twice; name each once")
        self.special_tokens = {name: len(tokens) + i for i, name in enumerate(names)}
        self._tokens = [*tokens, *(name.encode() for name in names)]
        longest_first = sorted(names, key=len, reverse=True)  # so that no name hides a longer one
        self._special_pattern = regex.compile("|".join(map(regex.escape, longest_first)) or "(?!)")

    @property
    def vocab_size(self) -> int:
        """How many ids there are, special tokens included."""
        return len(self._tokens)

    def encode(self, text: str, allow_special: bool = False) -> list[int]:
        """The ids of a text. With `allow_special` the names of special tokens become their ids.

        Raises LabError when the text holds what has no id: half of a surrogate pair, or, for
        `CharTokenizer`, a character that training did not see.
        """
        if not isinstance(text, str):
            raise LabError(f"encode takes text (str), got {type(text).__name__}; decode it first")
        if not allow_special:
            return self._encode_ordinary(text)
        ids: list[int] = []
        at = 0
        for special in self._special_pattern.finditer(text):
            ids += self._encode_ordinary(text[at : special.start()])
            ids.append(self.special_tokens[special.group()])
            at = special.end()
        return ids + self._encode_ordinary(text[at:])

    def decode(self, ids: Iterable[int]) -> str:
        """The text of a flat list, array or tensor of ids.

        Bytes that are no UTF-8, such as half a character, become U+FFFD. Raises LabError for an id
        outside 0 … vocab_size − 1.
        """
        numbers: Any = ids.tolist() if hasattr(ids, "tolist") else ids
        if not isinstance(numbers, Iterable):
            raise LabError(f"decode takes a flat list of ids, got {ids!r}; write decode([id])")
        pieces = []
        for token_id in numbers:
            if not hasattr(token_id, "__index__"):
                raise LabError(
                    f"decode takes a flat list of ids, and {type(token_id).__name__} is no id; "
                    f"decode one sequence of a batch at a time"
                )
            pieces.append(self.token_bytes(int(token_id)))
        return b"".join(pieces).decode("utf-8", errors="replace")

    def token_bytes(self, token_id: int) -> bytes:
        """The bytes that one id stands for; LabError for an id outside 0 … vocab_size − 1."""
        if not 0 <= token_id < len(self._tokens):
            raise LabError(
                f"token id {token_id} is outside 0 … {len(self._tokens) - 1}; "
                f"use the tokenizer that the ids were made with"
            )
        return self._tokens[token_id]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one JSON file, which a person can read and `load` can open.

        Raises LabError when it cannot be written; a file that was there before is then unchanged.
        """
        content = {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "kind": self.kind,
            "special_tokens": list(self.special_tokens),
            **self._settings(),
        }
        with atomic_write(path) as file:
            file.write(json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8") + b"\n")

    @abstractmethod
    def _encode_ordinary(self, text: str) -> list[int]:
        """The ids of a text in which nothing is special."""

    @abstractmethod
    def _settings(self) -> dict[str, Any]:
        """What `save` writes beside the special tokens."""

    @classmethod
    @abstractmethod
    def _from_settings(cls, settings: dict[str, Any]) -> Tokenizer:
        """The tokenizer that wrote these settings."""


def as_list(texts: str | Iterable[str]) -> list[str]:
    """A list of texts; one text alone is a list of one, not of its characters."""
    return [texts] if isinstance(texts, str) else list(texts)


def first_surrogate(text: str) -> int | None:
    """The position of the first half of a surrogate pair: code points that UTF-8 cannot write."""
    return next((i for i, char in enumerate(text) if "\ud800" <= char <= "\udfff"), None)


def surrogate_error(text: str) -> LabError:
    """The error for a text that holds half of a surrogate pair."""
    at = first_surrogate(text) or 0
    return LabError(
        f"U+{ord(text[at]):04X} at position {at} is half of a surrogate pair, no character; read "
        f'the file in its right encoding, or replace it: text.encode("utf-8", "replace").decode()'
    )
