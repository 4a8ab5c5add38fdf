"""The GPT against transformers.GPT2LMHeadModel, through files in the hub's format, both ways."""

import json
import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before the import: no test may reach out

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch.testing import assert_close
from transformers import GPT2Config, GPT2LMHeadModel

from gptlab.errors import LabError
from gptlab.generation.sampling import GREEDY, generate_tokens
from gptlab.models import pretrained
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.models.pretrained import export_gpt2, hugging_face_name, load_gpt2

transformers.utils.logging.set_verbosity_error()
SHAPE = GPTConfig(vocab_size=61, context_length=32, d_model=48, n_heads=4, n_layers=3)


def shake(model, seed=1):
    """Weights far from initialisation, so that nothing is zero, one, or alike by accident."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            # Strong positions keep greedy text from repeating one token for ever.
            std = 0.5 if "wpe" in name or "positions" in name else 0.15
            p.add_(torch.empty_like(p).normal_(std=std, generator=generator))
    return model


def theirs_like(shape=SHAPE, **changes):
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=shape.vocab_size,
        n_positions=shape.context_length,
        n_embd=shape.d_model,
        n_head=shape.n_heads,
        n_layer=shape.n_layers,
        n_inner=shape.d_ff,
        bos_token_id=0,
        eos_token_id=0,
        **{"embd_pdrop": 0.0, "attn_pdrop": 0.0, "resid_pdrop": 0.0, **changes},
    )
    return shake(GPT2LMHeadModel(config)).eval()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What `save_pretrained` writes; tests that damage it make a copy first."""
    place = tmp_path_factory.mktemp("theirs")
    theirs_like().save_pretrained(place)
    return place


@pytest.fixture
def copied(folder, tmp_path):
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    return tmp_path


