"""Checks for chapter 20, Data and compute; those on sharing and on a prediction have own files."""

from __future__ import annotations

import numpy as np

from gptlab.checks import Case, Mistake, choice, function, number
from gptlab.checks.chapter20_predicted import PREDICTED
from gptlab.checks.chapter20_sharing import DAYS, GRADIENTS, MEMORY

WHICH = choice(
    "20.1",
    "a hundred times the compute",
    right="C",
    why="Both grow with the root of the compute. The root of 100 is 10, and ten times ten is 100.",
    wrong={
        "A": "More parameters on the same text: not even Kaplan and others advise that. They let "
        "the data grow a little.",
        "B": "That is the advice of Kaplan and others: size grows with the compute to the power "
        "0.73, and 100 to the power 0.73 is about 29. Hoffmann and others found about 0.5.",
        "D": "A hundred times each costs ten thousand times the compute: C = 6ND is a product.",
    },
)

_N, _RATIO = 1.5e9, 20
_FLOPS = 6 * _N * _RATIO * _N

COMPUTE = number(
    "20.2",
    "what a run costs",
    right=_FLOPS,
    unit="operations",
    tolerance=0.01,
    hint="First the tokens: 20 for each parameter. Then C = 6ND.",
    praise="Less than a thousandth of GPT-3's 3.14e23.",
    mistakes=[
        Mistake("2 instead of 6", _FLOPS / 3,
            "2ND is the way forward alone: reading. The way back costs twice as much again."),
        Mistake("4 instead of 6", _FLOPS * 2 / 3,
            "4ND is the way back alone. Add the way forward, 2ND."),
        Mistake("no 6 at all", _FLOPS / 6,
            "ND counts pairs of a parameter and a token. Each costs 6 operations in training."),
        Mistake("for one token", 6 * _N,
            "That is one token. The run reads 20 of them for each parameter."),
        Mistake("20 tokens in all", 6 * _N * _RATIO,
            "You took D = 20. It is 20 tokens for each of the 1.5 billion parameters."),
        Mistake("tokens by the formula's N only", 6 * _N * _N,
            "D is 20 N here, not N."),
    ],
)  # fmt: skip


def fit_line(sizes, losses, floor):
    """(scale, exponent) of L = floor + scale · size^(−exponent), by a straight line in logs."""
    x, y = np.log(np.asarray(sizes, dtype=float)), np.log(np.asarray(losses) - floor)
    slope, start = np.polyfit(x, y, 1)
    return float(np.exp(start)), float(-slope)


def _in_logs(sizes, losses, floor, *, log=np.log, back=np.exp, sign=-1.0, above=None):
    x = log(np.asarray(sizes, dtype=float))
    y = log(np.asarray(losses, dtype=float) - (floor if above is None else above))
    slope, start = np.polyfit(x, y, 1)
    return float(back(start)), float(sign * slope)


def _not_in_logs(sizes, losses, floor):
    slope, start = np.polyfit(np.asarray(sizes, float), np.asarray(losses, float) - floor, 1)
    return float(start), float(-slope)


def _half_in_logs(sizes, losses, floor):
    slope, start = np.polyfit(
        np.log(np.asarray(sizes, float)), np.asarray(losses, float) - floor, 1
    )
    return float(start), float(-slope)


def _turned_axes(sizes, losses, floor):
    x, y = np.log(np.asarray(sizes, float)), np.log(np.asarray(losses, float) - floor)
    slope, start = np.polyfit(y, x, 1)
    return float(np.exp(start)), float(-slope)


_SIZES = (1e4, 3e4, 1e5, 3e5)
_CLEAN = tuple(2.5 + 40 * n**-0.35 for n in _SIZES)
_NOISY = tuple(v * f for v, f in zip(_CLEAN, (1.002, 0.997, 1.003, 0.999), strict=True))


def _law(label, sizes, losses, floor, hint):
    """A case that takes scale and exponent in whatever holds them."""

    def law(answer):
        given = list(sizes), list(losses)
        found = [float(value) for value in answer(*given, floor)]
        assert given == (list(sizes), list(losses)), "it changes its input; work on a copy"
        return found

    return Case(label, law, hint)


