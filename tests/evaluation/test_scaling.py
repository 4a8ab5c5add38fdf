"""Scaling laws: known laws come back, predictions fall inside their intervals, bad input."""

import math

import numpy as np
import pytest

from gptlab.errors import LabError
from gptlab.evaluation.scaling import (
    ChinchillaLaw,
    PowerLaw,
    bootstrap_chinchilla,
    bootstrap_prediction,
    fit_chinchilla,
    fit_power_law,
)

SIZES = [10.0**k for k in np.linspace(4, 7, 12)]


@pytest.mark.parametrize(("floor", "scale", "exponent"), [(1.7, 300, 0.35), (0.5, 20, 0.2)])
def test_a_known_law_comes_back(floor, scale, exponent):
    law = PowerLaw(floor, scale, exponent)
    losses = [law.predict(x) for x in SIZES]
    for known in (None, floor):
        found = fit_power_law(SIZES, losses, floor=known)
        assert found.exponent == pytest.approx(exponent, rel=0.02)
        assert found.floor == pytest.approx(floor, rel=0.05)
        assert found.predict(1e9) == pytest.approx(law.predict(1e9), rel=0.01)


def test_a_law_without_a_floor():
    law = PowerLaw(0.0, 40.0, 0.1)
    found = fit_power_law(SIZES, [law.predict(x) for x in SIZES], floor=0.0)
    assert (found.scale, found.exponent) == pytest.approx((40.0, 0.1), rel=1e-3)


def test_chinchillas_own_law_comes_back_and_one_wild_run_does_not_move_it():
    law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    runs = [(n, d) for n in 10.0 ** np.arange(6, 10.1, 0.5) for d in 10.0 ** np.arange(8, 12, 0.6)]
    losses = [law.predict(n, d) for n, d in runs]
    for spoilt in (losses, [losses[0] * 1.3, *losses[1:]]):
        found = fit_chinchilla(*zip(*runs, strict=True), spoilt)
        assert found.alpha == pytest.approx(0.34, abs=0.01)
        assert found.beta == pytest.approx(0.28, abs=0.01)
        assert found.floor == pytest.approx(1.69, abs=0.02)


def test_the_compute_optimum_is_a_minimum_along_equal_compute():
    law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    for flops in (1e18, 5.76e23):
        n, d = law.compute_optimal(flops)
        assert 6 * n * d == pytest.approx(flops)
        least = law.predict(n, d)
        assert all(law.predict(n * f, d / f) > least for f in (0.5, 0.9, 1.1, 2.0))


@pytest.mark.parametrize("floor", [None, 1.7])
def test_a_new_run_falls_inside_its_interval_about_as_often_as_it_should(floor):
    law, draw = PowerLaw(1.7, 300, 0.35), np.random.default_rng(0)
    inside = 0
    for trial in range(20):
        noisy = [law.predict(x) * math.exp(0.005 * draw.standard_normal()) for x in SIZES]
        interval = bootstrap_prediction(SIZES, noisy, at=1e8, floor=floor, rounds=30, seed=trial)
        assert interval.low < interval.high
        inside += law.predict(1e8) * math.exp(0.005 * draw.standard_normal()) in interval
    assert inside >= 14


@pytest.mark.parametrize(
    ("x", "losses", "message"),
    [
        ([1, 2, 3], [3, 2, 1], "3 runs are too few to fit 3 numbers; give 4"),
        ([1, 1, 1, 1], [3, 2, 1, 1], "all runs have x = 1; a law needs several sizes"),
        ([1, 2, 3, 0], [3, 2, 1, 1], "x holds a value that is not above 0: 0"),
        ([1, 2, 3, 4], [3, 2, 1, math.nan], "must be finite and above 0"),
        ([1, 2, 3, 4], [3, 2, 1], "4 values of x for 3 losses"),
    ],
)
def test_runs_that_cannot_be_fitted_are_refused(x, losses, message):
    with pytest.raises(LabError, match=message):
        fit_power_law(x, losses)


def test_other_bad_input():
    with pytest.raises(LabError, match=r"finite and above 1\.5; the least is 1\.0"):
        fit_power_law([1, 2, 3, 4], [4, 3, 2, 1], floor=1.5)
    with pytest.raises(LabError, match="flops is 0"):
        ChinchillaLaw(1, 1, 1, 1, 1).compute_optimal(0)
    with pytest.raises(LabError, match="rounds=1"):
        bootstrap_prediction(SIZES, SIZES[::-1], 1e8, rounds=1)
    with pytest.raises(LabError, match="5 runs are too few to fit 5 numbers"):
        fit_chinchilla(SIZES[:5], SIZES[:5], [5, 4, 3, 2, 1])


def grid(noise=0.0, seed=0):
    law = ChinchillaLaw(2.6, 60.0, 300.0, 0.5, 0.6)
    draw = np.random.default_rng(seed)
    cells = [(n, d) for n in (8e3, 2e4, 5e4) for d in (2e4, 5e4, 1e5, 2e5)]
    losses = [law.predict(*cell) * math.exp(noise * draw.standard_normal()) for cell in cells]
    return law, [n for n, _ in cells], [d for _, d in cells], losses


def test_a_search_from_nearby_ends_where_the_wide_one_does():
    law, n, d, losses = grid(noise=0.003)
    wide = fit_chinchilla(n, d, losses)
    near = fit_chinchilla(n, d, losses, near=law)
    assert near.predict(2e5, 4e5) == pytest.approx(wide.predict(2e5, 4e5), rel=1e-3)


def test_chinchillas_interval_is_narrow_for_clean_runs_and_holds_the_truth_for_noisy_ones():
    law, n, d, losses = grid()
    clean = bootstrap_chinchilla(n, d, losses, (1.5e5, 3e5), rounds=10)
    assert clean.high - clean.low < 1e-3
    assert clean.value == pytest.approx(law.predict(1.5e5, 3e5), rel=1e-4)
    held = 0
    for seed in range(4):
        _, n, d, losses = grid(noise=0.01, seed=seed)
        held += law.predict(1.5e5, 3e5) in bootstrap_chinchilla(
            n, d, losses, (1.5e5, 3e5), rounds=30
        )
    assert held >= 2  # of four: a 90 % interval may miss once, and these are rough
    with pytest.raises(LabError, match="rounds=1"):
        bootstrap_chinchilla(n, d, losses, (1e5, 1e5), rounds=1)
