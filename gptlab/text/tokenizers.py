"""Tokenizers: text to ids and back, by bytes, by characters, or by GPT-2's byte-pair encoding.

All keep one promise: `decode(encode(text)) == text`. How merges are learned and applied stands in
`gptlab.text.bpe`; what all three share, in `gptlab.text.tokenizer_base`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

from gptlab.errors import LabError
from gptlab.text import bpe
from gptlab.text.files import read_text
from gptlab.text.tokenizer_base import (
    END_OF_TEXT,
    FORMAT,
    FORMAT_VERSION,
    Tokenizer,
    as_list,
    first_surrogate,
    surrogate_error,
)

__all__ = ["END_OF_TEXT", "BPETokenizer", "ByteTokenizer", "CharTokenizer", "Tokenizer", "load"]


class ByteTokenizer(Tokenizer):
    """Every byte of the UTF-8 text is a token, and its id is its value: nothing to learn.

    >>> ByteTokenizer().encode("é!")
    [195, 169, 33]
    """

    kind = "byte"

    def __init__(self, special_tokens: str | Iterable[str] = ()):
        super().__init__([bytes([value]) for value in range(256)], special_tokens)

    def _encode_ordinary(self, text: str) -> list[int]:
        try:
            return list(text.encode("utf-8"))
        except UnicodeEncodeError:
            raise surrogate_error(text) from None

    def _settings(self) -> dict[str, Any]:
        return {}

    @classmethod
    def _from_settings(cls, settings: dict[str, Any]) -> ByteTokenizer:
        return cls(settings["special_tokens"])


class CharTokenizer(Tokenizer):
    """Every character is a token, numbered in the order of code points.

    >>> CharTokenizer("hello").encode("hole")
    [1, 3, 2, 0]
    """

    kind = "character"

    def __init__(self, characters: Iterable[str], special_tokens: str | Iterable[str] = ()):
        self.characters = sorted(set(characters))
        for char in self.characters:
            if len(char) != 1 or first_surrogate(char) is not None:
                raise LabError(f"{char!r} is not one character; give a text or a list of them")
        super().__init__([char.encode() for char in self.characters], special_tokens)
        self._ids = {char: i for i, char in enumerate(self.characters)}

    @classmethod
    def train(
        cls, texts: str | Iterable[str], special_tokens: str | Iterable[str] = ()
    ) -> CharTokenizer:
        """Take every character that occurs in the texts. Raises LabError when there is none."""
        characters: set[str] = set()
        for text in [texts] if isinstance(texts, str) else texts:
            characters.update(text)
        if not characters:
            raise LabError("the text is empty: there are no characters to take; give some text")
        return cls(characters, special_tokens)

    def _encode_ordinary(self, text: str) -> list[int]:
        try:
            return [self._ids[char] for char in text]
        except KeyError as error:
            char = error.args[0]
            raise LabError(
                f"character {char!r} (U+{ord(char):04X}) at position {text.index(char)} is not one "
                f"of the {len(self.characters)} that training saw; train on text that holds it, "
                f"or use a byte or BPE tokenizer, which can write anything"
            ) from None

    def _settings(self) -> dict[str, Any]:
        return {"characters": self.characters}

    @classmethod
    def _from_settings(cls, settings: dict[str, Any]) -> CharTokenizer:
        return cls(settings["characters"], settings["special_tokens"])


class BPETokenizer(Tokenizer):
    """Byte-level byte-pair encoding, as GPT-2 has it: frequent pieces of text are one token.

    Ids: first the 256 bytes in GPT-2's order, then one for each merge in the order in which it was
    learned, then the special tokens. `merges` holds the pairs of ids.
    Source: Sennrich et al. 2016; over bytes: Radford et al. 2019, section 2.2.

    >>> tokenizer = BPETokenizer.train("low low low lower lowest", 258, special_tokens=())
    >>> [tokenizer.token_bytes(i) for i in tokenizer.encode("lowly")]
    [b'low', b'l', b'y']
    """

    kind = "bpe"
    cached_words = 1 << 17  # so many words are remembered, none longer than 64 characters

    def __init__(
        self, merges: Iterable[bpe.Pair], special_tokens: str | Iterable[str] = (END_OF_TEXT,)
    ):
        self.merges = [(int(left), int(right)) for left, right in merges]
        tokens = [bytes([byte]) for byte in bpe.BYTE_ORDER]
        for left, right in self.merges:
            if not (0 <= left < len(tokens) and 0 <= right < len(tokens)):
                raise LabError(
                    f"merge {len(tokens) - 256} joins ids {left} and {right}, but before it there "
                    f"are only 0 … {len(tokens) - 1}; give merges in the order of learning"
                )
            tokens.append(tokens[left] + tokens[right])
        if len(set(tokens)) != len(tokens):
            raise LabError("two merges make the same token; each token may be made only once")
        super().__init__(tokens, special_tokens)
        self._ranks = {pair: rank for rank, pair in enumerate(self.merges)}
        self._cache: dict[str, list[int]] = {}

    @classmethod
    def train(
        cls,
        texts: str | Iterable[str],
        vocab_size: int,
        special_tokens: str | Iterable[str] = (END_OF_TEXT,),
        min_count: int = 2,
    ) -> BPETokenizer:
        """Learn `vocab_size` − 256 − (number of special tokens) merges from texts.

        A pair is merged only if it occurs `min_count` times. The names of special tokens count as
        ordinary text. Raises LabError when `vocab_size` is too small for the bytes and special
        tokens, or larger than the text has pairs for.
        """
        specials = as_list(special_tokens)
        smallest = 256 + len(specials)
        if vocab_size < smallest:
            raise LabError(
                f"vocab_size={vocab_size} is too small: 256 bytes and {len(specials)} special "
                f"tokens need at least {smallest}"
            )
        words = bpe.count_words([texts] if isinstance(texts, str) else texts)
        for word in words:
            if first_surrogate(word) is not None:
                raise surrogate_error(word)
        merges = bpe.learn_merges(words, vocab_size - smallest, min_count)
        if smallest + len(merges) < vocab_size:
            raise LabError(
                f"vocab_size={vocab_size} is too large for this text: after {len(merges)} merges "
                f"no pair is left that occurs {min_count} times; ask for at most "
                f"{smallest + len(merges)}, or give more text"
            )
        return cls(merges, specials)

    @classmethod
    def from_gpt2(
        cls, vocab_bpe: str | os.PathLike[str], encoder_json: str | os.PathLike[str]
    ) -> BPETokenizer:
        """GPT-2's own tokenizer, ids and all, from the two files published with it.

        Raises LabError when a file is missing or damaged, or numbers tokens unlike GPT-2's.
        """
        lines = [line for line in read_text(vocab_bpe).split("\n") if line]
        if lines and lines[0].startswith("#version"):
            del lines[0]
        try:
            tokenizer = cls(bpe.read_merges(lines))
        except LabError as error:
            raise LabError(f"{vocab_bpe} is damaged: {error}; download it again") from None
        encoder = _read_json(encoder_json)
        if not isinstance(encoder, dict):
            raise LabError(f"{encoder_json} does not map tokens to ids; download it again")
        names = [*bpe.token_symbols(tokenizer.merges), *tokenizer.special_tokens]
        wrong = [name for token_id, name in enumerate(names) if encoder.get(name) != token_id]
        if wrong or len(encoder) != len(names):
            raise LabError(
                f"{encoder_json} (with {len(encoder)} tokens) does not number the {len(names)} "
                f"tokens of {vocab_bpe} as GPT-2 does, starting at {wrong[:1]}; use files that "
                f"belong together"
            )
        return tokenizer

    def merge_steps(self, word: str) -> list[list[bytes]]:
        """How one word is put together: its tokens before the first merge and after each."""
        steps = bpe.merge_steps(bpe.gpt2_byte_ids(word), self._ranks)
        return [[self._tokens[token_id] for token_id in step] for step in steps]

    def _encode_ordinary(self, text: str) -> list[int]:
        ids: list[int] = []
        cache = self._cache
        try:
            for found in bpe.GPT2_PATTERN.finditer(text):
                word = found[0]
                ids += cache.get(word) or self._encode_word(word)
        except UnicodeEncodeError:
            raise surrogate_error(text) from None
        return ids

    def _encode_word(self, word: str) -> list[int]:
        ids = bpe.apply_merges(bpe.gpt2_byte_ids(word), self._ranks)
        if len(word) <= 64:
            if len(self._cache) >= self.cached_words:
                self._cache.clear()  # the frequent words are soon back
            self._cache[word] = ids
        return ids

    def _settings(self) -> dict[str, Any]:
        return {"merges": bpe.write_merges(self.merges)}

    @classmethod
    def _from_settings(cls, settings: dict[str, Any]) -> BPETokenizer:
        return cls(bpe.read_merges(settings["merges"]), settings["special_tokens"])


def load(path: str | os.PathLike[str]) -> Tokenizer:
    """Open a tokenizer that `save` wrote. Raises LabError if it is missing, damaged or not one."""
    content = _read_json(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise LabError(f"{path} is no {FORMAT}; give a file that a tokenizer's save() wrote")
    if content.get("version") != FORMAT_VERSION:
        raise LabError(
            f"{path} has format version {content.get('version')} and this gptlab reads "
            f"{FORMAT_VERSION}; use the gptlab that wrote it, or train the tokenizer again"
        )
    for kind in (ByteTokenizer, CharTokenizer, BPETokenizer):
        if content.get("kind") == kind.kind:
            try:
                return kind._from_settings(content)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
                raise LabError(f"{path} is damaged: {what}; save the tokenizer again") from error
    raise LabError(
        f"{path} holds a tokenizer of kind {content.get('kind')!r}; this gptlab knows byte, "
        f"character and bpe"
    )


def _read_json(path: str | os.PathLike[str]) -> Any:
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise LabError(f"{path} is damaged: no JSON ({error}); make or fetch it again") from None
