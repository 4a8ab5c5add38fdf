"""The checks of exercises 19.5 and 19.6: the loss of preferences, the copy that stands still."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import nn

from gptlab.checks import Mistake, call, function
from gptlab.checks.core import Case


def pair_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    """Mean of −log σ(β · margin), the margin taken against the reference."""
    margin = (chosen - ref_chosen) - (rejected - ref_rejected)
    return -F.logsigmoid(beta * margin).mean()


def _from_margin(margin):
    return lambda c, r, rc, rr, beta: -F.logsigmoid(beta * margin(c, r, rc, rr)).mean()


_C, _R = torch.tensor([-3.0, -5.0, -2.0]), torch.tensor([-4.0, -2.5, -2.0])
_RC, _RR = torch.tensor([-3.5, -6.0, -1.0]), torch.tensor([-3.0, -2.0, -4.0])


def _far(answer):
    """A pair so wrong that σ is 0 in floating point: the loss must still be a number."""
    far = torch.tensor([-400.0]), torch.tensor([0.0]), torch.tensor([0.0]), torch.tensor([0.0])
    value = answer(*far, 1.0)
    assert torch.isfinite(torch.as_tensor(value)).all(), (
        "log of sigmoid(−400) is minus infinity in floating point: F.logsigmoid computes both at "
        "once"
    )
    return value


def _gradient(answer):
    """The slope of the loss in the chosen answers' log-probabilities: training needs it."""
    chosen = _C.clone().requires_grad_()
    value = answer(chosen, _R.clone(), _RC.clone(), _RR.clone(), 0.1)
    assert getattr(value, "requires_grad", False), (
        "nothing can be learned from this loss: it is cut off from what it was computed from. "
        "Return the tensor, without .item() or detach"
    )
    return torch.autograd.grad(value.sum(), chosen)[0]


LOSS = function(
    "19.5",
    "the loss of a pair",
    right=pair_loss,
    praise="A classification of pairs, and nothing else: that is all of DPO.",
    cases=[
        call("nothing has moved", _C, _R, _C, _R, 0.1,
             hint="Then every margin is 0 and the loss is log 2 = 0.693."),
        call("three pairs", _C, _R, _RC, _RR, 0.1,
             hint="The margins are 1.5, 1.5 and −3; each times beta, −log σ, then the mean."),
        call("a larger beta", _C, _R, _RC, _RR, 2.0, hint="beta stands inside of σ."),
        Case("a pair that is far off", _far, "Use F.logsigmoid, which does not underflow."),
        Case("the slope", _gradient, "The loss is trained on: it must keep its graph."),
    ],
    mistakes=[
        Mistake("the sign", _from_margin(lambda c, r, rc, rr: (r - rr) - (c - rc)),
            "Your loss falls when the *rejected* answer becomes likelier. Chosen minus rejected."),
        Mistake("the reference is forgotten", _from_margin(lambda c, r, rc, rr: c - r),
            "What counts is how much likelier an answer has *become*: subtract the reference's "
            "log-probability from each."),
        Mistake("the reference is added", _from_margin(lambda c, r, rc, rr: (c + rc) - (r + rr)),
            "The reference is added, or its two answers are swapped. Each answer is measured "
            "against the reference's own figure for it: a ratio of probabilities is a *difference* "
            "of logarithms."),
        Mistake("no logarithm",
            lambda c, r, rc, rr, b: -torch.sigmoid(b * ((c - rc) - (r - rr))).mean(),
            "That is −σ; the loss is −log σ."),
        Mistake("no minus", lambda *given: -pair_loss(*given),
            "It is negative: a loss is *minus* the log-probability. Yours would learn to lose."),
        Mistake("beta outside", lambda c, r, rc, rr, b: b * pair_loss(c, r, rc, rr, 1.0),
            "beta multiplies the margin, inside σ, not the loss."),
        Mistake("beta forgotten", lambda c, r, rc, rr, b: pair_loss(c, r, rc, rr, 1.0),
            "beta plays no part in your loss."),
        Mistake("no mean",
            lambda c, r, rc, rr, b: -F.logsigmoid(b * ((c - rc) - (r - rr))),
            "You give one loss for each pair. A step wants one number: their mean."),
        Mistake("the sum", lambda *given: pair_loss(*given) * len(given[0]),
            "Take the mean over the pairs, so that the batch's size does not matter."),
        Mistake("the mean comes first",
            lambda c, r, rc, rr, b: -F.logsigmoid(b * ((c - rc) - (r - rr)).mean()),
            "You average the margins and then take one loss. Each pair has a loss of its own; the "
            "mean comes last."),
    ],
)  # fmt: skip


