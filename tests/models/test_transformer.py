"""The Transformer of 2017: torch's own with copied weights; step by step equals all at once."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.layers.attention import causal_mask
from gptlab.models.transformer import Transformer, TransformerConfig
from gptlab.models.transformer_torch import as_torch
from gptlab.text.codecs import BEGIN, PAD
from gptlab.text.pair_batches import pair_tensors

PAIRS = [([5, 6, 7, 8], [4, 9]), ([8], [5, 5, 6]), ([4, 4], [7])]
SMALL = {
    "source_vocab": 11,
    "target_vocab": 13,
    "dropout": 0.0,
    "d_model": 16,
    "n_heads": 4,
    "d_ff": 24,
    "n_layers": 2,
    "max_length": 12,
}


def make(seed=0, **changes):
    torch.manual_seed(seed)
    model = Transformer(TransformerConfig(**{**SMALL, **changes}))
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1:
            nn.init.normal_(parameter, mean=float("norm" in name and "weight" in name), std=0.3)
    return model


@pytest.mark.parametrize("norm", ["post", "pre"])
@pytest.mark.parametrize("impl", ["plain", "sdpa"])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_encoder_and_decoder_equal_torchs_with_copied_weights_and_gradients(norm, impl, activation):
    model = make(norm=norm, impl=impl, activation=activation)
    theirs = as_torch(model)
    source, inputs, _ = pair_tensors(PAIRS)
    reads = model.embed(source, model.source_embedding).detach()
    writes = model.embed(inputs, model.target_embedding).detach()
    padded = source == PAD
    expected = theirs(
        reads, writes, tgt_mask=~causal_mask(inputs.size(1)),
        src_key_padding_mask=padded, memory_key_padding_mask=padded,
    )  # fmt: skip
    got = model.decode(inputs, model.encode(source), source)
    assert_close(got, expected, atol=1e-5, rtol=0)
    upstream = torch.randn_like(got)
    mine = model.encoder[0].attention.to_queries.weight
    (ours,) = torch.autograd.grad(got, mine, upstream, retain_graph=True)
    (both,) = torch.autograd.grad(
        expected, theirs.encoder.layers[0].self_attn.in_proj_weight, upstream, retain_graph=True
    )
    assert_close(ours, both[: len(ours)], atol=1e-5, rtol=0)
    (ours,) = torch.autograd.grad(got, model.decoder[1].cross.to_values.weight, upstream)
    (both,) = torch.autograd.grad(
        expected, theirs.decoder.layers[1].multihead_attn.in_proj_weight, upstream
    )
    assert_close(ours, both[-len(ours) :], atol=1e-5, rtol=0)


@pytest.mark.parametrize("norm", ["post", "pre"])
@pytest.mark.parametrize("impl", ["plain", "sdpa"])
def test_writing_token_by_token_equals_reading_the_target_at_once(norm, impl):
    model = make(norm=norm, impl=impl).eval()
    source, inputs, _ = pair_tensors(PAIRS)
    state, scores = model.start(source), []
    for tokens in inputs.unbind(1):
        logits, state = model.step(tokens, state)
        scores.append(logits)
    assert_close(torch.stack(scores, dim=1), model(source, inputs), atol=1e-5, rtol=0)


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_alignments_are_the_weights_of_the_last_look_at_the_source(norm):
    model = make(norm=norm, impl="plain").eval()
    source, inputs, _ = pair_tensors(PAIRS)
    seen = {}
    cross = model.decoder[-1].cross
    hook = cross.register_forward_hook(lambda _, given, made: seen.update(x=given[0]))
    model(source, inputs)
    hook.remove()
    memory, allowed = model.encode(source), (source != PAD)[:, None, None]
    got = model.alignments(source, inputs)
    assert_close(got, cross.weights(seen["x"], memory, allowed).mean(1))
    assert_close(got.sum(-1), torch.ones(3, inputs.size(1)))
    assert (got.masked_select((source == PAD)[:, None].expand_as(got)) == 0).all()


def test_padding_changes_nothing():
    model = make().eval()
    source, inputs, _ = pair_tensors(PAIRS)
    for row, (ids, _) in enumerate(PAIRS):
        alone = model(torch.tensor([ids]), inputs[row : row + 1])
        assert_close(alone[0], model(source, inputs)[row], atol=1e-5, rtol=0)


def test_the_decoder_does_not_see_what_it_has_yet_to_write():
    model = make().eval()
    source, inputs, _ = pair_tensors(PAIRS)
    before = model(source, inputs)
    changed = inputs.clone()
    changed[:, 2] = 12
    after = model(source, changed)
    assert torch.equal(after[:, :2], before[:, :2])
    assert not torch.equal(after[:, 2:], before[:, 2:])


def test_label_smoothing_is_torchs_in_training_and_absent_in_evaluation():
    model = make(label_smoothing=0.1)
    batch = pair_tensors(PAIRS)
    plain = model.eval().loss(*batch)
    smooth = model.train().loss(*batch)
    logits = model(*batch[:2]).log_softmax(-1)
    kept = batch[2] != -100
    nll = -logits.gather(2, batch[2].clamp(min=0)[..., None])[..., 0][kept].mean()
    assert_close(plain, nll)
    assert_close(smooth, 0.9 * nll + 0.1 * -logits.mean(-1)[kept].mean())


def test_shared_embeddings_are_one_table_and_the_base_model_has_the_papers_size():
    model = make(source_vocab=13, share=True)
    assert model.source_embedding is model.target_embedding
    with torch.device("meta"):
        base = Transformer(TransformerConfig.preset("base", 37_000, 37_000))
        big = Transformer(TransformerConfig.preset("big", 37_000, 37_000))
    # Table 3 of the paper: 65 and 213 million.
    assert round(sum(p.numel() for p in base.parameters()) / 1e6) in range(62, 67)
    assert round(sum(p.numel() for p in big.parameters()) / 1e6) in range(208, 218)


def test_without_positions_the_encoder_does_not_know_order():
    model = make(positions=False).eval()
    swapped = model.encode(torch.tensor([[6, 5, 7]]))
    assert_close(model.encode(torch.tensor([[5, 6, 7]]))[:, [1, 0, 2]], swapped)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"d_model": 0}, "d_model is 0"),
        ({"n_layers": True}, "n_layers is True"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"n_heads": 3}, "n_heads=3 does not divide d_model=16"),
        ({"norm": "none"}, "norm 'none' is unknown; choose one of post, pre"),
        ({"activation": "tanh"}, "activation 'tanh' is unknown"),
        ({"impl": "flash"}, "impl 'flash' is unknown"),
        ({"share": True}, "share=True needs one vocabulary, but source_vocab=11"),
    ],
)
def test_a_bad_shape_is_refused(changes, message):
    with pytest.raises(LabError, match=message):
        make(**changes)


def test_bad_sources_are_refused():
    model = make()
    inputs = torch.tensor([[BEGIN]])
    with pytest.raises(LabError, match="row 1 of the source is nothing but PAD"):
        model(torch.tensor([[5], [PAD]]), inputs.expand(2, 1))
    with pytest.raises(LabError, match=r"the source has shape \(1, 0\)"):
        model(torch.empty(1, 0, dtype=torch.long), inputs)
    with pytest.raises(LabError, match="max_length is 12 but the sequence has 13 tokens"):
        model(torch.full((1, 13), 5), inputs)
    with pytest.raises(LabError, match="transformer 'huge' is unknown; choose one of toy, base"):
        TransformerConfig.preset("huge", 9, 9)
