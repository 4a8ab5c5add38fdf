"""Counting n-grams of every length up to an order, as sorted arrays: the ground under `ngrams`.

An n-gram is kept as two numbers packed in one: the row of its context, itself an n-gram one symbol
shorter, among the sorted n-grams of that length, and its last symbol:
`key = context_row * (vocab_size + 1) + symbol`. So any order and any vocabulary fit in 64 bits, the
symbols seen after one context lie side by side, and looking one up is a binary search.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Int

from gptlab.errors import LabError


def as_ids(sequence: Any, vocab_size: int, name: str) -> Int[np.ndarray, "time"]:
    """`sequence` (an array, a list, or bytes) as a flat int64 array.

    Raises LabError, beginning with `name`, unless all are whole numbers in 0..vocab_size-1.
    """
    if isinstance(sequence, str):
        raise LabError(
            f"{name} is text, not ids: encode it first, for bytes with byte_ids(text), "
            "else with the tokenizer's encode(text)"
        )
    if isinstance(sequence, bytes | bytearray):
        sequence = np.frombuffer(sequence, dtype=np.uint8)
    try:
        ids = np.asarray(sequence)
    except (TypeError, ValueError) as error:
        raise LabError(f"{name} is not a flat sequence of whole numbers: {error}") from error
    if ids.size == 0 and ids.ndim == 1:
        return np.zeros(0, dtype=np.int64)
    if ids.ndim != 1 or not np.issubdtype(ids.dtype, np.integer):
        raise LabError(
            f"{name} has shape {ids.shape} and type {ids.dtype}; "
            "give a flat sequence of whole numbers"
        )
    wrong = np.flatnonzero((ids < 0) | (ids >= vocab_size))
    if len(wrong):
        raise LabError(
            f"{name} has id {ids[wrong[0]]} at position {wrong[0]}; ids must lie in "
            f"0..{vocab_size - 1}: use the tokenizer that vocab_size={vocab_size} comes from"
        )
    return ids.astype(np.int64)


def stream(
    documents: list[Int[np.ndarray, "time"]], begin: int
) -> tuple[Int[np.ndarray, "total"], Int[np.ndarray, "total"]]:
    """All documents in one array, one begin symbol before each, and where each symbol's left is.

    A begin symbol's left neighbour is itself: begin symbols without end stand before the text, and
    no n-gram reaches from one document into another.
    """
    parts = [part for ids in documents for part in (np.array([begin], dtype=np.int64), ids)]
    symbols = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
    positions = np.arange(len(symbols))
    return symbols, np.where(symbols == begin, positions, positions - 1)


def distinct(
    keys: Int[np.ndarray, "time"], limit: int
) -> tuple[Int[np.ndarray, "different"], Int[np.ndarray, "time"]]:
    """The different keys, sorted, and the place of each key among them; all lie in 0..limit-1.

    The same as `np.unique(keys, return_inverse=True)`. Where a table with room for every possible
    key is not much larger than the text, marking what is there is several times quicker.
    """
    if limit > 8 * len(keys):
        found, rows = np.unique(keys, return_inverse=True)
        return found, rows
    there = np.zeros(limit, dtype=bool)
    there[keys] = True
    found = np.flatnonzero(there)
    place = np.zeros(limit, dtype=np.int64)
    place[found] = np.arange(len(found))
    return found, place[keys]


def count_ngrams(
    symbols: Int[np.ndarray, "time"],
    previous: Int[np.ndarray, "time"],
    order: int,
    vocab_size: int,
    continuation: bool,
) -> Iterator[tuple[Int[np.ndarray, "ngrams"], Int[np.ndarray, "ngrams"], int]]:
    """For each n from 1 to `order`: the n-grams' sorted keys, their counts, and how many contexts.

    An n-gram that ends in the begin symbol is kept, for it is a context, but its count is 0.
    """
    real = symbols < vocab_size
    context_rows, n_contexts = np.zeros(len(symbols), dtype=np.int64), 1
    waiting: tuple[Int[np.ndarray, "ngrams"], Int[np.ndarray, "time"], int] | None = None
    for n in range(1, order + 1):
        keys, rows = distinct(
            context_rows * (vocab_size + 1) + symbols, n_contexts * (vocab_size + 1)
        )
        if waiting is not None:
            # Each different n-gram, once, adds one left neighbour to the shorter n-gram it ends in.
            example = np.zeros(len(keys), dtype=np.int64)
            example[rows] = np.arange(len(rows))
            example = example[real[example]]
            shorter, shorter_rows, of_shorter = waiting
            yield shorter, np.bincount(shorter_rows[example], minlength=len(shorter)), of_shorter
        if continuation and n < order:
            waiting = (keys, rows, n_contexts)
        else:
            yield keys, np.bincount(rows[real], minlength=len(keys)), n_contexts
        context_rows, n_contexts = rows[previous], len(keys)
