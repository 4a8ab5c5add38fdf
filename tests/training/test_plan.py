"""The planner: what a step keeps, against torch's own hooks; published runs; bad input."""

from dataclasses import replace

import pytest
import torch

from gptlab.errors import LabError
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.models.gpt_family import family_member
from gptlab.training.optimizers import build_optimizers
from gptlab.training.plan import (
    GPUS,
    activation_bytes,
    logit_bytes,
    measure_matmul_peak,
    memory_of,
    plan_run,
)

SHAPES = [
    GPTConfig(101, context_length=64, d_model=64, n_heads=4, n_layers=1),
    GPTConfig(64, context_length=48, d_model=96, n_heads=2, n_layers=3, d_ff=200),
]


def kept_for_the_way_back(config, batch, precision, recompute):
    """Bytes of all that autograd keeps in one forward pass: activations, copies of the matrices."""
    torch.manual_seed(0)
    model = GPT(config).train()
    model.recompute = recompute
    ours = {p.untyped_storage().data_ptr() for p in model.parameters()}
    found, alive = {}, []

    def pack(tensor):
        storage = tensor.untyped_storage()
        alive.append(tensor)  # or its address would be given out again
        if storage.data_ptr() not in ours:
            found[storage.data_ptr()] = storage.nbytes()
        return tensor

    tokens = torch.randint(0, config.vocab_size, (batch, config.context_length))
    hooks = torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor)
    with hooks, torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        model.loss(tokens, tokens)
    return sum(found.values())


@pytest.mark.parametrize("config", SHAPES)
@pytest.mark.parametrize("precision", ["bf16", "fp32"])
@pytest.mark.parametrize(("impl", "within"), [("sdpa", 0.002), ("plain", 0.03)])
def test_what_a_step_keeps_is_counted(config, precision, impl, within):
    config, batch = replace(config, impl=impl), 3
    got = kept_for_the_way_back(config, batch, precision, recompute=False)
    n_tokens, d = batch * config.context_length, config.d_model
    matrices = config.n_layers * (4 * d * d + 2 * d * config.hidden) + config.vocab_size * d
    # Autograd keeps the log-softmax of the logits; the other copies of them are gone by then.
    log_softmax = 4 * n_tokens * config.vocab_size
    copies = 2 * matrices if precision == "bf16" else 0
    expected = activation_bytes(config, batch, precision) + log_softmax + copies
    assert got == pytest.approx(expected, rel=within)
    assert logit_bytes(config, batch, precision) > log_softmax


def test_recomputing_keeps_the_blocks_inputs():
    config = SHAPES[1]
    less = activation_bytes(config, 2, recompute=True)
    assert less < activation_bytes(config, 2)
    one = activation_bytes(GPTConfig(64, 48, 96, 2, 1, d_ff=200), 2)
    assert less == one + 3 * 4 * 96 * 2 * 48


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_weights_and_moments_are_what_the_optimiser_holds(optimizer):
    config = SHAPES[1]
    model = GPT(config)
    memory, _ = memory_of(config, 1, optimizer, "fp32")
    assert memory["weights"] == sum(4 * p.numel() for p in model.parameters())
    optimizers = build_optimizers(model, optimizer)
    tokens = torch.zeros(1, 8, dtype=torch.long)
    model.loss(tokens, tokens).backward()
    for each in optimizers:
        each.step()
    held = sum(
        t.numel() * t.element_size()
        for each in optimizers for kept in each.state.values() for t in kept.values()
        if isinstance(t, torch.Tensor) and t.dim()
    )  # fmt: skip
    assert memory["optimiser"] == held


def test_gpt3_on_the_clock():
    # Brown et al. 2020, table D.1: 3.14e23 operations for 300 billion tokens.
    plan = plan_run(
        family_member("GPT-3 175B").config, 300 * 10**9, "A100-80GB", n_gpus=1024, mfu=0.45
    )
    assert plan.flops == pytest.approx(3.14e23, rel=0.05)
    assert plan.seconds / 86_400 == pytest.approx(26, abs=1.5)
    assert not plan.fits
    assert plan.cost is None


def test_cost_time_and_shards():
    gpt2 = GPTConfig.preset("gpt2")
    one = plan_run(gpt2, 10**10, "H100", price=3.0)
    eight = plan_run(gpt2, 10**10, "H100", n_gpus=8, price=3.0, sharded=True)
    assert eight.seconds == pytest.approx(one.seconds / 8)
    assert eight.cost == pytest.approx(one.cost) == pytest.approx(3 * one.gpu_hours)
    assert eight.memory["weights"] == one.memory["weights"] // 8
    assert one.fits
    assert one.peak_bytes < GPUS["H100"].memory
    again = plan_run(gpt2, 10**10, "H100", recompute=True)
    assert again.seconds == pytest.approx(4 / 3 * one.seconds)
    assert again.peak_bytes < one.peak_bytes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"gpu": "h10"}, "GPU 'h10' is unknown; known are H200, .*; near it: .*H100"),
        ({"tokens": 0}, "tokens is 0"),
        ({"mfu": 0}, "mfu is 0"),
        ({"mfu": 40}, "mfu is 40"),
        ({"price": -1}, "price is -1"),
        ({"n_gpus": 0}, "n_gpus is 0"),
        ({"optimizer": "sgd"}, "optimizer 'sgd' is unknown"),
        ({"precision": "fp8"}, "precision 'fp8' is unknown"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(LabError, match=message):
        plan_run(SHAPES[0], **{"tokens": 1000, **arguments})


def test_the_peak_is_measured():
    peak = measure_matmul_peak(torch.device("cpu"), torch.float32, sizes=(64, 128), seconds=0.02)
    assert 1e8 < peak < 1e14
    with pytest.raises(LabError, match="sizes are"):
        measure_matmul_peak(sizes=())
