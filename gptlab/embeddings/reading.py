"""How word2vec reads a text: frequent words thinned out, windows of random width, words as noise.

Mikolov et al. 2013b, sections 2.2 and 2.3, and the program that they published with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from gptlab.errors import LabError, check_count
from gptlab.text.words import Vocabulary


def keep_probabilities(
    counts: Int[np.ndarray, "vocab"], sample: float = 1e-3
) -> Float[np.ndarray, "vocab"]:
    r"""With which probability each occurrence of a word is read at all.

        keep(w) = min(1, √(t / f(w)) + t / f(w))        f(w): the word's share of the text

    t is `sample`; 0 keeps everything. Rare words always stay. Source: word2vec.c, which gensim
    follows too; the paper's equation 5 is the same without the second term.

    Raises LabError for a sample below 0 and counts that are not positive.

    >>> keep_probabilities(np.array([9990, 10])).round(3).tolist()
    [0.033, 1.0]
    """
    if not 0 <= sample < np.inf:
        raise LabError(f"sample is {sample}; give 0 (keep every word) or more, such as 0.001")
    counts = _positive(counts)
    if sample == 0:
        return np.ones(len(counts))
    rarity = sample * counts.sum() / counts
    return np.minimum(1.0, np.sqrt(rarity) + rarity)


def noise_shares(
    counts: Int[np.ndarray, "vocab"], power: float = 0.75
) -> Float[np.ndarray, "vocab"]:
    """The distribution that noise words are drawn from: counts to the power, divided by their sum.

    A power of 1 draws words as often as they occur, 0 draws all alike; 0.75 lies between (Mikolov
    et al. 2013b, section 2.2). Raises LabError for a power that is not finite or below 0.
    """
    if not 0 <= power < np.inf:
        raise LabError(f"the noise power is {power}; give 0 (all alike) or more, such as 0.75")
    raised = _positive(counts) ** power
    return raised / raised.sum()


def _positive(counts: Int[np.ndarray, "vocab"]) -> Float[np.ndarray, "vocab"]:
    counts = np.asarray(counts, dtype=np.float64)
    if counts.ndim != 1 or not len(counts) or not (np.isfinite(counts) & (counts > 0)).all():
        raise LabError("counts are whole numbers of 1 or more, one for each word of a vocabulary")
    return counts


@dataclass(frozen=True)
class EncodedTexts:
    """All texts as one row of word numbers; `text` says which text each word stands in.

    Words outside the vocabulary are gone, so that their neighbours move together, as in gensim.
    `raw_words` counts them nevertheless.
    """

    ids: Int[Tensor, "words"]
    text: Int[Tensor, "words"]
    raw_words: int

    @classmethod
    def encode(cls, texts: Iterable[Sequence[str]], vocabulary: Vocabulary) -> EncodedTexts:
        """Raises LabError for a text that is a string, and where no two words meet in any text."""
        rows = []
        for words in texts:
            if isinstance(words, str):
                raise LabError(
                    f"{words[:40]!r} is a string; give lists of words: word_tokens(text)"
                )
            rows.append(vocabulary.encode(words))
        lengths = [len(row) for row in rows]
        ids = np.concatenate([*rows, np.empty(0, dtype=np.int64)])
        text, known = np.repeat(np.arange(len(rows)), lengths), ids >= 0
        ids, text = ids[known], text[known]
        if not (text[1:] == text[:-1]).any():
            raise LabError(
                f"no two words of the vocabulary stand in one text: {len(rows)} texts with "
                f"{len(ids)} known words; give longer texts or a lower min_count"
            )
        return cls(torch.from_numpy(ids), torch.from_numpy(text), sum(lengths))


@dataclass(frozen=True)
class Reading:
    """One pass over the texts: the words that were kept, and how far each one's window reaches.

    The window of place i is i - left[i] … i + right[i] without i; it ends where the text ends.
    """

    ids: Int[Tensor, "places"]
    left: Int[Tensor, "places"]
    right: Int[Tensor, "places"]

    def pairs(self) -> Int[Tensor, "pairs 2"]:
        """Every (centre, context) as two places, in reading order."""
        found = []
        widest = max([0, *self.left.tolist(), *self.right.tolist()])
        for distance in range(1, widest + 1):
            for reach, step in ((self.left, -distance), (self.right, distance)):
                centres = (reach >= distance).nonzero().flatten()
                found.append(torch.stack([centres, centres + step], dim=1))
        if not found:
            return torch.empty(0, 2, dtype=torch.long)
        pairs = torch.cat(found)
        return pairs[(pairs[:, 0] * len(self.ids) + pairs[:, 1]).argsort()]


def read_once(
    texts: EncodedTexts,
    keep: Float[np.ndarray, "vocab"],
    window: int,
    generator: torch.Generator,
    dynamic: bool = True,
) -> Reading:
    """Drop frequent words by chance, then give each kept word a window of 1 … `window` words.

    A dynamic window makes near words count more than far ones: a word at distance d is seen by
    (window - d + 1) / window of all windows. Raises LabError for a window below 1.
    """
    check_count("window", window)
    chance = torch.from_numpy(keep).float()[texts.ids]
    kept = torch.rand(len(texts.ids), generator=generator) < chance
    ids, text = texts.ids[kept], texts.text[kept]
    places = torch.arange(len(ids))
    reach = torch.full_like(places, window)
    if dynamic:
        reach = torch.randint(1, window + 1, (len(ids),), generator=generator)
    if not len(ids):
        return Reading(ids, reach, reach)
    _, lengths = text.unique_consecutive(return_counts=True)
    ends = lengths.cumsum(0)
    before = places - (ends - lengths).repeat_interleave(lengths)
    after = ends.repeat_interleave(lengths) - 1 - places
    return Reading(ids, torch.minimum(reach, before), torch.minimum(reach, after))


class NoiseWords:
    """Draws word numbers from a distribution such as `noise_shares`, in constant time for each.

    Every word has a column of the same height; what its share does not fill belongs to one other
    word, its alias. A draw picks a column, and a place in it (Walker's alias method).
    """

    def __init__(self, shares: Float[np.ndarray, "vocab"]) -> None:
        size = len(shares)
        height = (np.asarray(shares, dtype=np.float64) / np.sum(shares) * size).tolist()
        own, alias = [1.0] * size, list(range(size))
        low = [i for i in range(size) if height[i] < 1]
        high = [i for i in range(size) if height[i] >= 1]
        while low and high:
            word, giver = low.pop(), high[-1]
            own[word], alias[word] = height[word], giver
            height[giver] -= 1 - height[word]
            if height[giver] < 1:
                low.append(high.pop())
        self.own, self.alias = torch.tensor(own), torch.tensor(alias)

    def draw(self, n: int, generator: torch.Generator) -> Int[Tensor, "n"]:
        """`n` word numbers, drawn with replacement."""
        columns = torch.randint(len(self.own), (n,), generator=generator)
        own = torch.rand(n, generator=generator) < self.own[columns]
        return torch.where(own, columns, self.alias[columns])
