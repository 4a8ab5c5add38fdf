r"""Word2vec as a factorisation: what skip-gram with negative sampling works towards, from counts.

Summed over a text, its loss depends on nothing but the table of counts. Each cell then has a score
of its own that is best: the pair's PMI, less the logarithm of the number of negative samples.
Levy and Goldberg 2014, section 3.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from gptlab.errors import LabError, check_count


def shifted_pmi(counts: Float[Tensor, "words contexts"], negatives: float = 1.0) -> Tensor:
    r"""PMI(w, c) - ln k for every cell, negative ones too: Float[words, contexts], in nats.

        PMI(w, c) - ln k = ln  #(w, c) N / (#(w) #(c)) - ln k

    N is the sum of all counts, #(w) and #(c) those of a row and a column, k is `negatives`. A pair
    that never met gets -∞. Raises LabError for counts that are not a table, negative, not finite,
    or without a single meeting in some row or column, and for negatives that are not above 0.
    """
    _check(counts, negatives)
    rows, columns = counts.sum(dim=1, keepdim=True), counts.sum(dim=0)
    return (counts * counts.sum() / (rows * columns)).log() - math.log(negatives)


def sampling_loss(
    scores: Float[Tensor, "words contexts"],
    counts: Float[Tensor, "words contexts"],
    negatives: float = 1.0,
) -> Float[Tensor, ""]:
    r"""The loss of skip-gram with negative sampling over a whole text, with no luck in the noise.

        - Σ_wc [ #(w, c) ln σ(s_wc) + k #(w) P(c) ln σ(-s_wc) ] / N

    s are the scores w · c, P(c) = #(c) / N is the share of a column: noise is drawn as contexts
    are, without word2vec's power of 0.75. In nats for each pair. Source: Levy and Goldberg 2014,
    equation 4. Raises LabError as `shifted_pmi` does, and for scores of another shape.
    """
    _check(counts, negatives)
    if scores.shape != counts.shape:
        raise LabError(
            f"the scores have shape {tuple(scores.shape)}, the counts {tuple(counts.shape)}; give "
            "one score for each cell"
        )
    total = counts.sum()
    by_chance = counts.sum(dim=1, keepdim=True) * counts.sum(dim=0) / total
    cells = counts * F.softplus(-scores) + negatives * by_chance * F.softplus(scores)
    return cells.sum() / total


def sampling_vectors(
    counts: Float[Tensor, "words contexts"],
    dimensions: int,
    negatives: float = 1.0,
    steps: int = 3000,
    seed: int = 0,
) -> tuple[Float[Tensor, "words d"], Float[Tensor, "contexts d"]]:
    """Vectors of words and contexts whose products have the least `sampling_loss`, by L-BFGS.

    For tables of a few hundred words, in float64: all of the table is seen in every step. Stops
    where the gradient vanishes, or after `steps`. Raises LabError as `sampling_loss` does, and for
    dimensions below 1.
    """
    check_count("dimensions", dimensions)
    counts = counts.double()
    _check(counts, negatives)
    draw = torch.Generator().manual_seed(seed)
    words, contexts = (
        torch.randn(size, dimensions, generator=draw, dtype=torch.float64)
        .div_(math.sqrt(dimensions))
        .requires_grad_()
        for size in counts.shape
    )
    fit = torch.optim.LBFGS(
        [words, contexts], max_iter=steps, tolerance_grad=1e-9, tolerance_change=1e-14,
        history_size=50, line_search_fn="strong_wolfe",
    )  # fmt: skip

    def closure() -> float:
        fit.zero_grad()
        loss = sampling_loss(words @ contexts.mT, counts, negatives)
        loss.backward()
        return float(loss.detach())

    fit.step(closure)
    return words.detach(), contexts.detach()


def _check(counts: Tensor, negatives: float) -> None:
    if counts.ndim != 2 or min(counts.shape) < 2:
        raise LabError(
            f"the counts have shape {tuple(counts.shape)}; give a table of two words or more"
        )
    if not torch.isfinite(counts).all() or (counts < 0).any():
        raise LabError("the counts hold a negative number, NaN or infinity; counts are 0 or more")
    if (counts.sum(dim=0) == 0).any() or (counts.sum(dim=1) == 0).any():
        raise LabError("a row or a column of the counts is all zeros; leave that word out")
    if not 0 < negatives < math.inf:
        raise LabError(f"negatives is {negatives}; give a number above 0")
