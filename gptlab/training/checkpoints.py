"""Checkpoints: everything a run needs to go on as if it had never stopped, or nothing at all.

A checkpoint is a folder `step-00000300/` with `model.safetensors` (weights), `model.json` (the
model's configuration) and `state.pt` (tensors and plain numbers only: optimisers, step, random
states). It is written under another name, flushed to the disk, and renamed last: a folder of that
name is always whole.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import re
import shutil
import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gptlab.errors import LabError

NAME = re.compile(r"step-(\d{8})")


def save(
    folder: Path,
    step: int,
    model: nn.Module,
    state: dict[str, Any],
    keep: int = 2,
    weights: dict[str, Tensor] | None = None,
    write_more: Callable[[Path], None] | None = None,
) -> Path:
    """Write checkpoint `step` below `folder`; remove all but the newest `keep`.

    `weights` stand in for the model's own where those are spread over processes; `write_more` adds
    files to the folder before it gets its name.
    Raises LabError when the disk is full or the folder cannot be written; what was saved before is
    still there then, and the half-written one is gone.
    """
    target = Path(folder) / f"step-{step:08d}"

    def write(into: Path) -> None:
        save_file(unshared(model) if weights is None else weights, into / "model.safetensors")
        config = getattr(model, "config", None)
        described = {"class": type(model).__name__, "config": asdict(config) if config else None}
        (into / "model.json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
        # safetensors lets only the owner read; a class shares its models.
        shutil.copymode(into / "model.json", into / "model.safetensors")
        with open(into / "state.pt", "wb") as file:  # torch's own would hide why it cannot write
            torch.save(state, file)
        if write_more is not None:
            write_more(into)

    write_folder(target, write)
    for old in checkpoints(folder)[:-keep]:
        if old != target:  # it is, in a run that went back to an earlier checkpoint
            discard(old)
    return target


def write_folder(target: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a folder that appears under the name `target` only when it is whole.

    Raises LabError, and leaves nothing of it behind, when writing fails.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    hidden = target.with_name(f".{target.name}.{os.getpid()}.old.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for stale in target.parent.glob(".step-*.part"):  # left by a run that was killed
            shutil.rmtree(stale, ignore_errors=True)
        temporary.mkdir()
        write(temporary)
        for file in temporary.rglob("*"):
            sync(file)
        sync(temporary)
        if target.exists():
            target.rename(hidden)
        temporary.rename(target)
        sync(target.parent)
    except (OSError, SafetensorError, RuntimeError) as problem:
        cause = problem.__context__ if isinstance(problem.__context__, OSError) else problem
        reason = str(cause).partition("\n")[0]
        raise LabError(
            f"could not save {target}: {reason}. Nothing half-written is left and earlier "
            "checkpoints are untouched; free some space or choose another folder"
        ) from problem
    finally:
        if hidden.exists() and not target.exists():
            hidden.rename(target)
        for leftover in (temporary, hidden):
            shutil.rmtree(leftover, ignore_errors=True)


def discard(checkpoint: Path) -> None:
    """Remove a checkpoint so that no moment shows half of it under its name."""
    hidden = checkpoint.with_name(f".{checkpoint.name}.{os.getpid()}.old.part")
    checkpoint.rename(hidden)
    shutil.rmtree(hidden, ignore_errors=True)


def sync(path: Path) -> None:
    """Make the system write a file or folder to the disk now (folders: where the system can)."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unshared(model: nn.Module) -> dict[str, Tensor]:
    """The model's weights, each stored once and contiguous, as safetensors wants them."""
    seen: set[int] = set()
    weights = {}
    for name, tensor in model.state_dict().items():
        if tensor.data_ptr() not in seen or tensor.numel() == 0:
            weights[name] = tensor.detach().contiguous()
        seen.add(tensor.data_ptr())
    return weights


def checkpoints(folder: Path) -> list[Path]:
    """The whole checkpoints below `folder`, oldest first."""
    found = [p for p in Path(folder).glob("step-*") if NAME.fullmatch(p.name) and p.is_dir()]
    return sorted(found)