def change_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def tokens(batch=3, time=32, seed=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(SHAPE.vocab_size, (batch, time), generator=generator)


def assert_same_model(ours, theirs):
    """Logits to 1e-4, loss, and every gradient to 1e-5 of its largest value."""
    x = tokens()
    assert_close(ours(x), theirs(x).logits, atol=1e-4, rtol=0)
    our_loss = ours.loss(x[:, :-1], x[:, 1:])
    their_loss = theirs(x, labels=x).loss
    assert_close(our_loss, their_loss, atol=1e-5, rtol=0)
    our_loss.backward()
    their_loss.backward()
    wanted = dict(theirs.transformer.named_parameters())
    assert {hugging_face_name(n) for n, _ in ours.named_parameters()} == wanted.keys()
    for name, p in ours.named_parameters():
        gradient = wanted[hugging_face_name(name)].grad
        gradient = gradient.T if pretrained.is_turned(name) else gradient
        assert gradient.abs().max() > 1e-6  # or the comparison would say nothing
        assert_close(p.grad, gradient, atol=1e-5 * gradient.abs().max().item(), rtol=0)


@pytest.mark.parametrize("impl", ["sdpa", "plain"])
@pytest.mark.parametrize("d_ff", [None, 80])
def test_theirs_to_ours(tmp_path, impl, d_ff):
    theirs = theirs_like(GPTConfig(**{**vars(SHAPE), "d_ff": d_ff}))
    theirs.save_pretrained(tmp_path)
    ours = load_gpt2(tmp_path)
    assert ours.config == GPTConfig(**{**vars(SHAPE), "d_ff": d_ff})
    for block in ours.blocks:
        block.attention.impl = impl
    assert_same_model(ours, theirs)


@pytest.mark.parametrize("d_ff", [None, 80])
def test_ours_to_theirs(tmp_path, d_ff):
    ours = shake(GPT(GPTConfig(**{**vars(SHAPE), "d_ff": d_ff})))
    export_gpt2(ours, tmp_path / "new" / "folder")
    theirs, report = GPT2LMHeadModel.from_pretrained(
        tmp_path / "new" / "folder", output_loading_info=True
    )
    assert not any(report[k] for k in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert_same_model(ours, theirs.eval())


def test_there_and_back_is_the_same_to_the_bit(tmp_path):
    ours = shake(GPT(SHAPE))
    export_gpt2(ours, tmp_path)
    export_gpt2(ours, tmp_path)  # a second time over the first
    assert sorted(p.name for p in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    again = load_gpt2(tmp_path)
    assert again.config == ours.config
    assert not again.training
    for name, weight in again.named_parameters():
        assert torch.equal(weight, ours.get_parameter(name)), name


def test_greedy_text_is_theirs(folder):
    ours, theirs = load_gpt2(folder), GPT2LMHeadModel.from_pretrained(folder)
    prompt = tokens(time=5)
    expected = theirs.generate(
        prompt, attention_mask=torch.ones_like(prompt), do_sample=False, max_new_tokens=27,
        eos_token_id=None, pad_token_id=0,
    )  # fmt: skip
    new = torch.stack(list(generate_tokens(ours, prompt, 27, GREEDY)), dim=1)
    assert torch.equal(torch.cat([prompt, new], dim=1), expected)
    assert new.unique().numel() > 5


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_the_hubs_own_files_have_shorter_names_and_buffers(copied, dtype):
    path = copied / "model.safetensors"
    weights = {k.removeprefix("transformer."): v.to(dtype) for k, v in load_file(path).items()}
    for i in range(SHAPE.n_layers):
        weights[f"h.{i}.attn.bias"] = torch.ones(1, 1, 32, 32).tril()
        weights[f"h.{i}.attn.masked_bias"] = torch.tensor(-1e4)
    save_file(weights, path)
    ours = load_gpt2(copied)
    assert all(p.dtype is torch.float32 for p in ours.parameters())
    assert torch.equal(ours.embedding.weight, weights["wte.weight"].float())
    assert torch.equal(ours.blocks[2].mlp.to_out.weight, weights["h.2.mlp.c_proj.weight"].float().T)


def test_a_tied_unembedding_stored_twice_is_read(copied):
    path = copied / "model.safetensors"
    weights = load_file(path)
    save_file({**weights, "lm_head.weight": weights["transformer.wte.weight"].clone()}, path)
    assert_close(load_gpt2(copied).embedding.weight, weights["transformer.wte.weight"])


def test_loading_leaves_the_random_generator_alone(folder):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    load_gpt2(folder)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"model_type": "llama"}, r"model_type = 'llama'.*reads models with model_type = 'gpt2'"),
        ({"activation_function": "relu"}, r"activation_function = 'relu'.*'gelu_new'"),
        ({"layer_norm_epsilon": 1e-6}, r"layer_norm_epsilon = 1e-06"),
        ({"tie_word_embeddings": False}, r"tie_word_embeddings = False"),
        ({"scale_attn_by_inverse_layer_idx": True}, r"scale_attn_by_inverse_layer_idx = True"),
        ({"n_head": 5}, r"n_heads=5 does not divide d_model=48"),
        ({"n_layer": "three"}, r"n_layers is 'three'; it must be a whole number"),
        ({"n_inner": 0}, r"d_ff is 0; it must be a whole number of at least 1"),
        ({"n_layer": 4}, r"lacks 'h\.3\..*is the file complete"),
        ({"n_layer": 2}, r"has 'h\.2\..*which a GPT-2 does not"),
        ({"vocab_size": 60}, r"'wte\.weight' has shape \(61, 48\).*asks for \(60, 48\)"),
        ({"vocab_size": 10**13}, r"asks for \(10000000000000, 48\)"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(copied, changes, expected):
    change_config(copied, **changes)
    with pytest.raises(LabError, match=expected):
        load_gpt2(copied)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "no JSON"),
        ("[1]", "no settings, only list"),
        ('{"model_type": "gpt2", "vocab_size": 61}', "does not say n_positions"),
        (None, "missing"),
    ],
)
def test_a_config_that_is_none_is_refused(copied, text, expected):
    (copied / "config.json").unlink()
    if text is not None:
        (copied / "config.json").write_text(text)
    with pytest.raises(LabError, match=expected):
        load_gpt2(copied)


@pytest.mark.parametrize("size", [None, 0, 5, 1000, -1])
def test_a_damaged_file_is_refused(copied, size):
    path = copied / "model.safetensors"
    content = path.read_bytes()
    path.unlink() if size is None else path.write_bytes(content[:size])
    with pytest.raises(LabError, match=r"model\.safetensors is missing or damaged"):
        load_gpt2(copied)


