r"""n-grams of words, with a price for words that were never seen: so bits per byte stay honest.

A model over a closed list of words cannot say anything about a text that holds another word, and
leaving such words out of the sum would make the list's shortness a virtue. Here a word outside the
vocabulary is coded in two steps: the symbol "unknown", guessed like any word, and then the word's
bytes, one after the other, by a second n-gram model that has learned how words are spelled, up to
an end symbol:

$$ p(w \mid h) = p(\text{unknown} \mid h) \prod_{i} p_\text{spelling}(b_i \mid b_1 \dots b_{i-1}) $$

Text is cut where GPT-2 cuts it (`gptlab.text.bpe.split_words`), so nothing is lost: the pieces
joined are the text, each word has its space in front, and punctuation marks are words too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from gptlab.classic.ngrams import NgramModel, Smoothing, byte_ids
from gptlab.errors import LabError
from gptlab.text.bpe import split_words
from gptlab.text.words import Vocabulary

END_OF_WORD = 256  # follows the bytes of a spelled word


@dataclass(frozen=True)
class WordNgramModel:
    """A trained model of words; make one with `WordNgramModel.train`.

    In `words` the id `len(vocabulary)` stands for every word outside the vocabulary; `spelling` has
    bytes and END_OF_WORD.
    """

    vocabulary: Vocabulary
    words: NgramModel
    spelling: NgramModel

    @classmethod
    def train(
        cls,
        texts: Sequence[str],
        order: int,
        smoothing: Smoothing = "modified-kneser-ney",
        min_count: int = 2,
        spelling_order: int = 6,
    ) -> WordNgramModel:
        """Count the words of `texts` (one per document) and how the different words are spelled.

        Words that stand less than `min_count` times stay outside the vocabulary: what follows them
        tells the model where new words come. Raises LabError where no word is left, for a text that
        is no string, and as `NgramModel.train`.
        """
        pieces = [list(split_words(text)) for text in _checked(texts)]
        vocabulary = Vocabulary.build(pieces, min_count)
        # A new word is spelled like the many rare ones: each different word teaches once.
        spelled = [
            _spell(word) for word in dict.fromkeys(word for words in pieces for word in words)
        ]
        words = NgramModel.train(
            [_with_unknown(vocabulary, each) for each in pieces],
            order,
            len(vocabulary) + 1,
            smoothing,
        )
        spelling = NgramModel.train(spelled, spelling_order, END_OF_WORD + 1, "modified-kneser-ney")
        return cls(vocabulary, words, spelling)

    @property
    def n_ngrams(self) -> int:
        """How many different n-grams, of words and of letters, the model keeps."""
        return sum(self.words.n_ngrams) + sum(self.spelling.n_ngrams)

    def log2_probabilities(self, text: str) -> Float[np.ndarray, "words"]:
        """log2 of the probability of each piece of `split_words(text)`, spelling included."""
        pieces = list(split_words(text))
        ids = _with_unknown(self.vocabulary, pieces)
        log2 = self.words.log2_probabilities(ids)
        for place in np.flatnonzero(ids == len(self.vocabulary)):
            log2[place] += self.spelling.log2_probabilities(_spell(pieces[place])).sum()
        return log2

    def bits_per_byte(self, texts: Sequence[str]) -> float:
        """Bits to code the documents, spelled words included, for each byte of UTF-8.

        Raises LabError if there is no text.
        """
        n_bytes = sum(len(text.encode()) for text in _checked(texts))
        if not n_bytes:
            raise LabError("there is nothing to score: give at least one symbol")
        return -sum(float(self.log2_probabilities(text).sum()) for text in texts) / n_bytes

    def unknown_share(self, texts: Sequence[str]) -> float:
        """The share of the words of `texts` that are not in the vocabulary; 0 without words."""
        ids = [_with_unknown(self.vocabulary, split_words(text)) for text in _checked(texts)]
        n = sum(map(len, ids))
        return sum(int((each == len(self.vocabulary)).sum()) for each in ids) / n if n else 0.0

    def sample(self, n_words: int, seed: int) -> str:
        """A text of `n_words` words; where the model draws "unknown", it spells a word of its own.

        The same seed gives the same text. Raises LabError if n_words is negative.
        """
        drawn = self.words.sample(n_words, seed).tolist()
        return "".join(
            self.vocabulary.words[id] if id < len(self.vocabulary) else self._invent(seed + place)
            for place, id in enumerate(drawn)
        )

    def _invent(self, seed: int, longest: int = 40) -> str:
        letters = self.spelling.sample(longest, seed)
        ends = np.flatnonzero(letters == END_OF_WORD)
        word = letters[: ends[0]] if len(ends) else letters
        return bytes(word.astype(np.uint8)).decode("utf-8", errors="replace")


def _spell(word: str) -> Int[np.ndarray, "letters"]:
    return np.append(byte_ids(word), END_OF_WORD)


def _with_unknown(vocabulary: Vocabulary, words: Iterable[str]) -> Int[np.ndarray, "time"]:
    ids = vocabulary.encode(words)
    return np.where(ids < 0, len(vocabulary), ids)


def _checked(texts: Sequence[str]) -> Sequence[str]:
    if isinstance(texts, str) or any(not isinstance(text, str) for text in texts):
        raise LabError("texts must be a list with one string for each document; for one, [text]")
    return texts
