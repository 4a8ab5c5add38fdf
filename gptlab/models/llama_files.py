"""Weights in Hugging Face's Llama format, read and written: `config.json` + safetensors files.

Llama keeps queries, keys and values in three matrices, ours one above the other in one. Models of
several files are read too; Llama 3.1's stretched rotary frequencies are another model, and refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from gptlab.errors import LabError
from gptlab.models.modern import ModernConfig, ModernGPT
from gptlab.models.pretrained import download, write_files

# Ours → theirs, inside one block; several of theirs stand one above the other in one of ours.
LLAMA_BLOCK = {
    "norm_attention.weight": ("input_layernorm.weight",),
    "attention.to_qkv.weight": tuple(f"self_attn.{z}_proj.weight" for z in "qkv"),
    "attention.to_out.weight": ("self_attn.o_proj.weight",),
    "norm_mlp.weight": ("post_attention_layernorm.weight",),
    "mlp.to_gate.weight": ("mlp.gate_proj.weight",),
    "mlp.to_hidden.weight": ("mlp.up_proj.weight",),
    "mlp.to_out.weight": ("mlp.down_proj.weight",),
}
LLAMA_OUTSIDE = {
    "embedding.weight": ("model.embed_tokens.weight",),
    "norm.weight": ("model.norm.weight",),
    "unembedding.weight": ("lm_head.weight",),
}
SETTINGS = ("vocab_size", "hidden_size", "num_attention_heads", "num_hidden_layers",
            "intermediate_size", "max_position_embeddings")  # fmt: skip


def llama_names(name: str) -> tuple[str, ...]:
    """The names that `transformers` gives one of our parameters, or the parts of it.

    >>> llama_names("blocks.2.attention.to_qkv.weight")[1]
    'model.layers.2.self_attn.k_proj.weight'
    """
    if name.startswith("blocks."):
        _, layer, inside = name.split(".", 2)
        return tuple(f"model.layers.{layer}.{theirs}" for theirs in LLAMA_BLOCK[inside])
    return LLAMA_OUTSIDE[name]


def export_llama(model: ModernGPT, folder: Path | str) -> None:
    """Write `model` so that `transformers.LlamaForCausalLM.from_pretrained(folder)` reads it.

    Raises LabError for a model with other parts than Llama's, or a folder that cannot be written.
    """
    c = model.config
    if (c.norm, c.positions, c.mlp, c.bias) != ("rms", "rotary", "swiglu", False):
        raise LabError(
            f"norm={c.norm!r}, positions={c.positions!r}, mlp={c.mlp!r}, bias={c.bias}: Llama has "
            "norm='rms', positions='rotary', mlp='swiglu' and no bias"
        )
    weights: dict[str, Tensor] = {}
    for name, weight in model.named_parameters():
        theirs = llama_names(name)
        widths = model.blocks[0].attention.widths if len(theirs) > 1 else [len(weight)]  # type: ignore[union-attr]
        parts = weight.detach().split(list(widths))  # type: ignore[arg-type]
        weights |= {k: part.contiguous() for k, part in zip(theirs, parts, strict=True)}
    settings = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "vocab_size": c.vocab_size,
        "hidden_size": c.d_model,
        "num_attention_heads": c.n_heads,
        "num_key_value_heads": c.n_kv_heads or c.n_heads,
        "num_hidden_layers": c.n_layers,
        "intermediate_size": c.hidden,
        "max_position_embeddings": c.context_length,
        "rms_norm_eps": c.eps,
        "rope_theta": c.rotary_base,
        "tie_word_embeddings": c.tie,
        "attention_bias": False,
        "mlp_bias": False,
        "bos_token_id": c.vocab_size - 1,
        "eos_token_id": c.vocab_size - 1,
    }
    text = json.dumps(settings, indent=2) + "\n"
    write_files(
        Path(folder),
        {
            "model.safetensors": lambda p: save_file(weights, p, {"format": "pt"}),
            "config.json": lambda p: p.write_text(text, encoding="utf-8"),
        },
    )


def read_llama_config(folder: Path) -> ModernConfig:
    """The shape of a saved Llama. Raises LabError for a missing file or another kind of model."""
    path = folder / "config.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise LabError(f"{path} is missing or no JSON ({problem}); is this a model?") from problem
    expected = {"model_type": "llama", "hidden_act": "silu", "attention_bias": False,
                "mlp_bias": False}  # fmt: skip
    for key, value in expected.items():
        if found.get(key, value) != value:
            raise LabError(f"{path} has {key} = {found[key]!r}; Llama has {key} = {value!r}")
    if missing := [key for key in SETTINGS if key not in found]:
        raise LabError(f"{path} does not say {missing[0]}; take the config.json of a Llama model")
    rope = found.get("rope_parameters") or found.get("rope_scaling") or {}
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind != "default":
        raise LabError(
            f"{path} stretches its rotary positions ({kind!r}); this model has plain ones, as "
            "Llama 1, 2 and 3.0 do"
        )
    n_heads, d_model = found["num_attention_heads"], found["hidden_size"]
    if found.get("head_dim") not in (None, d_model // n_heads):
        raise LabError(
            f"{path} has head_dim = {found['head_dim']}; here it is hidden_size / "
            f"num_attention_heads = {d_model // n_heads}"
        )
    return ModernConfig(
        vocab_size=found["vocab_size"],
        context_length=found["max_position_embeddings"],
        d_model=d_model,
        n_heads=n_heads,
        n_layers=found["num_hidden_layers"],
        n_kv_heads=found.get("num_key_value_heads") or n_heads,
        d_ff=found["intermediate_size"],
        tie=found.get("tie_word_embeddings", False),
        rotary_base=float(rope.get("rope_theta", found.get("rope_theta", 10_000.0))),
        eps=found.get("rms_norm_eps", 1e-6),
    )


def load_llama(name_or_folder: Path | str) -> ModernGPT:
    """A model with Llama's weights, in eval mode: a folder in the hub's format or "owner/name".

    Raises LabError when files are missing, damaged, or of another kind or shape of model.
    """
    folder = Path(name_or_folder)
    if not folder.is_dir():
        folder = download(str(name_or_folder))
    with torch.device("meta"):  # shapes only: every weight comes from the files, none is drawn
        model = ModernGPT(read_llama_config(folder))
    stored: dict[str, Tensor] = {}
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise LabError(f"{folder} holds no .safetensors file; is this a model?")
    for path in files:
        try:
            stored |= load_file(path)
        except (OSError, SafetensorError) as problem:
            raise LabError(f"{path} is missing or damaged: {problem}") from problem
    if model.config.tie:
        stored.pop("lm_head.weight", None)  # some files hold the tied table a second time
    stored = {k: v for k, v in stored.items() if not k.endswith("rotary_emb.inv_freq")}
    _copy(stored, model, folder)
    return model.eval()


@torch.no_grad()
def _copy(stored: dict[str, Tensor], model: ModernGPT, folder: Path) -> None:
    wanted = {name: llama_names(name) for name, _ in model.named_parameters()}
    theirs = {k for names in wanted.values() for k in names}
    if extra := stored.keys() - theirs:
        raise LabError(f"{folder} has {min(extra)!r}, which a Llama does not; is it another model?")
    if missing := theirs - stored.keys():
        raise LabError(f"{folder} lacks {min(missing)!r}; are all its files there?")
    for name, weight in model.named_parameters():
        parts = [tuple(stored[k].shape) for k in wanted[name]]
        rows = sum(part[0] for part in parts)
        if (rows, *parts[0][1:]) != tuple(weight.shape):
            raise LabError(
                f"{folder}: {wanted[name][0]!r} has shape {parts[0]}, which its config.json does "
                "not ask for; take both from one model"
            )
    model.to_empty(device="cpu")
    for name, weight in model.named_parameters():
        weight.copy_(torch.cat([stored[k] for k in wanted[name]]))
