"""`gptlab train`: what it writes, that it goes on exactly, and that nothing is overwritten."""

from __future__ import annotations

import json
import math
import signal
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import matplotlib.image
import pytest
from command_bench import TINY, contents, write_text
from safetensors.torch import load_file

from gptlab.cli_train import stop_gently
from gptlab.evaluation.language_modelling import bits_per_byte
from gptlab.text import corpora
from gptlab.training import callbacks, checkpoints, recipes, runs
from gptlab.training.distributed import World


def weights(run, step):
    return (run / f"step-{step:08d}" / "model.safetensors").read_bytes()


def test_a_run_leaves_figures_a_curve_and_a_model(shelf):
    run = shelf / "trained"
    assert {path.name for path in run.iterdir()} == {
        "recipe.json", "data.json", "tokenizer.json", "train.bin", "step-00000020",
        "step-00000040", "history.json", "result.json", "curve.png", "curve.svg",
    }  # fmt: skip
    history = json.loads((run / "history.json").read_text())
    assert [step["step"] for step in history] == list(range(1, 41))
    assert history[-1]["loss"] < history[0]["loss"] < math.log(270) + 0.5
    result = json.loads((run / "result.json").read_text())
    model, tokenizer = runs.load(run)
    corpus = corpora.load(shelf / "small.txt")
    again = bits_per_byte(model, tokenizer, corpus.held_out, 16)
    assert result["bits_per_byte"] == pytest.approx(again, rel=1e-6)
    assert history[-1]["extra"]["held_out"] == pytest.approx(again, rel=1e-6)
    assert result["parameters"] == sum(p.numel() for p in model.parameters())
    assert result["tokens"] == 40 * 4 * 16
    assert result["tokens_per_second"] == pytest.approx(result["tokens"] / result["seconds"])
    assert result["device"].startswith("cpu") or model.embedding.weight.is_cuda


def test_the_curve_is_a_picture_of_something(shelf):
    pixels = matplotlib.image.imread(shelf / "trained" / "curve.png")
    height, width = pixels.shape[:2]
    assert width > height > 400
    drawn = pixels[..., 3] > 0.5
    assert 0.005 < drawn.mean() < 0.5
    colours = {tuple(colour) for colour in (pixels[drawn][:, :3] * 255).round().astype(int)}
    assert (0x0D, 0x60, 0xDE) in colours  # training
    assert (0xE5, 0x75, 0x1A) in colours  # held out


def test_it_says_what_it_trains_and_how_to_go_on_from_there(bench):
    done = bench.train("--steps", 2)
    assert done.code == 0
    assert done.err == ""
    size = 0.9 * len(bench.text.read_text()) / 1e3
    assert f"small: {size:.1f} kB in 1 document to learn from" in done.out
    assert "2 steps, in runs/small" in done.out
    assert "held-out bits per byte: " in done.out
    command = next(line for line in done.out.splitlines() if line.startswith("let it write: "))
    assert command == 'let it write: gptlab generate "The" --run runs/small'
    assert bench("generate", "The", "--run", "runs/small", "--tokens", 3).out.startswith("The")


def test_progress_shows_loss_rate_and_time_left(bench):
    arguments = [a for a in TINY if a != "--quiet"]
    noisy = bench("train", *arguments, "--data", bench.text, "--steps", 3)
    assert noisy.code == 0
    last = noisy.err.split("\r")[-1]
    for part in ("100%", "00:00<00:00", "step 3, loss ", "tokens/s"):
        assert part in last
    assert noisy.err.endswith("\n")


def test_folders_are_numbered_and_nothing_is_overwritten(bench):
    assert bench.train("--steps", 1).code == 0
    before = contents(bench.folder / "runs" / "small")
    assert bench.train("--steps", 1).code == 0
    assert bench.train("--steps", 1).code == 0
    assert sorted(p.name for p in (bench.folder / "runs").iterdir()) == [
        "small", "small-2", "small-3"
    ]  # fmt: skip
    refused = bench.train("--steps", 1, "--out", "runs/small")
    assert refused.code == 2
    assert "already holds a run; resume it" in refused.err
    assert contents(bench.folder / "runs" / "small") == before


