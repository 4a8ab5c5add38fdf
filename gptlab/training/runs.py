"""A run: one folder with the recipe, the tokenizer, the tokens, checkpoints, and the trained model.

`prepare` builds everything that a run needs from a recipe and a corpus; `load` opens what a run
has left. The trainer in between is the one loop of the course.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from gptlab import lab
from gptlab.errors import LabError
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.text import tokenizers
from gptlab.text.batches import RandomBatches, TokenShards, tokenize_corpus, write_shard
from gptlab.text.corpora import Corpus
from gptlab.text.downloads import fetch
from gptlab.text.files import atomic_write
from gptlab.text.tokenizers import (
    END_OF_TEXT,
    BPETokenizer,
    ByteTokenizer,
    CharTokenizer,
    Tokenizer,
)
from gptlab.training import checkpoints, distributed
from gptlab.training.config import TrainConfig
from gptlab.training.recipes import Recipe
from gptlab.training.trainer import Callback, Trainer


@dataclass
class Run:
    """A run that is ready to start: `run.trainer.fit()`."""

    recipe: Recipe
    tokenizer: Tokenizer
    tokens: TokenShards
    trainer: Trainer
    folder: Path


def prepare(
    recipe: Recipe,
    corpus: Corpus,
    folder: Path | str,
    seed: int = 0,
    device: torch.device | None = None,
    callbacks: Sequence[Callback] = (),
    world: distributed.World | None = None,
    kind: type[Trainer] = Trainer,
) -> Run:
    """Train the tokenizer, write the tokens, build the model; nothing is trained yet.

    `kind` is the trainer's class.

    Raises LabError when the folder already holds a run, or the corpus is too small for the recipe.
    """
    folder, world = Path(folder), world or distributed.World()
    if checkpoints.checkpoints(folder):
        raise LabError(
            f"{folder} already holds a run; resume it, or choose another folder for a new one"
        )
    if folder.exists() and not folder.is_dir():
        raise LabError(f"{folder} is a file; name a folder that the run can be kept in")
    if world.is_main:
        tokenizer = build_tokenizer(recipe, corpus)
        recipe = replace(recipe, model=replace(recipe.model, vocab_size=tokenizer.vocab_size))
        ids = tokenize_corpus(corpus.train, tokenizer)
        # Tried before anything is written, so that what cannot work leaves no folder behind.
        length = recipe.model.context_length
        RandomBatches(ids, recipe.batch_size, length, seed, world.rank, world.size)
        with torch.device("meta"):
            GPT(recipe.model)
        write(folder, recipe, tokenizer, ids)
    distributed.wait_for_all(world)
    return reopen(folder, seed, device, callbacks, world, kind)


def write(folder: Path, recipe: Recipe, tokenizer: Tokenizer, ids: np.ndarray) -> None:
    """Write what a run begins with: tokens, tokenizer and, last, the recipe.

    Raises LabError when that fails; a folder that was not there before is gone then.
    """
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_shard(folder / "train.bin", ids, tokenizer.vocab_size)
        tokenizer.save(folder / "tokenizer.json")
        write_recipe(folder, recipe)
    except (OSError, LabError) as problem:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(problem, LabError):
            raise
        raise LabError(f"{folder} cannot be made ({problem}); choose another") from problem


def write_recipe(folder: Path, recipe: Recipe) -> None:
    """Write the recipe of a run's folder. Raises LabError when it cannot be written."""
    with atomic_write(Path(folder) / "recipe.json") as file:
        file.write(recipe.to_json().encode("utf-8"))


def reopen(
    folder: Path | str,
    seed: int = 0,
    device: torch.device | None = None,
    callbacks: Sequence[Callback] = (),
    world: distributed.World | None = None,
    kind: type[Trainer] = Trainer,
    **changes: object,
) -> Run:
    """A prepared run as its folder describes it, at its very beginning; `changes` alter training.

    Call `run.trainer.resume()` to go on from its newest checkpoint.
    Raises LabError when the folder holds no run.
    """
    folder, world = Path(folder), world or distributed.World()
    recipe = read_recipe(folder)
    recipe = replace(recipe, train=replace(recipe.train, **changes))  # type: ignore[arg-type]
    tokenizer = tokenizers.load(folder / "tokenizer.json")
    tokens = TokenShards(folder / "train.bin")
    batches = RandomBatches(
        tokens, recipe.batch_size, recipe.model.context_length, seed, world.rank, world.size
    )
    lab.seed_everything(seed)
    model = GPT(recipe.model).to(device or lab.find_device())
    trainer = kind(model, batches, recipe.train, folder, callbacks, world=world)
    return Run(recipe, tokenizer, tokens, trainer, folder)


def build_tokenizer(recipe: Recipe, corpus: Corpus) -> Tokenizer:
    """The tokenizer that the recipe asks for, made from the training text."""
    texts = [document.text for document in corpus.train]
    if recipe.tokenizer == "bpe":
        return BPETokenizer.train(texts, recipe.model.vocab_size, (END_OF_TEXT,))
    if recipe.tokenizer == "gpt2":
        return BPETokenizer.from_gpt2(fetch("gpt2/vocab.bpe"), fetch("gpt2/encoder.json"))
    if recipe.tokenizer == "bytes":
        return ByteTokenizer((END_OF_TEXT,))
    # Characters that only the held-out text has would otherwise stop its evaluation.
    held_out = [document.text for document in corpus.held_out]
    return CharTokenizer.train(texts + held_out, (END_OF_TEXT,))


def read_recipe(folder: Path) -> Recipe:
    """The recipe of a run's folder. Raises LabError when there is none."""
    path = Path(folder) / "recipe.json"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise LabError(
            f"{folder} holds no run (no recipe.json); train one: gptlab train --out {folder}"
        ) from None
    try:
        return Recipe.from_json(text)
    except LabError as problem:
        raise LabError(f"{path} is damaged: {problem}") from problem


def settings(folder: Path | str) -> TrainConfig:
    """How a run was trained when it was last saved: as its recipe says, unless changed on the way.

    Raises LabError when it has no checkpoint, or one that does not say.
    """
    found = checkpoints.latest(Path(folder))
    state = checkpoints.load_state(found, mapped=True)
    try:
        config = dict(state["config"])
        return TrainConfig(**{**config, "betas": tuple(config["betas"])})
    except (KeyError, TypeError, ValueError) as problem:
        raise checkpoints.damaged(found / "state.pt", problem) from problem


def load(folder: Path | str, device: torch.device | None = None) -> tuple[GPT, Tokenizer]:
    """The newest model of a run and its tokenizer, ready to write. Errors as for `checkpoints`."""
    folder = Path(folder)
    found = checkpoints.latest(folder)
    described = checkpoints.read_config(found)
    if described["class"] != "GPT" or described["config"] is None:
        raise LabError(f"{found} holds a {described['class']}, not a GPT; load it with its class")
    try:
        model = GPT(GPTConfig(**described["config"]))
    except TypeError as problem:
        raise LabError(f"{found} holds a GPT of another version: {problem}") from problem
    checkpoints.load_weights(found, model)
    home = folder if (folder / "tokenizer.json").exists() else found.parent
    tokenizer = tokenizers.load(home / "tokenizer.json")
    return model.to(device or lab.find_device()).eval(), tokenizer
