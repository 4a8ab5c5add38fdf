"""word2vec, arranged for speed: a block of text at a time, as a few products of matrices.

The readable form (`gptlab.embeddings.negative_sampling`) takes one pair after the other, each with
noise words of its own: a handful of dot products on rows that lie all over memory. Here the text is
cut into chunks of consecutive words. All words of a chunk share their noise words, each of which
then weighs less, so that the gradient is the same on average; and every score of a chunk, with its
neighbours and with its noise, comes out of one small matrix product. Sharing noise words is the
idea of Ji et al. 2019.

The gradients of a block are computed from the parameters as they were before it, and added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gptlab.embeddings.reading import Reading


@dataclass(frozen=True)
class WordBlock:
    """Some chunks of consecutive words, with the places around each and its noise words.

    `centres` are the words of the chunks; `nearby` the same with `window` more places on each side;
    `windows` is 1 where the window of a centre holds a place of `nearby`, else 0.
    """

    centres: Int[Tensor, "chunks words"]
    nearby: Int[Tensor, "chunks places"]
    windows: Float[Tensor, "chunks words places"]
    noise: Int[Tensor, "chunks shared"]


class BlockedReading:
    """A reading cut into blocks of `chunks` × `words`, the last one filled up with idle places."""

    def __init__(
        self,
        reading: Reading,
        window: int,
        noise: Int[Tensor, "all_chunks shared"],
        words: int,
        chunks: int,
        device: torch.device,
    ) -> None:
        size, around = words * chunks, words + 2 * window
        missing = chunks_of(reading, words, chunks) * words - len(reading.ids)
        left, right = (
            _pad(reach, 0, missing).to(device) for reach in (reading.left, reading.right)
        )
        place = torch.arange(len(left), device=device) % words
        ids = _pad(reading.ids, window, missing + window).to(device)
        # All is cut into blocks here, once, so that a block is only looked up.
        self.pattern = ((place * (window + 1) + left) * (window + 1) + right).view(-1, size)
        self.centres = ids[window : window + len(left)].view(-1, chunks, words)
        self.nearby = ids.unfold(0, around, words).reshape(-1, chunks, around)
        self.noise = noise.to(device).view(-1, chunks, noise.size(1))
        self.table = window_patterns(words, window).to(device)

    def __len__(self) -> int:
        return len(self.centres)

    def __getitem__(self, index: int) -> WordBlock:
        windows = self.table.index_select(0, self.pattern[index])
        nearby = self.nearby[index]
        return WordBlock(
            self.centres[index],
            nearby,
            windows.view(len(nearby), -1, nearby.size(1)),
            self.noise[index],
        )


def chunks_of(reading: Reading, words: int, chunks: int) -> int:
    """How many chunks of `words` a reading makes, in whole blocks of `chunks`, one at least."""
    return max(-(-len(reading.ids) // (words * chunks)), 1) * chunks


@lru_cache(maxsize=8)
def window_patterns(words: int, window: int) -> Float[Tensor, "patterns places"]:
    """Every row that `windows` can have: by place in the chunk, reach to the left, to the right."""
    offset = torch.arange(words + 2 * window) - window - torch.arange(words)[:, None, None, None]
    reach = torch.arange(window + 1)
    inside = (offset >= -reach[:, None, None]) & (offset <= reach[:, None]) & (offset != 0)
    return inside.float().flatten(0, 2)


def _pad(values: Tensor, before: int, after: int) -> Tensor:
    return torch.cat([values.new_zeros(before), values, values.new_zeros(after)])


def skip_gram_block(
    inputs: Float[Tensor, "vocab d"],
    outputs: Float[Tensor, "vocab d"],
    block: WordBlock,
    negatives: float,
    lr: float,
) -> None:
    r"""One step of skip-gram on a block: every centre predicts the words of its window. In place.

    The step goes down the gradient of

        - Σ_(i,j) [ ln σ(x_i · y_j) + (negatives / shared) Σ_k [noise_k ≠ j] ln σ(-x_i · y_k) ]

    over all pairs (i, j) of a centre and a word of its window; k runs over the chunk's noise words.
    A noise word that happens to be the target of a pair is not used for it.
    """
    places, shared = block.nearby.size(1), block.noise.size(1)
    columns = torch.cat([block.nearby, block.noise], dim=1)
    x = inputs.index_select(0, block.centres.flatten()).view(*block.centres.shape, -1)
    y = outputs.index_select(0, columns.flatten()).view(*columns.shape, -1)
    other = (block.nearby[:, :, None] != block.noise[:, None, :]).to(x.dtype)
    pairs = torch.bmm(block.windows, other)  # how many pairs of a centre use that noise word

    slope = torch.bmm(x, y.mT).sigmoid_()  # (chunks, words, places + shared)
    slope[:, :, :places].neg_().add_(1).mul_(block.windows).mul_(lr)
    slope[:, :, places:].mul_(pairs.mul_(-lr * negatives / shared))
    _add_rows(inputs, block.centres, torch.bmm(slope, y))
    _add_rows(outputs, columns, torch.bmm(slope.mT, x))


def cbow_block(
    inputs: Float[Tensor, "vocab d"],
    outputs: Float[Tensor, "vocab d"],
    block: WordBlock,
    negatives: float,
    lr: float,
) -> None:
    r"""One step of CBOW on a block: the mean of every window predicts its centre. In place.

    With h_i the mean of the vectors in the window of i, the step goes down the gradient of

        - Σ_i n_i [ ln σ(h_i · y_i) + (negatives / shared) Σ_k [noise_k ≠ i] ln σ(-h_i · y_k) ]

    for the inputs, and without the weight n_i, the size of the window, for the outputs. Dividing by
    n_i the inputs' share as well would be the gradient of one and the same loss; word2vec.c and
    gensim do not, and so this does not either (İrsoy, Benton and Stratos 2021).
    """
    shared = block.noise.size(1)
    sizes = block.windows.sum(dim=2, keepdim=True).clamp_(min=1)
    nearby = inputs.index_select(0, block.nearby.flatten()).view(*block.nearby.shape, -1)
    y = outputs.index_select(0, block.centres.flatten()).view(*block.centres.shape, -1)
    noise = outputs.index_select(0, block.noise.flatten()).view(*block.noise.shape, -1)

    hidden = torch.bmm(block.windows, nearby).div_(sizes)  # 0 where a window is empty
    slope = torch.linalg.vecdot(hidden, y).neg_().sigmoid_().mul_(lr)[..., None]
    noise_slope = torch.bmm(hidden, noise.mT).sigmoid_().mul_(-lr * negatives / shared)
    noise_slope.masked_fill_(block.centres[:, :, None] == block.noise[:, None, :], 0)
    down = torch.baddbmm(y.mul_(slope), noise_slope, noise)
    _add_rows(inputs, block.nearby, torch.bmm(block.windows.mT, down))
    _add_rows(outputs, block.noise, torch.bmm(noise_slope.mT, hidden))
    _add_rows(outputs, block.centres, hidden.mul_(slope))


def _add_rows(table: Tensor, ids: Tensor, rows: Tensor) -> None:
    # Steps are scaled before: index_add_ with its own `alpha` takes more than twice as long.
    table.index_add_(0, ids.flatten(), rows.flatten(0, 1))