def with_reference(model):
    """The model that learns, and a frozen copy of it as it is now."""
    reference = copy.deepcopy(model).eval()
    for parameter in reference.parameters():
        parameter.requires_grad_(False)
    return model, reference


def _small() -> nn.Module:
    torch.manual_seed(6)
    return nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 2)).train()


def _same_words(answer):
    policy, reference = answer(_small())
    x = torch.ones(1, 3)
    return [policy.eval()(x).detach(), reference.eval()(x).detach()]


def _after_a_step(answer):
    """What the reference says before and after the policy has moved."""
    policy, reference = answer(_small())
    x = torch.ones(1, 3)
    modes = [part.training for part in (policy, reference)]
    was = reference.eval()(x).detach().clone()
    for part, mode in zip((policy, reference), modes, strict=True):
        part.train(mode)
    moving = [p for p in policy.parameters() if p.requires_grad]
    if moving:
        optimiser = torch.optim.SGD(moving, lr=0.5)
        loss = policy(x).pow(2).sum()
        loss.backward()
        optimiser.step()
    return (reference.eval()(x) - was).abs().max().detach()


def _who_learns(answer):
    policy, reference = answer(_small())
    return [all(p.requires_grad for p in policy.parameters()),
            any(p.requires_grad for p in reference.parameters())]  # fmt: skip


def _itself(answer):
    model = _small()
    policy, _ = answer(model)
    assert policy is model, (
        "the first of the two is another object than the model that was given; whoever holds the "
        "model, such as an optimiser, would not see it learn"
    )


def _modes(answer):
    policy, reference = answer(_small())
    return [policy.training, reference.training]


def _fresh(model):
    reference = copy.deepcopy(model).eval().requires_grad_(False)
    for module in reference.modules():
        if isinstance(module, nn.Linear):
            nn.init.constant_(module.weight, 0.1)
    return model, reference


def _frozen_both(model):
    policy, reference = with_reference(model)
    return policy.requires_grad_(False), reference


REFERENCE = function(
    "19.6",
    "the copy that stands still",
    right=with_reference,
    praise="The reference is what the model was, and stays it, however far the model moves.",
    cases=[
        Case("both say the same at first", _same_words,
             "The reference begins as an exact copy of the model."),
        Case("the model itself comes back", _itself, "Return the model, not a copy of it, first."),
        Case("who learns", _who_learns,
             "All parameters of the model learn, none of the reference: requires_grad_(False)."),
        Case("the reference stays when the model moves", _after_a_step,
             "After a step of the model the reference must say what it said before: deep copy."),
        Case("the reference has no dropout at work", _modes,
             "The reference is measured, not trained: eval(). The model keeps its mode."),
    ],
    mistakes=[
        Mistake("the reference is the model", lambda model: (model, model),
            "Both names mean one object. The reference is trained along, every margin stays 0, "
            "and the loss stays log 2. Use copy.deepcopy."),
        Mistake("a shallow copy", lambda model: (model, copy.copy(model)),
            "copy.copy shares the weights: the reference is trained along. Use copy.deepcopy.",
            symptom=lambda answer: _shares_weights(answer)),
        Mistake("the reference learns", lambda model: (model, copy.deepcopy(model).eval()),
            "The copy's parameters still ask for gradients. An optimiser that gets all "
            "parameters would train it along: requires_grad_(False)."),
        Mistake("the model is frozen", _frozen_both,
            "You froze the model as well; nothing can learn."),
        Mistake("the copy is frozen and returned first",
            lambda model: with_reference(model)[::-1],
            "The order is (model, reference); yours is turned round."),
        Mistake("dropout at work in the reference",
            lambda model: (model, copy.deepcopy(model).requires_grad_(False)),
            "The reference is in training mode: dropout makes it say something else each time. "
            "Call eval()."),
        Mistake("a new network", _fresh,
            "The reference has other weights than the model. It is the model as it was."),
    ],
)  # fmt: skip


def _shares_weights(answer) -> bool:
    model, reference = answer(_small())
    if model is reference:
        return False
    mine = {p.data_ptr() for p in model.parameters()}
    return any(p.data_ptr() in mine for p in reference.parameters())
