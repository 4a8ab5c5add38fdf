"""The GPT by itself: sizes, initialisation, tying, causality, loss, FLOPs, and its switches."""

import math
import shutil
import sys

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from gptlab.errors import LabError
from gptlab.generation.cache import new_cache
from gptlab.models.gpt import GPT, PRESETS, GPTConfig

SMALL = GPTConfig(vocab_size=50, context_length=16, d_model=32, n_heads=4, n_layers=2)
# What transformers counts for the models of the hub, which the papers round to 124M … 1.5B
# (Radford et al. 2019, table 2, prints 117M, 345M, 762M and 1542M: its authors miscounted).
PUBLISHED = {
    "gpt2": 124_439_808,
    "gpt2-medium": 354_823_168,
    "gpt2-large": 774_030_080,
    "gpt2-xl": 1_557_611_200,
}


def model_and_tokens(config=SMALL, batch=2, time=16, std=0.2):
    torch.manual_seed(0)
    model = GPT(config)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p) * std)
    return model, torch.randint(config.vocab_size, (batch, time))


@pytest.mark.parametrize("name", PRESETS)
def test_parameter_count_is_the_real_one(name):
    with torch.device("meta"):
        model = GPT(PRESETS[name])
    real = sum(p.numel() for p in model.parameters())  # a tied weight is one parameter
    assert PRESETS[name].parameter_count() == real == PUBLISHED.get(name, real)


def test_parameter_count_with_another_hidden_width():
    config = GPTConfig.preset("nano", d_ff=100)
    assert config.parameter_count() == sum(p.numel() for p in GPT(config).parameters())
    assert config.hidden == 100
    assert GPTConfig.preset("nano").hidden == 4 * 64


def test_presets_take_changes_and_refuse_what_they_do_not_know():
    assert GPTConfig.preset("nano", vocab_size=65).vocab_size == 65
    assert PRESETS["nano"].vocab_size == 256
    with pytest.raises(LabError, match=r"'gpt5' is unknown; choose one of nano, .*gpt2-xl"):
        GPTConfig.preset("gpt5")
    with pytest.raises(LabError, match=r"no field 'width'; its fields are vocab_size, .*d_model"):
        GPTConfig.preset("nano", width=3)


@pytest.mark.parametrize(
    "change",
    [
        {"vocab_size": 0},
        {"context_length": -1},
        {"d_model": 2.5},
        {"n_layers": 0},
        {"n_heads": None},
        {"d_ff": 0},
        {"dropout": 1.0},
        {"dropout": -0.1},
        {"dropout": math.nan},
    ],
)
def test_impossible_shapes_are_refused_by_name(change):
    (field,) = change
    with pytest.raises(LabError, match=rf"{field} is .*; it must be"):
        GPTConfig.preset("nano", **change)


def test_heads_and_form_are_checked_when_the_model_is_built():
    with pytest.raises(LabError, match="n_heads=5 does not divide d_model=64"):
        GPT(GPTConfig.preset("nano", n_heads=5))
    with pytest.raises(LabError, match="'fast' is unknown"):
        GPT(GPTConfig.preset("nano", impl="fast"))


def test_initialisation_is_gpt2s():
    torch.manual_seed(1)
    config = GPTConfig.preset("laptop")
    for name, p in GPT(config).named_parameters():
        if name.endswith("bias"):
            assert (p == 0).all(), name
        elif p.dim() == 1:
            assert (p == 1).all(), name
        else:
            std = 0.02
            if name.endswith("to_out.weight"):
                std = 0.02 / math.sqrt(2 * config.n_layers)
            # The standard deviation of n normal draws is itself off by about 1/√(2n).
            assert abs(p.std() / std - 1) < 5 / math.sqrt(2 * p.numel()), name
            assert abs(p.mean()) < 5 * std / math.sqrt(p.numel()), name


def test_a_fresh_model_knows_nothing():
    torch.manual_seed(2)
    config = GPTConfig.preset("nano")
    x = torch.randint(256, (4, 64))
    assert abs(GPT(config).loss(x, x.roll(1)) - math.log(256)) < 0.05


def test_zero_init_makes_every_block_the_identity():
    torch.manual_seed(3)
    model, x = GPT(GPTConfig.preset("nano", zero_init=True)), torch.randint(256, (2, 64))
    stream = model.embedding(x) + model.positions(64)
    assert torch.equal(model.hidden_states(x), model.norm(stream))


