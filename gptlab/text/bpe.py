"""Byte-pair encoding: start from bytes, and again and again give the commonest pair an id.

Gage 1994 (compression), Sennrich, Haddow and Birch 2016 (subwords), Radford et al. 2019 (over
bytes, as here). This file is the algorithm: cut text into words, learn merges, apply merges. The
tokenizer that a model uses, with special tokens and files, is
`gptlab.text.tokenizers.BPETokenizer`.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import regex

from gptlab.errors import LabError

Pair = tuple[int, int]

# GPT-2 cuts text before it merges, and no token ever crosses a cut: contractions, then letters,
# digits and other signs, each with at most one space in front, then what is left of the white
# space. A run of spaces before a word leaves its last space to that word.
GPT2_PATTERN = regex.compile(
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
)

# GPT-2 numbers the bytes with the printable ones first. The same order, and the same stand-ins for
# the others (the characters from U+0100 on), let its files load as they are, and let ours be read
# by a person.
_PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
_OTHERS = [byte for byte in range(256) if byte not in _PRINTABLE]
BYTE_ORDER = bytes(_PRINTABLE + _OTHERS)  # BYTE_ORDER[id] is the byte with that id
BYTE_SYMBOLS = [chr(byte) for byte in _PRINTABLE] + [chr(256 + i) for i in range(len(_OTHERS))]
_ID_OF_BYTE = {byte: i for i, byte in enumerate(BYTE_ORDER)}
_TO_IDS = bytes(_ID_OF_BYTE[byte] for byte in range(256))  # a table for bytes.translate


def split_words(text: str) -> Iterator[str]:
    """Cut text where GPT-2 cuts it; the pieces joined are the text.

    Source: the pattern published with Radford et al. 2019 (section 2.2).

    >>> list(split_words("It's 1954,  then?"))
    ['It', "'s", ' 1954', ',', ' ', ' then', '?']
    """
    return (found.group() for found in GPT2_PATTERN.finditer(text))


def count_words(texts: Iterable[str]) -> Counter[str]:
    """How often each piece of `split_words` occurs: all that training needs of the text."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(split_words(text))
    return counts


def gpt2_byte_ids(word: str) -> list[int]:
    """The ids 0 to 255 of a word's UTF-8 bytes, in GPT-2's numbering."""
    return list(word.encode("utf-8").translate(_TO_IDS))


