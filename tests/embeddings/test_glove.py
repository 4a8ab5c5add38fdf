"""GloVe against ten dense lines and autograd, its fitting, and what it must refuse."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from gptlab.embeddings.distributional import cooccurrences
from gptlab.embeddings.glove import GloVe, GloVeConfig, glove_weight
from gptlab.errors import LabError
from gptlab.text.words import Vocabulary

SMALL = {"dimensions": 4, "tile": 3, "epochs": 3}


def some_counts(size=8, seed=0, filled=0.6):
    draw = np.random.default_rng(seed)
    table = draw.exponential(8, (size, size)) * (draw.random((size, size)) < filled)
    return table + table.T


def dense_loss(counts, words, contexts, word_biases, context_biases, x_max=10.0, alpha=0.75):
    loss = torch.zeros((), dtype=words.dtype)
    for i in range(len(counts)):
        for j in range(len(counts)):
            x = counts[i, j]
            if x > 0:
                weight = min(1.0, (x / x_max) ** alpha)
                fit = words[i] @ contexts[j] + word_biases[i] + context_biases[j]
                loss = loss + weight * (fit - np.log(x)) ** 2
    return loss


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), filled=st.floats(0.2, 1.0))
def test_loss_and_gradient_are_those_of_ten_dense_lines_and_autograd(seed, filled):
    counts = some_counts(seed=seed, filled=filled)
    counts[0, 1] = counts[1, 0] = 3.0
    model = GloVe(counts, GloVeConfig(**SMALL, seed=seed), dtype=torch.float64)
    leaves = [each.clone().requires_grad_() for each in model.parameters]
    expected = dense_loss(counts, *leaves)
    expected.backward()
    everything = np.arange(len(counts))
    loss, gradients = model.loss_and_gradients(everything, everything)
    assert loss == pytest.approx(expected.item(), rel=1e-10)
    for gradient, leaf in zip(gradients, leaves, strict=True):
        torch.testing.assert_close(gradient, leaf.grad)
    assert model.loss() == pytest.approx(loss / (counts > 0).sum())


def test_a_tile_has_the_part_of_the_whole_gradient_that_belongs_to_it():
    model = GloVe(some_counts(), GloVeConfig(**SMALL), dtype=torch.float64)
    everything, parts = np.arange(8), [np.array([5, 0, 3]), np.array([1, 2, 4, 6, 7])]
    whole, gradients = model.loss_and_gradients(everything, everything)
    summed, losses = [torch.zeros_like(each) for each in model.parameters], 0.0
    for rows in parts:
        for columns in parts:
            loss, found = model.loss_and_gradients(rows, columns)
            losses += loss
            for total, part, which in zip(
                summed, found, (rows, columns, rows, columns), strict=True
            ):
                total[which] += part
    assert losses == pytest.approx(whole)
    for total, gradient in zip(summed, gradients, strict=True):
        torch.testing.assert_close(total, gradient)


def test_a_step_is_torchs_adagrad_when_the_table_is_one_tile():
    counts = some_counts(filled=1.0)
    config = GloVeConfig(dimensions=4, tile=8, epochs=5, lr=0.1)
    model = GloVe(counts, config, dtype=torch.float64)
    leaves = [each.clone().requires_grad_() for each in model.parameters]
    theirs = torch.optim.Adagrad(leaves, lr=0.1, initial_accumulator_value=1.0, eps=0)
    for _ in range(5):
        theirs.zero_grad()
        dense_loss(counts, *leaves).backward()
        theirs.step()
    model.fit()
    for ours, leaf in zip(model.parameters, leaves, strict=True):
        torch.testing.assert_close(ours, leaf.detach())


def test_with_room_enough_it_reaches_the_logarithms():
    counts = some_counts(12, filled=1.0) + 1
    model = GloVe(counts, GloVeConfig(dimensions=12, epochs=1500, tile=12), dtype=torch.float64)
    losses = model.fit()
    words, contexts, word_biases, context_biases = model.parameters
    fitted = words @ contexts.mT + word_biases[:, None] + context_biases
    assert losses[-1] < 1e-3 * losses[0]
    assert (fitted - torch.from_numpy(counts).log()).abs().max() < 0.2


def test_the_same_seed_gives_the_same_vectors_and_another_seed_others():
    names = [f"word {i}" for i in range(8)]

    def vectors(seed):
        model = GloVe(some_counts(), GloVeConfig(**SMALL, seed=seed))
        model.fit()
        return model.vectors(names)

    assert (vectors(0).matrix == vectors(0).matrix).all()
    assert (vectors(0).matrix != vectors(1).matrix).any()
    assert vectors(0).words == tuple(names)


def test_fitting_goes_on_where_it_stopped_and_reports_each_epoch():
    seen = []
    model = GloVe(some_counts(), GloVeConfig(**SMALL))
    first = model.fit(lambda epoch, loss: seen.append((epoch, loss)))
    assert seen == list(enumerate(first, start=1))
    assert model.fit()[0] < first[-1]


def test_sparse_and_dense_counts_are_the_same_and_stay_as_they_are():
    counts = sparse.csr_array(some_counts())
    counts[0, 0] = 0.0  # stored, and not taken as a meeting
    before = counts.copy()
    one, other = (GloVe(table, GloVeConfig(**SMALL)) for table in (counts, counts.toarray()))
    assert one.fit() == other.fit()
    assert counts.nnz == before.nnz


def test_the_weight_rises_to_one_and_stays_there():
    counts = torch.tensor([0.0, 1, 50, 100, 1000])
    found = glove_weight(counts)
    expected = torch.tensor([0.0, 0.01**0.75, 0.5**0.75, 1, 1])
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"dimensions": 0}, "dimensions is 0"),
        ({"dimensions": 2.5}, "dimensions is 2.5"),
        ({"epochs": 0}, "epochs is 0"),
        ({"tile": True}, "tile is True"),
        ({"x_max": 0}, "x_max is 0"),
        ({"x_max": float("nan")}, "x_max is nan"),
        ({"alpha": -1}, "alpha is -1"),
        ({"lr": 0}, "lr is 0"),
        ({"lr": float("inf")}, "lr is inf"),
    ],
)
def test_settings_out_of_range_are_refused(setting, said):
    with pytest.raises(LabError, match=said):
        GloVeConfig(**setting)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (np.ones((3, 4)), r"shape \(3, 4\)"),
        (np.ones((1, 1)), "two words or more"),
        (np.zeros((3, 3)), "all counts of this 3 × 3 table are zero"),
        (np.array([[1.0, -1], [-1, 1]]), "negative number"),
        (np.array([[1.0, np.nan], [1, 1]]), "NaN"),
        (np.array([[1.0, np.inf], [1, 1]]), "infinity"),
    ],
)
def test_counts_that_cannot_be_fitted_are_refused(counts, said):
    with pytest.raises(LabError, match=said):
        GloVe(counts)


def test_a_learning_rate_that_diverges_is_told_and_leaves_no_nan_unsaid():
    with pytest.raises(LabError, match=r"lr 1e\+30 is too high"):
        GloVe(some_counts(), GloVeConfig(dimensions=4, lr=1e30)).fit()


def test_a_weight_of_nonsense_is_refused():
    for arguments in [(torch.ones(2), 0), (torch.ones(2), 10, 0), (-torch.ones(2), 10)]:
        with pytest.raises(LabError):
            glove_weight(*arguments)


def test_names_must_pair_with_rows_and_unknown_words_are_told():
    model = GloVe(some_counts(), GloVeConfig(**SMALL))
    with pytest.raises(LabError, match="2 words"):
        model.vectors(["a", "b"])
    with pytest.raises(LabError, match="'zebra' is not among"):
        model.vectors([f"w{i}" for i in range(8)]).neighbours("zebra")


def test_counts_of_a_text_fit_as_they_come():
    texts = [line.split() for line in ["the cat drinks milk", "the dog drinks water"]]
    words = Vocabulary.build(texts)
    model = GloVe(cooccurrences(texts, words, weighting="harmonic"), GloVeConfig(**SMALL))
    losses = model.fit()
    assert losses[-1] < losses[0]
    assert len(model.vectors(words.words)) == len(words)
