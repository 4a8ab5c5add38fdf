"""The check of exercise 18.7: what becomes of one proposal."""

from __future__ import annotations

import torch

from gptlab.checks import Mistake, call, function


def judge_one(p, q, token, r):
    """What the token at this place is drawn from, once the proposal has been judged."""
    if r < p[token] / q[token]:
        return torch.nn.functional.one_hot(torch.tensor(token), len(p)).to(p)
    missing = (p - q).clamp(min=0)
    return missing / missing.sum()


def _judged(keep, missing):
    def wrong(p, q, token, r):
        if keep(p[token], q[token], r):
            return torch.nn.functional.one_hot(torch.tensor(token), len(p)).to(p)
        return missing(p, q)

    return wrong


def _kept(p, q, r):
    return r < p / q


def _missing(p, q):
    rest = (p - q).clamp(min=0)
    return rest / rest.sum()


_P = torch.tensor([0.5, 0.3, 0.2, 0.0], dtype=torch.double)
_Q = torch.tensor([0.2, 0.4, 0.1, 0.3], dtype=torch.double)

SPECULATIVE = function(
    "18.7",
    "the fate of a proposal",
    right=judge_one,
    praise="Whatever the draft proposes, what comes out is the target's: that is all of "
    "speculative decoding.",
    cases=[
        call("the target likes it better", _P, _Q, 0, 0.99,
             hint="p = 0.5, q = 0.2: p/q is above 1, so it is always kept."),
        call("a lucky one", _P, _Q, 1, 0.6, hint="p/q = 0.75, and 0.6 is below it: kept."),
        call("refused", _P, _Q, 1, 0.8,
             hint="0.8 is not below 0.75. Draw from max(0, p − q), scaled: 0.3 and 0.1 are "
             "missing, so 0.75 and 0.25."),
        call("what the target never says", _P, _Q, 3, 0.0,
             hint="p = 0: refused even if r is 0. (r < 0 is never true.)"),
        call("another pair", _Q, _P, 0, 0.5, hint="Now p = 0.2, q = 0.5; 0.5 is not below 0.4."),
    ],
    mistakes=[
        Mistake("q over p", _judged(lambda p, q, r: r < q / p, _missing),
            "You keep it with q/p. Then what the draft likes too much is kept always. The target "
            "stands on top: p/q."),
        Mistake("turned round", _judged(lambda p, q, r: r >= p / q, _missing),
            "You keep what should be refused: keep if r is below p/q."),
        Mistake("kept, and drawn again", lambda p, q, token, r: p if r < p[token] / q[token]
            else _missing(p, q),
            "A proposal that is kept is the token: all probability on it, none on the others."),
        Mistake("kept if at most p/q", _judged(lambda p, q, r: r <= p / q, _missing),
            "With r = 0 you keep what the target never says: 0 is at most 0. Keep if r is *below* "
            "p/q."),
        Mistake("redrawn from p", _judged(_kept, lambda p, q: p),
            "After a refusal you draw from p. Words that the draft likes get their share twice, "
            "once kept and once drawn. Draw from what is *missing*: max(0, p − q)."),
        Mistake("redrawn from q − p",
            _judged(_kept, lambda p, q: (q - p).clamp(min=0) / (q - p).clamp(min=0).sum()),
            "That is the surplus of the draft, which was just refused. What is missing is p − q."),
        Mistake("the absolute difference",
            _judged(_kept, lambda p, q: (p - q).abs() / (p - q).abs().sum()),
            "|p − q| counts surplus and want alike. Negative differences become 0."),
        Mistake("not scaled", _judged(_kept, lambda p, q: (p - q).clamp(min=0)),
            "What you return sums to less than one. Divide by its sum."),
        Mistake("accepted by p alone", _judged(lambda p, q, r: r < p, _missing),
            "You keep the proposal with probability p. It was drawn with q already; keeping p/q of "
            "that makes p."),
        Mistake("negative probabilities",
            _judged(_kept, lambda p, q: (p - q) / (p - q).clamp(min=0).sum()),
            "Some of these are below 0. Cut p − q off at zero before you scale."),
    ],
)  # fmt: skip
