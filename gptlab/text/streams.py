"""Batches whose rows go on from step to step: for truncated backpropagation through time."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from gptlab.errors import LabError


class StreamBatches:
    """The ids cut into `batch_size` streams side by side; step k reads window k of every stream.

    Row b of a step begins where row b of the step before ended, so that a recurrent network can
    take its state along; after the last whole window all streams begin again. A pure function of
    the step, like `RandomBatches`: a run that was cut off goes on from the number of its step.

    Raises LabError for sizes below 1 and when a stream has not one whole window.
    """

    def __init__(self, tokens: Any, batch_size: int, context_length: int):
        if batch_size < 1 or context_length < 1:
            raise LabError(
                f"batch_size={batch_size} and context_length={context_length} must be at least 1"
            )
        ids = np.asarray(tokens, dtype=np.int64)
        if ids.ndim != 1:
            raise LabError(f"tokens have shape {ids.shape}; give one long row of ids")
        each = (len(ids) - 1) // batch_size
        self.n_windows = each // context_length
        if self.n_windows < 1:
            raise LabError(
                f"{len(ids)} tokens make no window of {context_length} for each of {batch_size} "
                "streams; use a smaller batch, a shorter context or more text"
            )
        self.context_length = context_length
        used = each * np.arange(batch_size)[:, None] + np.arange(each + 1)
        self._streams = torch.from_numpy(ids[used])  # (batch, each + 1): the last is a target only

    def batch(self, step: int) -> tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"]]:
        """Inputs and targets of one step, int64 (batch_size, context_length) each."""
        first = step % self.n_windows * self.context_length
        window = self._streams[:, first : first + self.context_length + 1]
        return window[:, :-1].clone(), window[:, 1:].clone()
