"""The check of exercise 21.6: which experts a token goes to, and with which weights."""

from __future__ import annotations

import torch

from gptlab.checks import Mistake, call, function


def routed(scores, k):
    """Weights of the k best experts of each token, summing to one; zero for all others."""
    best = scores.topk(k, dim=-1)
    return torch.zeros_like(scores).scatter(-1, best.indices, best.values.softmax(dim=-1))


def _spread(scores, values, indices):
    return torch.zeros_like(scores).scatter(-1, indices, values)


def _not_shared_out(scores, k):
    best = scores.softmax(dim=-1).topk(k, dim=-1)
    return _spread(scores, best.values, best.indices)


def _twice(scores, k):
    best = scores.softmax(dim=-1).topk(k, dim=-1)
    return _spread(scores, best.values.softmax(dim=-1), best.indices)


def _zeros(scores, k):
    best = scores.topk(k, dim=-1).indices
    kept = torch.zeros_like(scores).scatter(-1, best, 1.0)
    return (scores * kept).softmax(dim=-1)


def _even(scores, k):
    best = scores.topk(k, dim=-1).indices
    return _spread(scores, torch.full_like(best, 1, dtype=scores.dtype) / k, best)


def _by_sum(scores, k):
    best = scores.topk(k, dim=-1)
    return _spread(scores, best.values / best.values.sum(dim=-1, keepdim=True), best.indices)


def _worst(scores, k):
    best = scores.topk(k, dim=-1, largest=False)
    return _spread(scores, best.values.softmax(dim=-1), best.indices)


def _by_expert(scores, k):
    best = scores.topk(k, dim=0)
    kept = torch.full_like(scores, -torch.inf).scatter(0, best.indices, best.values)
    return kept.softmax(dim=0)


def _left_in_order(scores, k):
    best = scores.topk(k, dim=-1)
    out = torch.zeros_like(scores)
    out[..., :k] = best.values.softmax(dim=-1)
    return out


_S = torch.tensor([
    [2.0, 0.0, 1.0, -1.0], [-3.0, -1.0, -2.0, -4.0], [0.1, 0.3, 0.2, 4.0], [1.0, 3.0, 0.5, 2.0],
    [0.0, -0.5, 2.5, 1.5],
])  # fmt: skip

ROUTED = function(
    "21.6",
    "a router",
    right=routed,
    praise="The best k share one unit among themselves, and the others are not even computed.",
    cases=[
        call("the chapter's token", _S[:1], 2, hint="Experts 0 and 2, with 0.73 and 0.27."),
        call("five tokens", _S, 2, hint="Each row has its own two experts, and sums to one."),
        call("one expert", _S, 1, hint="The best one gets everything."),
        call("all experts", _S, 4, hint="Then it is the plain softmax."),
    ],
    mistakes=[
        Mistake("softmax before, and not shared out again", _not_shared_out,
            "The weights of the k best do not sum to one: part of the probability went to experts "
            "that are not asked. Take the softmax of the k best scores."),
        Mistake("a softmax of probabilities", _twice,
            "A softmax of what a softmax gave makes the weights nearly even. One is enough: over "
            "the k best *scores*."),
        Mistake("zeros instead of −∞", _zeros,
            "The refused experts have score 0, and e⁰ = 1 is no small share. Give them −∞, or take "
            "the softmax over the k best alone."),
        Mistake("scores shared out without a softmax", _by_sum,
            "You divide the scores by their sum. They may be negative; the softmax of the k best "
            "is meant."),
        Mistake("all weigh the same", _even,
            "Each of the k gets 1/k. The router's scores say how much each counts; and without "
            "them it could not learn."),
        Mistake("the worst experts", _worst, "You keep the lowest scores."),
        Mistake("the experts choose", _by_expert,
            "You take the k best tokens of each expert (dim=0). Here each token chooses: dim=-1.",
            symptom=lambda answer: torch.allclose(answer(_S.clone(), 2), _by_expert(_S, 2))),
        Mistake("weights in the order of the sort", _left_in_order,
            "The weights stand in the first k columns. `topk` also says which expert each belongs "
            "to: put them there (scatter)."),
        Mistake("nobody is refused", lambda scores, k: scores.softmax(dim=-1),
            "Every expert has a weight, so every expert must be computed. Keep k."),
    ],
)  # fmt: skip
