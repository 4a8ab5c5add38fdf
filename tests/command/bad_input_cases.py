"""The issue's list of bad input: how each is brought about, and what must be said of it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from command_bench import TINY, Bench

from gptlab import cli_train
from gptlab.text import downloads
from gptlab.text.corpora import NAMED, tiny_shakespeare
from gptlab.training import checkpoints
from gptlab.training.trainer import Trainer

ISSUE = (
    "empty or tiny corpus", "missing file", "wrong checksum", "cut download", "text not UTF-8",
    "token ids out of range", "prompt longer than the context", "batch larger than the data",
    "unknown preset", "device that is not there", "disk full while saving",
    "checkpoint of another model", "pickle with code in it", "NaN loss",
)  # fmt: skip
BEYOND = "beyond the list"
SHAKESPEARE = "tinyshakespeare/input.txt"
TRICKED = "gptlab-was-tricked"


@dataclass
class Place:
    """Where a case is set up: the bench, a trained run in it, and ways to spoil things."""

    bench: Bench
    run: Path
    patch: pytest.MonkeyPatch
    request: pytest.FixtureRequest

    @property
    def newest(self) -> Path:
        """The run's newest checkpoint."""
        return self.run / "step-00000040"

    def file(self, name: str, content: bytes) -> Path:
        """A file with that content."""
        path = self.bench.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


CASES: list = []


def case(item: str, *says: str):
    """Add a case: its function spoils something and returns the command that must then fail."""

    def add(spoil: Callable[[Place], list]) -> Callable[[Place], list]:
        assert item in (*ISSUE, BEYOND)
        CASES.append(pytest.param(spoil, says, item, id=spoil.__name__))
        return spoil

    return add


def train(*more: object) -> list:
    return ["train", *TINY, *more]


def resume(place: Place, *more: object) -> list:
    return ["train", "--resume", "--quiet", "--out", place.run, *more]


def generate(place: Place, *more: object) -> list:
    return ["generate", *more, "--run", place.run]


@case("empty or tiny corpus", "is empty", "at least 1,000 bytes")
def empty(place):
    return train("--data", place.file("empty.txt", b""))


@case("empty or tiny corpus", "holds only 11 bytes", "at least 1,000 bytes")
def tiny(place):
    return train("--data", place.file("tiny.txt", b"hello world"))


@case("empty or tiny corpus", "holds no .txt file", "name a file")
def empty_folder(place):
    (place.bench.folder / "none").mkdir()
    return train("--data", "none")


@case("empty or tiny corpus", "vocab_size=5000 is too large for this text", "ask for at most")
def too_small_for_the_vocabulary(place):
    return train("--data", place.bench.text, "--vocab-size", 5000)


@case("missing file", "'novel.txt'", f"{', '.join(NAMED)}, or the path of a .txt file")
def no_such_text(place):
    return train("--data", "novel.txt")


@case("missing file", "nowhere does not exist", "gptlab train --out nowhere")
def no_such_run(place):
    return ["generate", "--run", "nowhere"]


@case("missing file", "no trained model below runs/", "`gptlab train`", "--run")
def no_run_at_all(place):
    return ["generate"]


@case("missing file", "no trained model below runs/", "gptlab train")
def nothing_to_resume(place):
    return ["train", "--resume"]


@case("missing file", "nowhere holds no run (no recipe.json)", "gptlab train --out nowhere")
def nothing_to_resume_there(place):
    return ["train", "--resume", "--out", "nowhere"]


@case("missing file", "data.json does not say which text the run learns", "train a new one")
def no_data_json(place):
    (place.run / "data.json").unlink()
    return resume(place)


@case("missing file", "holds no checkpoint", "train a model first")
def all_checkpoints_gone(place):
    for checkpoint in checkpoints.checkpoints(place.run):
        shutil.rmtree(checkpoint)
    return resume(place)


@case("missing file", "tokenizer.json is not there")
def no_tokenizer(place):
    (place.run / "tokenizer.json").unlink()
    return generate(place)


