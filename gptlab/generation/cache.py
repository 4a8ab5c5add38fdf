"""The KV cache: keys and values of the past are kept, so each new token costs one position's work.

Exact, because in a causal model the past never looks at the future: what a position's keys and
values were when it was read is what they stay (Shazeer 2019, section 2.4: incremental decoding).
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from gptlab.errors import LabError


class KVCache:
    """Room for the keys and values of one layer, (batch, heads, capacity, d_head) each.

    Bytes: 2 × batch × heads × capacity × d_head × bytes per number, for every layer.
    """

    def __init__(self, capacity: int):
        self.capacity = capacity
        self.length = 0
        self.keys: Tensor | None = None
        self.values: Tensor | None = None

    def append(
        self,
        keys: Float[Tensor, "batch heads new d_head"],
        values: Float[Tensor, "batch heads new d_head"],
    ) -> tuple[Float[Tensor, "batch heads all d_head"], Float[Tensor, "batch heads all d_head"]]:
        """Store the new positions and return a view of all positions so far.

        Raises LabError when there is no room left, or another batch is stored than the first.
        """
        new = keys.size(-2)
        if self.length + new > self.capacity:
            raise LabError(
                f"the cache has room for {self.capacity} positions and holds {self.length}; "
                f"{new} more do not fit. Start a new cache with the last part of the text"
            )
        if self.keys is None or self.values is None:
            shape = (*keys.shape[:-2], self.capacity, keys.size(-1))
            self.keys, self.values = keys.new_empty(shape), values.new_empty(shape)
        if keys.shape[:-2] != self.keys.shape[:-2]:
            raise LabError(
                f"the cache holds (batch, heads) = {tuple(self.keys.shape[:-2])}, "
                f"the new keys are {tuple(keys.shape[:-2])}; use one cache for each batch"
            )
        end = self.length + new
        self.keys[..., self.length : end, :] = keys
        self.values[..., self.length : end, :] = values
        self.length = end
        return self.keys[..., :end, :], self.values[..., :end, :]

    def truncate(self, length: int) -> None:
        """Forget all positions from `length` on; their room is free again.

        Raises LabError when the cache does not hold so many.
        """
        if not 0 <= length <= self.length:
            raise LabError(
                f"the cache holds {self.length} positions and cannot keep {length} of them; "
                f"give a number from 0 to {self.length}"
            )
        self.length = length

    def nbytes(self) -> int:
        """Memory that keys and values take, in bytes."""
        return sum(t.numel() * t.element_size() for t in (self.keys, self.values) if t is not None)


def new_cache(n_layers: int, capacity: int) -> list[KVCache]:
    """One empty cache for each layer."""
    return [KVCache(capacity) for _ in range(n_layers)]


def cache_bytes(
    n_layers: int, d_model: int, context_length: int, batch: int = 1, bytes_each: int = 4
) -> int:
    """What the cache of a whole context takes: 2 · layers · batch · context · d_model · bytes.

    >>> cache_bytes(n_layers=96, d_model=12288, context_length=2048, bytes_each=2) // 2**30
    9
    """
    return 2 * n_layers * batch * context_length * d_model * bytes_each
