"""The check of exercise 19.4: a LoRA layer of one's own."""

from __future__ import annotations

import math

import torch
from torch import nn

from gptlab.checks import Mistake, function
from gptlab.checks.core import Case


class ThinLayer(nn.Module):
    """A frozen linear layer and, beside it, alpha / rank times B A x."""

    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base
        for parameter in base.parameters():
            parameter.requires_grad_(False)
        self.A = nn.Parameter(torch.randn(rank, base.in_features) / math.sqrt(base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.scale = alpha / rank

    def forward(self, x):
        """What the base says, and the thin path beside it."""
        return self.base(x) + self.scale * (x @ self.A.T) @ self.B.T


def _layer(answer, rank=2, alpha=6.0):
    torch.manual_seed(4)
    base = nn.Linear(5, 3)
    return base, answer(base, rank, alpha)


def _filled(answer, rank=2, alpha=6.0):
    base, layer = _layer(answer, rank, alpha)
    draw = torch.Generator().manual_seed(1)
    with torch.no_grad():
        layer.A.copy_(torch.randn(rank, 5, generator=draw))
        layer.B.copy_(torch.randn(3, rank, generator=draw))
    return base, layer


def _x():
    return torch.randn(4, 5, generator=torch.Generator().manual_seed(2))


def _shapes(answer):
    _, layer = _layer(answer)
    return [tuple(layer.A.shape), tuple(layer.B.shape)]


def _start(answer):
    base, layer = _layer(answer)
    return layer(_x()) - base(_x())


def _output(answer):
    _, layer = _filled(answer)
    layer(_x())  # a layer that adds BA to its base for good gives something else the second time
    return layer(_x()).detach()


def _other_rank(answer):
    _, layer = _filled(answer, rank=3, alpha=1.5)
    return layer(_x()).detach()


def _learn(answer):
    _, layer = _layer(answer)
    return sorted(name for name, p in layer.named_parameters() if p.requires_grad)


def _moves(answer):
    _, layer = _layer(answer)
    layer(_x()).pow(2).sum().backward()
    gradients = [p.grad for p in (layer.A, layer.B) if p.grad is not None]
    return any(bool(g.abs().sum() > 0) for g in gradients)


def _both_move(answer):
    _, layer = _filled(answer)
    layer(_x()).pow(2).sum().backward()
    return [p.grad is not None and bool(p.grad.abs().sum() > 0) for p in (layer.A, layer.B)]


def _reaches_below(answer):
    _, layer = _filled(answer)
    x = _x().requires_grad_()
    layer(x).pow(2).sum().backward()
    return x.grad


def _changed(name, change):
    """The right layer, with something changed after it is built."""

    class Wrong(ThinLayer):
        def __init__(self, base, rank, alpha):
            super().__init__(base, rank, alpha)
            change(self, rank, alpha)

    Wrong.__name__ = name
    return Wrong


def _lively_b(layer, rank, alpha):
    nn.init.normal_(layer.B, generator=torch.Generator().manual_seed(3))


def _dead_a(layer, rank, alpha):
    nn.init.zeros_(layer.A)


def _swapped(layer, rank, alpha):
    nn.init.zeros_(layer.A)
    nn.init.normal_(layer.B, generator=torch.Generator().manual_seed(3))


def _thaw(layer, rank, alpha):
    layer.base.requires_grad_(True)


def _thaw_bias(layer, rank, alpha):
    layer.base.bias.requires_grad_(True)


def _scaled(value):
    def change(layer, rank, alpha):
        layer.scale = value(rank, alpha)

    return change


class _WithoutBase(ThinLayer):
    def forward(self, x):
        return self.scale * (x @ self.A.T) @ self.B.T


class _WithoutPath(ThinLayer):
    def forward(self, x):
        with torch.no_grad():
            said = self.base(x)
        return said + self.scale * (x @ self.A.T) @ self.B.T


class _Layers(nn.Module):
    """A and B as layers of their own."""

    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Linear(base.in_features, rank, bias=False)
        self.B = nn.Linear(rank, base.out_features, bias=False)
        nn.init.zeros_(self.B.weight)
        self.scale = alpha / rank

    def forward(self, x):
        return self.base(x) + self.scale * self.B(self.A(x))


THIN = function(
    "19.4",
    "a thin layer",
    right=ThinLayer,
    praise="It begins as the frozen layer, and only its two thin matrices learn.",
    cases=[
        Case("the shapes of A and B", _shapes,
             "A is (rank, d_in), B is (d_out, rank); a layer's weight is (d_out, d_in)."),
        Case("what learns", _learn,
             "Only A and B: set requires_grad to False for every parameter of the base."),
        Case("at the start nothing has changed", _start,
             "B begins as zeros, so that the layer gives what its base gives.", atol=1e-5),
        Case("something can move", _moves,
             "If A and B are both zero, both gradients are zero, and nothing ever moves."),
        Case("with numbers in A and B", _output,
             "base(x) + alpha / rank · (x Aᵀ) Bᵀ; here rank 2, alpha 6. The base stays as it is."),
        Case("both matrices learn once B has moved", _both_move,
             "A or B gets no gradient: use the parameters themselves, without .data or detach."),
        Case("the gradient reaches what lies below", _reaches_below,
             "The gradient passes through both ways on to x: a thin layer below learns by it."),
        Case("another rank", _other_rank, "rank 3, alpha 1.5: the scale is 0.5."),
    ],
    mistakes=[
        Mistake("A and B are layers", _Layers,
            "That would work too, but the exercise asks for two parameters: nn.Parameter(…) of "
            "shape (rank, d_in) and (d_out, rank), without a layer around them."),
        Mistake("B is not zero at the start", _changed("Wrong", _lively_b),
            "B begins with random numbers, so the model is damaged before the first step. Zeros."),
        Mistake("A and B are both zero", _changed("Wrong", _dead_a),
            "The gradient of B holds A, that of A holds B. With both at zero nothing ever moves: "
            "A begins random."),
        Mistake("A is zero, B is random", _changed("Wrong", _swapped),
            "That would learn as well, but it is not the paper's choice: B is the one that begins "
            "as zeros. (Here the check looks for it.)",
            symptom=lambda answer: bool(_layer(answer)[1].A.abs().sum() == 0)
            and bool(_layer(answer)[1].B.abs().sum() > 0)),
        Mistake("the base learns too", _changed("Wrong", _thaw),
            "The base's weights are trainable. Then this is full fine-tuning with something "
            "beside it: requires_grad_(False)."),
        Mistake("the bias learns too", _changed("Wrong", _thaw_bias),
            "The base's weight is frozen, its bias is not. Freeze both."),
        Mistake("alpha without the rank", _changed("Wrong", _scaled(lambda r, a: a)),
            "You multiply by alpha. The scale is alpha / rank."),
        Mistake("the scale is forgotten", _changed("Wrong", _scaled(lambda r, a: 1.0)),
            "alpha and rank play no part in your output. The scale is alpha / rank."),
        Mistake("rank over alpha", _changed("Wrong", _scaled(lambda r, a: r / a)),
            "Turned round: alpha / rank."),
        Mistake("the frozen layer lets no gradient through", _WithoutPath,
            "torch.no_grad() around the base cuts its way down to x, and a thin layer below misses "
            "that part of its gradient. To freeze weights, requires_grad_(False) is enough."),
        Mistake("the frozen layer is left out", _WithoutBase,
            "Only the thin path speaks. Add what the frozen layer says: base(x)."),
    ],
)  # fmt: skip
