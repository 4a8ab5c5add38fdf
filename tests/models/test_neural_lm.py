"""The neural language model: its formula, its parameters, what it sees, what it refuses."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.evaluation.language_modelling import total_nats
from gptlab.models.neural_lm import NeuralLM, NeuralLMConfig
from gptlab.text.batches import RandomBatches
from gptlab.training.config import TrainConfig
from gptlab.training.trainer import Trainer

SMALL = NeuralLMConfig(vocab_size=11, order=4, d_model=3, d_hidden=5)


def built(seed=0, **changes):
    """A model in double precision whose weights are far from where they start."""
    torch.manual_seed(seed)
    model = NeuralLM(NeuralLMConfig(**(SMALL.__dict__ | changes))).double()
    with torch.no_grad():
        for p in model.parameters():
            p.normal_(std=0.7)
    return model


def by_the_paper(model, words):
    """Equation 1 for the word after `words`, one number at a time; the oldest word first."""
    n, m = model.config.context_length, model.config.d_model
    words = [model.config.vocab_size] * n + list(words)
    x = [model.embedding.weight[w, i].item() for w in words[-n:] for i in range(m)]
    H, d = model.to_hidden.weight.tolist(), model.to_hidden.bias.tolist()
    U, b = model.to_logits.weight.tolist(), model.to_logits.bias.tolist()
    a = [math.tanh(d[k] + sum(h * v for h, v in zip(H[k], x, strict=True))) for k in range(len(d))]
    y = [b[j] + sum(u * v for u, v in zip(U[j], a, strict=True)) for j in range(len(b))]
    if model.direct is not None:
        W = model.direct.weight.tolist()
        y = [y[j] + sum(w * v for w, v in zip(W[j], x, strict=True)) for j in range(len(b))]
    return y


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("order", [2, 3, 6])
def test_every_position_is_the_papers_equation(order, direct):
    model = built(order=order, direct=direct)
    words = [4, 0, 10, 10, 7]
    logits = model(torch.tensor([words]))
    assert logits.shape == (1, 5, 11)
    for place in range(5):
        assert logits[0, place].tolist() == pytest.approx(by_the_paper(model, words[: place + 1]))


def test_it_is_torchs_own_layers():
    model = built(direct=True)
    words = torch.tensor([[1, 2, 3]])
    x = model.embedding(words).flatten(1)
    hidden = torch.tanh(F.linear(x, model.to_hidden.weight, model.to_hidden.bias))
    scores = F.linear(hidden, model.to_logits.weight, model.to_logits.bias)
    assert_close(model(words)[:, -1], scores + F.linear(x, model.direct.weight))


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("order", [2, 5])
def test_parameter_count_is_the_real_one_and_the_papers(order, direct):
    config = NeuralLMConfig(100, order=order, d_model=6, d_hidden=9, direct=direct)
    assert config.parameter_count() == sum(p.numel() for p in NeuralLM(config).parameters())
    if direct:  # section 2: |V|(1 + nm + h) + h(1 + (n − 1)m), without our begin symbol
        papers = 100 * (1 + order * 6 + 9) + 9 * (1 + (order - 1) * 6)
        assert config.parameter_count() == papers + 6


@settings(max_examples=25, deadline=None)
@given(order=st.integers(2, 7), time=st.integers(1, 12), place=st.integers(0, 11), data=st.data())
def test_a_token_moves_the_scores_of_its_window_and_of_nothing_else(order, time, place, data):
    place %= time
    model = built(order=order)
    words = data.draw(st.lists(st.integers(0, 10), min_size=time, max_size=time))
    other = [*words]
    other[place] = (words[place] + 1) % 11
    moved = (model(torch.tensor([words])) != model(torch.tensor([other]))).any(-1)[0]
    seen = range(place, min(time, place + order - 1))
    assert moved.nonzero().flatten().tolist() == list(seen)


def test_rows_do_not_see_each_other_and_short_texts_are_filled_with_begin():
    model = built()
    first, second = torch.tensor([[3, 1, 4, 1]]), torch.tensor([[5, 9, 2, 6]])
    assert_close(model(torch.cat([first, second]))[1:], model(second))
    begin = model.config.vocab_size
    led = torch.tensor([[begin, begin, begin, 3, 1]])
    assert_close(model(led)[:, 3:], model(torch.tensor([[3, 1]])))


def test_gradients_agree_with_finite_differences():
    model = built(direct=True)
    tokens, targets = torch.randint(12, (2, 4)), torch.randint(11, (2, 4))
    names, values = zip(*model.named_parameters(), strict=True)

    def loss(*weights):
        logits = torch.func.functional_call(model, dict(zip(names, weights, strict=True)), tokens)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())

    assert torch.autograd.gradcheck(loss, values)


def test_loss_leaves_out_what_is_ignored_and_starts_at_ln_v():
    torch.manual_seed(1)
    model = NeuralLM(NeuralLMConfig(500))
    tokens, targets = torch.randint(500, (8, 16)), torch.randint(500, (8, 16))
    assert model.loss(tokens, targets).item() == pytest.approx(math.log(500), abs=0.02)
    cut = targets.clone()
    cut[:, 8:] = -100
    assert_close(model.loss(tokens, cut), model.loss(tokens[:, :8], targets[:, :8]))


def test_dropout_works_in_training_only():
    model = built(dropout=0.5)
    tokens = torch.randint(11, (2, 6))
    assert not torch.equal(model.train()(tokens), model(tokens))
    assert torch.equal(model.eval()(tokens), model(tokens))


def test_the_trainer_and_the_measure_of_the_course_take_it():
    torch.manual_seed(2)
    text = torch.arange(7).repeat(60)
    model = NeuralLM(NeuralLMConfig(7, order=3, d_model=4, d_hidden=8))
    batches = RandomBatches(text, batch_size=4, context_length=12, seed=0)
    Trainer(model, batches, TrainConfig(steps=60, optimizer="adamw", lr=0.03)).fit()
    nats, count = total_nats(model, text, context_length=12)
    assert count == 419
    assert nats / count < 0.1  # after two words of a cycle there is only one answer


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"order": 1}, "order is 1; it must be a whole number of at least 2; with order 1 there"),
        ({"order": 0}, "order is 0"),
        ({"order": 2.5}, "order is 2.5"),
        ({"d_model": 0}, "d_model is 0; it must be a whole number of at least 1$"),
        ({"d_hidden": 0}, "d_hidden is 0"),
        ({"d_hidden": True}, "d_hidden is True"),
        ({"vocab_size": -3}, "vocab_size is -3"),
        ({"dropout": 1.0}, "dropout is 1.0; it must be at least 0 and below 1"),
        ({"dropout": math.nan}, "dropout is nan"),
    ],
)
def test_impossible_shapes_are_refused_by_name(change, message):
    with pytest.raises(LabError, match=message):
        NeuralLMConfig(**(SMALL.__dict__ | change))


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (torch.tensor([[1, 12]]), r"token id 12 is outside 0 … 11 \(the last is the begin symbol"),
        (torch.tensor([[-100, 1]]), "token id -100 is outside .* numbered with another vocabulary"),
        (torch.zeros(2, 0, dtype=torch.long), r"shape \(2, 0\).* at least one token in each row"),
        (torch.tensor([1, 2, 3]), r"shape \(3,\).*give whole numbers in the shape \(batch, time\)"),
        (torch.ones(1, 2), "type torch.float32"),
    ],
)
def test_tokens_of_another_vocabulary_or_none_at_all_are_refused(tokens, message):
    with pytest.raises(LabError, match=message):
        NeuralLM(SMALL)(tokens)
