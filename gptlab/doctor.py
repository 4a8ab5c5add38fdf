"""`gptlab doctor`: what works on this machine, what does not, and what to do about it.

Imports nothing heavy at the top, so that it can speak about an installation that is broken.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST_PYTHON = (3, 11)
NEEDED_DISK = 1_000_000_000  # bytes: a run's checkpoints, the data sets
INSTALL = "in the repository's folder: pip install -c constraints.txt -e ."
NEEDED_MEMORY = 3_000_000_000  # bytes: what training and measuring the default model takes, doubled


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `level`: "ok", "note" (works, could be better) or "problem"."""

    level: str
    what: str
    advice: str = ""


def examine() -> list[Finding]:
    """Look at everything; a check that itself fails becomes a problem with the reason."""
    findings: list[Finding] = []
    for check in CHECKS:
        try:
            findings += check()
        except Exception as problem:  # the doctor reports, whatever is broken
            what = " ".join(f"{check.__name__}: {type(problem).__name__}: {problem}".split())
            findings.append(Finding("problem", what, INSTALL))
    return findings


def report(findings: list[Finding]) -> str:
    """The findings as text, problems last, advice indented under each."""
    order = {"ok": 0, "note": 1, "problem": 2}
    lines = []
    for finding in sorted(findings, key=lambda f: order[f.level]):
        lines.append(f"{finding.level:8}{finding.what}")
        if finding.advice:
            lines.append(f"{'':8}→ {finding.advice}")
    problems = sum(f.level == "problem" for f in findings)
    lines.append(f"{problems} problem{'s' * (problems != 1)} found" if problems else "all is well")
    return "\n".join(lines)


def python() -> Iterator[Finding]:
    """Is this Python new enough?"""
    version = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        yield Finding(
            "problem",
            f"Python {version} is too old",
            f"install Python {wanted} or newer and make a new environment with it",
        )
    else:
        yield Finding("ok", f"Python {version} on {platform.system()} {platform.machine()}")


