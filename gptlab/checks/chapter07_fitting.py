"""The checks of exercises 7.2 and 7.3: a step of AdaGrad, and GloVe's loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gptlab.checks import Case, Mistake, function
from gptlab.checks.compare import describe


def adagrad(parameter, squares, gradient, eta):
    """One step of AdaGrad: the new parameter and the new sum of squared gradients."""
    squares = squares + gradient**2
    return parameter - eta * gradient / np.sqrt(squares), squares


def _late(parameter, squares, gradient, eta):
    return parameter - eta * gradient / np.sqrt(squares), squares + gradient**2


def _exchanged(parameter, squares, gradient, eta):
    return adagrad(parameter, squares, gradient, eta)[::-1]


def _no_root(parameter, squares, gradient, eta):
    squares = squares + gradient**2
    return parameter - eta * gradient / squares, squares


def _forgetful(parameter, squares, gradient, eta):
    squares = gradient**2 + 0 * squares
    return parameter - eta * gradient / np.sqrt(squares), squares


def _one_rate(parameter, squares, gradient, eta):
    squares = squares + (gradient**2).sum()
    return parameter - eta * gradient / np.sqrt(squares), squares


def _uphill(parameter, squares, gradient, eta):
    squares = squares + gradient**2
    return parameter + eta * gradient / np.sqrt(squares), squares


def _fixed_rate(parameter, squares, gradient, eta):
    return adagrad(parameter, squares, gradient, 0.1)


def _not_squared(parameter, squares, gradient, eta):
    squares = squares + gradient
    return parameter - eta * gradient / np.sqrt(squares), squares


def _step_alone(parameter, squares, gradient, eta):
    squares = squares + gradient**2
    return -eta * gradient / np.sqrt(squares), squares


def _root_kept(parameter, squares, gradient, eta):
    root = np.sqrt(squares + gradient**2)
    return parameter - eta * gradient / root, root


def _after(gradients: list[Any], which: int, eta: float = 0.1) -> Callable[[Any], Any]:
    def observe(answer: Callable[..., Any]) -> Any:
        parameter, squares = np.array([1.0, -2.0, 0.5]), np.ones(3)
        for gradient in gradients:
            given = parameter.copy(), squares.copy(), np.array(gradient)
            with np.errstate(invalid="ignore", divide="ignore"):
                found = answer(*given, eta)
            if found is None:
                return None
            pair = isinstance(found, tuple | list) and len(found) == 2
            assert pair, (
                f"it returns {describe(found)}; return the new parameter and the new squares"
            )
            for name, now, before in zip(
                ("parameter", "squares", "gradient"), given, (parameter, squares, gradient),
                strict=True,
            ):  # fmt: skip
                assert (now == np.array(before)).all(), (
                    f"it changes the array {name} that it was handed (+= and -= do that to "
                    "arrays); make a new one"
                )
            parameter, squares = (np.asarray(each, dtype=float) for each in found)
        return (parameter, squares)[which]

    return observe


ONCE, THRICE = [[3.0, 0.5, -2.0]], [[3.0, 0.5, -2.0], [3.0, -0.5, 1.0], [1.0, 0.25, 4.0]]

ADAGRAD = function(
    "7.2",
    "a step of AdaGrad",
    right=adagrad,
    praise="Common words will slow down, rare ones keep their pace.",
    cases=[
        Case("the squares after one step", _after(ONCE, 1), "New squares: old ones + gradient²."),
        Case(
            "the parameter after one step",
            _after(ONCE, 0),
            "Subtract eta × gradient / √(new squares), number by number.",
        ),
        Case(
            "the parameter after three steps", _after(THRICE, 0), "The squares are kept and grow."
        ),
        Case("another learning rate", _after(ONCE, 0, eta=0.5), "The step is proportional to eta."),
    ],
    mistakes=[
        Mistake(
            "the squares come too late",
            _late,
            "It divides by the old squares. Add this gradient's square first.",
        ),
        Mistake(
            "the root is missing", _no_root, "Divide by the square root of the sum, not by the sum."
        ),
        Mistake(
            "the past is forgotten",
            _forgetful,
            "Only this gradient is left in the squares, so every step has the size eta. Add to the "
            "squares that are handed in.",
        ),
        Mistake(
            "parameter and squares are exchanged",
            _exchanged,
            "Return the new parameter first, then the new squares.",
        ),
        Mistake(
            "one rate for all numbers",
            _one_rate,
            "It sums over all numbers of the array. Each number keeps a sum of its own.",
        ),
        Mistake(
            "the rate is always 0.1",
            _fixed_rate,
            "0.1 was the example's. The learning rate is handed in as eta.",
        ),
        Mistake(
            "the gradient is not squared",
            _not_squared,
            "G grows by the *square* of the gradient; gradients of both signs would cancel, and "
            "the root of a negative sum does not exist.",
        ),
        Mistake(
            "the step instead of the parameter",
            _step_alone,
            "That is the change. Add it to the parameter that was handed in.",
        ),
        Mistake(
            "the root is kept",
            _root_kept,
            "Hand back the sum of squares itself; its root only divides the step.",
        ),
        Mistake("uphill", _uphill, "It adds the step. The loss falls against the gradient: −."),
    ],
)


def weighted_loss(x, w, c, b, d, x_max, alpha):
    """GloVe's loss J of a dense table of counts."""
    return _loss(x, w, c, b, d, x_max, alpha)


