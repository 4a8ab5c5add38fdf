"""The KV cache: exact, refuses what it cannot hold, and takes the bytes it is said to take."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.generation.cache import KVCache, cache_bytes, new_cache
from gptlab.models.gpt import GPT, GPTConfig

SHAPE = GPTConfig(vocab_size=40, context_length=24, d_model=32, n_heads=4, n_layers=2)


def heads(time, batch=2, seed=0):
    return torch.randn(2, batch, 4, time, 8, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module", params=["sdpa", "plain"])
def model(request):
    torch.manual_seed(0)
    model = GPT(GPTConfig(**{**vars(SHAPE), "impl": request.param}))
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p) * 0.2)
    return model.eval()


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(1, 9), min_size=1, max_size=6), batch=st.integers(1, 3))
def test_logits_with_the_cache_are_those_without(model, cuts, batch):
    time = min(sum(cuts), 24)
    tokens = torch.randint(40, (batch, time), generator=torch.Generator().manual_seed(time))
    cache, start, pieces = new_cache(2, 24), 0, []
    with torch.no_grad():
        for cut in cuts:
            if start < time:
                pieces.append(model(tokens[:, start : start + cut], cache, start))
                start += pieces[-1].size(1)
        assert_close(torch.cat(pieces, dim=1), model(tokens), atol=1e-5, rtol=0)
    assert [layer.length for layer in cache] == [time, time]


def test_what_goes_in_comes_out_in_order():
    cache, (keys, values) = KVCache(7), heads(7)
    for start, end in ((0, 3), (3, 4), (4, 7)):
        got = cache.append(keys[..., start:end, :], values[..., start:end, :])
        assert torch.equal(got[0], keys[..., :end, :])
        assert torch.equal(got[1], values[..., :end, :])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("batch", [1, 3])
def test_the_formula_for_its_size_is_the_size(dtype, batch):
    torch.manual_seed(0)
    model = GPT(SHAPE).to(dtype)
    cache = new_cache(SHAPE.n_layers, SHAPE.context_length)
    assert sum(layer.nbytes() for layer in cache) == 0
    with torch.no_grad():
        model(torch.zeros(batch, 1, dtype=torch.long), cache)
    measured = sum(t.untyped_storage().nbytes() for c in cache for t in (c.keys, c.values))
    said = cache_bytes(2, 32, 24, batch=batch, bytes_each=dtype.itemsize)
    assert said == measured == sum(layer.nbytes() for layer in cache)


def test_appending_never_moves_what_is_there():
    cache, (keys, values) = KVCache(5), heads(5)
    first = cache.append(keys[..., :2, :], values[..., :2, :])[0].data_ptr()
    assert cache.append(keys[..., 2:, :], values[..., 2:, :])[0].data_ptr() == first


def test_a_full_cache_refuses_and_keeps_what_it_has():
    cache, (keys, values) = KVCache(6), heads(5)
    cache.append(keys, values)
    with pytest.raises(LabError, match="room for 6 positions and holds 5; 2 more do not fit"):
        cache.append(keys[..., :2, :], values[..., :2, :])
    assert cache.length == 5
    assert torch.equal(cache.append(keys[..., :1, :], values[..., :1, :])[0][..., :5, :], keys)
    with pytest.raises(LabError, match="room for 3 positions and holds 0; 5 more"):
        KVCache(3).append(keys, values)


def test_another_batch_is_refused():
    cache = KVCache(6)
    cache.append(*heads(2))
    with pytest.raises(LabError, match=r"holds \(batch, heads\) = \(2, 4\).*new keys are \(3, 4\)"):
        cache.append(*heads(2, batch=3))


def test_a_model_with_a_full_cache_refuses_before_it_changes_anything(model):
    cache = new_cache(2, 24)
    with torch.no_grad():
        model(torch.zeros(1, 24, dtype=torch.long), cache)
        with pytest.raises(LabError, match="context_length is 24 but the text has 25 tokens"):
            model(torch.zeros(1, 1, dtype=torch.long), cache, start=24)
    assert [layer.length for layer in cache] == [24, 24]


def test_what_is_cut_off_is_forgotten_and_its_room_is_free(model):
    tokens = torch.randint(40, (1, 9), generator=torch.Generator().manual_seed(2))
    other = (tokens + 1) % 40
    cache = new_cache(2, 24)
    with torch.no_grad():
        model(torch.cat([tokens[:, :5], other[:, 5:]], dim=1), cache)
        for layer in cache:
            layer.truncate(5)
        assert_close(model(tokens[:, 5:], cache, 5), model(tokens)[:, 5:], atol=1e-5, rtol=0)
    assert [layer.length for layer in cache] == [9, 9]
    for bad in (10, -1):
        with pytest.raises(LabError, match=f"holds 9 positions and cannot keep {bad} of them"):
            cache[0].truncate(bad)
