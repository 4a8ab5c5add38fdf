"""Overlap, least likely tokens, canaries: by hand, against scikit-learn, and bad input."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gptlab.errors import LabError
from gptlab.evaluation.contamination import (
    canary_exposure,
    known_ngrams,
    min_k_score,
    overlap_share,
    ranking_accuracy,
)


def test_overlap_by_hand():
    known = known_ngrams([[1, 2, 3, 4], [7, 8]], 3)
    assert known == {(1, 2, 3), (2, 3, 4)}
    assert overlap_share([0, 1, 2, 3, 4], known) == 2 / 3
    assert overlap_share([1, 2], known) == 0
    assert overlap_share([1, 2, 3, 4], known) == 1


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=9), min_size=1, max_size=5))
def test_what_was_read_overlaps_wholly(texts):
    known = known_ngrams(texts, 2)
    assert all(overlap_share(text, known) == 1 for text in texts)


def test_the_least_likely_tokens_count():
    assert min_k_score([-1, -2, -3, -4], 0.5) == -3.5
    assert min_k_score([-1, -5], 0.1) == -5  # at least one
    assert min_k_score([-1, -2, -3], 1) == -2


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=8), st.lists(st.integers(0, 4), min_size=1))
def test_the_ranking_is_the_area_under_the_roc_curve(seen, new):
    from sklearn.metrics import roc_auc_score

    theirs = roc_auc_score([1] * len(seen) + [0] * len(new), seen + new)
    assert math.isclose(ranking_accuracy(seen, new), theirs)


def test_exposure_counts_bits():
    assert canary_exposure(-1.0, [-2.0] * 7) == 3
    assert canary_exposure(-3.0, [-2.0] * 7) == 0
    assert canary_exposure(-3.0, [-2.0, -4.0, -5.0]) == 1
    assert canary_exposure(-2.0, [-2.0]) == 0  # a tie is no knowledge


def test_bad_input_is_refused():
    with pytest.raises(LabError, match="n is 0"):
        known_ngrams([[1]], 0)
    with pytest.raises(LabError, match="no n-grams"):
        overlap_share([1], set())
    for share in (0, 1.5, math.nan):
        with pytest.raises(LabError, match="share is"):
            min_k_score([-1.0], share)
    with pytest.raises(LabError, match="no tokens"):
        min_k_score([])
    with pytest.raises(LabError, match="0 seen"):
        ranking_accuracy([], [1.0])
    with pytest.raises(LabError, match="nothing to rank"):
        canary_exposure(-1.0, [])