@pytest.mark.parametrize(
    ("name", "replace", "expected"),
    [
        ("transformer.h.1.ln_2.bias", None, r"lacks 'h\.1\.ln_2\.bias'"),
        ("transformer.wpe.weight", None, r"lacks 'wpe\.weight'"),
        ("transformer.ln_f.weight", (47,), r"'ln_f\.weight' has shape \(47,\).*asks for \(48,\)"),
        ("transformer.h.0.attn.c_attn.weight", (144, 48), r"shape \(144, 48\).*\(48, 144\)"),
        ("transformer.h.0.attn.c_attn.weight", (48, 144, 1), r"shape \(48, 144, 1\)"),
        ("adapter.weight", (2,), r"has 'adapter\.weight', which a GPT-2 does not"),
    ],
)
def test_a_file_with_other_tensors_is_refused_and_changes_nothing(copied, name, replace, expected):
    path = copied / "model.safetensors"
    weights = load_file(path)
    weights.pop(name, None)
    if replace is not None:
        weights[name] = torch.zeros(replace)
    save_file(weights, path)
    with pytest.raises(LabError, match=expected):
        load_gpt2(copied)
    model = GPT(SHAPE)
    before = {n: p.clone() for n, p in model.named_parameters()}
    stored = {k.removeprefix("transformer."): v for k, v in weights.items()}
    with pytest.raises(LabError, match=expected):
        pretrained.copy_weights(stored, model, path)
    assert all(torch.equal(p, before[n]) for n, p in model.named_parameters())


def test_export_over_a_file_or_on_a_full_disk_leaves_what_was_there(copied, monkeypatch):
    taken = copied / "config.json"
    with pytest.raises(LabError, match=r"could not write a model to .*choose another"):
        export_gpt2(GPT(SHAPE), taken)
    before = {p.name: p.read_bytes() for p in copied.iterdir()}

    def full_after_a_few_bytes(weights, path, metadata):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pretrained, "save_file", full_after_a_few_bytes)
    with pytest.raises(LabError, match="No space left on device"):
        export_gpt2(GPT(SHAPE), copied)
    assert {p.name: p.read_bytes() for p in copied.iterdir()} == before


def test_a_name_that_is_neither_folder_nor_model_is_refused():
    with pytest.raises(LabError, match=r"'gpt3' is neither a folder nor a model.*gpt2-xl"):
        load_gpt2("gpt3")


@pytest.mark.parametrize(("name", "asked"), [("gpt2", "openai-community/gpt2"), ("a/b", "a/b")])
def test_the_hub_is_asked_for_the_right_model_and_its_failure_is_explained(
    folder, monkeypatch, name, asked
):
    import huggingface_hub

    seen = []
    monkeypatch.setattr(
        huggingface_hub, "snapshot_download", lambda n, allow_patterns: seen.append(n) or folder
    )
    assert load_gpt2(name).config == SHAPE
    assert seen == [asked]

    def no_network(*_, **__):
        raise ConnectionError

    monkeypatch.setattr(huggingface_hub, "snapshot_download", no_network)
    told = rf"could not fetch {asked} from the hub \(ConnectionError.*HF_ENDPOINT.*or give a folder"
    with pytest.raises(LabError, match=told):
        load_gpt2(name)


@pytest.mark.parametrize("name", ["gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl"])
def test_logits_are_theirs_at_the_width_and_heads_of_every_size(tmp_path, name):
    """The real shapes but for depth, context and vocabulary, which are cut so that it is quick."""
    shape = GPTConfig.preset(name, n_layers=1, context_length=16, vocab_size=SHAPE.vocab_size)
    theirs = theirs_like(shape)
    theirs.save_pretrained(tmp_path)
    ours = load_gpt2(tmp_path)
    assert ours.config == shape
    x = tokens(batch=2, time=16)
    with torch.no_grad():
        expected = theirs(x).logits
        assert_close(ours(x), expected, atol=1e-5 * expected.abs().max().item(), rtol=0)
