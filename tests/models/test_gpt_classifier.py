"""A GPT with a head for labels: which token is judged, what learns, bad input."""

import pytest
import torch
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.models.gpt_classifier import GPTClassifier, padded_texts

PAD = 9
TEXTS = [[1, 2, 3, 4], [5], [6, 7]]


def classifier(**options):
    torch.manual_seed(0)
    gpt = GPT(GPTConfig(10, context_length=6, d_model=8, n_heads=2, n_layers=2))
    model = GPTClassifier(gpt, 3, PAD, **options)
    torch.nn.init.normal_(model.head.weight)
    return model.eval()


def test_the_last_real_token_is_judged_whatever_fills_the_row():
    model = classifier()
    together = model(padded_texts(TEXTS, PAD, 6))
    for row, text in enumerate(TEXTS):
        alone = model.head(model.gpt.hidden_states(torch.tensor([text]))[0, -1])
        assert_close(together[row], alone, atol=1e-5, rtol=0)


def test_at_first_all_labels_are_alike_and_frozen_means_only_the_head_learns():
    gpt = GPT(GPTConfig(10, context_length=6, d_model=8, n_heads=2, n_layers=2))
    model = GPTClassifier(gpt, 3, PAD, frozen=True)
    loss = model.loss(padded_texts(TEXTS, PAD, 6), torch.tensor([0, 1, 2]))
    assert_close(loss, torch.tensor(3.0).log())
    loss.backward()
    learns = {name for name, p in model.named_parameters() if p.grad is not None}
    assert learns == {"head.weight", "head.bias"}


def test_texts_are_filled_up_and_cut():
    assert padded_texts(TEXTS, PAD, 2).tolist() == [[1, 2], [5, 9], [6, 7]]


def test_bad_input_is_refused():
    with pytest.raises(LabError, match="n_labels is 1"):
        GPTClassifier(classifier().gpt, 1, PAD)
    with pytest.raises(LabError, match="text 1 is empty"):
        classifier()(torch.tensor([[1, 2], [PAD, PAD]]))
    with pytest.raises(LabError, match="empty text"):
        padded_texts([[1], []], PAD, 4)
