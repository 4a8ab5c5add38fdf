"""A part taken out: it is out, and nothing else has changed."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.layers.attention import attention_weights
from gptlab.models.ablations import ABLATIONS, ablated
from gptlab.models.transformer import TransformerConfig
from gptlab.text.pair_batches import pair_tensors

SMALL = TransformerConfig(11, 13, d_model=16, n_heads=4, d_ff=24, n_layers=2, dropout=0.0)
SOURCE, INPUTS, TARGETS = pair_tensors([([5, 6, 7, 8], [4, 9]), ([8, 6], [5, 5, 6])])


def make(name):
    torch.manual_seed(0)
    return ablated(name, SMALL)


@pytest.mark.parametrize("name", ABLATIONS)
def test_each_can_be_trained_and_written_with(name):
    model = make(name)
    model.loss(SOURCE, INPUTS, TARGETS).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    state = model.eval().start(SOURCE)
    scores, _ = model.step(INPUTS[:, 0], state)
    assert_close(scores, model(SOURCE, INPUTS)[:, 0], atol=1e-5, rtol=0)
    if name not in ("whole", "post-norm"):
        assert not torch.allclose(model(SOURCE, INPUTS), make("whole").eval()(SOURCE, INPUTS))


def test_without_the_scale_the_scores_are_plain_products():
    layer, x = make("no scale").encoder[0].attention, torch.randn(1, 3, 16)
    queries, (keys, _) = layer.to_queries.to_queries(x), layer.project(x)
    products = queries.unflatten(-1, (4, 4)).transpose(1, 2) @ keys.mT
    assert_close(layer.weights(x), products.softmax(-1))
    assert not torch.allclose(
        layer.weights(x), attention_weights(queries.unflatten(-1, (4, 4)).transpose(1, 2), keys)
    )


def test_without_residuals_a_layer_forgets_what_went_in():
    layer, x = make("no residuals").encoder[0], torch.randn(1, 3, 16)
    for norm in ("post", "pre"):
        layer.norm = norm
        made = layer.add(x, lambda z: 0 * z, layer.norm_mlp)
        assert_close(made, torch.zeros_like(x))


def test_an_unknown_part_is_refused():
    with pytest.raises(LabError, match="ablation 'no heads' is unknown; choose one of whole, one"):
        ablated("no heads", SMALL)