def test_the_same_seed_gives_the_same_weights_and_initialise_draws_new_ones():
    torch.manual_seed(4)
    first = GPT(SMALL)
    torch.manual_seed(4)
    second = GPT(SMALL)
    pairs = list(zip(first.parameters(), second.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    second.initialise()
    assert all(not torch.equal(a, b) for a, b in pairs if a.dim() == 2)


def test_the_unembedding_is_the_embedding():
    model, x = model_and_tokens()
    assert_close(model(x), model.hidden_states(x) @ model.embedding.weight.T)
    assert len({p.data_ptr() for p in model.parameters()}) == len(model.state_dict())
    unused = [i for i in range(50) if i not in x]
    model.loss(x, x).backward()
    assert unused  # tokens that were never read learn all the same: as answers that were wrong
    assert (model.embedding.weight.grad[unused].abs().amax(dim=1) > 0).all()


@pytest.mark.parametrize("impl", ["plain", "sdpa"])
def test_no_logit_and_no_gradient_looks_ahead(impl):
    model, x = model_and_tokens(GPTConfig(**{**vars(SMALL), "impl": impl}))
    before = model(x)
    for changed in range(16):
        other = x.clone()
        other[:, changed] = (other[:, changed] + 1) % 50
        moved = (model(other) - before).abs().amax(dim=(0, 2)) > 0
        assert not moved[:changed].any(), f"position {changed} moved an earlier one"
        assert moved[changed:].all(), f"position {changed} did not reach all later ones"


def test_both_forms_of_attention_give_one_model():
    plain, x = model_and_tokens(GPTConfig(**{**vars(SMALL), "impl": "plain"}))
    fused, _ = model_and_tokens(SMALL)
    assert_close(plain(x), fused(x), atol=1e-5, rtol=1e-5)


def test_loss_is_the_mean_over_targets_that_count():
    model, x = model_and_tokens()
    targets = x.roll(-1, dims=1)
    targets[:, -1] = -100
    by_hand = F.cross_entropy(model(x)[:, :-1].flatten(0, 1), x[:, 1:].flatten())
    assert_close(model.loss(x, targets), by_hand)


def test_loss_in_bf16_is_added_up_in_fp32():
    model, x = model_and_tokens(std=0.05)
    exact = model.loss(x, x)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = model.loss(x, x)
    for loss in (mixed, model.bfloat16().loss(x, x)):
        assert loss.dtype is torch.float32
        assert abs(loss / exact - 1) < 0.01


def test_a_text_longer_than_the_context_is_refused():
    model, _ = model_and_tokens()
    with pytest.raises(LabError, match="context_length is 16 but the text has 17 tokens"):
        model(torch.zeros(1, 17, dtype=torch.long))


def test_dropout_rests_in_eval():
    model, x = model_and_tokens(GPTConfig(**{**vars(SMALL), "dropout": 0.3}))
    assert not torch.equal(model(x), model(x))
    model.eval()
    assert torch.equal(model(x), model(x))
    assert_close(model(x), model_and_tokens()[0](x))


def gradients_and_kept_bytes(model, x, seed=7):
    """Gradients of the loss, and how many bytes the forward pass kept for the backward pass."""
    kept = 0

    def keep(tensor):
        nonlocal kept
        kept += tensor.nbytes
        return tensor

    model.zero_grad()
    torch.manual_seed(seed)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = model.loss(x, x.roll(-1, dims=1))
    loss.backward()
    return [p.grad.clone() for p in model.parameters()], kept


@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_recompute_gives_the_same_gradients_from_less_memory(dropout):
    shape = {**vars(SMALL), "n_layers": 4, "dropout": dropout}
    model, x = model_and_tokens(GPTConfig(**shape))
    usual, usual_bytes = gradients_and_kept_bytes(model, x)
    model.recompute = True
    again, fewer_bytes = gradients_and_kept_bytes(model, x)
    for a, b in zip(usual, again, strict=True):
        assert torch.equal(a, b)
    assert fewer_bytes < usual_bytes / 3


def test_recompute_does_not_lose_a_cache():
    model, x = model_and_tokens()
    expected = model(x)
    model.recompute = True  # and still in training mode, where recomputing would forget the cache
    cache = new_cache(2, 16)
    pieces = [model(x[:, :9], cache), model(x[:, 9:], cache, start=9)]
    assert_close(torch.cat(pieces, dim=1), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("time", [8, 16])
def test_flops_are_those_that_torch_counts(time):
    """In the plain form all of them. The counter does not know every fused kernel (on the CPU it
    counts none of its work; on a GPU it adds the scores that the kernel computes again on the way
    back), so there only the other matrices can be compared."""
    for impl in ("plain", "sdpa"):
        config = GPTConfig(**{**vars(SMALL), "d_ff": 96, "impl": impl})
        model, x = model_and_tokens(config, batch=3, time=time)
        with FlopCounterMode(display=False) as counter:
            model.loss(x, x).backward()
        by_kind = {
            op.__name__: n / x.numel() for op, n in counter.get_flop_counts()["Global"].items()
        }
        attention = 12 * config.n_layers * config.d_model * time
        assert by_kind["addmm"] + by_kind["mm"] == config.flops_per_token(time) - attention
        assert impl == "sdpa" or by_kind["bmm"] == attention
    assert config.flops_per_token() == config.flops_per_token(16)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script_method:DeprecationWarning")  # torch's own
@pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("g++") is None,
    reason="torch.compile needs a C++ compiler that torch finds, here g++ on Linux",
)
def test_the_compiled_model_has_the_same_loss():
    config = GPTConfig(**{**vars(SMALL), "n_layers": 1})
    model, x = model_and_tokens(config)
    usual, _ = gradients_and_kept_bytes(model, x)
    compiled = torch.compile(model.loss)
    model.zero_grad()
    loss = compiled(x, x.roll(-1, dims=1))
    loss.backward()
    assert_close(loss, model.loss(x, x.roll(-1, dims=1)), atol=1e-5, rtol=1e-5)
    for p, gradient in zip(model.parameters(), usual, strict=True):
        assert_close(p.grad, gradient, atol=1e-5, rtol=1e-4)
