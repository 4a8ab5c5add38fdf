"""Direct preference optimisation against the formula, its gradient against the paper's."""

import pytest
import torch
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.text.chat import Example
from gptlab.training.config import TrainConfig
from gptlab.training.preferences import (
    PreferenceBatches,
    PreferenceLoss,
    dpo_loss,
    sequence_log_probability,
)
from gptlab.training.trainer import Trainer

FOUR = [torch.randn(5, dtype=torch.float64, generator=torch.manual_seed(i)) * 3 for i in range(4)]


def answers(tokens, n=6):
    """A prompt of three tokens and an answer that differs between the two sides."""
    return [Example((1, 2, 3, t, t), (False, False, False, True, True)) for t in tokens[:n]]


def test_the_loss_and_its_gradient_are_the_papers():
    beta = 0.3
    chosen, rejected, ref_chosen, ref_rejected = (x.clone().requires_grad_() for x in FOUR)
    loss = dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta)
    rewards = beta * (chosen - ref_chosen), beta * (rejected - ref_rejected)
    assert_close(loss, -torch.log(1 / (1 + torch.exp(rewards[1] - rewards[0]))).mean())
    # Equation 7's gradient: −β σ(r̂_l − r̂_w) [∇ log π_w − ∇ log π_l].
    weight = beta * torch.sigmoid(rewards[1] - rewards[0]) / 5
    grads = torch.autograd.grad(loss, [chosen, rejected])
    assert_close(grads[0], -weight)
    assert_close(grads[1], weight)


def test_a_model_that_has_not_moved_has_the_loss_of_a_coin():
    assert_close(
        dpo_loss(FOUR[0], FOUR[1], FOUR[0], FOUR[1]), torch.tensor(0.5).double().log() * -1
    )


def test_extreme_margins_stay_finite():
    far = torch.full((5,), 1e5, dtype=torch.float64)
    assert dpo_loss(far, -far, -far, far).item() == 0.0
    assert dpo_loss(-far, far, far, -far).isfinite()


def test_log_probability_sums_what_counts():
    logits = torch.randn(2, 3, 7)
    targets = torch.tensor([[4, -100, 2], [-100, 1, -100]])
    steps = logits.log_softmax(-1)
    expected = [steps[0, 0, 4] + steps[0, 2, 2], steps[1, 1, 1]]
    assert_close(sequence_log_probability(logits, targets), torch.stack(expected))
    with pytest.raises(LabError, match="row 1 has no target that counts"):
        sequence_log_probability(logits, targets.where(torch.tensor([[True], [False]]), -100))


def test_training_makes_the_chosen_likelier_and_leaves_the_reference_alone():
    torch.manual_seed(0)
    model = GPT(GPTConfig(12, context_length=8, d_model=16, n_heads=2, n_layers=1))
    chosen, rejected = answers([5] * 6), answers([6] * 6)
    learner = PreferenceLoss(model, beta=0.5)
    reference = {k: v.clone() for k, v in learner.reference.state_dict().items()}
    batches = PreferenceBatches(chosen, rejected, batch_size=3, pad=0)
    history = Trainer(learner, batches, TrainConfig(steps=30, lr=1e-2, optimizer="adamw")).fit()
    assert history[0].loss == pytest.approx(0.6931, abs=1e-3)
    assert history[-1].loss < 0.2
    logits = model(torch.tensor([[1, 2, 3]]))[0, -1]
    assert logits[5] > logits[6] + 1
    assert all(torch.equal(v, reference[k]) for k, v in learner.reference.state_dict().items())


def test_batches_pair_the_sides_and_repeat():
    chosen, rejected = answers([4, 5, 6, 7]), answers([8, 9, 10, 11])
    batches = PreferenceBatches(chosen, rejected, batch_size=2, pad=0, seed=3)
    seen = []
    for step in range(2):
        inputs, targets, other, _ = batches.batch(step)
        assert targets[:, :2].eq(-100).all()
        seen += list(zip(inputs[:, 3].tolist(), other[:, 3].tolist(), strict=True))
    assert sorted(seen) == [(4, 8), (5, 9), (6, 10), (7, 11)]
    again = PreferenceBatches(chosen, rejected, batch_size=2, pad=0, seed=3).batch(1)
    assert all(a.equal(b) for a, b in zip(again, batches.batch(1), strict=True))


def test_bad_pairs_are_refused():
    with pytest.raises(LabError, match="2 chosen and 1 rejected answers"):
        PreferenceBatches(answers([4, 5]), answers([6]), batch_size=1, pad=0)
    with pytest.raises(LabError, match="batch_size=3 cannot be filled from 2 pairs"):
        PreferenceBatches(answers([4, 5]), answers([6, 7]), batch_size=3, pad=0)
    with pytest.raises(LabError, match=r"shapes \(5,\), \(5,\), \(5,\), \(4,\)"):
        dpo_loss(*FOUR[:3], FOUR[3][:4])
    with pytest.raises(LabError, match="beta is 0; give a number above 0"):
        dpo_loss(*FOUR, beta=0)
