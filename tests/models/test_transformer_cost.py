"""What a Transformer costs: the formulas against torch's own count, and against the paper."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from gptlab.errors import LabError
from gptlab.models.transformer import Transformer, TransformerConfig
from gptlab.models.transformer_cost import forecast, n_parameters, translation_flops
from gptlab.training.translation_recipes import TranslationRecipe

SMALL = TransformerConfig(
    11, 13, d_model=16, n_heads=4, d_ff=24, n_layers=2, dropout=0.0, impl="plain"
)


@pytest.mark.parametrize(("source", "target"), [(7, 5), (1, 1), (3, 9)])
def test_the_formula_is_what_torch_counts(source, target):
    model = Transformer(SMALL)
    reads, writes = torch.full((1, source), 5), torch.full((1, target), 6)
    with FlopCounterMode(display=False) as counter:
        model(reads, writes)
    assert counter.get_total_flops() == translation_flops(SMALL, source, target)


def test_the_size_is_the_models():
    assert n_parameters(SMALL) == sum(p.numel() for p in Transformer(SMALL).parameters())


def test_the_papers_base_run_as_a_forecast():
    recipe = TranslationRecipe.preset("wmt14-base")
    found = forecast(recipe.model, recipe.train.steps, recipe.batch_tokens, devices=8)
    # Section 6.1 reckons 3.3e18 as hours × peak; what the formulas count is a part of that.
    assert 0.2 < found.flops / 3.3e18 < 0.5
    assert found.tokens == 5_000_000_000
    assert 10 < forecast(recipe.model, 100_000, 25_000, 8, utilisation=0.3).hours < 14
    half = forecast(recipe.model, 100_000, 25_000, 8, utilisation=0.6, price_per_hour=2)
    assert half.hours == pytest.approx(found.hours / 2)
    assert half.price == pytest.approx(2 * 8 * half.hours)
    assert half.memory_gib < forecast(recipe.model, 100_000, 25_000, 1).memory_gib
    assert "million parameters" in str(found)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"devices": -1}, "devices is -1"),
        ({"utilisation": 1.5}, "utilisation=1.5"),
        ({"flops_per_second": 0}, "flops_per_second=0"),
    ],
)
def test_bad_numbers_are_refused(changes, message):
    with pytest.raises(LabError, match=message):
        forecast(SMALL, **({"steps": 5, "batch_tokens": 100} | changes))
