"""Token shards: ids on disk, mapped into memory, so that a corpus never has to fit in it.

A shard is one line of JSON, filled up with spaces to 256 bytes, and then the ids as little-endian
integers of 16 bits, or of 32 when the vocabulary is larger than 65,536.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gptlab.errors import LabError
from gptlab.text.files import atomic_write
from gptlab.text.tokenizer_base import END_OF_TEXT, Tokenizer

HEADER_BYTES = 256
FORMAT = "gptlab token shard"
FORMAT_VERSION = 1


def dtype_for(vocab_size: int) -> np.dtype[Any]:
    """The smallest type that holds every id: uint16 up to 65,536 ids, then uint32."""
    return np.dtype("<u2" if vocab_size <= 1 << 16 else "<u4")


def tokenize_corpus(documents: Iterable[Any], tokenizer: Tokenizer) -> np.ndarray:
    """All documents (or strings) as one row of ids, end-of-text before every document.

    So the first token of a document has something to be guessed from, and no document is guessed
    from the one before. A tokenizer without `<|endoftext|>` can only take one document. Returns
    uint16, or uint32 for a vocabulary over 65,536. Raises LabError when there is no text, or
    nothing to keep documents apart.
    """
    documents = [documents] if isinstance(documents, str) else list(documents)
    start = tokenizer.special_tokens.get(END_OF_TEXT)
    if start is None and len(documents) > 1:
        raise LabError(
            f"the tokenizer has no {END_OF_TEXT} to keep {len(documents)} documents apart; make it "
            f"with special_tokens=({END_OF_TEXT!r},)"
        )
    dtype = dtype_for(tokenizer.vocab_size)
    pieces = []
    for document in documents:
        ids = tokenizer.encode(document if isinstance(document, str) else document.text)
        pieces.append(np.array(ids if start is None else [start, *ids], dtype=dtype))
    if not any(len(piece) > (start is not None) for piece in pieces):
        raise LabError(f"there is no text in the {len(documents)} documents; give at least one")
    return np.concatenate(pieces)


def write_shard(path: str | os.PathLike[str], ids: Any, vocab_size: int) -> None:
    """Write one row of ids (array, tensor or list) as a shard, whole or not at all.

    Raises LabError when there are no ids, one is outside 0 … vocab_size − 1, or the disk is full.
    """
    array = np.asarray(ids)
    if array.ndim != 1 or array.size == 0 or array.dtype.kind not in "iu":
        raise LabError(
            f"a shard takes one row of whole numbers and at least one of them, got shape "
            f"{array.shape} of {array.dtype}; tokenize some text first"
        )
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= vocab_size:
        raise LabError(
            f"token id {low if low < 0 else high} is outside 0 … {vocab_size - 1}; "
            f"give the vocab_size of the tokenizer that made the ids"
        )
    dtype = dtype_for(vocab_size)
    header = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "dtype": dtype.name,
        "count": int(array.size),
        "vocab_size": vocab_size,
    }
    with atomic_write(path) as file:
        file.write(json.dumps(header).encode("ascii").ljust(HEADER_BYTES - 1) + b"\n")
        file.write(np.ascontiguousarray(array, dtype=dtype).data)


class TokenShards:
    """One or more shards read as one row of ids, without copying them into memory.

    `len`, an index and a slice with step 1 work; a slice inside one shard is a view of the file,
    and only one that crosses into the next is copied. What is sent to another process is the paths,
    not the ids. Raises LabError for a shard that is missing, cut short, or made for another
    vocabulary.
    """

    def __init__(self, paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]):
        self.paths = [Path(p) for p in ([paths] if isinstance(paths, str | os.PathLike) else paths)]
        if not self.paths:
            raise LabError("no shard was given; write one with write_shard, and give its path")
        headers = [_read_header(path) for path in self.paths]
        self.vocab_size: int = headers[0]["vocab_size"]
        for path, header in zip(self.paths, headers, strict=True):
            if header["vocab_size"] != self.vocab_size:
                raise LabError(
                    f"{path} has vocab_size {header['vocab_size']}, {self.paths[0]} has "
                    f"{self.vocab_size}; shards read together must come from one tokenizer"
                )
        self.dtype = dtype_for(self.vocab_size)
        self._arrays = [np.memmap(p, self.dtype, mode="r", offset=HEADER_BYTES) for p in self.paths]
        self._ends = np.cumsum([len(array) for array in self._arrays])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, where: int | slice) -> Any:
        if not isinstance(where, slice):
            at = range(len(self))[where]  # negative places count from the end, others raise
            return int(self[at : at + 1][0])
        start, stop, step = where.indices(len(self))
        if step != 1:
            raise LabError(
                f"shards are read with step 1, not {step}; take every {step}th afterwards"
            )
        pieces = []
        shard = int(np.searchsorted(self._ends, start, side="right"))
        while start < stop:
            begin = int(self._ends[shard]) - len(self._arrays[shard])
            end = min(stop, int(self._ends[shard]))
            pieces.append(self._arrays[shard][start - begin : end - begin])
            start, shard = end, shard + 1
        if len(pieces) == 1:
            return pieces[0]
        return np.concatenate(pieces) if pieces else np.empty(0, self.dtype)

    def __reduce__(self) -> tuple[type[TokenShards], tuple[list[Path]]]:
        return TokenShards, (self.paths,)


def _read_header(path: Path) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            line = file.read(HEADER_BYTES)
        size = path.stat().st_size
    except OSError as error:
        raise LabError(f"shard {path} cannot be read ({error.strerror}); check the path") from None
    try:
        header = json.loads(line)
        known = header["format"] == FORMAT and header["version"] == FORMAT_VERSION
        whole = (
            header["dtype"] == dtype_for(header["vocab_size"]).name
            and min(header["count"], header["vocab_size"]) > 0
        )
        expected = HEADER_BYTES + header["count"] * np.dtype(header["dtype"]).itemsize
    except (ValueError, KeyError, TypeError):
        known = whole = False
    if not known or not whole:
        raise LabError(
            f"{path} has no header of a {FORMAT}, version {FORMAT_VERSION}; write it again"
        )
    if size != expected:
        raise LabError(
            f"shard {path} is damaged: its header promises {header['count']} tokens in {expected} "
            f"bytes, the file has {size}; write it again"
        )
    return header
