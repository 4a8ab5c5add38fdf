"""A GPT that answers with a label: a small head on the last token, the rest as pretraining left it.

Radford et al. 2018, section 3.2: the last position has read the whole text, so its state is what a
linear layer judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from gptlab.errors import LabError


class GPTClassifier(nn.Module):
    """`gpt` with a linear layer from the last token's state to `n_labels` scores.

    Texts are filled up with `pad` on the right; the last token that is not `pad` is judged. With
    `frozen` the GPT keeps its weights and only the head learns. The head starts at zero: at first
    all labels are equally likely. Raises LabError for fewer than two labels.
    """

    gpt: Any  # a module with `config.d_model` and `hidden_states(tokens)`

    def __init__(self, gpt: nn.Module, n_labels: int, pad: int, frozen: bool = False):
        super().__init__()
        if n_labels < 2:
            raise LabError(f"n_labels is {n_labels}; a choice needs at least 2")
        self.gpt = gpt
        self.pad = pad
        if frozen:
            gpt.requires_grad_(False)
        self.head = nn.Linear(self.gpt.config.d_model, n_labels)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, tokens: Int[Tensor, "batch time"]) -> Float[Tensor, "batch labels"]:
        """One score for each label. Raises LabError for a row that is nothing but `pad`."""
        kept = tokens != self.pad
        if not kept.any(dim=1).all():
            row = int((~kept.any(dim=1)).int().argmax())
            raise LabError(f"text {row} is empty; give at least one token")
        places = torch.arange(tokens.size(1), device=tokens.device)
        last = torch.where(kept, places, -1).amax(dim=1)
        # Causal attention never looks right, so what fills the row up cannot be seen.
        hidden = self.gpt.hidden_states(tokens)
        return self.head(hidden[torch.arange(len(last), device=tokens.device), last])

    def loss(
        self, tokens: Int[Tensor, "batch time"], labels: Int[Tensor, "batch"]
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy in nats of the right labels."""
        return F.cross_entropy(self(tokens).float(), labels)


def padded_texts(
    texts: Sequence[Sequence[int]], pad: int, longest: int
) -> Int[Tensor, "batch time"]:
    """Token ids of texts as one tensor, filled up with `pad` on the right; the end is cut off.

    `longest`: tokens that are kept of each. Raises LabError for no text or an empty one.
    """
    if not texts or not all(len(text) for text in texts):
        raise LabError("there is an empty text, or none at all; give at least one token each")
    kept = [list(text[:longest]) for text in texts]
    rows = torch.full((len(kept), max(map(len, kept))), pad)
    for row, ids in zip(rows, kept, strict=True):
        row[: len(ids)] = torch.tensor(ids)
    return rows
