"""A run's folder: made whole or not at all, opened again as it was, refused when it is none."""

from __future__ import annotations

import json
import os
import random
import shutil
import typing
from dataclasses import asdict, replace

import pytest
import torch

from gptlab.cli import Train
from gptlab.errors import LabError
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.text.batches import RandomBatches
from gptlab.text.corpora import Corpus, Document
from gptlab.text.tokenizers import END_OF_TEXT, BPETokenizer, ByteTokenizer, CharTokenizer
from gptlab.training import checkpoints, runs
from gptlab.training.config import TrainConfig
from gptlab.training.recipes import RECIPES, TOKENIZERS, Recipe
from gptlab.training.trainer import Trainer

WORDS = ["the", "of", "cat", "dog", "runs", "sleeps", "tree", "river", "and", "then", "stone"]
RECIPE = Recipe(
    corpus="none",
    tokenizer="bpe",
    batch_size=4,
    model=GPTConfig.preset("nano", vocab_size=270, context_length=16, d_model=16, n_layers=1),
    train=TrainConfig(steps=4, checkpoint_every=2),
)


def text(seed: int, sentences: int) -> str:
    draw = random.Random(seed)
    return "".join(" ".join(draw.choice(WORDS) for _ in range(9)) + ". " for _ in range(sentences))


CORPUS = Corpus(
    "small",
    train=(Document("one", text(1, 60)), Document("two", text(2, 60))),
    held_out=(Document("three", text(3, 6) + "Zürich"),),
)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shelf") / "deep" / "run"
    runs.prepare(RECIPE, CORPUS, folder, seed=3).trainer.fit()
    return folder


@pytest.fixture
def run(shelf, tmp_path):
    return shutil.copytree(shelf, tmp_path / "run")


def test_prepare_is_repeatable_and_reopen_gives_the_same_run(tmp_path):
    torch.rand(3)  # whatever was drawn before
    first = runs.prepare(RECIPE, CORPUS, tmp_path / "a", seed=3)
    torch.manual_seed(99)
    second = runs.prepare(RECIPE, CORPUS, tmp_path / "b", seed=3)
    again = runs.reopen(tmp_path / "a", seed=3)
    other = runs.reopen(tmp_path / "a", seed=4)
    for same in (second, again):
        pairs = zip(first.trainer.model.parameters(), same.trainer.model.parameters(), strict=True)
        assert all(torch.equal(mine, theirs) for mine, theirs in pairs)
        assert all(map(torch.equal, first.trainer.batches.batch(5), same.trainer.batches.batch(5)))
        assert (same.recipe, same.tokens[:].tolist()) == (first.recipe, first.tokens[:].tolist())
    weight, theirs = first.trainer.model.embedding.weight, other.trainer.model.embedding.weight
    assert not torch.equal(weight, theirs)
    assert not torch.equal(first.trainer.batches.batch(5)[0], other.trainer.batches.batch(5)[0])
    assert [file.name for file in sorted((tmp_path / "a").iterdir())] == [
        "recipe.json", "tokenizer.json", "train.bin"
    ]  # fmt: skip


def test_the_tokens_are_the_training_text_and_nothing_else(shelf):
    run = runs.reopen(shelf)
    start = run.tokenizer.special_tokens[END_OF_TEXT]
    ids = run.tokens[:].tolist()
    assert ids[0] == start
    assert ids.count(start) == 2
    assert run.tokenizer.decode(ids) == "".join(END_OF_TEXT + d.text for d in CORPUS.train)
    assert run.tokens.vocab_size == run.recipe.model.vocab_size == 270


