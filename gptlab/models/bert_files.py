"""Weights in Hugging Face's BERT format, read and written.

A model is a folder with `config.json`, `model.safetensors` and, where its tokenizer is known,
`vocab.txt`. Written so that `transformers` reads `BertModel`, `BertForPreTraining`,
`BertForMaskedLM` and `BertForSequenceClassification`; read by `load_bert` as one of our classes.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gptlab.errors import LabError
from gptlab.models.bert import EPS, SEGMENTS, Bert, BertClassifier, BertConfig, BertPretraining
from gptlab.models.pretrained import write_files
from gptlab.text.wordpiece import CLS, WordPieceTokenizer

# Ours → theirs, inside one layer.
LAYER_NAMES = {
    "attention.to_queries": "attention.self.query",
    "attention.to_keys": "attention.self.key",
    "attention.to_values": "attention.self.value",
    "attention.to_out": "attention.output.dense",
    "norm_attention": "attention.output.LayerNorm",
    "mlp.to_hidden": "intermediate.dense",
    "mlp.to_out": "output.dense",
    "norm_mlp": "output.LayerNorm",
}
BERT_NAMES = {
    "embedding": "embeddings.word_embeddings",
    "positions": "embeddings.position_embeddings",
    "segments": "embeddings.token_type_embeddings",
    "norm": "embeddings.LayerNorm",
    "pooler": "pooler.dense",
}
HEAD_NAMES = {
    "transform": "cls.predictions.transform.dense",
    "norm": "cls.predictions.transform.LayerNorm",
    "next_sentence": "cls.seq_relationship",
    "to_labels": "classifier",
}
# What files hold a second time (the tied unembedding, its bias), and a count that is no weight.
NOT_WEIGHTS = re.compile(
    r"cls\.predictions\.decoder\.(weight|bias)|(bert\.)?embeddings\.position_ids"
)
HEADS = re.compile(r"cls\..+|classifier\..+|bert\.pooler\..+")

M = TypeVar("M", Bert, BertPretraining, BertClassifier)


def hugging_face_bert_name(name: str) -> str:
    """The name that `transformers` gives one of our parameters (of `Bert` as of its heads).

    >>> hugging_face_bert_name("bert.layers.3.mlp.to_out.weight")
    'bert.encoder.layer.3.output.dense.weight'
    """
    inside = name.removeprefix("bert.")
    module, _, kind = inside.rpartition(".")
    if inside == name:
        return f"{HEAD_NAMES[module]}.{kind}" if module else "cls.predictions.bias"
    if found := re.fullmatch(r"layers\.(\d+)\.(.+)", module):
        return f"bert.encoder.layer.{found[1]}.{LAYER_NAMES[found[2]]}.{kind}"
    return f"bert.{BERT_NAMES[module]}.{kind}"


def named_weights(model: nn.Module) -> dict[str, Tensor]:
    """Our parameters under their names; those of a lone `Bert` get the prefix too."""
    prefix = "bert." if isinstance(model, Bert) else ""
    return {hugging_face_bert_name(prefix + n): p for n, p in model.named_parameters()}


def export_bert(
    model: Bert | BertPretraining | BertClassifier,
    folder: Path | str,
    tokenizer: WordPieceTokenizer | None = None,
) -> None:
    """Write a model, and the vocabulary it was trained with, into a folder for `transformers`.

    Raises LabError when the folder cannot be written, when the tokenizer has more pieces than the
    model, and for a classifier that reads the mean, which the format does not know.
    """
    bert = model if isinstance(model, Bert) else model.bert
    if isinstance(model, BertClassifier) and model.reads != CLS:
        raise LabError(
            f"this classifier reads the {model.reads}; BertForSequenceClassification reads [CLS]. "
            "Export `model.bert` alone"
        )
    if tokenizer is not None and tokenizer.vocab_size > bert.config.vocab_size:
        raise LabError(
            f"the tokenizer has {tokenizer.vocab_size} pieces, the model {bert.config.vocab_size}; "
            "give the tokenizer that the model was trained with"
        )
    weights = {name: p.detach().contiguous() for name, p in named_weights(model).items()}
    if isinstance(model, Bert):
        weights = {name.removeprefix("bert."): p for name, p in weights.items()}
    settings = json.dumps(bert_settings(model), indent=2) + "\n"
    writers: dict[str, Any] = {
        "model.safetensors": lambda path: save_file(weights, path, {"format": "pt"}),
        "config.json": lambda path: path.write_text(settings, encoding="utf-8"),
    }
    if tokenizer is not None:
        how = {"tokenizer_class": "BertTokenizer", "do_lower_case": tokenizer.lower}
        writers["vocab.txt"] = tokenizer.save
        writers["tokenizer_config.json"] = lambda path: path.write_text(json.dumps(how) + "\n")
    write_files(Path(folder), writers)


def bert_settings(model: Bert | BertPretraining | BertClassifier) -> dict[str, Any]:
    """`config.json` as `transformers` wants it."""
    config = (model if isinstance(model, Bert) else model.bert).config
    if isinstance(model, BertClassifier):
        kind = "BertForSequenceClassification"
    elif isinstance(model, BertPretraining):
        kind = "BertForMaskedLM" if model.next_sentence is None else "BertForPreTraining"
    else:
        kind = "BertModel"
    found: dict[str, Any] = {
        "architectures": [kind],
        "model_type": "bert",
        "vocab_size": config.vocab_size,
        "max_position_embeddings": config.context_length,
        "hidden_size": config.d_model,
        "num_attention_heads": config.n_heads,
        "num_hidden_layers": config.n_layers,
        "intermediate_size": config.hidden,
        "hidden_dropout_prob": config.dropout,
        "attention_probs_dropout_prob": config.dropout,
        "pad_token_id": config.pad,
        "hidden_act": "gelu",
        "layer_norm_eps": EPS,
        "type_vocab_size": SEGMENTS,
        "tie_word_embeddings": True,
    }
    if isinstance(model, BertClassifier):
        labels = {str(i): f"LABEL_{i}" for i in range(model.to_labels.out_features)}
        found["id2label"] = labels
        found["label2id"] = {name: int(i) for i, name in labels.items()}
    return found


def load_bert(folder: Path | str, kind: type[M]) -> M:
    """A model of one of our classes with the weights of a folder in the hub's format, in eval mode.

    A `Bert` is read from any of the files, its heads left aside; `BertPretraining` from one with
    the masked-word head; `BertClassifier` from one with a classifier. The names of the original
    release (LayerNorm.gamma and .beta) are understood. The tokenizer: `load_bert_tokenizer`.

    Raises LabError when files are missing, damaged, or of another kind of model.
    """
    folder = Path(folder)
    config = config_of(read_bert_settings(folder), folder / "config.json")
    path = folder / "model.safetensors"
    try:
        stored = load_file(path)
    except (OSError, SafetensorError) as problem:
        raise LabError(f"{path} is missing or damaged: {problem}") from problem
    stored = {_full_name(name): weight for name, weight in stored.items()}
    with torch.device("meta"):  # shapes only: every weight comes from the file, none is drawn
        model = _empty(kind, config, stored, path)
    _copy_weights(stored, model, path)
    return model.eval()  # type: ignore[return-value]


def load_bert_tokenizer(folder: Path | str) -> WordPieceTokenizer:
    """The tokenizer of a folder: its vocab.txt, lower-casing as its tokenizer_config.json says.

    Raises LabError when vocab.txt is missing or lacks a special piece.
    """
    lower, path = True, Path(folder) / "tokenizer_config.json"
    if path.is_file():
        lower = bool(_read_object(path).get("do_lower_case", True))
    return WordPieceTokenizer.load(Path(folder) / "vocab.txt", lower)


def read_bert_settings(folder: Path) -> dict[str, Any]:
    """`config.json`. Raises LabError for a missing file and for what our Bert cannot be."""
    path = folder / "config.json"
    found = _read_object(path)
    expected = {
        "model_type": "bert",
        "hidden_act": "gelu",
        "layer_norm_eps": EPS,
        "type_vocab_size": SEGMENTS,
        "position_embedding_type": "absolute",
        "tie_word_embeddings": True,
        "is_decoder": False,
        "attention_probs_dropout_prob": found.get("hidden_dropout_prob", 0.1),
    }
    for key, value in expected.items():
        if found.get(key, value) != value:
            raise LabError(
                f"{path} has {key} = {found[key]!r}, which this Bert cannot be; it reads models "
                f"with {key} = {value!r}"
            )
    return found


def config_of(settings: dict[str, Any], path: Path) -> BertConfig:
    """The shape that a config.json describes. Raises LabError when it leaves a size out."""
    names = {
        "vocab_size": "vocab_size",
        "max_position_embeddings": "context_length",
        "hidden_size": "d_model",
        "num_attention_heads": "n_heads",
        "num_hidden_layers": "n_layers",
        "intermediate_size": "d_ff",
    }
    for key in names:
        if settings.get(key) is None:
            raise LabError(f"{path} does not say {key}; take the config.json of a BERT model")
    sizes = {ours: settings[theirs] for theirs, ours in names.items()}
    if sizes["d_ff"] == 4 * sizes["d_model"]:
        sizes["d_ff"] = None
    dropout = settings.get("hidden_dropout_prob", 0.1)
    return BertConfig(**sizes, dropout=dropout, pad=settings.get("pad_token_id") or 0)


def _empty(kind: type[M], config: BertConfig, stored: dict[str, Tensor], path: Path) -> nn.Module:
    """A model without weights, with the heads that the file has."""
    if kind is BertPretraining:
        return BertPretraining(config, next_sentence="cls.seq_relationship.weight" in stored)
    bert = Bert(config, pooler="bert.pooler.dense.weight" in stored)
    if kind is Bert:
        return bert
    if "classifier.weight" not in stored:
        raise LabError(
            f"{path} lacks 'classifier.weight'; it is no classifier: load a Bert from it, and "
            "fine-tune BertClassifier(bert, n_labels)"
        )
    return BertClassifier(bert, len(stored["classifier.weight"]))


@torch.no_grad()
def _copy_weights(stored: dict[str, Tensor], model: nn.Module, path: Path) -> None:
    """Copy weights under Hugging Face's names into `model`, which is on "meta".

    Raises LabError when one is missing, left over or of another shape.
    """
    ours = named_weights(model)
    for name in sorted(stored.keys() - ours.keys()):
        bare = isinstance(model, Bert | BertClassifier)
        aside = bare and HEADS.fullmatch(name) is not None
        aside = aside or (name.startswith("bert.pooler.") and isinstance(model, BertPretraining))
        if not aside and not NOT_WEIGHTS.fullmatch(name):
            raise LabError(f"{path} has {name!r}, which a BERT does not; is it another model?")
    for name, weight in ours.items():
        if name not in stored:
            raise LabError(f"{path} lacks {name!r}; is the file complete, and of this kind?")
        if stored[name].shape != weight.shape:
            raise LabError(
                f"{path}: {name!r} has shape {tuple(stored[name].shape)}, and the config.json "
                f"beside it asks for {tuple(weight.shape)}; take both from one model"
            )
    model.to_empty(device="cpu")
    for name, weight in named_weights(model).items():
        weight.copy_(stored[name])


def _full_name(name: str) -> str:
    """A name as `transformers` writes it today, with the prefix bert."""
    name = name.replace("LayerNorm.gamma", "LayerNorm.weight")
    name = name.replace("LayerNorm.beta", "LayerNorm.bias")
    return name if name.startswith(("bert.", "cls.", "classifier.")) else f"bert.{name}"


def _read_object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise LabError(f"{path} is missing or no JSON ({problem}); is this a model?") from problem
    if not isinstance(found, dict):
        raise LabError(f"{path} holds no settings, only {type(found).__name__}; is this a model?")
    return found
