"""Multi30k: 31,014 pictures described in English and in German, the small real corpus of Part III.

Elliott et al. 2016, task 1: each German sentence is a translator's, made from the English one.
Downloaded by `gptlab.text.downloads` on first use (gptlab data get multi30k), research use only.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass

from gptlab.errors import LabError
from gptlab.text.downloads import fetch

LANGUAGES = ("en", "de")
PARTS = {"train": "train", "val": "val", "test": "test_2016_flickr"}

Pair = tuple[str, str]


@dataclass(frozen=True)
class Multi30k:
    """Sentence pairs (source, target) to train on, to choose by, and to measure on.

    `direction` is "en-de" or "de-en". `test` is the part named test_2016_flickr.
    """

    direction: str
    train: tuple[Pair, ...]
    val: tuple[Pair, ...]
    test: tuple[Pair, ...]


def multi30k(direction: str = "en-de") -> Multi30k:
    """29,000 pairs to train on, 1,014 to choose by, 1,000 to measure on, as raw text.

    Raises LabError for another direction, for files that cannot be had, and for files whose lines
    do not pair.
    """
    source, _, target = direction.partition("-")
    if {source, target} != set(LANGUAGES):
        raise LabError(f"direction {direction!r} is unknown; choose en-de or de-en")
    parts = {name: _pairs(file, source, target) for name, file in PARTS.items()}
    return Multi30k(direction, **parts)


def _pairs(file: str, source: str, target: str) -> tuple[Pair, ...]:
    sides = [_lines(f"multi30k/{file}.{language}.gz") for language in (source, target)]
    if len(sides[0]) != len(sides[1]):
        raise LabError(
            f"multi30k/{file} has {len(sides[0])} lines in {source} and {len(sides[1])} in "
            f"{target}; fetch both again: gptlab data get multi30k"
        )
    return tuple(zip(*sides, strict=True))


def _lines(name: str) -> list[str]:
    try:
        text = gzip.decompress(fetch(name).read_bytes()).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as problem:
        raise LabError(
            f"{name} cannot be read ({problem}); fetch it again: gptlab data get multi30k"
        ) from problem
    # Not splitlines, which would also cut at the odd control characters inside a sentence.
    return [line.strip() for line in text.rstrip("\n").split("\n")]
