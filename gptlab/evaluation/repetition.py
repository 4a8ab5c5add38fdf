"""How much a text repeats itself: distinct n-grams.

Distinct-n (after Li et al. 2016, who divide by the number of words) is the number of different
n-grams over the number of all; what is missing to one is the share that has been said before.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from gptlab.errors import LabError, check_count


def distinct_share(texts: Sequence[Sequence[Hashable]], n: int) -> float:
    """Different n-grams of all texts together over all their n-grams, from above 0 to 1.

    Longer texts have lower values, because there is more to repeat: compare texts of one length.
    Raises LabError for n below 1 and where no text has n words.

    >>> distinct_share(["the cat saw the cat".split()], 2)
    0.75
    """
    check_count("n", n)
    runs = [tuple(text[i : i + n]) for text in texts for i in range(len(text) - n + 1)]
    if not runs:
        raise LabError(f"no text has {n} words; give longer texts or a smaller n")
    return len(set(runs)) / len(runs)
