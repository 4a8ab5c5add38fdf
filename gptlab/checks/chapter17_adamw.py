"""The check of exercise 17.3: one step of AdamW."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gptlab.checks import Case, Mistake, function
from gptlab.checks.compare import describe, difference

_DRAW = torch.Generator().manual_seed(173)


def adamw_step(parameter, gradient, m, v, step, lr, betas, eps, weight_decay):
    """One step of AdamW; returns the new parameter, m and v."""
    return _adamw(parameter, gradient, m, v, step, lr, betas, eps, weight_decay)


# The parts of the step. A wrong answer has one of them done otherwise.
def _average(old, new, beta):
    return beta * old + (1 - beta) * new


def _correct(average, beta, step):
    return average / (1 - beta**step)


def _update(m_hat, v_hat, eps):
    return m_hat / (v_hat.sqrt() + eps)


def _decay(before, after, lr, weight_decay):
    return lr * weight_decay * before


def _adamw(
    parameter, gradient, m, v, step, lr, betas, eps, weight_decay,
    average=_average, square=torch.square, correct=_correct, update=_update, decay=_decay,
):  # fmt: skip
    m = average(m, gradient, betas[0])
    v = average(v, square(gradient), betas[1])
    moved = update(correct(m, betas[0], step), correct(v, betas[1], step), eps)
    after = parameter - lr * moved
    return after - decay(parameter, after, lr, weight_decay), m, v


def _but(**part: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: _adamw(*arguments, **part)


def _decayed_in_gradient(p, g, m, v, step, lr, betas, eps, weight_decay):
    return _adamw(p, g + weight_decay * p, m, v, step, lr, betas, eps, 0.0)


def _returns_hats(p, g, m, v, step, lr, betas, *rest):
    p, m, v = _adamw(p, g, m, v, step, lr, betas, *rest)
    return p, _correct(m, betas[0], step), _correct(v, betas[1], step)


def _uses_old_averages(p, g, m, v, step, lr, betas, *rest):
    new = _adamw(p, g, m, v, step, lr, betas, *rest)
    stale = _but(average=lambda old, new, beta: old)
    return stale(p, g, m, v, step, lr, betas, *rest)[0], *new[1:]


def _corrects_both_alike(p, g, m, v, step, lr, betas, *rest):
    alike = _but(correct=lambda average, beta, step: _correct(average, betas[0], step))
    return alike(p, g, m, v, step, lr, betas, *rest)


def _corrects_both_by_beta2(p, g, m, v, step, lr, betas, *rest):
    alike = _but(correct=lambda average, beta, step: _correct(average, betas[1], step))
    return alike(p, g, m, v, step, lr, betas, *rest)


def _corrects_one(which):
    """Only the average with betas[which] is corrected."""

    def wrong(p, g, m, v, step, lr, betas, *rest):
        one = _but(
            correct=lambda average, beta, step: (
                _correct(average, beta, step) if beta == betas[which] else average
            )
        )
        return one(p, g, m, v, step, lr, betas, *rest)

    return wrong


def _step_of(answer: Callable[..., Any], *arguments: Any) -> tuple[Tensor, Tensor, Tensor] | None:
    """What the learner's step returns, if it is three tensors and the inputs are as they were."""
    given = [a.clone() if isinstance(a, Tensor) else a for a in arguments]
    found = answer(*given)
    if found is None:
        return None
    assert difference(given, list(arguments), 0, 0) is None, (
        "it changes its input in place (`m *= …` or `m.mul_(…)` does); write `m = …` instead"
    )
    assert isinstance(found, tuple | list) and len(found) == 3, (  # noqa: PT018
        f"it returns {describe(found)}; return three tensors: parameter, m, v"
    )
    return tuple(found)


# The last gradient is as small as ten times eps, so that the place of eps shows.
_START = (torch.tensor([1.0, -2.0, 0.5, 3.0]), torch.tensor([0.1, -3.0, 0.02, 1e-7]))
_OLD = (torch.tensor([0.2, 0.0, -0.1, 0.0]), torch.tensor([0.3, 0.5, 0.1, 0.0]))
_ZEROS = torch.zeros(4)
_SETTINGS = (0.1, (0.9, 0.95), 1e-8, 0.1)
_TENTH = tuple(torch.rand(2, 3, generator=_DRAW) - shift for shift in (0.5, 0.5, 0.5, 0.0))