@pytest.mark.parametrize(
    ("kind", "made"),
    [("bpe", BPETokenizer), ("characters", CharTokenizer), ("bytes", ByteTokenizer)],
)
def test_each_kind_of_tokenizer_sets_the_vocabulary(tmp_path, kind, made):
    run = runs.prepare(replace(RECIPE, tokenizer=kind), CORPUS, tmp_path / "run")
    letters = len(set(CORPUS.train_text + CORPUS.held_out_text) - {"\n"})
    assert isinstance(run.tokenizer, made)
    assert (
        run.recipe.model.vocab_size == {"bpe": 270, "characters": letters + 1, "bytes": 257}[kind]
    )
    # The held-out text has a letter that the training text lacks; it must be measurable.
    assert run.tokenizer.decode(run.tokenizer.encode(CORPUS.held_out_text)) == CORPUS.held_out_text
    assert run.trainer.gradients()[0] > 0


def test_reopen_alters_training_only(shelf):
    run = runs.reopen(shelf, steps=9, seconds=2.5, lr=0.5)
    assert (run.recipe.train.steps, run.recipe.train.seconds, run.trainer.config.lr) == (
        9,
        2.5,
        0.5,
    )
    assert runs.read_recipe(shelf).train == RECIPE.train


def test_settings_are_those_of_the_last_checkpoint(run):
    assert runs.settings(run) == RECIPE.train
    longer = runs.reopen(run, seed=3, steps=6, lr=0.002)
    longer.trainer.resume().fit()
    assert runs.settings(run) == replace(RECIPE.train, steps=6, lr=0.002)
    assert isinstance(runs.settings(run).betas, tuple)
    state = checkpoints.latest(run) / "state.pt"
    torch.save({"step": 3}, state)
    with pytest.raises(LabError, match=r"state\.pt is missing or damaged \(KeyError: 'config'"):
        runs.settings(run)


def test_load_gives_the_newest_model_or_the_one_named(shelf):
    newest, tokenizer = runs.load(shelf)
    again, _ = runs.load(shelf / "step-00000004")
    older, theirs = runs.load(shelf / "step-00000002")
    assert torch.equal(newest.embedding.weight, again.embedding.weight)
    assert not torch.equal(newest.embedding.weight, older.embedding.weight)
    assert not newest.training
    assert tokenizer.encode("the cat") == theirs.encode("the cat")
    assert newest.config == runs.read_recipe(shelf).model


def test_a_folder_with_a_run_is_not_used_again(run):
    before = sorted(path.name for path in run.iterdir())
    with pytest.raises(LabError, match="already holds a run; resume it, or choose another folder"):
        runs.prepare(RECIPE, CORPUS, run)
    assert sorted(path.name for path in run.iterdir()) == before


def test_a_run_that_never_came_to_a_checkpoint_can_begin_again(tmp_path):
    runs.prepare(RECIPE, CORPUS, tmp_path / "run")
    assert runs.prepare(RECIPE, CORPUS, tmp_path / "run").trainer.fit()


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (replace(RECIPE, batch_size=10_000), "batch_size=10000 is larger than the data"),
        (replace(RECIPE, model=replace(RECIPE.model, context_length=10_000)), "use a shorter"),
        (replace(RECIPE, model=replace(RECIPE.model, n_heads=3)), "n_heads=3 does not divide"),
        (replace(RECIPE, model=replace(RECIPE.model, impl="flash")), "impl 'flash' is unknown"),
        (
            replace(RECIPE, model=replace(RECIPE.model, vocab_size=256)),
            "vocab_size=256 is too small",
        ),
    ],
)
def test_what_cannot_work_leaves_no_folder(tmp_path, recipe, message):
    with pytest.raises(LabError, match=message):
        runs.prepare(recipe, CORPUS, tmp_path / "run")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("file", ["train.bin", "tokenizer.json", "recipe.json"])
def test_a_folder_is_whole_or_not_there(tmp_path, monkeypatch, file):
    """The disk is full at the first, second or third file."""
    real = os.replace

    def full(source, target):
        if str(target).endswith(file):
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(LabError, match=f"{file}: No space left on device"):
        runs.prepare(RECIPE, CORPUS, tmp_path / "run")
    assert not list(tmp_path.iterdir())
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "mine").touch()
    with pytest.raises(LabError):
        runs.prepare(RECIPE, CORPUS, tmp_path / "kept")
    assert (tmp_path / "kept" / "mine").exists()


