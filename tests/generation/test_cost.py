"""The operations of writing, against torch's own count."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from gptlab.errors import LabError
from gptlab.generation.cost import writing_flops
from gptlab.generation.sampling import GREEDY, generate_tokens
from gptlab.models.gpt import GPT, GPTConfig

SHAPE = GPTConfig(
    vocab_size=40, context_length=24, d_model=32, n_heads=4, n_layers=3, d_ff=48, impl="plain"
)


@pytest.mark.parametrize("use_cache", [True, False])
def test_the_formula_is_torchs_count_token_by_token(use_cache):
    torch.manual_seed(0)
    model, counted = GPT(SHAPE).eval().requires_grad_(False), []
    stream = generate_tokens(model, torch.zeros(1, 5, dtype=torch.long), 10, GREEDY, 0, use_cache)
    for _ in range(10):
        with FlopCounterMode(display=False) as counter:
            next(stream)
        counted.append(counter.get_total_flops())
    assert counted == writing_flops(SHAPE, 5, 10, use_cache)


def test_counts_below_one_are_refused():
    for bad in ({"prompt": 0, "new_tokens": 3}, {"prompt": 3, "new_tokens": 0}):
        with pytest.raises(LabError, match="is 0; it must be a whole number of at least 1"):
            writing_flops(SHAPE, use_cache=True, **bad)
