"""The leak test: silent where the mask is right, and it names every pair where it is not."""

import pytest
import torch
from torch import nn

from gptlab.errors import LabError
from gptlab.layers import attention
from gptlab.layers.attention import CausalSelfAttention, causal_mask, padding_mask
from gptlab.layers.leaks import felt, find_leaks
from gptlab.layers.multihead import MultiHeadAttention
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.models.neural_lm import NeuralLM, NeuralLMConfig
from gptlab.models.recurrent_lm import RecurrentLM, RecurrentLMConfig

TIME = 5
OFF_BY_ONE = [(t, t + 1) for t in range(TIME - 1)]


def seen_too_far(n_queries, n_keys=None, device=None):
    return torch.ones(n_queries, n_keys or n_queries, dtype=torch.bool).tril(1)


def vectors(d=8, batch=2):
    return torch.randn(batch, TIME, d, generator=torch.Generator().manual_seed(1))


def tokens(vocab_size=9):
    return torch.randint(vocab_size, (2, TIME), generator=torch.Generator().manual_seed(2))


def models():
    torch.manual_seed(0)
    shape = {"context_length": 8, "d_model": 8, "n_heads": 2, "n_layers": 2}
    return {
        "GPT": GPT(GPTConfig(9, **shape)),
        "GPT, plain": GPT(GPTConfig(9, **shape, impl="plain")),
        "LSTM": RecurrentLM(RecurrentLMConfig(9, d_model=8, d_hidden=8)),
        "Bengio": NeuralLM(NeuralLMConfig(9, order=3, d_model=8, d_hidden=8)),
    }


@pytest.mark.parametrize("impl", ["plain", "sdpa"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_right_layer_feels_all_of_the_past_and_nothing_else(impl, dtype):
    torch.manual_seed(0)
    layer = CausalSelfAttention(8, 2, impl=impl).to(dtype)
    assert torch.equal(felt(layer, vectors().to(dtype)), causal_mask(TIME))
    assert find_leaks(layer, vectors().to(dtype)) == []


@pytest.mark.parametrize("name", models())
def test_whole_language_models_do_not_leak(name):
    assert find_leaks(models()[name], tokens()) == []


def test_it_finds_a_mask_that_is_wrong_by_one_in_a_layer_and_in_a_model(monkeypatch):
    torch.manual_seed(0)
    layer, model = CausalSelfAttention(8, 2, impl="plain"), models()["GPT, plain"]
    monkeypatch.setattr(attention, "causal_mask", seen_too_far)
    assert find_leaks(layer, vectors()) == OFF_BY_ONE
    # Through two layers the future comes from two places away.
    assert find_leaks(model, tokens()) == sorted(OFF_BY_ONE + [(t, t + 2) for t in range(TIME - 2)])


def test_it_finds_what_a_mask_after_the_softmax_lets_through():
    def masked_too_late(x):
        weights = (x @ x.mT).softmax(-1) * causal_mask(TIME)
        return weights @ x

    found = find_leaks(masked_too_late, vectors())
    assert found == [(i, j) for i in range(TIME) for j in range(i + 1, TIME)]


def test_a_layer_without_a_mask_is_held_against_the_mask_that_it_should_have():
    torch.manual_seed(0)
    layer = MultiHeadAttention(8, 2)
    padded = padding_mask(torch.tensor([[5, 6, 7, 0, 0]]), pad=0)
    allowed = padded[0, 0].expand(TIME, TIME)
    unmasked = find_leaks(layer, vectors(batch=1), allowed)
    assert unmasked == [(i, j) for i in range(TIME) for j in (3, 4)]
    masked = lambda x: layer(x, allowed=padded)  # noqa: E731
    # A query at the padding still feels itself: what is looked for is its own.
    assert find_leaks(masked, vectors(batch=1), allowed) == [(3, 3), (4, 4)]


def test_a_window_is_felt_as_far_as_it_goes():
    seen = felt(models()["Bengio"], tokens())
    assert torch.equal(seen, causal_mask(TIME).triu(-1))


def test_a_tolerance_passes_over_what_is_smaller():
    faint = lambda x: x + 1e-6 * x.flip(1)  # noqa: E731
    assert find_leaks(faint, vectors()) != []
    assert find_leaks(faint, vectors(), tolerance=1e-3) == []


def test_the_model_is_asked_without_dropout_and_left_in_its_mode():
    torch.manual_seed(0)
    layer = CausalSelfAttention(8, 2, dropout=0.5)
    inputs = vectors()
    kept = inputs.clone()
    assert find_leaks(layer, inputs) == []
    assert layer.training
    assert not layer.eval().training
    assert find_leaks(layer, inputs) == []
    assert not layer.training
    assert torch.equal(inputs, kept)


@pytest.mark.parametrize(
    ("model", "inputs", "message"),
    [
        (nn.Identity(), torch.zeros(3), r"inputs have shape \(3,\); give tokens"),
        (nn.Identity(), torch.zeros(1, 0, 3), r"shape \(1, 0, 3\)"),
        (lambda x: x[:, :2], torch.zeros(1, 3, 2), r"the output is \(1, 2, 2\), the input"),
        (lambda x: (x, x), torch.zeros(1, 3, 2), "the output is tuple"),
        (lambda x: x / 0, torch.zeros(1, 3, 2), "not finite"),
        (nn.Embedding(3, 2), torch.zeros(1, 3, dtype=torch.long), "all tokens are 0; give at"),
    ],
)
def test_what_cannot_be_tested_is_told(model, inputs, message):
    with pytest.raises(LabError, match=message):
        find_leaks(model, inputs)


@pytest.mark.parametrize(
    ("allowed", "message"),
    [
        (torch.ones(2, 2, dtype=torch.bool), r"allowed has shape \(2, 2\)"),
        (torch.ones(TIME, TIME), r"torch.float32; give booleans of the shape \(5, 5\)"),
    ],
)
def test_a_mask_of_another_shape_or_type_is_told(allowed, message):
    with pytest.raises(LabError, match=message):
        find_leaks(nn.Identity(), vectors(), allowed)
