"""The family table against the papers' figures, against torch and against transformers."""

import os
import time
from dataclasses import replace

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before the import: no test may reach out

import pytest
import torch
from torch import nn

from gptlab.errors import LabError
from gptlab.generation.cache import cache_bytes
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.models.gpt_family import (
    FAMILY,
    GPT1_VOCABULARY,
    GPT3_TRAINING_TOKENS,
    TRAINING_PRECISIONS,
    BytesPerParameter,
    family_member,
    inference_bytes,
    parameters_by_part,
    petaflop_days,
    rounds_to,
    training_bytes,
)

GPT2 = [member for name, member in FAMILY.items() if name.startswith("GPT-2")]
GPT3 = [member for name, member in FAMILY.items() if name.startswith("GPT-3")]


def on_meta(config):
    with torch.device("meta"):
        return GPT(config)


@pytest.mark.parametrize("name", FAMILY)
def test_every_member_can_be_built_and_has_as_many_parameters_as_it_says(name):
    member = FAMILY[name]
    built = sum(p.numel() for p in on_meta(member.config).parameters())
    assert built == member.config.parameter_count()
    assert member.parameters == built - (2 * 768 if name == "GPT-1" else 0)
    row, config = member.printed, member.config
    assert (row.n_layers, row.n_heads or config.n_heads) == (
        config.n_layers,
        24 if name == "GPT-3 XL" else config.n_heads,  # the one row whose heads are too many
    )
    assert row.d_model == (5140 if name == "GPT-3 13B" else config.d_model)


def test_gpt1_is_the_one_that_transformers_builds():
    from transformers import OpenAIGPTConfig, OpenAIGPTModel

    with torch.device("meta"):
        theirs = OpenAIGPTModel(OpenAIGPTConfig())
    ours = FAMILY["GPT-1"]
    assert sum(p.numel() for p in theirs.parameters()) == ours.parameters == 116_534_784
    assert theirs.config.vocab_size == GPT1_VOCABULARY
    assert theirs.config.n_positions == ours.config.context_length


def test_the_175_billion_are_built_within_ten_seconds_of_processor_time():
    began = time.process_time()
    model = on_meta(FAMILY["GPT-3 175B"].config)
    assert time.process_time() - began < 10
    assert all(p.is_meta for p in model.parameters())
    assert sum(p.numel() for p in model.parameters()) == 174_604_259_328
    with torch.device("meta"):
        logits = model(torch.empty(1, 2048, dtype=torch.long))
    assert logits.shape == (1, 2048, 50257)


def test_exactly_these_rows_of_the_papers_disagree_with_themselves():
    found = {name: member.disagreements() for name, member in FAMILY.items()}
    assert {name: told for name, told in found.items() if told} == {
        "GPT-2 small": ["117M printed, 124.4M counted"],
        "GPT-2 medium": ["345M printed, 354.8M counted"],
        "GPT-2 large": ["762M printed, 774.0M counted"],
        "GPT-2 XL": ["1542M printed, 1,557.6M counted"],
        "GPT-3 Medium": ["350M printed, 355.9M counted"],
        "GPT-3 XL": ["24 heads of 128 are 3072, but d_model is 2048"],
        "GPT-3 13B": [
            "40 heads of 128 are 5120, but d_model is 5140",
            "13.0B printed, 12,853.4M counted",
        ],
        "GPT-3 175B": ["175.0B printed, 174,604.3M counted"],
    }


@pytest.mark.parametrize("member", GPT2, ids=lambda m: m.name)
def test_gpt2s_printed_counts_come_out_with_the_vocabulary_of_gpt1(member):
    """OpenAI only says that they were "wrong due to an error"; this is what gives them."""
    old = replace(member.config, vocab_size=GPT1_VOCABULARY)
    assert rounds_to(old.parameter_count(), member.printed.parameters)


def test_the_rows_that_do_not_multiply_out_cannot_be_built_and_explain_their_counts():
    xl, thirteen = FAMILY["GPT-3 XL"].config, FAMILY["GPT-3 13B"].config
    with pytest.raises(LabError, match="n_heads=24 does not divide d_model=2048"):
        on_meta(replace(xl, n_heads=24))
    with pytest.raises(LabError, match="n_heads=40 does not divide d_model=5140"):
        on_meta(replace(thirteen, d_model=5140))
    # Table 2.1's 13.0B is what the width of 5,140 would give, table D.1's 12,850M that of 5,120.
    assert rounds_to(replace(thirteen, d_model=5140).parameter_count(), "13.0B")


