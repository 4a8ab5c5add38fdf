"""Negative sampling, to be read: one pair after the other, as in the paper and in word2vec.c.

A word that is there (label 1) must be told from a few that were drawn at random (label 0). Mikolov
et al. 2013b, section 2.2. The arrangement to train with is `gptlab.embeddings.word2vec_blocks`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from gptlab.embeddings.reading import NoiseWords, Reading


def pair_loss(
    x: Float[Tensor, "d"], y: Float[Tensor, "d"], noise: Float[Tensor, "k d"]
) -> Float[Tensor, ""]:
    r"""The loss of one pair in nats: $-\ln σ(x·y) - \sum_k \ln σ(-x·n_k)$.

    x is the input vector of one word, y the output vector of the word to be predicted, each n_k the
    output vector of a noise word. Source: Mikolov et al. 2013b, equation 4, with its sign turned.
    """
    return -F.logsigmoid(x @ y) - F.logsigmoid(-(noise @ x)).sum()


def pair_gradients(
    x: Float[Tensor, "d"], y: Float[Tensor, "d"], noise: Float[Tensor, "k d"]
) -> tuple[Float[Tensor, "d"], Float[Tensor, "d"], Float[Tensor, "k d"]]:
    r"""The gradients of `pair_loss` for x, y and the noise rows, derived by hand.

    Each score's gradient is its error, what the model says minus the label:

        e = σ(x·y) - 1      e_k = σ(x·n_k)
        ∂x = e y + Σ_k e_k n_k      ∂y = e x      ∂n_k = e_k x
    """
    error, noise_errors = torch.sigmoid(x @ y) - 1, torch.sigmoid(noise @ x)
    return error * y + noise_errors @ noise, error * x, noise_errors[:, None] * x


def skip_gram_pairs(
    inputs: Float[Tensor, "vocab d"],
    outputs: Float[Tensor, "vocab d"],
    reading: Reading,
    noise: NoiseWords,
    negatives: int,
    lr: float,
    generator: torch.Generator,
) -> None:
    """Skip-gram, one step of SGD for every pair: the centre predicts the context. In place.

    Noise words equal to the target are skipped, as in word2vec.c and gensim.
    """
    for centre, context in reading.pairs().tolist():
        word, target = int(reading.ids[centre]), int(reading.ids[context])
        drawn = noise.draw(negatives, generator)
        drawn = drawn[drawn != target]
        dx, dy, dn = pair_gradients(inputs[word], outputs[target], outputs[drawn])
        inputs[word] -= lr * dx
        outputs[target] -= lr * dy
        outputs.index_add_(0, drawn, dn, alpha=-lr)


def cbow_words(
    inputs: Float[Tensor, "vocab d"],
    outputs: Float[Tensor, "vocab d"],
    reading: Reading,
    noise: NoiseWords,
    negatives: int,
    lr: float,
    generator: torch.Generator,
) -> None:
    """CBOW, one step of SGD for every word: the mean of its window predicts it. In place.

    As in word2vec.c and gensim every word of the window gets the whole gradient of the mean, not
    its n-th part: see `gptlab.embeddings.word2vec_blocks.cbow_block`.
    """
    ids = reading.ids
    for place, target in enumerate(ids.tolist()):
        first, last = place - int(reading.left[place]), place + int(reading.right[place])
        context = torch.cat([ids[first:place], ids[place + 1 : last + 1]])
        if not len(context):
            continue
        drawn = noise.draw(negatives, generator)
        drawn = drawn[drawn != target]
        hidden = inputs[context].mean(dim=0)
        dh, dy, dn = pair_gradients(hidden, outputs[target], outputs[drawn])
        inputs.index_add_(0, context, dh.expand(len(context), -1), alpha=-lr)
        outputs[target] -= lr * dy
        outputs.index_add_(0, drawn, dn, alpha=-lr)


def window_means(
    inputs: Float[Tensor, "vocab d"], reading: Reading
) -> tuple[Float[Tensor, "places d"], Int[Tensor, "places"]]:
    """The mean input vector of every window and how many words it holds; zeros for an empty one."""
    pairs = reading.pairs()
    sizes = reading.left + reading.right
    sums = inputs.new_zeros(len(reading.ids), inputs.size(1))
    sums = sums.index_add(0, pairs[:, 0], inputs[reading.ids[pairs[:, 1]]])
    return sums / sizes.clamp(min=1)[:, None], sizes


def expected_loss(
    inputs: Float[Tensor, "vocab d"],
    outputs: Float[Tensor, "vocab d"],
    reading: Reading,
    shares: Float[Tensor, "vocab"],
    negatives: float,
    architecture: str = "skip-gram",
) -> Float[Tensor, ""]:
    r"""The loss of a whole reading, summed over pairs (CBOW: words), with no luck in the noise.

        - Σ [ ln σ(x·y) + negatives Σ_(v ≠ target) P(v) ln σ(-x·y_v) ]

    What negative sampling estimates, written out over the whole vocabulary: for measuring and for
    small vocabularies. `shares` is the distribution P of the noise.
    """
    if architecture == "skip-gram":
        pairs = reading.pairs()
        places, targets = pairs[:, 0], reading.ids[pairs[:, 1]]
        rows, times = inputs[reading.ids], reading.left + reading.right
    else:
        rows, sizes = window_means(inputs, reading)
        times = (sizes > 0).long()
        places = times.nonzero().flatten()
        targets = reading.ids[places]
    against = F.softplus(rows @ outputs.T) * shares.to(rows.dtype)  # (places, vocab)
    wanted = (rows[places] * outputs[targets]).sum(dim=1)
    noise = (against.sum(dim=1) * times).sum() - against[places, targets].sum()
    return -F.logsigmoid(wanted).sum() + negatives * noise
