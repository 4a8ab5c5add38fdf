"""The check of exercise 6.4: the gradient of CBOW."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gptlab.checks import Mistake, function
from gptlab.checks.chapter06_building import ask_array


def cbow_gradients(context, target, noise):
    """The gradient of CBOW's loss for each input vector of the window, by the chain rule."""
    return _gradient(context, target, noise)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _gradient(context, target, noise, share=True, mean=True, with_noise=True, label=1.0, sign=1):
    n = len(context)
    hidden = context.mean(axis=0) if mean else context.sum(axis=0)
    error = _sigmoid(hidden @ target) - label
    down = error * target
    if with_noise:
        down = down + _sigmoid(noise @ hidden) @ noise
    return sign * np.tile(down / n if share else down, (n, 1))


def _noise_called_true(context, target, noise):
    hidden = context.mean(axis=0)
    down = (_sigmoid(hidden @ target) - 1) * target + (_sigmoid(noise @ hidden) - 1) @ noise
    return np.tile(down / len(context), (len(context), 1))


def _each_alone(context, target, noise):
    return np.concatenate([_gradient(x[None], target, noise) for x in context]) / len(context)


def _of_h(context, target, noise):
    return _gradient(context, target, noise, share=False)[0]


def _slope_too(context, target, noise):
    hidden = context.mean(axis=0)
    true, made_up = _sigmoid(hidden @ target), _sigmoid(noise @ hidden)
    down = (true - 1) * true * (1 - true) * target + (made_up**2 * (1 - made_up)) @ noise
    return np.tile(down / len(context), (len(context), 1))


def _only_slopes(context, target, noise):
    hidden = context.mean(axis=0)
    true, made_up = _sigmoid(hidden @ target), _sigmoid(noise @ hidden)
    down = true * (1 - true) * target + (made_up * (1 - made_up)) @ noise
    return np.tile(down / len(context), (len(context), 1))


def _noise_taken_away(context, target, noise):
    hidden = context.mean(axis=0)
    down = (_sigmoid(hidden @ target) - 1) * target - _sigmoid(noise @ hidden) @ noise
    return np.tile(down / len(context), (len(context), 1))


def _mean_of_noise(context, target, noise):
    hidden = context.mean(axis=0)
    down = (_sigmoid(hidden @ target) - 1) * target + _sigmoid(noise @ hidden) @ noise / len(noise)
    return np.tile(down / len(context), (len(context), 1))


def _variant(**part: Any) -> Callable[..., Any]:
    return lambda context, target, noise: _gradient(context, target, noise, **part)


def _one_row(context, target, noise):
    return _gradient(context, target, noise)[0]


_DRAW = np.random.default_rng(64)
_CONTEXT, _TARGET, _NOISE = (_DRAW.normal(size=shape) for shape in ((4, 5), (5,), (3, 5)))

CBOW = function(
    "6.4",
    "the gradient of CBOW",
    right=cbow_gradients,
    praise="With this one division CBOW's step is the gradient. word2vec.c and gensim leave it "
    "out.",
    cases=[
        ask_array(
            "a window of one word",
            np.array([[1.0, 0.0]]),
            np.array([0.0, 1.0]),
            np.array([[1.0, 0.0]]),
            hint="With one word the mean is that word: error times target, plus the errors of the "
            "noise times the noise.",
        ),
        ask_array(
            "four words, three noise words",
            _CONTEXT, _TARGET, _NOISE,
            hint="h is the mean of the rows. Each row moves h by 1/n of what it moves itself.",
        ),
        ask_array(
            "two words",
            _CONTEXT[:2], _TARGET, _NOISE[:1],
            hint="n is the number of rows of `context`, not a constant.",
        ),
    ],
    mistakes=[
        Mistake(
            "word2vec's own mistake",
            _variant(share=False),
            "Every word gets the whole gradient of the mean. But h = (x_1 + … + x_n) / n, so by "
            "the chain rule each gets one n-th of it.",
        ),
        Mistake(
            "the sum instead of the mean",
            _variant(mean=False),
            "The prediction comes from the mean of the window: context.mean(axis=0).",
        ),
        Mistake(
            "the noise is forgotten",
            _variant(with_noise=False),
            "The noise words pull on h, too: add σ(h · n) n for each.",
        ),
        Mistake(
            "the label is not subtracted",
            _variant(label=0.0),
            "The target is true, its label is 1: the error is σ(h · y) − 1.",
        ),
        Mistake(
            "the noise is called true",
            _noise_called_true,
            "The label of a noise word is 0: its error is σ(h · n), with nothing subtracted.",
        ),
        Mistake(
            "the slope of the sigmoid once more",
            _slope_too,
            "You multiplied the error by σ(1 − σ). The logarithm has used that up: the derivative "
            "of −ln σ(s) is σ(s) − 1.",
        ),
        Mistake(
            "the slope of the sigmoid instead of the error",
            _only_slopes,
            "That is the derivative of σ itself. The loss is −ln σ(s), and its derivative is "
            "σ(s) − 1.",
        ),
        Mistake(
            "the noise has the wrong sign",
            _noise_taken_away,
            "The derivative of −ln σ(−s) is +σ(s): add the errors of the noise times the noise.",
        ),
        Mistake(
            "the mean over the noise words",
            _mean_of_noise,
            "The loss adds up over the noise words. Nothing is divided by their number.",
        ),
        Mistake(
            "each word predicts alone",
            _each_alone,
            "You put each x into the sigmoid by itself; that is skip-gram. CBOW predicts once, "
            "from the mean h.",
        ),
        Mistake(
            "the gradient of h",
            _of_h,
            "That is ∂L/∂h. Go on to the words: each moves h by 1/n, and each has a row.",
        ),
        Mistake(
            "uphill",
            _variant(sign=-1),
            "That is the step, not the gradient: the sign is turned round.",
        ),
        Mistake(
            "one row only",
            _one_row,
            "Return a row for each word of the window, shape (n, d); here they are all alike.",
        ),
    ],
)  # fmt: skip