@case("missing file", "no corpus and no file is called", "gone.txt")
def the_text_of_a_run_is_gone(place):
    described = json.loads((place.run / "data.json").read_text())
    described["data"] = str(place.bench.folder / "gone.txt")
    (place.run / "data.json").write_text(json.dumps(described))
    return resume(place)


@case("wrong checksum", "is not the expected file: SHA-256", "GPTLAB_MIRROR")
def wrong_file_in_the_mirror(place):
    tiny_shakespeare.cache_clear()  # another test may have read it
    place.file(f"mirror/{SHAKESPEARE}", b"other words")
    place.patch.setenv("GPTLAB_MIRROR", str(place.bench.folder / "mirror"))
    return train("--data", "tiny-shakespeare")


@case("wrong checksum", "is damaged: its SHA-256 is", f"gptlab data get {SHAKESPEARE}")
def damaged_cache(place):
    place.file(f"cache/{SHAKESPEARE}", b"other words")
    return ["data", "verify", SHAKESPEARE]


@case("cut download", "cut off after", "of 1115394 bytes", "the next try goes on from there")
def cut_download(place):
    server = place.request.getfixturevalue("server")
    server.files["/input.txt"] = bytes(1_115_394)
    server.cuts = [100_000, 0, 0, 0, 0, 0]
    cut = replace(downloads.DOWNLOADS[SHAKESPEARE], url=f"{server.url}/input.txt")
    place.patch.setitem(downloads.DOWNLOADS, SHAKESPEARE, cut)
    return ["data", "get", SHAKESPEARE]


@case("text not UTF-8", "latin.txt is not UTF-8: byte 0xe9 at offset 3", "iconv")
def latin_1(place):
    return train("--data", place.file("latin.txt", "café ".encode("latin-1") * 500))