@pytest.mark.parametrize("member", GPT3, ids=lambda m: m.name)
def test_the_appendix_of_gpt3_is_met_to_its_digits(member):
    row = member.printed
    digits = 3 if row.appendix_parameters < 1000 else 4
    counted = float(f"{member.parameters / 1e6:.{digits}g}")
    assert abs(counted - row.appendix_parameters) <= (5 if digits == 4 else 0)
    # "6 operations for each parameter and token", table D.1
    by_rule = 6 * row.appendix_parameters * 1e6 * GPT3_TRAINING_TOKENS
    assert float(f"{by_rule:.2e}") == row.appendix_flops
    assert 6 * member.parameters * GPT3_TRAINING_TOKENS == pytest.approx(
        row.appendix_flops, rel=0.006
    )


def test_attention_adds_what_the_rule_of_six_leaves_out():
    big, small = (FAMILY[f"GPT-3 {size}"] for size in ("175B", "Small"))
    for member, share in ((big, 1.03), (small, 1.29)):
        exact = member.config.flops_per_token() / (6 * member.parameters)
        assert exact == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("name", FAMILY)
def test_parts_add_up(name):
    config = FAMILY[name].config
    assert sum(parameters_by_part(config).values()) == config.parameter_count()


def test_parts_are_those_of_a_real_model():
    config = GPTConfig.preset("nano", d_ff=100)
    model = GPT(config)
    size = {name: p.numel() for name, p in model.named_parameters()}
    assert parameters_by_part(config) == {
        "token embedding": size["embedding.weight"],
        "position embedding": size["positions.weight"],
        "attention": sum(n for name, n in size.items() if ".attention." in name),
        "perceptrons": sum(n for name, n in size.items() if ".mlp." in name),
        "layer norms": sum(n for name, n in size.items() if "norm" in name),
    }


@pytest.mark.parametrize(
    ("precision", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16)]
)
def test_training_bytes_are_what_torchs_adamw_holds(precision, dtype):
    model = GPT(GPTConfig.preset("nano")).to(dtype)
    optimizer = torch.optim.AdamW(model.parameters())
    tokens = torch.zeros(1, 4, dtype=torch.long)
    model.loss(tokens, tokens).backward()
    optimizer.step()
    held = [*model.parameters(), *(p.grad for p in model.parameters())]
    held += [s[k] for s in optimizer.state.values() for k in ("exp_avg", "exp_avg_sq")]
    assert sum(t.nbytes for t in held) == training_bytes(model.config.parameter_count(), precision)


def test_the_mixed_precisions_of_the_literature():
    assert {name: each.total for name, each in TRAINING_PRECISIONS.items()} == {
        "fp32": 16,
        "autocast": 18,
        "mixed": 16,  # 2 + 2 + 12: Rajbhandari et al. 2020, section 3.1
        "bf16": 8,
    }
    assert BytesPerParameter(1, 2, 3, 4).total == 10


def test_inference_bytes_are_the_weights_and_the_cache():
    config = FAMILY["GPT-3 175B"].config
    weights, cache = inference_bytes(config)
    assert weights == 2 * 174_604_259_328
    assert cache == cache_bytes(96, 12288, 2048, bytes_each=2)
    nano = GPTConfig.preset("nano")
    weights, cache = inference_bytes(nano, time=10, batch=3, bytes_each=4)
    assert weights == sum(p.nbytes for p in GPT(nano).parameters())
    assert cache == cache_bytes(2, 64, 10, batch=3, bytes_each=4)


def test_petaflop_days_are_those_of_the_appendix():
    assert f"{petaflop_days(3.14e23):.2e}" == "3.63e+03"  # printed 3.64: from 174,600M unrounded
    exact = 6 * 174_600e6 * GPT3_TRAINING_TOKENS
    assert f"{petaflop_days(exact):.2e}" == "3.64e+03"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: family_member("GPT-5"), r"'GPT-5' is not in the family; choose one of GPT-1, "),
        (lambda: rounds_to(5, "117"), r"printed is '117'; write it like '117M'"),
        (lambda: training_bytes(5, "fp8"), r"precision 'fp8' is unknown; choose one of fp32"),
        (lambda: training_bytes(0), r"parameters is 0; give at least 1"),
        (lambda: inference_bytes(GPTConfig(), 1025), r"time is 1025; give 1 to 1024"),
        (lambda: inference_bytes(GPTConfig(), 0), r"time is 0; give 1 to 1024"),
        (lambda: inference_bytes(GPTConfig(), batch=0), r"batch=0, bytes_each=2; give at least 1"),
        (lambda: petaflop_days(float("nan")), r"flops is nan; give a finite number"),
        (lambda: petaflop_days(-1), r"flops is -1; give a finite number"),
    ],
)
def test_what_cannot_be_is_refused(call, expected):
    with pytest.raises(LabError, match=expected):
        call()


def test_a_member_by_name():
    assert family_member("GPT-3 175B") is FAMILY["GPT-3 175B"]
    assert isinstance(on_meta(family_member("GPT-2 small").config), nn.Module)
