"""Skip-gram with negative sampling from the table of counts: its loss, its best scores, its fit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gptlab.embeddings.distributional import cooccurrences, ppmi
from gptlab.embeddings.factorisation import sampling_loss, sampling_vectors, shifted_pmi
from gptlab.embeddings.negative_sampling import expected_loss
from gptlab.embeddings.reading import EncodedTexts, read_once
from gptlab.errors import LabError
from gptlab.text.words import Vocabulary

LINES = ["the cat drinks the milk", "the dog drinks water today", "the cat eats the fish today"]


def some_table(size=6, seed=0):
    draw = torch.Generator().manual_seed(seed)
    table = torch.randint(1, 30, (size, size), generator=draw).double()
    return table + table.mT


def test_the_table_gives_the_loss_of_the_text():
    texts = [line.split() for line in LINES]
    words = Vocabulary.build(texts)
    counts = torch.from_numpy(cooccurrences(texts, words, window=2).toarray())
    reading = read_once(
        EncodedTexts.encode(texts, words), np.ones(len(words)), 2, torch.Generator(), dynamic=False
    )
    draw = torch.Generator().manual_seed(1)
    inputs, outputs = (
        torch.randn(len(words), 3, generator=draw, dtype=torch.float64) for _ in range(2)
    )
    scores, shares = inputs @ outputs.mT, counts.sum(0) / counts.sum()
    by_text = expected_loss(inputs, outputs, reading, shares, 5)
    # word2vec passes over noise that equals the target; Levy and Goldberg count it.
    passed_over = 5 * (counts * shares * torch.nn.functional.softplus(scores)).sum()
    assert sampling_loss(scores, counts, 5).item() == pytest.approx(
        ((by_text + passed_over) / counts.sum()).item()
    )


def test_positive_cells_are_those_of_ppmi():
    table = some_table()
    for k in (1, 3):
        expected = ppmi(table.numpy(), shift=k).toarray()
        np.testing.assert_allclose(shifted_pmi(table, k).clamp(min=0).numpy(), expected)


def test_no_score_is_better_than_shifted_pmi():
    table = some_table()
    best = shifted_pmi(table, 5).requires_grad_()
    loss = sampling_loss(best, table, 5)
    loss.backward()
    assert best.grad.abs().max() < 1e-12
    for seed in range(5):
        other = best + 0.1 * torch.randn(
            6, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
        )
        assert sampling_loss(other, table, 5) > loss


def test_vectors_with_room_enough_reach_it_and_others_do_as_well_as_they_can():
    table = some_table()
    excess = []
    for dimensions in (1, 3, 6):
        words, contexts = sampling_vectors(table, dimensions, 5)
        assert words.shape == contexts.shape == (6, dimensions)
        scores = words @ contexts.mT
        excess.append(float(sampling_loss(scores, table, 5)))
    assert excess[0] > excess[1] > excess[2]
    assert (scores - shifted_pmi(table, 5)).abs().max() < 1e-3


def test_a_pair_that_never_met_has_minus_infinity():
    table = some_table()
    table[0, 1] = 0
    assert shifted_pmi(table)[0, 1] == -torch.inf
    assert torch.isfinite(sampling_loss(torch.zeros(6, 6), table))


@pytest.mark.parametrize(
    ("table", "negatives", "said"),
    [
        (torch.ones(1, 1), 1, "two words or more"),
        (torch.ones(3), 1, "two words or more"),
        (-torch.ones(3, 3), 1, "negative number"),
        (torch.full((2, 2), torch.nan), 1, "NaN"),
        (torch.zeros(3, 3), 1, "all zeros"),
        (torch.ones(3, 3), 0, "negatives is 0"),
    ],
)
def test_nonsense_is_refused(table, negatives, said):
    for call in (
        lambda: shifted_pmi(table, negatives),
        lambda: sampling_loss(table, table, negatives),
        lambda: sampling_vectors(table, 2, negatives),
    ):
        with pytest.raises(LabError, match=said):
            call()


def test_scores_and_dimensions_must_fit():
    with pytest.raises(LabError, match="one score for each cell"):
        sampling_loss(torch.zeros(2, 2), torch.ones(3, 3))
    with pytest.raises(LabError, match="dimensions is 0"):
        sampling_vectors(torch.ones(3, 3), 0)