def merge_pair(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """Replace each occurrence of `pair` by `new_id`, from left to right.

    >>> merge_pair([1, 1, 1, 2], (1, 1), 256)
    [256, 1, 2]
    """
    merged: list[int] = []
    at = 0
    while at < len(ids):
        if at + 1 < len(ids) and ids[at] == pair[0] and ids[at + 1] == pair[1]:
            merged.append(new_id)
            at += 2
        else:
            merged.append(ids[at])
            at += 1
    return merged


def learn_merges(word_counts: Mapping[str, int], n_merges: int, min_count: int = 2) -> list[Pair]:
    """The merges, best first; merge number k makes the token with id 256 + k.

    Each step takes the pair with the highest count; among equals the one with the smaller left id,
    then the smaller right id. That is the rule of Hugging Face's `BpeTrainer`, so both learn the
    same merges. Returns fewer than `n_merges` when no pair is left that occurs `min_count` times.

    Counts are kept, not taken anew: a merge changes only the words that hold its pair. A pair's
    count only falls after the merge that brought it forth, because both its tokens are then there;
    so the queue may hold counts that are too high, never too low, and it is enough to correct an
    entry when it comes up. One merge takes time in proportion to the length of the words that hold
    its pair: text without spaces, such as a genome in one line, is slow to train on.
    Source: Sennrich et al. 2016, algorithm 1.
    """
    words = [gpt2_byte_ids(word) for word in word_counts]
    times = list(word_counts.values())
    pair_counts: Counter[Pair] = Counter()
    holders: defaultdict[Pair, set[int]] = defaultdict(set)  # words that hold or held a pair
    for index, ids in enumerate(words):
        for pair in pairwise(ids):
            pair_counts[pair] += times[index]
            holders[pair].add(index)
    queue = [(-count, pair) for pair, count in pair_counts.items()]
    heapq.heapify(queue)

    merges: list[Pair] = []
    while queue and len(merges) < n_merges:
        count, pair = -queue[0][0], queue[0][1]
        if count < min_count:
            break
        if count != pair_counts[pair]:
            heapq.heapreplace(queue, (-pair_counts[pair], pair))
            continue
        heapq.heappop(queue)
        new_id = 256 + len(merges)
        merges.append(pair)
        new_pairs: set[Pair] = set()
        for index in holders.pop(pair):
            before, after = words[index], merge_pair(words[index], pair, new_id)
            for old in pairwise(before):
                pair_counts[old] -= times[index]
            for now in pairwise(after):
                pair_counts[now] += times[index]
                if new_id in now:
                    new_pairs.add(now)
                    holders[now].add(index)
            words[index] = after
        for now in new_pairs:
            heapq.heappush(queue, (-pair_counts[now], now))
    return merges


def merge_steps(ids: Sequence[int], ranks: Mapping[Pair, int]) -> Iterator[list[int]]:
    """The word as it shrinks: the pair that was learned first goes first, the leftmost of its kind.

    `ranks[pair]` is k where merge k joins the pair into id 256 + k. Yields a fresh list before each
    merge and at the end. This is the form to read; its time grows with the square of the length,
    which `apply_merges` avoids.
    """
    ids = list(ids)
    never = len(ranks)
    while True:
        yield list(ids)
        pairs = list(pairwise(ids))
        best = min(pairs, key=lambda pair: ranks.get(pair, never), default=(-1, -1))
        if best not in ranks:
            return
        at = pairs.index(best)
        ids[at : at + 2] = [256 + ranks[best]]


def apply_merges(ids: Sequence[int], ranks: Mapping[Pair, int]) -> list[int]:
    """The tokens of one word: where `merge_steps` ends, in time n log n.

    A queue holds the pairs by (rank, place), and the tokens are a linked list, so that a merge
    moves nothing. On Wikipedia's words, six bytes on average, this is no slower than the plain way.
    """
    tokens: list[int] = list(ids)
    end = len(tokens)
    after = list(range(1, end + 1))  # the place of the token to the right, `end` for none
    before = list(range(-1, end - 1))  # and to the left, -1 for none
    gone = -1  # stands where a token was swallowed by its left neighbour
    queue = [(ranks[pair], at) for at, pair in enumerate(pairwise(tokens)) if pair in ranks]
    heapq.heapify(queue)
    while queue:
        rank, at = heapq.heappop(queue)
        right = after[at]
        # An entry is out of date when another merge has changed either token since it was queued.
        if tokens[at] == gone or right == end or ranks.get((tokens[at], tokens[right])) != rank:
            continue
        tokens[at], tokens[right] = 256 + rank, gone
        after[at] = after[right]
        if after[at] < end:
            before[after[at]] = at
        for left in (before[at], at):
            if left >= 0 and after[left] < end:
                pair = (tokens[left], tokens[after[left]])
                if pair in ranks:
                    heapq.heappush(queue, (ranks[pair], left))
    return [token for token in tokens if token != gone]


def token_symbols(merges: Iterable[Pair]) -> list[str]:
    """Every token as GPT-2 writes it, one printable character a byte; a space is written Ġ."""
    symbols = list(BYTE_SYMBOLS)
    for left, right in merges:
        symbols.append(symbols[left] + symbols[right])
    return symbols


def write_merges(merges: Sequence[Pair]) -> list[str]:
    """The lines of a GPT-2 merges file: the symbols of both tokens with a space between.

    >>> write_merges([(220, 83), (256, 71)])
    ['Ġ t', 'Ġt h']
    """
    symbols = token_symbols(merges)
    return [f"{symbols[left]} {symbols[right]}" for left, right in merges]


def read_merges(lines: Iterable[str]) -> list[Pair]:
    """Turn the lines of `write_merges` into pairs of ids again.

    Raises LabError for a line that joins tokens that no earlier line makes.
    """
    ids = {symbol: i for i, symbol in enumerate(BYTE_SYMBOLS)}
    pairs: list[Pair] = []
    for line in lines:
        parts = line.split(" ")
        if len(parts) != 2 or parts[0] not in ids or parts[1] not in ids:
            raise LabError(
                f"merge {len(pairs)}, {line!r}, does not join two tokens that are there before it; "
                f"the merges must be whole and in the order in which they were learned"
            )
        ids[parts[0] + parts[1]] = 256 + len(pairs)
        pairs.append((ids[parts[0]], ids[parts[1]]))
    return pairs
