"""Which way to step: AdamW for tables and vectors, Muon for matrices.

AdamW: Kingma and Ba 2015, Loshchilov and Hutter 2019. Muon: Jordan et al. 2024. The library uses
torch's fused AdamW; Muon is written out here and tested equal to `torch.optim.Muon`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gptlab.errors import LabError

# Jordan et al. 2024: a quintic whose slope at zero is as steep as it can be while five rounds bring
# every singular value between about 0.7 and 1.2. Exact convergence to 1 is not needed.
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)


def orthogonalise(
    matrices: Float[Tensor, "batch rows columns"],
    rounds: int = 5,
    dtype: torch.dtype | None = torch.bfloat16,
    eps: float = 1e-7,
) -> Float[Tensor, "batch rows columns"]:
    r"""All singular values made (almost) one: $UV^\top$ for $M = U \Sigma V^\top$.

    Newton–Schulz: $X \leftarrow aX + (bA + cA^2)X$ with $A = XX^\top$, started from
    $M / \lVert M \rVert_F$. Three matrix products a round, and no singular value decomposition;
    `dtype` is their precision (None: that of the input). Source: Jordan et al. 2024.
    """
    a, b, c = NEWTON_SCHULZ
    x = matrices if dtype is None else matrices.to(dtype)
    tall = x.size(-2) > x.size(-1)
    x = x.mT if tall else x
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=eps)
    for _ in range(rounds):
        square = x @ x.mT
        polynomial = torch.baddbmm(square, square, square, beta=b, alpha=c)
        x = torch.baddbmm(x, polynomial, x, beta=a)
    return (x.mT if tall else x).to(matrices.dtype)


class Muon(torch.optim.Optimizer):
    r"""Momentum, orthogonalised: every direction of a weight matrix is moved by the same amount.

    $m \leftarrow \mu m + (1 - \mu) g$, then
    $W \leftarrow (1 - \eta\lambda) W - \eta \sqrt{\max(1, r / c)}\, O((1-\mu) g + \mu m)$
    for a matrix with r rows and c columns; O is `orthogonalise`, done for all matrices of one shape
    in one batched product. `dtype` is the precision of these products: bf16, as in the original,
    where the processor multiplies it fast.

    Raises LabError for parameters that are not matrices: give these to AdamW.
    Source: Jordan et al. 2024; equal to `torch.optim.Muon` with `adjust_lr_fn="original"`.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 0.02,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        rounds: int = 5,
        dtype: torch.dtype | None = torch.bfloat16,
    ):
        self.dtype = dtype
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "rounds": rounds}
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                if p.dim() != 2:
                    raise LabError(
                        f"Muon updates matrices, but a parameter has shape {tuple(p.shape)}; "
                        "give vectors and stacks to AdamW"
                    )

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every matrix once; returns the closure's loss when one is given."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[Tensor]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    by_shape.setdefault(p.shape, []).append(p)
            for (rows, columns), parameters in by_shape.items():
                update = torch.stack([self.momentum(p, group["momentum"]) for p in parameters])
                update = orthogonalise(update, group["rounds"], self.dtype)
                scale = max(1.0, rows / columns) ** 0.5
                torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
                torch._foreach_add_(parameters, list(update), alpha=-group["lr"] * scale)
        return loss

    def momentum(self, p: Tensor, mu: float) -> Tensor:
        """Blend the gradient into the running average; return the look-ahead (Nesterov) blend."""
        state = self.state[p]
        if not state:
            state["momentum"] = torch.zeros_like(p)
        assert p.grad is not None  # `step` asks only for parameters that have one
        average = state["momentum"].lerp_(p.grad, 1 - mu)
        return p.grad.lerp(average, mu)


def parameter_groups(model: nn.Module) -> dict[str, list[nn.Parameter]]:
    """Sort trainable parameters by what should happen to them.

    "matrices": weights of linear layers, which multiply activations; "tables": embeddings, whose
    rows are looked up; "vectors": biases and norms, which are never decayed.
    """
    tables = {
        id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)
    }  # tied weights count as tables
    linear = {id(m.weight) for m in model.modules() if isinstance(m, nn.Linear)}
    groups: dict[str, list[nn.Parameter]] = {"matrices": [], "tables": [], "vectors": []}
    for p in model.parameters():
        if not p.requires_grad:
            continue
        if p.dim() < 2:
            groups["vectors"].append(p)
        elif p.dim() == 2 and id(p) in linear and id(p) not in tables:
            groups["matrices"].append(p)
        else:
            groups["tables"].append(p)
    return groups


def build_optimizers(
    model: nn.Module,
    name: str = "muon",
    lr: float = 1e-3,
    matrix_lr: float = 0.02,
    betas: tuple[float, float] = (0.9, 0.95),
    eps: float = 1e-8,
    weight_decay: float = 0.1,
    matrix_weight_decay: float = 0.0,
    fused: bool = True,
    matrix_dtype: torch.dtype | None = torch.bfloat16,
) -> list[torch.optim.Optimizer]:
    """The optimisers that train `model`, every parameter in exactly one of them.

    "adamw": all by AdamW with `lr`, vectors without decay. "muon": matrices by Muon with
    `matrix_lr`, the rest by AdamW. `fused` makes AdamW one kernel instead of many; `matrix_dtype`
    is the precision of Muon's products.
    Raises LabError for another name.
    """
    groups = parameter_groups(model)
    adam_options: dict[str, Any] = {"lr": lr, "betas": betas, "eps": eps, "fused": fused}
    tables = {"params": groups["tables"], "weight_decay": weight_decay}
    vectors = {"params": groups["vectors"], "weight_decay": 0.0}
    if name == "adamw":
        matrices = {"params": groups["matrices"], "weight_decay": weight_decay}
        wanted = [g for g in (matrices, tables, vectors) if g["params"]]
        return [torch.optim.AdamW(wanted, **adam_options)]
    if name == "muon":
        wanted = [g for g in (tables, vectors) if g["params"]]
        chosen: list[torch.optim.Optimizer] = []
        if groups["matrices"]:
            chosen.append(
                Muon(
                    groups["matrices"],
                    lr=matrix_lr,
                    weight_decay=matrix_weight_decay,
                    dtype=matrix_dtype,
                )
            )
        if wanted:
            chosen.append(torch.optim.AdamW(wanted, **adam_options))
        return chosen
    raise LabError(f"optimizer {name!r} is unknown; choose 'adamw' or 'muon'")


def check_shapes(
    weights: Mapping[str, Tensor],
    average: Mapping[str, Tensor],
    optimizers: Iterable[torch.optim.Optimizer],
) -> None:
    """Raise ValueError unless momenta and averages have the shapes of their weights."""
    pairs = [(weights[name], [mean]) for name, mean in average.items()]
    for optimizer in optimizers:
        pairs += [(p, list(kept.values())) for p, kept in optimizer.state.items()]
    for weight, kept in pairs:
        for value in kept:
            # A number (AdamW's count of steps) belongs to a weight of any shape.
            if isinstance(value, Tensor) and value.dim() and value.shape != weight.shape:
                got, want = tuple(value.shape), tuple(weight.shape)
                raise ValueError(f"shape {got} for a weight of shape {want}")
