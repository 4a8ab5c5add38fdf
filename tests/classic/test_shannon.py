"""Shannon's alphabet, the ranks of guesses, and that the bounds hold where the truth is known."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab.classic.ngrams import NgramModel
from gptlab.classic.shannon import (
    ALPHABET,
    as_letters,
    guess_bounds,
    guess_ranks,
    letter_ids,
    only_letters,
)
from gptlab.errors import LabError


@given(st.text(max_size=60))
def test_any_text_becomes_27_letters_and_comes_back(text):
    plain = only_letters(text)
    assert set(plain) <= set(ALPHABET)
    assert "  " not in plain
    assert plain == plain.strip()
    assert as_letters(letter_ids(text)) == plain
    assert only_letters(plain) == plain


def test_letters_of_other_scripts_and_accents():
    assert only_letters("Zürich, naïve ﬁn — Москва 東京 x²") == "zurich naive fin x"
    assert only_letters("1948!") == ""
    assert letter_ids("").tolist() == []
    with pytest.raises(LabError, match="id 27 is no letter"):
        as_letters([0, 27])


def test_ranks_by_hand():
    # After a come b, b, c: b first, then c, then the others in their order.
    model = NgramModel.train([letter_ids("ab ab ac")], 2, 27)
    after_a = [as_letters([s]) for s in np.argsort(-model.probabilities([0]), kind="stable")[:2]]
    assert after_a[0] == "b"
    ranks = guess_ranks(model, letter_ids("ab"))
    assert ranks.tolist() == [1, 1]
    assert guess_ranks(model, letter_ids("az"))[1] == 27
    assert guess_ranks(model, letter_ids("ad"))[1] > 3
    with pytest.raises(LabError, match="id 27"):
        guess_ranks(model, [27, 0])


def test_bounds_by_hand():
    # Half at the first guess, a quarter each at the second and third.
    low, high = guess_bounds([1, 1, 2, 3])
    assert high == pytest.approx(1.5)
    assert low == pytest.approx(0.25 * 3 * math.log2(3))
    assert guess_bounds([1, 1, 1]) == (0, 0)
    assert guess_bounds(list(range(1, 28))) == pytest.approx((math.log2(27), math.log2(27)))
    assert guess_bounds([7, 7]) == (0, 0)


def test_the_bounds_hold_a_source_whose_entropy_is_known():
    # Letters drawn one by one from known shares: the ideal guesser's ranks are the sorted shares.
    random = np.random.default_rng(0)
    shares = random.dirichlet(np.full(27, 0.4))
    ranked = np.sort(shares)[::-1]
    truth = -(ranked * np.log2(ranked)).sum()
    low, high = guess_bounds(random.choice(27, size=200_000, p=ranked) + 1)
    assert low <= truth + 0.02
    assert high == pytest.approx(truth, abs=0.02)  # without memory, the upper bound is the truth


@pytest.mark.parametrize("ranks", [[], [1.5], [[1]], ["a"]])
def test_bad_ranks_are_named(ranks):
    with pytest.raises(LabError, match="number of guesses of at least one letter"):
        guess_bounds(ranks)


def test_no_guess_is_not_a_guess():
    with pytest.raises(LabError, match="a number of guesses is 0"):
        guess_bounds([1, 0])