def packages() -> Iterator[Finding]:
    """Is everything installed that gptlab asks for, new enough?"""
    from packaging.requirements import Requirement

    try:
        needed = importlib.metadata.requires("gptlab") or []
    except importlib.metadata.PackageNotFoundError:
        yield Finding(
            "problem",
            "gptlab is not installed in this environment, only lying there as files",
            INSTALL,
        )
        return
    missing = []
    for line in needed:
        wanted = Requirement(line)
        if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            version = importlib.metadata.version(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(f"{wanted.name} is not installed")
            continue
        if not wanted.specifier.contains(version, prereleases=True):
            missing.append(f"{wanted.name} is {version}, gptlab needs {wanted.specifier}")
    for problem in missing:
        yield Finding("problem", problem, INSTALL)
    if not missing:
        yield Finding("ok", f"gptlab {importlib.metadata.version('gptlab')} and its packages")


def torch_works() -> Iterator[Finding]:
    """Does torch load and compute?"""
    try:
        import torch
    except (ImportError, OSError) as problem:
        yield Finding(
            "problem",
            f"torch does not load: {problem}",
            "pip install torch==2.13.0 (the version that the course is tested with)",
        )
        return
    if not torch.ones(2, 2).mm(torch.ones(2, 2)).eq(2).all():
        yield Finding("problem", "torch computes 1 + 1 wrongly", "install torch anew")
        return
    yield Finding("ok", f"torch {torch.__version__}, {torch.get_num_threads()} threads")


def accelerator() -> Iterator[Finding]:
    """Is there a GPU, and does torch see it?"""
    import torch

    from gptlab import lab

    device = lab.find_device()
    if device.type != "cpu":
        yield Finding("ok", f"GPU: {lab.device_name(device)}")
    elif shutil.which("nvidia-smi") and subprocess.run(
        ["nvidia-smi", "-L"], capture_output=True, text=True, timeout=20, check=False
    ).stdout.startswith("GPU"):
        build = "a build for the CPU" if torch.version.cuda is None else "its driver is too old"
        yield Finding(
            "problem",
            f"there is an NVIDIA GPU, but torch {torch.__version__} does not see it ({build})",
            "install torch's CUDA build (pytorch.org, Get started), or update the driver",
        )
    else:
        yield Finding("ok", "no GPU: chapters use their CPU profile, which all of them have")
    if not lab.fast_bf16(device):
        yield Finding(
            "note",
            "this processor has no bf16 arithmetic; training uses fp32",
            "nothing to do; expect two to four times the training time that the book states",
        )


def compiler() -> Iterator[Finding]:
    """Can torch.compile build its kernels here?"""
    found = next((c for c in ("c++", "g++", "clang++", "cl") if shutil.which(c)), None)
    if found is None:
        yield Finding(
            "note",
            "no C++ compiler: training runs without torch.compile, about a fifth more slowly",
            "Debian, Ubuntu: apt install g++; macOS: xcode-select --install",
        )
        return
    if not Path(sysconfig.get_paths()["include"], "Python.h").exists():
        yield Finding(
            "note",
            "Python's header files are missing: training runs without torch.compile",
            "Debian, Ubuntu: apt install python3-dev",
        )
        return
    yield Finding("ok", f"compiler {found} for torch.compile")


def resources() -> Iterator[Finding]:
    """Are there enough cores, memory and disk?"""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    free = shutil.disk_usage(Path.cwd()).free
    if free < NEEDED_DISK:
        yield Finding(
            "problem",
            f"{free / 1e9:.1f} GB of disk free in {Path.cwd()}; a run needs about "
            f"{NEEDED_DISK / 1e9:.0f} GB",
            "free some space, or train with --out on another disk",
        )
    memory = available_memory()
    if memory is not None and memory < NEEDED_MEMORY:
        yield Finding(
            "note",
            f"{memory / 1e9:.1f} GB of memory free; training the default model takes about "
            f"{NEEDED_MEMORY / 2e9:.1f} GB",
            "close other programs, or train a smaller model: gptlab train --recipe nano",
        )
    shown = f", {memory / 1e9:.0f} GB of memory free" if memory else ""
    yield Finding("ok", f"{cores} cores{shown}, {free / 1e9:.0f} GB of disk free")


def available_memory() -> int | None:
    """Bytes of memory that programs can still have; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found = next(line for line in lines if line.startswith("MemAvailable:"))
        return int(found.split()[1]) * 1024
    except (OSError, StopIteration):
        return None


def corpus() -> Iterator[Finding]:
    """Is the built-in text there?"""
    from gptlab.text import corpora

    size = corpora.wikipedia().train_bytes
    yield Finding("ok", f"built-in corpus: {size / 1e6:.2f} MB of Wikipedia to learn from")


def downloads() -> Iterator[Finding]:
    """Can downloaded data be kept, and is the mirror, if one is named, there?"""
    from gptlab.text.downloads import cache_folder

    cache = cache_folder()
    nearest = next(p for p in (cache, *cache.parents) if p.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK):
        yield Finding("ok", f"data cache {cache}")
    else:
        yield Finding(
            "problem",
            f"the cache {cache} cannot be written",
            "set GPTLAB_CACHE to a folder of yours",
        )
    mirror = os.environ.get("GPTLAB_MIRROR", "").strip()
    if not mirror:
        return
    missing = no_mirror(mirror)
    if missing:
        yield Finding(
            "problem",
            f"GPTLAB_MIRROR is {mirror}, {missing}",
            "name a folder laid out like the list of `gptlab data list`, or a URL, or unset it",
        )
    else:
        yield Finding("ok", f"data mirror {mirror}")


def no_mirror(mirror: str) -> str:
    """What is wrong with the mirror of that name; nothing ("") for a folder or a server."""
    if not mirror.startswith(("http://", "https://")):
        return "" if Path(mirror).expanduser().is_dir() else "and there is no such folder"
    import requests

    try:
        requests.head(mirror, timeout=5)  # any answer will do: there is a server
    except requests.RequestException as problem:
        return f"which does not answer ({type(problem).__name__})"
    return ""


def notebooks() -> Iterator[Finding]:
    """Can the chapters be opened and run?"""
    try:
        importlib.metadata.version("jupyterlab")
    except importlib.metadata.PackageNotFoundError:
        yield Finding(
            "note",
            "JupyterLab is not installed: chapters can be read, not run",
            "make lab, or: pip install -c constraints.txt -e '.[lab]'",
        )
        return
    yield Finding("ok", f"JupyterLab {importlib.metadata.version('jupyterlab')}")


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    python,
    packages,
    torch_works,
    accelerator,
    compiler,
    resources,
    corpus,
    downloads,
    notebooks,
)
