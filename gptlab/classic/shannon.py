r"""Shannon's experiments with English: 27 letters, the guessing game, and the bounds that it gives.

In the guessing game (Shannon 1951) somebody guesses each letter of a text until it is right; only
the number of guesses is written down. A guesser who always tries the likelier letter first turns
the text into numbers without losing anything, for an equal twin could turn them back. So the
numbers' statistics tell what a letter of the text costs. With $q_i$ the share of letters found at
the $i$-th guess, the entropy $H$ in bits per letter lies between

$$ \sum_{i=1}^{27} i\,(q_i - q_{i+1}) \log_2 i \;\le\; H \;\le\; -\sum_{i=1}^{27} q_i \log_2 q_i $$

(Shannon 1951, section 4; the left side holds for a guesser whose order is the right one.)
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from string import ascii_lowercase

import numpy as np
import regex
from jaxtyping import Float, Int

from gptlab.classic.ngram_counts import as_ids
from gptlab.classic.ngrams import NgramModel
from gptlab.errors import LabError

ALPHABET = ascii_lowercase + " "  # Shannon's 27 symbols; the space is the last
_OTHER = regex.compile("[^a-z]+")


def only_letters(text: str) -> str:
    """`text` in Shannon's alphabet: lower case without accents, one space for everything else.

    >>> only_letters("It's 1948: Café-Time!")
    'it s cafe time'
    """
    plain = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return _OTHER.sub(" ", plain).strip()


def letter_ids(text: str) -> Int[np.ndarray, "letters"]:
    """The letters of `only_letters(text)` as ids: a is 0, the space 26.

    >>> letter_ids("A cab").tolist()
    [0, 26, 2, 0, 1]
    """
    codes = np.frombuffer(only_letters(text).encode(), dtype=np.uint8).astype(np.int64)
    return np.where(codes == ord(" "), 26, codes - ord("a"))


def as_letters(ids: Sequence[int] | Int[np.ndarray, "letters"]) -> str:
    """Ids as text. Raises LabError for one outside 0..26."""
    found = np.asarray(ids, dtype=np.int64).reshape(-1)
    wrong = found[(found < 0) | (found > 26)]
    if len(wrong):
        raise LabError(f"id {wrong[0]} is no letter: a to z are 0 to 25, the space is 26")
    return "".join(ALPHABET[i] for i in found)


def guess_ranks(
    model: NgramModel, ids: Sequence[int] | Int[np.ndarray, "letters"]
) -> Int[np.ndarray, "letters"]:
    """At which guess (1 is the first) the model finds each symbol, trying the likeliest first.

    Symbols of equal probability are tried in the order of their ids. Raises LabError on bad ids.
    """
    symbols = as_ids(ids, model.vocab_size, "the text")
    ranks = np.zeros(len(symbols), dtype=np.int64)
    for t, symbol in enumerate(symbols):
        # Rounded, so that the last bit of a float never decides who is tried first.
        order = np.argsort(-model.probabilities(symbols[:t]).round(12), kind="stable")
        ranks[t] = 1 + int(np.flatnonzero(order == symbol)[0])
    return ranks


def guess_bounds(ranks: Sequence[int] | Int[np.ndarray, "letters"]) -> tuple[float, float]:
    """Lower and upper bound in bits per letter from the numbers of guesses; see the formula above.

    The shares are put in falling order first, as an ideal guesser's are. From a few letters both
    are too low: rare numbers of guesses have not come up yet.
    Raises LabError without ranks and for ranks below 1.
    """
    found = np.asarray(ranks)
    if found.ndim != 1 or not len(found) or not np.issubdtype(found.dtype, np.integer):
        raise LabError("give the number of guesses of at least one letter, as whole numbers")
    if found.min() < 1:
        raise LabError(f"a number of guesses is {found.min()}; the first guess counts as 1")
    shares: Float[np.ndarray, "guesses"] = np.bincount(found)[1:] / len(found)
    shares = np.sort(shares)[::-1]
    steps = shares - np.append(shares[1:], 0.0)
    number = np.arange(1, len(shares) + 1)
    seen = shares[shares > 0]
    # + 0.0 turns -0.0 into 0.0
    return float((number * steps * np.log2(number)).sum()), float(
        -(seen * np.log2(seen)).sum()
    ) + 0.0