def test_a_folder_of_texts_and_a_new_name_for_a_known_one(bench):
    folder = bench.folder / "texts"
    folder.mkdir()
    for number in range(3):
        write_text(folder / f"{number}.txt", number, 60)
    done = bench.train("--data", "texts", "--steps", 2)
    assert done.code == 0
    assert "in 3 documents to learn from" in done.out
    # The path is kept whole: the run can be resumed from another folder.
    data = json.loads((bench.folder / "runs" / "texts" / "data.json").read_text())["data"]
    assert data == str(folder.resolve())


@pytest.mark.parametrize("recipe", ["characters", "bytes"])
def test_other_tokenizers(bench, recipe, monkeypatch):
    mine = replace(recipes.RECIPES["nano"], tokenizer=recipe)
    monkeypatch.setitem(recipes.RECIPES, "nano", mine)
    done = bench.train("--steps", 2)  # one document, no BPE
    assert done.code == 0
    letters = len(set(bench.text.read_text()))
    vocabulary = {"characters": letters + 1, "bytes": 257}[recipe]
    described = json.loads((bench.folder / "runs/small/recipe.json").read_text())
    assert described["model"]["vocab_size"] == vocabulary


def test_held_out_text_shorter_than_the_context(bench):
    short = write_text(bench.folder / "short.txt", lines=20)
    done = bench.train("--data", short, "--context-length", 128, "--batch-size", 1, "--steps", 2)
    assert done.code == 0
    assert "held-out bits per byte" in done.out


@pytest.mark.parametrize("seed", [0, 7])
def test_resumed_it_ends_as_if_it_had_never_stopped(bench, monkeypatch, seed):
    """The seed and the data are remembered: nobody has to say them again."""
    assert bench.train("--steps", 30, "--seed", seed, "--out", "whole").code == 0

    def press_control_c(self, trainer, step):
        if step.step == 13:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(callbacks.Progress, "on_step", press_control_c)
    stopped = bench.train("--steps", 30, "--seed", seed, "--out", "cut")
    monkeypatch.undo()
    monkeypatch.chdir(bench.folder)
    assert stopped.code == 130
    assert "stopped and saved at step 13; go on: gptlab train --resume --out cut" in stopped.out
    assert not (bench.folder / "cut" / "result.json").exists()
    resumed = bench("train", "--resume", "--out", "cut", "--quiet")
    assert resumed.code == 0
    assert "43% done" in resumed.out
    assert f"seed {seed}" in resumed.out
    assert weights(bench.folder / "whole", 30) == weights(bench.folder / "cut", 30)
    results = [json.loads((bench.folder / r / "result.json").read_text()) for r in ("whole", "cut")]
    assert results[0]["bits_per_byte"] == results[1]["bits_per_byte"]


def test_resume_takes_the_newest_run_and_can_make_it_longer(bench, trained):
    runs_folder = bench.folder / "runs"
    runs_folder.mkdir()
    trained.rename(runs_folder / "mine")
    assert bench.train("--steps", 1, "--out", "runs/older").code == 0
    (runs_folder / "mine" / "touched").touch()
    longer = bench("train", "--resume", "--steps", 45, "--quiet")
    assert longer.code == 0
    assert "in runs/mine" in longer.out
    assert checkpoints.latest(runs_folder / "mine").name == "step-00000045"
    # The new length is the run's own from here on.
    again = bench("train", "--resume", "--out", "runs/mine", "--quiet")
    assert again.code == 0
    assert "45 steps, 100% done" in again.out
    by_clock = bench("train", "--resume", "--out", "runs/mine", "--seconds", 0.001, "--quiet")
    assert by_clock.code == 0
    assert "0.001 seconds, 100% done" in by_clock.out