def _part(number: int, *arguments: Any) -> Callable[..., Any]:
    """Observe one of the three that come back."""

    def function(answer: Callable[..., Any]) -> Tensor | None:
        found = _step_of(answer, *arguments)
        return None if found is None else found[number]

    return function


def _three_steps(answer: Callable[..., Any]) -> Any:
    found: Any = (torch.tensor([1.0, -2.0, 0.5]), torch.zeros(3), torch.zeros(3))
    for step in (1, 2, 3):
        gradient = torch.tensor([0.3, -0.1, 2.0]) / step
        found = _step_of(answer, found[0], gradient, *found[1:], step, *_SETTINGS)
        if found is None:
            return None
    return found


ADAMW = function(
    "17.3",
    "one step of AdamW",
    right=adamw_step,
    praise="torch.optim.AdamW takes the same step.",
    cases=[
        Case(
            "m, the average of the gradient",
            _part(1, *_START, *_OLD, 2, *_SETTINGS),
            "β₁ times the old m, plus 1 − β₁ times the gradient. Return it without its hat.",
        ),
        Case(
            "v, the average of its square",
            _part(2, *_START, *_OLD, 2, *_SETTINGS),
            "β₂ times the old v, plus 1 − β₂ times the square of each entry of the gradient. "
            "Return it without its hat.",
        ),
        Case(
            "no gradient: only the decay moves the weights",
            _part(0, _START[0], _ZEROS, _ZEROS, _ZEROS, 1, *_SETTINGS),
            "With g = m = v = 0 the update is 0 / (0 + ε) = 0. What is left is θ − η λ θ.",
        ),
        Case(
            "the first step",
            _part(0, *_START, _ZEROS, _ZEROS, 1, *_SETTINGS),
            "At t = 1 the hats undo the averages: m̂ = g, v̂ = g², each entry moves by about η. "
            "Print your m̂ and v̂.",
        ),
        Case(
            "three steps in a row",
            _three_steps,
            "The first step alone is right. What changes with t, and what with the old m and v?",
        ),
        Case(
            "the tenth step, with other settings and no decay",
            _part(0, *_TENTH, 10, 0.01, (0.8, 0.99), 1e-6, 0.0),
            "Is there a number in your code that should be an argument?",
        ),
    ],
    mistakes=[
        Mistake(
            "no bias correction",
            _but(correct=lambda average, beta, step: average),
            "m and v start at zero, so at first they are too small: after one step v is "
            "(1 − β₂) g². Divide m by 1 − β₁ᵗ and v by 1 − β₂ᵗ.",
        ),
        Mistake(
            "the correction counts from zero",
            _but(correct=lambda average, beta, step: average / (1 - beta ** (step - 1))),
            "`step` begins at 1. With t − 1 the first correction is 1 − β⁰ = 0, and you divide "
            "by it.",
        ),
        Mistake(
            "the correction counts one too many",
            _but(correct=lambda average, beta, step: average / (1 - beta ** (step + 1))),
            "`step` begins at 1 already: take t, not t + 1.",
        ),
        Mistake(
            "β · t instead of β to the t",
            _but(correct=lambda average, beta, step: average / (1 - beta * step)),
            "The small t above β is a power: `beta**step`.",
        ),
        Mistake(
            "brackets are missing in the correction",
            _but(correct=lambda average, beta, step: average / 1 - beta**step),
            "`m / 1 - beta**step` divides by 1 first. Write `m / (1 - beta**step)`.",
        ),
        Mistake(
            "the correction multiplies",
            _but(correct=lambda average, beta, step: average * (1 - beta**step)),
            "m and v are too small at first, and 1 − βᵗ is below one: divide by it.",
        ),
        Mistake(
            "both hats use β₁",
            _corrects_both_alike,
            "v is averaged with β₂, so it is corrected with β₂.",
        ),
        Mistake(
            "both hats use β₂",
            _corrects_both_by_beta2,
            "m is averaged with β₁, so it is corrected with β₁.",
        ),
        Mistake(
            "only m is corrected",
            _corrects_one(0),
            "v begins at zero as well: divide it by 1 − β₂ᵗ.",
        ),
        Mistake(
            "only v is corrected",
            _corrects_one(1),
            "m begins at zero as well: divide it by 1 − β₁ᵗ.",
        ),
        Mistake(
            "the step uses the old averages",
            _uses_old_averages,
            "Take the new gradient into m and v first; the hats and the step follow from the new "
            "ones.",
        ),
        Mistake(
            "the decay went into the gradient",
            _decayed_in_gradient,
            "That is Adam with an L2 penalty: the decay is divided by √v like any gradient, so "
            "that weights with large gradients hardly decay. AdamW (the W) subtracts η λ θ apart "
            "from the gradient.",
        ),
        Mistake(
            "the decay without the learning rate",
            _but(decay=lambda before, after, lr, weight_decay: weight_decay * before),
            "You subtract λ θ. It is η λ θ, or the weights would go on shrinking at full pace "
            "while the schedule lowers η.",
        ),
        Mistake(
            "the decay comes last",
            _but(decay=lambda before, after, lr, weight_decay: lr * weight_decay * after),
            "You decay the weights that have already been moved. Both parts of the step start "
            "from the old θ.",
        ),
        Mistake(
            "no decay",
            _but(decay=lambda before, after, lr, weight_decay: 0.0),
            "This is Adam. The W of AdamW is missing: subtract η λ θ as well.",
        ),
        Mistake(
            "the decay is added",
            _but(decay=lambda before, after, lr, weight_decay: -lr * weight_decay * before),
            "Your weights grow. Both parts are subtracted: look for a minus before a bracket.",
        ),
        Mistake(
            "ε under the root",
            _but(update=lambda m_hat, v_hat, eps: m_hat / torch.sqrt(v_hat + eps)),
            "√(v̂ + ε) is far larger than √v̂ + ε for small gradients: √(10⁻⁸) is 10⁻⁴. Take the "
            "root first, then add ε.",
        ),
        Mistake(
            "no ε",
            _but(update=lambda m_hat, v_hat, eps: m_hat / v_hat.sqrt()),
            "A parameter that has never had a gradient has v̂ = 0, and 0 / 0 is not a number. Add "
            "ε to the root.",
        ),
        Mistake(
            "the root is missing",
            _but(update=lambda m_hat, v_hat, eps: m_hat / (v_hat + eps)),
            "Divide by √v̂, not by v̂: the update must not depend on the gradient's unit.",
        ),
        Mistake(
            "uphill",
            _but(update=lambda *arguments: -_update(*arguments)),
            "The gradient points to where the loss grows. Subtract the update.",
        ),
        Mistake(
            "the two betas changed places",
            lambda p, g, m, v, t, lr, betas, *rest: _adamw(p, g, m, v, t, lr, betas[::-1], *rest),
            "β₁, the first, belongs to m; β₂, the second and nearer to one, to v.",
        ),
        Mistake(
            "the averages are weighted the wrong way round",
            _but(average=lambda old, new, beta: (1 - beta) * old + beta * new),
            "β is the share that is kept of the old average, 1 − β what the new gradient adds.",
        ),
        Mistake(
            "a sum, not an average",
            _but(average=lambda old, new, beta: beta * old + new),
            "The new gradient comes in at full weight. Multiply it by 1 − β, so that the shares "
            "add up to one.",
        ),
        Mistake(
            "the gradient is not squared",
            _but(square=lambda gradient: gradient),
            "v is the average of the gradient's square, g².",
        ),
        Mistake(
            "the hats are returned",
            _returns_hats,
            "The correction is for this update only. Return m and v as they are, or the next step "
            "corrects them again.",
        ),
        Mistake(
            "the old parameter is missing",
            lambda p, *arguments: (_adamw(p, *arguments)[0] - p, *_adamw(p, *arguments)[1:]),
            "You return by how much the parameter moves. Subtract it from the old parameter.",
        ),
        Mistake(
            "the three are returned in another order",
            lambda *arguments: (*_adamw(*arguments)[1:], _adamw(*arguments)[0]),
            "Return the parameter first, then m, then v.",
        ),
    ],
)