def test_a_place_where_no_folder_can_be_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LabError, match="is a file; name a folder"):
        runs.prepare(RECIPE, CORPUS, tmp_path / "file")
    with pytest.raises(LabError, match="cannot be made"):
        runs.prepare(RECIPE, CORPUS, tmp_path / "file" / "run")


def test_what_is_no_run_is_named(run, tmp_path):
    with pytest.raises(LabError, match="holds no run"):
        runs.reopen(tmp_path)
    with pytest.raises(LabError, match="does not exist"):
        runs.load(tmp_path / "nowhere")
    for content in (b"[]", b"{", b'{"train": {}}', b'{"train": {"betas": 3}}'):
        (run / "recipe.json").write_bytes(content)
        with pytest.raises(LabError, match=r"recipe\.json is damaged: this is no recipe"):
            runs.read_recipe(run)
    (run / "recipe.json").write_bytes(b"\xff\xfe")
    with pytest.raises(LabError, match="holds no run"):
        runs.read_recipe(run)


def test_a_checkpoint_of_something_else_does_not_load(run):
    path = checkpoints.latest(run) / "model.json"
    described = json.loads(path.read_text())
    for content, message in (
        ({**described, "class": "Elman"}, "holds a Elman, not a GPT"),
        ({**described, "config": None}, "not a GPT"),
        ({**described, "config": {**described["config"], "rope": True}}, "of another version"),
        ({**described, "config": {**described["config"], "d_model": 24}}, "another model: its"),
        ({**described, "config": {**described["config"], "d_model": 0}}, "d_model is 0"),
    ):
        path.write_text(json.dumps(content))
        with pytest.raises(LabError, match=message):
            runs.load(run)
    (run / "tokenizer.json").unlink()
    path.write_text(json.dumps(described))
    with pytest.raises(LabError, match=r"tokenizer\.json is not there"):
        runs.load(run)


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_written_and_read_back(name):
    recipe = Recipe.preset(name)
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert recipe.tokenizer in TOKENIZERS
    with torch.device("meta"):
        model = GPT(recipe.model)
    batches = RandomBatches(torch.zeros(100_000, dtype=torch.int64), recipe.batch_size, 64)
    assert Trainer(model, batches, recipe.train).step == 0  # the optimiser and schedule exist


def test_the_command_line_offers_every_recipe():
    offered = typing.get_args(typing.get_type_hints(Train)["recipe"])
    assert sorted(offered) == sorted(RECIPES)


def test_a_recipe_out_of_range_is_named():
    with pytest.raises(LabError, match="recipe 'huge' is unknown; choose one of laptop, nano"):
        Recipe.preset("huge")
    with pytest.raises(LabError, match="tokenizer 'words' is unknown; choose one of bpe"):
        replace(RECIPE, tokenizer="words")
    with pytest.raises(LabError, match="batch_size is 0; give at least 1"):
        replace(RECIPE, batch_size=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seconds": 0}, "seconds is 0; give a number above 0, or None"),
        ({"seconds": float("nan")}, "seconds is nan"),
        ({"seconds": float("inf")}, "seconds is inf"),
        ({"clip": -1}, "clip is -1"),
        ({"lr": -1e-3}, "lr is -0.001; give a number from 0 up"),
        ({"matrix_lr": float("nan")}, "matrix_lr is nan"),
        ({"weight_decay": float("inf")}, "weight_decay is inf"),
        ({"betas": (0.9, 1.0)}, "betas is 1.0; give a number from 0 to below 1"),
        ({"checkpoint_every": -1}, "checkpoint_every is -1; give at least 0"),
    ],
)
def test_settings_that_make_no_sense_are_named(changes, message):
    with pytest.raises(LabError, match=message):
        TrainConfig(**changes)
    assert asdict(TrainConfig()) | changes != asdict(TrainConfig())
