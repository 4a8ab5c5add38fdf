r"""LoRA: fine-tune a frozen model through two thin matrices beside each of its large ones.

Hu et al. 2022: the change of a weight matrix has low rank, $W' = W + \frac{\alpha}{r} B A$ with A
of r rows and B of r columns. B begins as zeros, so that the model begins as what it was.
"""

from __future__ import annotations

import math
from collections.abc import Collection

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from gptlab.errors import LabError


class LoRALinear(nn.Module):
    r"""A linear layer, frozen, plus $\frac{\alpha}{r} x A^\top B^\top$, which is trained.

    `down` is A, (rank, d_in); `up` is B, (d_out, rank). Source: Hu et al. 2022, section 4.1.
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float | None = None):
        super().__init__()
        largest = min(base.in_features, base.out_features)
        if not 1 <= rank <= largest:
            raise LabError(
                f"rank is {rank}; a layer of {base.in_features} × {base.out_features} takes a rank "
                f"from 1 to {largest}"
            )
        self.base = base
        self.scale = (rank if alpha is None else alpha) / rank
        self.down = nn.Parameter(base.weight.new_empty(rank, base.in_features))
        self.up = nn.Parameter(base.weight.new_zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, x: Float[Tensor, "*batch d_in"]) -> Float[Tensor, "*batch d_out"]:
        """What the frozen layer says, and what was learned beside it."""
        return self.base(x) + self.scale * F.linear(F.linear(x, self.down), self.up)

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """One linear layer that does the same: the product added to a copy of the weights."""
        base = self.base
        layer = nn.Linear(
            base.in_features, base.out_features, base.bias is not None,
            device=base.weight.device, dtype=base.weight.dtype,
        )  # fmt: skip
        layer.weight.copy_(base.weight + self.scale * (self.up @ self.down))
        if base.bias is not None:
            layer.bias.copy_(base.bias)
        return layer


def add_lora(
    model: nn.Module,
    rank: int = 8,
    alpha: float | None = None,
    targets: Collection[str] = ("to_qkv", "to_out"),
) -> list[str]:
    """Freeze `model` and put a `LoRALinear` in place of every linear layer named in `targets`.

    A target is the last part of a layer's name ("to_qkv") or its end ("mlp.to_out"). Returns the
    full names. `alpha` is `rank` unless given: a scale of 1. The model is changed in place.
    Raises LabError for a target that no layer has, and for a model that has LoRA already.
    """
    if any(isinstance(module, LoRALinear) for module in model.modules()):
        raise LabError("the model has LoRA layers already; merge them first: merge_lora(model)")
    linear = {name: m for name, m in model.named_modules() if isinstance(m, nn.Linear)}
    chosen: set[str] = set()
    for target in targets:
        found = {name for name in linear if name == target or name.endswith(f".{target}")}
        if not found:
            known = sorted({name.rpartition(".")[2] for name in linear})
            raise LabError(
                f"no linear layer is called {target!r}; the model has: {', '.join(known) or 'none'}"
            )
        chosen |= found
    made = {n: LoRALinear(layer, rank, alpha) for n, layer in linear.items() if n in chosen}
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for name, thin in made.items():
        _put(model, name, thin)
    return list(made)


def merge_lora(model: nn.Module) -> list[str]:
    """Replace every `LoRALinear` by the one linear layer it amounts to, trainable again.

    Returns the names of the layers. Raises LabError if there are none.
    """
    names = [name for name, m in model.named_modules() if isinstance(m, LoRALinear)]
    if not names:
        raise LabError("the model has no LoRA layers to merge; add them first: add_lora(model)")
    for name in names:
        layer = model.get_submodule(name)
        assert isinstance(layer, LoRALinear)
        _put(model, name, layer.merged())
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    return names


def lora_weights(model: nn.Module) -> dict[str, Tensor]:
    """What was learned beside the frozen model, by name: all that needs to be kept of a run."""
    return {
        f"{name}.{part}": getattr(module, part).detach().clone()
        for name, module in model.named_modules()
        if isinstance(module, LoRALinear)
        for part in ("down", "up")
    }


def _put(model: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, layer)
