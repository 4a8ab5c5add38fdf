"""Named recipes: a model's shape, its tokenizer, and how to train it, all in one place.

Each was measured; `benchmarks/` has the commands and the list of what helped and what did not.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from gptlab.errors import LabError
from gptlab.models.gpt import GPTConfig
from gptlab.training.trainer import TrainConfig

TOKENIZERS = ("bpe", "gpt2", "characters", "bytes")


@dataclass(frozen=True)
class Recipe:
    """All that a run needs beside the text.

    `corpus`: what it was made for, and the default. `tokenizer`: "bpe" with `model.vocab_size`
    tokens; "gpt2" (GPT-2's own), "characters" and "bytes" set the vocabulary's size themselves.
    `batch_size` counts windows of `model.context_length` tokens, over all processes.
    """

    corpus: str
    tokenizer: str
    batch_size: int
    model: GPTConfig
    train: TrainConfig = field(default_factory=TrainConfig)

    def __post_init__(self):
        if self.tokenizer not in TOKENIZERS:
            raise LabError(
                f"tokenizer {self.tokenizer!r} is unknown; choose one of {', '.join(TOKENIZERS)}"
            )
        if self.batch_size < 1:
            raise LabError(f"batch_size is {self.batch_size}; give at least 1")

    @classmethod
    def preset(cls, name: str) -> Recipe:
        """A recipe by name. Raises LabError for a name that is not in RECIPES."""
        if name not in RECIPES:
            raise LabError(f"recipe {name!r} is unknown; choose one of {', '.join(RECIPES)}")
        return RECIPES[name]

    def to_json(self) -> str:
        """The recipe as JSON that a person can read."""
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """The recipe that `to_json` wrote. Raises LabError for anything else."""
        try:
            found: dict[str, Any] = json.loads(text)
            train = {**found["train"], "betas": tuple(found["train"]["betas"])}
            model = GPTConfig(**found["model"])
            return cls(**{**found, "model": model, "train": TrainConfig(**train)})
        except (ValueError, KeyError, TypeError) as problem:
            raise LabError(
                f"this is no recipe of gptlab: {problem}; it is the recipe.json of a run's folder"
            ) from problem


LAPTOP = Recipe(
    corpus="wikipedia",
    tokenizer="bpe",
    batch_size=8,
    # On a CPU the plain form of attention is the faster one once it is compiled.
    model=GPTConfig.preset("laptop", impl="plain", zero_init=True),
    train=TrainConfig(
        steps=100_000,
        seconds=100,
        lr=1e-2,
        matrix_lr=0.02,
        schedule="linear",
        final_lr=0.0,
        warmup=0.02,
        precision="bf16",
        compile=True,
        checkpoint_every=200,
    ),
)

# Karpathy's CPU settings for his character model (nanoGPT's README): the plain recipe.
SHAKESPEARE_PLAIN = Recipe(
    corpus="tiny_shakespeare",
    tokenizer="characters",
    batch_size=12,
    model=GPTConfig.preset("char"),
    train=TrainConfig(
        steps=2000,
        optimizer="adamw",
        lr=1e-3,
        betas=(0.9, 0.99),
        weight_decay=0.1,
        schedule="cosine",
        warmup=100 / 2000,
        final_lr=0.1,
        fused=False,
    ),
)

RECIPES = {
    "laptop": LAPTOP,
    "nano": replace(
        LAPTOP,
        model=GPTConfig.preset("nano", vocab_size=512),
        train=TrainConfig(steps=60, lr=3e-3, schedule="linear", final_lr=0.0, checkpoint_every=20),
    ),
    "shakespeare-plain": SHAKESPEARE_PLAIN,
    # The same model and as good in a fraction of the time: benchmarks/shakespeare.py.
    "shakespeare": replace(
        SHAKESPEARE_PLAIN,
        batch_size=32,
        model=GPTConfig.preset("char", n_heads=2, impl="plain", zero_init=True),
        train=replace(LAPTOP.train, steps=320, seconds=None, compile=False, checkpoint_every=0),
    ),
    # One GPU with 24 GB or more, a corpus of your own. Half a million tokens a step, the
    # learning rate of GPT-3's 125M (Brown et al. 2020, table 2.1).
    "gpt2": Recipe(
        corpus="wikipedia",
        tokenizer="gpt2",
        batch_size=16,
        model=GPTConfig.preset("gpt2"),
        train=TrainConfig(
            steps=20_000,
            accumulation=32,
            optimizer="adamw",
            lr=6e-4,
            warmup=0.02,
            precision="bf16",
            compile=True,
            checkpoint_every=500,
        ),
    ),
}