@case("token ids out of range", "token id 60000 is outside 0 … 269", "tokenize again")
def damaged_tokens(place):
    shard = place.run / "train.bin"
    raw = bytearray(shard.read_bytes())
    raw[256:] = np.full((len(raw) - 256) // 2, 60_000, "<u2").tobytes()
    shard.write_bytes(raw)
    return resume(place, "--steps", 50)


@case("token ids out of range", "is outside 0 … 269", "the tokenizer that the model was trained")
def another_tokenizer(place):
    other = place.bench.train("--vocab-size", 300, "--steps", 1, "--out", "other")
    assert other.code == 0
    shutil.copy("other/tokenizer.json", place.run / "tokenizer.json")
    return generate(place, "the")


@case("prompt longer than the context", "context_length is 16 but the prompt has", "crop it")
def long_prompt(place):
    return generate(place, "river stone tree " * 20)


@case("batch larger than the data", "batch_size=100000 is larger than the data", "smaller batch")
def large_batch(place):
    return train("--data", place.bench.text, "--batch-size", 100_000)


@case("batch larger than the data", "context_length=100000 needs 100001 tokens", "shorter context")
def long_context(place):
    return train("--data", place.bench.text, "--context-length", 100_000)


@case("unknown preset", "no download is called 'tinyshakespere'", "did you mean tinyshakespeare")
def unknown_download(place):
    return ["data", "get", "tinyshakespere"]


@case("device that is not there", "device 'cuda:99' is not there; this machine has cpu", "doctor")
def no_such_gpu(place):
    return train("--data", place.bench.text, "--device", "cuda:99")


@case("device that is not there", "device 'gpu' is unknown; choose cuda, mps or cpu")
def no_such_device(place):
    return generate(place, "the", "--device", "gpu")


@case("checkpoint of another model", "is a checkpoint of another model: its", "model.json")
def another_model_goes_on(place):
    assert place.bench.train("--d-model", 32, "--steps", 1, "--out", "other").code == 0
    shutil.copy("other/step-00000001/model.safetensors", place.newest)
    return resume(place, "--steps", 50)


@case("checkpoint of another model", "is a checkpoint of another model: it has no 'blocks.1")
def another_model_writes(place):
    described = json.loads((place.newest / "model.json").read_text())
    described["config"]["n_layers"] = 2
    (place.newest / "model.json").write_text(json.dumps(described))
    return generate(place, "the")


@case("checkpoint of another model", "holds another optimiser's or run's state: shape")
def the_state_of_another_model(place):
    assert place.bench.train("--d-model", 32, "--steps", 1, "--out", "other").code == 0
    shutil.copy("other/step-00000001/state.pt", place.newest)
    return resume(place, "--steps", 50)


@case("checkpoint of another model", "was not written by a run like this one", "no average, hist")
def the_state_of_something_else(place):
    state = torch.load(place.newest / "state.pt", weights_only=True)
    torch.save({name: state[name] for name in ("step", "config")}, place.newest / "state.pt")
    return resume(place, "--steps", 50)


class Code:
    def __reduce__(self):
        return (os.system, (f"touch {TRICKED}",))


@case("pickle with code in it", "can run any code", "do not trust it", "remove")
def a_pickle_with_code(place):
    torch.save({"step": 40, "evil": Code()}, place.newest / "state.pt")
    return resume(place, "--steps", 50)


@case("pickle with code in it", "model.safetensors is missing or damaged", "remove")
def a_pickle_for_weights(place):
    torch.save({"weights": Code()}, place.newest / "model.safetensors")
    return generate(place, "the")


@case("NaN loss", "the loss is nan at step 1 (batch 1)", "no checkpoint has been", "Lower the lear")
def not_a_number(place):
    return train("--data", place.bench.text, "--lr", "1e30")


@case("NaN loss", "is nan at step 4", "trained/step-00000040", "Lower the learning rate")
def not_a_number_after_a_while(place):
    return resume(place, "--steps", 80, "--lr", "1e30")


@case("NaN loss", "the largest weight is inf at step 1", "Lower the learning rate")
def infinite_weights_in_the_last_step(place):
    return train("--data", place.bench.text, "--lr", "1e39", "--steps", 1)


@case("disk full while saving", "could not write", "curve.png: No space left", "draw it again")
def no_room_for_the_curve(place):
    def full(*_):
        raise OSError(28, "No space left on device")

    place.patch.setattr(cli_train, "save_figure", full)
    for name in ("curve.png", "result.json"):  # both are written anew
        (place.run / name).unlink()
    return resume(place)


@case(BEYOND, "state.pt is missing or damaged", "remove", "step-00000040")
def half_a_state(place):
    state = place.newest / "state.pt"
    state.write_bytes(state.read_bytes()[:5000])
    return resume(place, "--steps", 50)


@case(BEYOND, "state.pt is missing or damaged", "it holds a list")
def another_kind_of_state(place):
    torch.save([1, 2, 3], place.newest / "state.pt")
    return resume(place, "--steps", 50)


@case(BEYOND, "recipe.json is damaged", "no recipe of gptlab")
def a_damaged_recipe(place):
    (place.run / "recipe.json").write_text('{"corpus": 3}')
    return resume(place)


@case(BEYOND, "is a file; name a folder")
def out_is_a_file(place):
    return train("--data", place.bench.text, "--out", place.file("mine", b"precious"))


@case(BEYOND, "n_heads=3 does not divide d_model=16", "choose a divisor of 16")
def heads_that_do_not_fit(place):
    return train("--data", place.bench.text, "--n-heads", 3)


@case(BEYOND, "out of memory", "smaller --batch-size")
def too_large_a_model(place):
    def greedy(_):
        torch.empty(1 << 50)

    place.patch.setattr(Trainer, "gradients", greedy)
    return train("--data", place.bench.text)


@case(BEYOND, "seconds is 0.0; give a number above 0")
def no_time(place):
    return train("--data", place.bench.text, "--seconds", 0)


@case(BEYOND, "seed is -1; give a whole number from 0")
def no_seed(place):
    return train("--data", place.bench.text, "--seed", -1)