def _loss(
    x, w, c, b, d, x_max, alpha,
    weigh=lambda x, x_max, alpha: np.minimum(1, (x / x_max) ** alpha),
    logs=lambda x: np.log(np.where(x > 0, x, 1)), power=2, biases=True,
):  # fmt: skip
    fit = w @ c.T + ((b[:, None] + d) if biases else 0)
    return float((weigh(x, x_max, alpha) * np.abs(fit - logs(x)) ** power).sum())


def _rows_forgotten(x, w, c, b, d, x_max, alpha):
    """Both biases are added along the columns."""
    return _loss(x, w, c, 0 * b, b + d, x_max, alpha)


def _columns_forgotten(x, w, c, b, d, x_max, alpha):
    """Both biases are added along the rows."""
    return _loss(x, w, c, b + d, 0 * d, x_max, alpha)


def _exchanged_biases(x, w, c, b, d, x_max, alpha):
    return _loss(x, w, c, d, b, x_max, alpha)


def _mean(x, *rest):
    return _loss(x, *rest) / x.size


def _but(**part: Any) -> Callable[..., Any]:
    return lambda *arguments: _loss(*arguments, **part)


def _over_all(x, x_max, alpha):
    """A pair that never met is taken as one that met a little."""
    return np.maximum(np.minimum(1, (x / x_max) ** alpha), (x == 0) * 1.0)


def _table(size: int, gaps: bool) -> tuple[Any, ...]:
    draw = np.random.default_rng(size)
    x = draw.integers(1, 40, (size, size)).astype(float)
    if gaps:
        x[draw.random((size, size)) < 0.4] = 0
    return x, *(draw.normal(size=(size, 3)) for _ in range(2)), *draw.normal(size=(2, size))


def _on(size: int, gaps: bool, x_max: float, alpha: float) -> Callable[[Any], Any]:
    def observe(answer: Callable[..., Any]) -> Any:
        given = _table(size, gaps)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = answer(*given, x_max, alpha)
        if found is None:
            return None
        assert np.ndim(found) == 0, f"it returns {describe(found)}; return one number, the sum"
        assert not np.isnan(found), (
            "the loss is NaN: 0 × ln 0 is not 0 to a computer. Put a 1 under the logarithm where "
            "x is 0"
        )
        return float(found)

    return observe


LOSS = function(
    "7.3",
    "GloVe's loss",
    right=weighted_loss,
    praise="Ten lines, and the library's thousands of tiles come to the same sum.",
    cases=[
        Case(
            "a table where all pairs met",
            _on(4, False, 100, 1.0),
            "Sum weight × error² over all cells; error = w·c + b + d − ln x.",
        ),
        Case(
            "with a smaller x_max",
            _on(4, False, 10, 0.75),
            "f(x) = (x / x_max) to the power alpha, but no weight is above 1.",
        ),
        Case(
            "with gaps",
            _on(6, True, 10, 0.75),
            "A pair that never met counts nothing, and ln 0 must not be taken.",
        ),
    ],
    mistakes=[
        Mistake(
            "no weights",
            _but(weigh=lambda x, x_max, alpha: (x > 0) * 1.0),
            "Every pair counts alike. Multiply the squared error by f(x).",
        ),
        Mistake(
            "weights that grow without end",
            _but(weigh=lambda x, x_max, alpha: (x / x_max) ** alpha),
            "From x_max on the weight stays 1: np.minimum(1, …).",
        ),
        Mistake(
            "the weight is inside the square",
            _but(weigh=lambda x, x_max, alpha: np.minimum(1, (x / x_max) ** alpha) ** 2),
            "f × error², not (f × error)².",
        ),
        Mistake(
            "the bias of the row goes along the columns",
            _rows_forgotten,
            "b belongs to the rows: b[:, None] stands it upright before it is added.",
        ),
        Mistake(
            "the bias of the column goes along the rows",
            _columns_forgotten,
            "d belongs to the columns: it is added as it is, without [:, None].",
        ),
        Mistake(
            "the biases have changed places",
            _exchanged_biases,
            "b is the words' bias and stands upright, b[:, None]; d is that of the contexts.",
        ),
        Mistake(
            "the exponent is missing",
            _but(weigh=lambda x, x_max, alpha: np.minimum(1, x / x_max)),
            "The weight is (x / x_max) to the power alpha, and then at most 1.",
        ),
        Mistake(
            "log2 instead of ln",
            _but(logs=lambda x: np.log2(np.where(x > 0, x, 1))),
            "GloVe fits natural logarithms: np.log.",
        ),
        Mistake("the mean instead of the sum", _mean, "J is a sum over the pairs, not their mean."),
        Mistake("no biases", _but(biases=False), "Add b of the row and d of the column."),
        Mistake(
            "the error is not squared",
            _but(power=1),
            "It sums the sizes of the errors. Square them.",
        ),
        Mistake(
            "ln (1 + x) instead of ln x",
            _but(logs=np.log1p),
            "That avoids ln 0 by changing every count. Leave the counts, and mask the zeros.",
        ),
        Mistake(
            "pairs that never met are counted",
            _but(weigh=_over_all),
            "Cells with x = 0 add to the loss. The sum runs over x > 0 only.",
        ),
    ],
)
