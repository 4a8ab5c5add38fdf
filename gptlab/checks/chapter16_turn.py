"""The check of exercise 16.5: weights turned the right way."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gptlab.checks import Mistake, call, function

_DRAW = torch.Generator().manual_seed(165)


def _random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=_DRAW)


TURNED = ("attn.c_attn.weight", "attn.c_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight")


def turn(weights):
    """GPT-2's tensors with every matrix that multiplies turned to torch's (outputs, inputs)."""
    return {
        name: weight.T.contiguous() if name.endswith(TURNED) else weight
        for name, weight in weights.items()
    }


def _where_shapes_tell(weights):
    return {
        name: w.T if name.endswith(TURNED) and w.size(0) != w.size(1) else w
        for name, w in weights.items()
    }


def _every_table(weights):
    return {name: w.T if w.dim() == 2 else w for name, w in weights.items()}


def _reshaped(weights):
    return {
        name: w.reshape(w.shape[::-1]) if name.endswith(TURNED) else w
        for name, w in weights.items()
    }


def _attention_only(weights):
    return {name: w.T if ".attn." in name and w.dim() == 2 else w for name, w in weights.items()}


def _file(d: int, n_layers: int) -> dict[str, Tensor]:
    """Tensors as GPT-2's files have them, by the names of the hub."""
    found = {"wte.weight": _random(5, d), "wpe.weight": _random(d, d), "ln_f.weight": _random(d)}
    for i in range(n_layers):
        shapes: dict[str, tuple[int, ...]] = {
            "ln_1.weight": (d,), "attn.c_attn.weight": (d, 3 * d), "attn.c_attn.bias": (3 * d,),
            "attn.c_proj.weight": (d, d), "mlp.c_fc.weight": (d, 4 * d),
            "mlp.c_proj.weight": (4 * d, d), "mlp.c_proj.bias": (d,),
        }  # fmt: skip
        found |= {f"h.{i}.{name}": _random(*shape) for name, shape in shapes.items()}
    return found


def _call(label: str, d: int, n_layers: int, hint: str) -> Any:
    return call(label, _file(d, n_layers), hint=hint)


TURN = function(
    "16.5",
    "weights that lie the other way round",
    right=turn,
    cases=[
        _call(
            "one block", 4, 1,
            "Turned are c_attn, c_proj, c_fc and the perceptron's c_proj; nothing else.",
        ),
        _call("three blocks", 3, 3, "The names of all blocks end alike: h.0.…, h.1.…, h.2.…"),
    ],
    mistakes=[
        Mistake(
            "nothing is turned",
            lambda weights: dict(weights),
            "GPT-2's files hold (inputs, outputs), torch wants (outputs, inputs): use .T.",
        ),
        Mistake(
            "only where the shape gave it away",
            _where_shapes_tell,
            "attn.c_proj.weight is square, so it fits both ways round and nothing complains. It "
            "lies the other way round all the same.",
        ),
        Mistake(
            "the tables as well",
            _every_table,
            "wte and wpe are tables: a row for each token, for each position, in both formats. "
            "Only matrices that multiply are turned. (Here wpe is square, too.)",
        ),
        Mistake(
            "the position embedding as well",
            lambda weights: {
                name: w.T if w.dim() == 2 and name != "wte.weight" else w
                for name, w in weights.items()
            },
            "wpe is a table, a row for each position, in both formats. It is square here, so its "
            "shape tells nothing.",
        ),
        Mistake(
            "only what was turned comes back",
            lambda weights: {name: w.T for name, w in weights.items() if name.endswith(TURNED)},
            "Return every tensor by its name: biases, norms and tables as they were.",
        ),
        Mistake(
            "reshaped, not turned",
            _reshaped,
            "reshape gives the right shape with the numbers in the wrong places. Use .T.",
        ),
        Mistake(
            "the perceptron was left out",
            _attention_only,
            "mlp.c_fc and mlp.c_proj lie the other way round, too.",
        ),
    ],
)  # fmt: skip
