"""Distinct n-grams and loops, on texts whose answer can be seen; bad input."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.util import ngrams

from gptlab.errors import LabError
from gptlab.evaluation.repetition import distinct_share

texts = st.lists(st.lists(st.integers(0, 3), max_size=12), min_size=1, max_size=5)


def test_counted_by_hand():
    assert distinct_share([[1, 2, 1, 2, 1]], 2) == 2 / 4
    assert distinct_share([[1, 2], [1, 2], [2, 1]], 2) == 2 / 3
    assert distinct_share([[1], [1, 2]], 2) == 1.0  # no pair across texts


@settings(deadline=None)
@given(texts, st.integers(1, 4))
def test_it_is_a_share_and_nltk_counts_the_same(texts, n):
    theirs = [gram for text in texts for gram in ngrams(text, n)]
    if theirs:
        assert distinct_share(texts, n) == len(set(theirs)) / len(theirs)
    else:
        with pytest.raises(LabError, match=f"no text has {n} words"):
            distinct_share(texts, n)


def test_bad_numbers_are_refused():
    with pytest.raises(LabError, match="n is 0"):
        distinct_share([[1]], 0)