FIT = function(
    "20.3",
    "a law through some runs",
    right=fit_line,
    praise="With the floor taken away, a power law is a straight line on logarithmic paper.",
    cases=[
        _law("runs that lie on a law", _SIZES, _CLEAN, 2.5,
             hint="These were made with scale 40 and exponent 0.35."),
        _law("runs with some noise", _SIZES, _NOISY, 2.5,
             hint="np.polyfit(x, y, 1) gives slope and start of the best straight line."),
        _law("a floor of 0", (10.0, 100.0, 1000.0), (8.0, 4.0, 2.0), 0.0,
             hint="Ten times the size halves the loss: the exponent is log10 of 2."),
    ],
    mistakes=[
        Mistake("the floor is still in",
            lambda sizes, losses, floor: _in_logs(sizes, losses, floor, above=0.0),
            "Subtract the floor first. What bends towards a floor is no straight line in logs."),
        Mistake("a straight line without logarithms", _not_in_logs,
            "You fitted a line to the numbers themselves. Take the logarithm of both, the sizes "
            "and what lies above the floor."),
        Mistake("only one axis in logarithms", _half_in_logs,
            "Both axes: log of the size, and log of the loss above the floor."),
        Mistake("the slope with its sign",
            lambda sizes, losses, floor: _in_logs(sizes, losses, floor, sign=1.0),
            "The line falls, so its slope is negative; the law has size to the power MINUS the "
            "exponent. The exponent is the slope with its sign turned."),
        Mistake("the scale is still a logarithm",
            lambda sizes, losses, floor: _in_logs(sizes, losses, floor, back=lambda s: s),
            "polyfit gives the logarithm of the scale. Take np.exp of it."),
        Mistake("two kinds of logarithm",
            lambda sizes, losses, floor: _in_logs(sizes, losses, floor, log=np.log10),
            "You took logarithms to base 10 and went back with exp. 10 ** start goes with them."),
        Mistake("log2 and exp",
            lambda sizes, losses, floor: _in_logs(sizes, losses, floor, log=np.log2),
            "You took logarithms to base 2 and went back with exp. 2 ** start goes with them."),
        Mistake("x and y changed places", _turned_axes,
            "np.polyfit takes x first: the logarithm of the sizes, then that of the losses."),
        Mistake("exponent first",
            lambda sizes, losses, floor: _in_logs(sizes, losses, floor)[::-1],
            "The order is (scale, exponent)."),
    ],
)  # fmt: skip


def middle(predictions, level):
    """(low, high): the middle `level` of the predictions lies between them."""
    outside = (1 - level) / 2
    return tuple(float(q) for q in np.quantile(predictions, [outside, 1 - outside]))


def _around_the_mean(predictions, level):
    centre, width = np.mean(predictions), np.std(predictions)
    return float(centre - 1.645 * width), float(centre + 1.645 * width)


_MANY = tuple(float(v) for v in np.exp(np.random.default_rng(20).normal(0.5, 0.3, 401)))


def _ends(label, predictions, level, hint):
    """A case that takes the two ends in whatever holds them."""

    def ends(answer):
        given = list(predictions)
        found = [float(end) for end in answer(given, level)]
        assert given == list(predictions), "it changes its input in place; work on a copy"
        return found

    return Case(label, ends, hint)


INTERVAL = function(
    "20.4",
    "an interval from many fits",
    right=middle,
    praise="It leans to the side to which the predictions lean; no bell curve was assumed.",
    cases=[
        _ends("the middle nine tenths", _MANY, 0.9, hint="A twentieth lies on each side."),
        _ends("the middle half", _MANY, 0.5, hint="From the quarter to the three quarters."),
        _ends("five numbers", (5.0, 1.0, 2.0, 4.0, 3.0), 0.5, hint="np.quantile sorts by itself."),
    ],
    mistakes=[
        Mistake("from the least to the most",
            lambda predictions, level: (float(min(predictions)), float(max(predictions))),
            "That is the range: it grows with every further fit, and one odd fit decides it. Leave "
            "(1 − level) / 2 out on each side."),
        Mistake("a share where per cent are wanted",
            lambda predictions, level: tuple(
                float(q) for q in np.percentile(predictions, [(1 - level) / 2, (1 + level) / 2])),
            "np.percentile counts from 0 to 100; np.quantile takes shares from 0 to 1."),
        Mistake("all of it left out on one side",
            lambda predictions, level: (float(np.quantile(predictions, 1 - level)),
                                        float(max(predictions))),
            "Half of what is left out lies below, half above: (1 − level) / 2 on each side."),
        Mistake("too much is left out",
            lambda predictions, level: tuple(
                float(q) for q in np.quantile(predictions, [1 - level, level])),
            "You leave 1 − level out on each side, so that only 2·level − 1 stays between. It is "
            "half of that on each side."),
        Mistake("one fit is no interval",
            lambda predictions, level: (float(predictions[0]), float(predictions[0])),
            "That is the prediction of one resample. The interval comes from how they differ."),
        Mistake("a bell curve was assumed", _around_the_mean,
            "Mean plus and minus a number of standard deviations is right for a bell curve, and "
            "these predictions lean to one side. Take quantiles. The level plays a part too."),
        Mistake("the high end first",
            lambda predictions, level: middle(predictions, level)[::-1],
            "The order is (low, high)."),
    ],
)  # fmt: skip

EXERCISES = (WHICH, COMPUTE, FIT, INTERVAL, GRADIENTS, MEMORY, DAYS, PREDICTED)
