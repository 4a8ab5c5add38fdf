r"""Scaling laws: fit loss against size and data, with an interval, and predict the next run.

Two forms. Kaplan et al. 2020, equation 1.1, against one quantity: $L(x) = E + (x_c / x)^\alpha$,
here with the floor E that text has. Hoffmann et al. 2022 (Chinchilla), equation 2, against both:
$L(N, D) = E + A / N^\alpha + B / D^\beta$, for N parameters and D tokens.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from gptlab.errors import LabError

DELTA = 1e-3  # where the Huber loss turns from square to straight, in nats: Hoffmann et al., eq. 3
# Where the fits start: exponents and floor, several of each; the best end is kept.
EXPONENTS, FLOORS = (0.1, 0.3, 0.6), (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class PowerLaw:
    r"""$L(x) = E + A x^{-\alpha}$. `floor` is E, in the unit of the losses; 0 if it was not fitted.

    >>> PowerLaw(floor=1.0, scale=8.0, exponent=1.0).predict(4.0)
    3.0
    """

    floor: float
    scale: float
    exponent: float

    def predict(self, x: float) -> float:
        """The loss at x."""
        return self.floor + self.scale * x**-self.exponent


@dataclass(frozen=True)
class ChinchillaLaw:
    r"""$L(N, D) = E + A N^{-\alpha} + B D^{-\beta}$: N parameters, D tokens.

    >>> round(ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28).predict(70e9, 1.4e12), 2)
    1.94
    """

    floor: float
    model_scale: float
    data_scale: float
    alpha: float
    beta: float

    def predict(self, parameters: float, tokens: float) -> float:
        """The loss of a model of that size after so many tokens."""
        model = self.model_scale * parameters**-self.alpha
        return self.floor + model + self.data_scale * tokens**-self.beta

    def compute_optimal(self, flops: float) -> tuple[float, float]:
        r"""Parameters and tokens that make the loss least for 6 N D = `flops` operations.

        $N = G (C/6)^{\beta/(\alpha+\beta)}$, $G = (\alpha A / \beta B)^{1/(\alpha+\beta)}$; D is
        the rest. Raises LabError unless `flops` is above 0. Source: Hoffmann et al. 2022, eq. 4.
        """
        if not flops > 0:
            raise LabError(f"flops is {flops}; give the operations of a run, above 0")
        total = self.alpha + self.beta
        ratio = (self.alpha * self.model_scale) / (self.beta * self.data_scale)
        parameters = ratio ** (1 / total) * (flops / 6) ** (self.beta / total)
        return parameters, flops / 6 / parameters


def fit_power_law(
    x: Sequence[float],
    losses: Sequence[float],
    floor: float | None = None,
    near: PowerLaw | None = None,
) -> PowerLaw:
    """The power law that is nearest to the losses, measured in log loss by Huber's rule.

    `floor` may be known, as for the toy language; None fits it too. `near` is a law to begin the
    search at, instead of at several places. Raises LabError for fewer runs
    than numbers to fit plus one, runs all of one size, and values that are not above the floor.
    """
    sizes, values = _checked({"x": x}, losses, free=2 if floor is not None else 3, floor=floor)
    log_x, log_loss = np.log(sizes["x"]), np.log(values)
    middle = float(
        log_x.mean()
    )  # away from the middle, scale and exponent would pull at each other

    def law(p: Float[np.ndarray, "free"]) -> Any:
        parts = [p[0] - np.exp(p[1]) * (log_x - middle)]
        known = math.log(floor) if floor else None
        if floor is None:
            known = p[2]
        return np.logaddexp(parts[0], known) if known is not None else parts[0]

    starts = []
    for e in EXPONENTS:
        for share in FLOORS:
            rest = math.log(values.mean() * (1 - (share if floor is None else 0.5)))
            start = [rest, math.log(e)]
            starts.append([*start, math.log(values.min() * share)] if floor is None else start)
    if near is not None:
        start = [math.log(near.scale) - near.exponent * middle, math.log(near.exponent)]
        starts = [start if floor is not None else [*start, math.log(near.floor)]]
    p = _best(law, log_loss, starts)
    exponent = math.exp(p[1])
    scale = math.exp(p[0] + exponent * middle)
    return PowerLaw(math.exp(p[2]) if floor is None else floor, scale, exponent)


def fit_chinchilla(
    parameters: Sequence[float],
    tokens: Sequence[float],
    losses: Sequence[float],
    near: ChinchillaLaw | None = None,
) -> ChinchillaLaw:
    """The law in both quantities that is nearest to the losses, as `fit_power_law` measures it.

    `near` is a law to begin the search at, instead of at several places. Raises LabError for fewer
    than six runs, runs all of one size or of one number of tokens, and losses that are not above 0.
    Source: Hoffmann et al. 2022, section 3.3 and appendix D.3.
    """
    sizes, values = _checked({"parameters": parameters, "tokens": tokens}, losses, free=5)
    log_n, log_d = np.log(sizes["parameters"]), np.log(sizes["tokens"])
    mean_n, mean_d = float(log_n.mean()), float(log_d.mean())

    def law(p: Float[np.ndarray, "free"]) -> Any:
        model = p[0] - np.exp(p[1]) * (log_n - mean_n)
        data = p[2] - np.exp(p[3]) * (log_d - mean_d)
        return np.logaddexp(np.logaddexp(model, data), p[4])

    starts = []
    for a in EXPONENTS:
        for b in EXPONENTS:
            for share in FLOORS:
                rest = math.log(values.mean() * (1 - share) / 2)
                bottom = math.log(values.min() * share)
                starts.append([rest, math.log(a), rest, math.log(b), bottom])
    if near is not None:
        model = math.log(near.model_scale) - near.alpha * mean_n
        data = math.log(near.data_scale) - near.beta * mean_d
        starts = [[model, math.log(near.alpha), data, math.log(near.beta), math.log(near.floor)]]
    p = _best(law, np.log(values), starts)
    alpha, beta = math.exp(p[1]), math.exp(p[3])
    return ChinchillaLaw(
        math.exp(p[4]), math.exp(p[0] + alpha * mean_n), math.exp(p[2] + beta * mean_d), alpha, beta
    )


@dataclass(frozen=True)
class Interval:
    """A number and the bounds between which the middle `level` of the resampled ones lie."""

    value: float
    low: float
    high: float
    level: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def bootstrap_prediction(
    x: Sequence[float],
    losses: Sequence[float],
    at: float,
    floor: float | None = None,
    rounds: int = 200,
    level: float = 0.9,
    noise: float = 0.0,
    seed: int = 0,
) -> Interval:
    """What a power law through the runs predicts at `at`, with an interval for a new run there.

    The fit's residuals, drawn anew with replacement, are put on the fitted losses and fitted again,
    `rounds` times (Efron and Tibshirani 1993, section 9.4); each prediction then gets a residual of
    its own, because a new run has one too. `noise` is a further standard deviation in log loss, for
    runs of one seed each: how far seeds lie apart. Raises LabError as `fit_power_law` does, and for
    rounds below 2 or a level outside 0 … 1.
    """
    if rounds < 2 or not 0 < level < 1:
        raise LabError(f"rounds={rounds}, level={level}; give at least 2, and a level between 0, 1")
    fitted = fit_power_law(x, losses, floor)
    smooth = np.array([fitted.predict(size) for size in x])
    least = 0.0 if floor is None else floor * (1 + 1e-9)
    found = []
    for again, own in _resampled(smooth, losses, 3 if floor is None else 2, rounds, noise, seed):
        law = fit_power_law(x, np.maximum(again, least).tolist(), floor, near=fitted)
        found.append(law.predict(at) * own)
    return _middle(fitted.predict(at), found, level)


def bootstrap_chinchilla(
    parameters: Sequence[float],
    tokens: Sequence[float],
    losses: Sequence[float],
    at: tuple[float, float],
    rounds: int = 100,
    level: float = 0.9,
    noise: float = 0.0,
    seed: int = 0,
) -> Interval:
    """What Chinchilla's law through the runs predicts for a new run of `at` = (N, D) and where.

    As `bootstrap_prediction`, of which it has the options; errors as for `fit_chinchilla` too.
    """
    if rounds < 2 or not 0 < level < 1:
        raise LabError(f"rounds={rounds}, level={level}; give at least 2, and a level between 0, 1")
    fitted = fit_chinchilla(parameters, tokens, losses)
    smooth = np.array([fitted.predict(n, d) for n, d in zip(parameters, tokens, strict=True)])
    found = []
    for again, own in _resampled(smooth, losses, 5, rounds, noise, seed):
        law = fit_chinchilla(parameters, tokens, again.tolist(), near=fitted)
        found.append(law.predict(*at) * own)
    return _middle(fitted.predict(*at), found, level)


def _resampled(
    smooth: Any, losses: Sequence[float], free: int, rounds: int, noise: float, seed: int
) -> Iterator[tuple[Any, float]]:
    """Losses with the residuals dealt anew, and a factor for a new run's own residual."""
    residuals = np.log(np.asarray(losses) / smooth)
    # As many free numbers were fitted, so many residuals are used up: widen what is left.
    runs = len(residuals)
    residuals = (residuals - residuals.mean()) * math.sqrt(runs / (runs - free))
    draw = np.random.default_rng(seed)
    for _ in range(rounds):
        again = smooth * np.exp(draw.choice(residuals, runs))
        yield again, math.exp(draw.choice(residuals) + noise * draw.standard_normal())


