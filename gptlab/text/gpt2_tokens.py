"""GPT-2's own tokenizer: from its two files where they are, else a recording of what it answered.

The files are a download (`gptlab data get gpt2`, 1.5 MB), which no page of the course may ask for
by itself. So that chapter 08 can show GPT-2's tokens everywhere, what they are for its texts is
recorded in gpt2_tokens.json. A recording answers for those texts with the same ids, and refuses any
other. `python -m gptlab.text.gpt2_tokens` records again; a test compares it with the files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gptlab.errors import LabError
from gptlab.text import bpe
from gptlab.text.downloads import cache_folder, fetch
from gptlab.text.files import atomic_write, read_text
from gptlab.text.tokenizer_base import END_OF_TEXT, Tokenizer
from gptlab.text.tokenizers import BPETokenizer

FILES = ("gpt2/vocab.bpe", "gpt2/encoder.json")
RECORDING = Path(__file__).with_suffix(".json")
HOW_TO_GET_THEM = "to have all of GPT-2's tokens: gptlab data get gpt2"
SAMPLE_LENGTH = 3_000  # characters from the beginning of each held-out article


class RecordedTokenizer(Tokenizer):
    """GPT-2's ids for the texts that were recorded; LabError for any other.

    `pieces` maps each piece that `bpe.split_words` may cut to its ids, `tokens` each id that occurs
    to its bytes.
    """

    kind = "recorded"

    def __init__(self, pieces: Mapping[str, list[int]], tokens: Mapping[int, bytes], size: int):
        super().__init__([b""] * (size - 1), (END_OF_TEXT,))
        self._pieces = dict(pieces)
        self._recorded = {**tokens, size - 1: END_OF_TEXT.encode()}

    def token_bytes(self, token_id: int) -> bytes:
        """The bytes of an id that was recorded; LabError for any other."""
        super().token_bytes(token_id)
        if token_id not in self._recorded:
            raise LabError(f"token {token_id} was not recorded; {HOW_TO_GET_THEM}")
        return self._recorded[token_id]

    def _encode_ordinary(self, text: str) -> list[int]:
        ids: list[int] = []
        for piece in bpe.split_words(text):
            if piece not in self._pieces:
                raise LabError(
                    f"{piece!r} is not among the {len(self._pieces)} pieces of text that were "
                    f"recorded; {HOW_TO_GET_THEM}"
                )
            ids += self._pieces[piece]
        return ids

    def _settings(self) -> dict[str, Any]:
        raise LabError(f"a recording is no whole tokenizer to save; {HOW_TO_GET_THEM}")

    @classmethod
    def _from_settings(cls, settings: dict[str, Any]) -> Tokenizer:
        raise LabError(f"a recording is no whole tokenizer to load; {HOW_TO_GET_THEM}")


def gpt2_tokenizer() -> Tokenizer:
    """GPT-2's tokenizer if its files are in the cache or a mirror is set, else the recording.

    Never asks the internet for what was not asked for. Source of the files: Radford et al. 2019.
    """
    cached = all((cache_folder() / name).is_file() for name in FILES)
    if cached or os.environ.get("GPTLAB_MIRROR", "").strip():
        try:
            return BPETokenizer.from_gpt2(*(fetch(name) for name in FILES))
        except LabError:
            return recorded_tokenizer()
    return recorded_tokenizer()


def recorded_tokenizer(path: str | os.PathLike[str] = RECORDING) -> RecordedTokenizer:
    """The recording that lies beside this file. Raises LabError where it is missing or damaged."""
    byte_of = {symbol: bpe.BYTE_ORDER[i] for i, symbol in enumerate(bpe.BYTE_SYMBOLS)}
    try:
        found = json.loads(read_text(path))
        tokens = {
            int(token_id): bytes(byte_of[char] for char in symbols)
            for token_id, symbols in found["tokens"].items()
        }
        whole = [[token_id] for token_id in map(int, found["whole"].split())]
        rows = [*whole, *([int(n) for n in row.split()] for row in found["cut"])]
        pieces = {b"".join(tokens[n] for n in row).decode(): row for row in rows}
        return RecordedTokenizer(pieces, tokens, found["vocab_size"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LabError(f"{path} is damaged ({error}); restore it from git") from error


def recording(tokenizer: Tokenizer, texts: Iterable[str], extra: Iterable[int]) -> dict[str, Any]:
    """What a tokenizer answers for `texts`, and the bytes of the ids in `extra`, to be kept."""
    pieces = sorted({piece for text in texts for piece in bpe.split_words(text)})
    rows = [tokenizer.encode(piece) for piece in pieces]
    ids = sorted({*extra, *(token_id for row in rows for token_id in row)})
    symbol_of = {byte: bpe.BYTE_SYMBOLS[i] for i, byte in enumerate(bpe.BYTE_ORDER)}
    return {
        "source": "GPT-2's vocab.bpe and encoder.json; python -m gptlab.text.gpt2_tokens",
        "vocab_size": tokenizer.vocab_size,
        "tokens": {str(n): "".join(symbol_of[b] for b in tokenizer.token_bytes(n)) for n in ids},
        "whole": " ".join(str(row[0]) for row in sorted(rows) if len(row) == 1),
        "cut": sorted(" ".join(map(str, row)) for row in rows if len(row) > 1),
    }


def sample() -> list[str]:
    """The beginning of each held-out article of `wikipedia()`, up to the end of a word."""
    from gptlab.text.corpora import wikipedia

    return [document.text[:SAMPLE_LENGTH].rpartition(" ")[0] for document in wikipedia().held_out]


def recorded_texts() -> list[str]:
    """All that the recording answers for: sample, sentences, numbers, and chapter 08's examples."""
    from gptlab.text.same_sentences import SAME_SENTENCES

    numbers = [*map(str, range(1000)), *map(str, range(1900, 2031)), "3.14159", "1_000", "1954"]
    return [*sample(), *SAME_SENTENCES.values(), *numbers, *(f" {n}" for n in numbers), *EXAMPLES]


FIRST_AND_LAST = (*range(256, 300), *range(50_240, 50_256))  # tokens that are shown by number
EXAMPLES = (
    "Hello world",
    "The quick brown fox jumps over the lazy dog.",
    "strawberry Strawberry STRAWBERRY strawberries",
    " strawberry Strawberry STRAWBERRY strawberries",
    " SolidGoldMagikarp TheNitromeFan petertodd SolidGold Magikarp solidgoldmagikarp",
    "naïve café 東京 👍 👩‍👩‍👧 e\u0301 \u00a0 \t\n",
    "I'll say: don't! I'LL don’t",
    "It's 1954,  then?\n\n    return x\n",
    "The capital of France is Paris",
    "The capital of France is ",
    "Paris Rome",
    "if x == 10:\n        print(x)\n",
    "1234 + 5678 = 6912",
    "12345 123456 1234567 1,234,567",
    "1234567",
    " unbelievably unbelievable believe",
    "dog. dog! dog?",
    " the cat sat on the mat",
)


def main() -> None:
    """Record again, from the files; fetches them if need be."""
    files = [fetch(name) for name in FILES]
    answers = recording(BPETokenizer.from_gpt2(*files), recorded_texts(), FIRST_AND_LAST)
    with atomic_write(RECORDING) as file:
        file.write(json.dumps(answers, ensure_ascii=False, indent=0).encode() + b"\n")
    print(f"recorded {len(answers['tokens'])} tokens")


if __name__ == "__main__":
    main()
