"""Recipes of translation as runs: prepared once, trained alone or by two processes, averaged."""

from __future__ import annotations

import json
import os
import runpy
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gptlab.errors import LabError
from gptlab.models.transformer import TransformerConfig
from gptlab.text.corpora import toy_split
from gptlab.training import checkpoints
from gptlab.training.config import TrainConfig
from gptlab.training.schedules import build_schedule
from gptlab.training.translation_recipes import TRANSLATION_RECIPES, TranslationRecipe
from gptlab.training.translation_runs import prepare_pairs, translation_run

ROOT = Path(__file__).resolve().parents[2]
PAIRS = [(s.english_text, s.german_text) for s in toy_split().test[:300]]
TINY = TranslationRecipe(
    vocab_size=300,
    batch_tokens=400,
    model=TransformerConfig(
        300, 300, d_model=16, n_heads=2, d_ff=32, n_layers=1, dropout=0.0, max_length=100,
        share=True,
    ),
    train=TrainConfig(steps=12, lr=1e-2, warmup=0.1),
    average=3,
    average_every=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    count = prepare_pairs(TINY, PAIRS, folder)
    assert 290 <= count <= 300
    return folder


def test_a_run_learns_and_ends_with_the_mean_of_its_last_weights(prepared):
    run = translation_run(TINY, prepared).fit()
    losses = [step.loss for step in run.trainer.history]
    assert losses[-1] < losses[0]
    assert len(checkpoints.checkpoints(prepared / "last")) == 3
    final = checkpoints.latest(prepared / "run")
    again = translation_run(TINY, prepared)
    checkpoints.load_weights(final, again.model)
    assert not torch.equal(
        again.model.target_embedding.weight, run.model.target_embedding.weight
    ), "the mean is not the last"
    assert run.codec.decode(run.codec.encode("the cat sleeps.")) == "the cat sleeps."
    assert len(run.codec) == run.model.config.target_vocab


def test_pairs_too_long_for_the_positions_are_left_out(tmp_path):
    recipe = replace(TINY, model=replace(TINY.model, max_length=20))
    assert 0 < prepare_pairs(recipe, PAIRS, tmp_path) < 250


def test_the_recipes_are_the_papers():
    base, big = (TranslationRecipe.preset(f"wmt14-{size}") for size in ("base", "big"))
    assert base.train.lr == pytest.approx(512**-0.5 * 4000**-0.5)
    assert (base.train.steps, base.train.betas, base.train.eps) == (100_000, (0.9, 0.98), 1e-9)
    assert (base.average, big.average) == (5, 20)
    assert (base.model.dropout, base.model.label_smoothing, base.model.norm) == (0.1, 0.1, "post")
    assert (big.model.d_model, big.model.n_heads, big.model.dropout) == (1024, 16, 0.3)
    assert (base.average_every, big.average_every) == (1500, 600)  # ten minutes of the paper's
    for recipe in TRANSLATION_RECIPES.values():
        train = recipe.train
        rates = build_schedule(train.schedule, train.warmup, train.final_lr)
        assert (
            rates(0.0) == 0 < rates(1.0) + 1e-9 < rates(train.warmup) == pytest.approx(1, abs=0.1)
        )
    assert set(TRANSLATION_RECIPES) == {"multi30k-gpu", "multi30k-cpu", "wmt14-base", "wmt14-big"}


def test_bad_recipes_and_folders_are_refused(tmp_path):
    with pytest.raises(LabError, match="translation recipe 'wmt15' is unknown; choose one of mul"):
        TranslationRecipe.preset("wmt15")
    with pytest.raises(LabError, match="average=5 and average_every=0; give both or none"):
        replace(TINY, average=5, average_every=0)
    with pytest.raises(LabError, match="vocab_size is 0"):
        replace(TINY, vocab_size=0)
    with pytest.raises(LabError, match=r"has no tokenizer.json; write the pairs"):
        translation_run(TINY, tmp_path)


def test_the_papers_configuration_under_torchrun_on_a_slice(tmp_path):
    """Two gloo processes, the base recipe made tiny: prepared by one, trained by both."""
    for side, name in ((0, "en"), (1, "de")):
        text = "\n".join(pair[side] for pair in PAIRS) + "\n"
        (tmp_path / name).write_text(text, encoding="utf-8")
    with socket.socket() as any_one:
        any_one.bind(("127.0.0.1", 0))
        port = any_one.getsockname()[1]
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", 2, "--master-port", port,
        ROOT / "benchmarks/wmt14.py", "--device", "cpu", "--source", "en", "--target", "de",
        "--out", "run", "--steps", 6, "--batch-tokens", 800, "--vocab-size", 300, "--d-model", 16,
        "--d-ff", 32, "--n-heads", 2, "--n-layers", 1, "--average-every", 2,
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        list(map(str, command)), cwd=tmp_path, env=environment, capture_output=True, text=True,
        timeout=180, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("pairs in run") == 1
    assert "step 6: loss" in ended.stdout
    config = json.loads((tmp_path / "run/run/step-00000006/model.json").read_text())["config"]
    assert config["label_smoothing"] == 0.1
    assert len(checkpoints.checkpoints(tmp_path / "run/last")) == 3


def test_the_forecast_can_be_asked_for(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["wmt14.py", "--forecast"])
    runpy.run_path(str(ROOT / "benchmarks/wmt14.py"), run_name="__main__")
    said = capsys.readouterr().out
    assert "5.0 billion tokens" in said
    assert "27.3 BLEU" in said
