"""A trained GPT as one compact file for a page, where gpt.js runs it: no server, no download.

The file is a safetensors file, so the field's own library opens it too: eight bytes with the
header's length, a header in JSON, then the weights in 16 or 32 bits. The shape and the vocabulary
stand in the header's metadata. gpt.js (the forward pass), sampling.js and tokens.js lie beside this
file and give what torch gives.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save

from gptlab.errors import LabError
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.text.files import atomic_write
from gptlab.text.tokenizers import END_OF_TEXT, BPETokenizer, Tokenizer

PRECISIONS = {"float16": torch.float16, "float32": torch.float32}
_FORMAT = "gptlab page model"
_SHAPE = ("vocab_size", "context_length", "d_model", "n_heads", "n_layers", "d_ff")


def page_model(
    model: GPT,
    tokens: Tokenizer | Sequence[str],
    precision: str = "float16",
    start: int | None = None,
) -> bytes:
    """The file's bytes: weights, shape and vocabulary of a model.

    `tokens` is the tokenizer, or, for a model whose tokens are words, the word of each id. `start`
    is the id that stands before every text (default: end of text, if the tokenizer has one).
    "float16" halves the size; the page then computes with weights rounded to three digits.

    Raises LabError for another precision, a vocabulary of another size than the model's, weights
    that are no finite numbers or too large for 16 bits, and a start that is no token.
    """
    if precision not in PRECISIONS:
        raise LabError(f"precision {precision!r} is unknown; choose one of {', '.join(PRECISIONS)}")
    settings = _tokens(tokens, model.config.vocab_size)
    settings["start"] = start if start is not None else settings["start"]
    if start is not None and not 0 <= start < model.config.vocab_size:
        raise LabError(f"start is {start}, no token id: give 0 … {model.config.vocab_size - 1}")
    shape = {name: getattr(model.config, name) for name in _SHAPE}
    with torch.device("meta"):
        known = GPT(GPTConfig(**shape)).state_dict().keys()
    if odd := sorted(model.state_dict().keys() ^ known):
        raise LabError(
            f"the page runs GPT-2's forward pass, and this model differs in {odd[0]}; "
            "export one without other parts"
        )
    weights = {}
    for name, value in model.state_dict().items():
        weights[name] = value.detach().cpu().to(PRECISIONS[precision]).contiguous()
        if not weights[name].isfinite().all():
            raise LabError(
                f"{name} holds numbers that {precision} cannot; "
                "train the model again, or export it as float32"
            )
    metadata = {"format": _FORMAT, "config": _json(shape), "tokens": _json(settings)}
    return save(weights, metadata)


def save_page_model(data: bytes, path: str | os.PathLike[str]) -> Path:
    """Write the bytes of `page_model` to a file, whole or not at all."""
    with atomic_write(path) as file:
        file.write(data)
    return Path(path)


def load_page_model(path: str | os.PathLike[str]) -> tuple[GPT, dict[str, Any]]:
    """The model of such a file, in fp32 with the weights as the page has them, and its vocabulary.

    Raises LabError for a file that is missing, damaged, or of another kind.
    """
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
        if metadata.get("format") != _FORMAT:
            raise LabError(f"{path} is no {_FORMAT}; give a file that save_page_model wrote")
        model = GPT(GPTConfig(**json.loads(metadata["config"])))
        model.load_state_dict(
            {name: value.float() for name, value in load(Path(path).read_bytes()).items()}
        )
    except (OSError, SafetensorError, KeyError, ValueError, RuntimeError) as error:
        if isinstance(error, LabError):
            raise
        raise LabError(f"{path} cannot be read ({error}); export the model again") from error
    return model.eval(), json.loads(metadata["tokens"])


def as_base64(data: bytes) -> str:
    """The bytes as text that can stand inside a page; a third longer."""
    return base64.b64encode(data).decode()


def page_script(*names: str) -> str:
    """The JavaScript of the named files beside this one: "gpt", "sampling", "tokens".

    Raises LabError for another name.
    """
    folder = Path(__file__).parent
    if missing := [name for name in names if not (folder / f"{name}.js").is_file()]:
        raise LabError(f"there is no script {missing[0]!r}; choose gpt, sampling or tokens")
    return "\n".join((folder / f"{name}.js").read_text(encoding="utf-8") for name in names)


def _tokens(tokens: Tokenizer | Sequence[str], vocab_size: int) -> dict[str, Any]:
    """What tokens.js needs to know: the kind, the piece of text of each id, and BPE's merges."""
    count = tokens.vocab_size if isinstance(tokens, Tokenizer) else len(tokens)
    if count != vocab_size:
        raise LabError(
            f"the model knows {vocab_size} tokens, the vocabulary has {count}; "
            "give the tokenizer that the model was trained with"
        )
    if not isinstance(tokens, Tokenizer):
        return {"kind": "word", "pieces": list(tokens), "ordinary": count, "start": None}
    settings: dict[str, Any] = {
        "kind": tokens.kind,
        "pieces": [_piece(tokens.token_bytes(i)) for i in range(count)],
        "ordinary": count - len(tokens.special_tokens),
        "start": tokens.special_tokens.get(END_OF_TEXT),
    }
    if isinstance(tokens, BPETokenizer):
        settings["merges"] = [list(pair) for pair in tokens.merges]
    return settings


def _piece(data: bytes) -> str | list[int]:
    """The text of a token; its bytes, where they are no whole characters."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return list(data)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
