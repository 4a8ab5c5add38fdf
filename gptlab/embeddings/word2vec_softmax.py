"""word2vec with the full softmax: what negative sampling replaces, for small vocabularies.

Mikolov et al. 2013b, equation 2: every word of the vocabulary is a possible answer, so every
prediction costs a score for each of them.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gptlab.embeddings.negative_sampling import window_means
from gptlab.embeddings.reading import Reading
from gptlab.embeddings.word2vec_blocks import WordBlock


def softmax_block(
    inputs: Float[Tensor, "vocab d"],
    outputs: Float[Tensor, "vocab d"],
    block: WordBlock,
    lr: float,
    architecture: str = "skip-gram",
) -> None:
    r"""One step of gradient descent on a block, in place; its noise words are not used.

        skip-gram   - Σ_(i,j) ln softmax(Y x_i)_j        over pairs of a centre and its context
        CBOW        - Σ_i ln softmax(Y h_i)_i            h_i: the mean of the window of i

    The gradient of a score is again its error: the probability, minus 1 for the right word. In CBOW
    each word of a window gets the whole gradient of the mean, as in `cbow_block`.
    """
    centres, nearby = block.centres.flatten(), block.nearby
    sizes = block.windows.sum(dim=2).flatten()[:, None]
    if architecture == "skip-gram":
        rows = inputs[centres]
        words = nearby[:, None, :].expand_as(block.windows).flatten(0, 1)
        wanted = rows.new_zeros(len(rows), len(outputs))
        wanted.scatter_add_(1, words, block.windows.flatten(0, 1))  # contexts, counted
    else:
        rows = torch.bmm(block.windows, inputs[nearby]).flatten(0, 1) / sizes.clamp(min=1)
        wanted = torch.zeros(len(rows), len(outputs), dtype=rows.dtype, device=rows.device)
        wanted.scatter_(1, centres[:, None], (sizes > 0).to(rows.dtype))
    guesses = (rows @ outputs.T).softmax(dim=1)
    slope = wanted - guesses * wanted.sum(dim=1, keepdim=True)  # (places, vocab)
    down = slope @ outputs
    outputs.addmm_(slope.T, rows, alpha=lr)
    if architecture == "skip-gram":
        inputs.index_add_(0, centres, down, alpha=lr)
    else:
        spread = torch.bmm(block.windows.mT, down.view(*block.centres.shape, -1))
        inputs.index_add_(0, nearby.flatten(), spread.flatten(0, 1), alpha=lr)


def softmax_loss(
    inputs: Float[Tensor, "vocab d"],
    outputs: Float[Tensor, "vocab d"],
    reading: Reading,
    architecture: str = "skip-gram",
) -> Float[Tensor, ""]:
    """Nats for predicting a whole reading, summed over pairs (skip-gram) or words (CBOW)."""
    if architecture == "skip-gram":
        pairs = reading.pairs()
        rows, places, words = inputs[reading.ids], pairs[:, 0], pairs[:, 1]
    else:
        rows, sizes = window_means(inputs, reading)
        places = words = sizes.nonzero().flatten()
    targets: Int[Tensor, "n"] = reading.ids[words]
    return -(rows @ outputs.T).log_softmax(dim=1)[places, targets].sum()
