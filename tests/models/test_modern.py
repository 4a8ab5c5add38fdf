"""The parts since 2017: transformers' Llama, GPT-2 as a special case, cache, counts, experts."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlab.errors import LabError
from gptlab.generation.cache import new_cache
from gptlab.layers.experts import Experts
from gptlab.layers.feedforward import SwiGLU
from gptlab.layers.grouped_attention import GroupedQueryAttention
from gptlab.layers.rotary import rotary_angles, rotate
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.models.llama_files import export_llama, load_llama
from gptlab.models.modern import ModernConfig, ModernGPT

TOKENS = torch.randint(0, 17, (3, 10), generator=torch.manual_seed(0))
SIZE = {"context_length": 12, "d_model": 24, "n_heads": 4, "n_layers": 2}


def make(seed=0, **changes):
    torch.manual_seed(seed)
    model = ModernGPT(ModernConfig(17, **{**SIZE, **changes}))
    return stirred(model)


def stirred(model):
    for name, p in model.named_parameters():
        nn.init.normal_(p, mean=float(p.dim() == 1 and name.endswith("weight")), std=0.2)
    return model


def hugging_faces_llama(n_kv_heads, tie, folder):
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=17, hidden_size=24, num_attention_heads=4, num_key_value_heads=n_kv_heads,
        num_hidden_layers=2, intermediate_size=40, max_position_embeddings=12,
        tie_word_embeddings=tie, rms_norm_eps=1e-5, rope_theta=500.0,
        bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    theirs = stirred(LlamaForCausalLM(config)).eval()
    theirs.save_pretrained(folder)
    return theirs


@pytest.mark.parametrize("n_kv_heads", [1, 2, 4])
@pytest.mark.parametrize("tie", [True, False])
def test_llamas_weights_read_here_give_llamas_logits_and_gradients(n_kv_heads, tie, tmp_path):
    theirs = hugging_faces_llama(n_kv_heads, tie, tmp_path)
    ours = load_llama(tmp_path)
    got, expected = ours(TOKENS), theirs(TOKENS).logits
    assert_close(got, expected, atol=1e-5, rtol=1e-5)
    upstream = torch.randn_like(got)
    got.backward(upstream)
    expected.backward(upstream)
    layer = theirs.model.layers[0]
    mine = ours.blocks[0].attention.to_qkv.weight.grad
    parts = (layer.self_attn.q_proj, layer.self_attn.k_proj, layer.self_attn.v_proj)
    assert_close(mine, torch.cat([p.weight.grad for p in parts]), atol=1e-4, rtol=1e-4)
    assert_close(
        ours.blocks[0].mlp.to_gate.weight.grad,
        layer.mlp.gate_proj.weight.grad,
        atol=1e-4,
        rtol=1e-4,
    )


@pytest.mark.parametrize("impl", ["plain", "sdpa"])
def test_weights_written_here_are_read_by_transformers_and_back(impl, tmp_path):
    from transformers import LlamaForCausalLM

    model = make(n_kv_heads=2, tie=False, rotary_base=300.0, impl=impl).eval()
    export_llama(model, tmp_path)
    theirs = LlamaForCausalLM.from_pretrained(tmp_path).eval()
    assert_close(model(TOKENS), theirs(TOKENS).logits, atol=1e-5, rtol=1e-5)
    back = load_llama(tmp_path)
    assert all(
        torch.equal(a, b) for a, b in zip(back.parameters(), model.parameters(), strict=True)
    )


def test_with_every_switch_at_gpt2s_side_it_is_the_gpt():
    torch.manual_seed(1)
    gpt = stirred(GPT(GPTConfig(17, context_length=12, d_model=24, n_heads=4, n_layers=2)))
    model = ModernGPT(ModernConfig.like_gpt2(17, **SIZE))
    model.load_state_dict(gpt.state_dict())
    assert_close(model(TOKENS), gpt(TOKENS))
    assert model.config.parameter_count() == gpt.config.parameter_count()
    assert model.config.flops_per_token() == gpt.config.flops_per_token()


@pytest.mark.parametrize("changes", [
    {}, {"n_kv_heads": 2, "tie": False}, {"mlp": "experts", "n_experts": 5, "n_active": 2},
    {"norm": "layer", "positions": "learned", "mlp": "gelu", "bias": True},
    {"mlp": "swiglu", "bias": True, "n_kv_heads": 1}, {"mlp": "experts", "bias": True},
])  # fmt: skip
def test_parameters_are_counted_right(changes):
    model = make(**changes)
    assert model.config.parameter_count() == sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize("changes", [{}, {"n_kv_heads": 2}, {"mlp": "experts"},
                                     {"positions": "learned"}])  # fmt: skip
@pytest.mark.parametrize("cuts", [[10], [4, 6], [1] * 10])
def test_reading_with_a_cache_equals_reading_at_once(changes, cuts):
    model = make(**changes).eval()
    cache, start, pieces = new_cache(2, 12), 0, []
    for piece in TOKENS.split(cuts, dim=1):
        pieces.append(model(piece, cache, start))
        start += piece.size(1)
    assert_close(torch.cat(pieces, dim=1), model(TOKENS), atol=1e-5, rtol=0)
    kv = model.config.n_kv_heads or 4
    assert cache[0].keys.shape == (3, kv, 12, 6)


def test_rotary_scores_depend_on_the_distance_alone():
    draw = torch.Generator().manual_seed(4)
    q, k = torch.randn(2, 8, generator=draw)
    at = lambda z, t: rotate(z.view(1, 1, 1, 8), rotary_angles(1, 8, start=t)).flatten()  # noqa: E731
    scores = torch.stack([at(q, 5 + s) @ at(k, 2 + s) for s in range(0, 60, 7)])
    assert_close(scores, scores[:1].expand_as(scores), atol=1e-4, rtol=0)
    assert_close(at(q, 9).norm(), q.norm())
    assert not torch.allclose(scores[0], at(q, 6) @ at(k, 2), atol=1e-3)


def test_rotary_is_complex_multiplication():
    z, angles = torch.randn(2, 3, 5, 8), rotary_angles(5, 8, base=100.0, start=3)
    turned = torch.complex(z[..., :4], z[..., 4:]) * torch.polar(torch.ones(5, 4), angles)
    assert_close(rotate(z, angles), torch.cat((turned.real, turned.imag), dim=-1))


def test_rms_norm_equals_torchs():
    from gptlab.layers.norms import RMSNorm

    x = torch.randn(4, 6) * 3
    by_hand = x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    assert_close(RMSNorm(6)(x), by_hand)
    assert_close(RMSNorm(6, eps=1e-6)(x), nn.RMSNorm(6, eps=1e-6)(x))


def test_experts_add_up_what_the_router_chose():
    torch.manual_seed(5)
    layer = stirred(Experts(6, 10, n_experts=4, n_active=2))
    x = torch.randn(2, 5, 6)
    scores = layer.router(x)
    expected = torch.zeros_like(x)
    for b in range(2):
        for t in range(5):
            best, chosen = scores[b, t].topk(2)
            for w, i in zip(best.softmax(0), chosen.tolist(), strict=True):
                expected[b, t] += w * layer.experts[i](x[b, t])
    assert_close(layer(x), expected)
    # 1 where all are used alike; at most as many as there are experts, where one does everything.
    assert 0 < layer.balance < 4
    with torch.no_grad():
        layer.router.weight.zero_()
    layer(x)
    assert_close(layer.balance, torch.tensor(1.0))


def test_one_expert_of_one_is_the_perceptron():
    layer = Experts(6, 10, n_experts=1, n_active=1)
    x = torch.randn(2, 5, 6)
    alone = SwiGLU(6, 10)
    alone.load_state_dict(layer.experts[0].state_dict())
    assert_close(layer(x), alone(x))


def test_the_balance_joins_the_loss_in_training_only():
    model = make(mlp="experts", balance=0.5)
    inputs, targets = TOKENS[:, :-1], TOKENS[:, 1:]
    plain = model.eval().loss(inputs, targets)
    mean = torch.stack([b.mlp.balance for b in model.blocks]).mean()
    assert_close(model.train().loss(inputs, targets), plain + 0.5 * mean)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_kv_heads": 3}, "n_kv_heads=3 does not divide n_heads=4"),
        ({"n_heads": 5}, "n_heads=5 does not divide d_model=24"),
        ({"d_model": 12}, "d_head is 3; rotary positions turn pairs and need an even number"),
        ({"mlp": "relu"}, "mlp 'relu' is unknown; choose one of gelu, swiglu, experts"),
        ({"mlp": "experts", "n_active": 9}, "n_active=9 of n_experts=8"),
        ({"n_layers": True}, "n_layers is True"),
        ({"dropout": 1.0}, "dropout is 1.0"),
    ],
)
def test_bad_shapes_are_refused(changes, message):
    with pytest.raises(LabError, match=message):
        make(**changes)


def test_a_text_beyond_the_context_is_refused():
    with pytest.raises(LabError, match="context_length is 12 but the text has 13 tokens"):
        make()(torch.zeros(1, 13, dtype=torch.long))


def test_bad_llama_folders_are_refused(tmp_path):
    import json

    from safetensors.torch import load_file, save_file

    with pytest.raises(LabError, match=r"config\.json is missing or no JSON"):
        load_llama(tmp_path)
    export_llama(make(), tmp_path)
    config, path = (
        json.loads((tmp_path / "config.json").read_text()),
        tmp_path / "model.safetensors",
    )
    weights = load_file(path)

    def refuse(message, settings=config, stored=weights):
        (tmp_path / "config.json").write_text(json.dumps(settings))
        save_file(stored, path)
        with pytest.raises(LabError, match=message):
            load_llama(tmp_path)

    refuse("model_type = 'mistral'; Llama has", {**config, "model_type": "mistral"})
    refuse("stretches its rotary positions", {**config, "rope_scaling": {"rope_type": "llama3"}})
    refuse("head_dim = 32", {**config, "head_dim": 32})
    refuse("does not say hidden_size", {k: v for k, v in config.items() if k != "hidden_size"})
    refuse("which its config.json does not ask for", {**config, "intermediate_size": 8})
    refuse("has 'more'", stored={**weights, "more": torch.zeros(1)})
    gone = {k: v for k, v in weights.items() if k != "model.norm.weight"}
    refuse(r"lacks 'model\.norm\.weight'", stored=gone)
    with pytest.raises(LabError, match="Llama has norm='rms'"):
        export_llama(make(norm="layer"), tmp_path)
    path.unlink()
    with pytest.raises(LabError, match=r"holds no \.safetensors file"):
        load_llama(tmp_path)


def test_multi_query_is_attention_with_one_head_of_keys():
    torch.manual_seed(6)
    layer = GroupedQueryAttention(8, 2, n_kv_heads=1, rotary_base=None)
    full = GroupedQueryAttention(8, 2, rotary_base=None)
    with torch.no_grad():
        q, k, v = layer.to_qkv.weight.split(layer.widths)
        full.to_qkv.weight.copy_(torch.cat((q, k, k, v, v)))
        full.to_out.weight.copy_(layer.to_out.weight)
    x = torch.randn(2, 5, 8)
    assert_close(layer(x), full(x))
