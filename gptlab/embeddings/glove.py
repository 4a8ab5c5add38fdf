r"""GloVe: vectors whose products are the logarithms of co-occurrence counts.

Pennington, Socher and Manning 2014. For every pair of words that met, $w_i \cdot \tilde w_j + b_i +
\tilde b_j$ is to equal $\ln X_{ij}$; pairs that met often weigh more, up to a limit:

$$ J = \sum_{X_{ij} > 0} f(X_{ij}) \, (w_i \cdot \tilde w_j + b_i + \tilde b_j - \ln X_{ij})^2,
   \qquad f(x) = \min(1, (x / x_{max})^\alpha) $$
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy import sparse
from torch import Tensor

from gptlab.embeddings.vectors import Matrix, WordVectors
from gptlab.errors import LabError, check_count


@dataclass(frozen=True)
class GloVeConfig:
    """How GloVe is fitted. The defaults are the paper's, but for `x_max` and `lr`.

    `x_max` is the count from which on a pair has full weight (the paper's 100 is for billions of
    words; a corpus of half a million wants about 10). `tile`: words down and across that one step
    of AdaGrad sees at once. `lr` is AdaGrad's; it is larger than the paper's 0.05, because a step
    here follows the mean direction of a whole tile and not of one pair.

    Raises LabError for values out of range.
    """

    dimensions: int = 100
    epochs: int = 25
    x_max: float = 10.0
    alpha: float = 0.75
    lr: float = 0.1
    tile: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("dimensions", "epochs", "tile"):
            check_count(name, getattr(self, name))
        for name in ("x_max", "alpha", "lr"):
            value = getattr(self, name)
            if not 0 < value < math.inf:
                raise LabError(f"{name} is {value}; give a number above 0")


def glove_weight(
    counts: Float[Tensor, "*shape"], x_max: float = 100.0, alpha: float = 0.75
) -> Float[Tensor, "*shape"]:
    """$f(x) = (x / x_{max})^{α}$ below $x_{max}$, 1 above, 0 at 0: how much a pair matters.

    Raises LabError for x_max or alpha that are not above 0, and for a count below 0. Source:
    Pennington et al. 2014, equation 9.
    """
    if not (0 < x_max < math.inf and 0 < alpha < math.inf):
        raise LabError(f"x_max is {x_max} and alpha {alpha}; give numbers above 0")
    if (counts < 0).any():
        raise LabError("a count is below 0; counts are 0 or more")
    return (counts / x_max).clamp(max=1.0) ** alpha


class GloVe:
    """The parameters of GloVe for one table of counts, its loss, its gradient, and its fitting.

    `counts` (vocab, vocab) is sparse or dense, symmetric as a rule: `cooccurrences(…, weighting=
    "harmonic")` is what the paper counts. `parameters` holds words (vocab, d), contexts (vocab, d)
    and the two biases (vocab,). Raises LabError for counts that are not square, of one word alone,
    not finite, negative, or all zero.
    """

    def __init__(
        self,
        counts: Matrix,
        config: GloVeConfig | None = None,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ):
        self.config = config = config or GloVeConfig()
        self.counts = sparse.csr_array(counts, dtype=np.float64, copy=True)
        self.counts.eliminate_zeros()
        size, other = self.counts.shape
        if size != other or size < 2:
            raise LabError(
                f"the counts have shape {(size, other)}; give a row and a column for each word, "
                "and two words or more"
            )
        if not np.isfinite(self.counts.data).all() or (self.counts.data < 0).any():
            raise LabError(
                "the counts hold a negative number, NaN or infinity; counts are 0 or more"
            )
        if not self.counts.nnz:
            raise LabError(
                f"all counts of this {size} × {size} table are zero: no two words stand near each "
                "other; give texts of two words or more, or a wider window"
            )
        # Weights and logarithms need only be taken where words met, and only once.
        self._weights, self._logs = self.counts.copy(), self.counts.copy()
        seen = torch.from_numpy(self.counts.data)
        self._weights.data = glove_weight(seen, config.x_max, config.alpha).numpy()
        self._logs.data = seen.log().numpy()
        draw = torch.Generator().manual_seed(config.seed)
        shapes = [(size, config.dimensions), (size, config.dimensions), (size,), (size,)]
        # As in the authors' program: uniform within half a step of 1 / dimensions.
        start = [
            (torch.rand(s, generator=draw, dtype=dtype) - 0.5) / config.dimensions for s in shapes
        ]
        self.parameters = [each.to(device) for each in start]
        self._squares = [torch.ones_like(each) for each in self.parameters]  # AdaGrad's memory
        self._draw = draw

    def loss(self) -> float:
        """J over all pairs that met, divided by how many they are."""
        total = 0.0
        everything = np.arange(self.counts.shape[0])
        for rows in np.array_split(everything, -(-len(everything) // self.config.tile)):
            total += self.loss_and_gradients(rows, everything)[0]
        return total / self.counts.nnz

    def loss_and_gradients(
        self, rows: np.ndarray, columns: np.ndarray
    ) -> tuple[float, tuple[Tensor, Tensor, Tensor, Tensor]]:
        """J of one tile of the table and its gradient, in the shapes of the parameters' rows."""
        words, contexts, word_biases, context_biases = self.parameters
        w, b = words[rows], word_biases[rows]
        c, d = contexts[columns], context_biases[columns]
        weights, logs = (
            torch.from_numpy(table[rows][:, columns].toarray()).to(w)  # 0 for pairs that never met
            for table in (self._weights, self._logs)
        )
        error = w @ c.mT + b[:, None] + d - logs
        pull = 2 * weights * error
        loss = float((pull * error).sum()) / 2
        return loss, (pull @ c, pull.mT @ w, pull.sum(1), pull.sum(0))

    def fit(self, on_epoch: Callable[[int, float], None] | None = None) -> list[float]:
        """Fit for `config.epochs` more epochs; returns each epoch's mean loss per pair that met.

        An epoch deals the words into random groups of `tile`, down and across, and makes one step
        of AdaGrad for every tile of the table: each pair is seen once. `on_epoch(number, loss)` is
        called after each. Source of AdaGrad: Duchi, Hazan and Singer 2011.
        """
        losses = []
        for epoch in range(self.config.epochs):
            total = 0.0
            down, across = self._deal(), self._deal()
            for turn in range(len(across)):
                # Diagonals of tiles: in one turn every word moves once on either side.
                for place, rows in enumerate(down):
                    total += self._step(rows, across[(place + turn) % len(across)])
            losses.append(total / self.counts.nnz)
            finite = all(bool(torch.isfinite(each).all()) for each in self.parameters)
            if not finite or not math.isfinite(losses[-1]):
                raise LabError(
                    f"the numbers are no longer finite in epoch {epoch + 1}: lr {self.config.lr} "
                    "is too high; try a tenth of it"
                )
            if on_epoch is not None:
                on_epoch(epoch + 1, losses[-1])
        return losses

    def vectors(self, words: Sequence[str]) -> WordVectors:
        """The sum of a word's two vectors, as the paper uses them, under the words' names.

        Raises LabError if there is not one name for each row.
        """
        return WordVectors(tuple(words), (self.parameters[0] + self.parameters[1]).cpu().numpy())

    def _deal(self) -> list[np.ndarray]:
        size = self.counts.shape[0]
        order = torch.randperm(size, generator=self._draw).numpy()
        return np.array_split(order, -(-size // self.config.tile))

    def _step(self, rows: np.ndarray, columns: np.ndarray) -> float:
        loss, gradients = self.loss_and_gradients(rows, columns)
        for parameter, squares, gradient, which in zip(
            self.parameters, self._squares, gradients, (rows, columns, rows, columns), strict=True
        ):
            grown = squares[which] + gradient**2
            squares[which] = grown
            parameter[which] -= self.config.lr * gradient / grown.sqrt()
        return loss