def latest(folder: Path) -> Path:
    """The newest checkpoint below `folder`, or `folder` itself when it is one.

    Raises LabError when there is none.
    """
    folder = Path(folder)
    if (folder / "model.safetensors").exists():
        return folder
    found = checkpoints(folder)
    if not found:
        what = "holds no checkpoint" if folder.exists() else "does not exist"
        raise LabError(f"{folder} {what}; train a model first: gptlab train --out {folder}")
    return found[-1]


def read_config(checkpoint: Path) -> dict[str, Any]:
    """What `model.json` says: the model's class and configuration.

    Raises LabError when the file is missing or no JSON.
    """
    path = Path(checkpoint) / "model.json"
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        return {"class": described["class"], "config": described["config"]}
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise LabError(f"{path} is not a checkpoint's description: {problem}") from problem


def load_weights(checkpoint: Path, model: nn.Module) -> None:
    """Copy a checkpoint's weights into `model`.

    Raises LabError when the file is damaged or belongs to a model of another shape; `model` is
    unchanged then.
    """
    path = Path(checkpoint) / "model.safetensors"
    try:
        weights = load_file(path)
    except (OSError, SafetensorError) as problem:
        raise damaged(path, problem) from problem
    fit(weights, model, path)


def fit(weights: dict[str, Tensor], model: nn.Module, path: Path) -> None:
    """Copy `weights` into `model` if every name and shape agrees, else raise LabError."""
    mine = unshared(model)
    for name in sorted(mine.keys() | weights.keys()):
        if name not in weights:
            problem = f"it has no {name!r}"
        elif name not in mine:
            problem = f"it has {name!r}, which the model lacks"
        elif weights[name].shape != mine[name].shape:
            got, want = tuple(weights[name].shape), tuple(mine[name].shape)
            problem = f"its {name!r} has shape {got}, the model's has {want}"
        else:
            continue
        raise LabError(
            f"{path} is a checkpoint of another model: {problem}; "
            "build the model from the model.json beside it"
        )
    model.load_state_dict(weights, strict=False)  # strict would ask for tied weights twice


def load_state(checkpoint: Path, mapped: bool = False) -> dict[str, Any]:
    """The run's state: tensors and plain values only; a pickle with code in it is refused.

    `mapped` leaves the tensors in the file, for a look at the rest.
    Raises LabError when the file is missing, damaged or carries code.
    """
    path = Path(checkpoint) / "state.pt"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's guesses about a file that is none of ours
            state = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except pickle.UnpicklingError as problem:
        raise LabError(
            f"{path} holds more than tensors and numbers and was not opened: a pickle can run any "
            "code. If gptlab did not write it, do not trust it; if it did, the file is damaged: "
            f"remove {path.parent} to go on from the checkpoint before it"
        ) from problem
    except Exception as problem:  # a damaged file fails in any way there is
        raise damaged(path, problem) from problem
    if not isinstance(state, dict):
        raise damaged(path, ValueError(f"it holds a {type(state).__name__}"))
    return state


def damaged(path: Path, problem: BaseException) -> LabError:
    """The error for a file of a checkpoint that cannot be read."""
    reason = str(problem).partition("\n")[0]
    return LabError(
        f"{path} is missing or damaged ({type(problem).__name__}: {reason}); "
        f"remove {path.parent} to go on from the checkpoint before it"
    )


def random_states() -> dict[str, Any]:
    """The states of Python's, NumPy's and torch's generators, as tensors and plain values."""
    numpy_state: Any = np.random.get_state()  # noqa: NPY002
    name, keys, position, has_gauss, gauss = numpy_state
    states: dict[str, Any] = {
        "python": random.getstate(),
        "numpy": (name, torch.from_numpy(keys.astype(np.int64)), position, has_gauss, gauss),
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state_all()
    return states


def restore_random_states(states: dict[str, Any]) -> None:
    """Put every generator back to where `random_states` found it."""
    random.setstate(states["python"])
    name, keys, position, has_gauss, gauss = states["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), position, has_gauss, gauss))  # noqa: NPY002
    torch.set_rng_state(states["torch"])
    if torch.cuda.is_available():
        for device, state in zip(range(torch.cuda.device_count()), states.get("cuda", ())):  # noqa: B905 - the run may go on where there are fewer GPUs
            torch.cuda.set_rng_state(state, device)
