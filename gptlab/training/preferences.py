r"""Learning from preferences: of two answers, make the one that people chose likelier.

Direct preference optimisation (Rafailov et al. 2023): no reward model and no reinforcement
learning, one loss over pairs of answers,
$-\log \sigma\bigl(\beta [(\log \pi_w - \log \pi^{ref}_w) - (\log \pi_l - \log \pi^{ref}_l)]\bigr)$,
where w is the chosen answer, l the rejected one and ref the model before.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from gptlab.errors import LabError
from gptlab.text.batches import IGNORED
from gptlab.text.chat import Example, example_tensors


def sequence_log_probability(
    logits: Float[Tensor, "batch time vocab"], targets: Int[Tensor, "batch time"]
) -> Float[Tensor, "batch"]:
    """Log-probability in nats of each row's targets, summed; −100 is left out.

    Raises LabError for a row in which nothing counts.
    """
    counted = targets != IGNORED
    if not counted.any(dim=1).all():
        row = int((~counted.any(dim=1)).int().argmax())
        raise LabError(f"row {row} has no target that counts; give an answer of at least one token")
    each = F.cross_entropy(
        logits.float().flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="none"
    )
    return -each.view_as(targets).sum(dim=1)


def dpo_loss(
    chosen: Float[Tensor, "batch"],
    rejected: Float[Tensor, "batch"],
    reference_chosen: Float[Tensor, "batch"],
    reference_rejected: Float[Tensor, "batch"],
    beta: float = 0.1,
) -> Float[Tensor, ""]:
    """Mean loss of direct preference optimisation, from four log-probabilities for each pair.

    `beta` says how dearly the model pays for moving away from the reference. Raises LabError for
    lists of unequal length and a beta that is not above 0. Source: Rafailov et al. 2023, eq. 7.
    """
    given = (chosen, rejected, reference_chosen, reference_rejected)
    if len({tuple(part.shape) for part in given}) != 1:
        shapes = ", ".join(str(tuple(part.shape)) for part in given)
        raise LabError(f"the four log-probabilities have shapes {shapes}; give one of each a pair")
    if not beta > 0:
        raise LabError(f"beta is {beta}; give a number above 0, such as 0.1")
    margin = (chosen - reference_chosen) - (rejected - reference_rejected)
    return -F.logsigmoid(beta * margin).mean()


class PreferenceLoss(nn.Module):
    """A loss for the trainer: the model that learns, beside a frozen copy of what it was.

    `model` takes ids and gives logits. The copy is made when this is built and never trained.
    """

    def __init__(self, model: nn.Module, beta: float = 0.1):
        super().__init__()
        self.model = model
        self.reference = copy.deepcopy(model).eval().requires_grad_(False)
        self.beta = beta

    def loss(self, *batch: Int[Tensor, "batch time"]) -> Float[Tensor, ""]:
        """The loss of a batch of `PreferenceBatches`: (inputs, targets) of chosen and rejected."""
        chosen, chosen_targets, rejected, rejected_targets = batch
        policy = [
            sequence_log_probability(self.model(inputs), targets)
            for inputs, targets in ((chosen, chosen_targets), (rejected, rejected_targets))
        ]
        with torch.no_grad():
            before = [
                sequence_log_probability(self.reference(inputs), targets)
                for inputs, targets in ((chosen, chosen_targets), (rejected, rejected_targets))
            ]
        return dpo_loss(policy[0], policy[1], before[0], before[1], self.beta)


class PreferenceBatches:
    """Pairs of a chosen and a rejected answer to one prompt, in the order that `seed` gives.

    Each batch is (inputs, targets) of the chosen answers, then of the rejected ones; see
    `gptlab.text.chat.example_tensors`. A pure function of the step.

    Raises LabError for lists of unequal length and a batch larger than what there is.
    """

    def __init__(
        self,
        chosen: Sequence[Example],
        rejected: Sequence[Example],
        batch_size: int,
        pad: int,
        seed: int = 0,
    ) -> None:
        if len(chosen) != len(rejected):
            raise LabError(
                f"{len(chosen)} chosen and {len(rejected)} rejected answers; give one of each for "
                "every prompt, in the same order"
            )
        if not 1 <= batch_size <= len(chosen):
            raise LabError(f"batch_size={batch_size} cannot be filled from {len(chosen)} pairs")
        self.chosen, self.rejected = chosen, rejected
        self.batch_size, self.pad, self.seed = batch_size, pad, seed
        self.n_batches = len(chosen) // batch_size

    def batch(self, step: int) -> tuple[Any, ...]:
        """The tensors of one step."""
        epoch, place = divmod(step, self.n_batches)
        draw = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        order = torch.randperm(len(self.chosen), generator=draw)
        rows = order[place * self.batch_size : (place + 1) * self.batch_size].tolist()
        sides = [[side[i] for i in rows] for side in (self.chosen, self.rejected)]
        return tuple(part for side in sides for part in example_tensors(side, self.pad))
