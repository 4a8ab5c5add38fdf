"""Reliability bins, the calibration error by hand, the temperature that repairs; bad input."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from gptlab.errors import LabError
from gptlab.evaluation.calibration import (
    confidences,
    expected_calibration_error,
    fitted_temperature,
    reliability_bins,
)


def test_counted_by_hand():
    bins = reliability_bins([0.9, 0.95, 0.9001, 0.5, 0.2], [True, True, False, False, True])
    assert [(b.count, b.low) for b in bins] == [(1, 0.1), (1, 0.4), (1, 0.8), (2, 0.9)]
    by_hand = (0.8 + 0.5 + 0.1 + 2 * abs(0.5 - 0.92505)) / 5
    assert math.isclose(expected_calibration_error(bins), by_hand, rel_tol=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_every_prediction_is_in_one_bin_and_the_error_is_no_more_than_one(predictions):
    sure, right = zip(*predictions, strict=True)
    bins = reliability_bins(sure, right, n_bins=7)
    assert sum(b.count for b in bins) == len(sure)
    assert math.isclose(sum(b.count * b.accuracy for b in bins), sum(right), abs_tol=1e-9)
    assert 0 <= expected_calibration_error(bins) <= 1


def test_bins_are_those_of_scikit_learn():
    from sklearn.calibration import calibration_curve

    draw = np.random.default_rng(0)
    sure = draw.random(500)
    right = draw.random(500) < sure
    accuracy, confidence = calibration_curve(right, sure, n_bins=10)
    bins = reliability_bins(sure, right)
    np.testing.assert_allclose([b.accuracy for b in bins], accuracy)
    np.testing.assert_allclose([b.confidence for b in bins], confidence)


@pytest.mark.parametrize("sharpened", [0.4, 1.0, 3.0])
def test_the_temperature_undoes_what_sharpened_the_logits(sharpened):
    draw = torch.Generator().manual_seed(0)
    honest = torch.randn(20_000, 5, generator=draw)
    targets = torch.multinomial(honest.softmax(-1), 1, generator=draw)[:, 0]
    found = fitted_temperature(honest * sharpened, targets)
    assert math.isclose(found, sharpened, rel_tol=0.05)
    loss = [F.cross_entropy(honest * sharpened / t, targets) for t in (found, 0.97 * found)]
    assert loss[0] < loss[1]
    sure, right = confidences(honest * sharpened / found, targets)
    assert expected_calibration_error(reliability_bins(sure, right)) < 0.02


def test_bad_input_is_refused():
    with pytest.raises(LabError, match="2 confidences for 1 answers"):
        reliability_bins([0.5, 0.5], [True])
    with pytest.raises(LabError, match="between 0, 1"):
        reliability_bins([1.5], [True])
    with pytest.raises(LabError, match="between 0, 1"):
        reliability_bins([math.nan], [True])
    with pytest.raises(LabError, match="n_bins is 0"):
        reliability_bins([0.5], [True], 0)
    with pytest.raises(LabError, match="no bins"):
        expected_calibration_error([])
    with pytest.raises(LabError, match="at least one case"):
        fitted_temperature(torch.zeros(0, 3), torch.zeros(0, dtype=torch.long))
    with pytest.raises(LabError, match=r"targets \(3,\)"):
        fitted_temperature(torch.zeros(2, 3), torch.zeros(3, dtype=torch.long))
