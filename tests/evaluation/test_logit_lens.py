"""The residual stream taken apart: its sums are the model's own states, its last lens the model."""

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.evaluation.logit_lens import lens_losses, logit_lens, logit_shares, residual_trace
from gptlab.models.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab_size=50, context_length=16, d_model=32, n_heads=4, n_layers=3, dropout=0.2)


@pytest.fixture
def model():
    torch.manual_seed(0)
    model = GPT(CONFIG)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.2 * torch.randn_like(p))
    return model.double()


@pytest.fixture
def tokens():
    return torch.randint(50, (2, 11), generator=torch.Generator().manual_seed(1))


def test_writes_add_up_to_the_stream_and_the_stream_ends_in_the_models_own_state(model, tokens):
    trace = residual_trace(model, tokens)
    assert trace.names[:3] == ("embeddings", "attention 1", "perceptron 1")
    assert len(trace.names) == len(trace.stream) == 1 + 2 * CONFIG.n_layers
    assert_close(trace.writes.cumsum(0), trace.stream)
    model.eval()
    assert_close(model.norm(trace.stream[-1]), model.hidden_states(tokens).detach())
    assert_close(logit_lens(model, trace)[-1], model(tokens).detach())


def test_dropout_rests_and_the_mode_comes_back(model, tokens):
    assert model.training
    first, again = (residual_trace(model, tokens).stream for _ in range(2))
    assert torch.equal(first, again)
    assert model.training
    model.eval()
    residual_trace(model, tokens)
    assert not model.training


def test_the_lens_after_a_stage_is_the_model_cut_short(model, tokens):
    model.eval()
    whole = logit_lens(model, residual_trace(model, tokens))
    model.blocks = model.blocks[:2]
    assert_close(whole[4], model(tokens).detach())


def test_norms_are_means_of_lengths(model, tokens):
    trace = residual_trace(model, tokens)
    states, writes = trace.norms()
    assert states.shape == writes.shape == (7,)
    assert states[0] == writes[0]
    by_hand = sum(x.norm() for x in trace.writes[3].reshape(-1, 32)) / 22
    assert_close(writes[3], by_hand)


def test_shares_sum_to_the_logit_exactly(model, tokens):
    trace = residual_trace(model, tokens)
    targets = tokens.roll(-1, dims=1)
    shares = logit_shares(model, trace, targets)
    logits = model.eval()(tokens).detach()
    assert_close(shares.sum(0), logits.gather(-1, targets[..., None])[..., 0])


def test_losses_are_cross_entropies_and_leave_out_what_has_no_target(model, tokens):
    logits = logit_lens(model, residual_trace(model, tokens))
    targets = tokens.roll(-1, dims=1)
    targets[:, -1] = -100
    losses = lens_losses(logits, targets)
    for z, loss in zip(logits, losses, strict=True):
        assert_close(loss, F.cross_entropy(z[:, :-1].flatten(0, 1), targets[:, :-1].flatten()))
    assert_close(losses[-1], model.eval().loss(tokens, targets).detach(), check_dtype=False)


def test_other_shapes_are_refused(model, tokens):
    for wrong in (tokens[0], torch.zeros(1, 0, dtype=torch.long)):
        with pytest.raises(LabError, match=r"tokens have shape .*at least one token"):
            residual_trace(model, wrong)
    trace = residual_trace(model, tokens)
    with pytest.raises(LabError, match=r"logits are for \(2, 11\) positions, the targets for"):
        lens_losses(logit_lens(model, trace), tokens[:, 1:])
    with pytest.raises(LabError, match=r"the text has \(2, 11\) positions, the targets are"):
        logit_shares(model, trace, tokens[:1])
