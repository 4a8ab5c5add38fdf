r"""How much a text repeats itself: distinct n-grams, and where it begins to turn in circles.

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


def loop_length(text: Sequence[Hashable], least_turns: int = 2) -> int:
    """The period of the loop that the text ends in; 0 where it ends in none.

    The shortest run of words that fills the end of the text at least `least_turns` times over.
    Raises LabError for fewer than two turns.

    >>> loop_length("so the cat and the cat and the cat".split())
    3
    """
    check_count("least_turns", least_turns, 2)
    for period in range(1, len(text) // least_turns + 1):
        length = period * least_turns
        end = text[len(text) - length :]
        if all(end[i] == end[i - period] for i in range(period, length)):
            return period
    return 0