def test_a_finished_run_resumed_writes_its_figures_anew_and_leaves_the_model(bench, trained):
    before = contents(trained)
    for name in ("curve.png", "result.json"):
        (trained / name).unlink()
    made = (trained / "step-00000040").stat().st_ctime_ns
    assert bench("train", "--resume", "--out", trained, "--quiet").code == 0
    after = contents(trained)
    assert after.keys() == before.keys()
    assert after["curve.png"] == before["curve.png"]
    assert (trained / "step-00000040").stat().st_ctime_ns == made  # not written a second time


@pytest.mark.parametrize(
    ("option", "value"), [("--data", "x.txt"), ("--recipe", "nano"), ("--seed", "3"),
                          ("--batch-size", "2"), ("--vocab-size", "300"), ("--n-heads", "1"),
                          ("--optimizer", "adamw")],
)  # fmt: skip
def test_resume_refuses_what_would_make_another_run(bench, trained, option, value):
    before = contents(trained)
    refused = bench("train", "--resume", "--out", trained, option, value)
    assert refused.code == 2
    assert f"{option} belongs to the beginning of a run" in refused.err
    assert contents(trained) == before


def test_text_that_has_changed_since_is_not_measured_on(bench):
    text = write_text(bench.folder / "mine.txt")
    assert bench.train("--data", text, "--steps", 3, "--out", "run").code == 0
    before = contents(bench.folder / "run")
    with text.open("a") as file:
        file.write("one more sentence.\n")
    refused = bench("train", "--resume", "--out", "run", "--steps", 5)
    assert refused.code == 2
    assert "is not the one that the run in run began with" in refused.err
    assert contents(bench.folder / "run") == before


def test_options_reach_the_run(bench):
    done = bench.train(
        "--steps", 2, "--optimizer", "adamw", "--lr", 0.002, "--precision", "bf16", "--seed", 5,
        "--device", "cpu",
    )  # fmt: skip
    assert done.code == 0
    recipe = runs.read_recipe(bench.folder / "runs" / "small")
    assert (recipe.train.optimizer, recipe.train.lr) == ("adamw", 0.002)
    assert (recipe.train.steps, recipe.train.precision) == (2, "bf16")
    assert recipe.train.seconds is None
    assert (recipe.model.d_model, recipe.model.context_length, recipe.batch_size) == (16, 16, 4)
    assert "cpu" in done.out.splitlines()[0]
    assert "bf16, 1 thread, seed 5" in done.out.splitlines()[0]


def test_the_clock_ends_a_run(bench):
    done = bench.train("--seconds", 0.3)
    assert done.code == 0
    result = json.loads((bench.folder / "runs/small/result.json").read_text())
    assert 0.3 <= result["seconds"] < 3
    assert result["steps"] > 1


@pytest.mark.parametrize("processes", [1, 2])
def test_a_second_control_c_does_not_wait_unless_others_would(processes):
    """torchrun passes on what the terminal has sent already: its processes hear it twice."""
    trainer = SimpleNamespace(stopping=False, world=World(0, processes, 0))
    before = signal.getsignal(signal.SIGINT)
    with stop_gently(trainer):
        signal.raise_signal(signal.SIGINT)
        assert trainer.stopping
        if processes == 1:
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        else:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows sends Ctrl-C to a console, not a process"
)
def test_control_c_saves_and_says_how_to_go_on(bench):
    """In a process of its own: the exit code and the streams are the real ones."""
    process = bench.start("train", *TINY, "--data", bench.text, "--steps", 3000, "--out", "run")
    deadline = time.monotonic() + 60
    while not checkpoints.checkpoints(bench.folder / "run"):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == ""
    step = json.loads(out.rsplit("stopped and saved at step ", 1)[1].split(";")[0])
    assert out.endswith(f"{step}; go on: gptlab train --resume --out run\n")
    found = checkpoints.latest(bench.folder / "run")
    assert found.name == f"step-{step:08d}"
    assert load_file(found / "model.safetensors")
    assert not list((bench.folder / "run").glob(".*"))
    goes_on = bench("train", "--resume", "--out", "run", "--steps", step + 1, "--quiet")
    assert goes_on.code == 0
