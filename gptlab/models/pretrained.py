"""Weights in Hugging Face's GPT-2 format, read and written: `config.json` + `model.safetensors`.

OpenAI's GPT-2 keeps each linear weight as (inputs, outputs), torch as (outputs, inputs): those are
turned on the way. The files of the hub name tensors `h.0.…`, `transformers` `transformer.h.0.…`;
both are read, the second is written.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from gptlab.errors import LabError
from gptlab.models.gpt import GPT, GPTConfig

# Ours → theirs, inside one block.
BLOCK_NAMES = {
    "norm_attention": "ln_1",
    "attention.to_qkv": "attn.c_attn",
    "attention.to_out": "attn.c_proj",
    "norm_mlp": "ln_2",
    "mlp.to_hidden": "mlp.c_fc",
    "mlp.to_out": "mlp.c_proj",
}
OUTSIDE_NAMES = {"embedding": "wte", "positions": "wpe", "norm": "ln_f"}
HUB_SIZES = ("gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl")
# Buffers that old files carry: the causal mask, and the tied unembedding a second time.
NOT_WEIGHTS = re.compile(r"h\.\d+\.attn\.(masked_)?bias|lm_head\.weight")


def hugging_face_name(name: str) -> str:
    """The name that `transformers` gives one of our parameters.

    >>> hugging_face_name("blocks.3.mlp.to_out.weight")
    'h.3.mlp.c_proj.weight'
    """
    module, _, kind = name.rpartition(".")
    if found := re.fullmatch(r"blocks\.(\d+)\.(.+)", module):
        return f"h.{found[1]}.{BLOCK_NAMES[found[2]]}.{kind}"
    return f"{OUTSIDE_NAMES[module]}.{kind}"


def is_turned(name: str) -> bool:
    """Whether a parameter of ours lies the other way round in their files."""
    return name.endswith(("to_qkv.weight", "to_out.weight", "to_hidden.weight"))


def export_gpt2(model: GPT, folder: Path | str) -> None:
    """Write `model` so that `transformers.GPT2LMHeadModel.from_pretrained(folder)` reads it.

    Raises LabError when the folder cannot be written.
    """
    folder = Path(folder)
    weights = {}
    for name, weight in model.named_parameters():
        turned = weight.detach().T if is_turned(name) else weight.detach()
        weights[f"transformer.{hugging_face_name(name)}"] = turned.contiguous()
    config = json.dumps(export_config(model.config), indent=2) + "\n"
    write_files(
        folder,
        {
            "model.safetensors": lambda p: save_file(weights, p, {"format": "pt"}),
            "config.json": lambda p: p.write_text(config, encoding="utf-8"),
        },
    )


def write_files(folder: Path, writers: dict[str, Callable[[Path], object]]) -> None:
    """Let each writer fill the file it is named for; no file takes its name before all are whole.

    Raises LabError, and leaves what was there before, when a file cannot be written.
    """
    temporary = {name: folder / f".{name}.{os.getpid()}.part" for name in writers}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, write in writers.items():
            write(temporary[name])
            with open(temporary[name], "r+b") as file:
                os.fsync(file.fileno())
        for name in writers:
            temporary[name].replace(folder / name)
    except (OSError, SafetensorError) as problem:
        raise LabError(
            f"could not write a model to {folder}: {problem}; free some space or choose another "
            "folder"
        ) from problem
    finally:
        for path in temporary.values():
            if path.exists():
                path.unlink()


def export_config(config: GPTConfig) -> dict[str, object]:
    """`config.json` as `transformers` wants it."""
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "activation_function": "gelu_new",
        "vocab_size": config.vocab_size,
        "n_positions": config.context_length,
        "n_embd": config.d_model,
        "n_head": config.n_heads,
        "n_layer": config.n_layers,
        "n_inner": config.d_ff,
        "attn_pdrop": config.dropout,
        "embd_pdrop": config.dropout,
        "resid_pdrop": config.dropout,
        "layer_norm_epsilon": 1e-5,
        "tie_word_embeddings": True,
        # Theirs default to 50256, GPT-2's own end of text, which a smaller vocabulary lacks.
        "bos_token_id": config.vocab_size - 1,
        "eos_token_id": config.vocab_size - 1,
    }


def read_gpt2_config(folder: Path) -> GPTConfig:
    """The shape of a saved GPT-2. Raises LabError for a missing file or another kind of model."""
    path = folder / "config.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise LabError(f"{path} is missing or no JSON ({problem}); is this a model?") from problem
    if not isinstance(found, dict):
        raise LabError(f"{path} holds no settings, only {type(found).__name__}; is this a model?")
    expected = {
        "model_type": "gpt2",
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5,
        "tie_word_embeddings": True,
        "scale_attn_weights": True,
        "scale_attn_by_inverse_layer_idx": False,
    }
    for key, value in expected.items():
        if found.get(key, value) != value:
            raise LabError(
                f"{path} has {key} = {found[key]!r}, which this GPT cannot be; it reads models "
                f"with {key} = {value!r}"
            )
    for key in ("vocab_size", "n_positions", "n_embd", "n_head", "n_layer"):
        if key not in found:
            raise LabError(f"{path} does not say {key}; take the config.json of a GPT-2 model")
    return GPTConfig(
        vocab_size=found["vocab_size"],
        context_length=found["n_positions"],
        d_model=found["n_embd"],
        n_heads=found["n_head"],
        n_layers=found["n_layer"],
        d_ff=found.get("n_inner"),
        dropout=found.get("resid_pdrop", 0.0),
    )


def load_gpt2(name_or_folder: Path | str = "gpt2") -> GPT:
    """A GPT with GPT-2's weights: from a folder in the hub's format, or by name from the hub.

    Names: gpt2, gpt2-medium, gpt2-large, gpt2-xl, or any "owner/name" of the same format (needs the
    package huggingface-hub and, the first time, the internet). Dropout rates come with the model;
    it is returned in eval mode. Raises LabError when the files are missing, damaged or of another
    kind of model.
    """
    folder = Path(name_or_folder)
    if not folder.is_dir():
        folder = download(str(name_or_folder))
    path = folder / "model.safetensors"
    with torch.device("meta"):  # shapes only: every weight comes from the file, none is drawn
        model = GPT(read_gpt2_config(folder))
    try:
        stored = load_file(path)
    except (OSError, SafetensorError) as problem:
        raise LabError(f"{path} is missing or damaged: {problem}") from problem
    stored = {k.removeprefix("transformer."): v for k, v in stored.items()}
    copy_weights(stored, model, path)
    return model.eval()


@torch.no_grad()
def copy_weights(stored: dict[str, Tensor], model: GPT, path: Path) -> None:
    """Copy weights under Hugging Face's names into `model`, on the CPU if it is on "meta".

    Raises LabError when they are another model's; `model` is unchanged then.
    """
    ours = dict(model.named_parameters())
    extra = {
        k
        for k in stored.keys() - {hugging_face_name(n) for n in ours}
        if not NOT_WEIGHTS.fullmatch(k)
    }
    if extra:
        raise LabError(f"{path} has {min(extra)!r}, which a GPT-2 does not; is it another model?")
    for name, weight in ours.items():
        theirs = stored.get(hugging_face_name(name))
        if theirs is None:
            raise LabError(f"{path} lacks {hugging_face_name(name)!r}; is the file complete?")
        expected = weight.T.shape if is_turned(name) else weight.shape
        if theirs.shape != expected:
            raise LabError(
                f"{path}: {hugging_face_name(name)!r} has shape {tuple(theirs.shape)}, and the "
                f"config.json beside it asks for {tuple(expected)}; take both from one model"
            )
    if model.embedding.weight.is_meta:
        model.to_empty(device="cpu")
    for name, weight in model.named_parameters():
        theirs = stored[hugging_face_name(name)]
        weight.copy_(theirs.T if is_turned(name) else theirs)


def download(name: str) -> Path:
    """The folder of a model of the hub, fetched once and kept by huggingface-hub."""
    if name not in HUB_SIZES and "/" not in name:
        raise LabError(
            f"{name!r} is neither a folder nor a model; give a folder with config.json and "
            f"model.safetensors, or one of {', '.join(HUB_SIZES)}"
        )
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise LabError(
            "fetching from the hub needs huggingface-hub: pip install 'gptlab[scale]', or give a "
            "folder with config.json and model.safetensors"
        ) from None
    repository = name if "/" in name else f"openai-community/{name}"
    try:
        return Path(snapshot_download(repository, allow_patterns=["config.json", "*.safetensors"]))
    except Exception as problem:  # the hub raises a dozen kinds; each means: no files
        raise LabError(
            f"could not fetch {repository} from the hub ({type(problem).__name__}); check the "
            "name and the network, set HF_ENDPOINT to the address of a mirror before Python "
            "starts, or give a folder with config.json and model.safetensors"
        ) from problem
