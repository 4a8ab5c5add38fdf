"""Optimisers against torch's own, and against what they promise."""

import copy

import pytest
import torch
from torch import nn

from gptlab.errors import LabError
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.training.optimizers import Muon, build_optimizers, orthogonalise, parameter_groups
from gptlab.training.schedules import build_schedule, cosine, linear


def run(optimizer, parameters, steps=6):
    generator = torch.Generator().manual_seed(3)
    for _ in range(steps):
        for p in parameters:
            p.grad = torch.randn(p.shape, generator=generator)
        optimizer.step()


@pytest.mark.parametrize("shape", [(8, 8), (24, 8), (8, 24), (1, 5), (5, 1)])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_muon_equals_torch(shape, weight_decay):
    torch.manual_seed(0)
    ours = [nn.Parameter(torch.randn(shape)) for _ in range(3)]
    theirs = copy.deepcopy(ours)
    run(Muon(ours, lr=0.02, weight_decay=weight_decay), ours)
    reference = torch.optim.Muon(
        theirs, lr=0.02, weight_decay=weight_decay, adjust_lr_fn="original"
    )
    run(reference, theirs)
    for mine, other in zip(ours, theirs, strict=True):
        # Products are bf16 in both, summed in another order: a rounding is 2⁻⁸ of an update.
        torch.testing.assert_close(mine, other, atol=6 * 0.02 * 2**-6, rtol=0)
        assert not torch.equal(mine, torch.zeros_like(mine))


def test_orthogonalise_turns_singular_values_to_about_one():
    torch.manual_seed(1)
    matrices = torch.randn(2, 40, 16)
    values = torch.linalg.svdvals(orthogonalise(matrices, dtype=torch.float32))
    assert values.min() > 0.6
    assert values.max() < 1.3
    left, _, right = torch.linalg.svd(matrices, full_matrices=False)
    direction = orthogonalise(matrices, dtype=torch.float32)
    similarity = torch.cosine_similarity(direction.flatten(1), (left @ right).flatten(1))
    assert (similarity > 0.97).all()


def test_orthogonalise_of_nothing_is_nothing():
    assert orthogonalise(torch.zeros(1, 4, 4)).abs().sum() == 0


def test_muon_refuses_vectors():
    with pytest.raises(LabError, match=r"shape \(4,\)"):
        Muon([nn.Parameter(torch.zeros(4))])


def test_every_parameter_is_in_one_group_and_tied_weights_are_tables():
    model = GPT(GPTConfig.preset("nano"))
    groups = parameter_groups(model)
    ids = [id(p) for group in groups.values() for p in group]
    assert sorted(ids) == sorted(id(p) for p in model.parameters())
    assert any(p is model.embedding.weight for p in groups["tables"])
    assert all(p.dim() == 2 for p in groups["matrices"])
    assert all(p.dim() == 1 for p in groups["vectors"])
    assert len(groups["matrices"]) == 4 * model.config.n_layers


@pytest.mark.parametrize("name", ["adamw", "muon"])
def test_vectors_are_never_decayed(name):
    model = GPT(GPTConfig.preset("nano"))
    vectors = {id(p) for p in parameter_groups(model)["vectors"]}
    optimizers = build_optimizers(model, name, weight_decay=0.5, matrix_weight_decay=0.5)
    seen = {}
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            for p in group["params"]:
                assert id(p) not in seen, "a parameter is stepped twice"
                seen[id(p)] = group["weight_decay"]
    assert len(seen) == len(list(model.parameters()))
    assert {decay for key, decay in seen.items() if key in vectors} == {0.0}
    assert {decay for key, decay in seen.items() if key not in vectors} == {0.5}


def test_unknown_names_say_what_there_is():
    with pytest.raises(LabError, match="'sgd' is unknown; choose 'adamw' or 'muon'"):
        build_optimizers(nn.Linear(2, 2), "sgd")
    with pytest.raises(LabError, match="'exponential' is unknown"):
        build_schedule("exponential")
    with pytest.raises(LabError, match="warmup is 1"):
        build_schedule("cosine", warmup=1.0)


def test_cosine_equals_torch():
    parameter = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    reference = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50, eta_min=0.1)
    mine = cosine(final=0.1)
    for step in range(51):
        assert mine(step / 50) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-9)
        optimizer.step()
        reference.step()


def test_schedules_begin_and_end_where_they_say():
    warm = build_schedule("cosine", warmup=0.1, final=0.1)
    assert warm(0.0) == 0
    assert warm(0.05) == pytest.approx(0.5 * cosine(0.1)(0.05))
    assert warm(1.0) == pytest.approx(0.1)
    assert linear(0.0, start=0.5)(0.5) == 1
    assert linear(0.0, start=0.5)(0.75) == pytest.approx(0.5)
    assert build_schedule("trapezoid")(0.3) == 1
    assert build_schedule("constant")(0.9) == 1
