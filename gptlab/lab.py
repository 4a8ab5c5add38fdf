"""The laboratory: which device, which precision, how many threads, and where the randomness starts.

Every chapter opens with `lab.setup()`, and says with `lab.pick(cpu=…, gpu=…)` what a GPU changes.
"""

from __future__ import annotations

import contextlib
import os
import random
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch

from gptlab.errors import LabError

PRECISIONS = ("fp32", "tf32", "bf16")
T = TypeVar("T")


@dataclass(frozen=True)
class Lab:
    """What `setup` chose: where tensors live, how they are multiplied, and by how many threads."""

    device: torch.device
    precision: str
    threads: int
    seed: int

    @property
    def on_gpu(self) -> bool:
        """True on cuda and mps."""
        return self.device.type != "cpu"

    def __str__(self) -> str:
        return (
            f"gptlab on {device_name(self.device)}: {self.precision}, {self.threads} "
            f"thread{'s' if self.threads != 1 else ''}, seed {self.seed}, torch {torch.__version__}"
        )


_current: Lab | None = None


def setup(
    seed: int = 0,
    device: str | torch.device | None = None,
    precision: str = "auto",
    threads: int | None = None,
    quiet: bool = False,
) -> Lab:
    """Choose device and precision, seed every generator, and print one line about it.

    `device`: "cuda", "mps", "cpu", or None for the best there is. `precision`: "fp32", "tf32",
    "bf16", or "auto": bf16 where the processor multiplies it in hardware, else fp32.
    `threads`: how many the CPU uses; None leaves torch's choice (or OMP_NUM_THREADS).
    Raises LabError for a device that is not there and for an unknown precision.
    """
    global _current
    chosen = find_device(device)
    if precision == "auto":
        precision = "bf16" if fast_bf16(chosen) else "fp32"
    if precision not in PRECISIONS:
        raise LabError(
            f"precision {precision!r} is unknown; choose 'auto' or one of {', '.join(PRECISIONS)}"
        )
    if threads is not None:
        if threads < 1:
            raise LabError(f"threads is {threads}; give at least 1, or leave it out")
        torch.set_num_threads(threads)
    torch.set_float32_matmul_precision("high" if precision in ("tf32", "bf16") else "highest")
    seed_everything(seed)
    _current = Lab(chosen, precision, torch.get_num_threads(), seed)
    if not quiet:
        print(_current)
    return _current


def current() -> Lab:
    """What the last `setup` chose; calls it quietly when nobody has yet."""
    return _current if _current is not None else setup(quiet=True)


def pick(*, cpu: T, gpu: T) -> T:
    """The one place where CPU and GPU runs differ: `lab.pick(cpu=300, gpu=20_000)`."""
    return gpu if current().on_gpu else cpu


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and torch's generators alike.

    Raises LabError unless 0 ≤ seed < 2³² (NumPy's limit).
    """
    if not 0 <= seed < 2**32:
        raise LabError(f"seed is {seed}; give a whole number from 0 to {2**32 - 1}")
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - libraries that the reader uses still draw from it
    torch.manual_seed(seed)


def find_device(device: str | torch.device | None = None) -> torch.device:
    """The named device, or the best there is: cuda, then mps, then cpu.

    Raises LabError when the named one is unknown or not there.
    """
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.mps.is_available()}
    if device is None:
        return torch.device(next(name for name in ("cuda", "mps", "cpu") if there[name]))
    try:
        wanted = torch.device(device)
    except RuntimeError:
        raise LabError(f"device {device!r} is unknown; choose cuda, mps or cpu") from None
    missing = not there.get(wanted.type, False)
    if wanted.type == "cuda" and wanted.index is not None and not missing:
        missing = wanted.index >= torch.cuda.device_count()
    if missing:
        have = ", ".join(name for name, is_there in there.items() if is_there)
        raise LabError(
            f"device {str(device)!r} is not there; this machine has {have}. Leave the device out "
            "to take the best, or run `gptlab doctor` to see why a GPU is not found"
        )
    return wanted


def fast_bf16(device: torch.device) -> bool:
    """Whether the device multiplies bf16 in hardware (an emulated bf16 is slower than fp32)."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device)[0] >= 8
    if device.type == "cpu":
        probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, name, lambda: False)() for name in probes)
    return False


def device_name(device: torch.device) -> str:
    """A name for people: the GPU's model, or the CPU's."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type} ({processor_name()})" if device.type == "cpu" else device.type


def processor_name() -> str:
    """The CPU's model name where the system tells it, else its architecture."""
    import platform

    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine() or f"{os.cpu_count()} cores"


def autocast(device: torch.device, precision: str) -> contextlib.AbstractContextManager:
    """Mixed precision for a forward pass: bf16 products, fp32 weights and sums.

    Does nothing for fp32 and tf32. Source: Micikevicius et al. 2018 (with bf16 for fp16, so that no
    loss scaling is needed).
    """
    if precision == "bf16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return contextlib.nullcontext()
