"""A translation run: one folder with the tokenizer, the pairs as token shards, and checkpoints.

`prepare_pairs` turns sentence pairs into that folder, once; `translation_run` opens it, in each of
the processes that train together. The trainer is the one loop of the course.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from gptlab import lab
from gptlab.errors import LabError
from gptlab.models.transformer import Transformer
from gptlab.text import tokenizers
from gptlab.text.codecs import TextCodec
from gptlab.text.pair_shards import PairShards, TokenPairBatches, write_pairs
from gptlab.text.tokenizers import BPETokenizer
from gptlab.training import distributed
from gptlab.training.averaging import KeepWeights, load_mean
from gptlab.training.trainer import Callback, Trainer
from gptlab.training.translation_recipes import TranslationRecipe

SAMPLE = 1_000_000  # pairs that the tokenizer is learned from, at most


@dataclass
class TranslationRun:
    """A run that is ready to start: `run.fit()`."""

    recipe: TranslationRecipe
    codec: TextCodec
    trainer: Trainer
    folder: Path

    @property
    def model(self) -> Transformer:
        """The network in training."""
        model = self.trainer.model
        assert isinstance(model, Transformer)
        return model

    def fit(self) -> TranslationRun:
        """Train to the end, and put the mean of the last checkpoints in place if there is one."""
        self.trainer.fit()
        if self.recipe.average:
            distributed.wait_for_all(self.trainer.world)
            load_mean(self.folder / "last", self.model, self.recipe.average)
        return self


def prepare_pairs(
    recipe: TranslationRecipe, pairs: Iterable[tuple[str, str]], folder: Path | str
) -> int:
    """Learn one BPE for both languages and write the pairs as shards; how many were kept.

    `pairs` is gone through twice. What is longer than the model's positions is left out. Raises
    LabError when no pair is left or the folder cannot be written.
    """
    folder = Path(folder)
    sample = itertools.chain.from_iterable(itertools.islice(pairs, SAMPLE))
    tokenizer = BPETokenizer.train(sample, recipe.vocab_size, ())
    codec, longest = TextCodec(tokenizer), recipe.model.max_length - 1  # END needs a place too
    encoded = ((codec.encode(source), codec.encode(target)) for source, target in pairs)
    short = (pair for pair in encoded if max(map(len, pair)) <= longest)
    count = write_pairs(folder, short, len(codec))
    tokenizer.save(folder / "tokenizer.json")
    return count


def translation_run(
    recipe: TranslationRecipe,
    folder: Path | str,
    seed: int = 0,
    device: torch.device | None = None,
    callbacks: Sequence[Callback] = (),
    world: distributed.World | None = None,
) -> TranslationRun:
    """The model, its batches and its trainer, over a folder that `prepare_pairs` has written.

    Raises LabError when there is none, or it does not fit the recipe's batches.
    """
    folder, world = Path(folder), world or distributed.World()
    if not (folder / "tokenizer.json").exists():
        raise LabError(f"{folder} has no tokenizer.json; write the pairs with prepare_pairs first")
    codec = TextCodec(tokenizers.load(folder / "tokenizer.json"))
    shape = replace(recipe.model, source_vocab=len(codec), target_vocab=len(codec))
    recipe = replace(recipe, model=shape)
    batches = TokenPairBatches(
        PairShards(folder), recipe.batch_tokens, seed, world.rank, world.size
    )
    lab.seed_everything(seed)
    model = Transformer(shape).to(device or lab.find_device())
    lab.seed_everything(seed + world.rank)  # dropout of its own in each process
    watch = list(callbacks)
    if recipe.average:
        watch.append(KeepWeights(folder / "last", recipe.average_every, recipe.average))
    trainer = Trainer(model, batches, recipe.train, folder / "run", watch, world=world)
    return TranslationRun(recipe, codec, trainer, folder)
