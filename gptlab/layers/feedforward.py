"""The multilayer perceptron: what each position does, alone, with what attention brought it."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from gptlab.errors import LabError


def gelu(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    r"""$\tfrac{x}{2}\bigl(1 + \tanh(\sqrt{2/\pi}\,(x + 0.044715\,x^3))\bigr)$, written out.

    GPT-2's form of the Gaussian error linear unit. Source: Hendrycks and Gimpel 2016, section 2.
    """
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


# Names of the function in between: GPT-2's tanh form of GELU, BERT's exact one, and 2017's ReLU.
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu_tanh": functools.partial(F.gelu, approximate="tanh"),
    "gelu": F.gelu,
    "relu": F.relu,
}


class FeedForward(nn.Module):
    """Widen to d_ff, bend with GELU, narrow back to d_model; the same for every position.

    `activation`: one of ACTIVATIONS; raises LabError for another.
    Source: Vaswani et al. 2017, section 3.3 (with ReLU); with GELU as in Radford et al. 2018.
    """

    def __init__(self, d_model: int, d_ff: int, activation: str = "gelu_tanh"):
        super().__init__()
        if activation not in ACTIVATIONS:
            raise LabError(
                f"activation {activation!r} is unknown; choose one of {', '.join(ACTIVATIONS)}"
            )
        self.activation = activation
        self.to_hidden = nn.Linear(d_model, d_ff)
        self.to_out = nn.Linear(d_ff, d_model)

    def forward(
        self, x: Float[Tensor, "batch time d_model"]
    ) -> Float[Tensor, "batch time d_model"]:
        """Apply the two layers to every position."""
        return self.to_out(ACTIVATIONS[self.activation](self.to_hidden(x)))


class SwiGLU(nn.Module):
    r"""$W_2(\mathrm{SiLU}(W_1 x) \odot W_3 x)$: what one matrix finds opens a gate for the other.

    Three matrices instead of two: with d_ff at 2/3 of FeedForward's it has as many weights.
    Source: Shazeer 2020, equation 6.
    """

    def __init__(self, d_model: int, d_ff: int, bias: bool = False):
        super().__init__()
        self.to_gate = nn.Linear(d_model, d_ff, bias=bias)
        self.to_hidden = nn.Linear(d_model, d_ff, bias=bias)
        self.to_out = nn.Linear(d_ff, d_model, bias=bias)

    def forward(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """Apply the three matrices to every position."""
        return self.to_out(F.silu(self.to_gate(x)) * self.to_hidden(x))
