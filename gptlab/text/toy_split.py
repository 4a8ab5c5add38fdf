"""What training sentences of the toy language never show, and which sentences are for testing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from gptlab.text.toy_lexicon import lexicon

# Entries (by their base forms) that no training sentence holds
HELD_OUT_WORDS = (
    "judge", "nun", "camel", "pancake", "vase", "postcard", "uniform", "palace", "sofa",
    "stroke", "translate", "smile", "elegant", "secret",
)  # fmt: skip
# Adjectives that never stand right before these nouns (singular or plural) in training
HELD_OUT_PAIRS = (
    ("old", "king"), ("young", "woman"), ("hungry", "dog"), ("black", "cat"), ("small", "lamp"),
    ("red", "lamp"), ("new", "book"), ("fresh", "bread"), ("big", "house"), ("white", "coat"),
)  # fmt: skip
TEST_SHARE = 8  # one sentence of the language in eight is never trained on


def for_testing(words: Sequence[str]) -> bool:
    """Whether the sentence belongs to the test side; a hash decides, once and for all."""
    digest = blake2b(" ".join(words).encode(), digest_size=8, person=b"toy split")
    return int.from_bytes(digest.digest(), "big") % TEST_SHARE == 0


def has_pair(words: Sequence[str]) -> bool:
    """Whether one of HELD_OUT_PAIRS stands in the sentence."""
    return any(pair in _pairs() for pair in pairwise(words))


@lru_cache(maxsize=1)
def _pairs() -> frozenset[tuple[str, str]]:
    plurals = {noun.english: noun.plural for noun in lexicon().nouns}
    return frozenset((a, form) for a, noun in HELD_OUT_PAIRS for form in (noun, plurals[noun]))