def _middle(value: float, found: Sequence[float], level: float) -> Interval:
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high), level)


def _best(law: Any, log_losses: Any, starts: Sequence[Sequence[float]]) -> Any:
    """The parameters at the lowest end that any start reaches; Huber's loss of log differences."""
    from scipy.optimize import least_squares

    best = None
    for start in starts:
        found = least_squares(
            lambda p: law(p) - log_losses, start, loss="huber", f_scale=DELTA, max_nfev=300
        )
        if best is None or found.cost < best.cost:
            best = found
    assert best is not None
    return best.x


def _checked(
    sizes: dict[str, Sequence[float]],
    losses: Sequence[float],
    free: int,
    floor: float | None = None,
) -> tuple[dict[str, Any], Any]:
    values = np.asarray(losses, dtype=np.float64)
    found = {name: np.asarray(given, dtype=np.float64) for name, given in sizes.items()}
    for name, given in found.items():
        if given.shape != values.shape or given.ndim != 1:
            raise LabError(f"{given.size} values of {name} for {values.size} losses; give one each")
        if not (np.isfinite(given).all() and (given > 0).all()):
            raise LabError(f"{name} holds a value that is not above 0: {given.min()}")
    if len(values) <= free:
        raise LabError(f"{len(values)} runs are too few to fit {free} numbers; give {free + 1}")
    for name, given in found.items():
        if np.ptp(given) == 0:
            raise LabError(f"all runs have {name} = {given[0]:g}; a law needs several sizes")
    least = 0.0 if floor is None else floor
    if not (np.isfinite(values).all() and (values > least).all()):
        raise LabError(
            f"the losses must be finite and above {least:g}; the least is {values.min()}"
        )
    return found, values
