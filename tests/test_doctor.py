"""The doctor: each thing that can be wrong is made wrong, found, and comes with its advice."""

from __future__ import annotations

import collections
import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from gptlab import doctor, lab
from gptlab.doctor import Finding

USAGE = collections.namedtuple("USAGE", "total used free")


def levels(findings) -> list[str]:
    return [finding.level for finding in findings]


def only(check) -> Finding:
    """What the check found; exactly one thing."""
    (finding,) = check()
    return finding


def is_problem(finding: Finding, what: str, advice: str, level: str = "problem") -> None:
    assert finding.level == level
    assert what in finding.what
    assert advice in finding.advice


def test_all_is_looked_at_and_a_healthy_machine_has_no_problem(monkeypatch, tmp_path):
    # Run from the source tree without installation, the doctor rightly complains about that alone.
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: ["torch>=2.9"])
    real = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda n: "0.1" if n == "gptlab" else real(n)
    )
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path))
    monkeypatch.delenv("GPTLAB_MIRROR", raising=False)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: USAGE(10**12, 0, 10**12))
    findings = doctor.examine()
    assert "problem" not in levels(findings), doctor.report(findings)
    said = doctor.report(findings)
    for part in (
        f"Python {sys.version_info.major}.{sys.version_info.minor}", f"torch {torch.__version__}",
        "gptlab 0.1", "cores", "GB of disk free", "MB of Wikipedia", f"data cache {tmp_path}",
    ):  # fmt: skip
        assert part in said
    assert said.endswith("all is well")


def test_old_python(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 14, "final", 0))
    monkeypatch.setattr(doctor.platform, "python_version", lambda: "3.10.14")
    is_problem(only(doctor.python), "Python 3.10.14 is too old", "install Python 3.11 or newer")


def installed(monkeypatch, needs: list[str], have: dict[str, str]) -> None:
    def version(name):
        if name not in have:
            raise importlib.metadata.PackageNotFoundError(name)
        return have[name]

    monkeypatch.setattr(importlib.metadata, "requires", lambda name: needs)
    monkeypatch.setattr(importlib.metadata, "version", version)


def test_missing_and_old_packages(monkeypatch):
    needs = ["numpy>=1.26", "tyro>=0.9", "pooch>=1.8", "ruff>=1; extra == 'test'"]
    have = {"gptlab": "0.1", "numpy": "1.20.3", "pooch": "1.9.0rc1"}
    installed(monkeypatch, needs, have)
    findings = list(doctor.packages())
    assert [f.what for f in findings] == [
        "numpy is 1.20.3, gptlab needs >=1.26", "tyro is not installed"
    ]  # fmt: skip
    for finding in findings:
        is_problem(finding, "", "pip install -c constraints.txt -e .")
    installed(monkeypatch, needs[2:], have)
    assert only(doctor.packages) == Finding("ok", "gptlab 0.1 and its packages")


def test_gptlab_itself_is_not_installed(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", missing)
    is_problem(only(doctor.packages), "not installed in this environment", "pip install")


def test_torch_that_does_not_load(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    is_problem(only(doctor.torch_works), "torch does not load", "pip install torch==2.13.0")


def test_the_advised_torch_is_the_tested_one():
    constraints = Path(__file__).resolve().parents[1] / "constraints.txt"
    tested = next(
        line for line in constraints.read_text().splitlines() if line.startswith("torch==")
    )
    assert tested in Path(doctor.__file__).read_text()


def test_torch_that_computes_wrongly(monkeypatch):
    monkeypatch.setattr(torch, "ones", lambda *shape: torch.full(shape, 3.0))
    is_problem(only(doctor.torch_works), "torch computes 1 + 1 wrongly", "install torch anew")


def gpu_machine(monkeypatch, driver: str, cuda: str | None) -> None:
    """An NVIDIA GPU as the system sees it, and a torch that does not."""
    monkeypatch.setattr(lab, "find_device", lambda: torch.device("cpu"))
    monkeypatch.setattr(lab, "fast_bf16", lambda device: True)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: SimpleNamespace(stdout=driver))
    monkeypatch.setattr(torch.version, "cuda", cuda)


@pytest.mark.parametrize(
    ("cuda", "reason"), [(None, "a build for the CPU"), ("12.8", "its driver is too old")]
)
def test_a_gpu_that_torch_does_not_see(monkeypatch, cuda, reason):
    gpu_machine(monkeypatch, "GPU 0: NVIDIA H100 (UUID: GPU-1)\n", cuda)
    finding = only(doctor.accelerator)
    is_problem(finding, f"does not see it ({reason})", "install torch's CUDA build")


def test_a_driver_without_a_gpu_is_no_problem(monkeypatch):
    gpu_machine(monkeypatch, "No devices were found\n", None)
    assert only(doctor.accelerator).level == "ok"
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "no GPU: chapters use their CPU profile" in only(doctor.accelerator).what


def test_a_gpu_that_works_and_one_without_bf16(monkeypatch):
    monkeypatch.setattr(lab, "find_device", lambda: torch.device("cuda"))
    monkeypatch.setattr(lab, "device_name", lambda device: "NVIDIA T4")
    monkeypatch.setattr(lab, "fast_bf16", lambda device: False)
    gpu, bf16 = doctor.accelerator()
    assert gpu == Finding("ok", "GPU: NVIDIA T4")
    is_problem(bf16, "no bf16 arithmetic", "nothing to do; expect", "note")


def test_no_compiler(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    is_problem(only(doctor.compiler), "no C++ compiler", "apt install g++", "note")


def test_no_headers(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/c++" if name == "c++" else None)
    monkeypatch.setattr(doctor.sysconfig, "get_paths", lambda: {"include": str(tmp_path)})
    is_problem(only(doctor.compiler), "header files are missing", "apt install python3-dev", "note")
    (tmp_path / "Python.h").touch()
    assert only(doctor.compiler) == Finding("ok", "compiler c++ for torch.compile")


def test_a_full_disk_and_little_memory(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: USAGE(10**12, 10**12 - 10**8, 10**8))
    monkeypatch.setattr(doctor, "available_memory", lambda: 10**9)
    disk, memory, summary = doctor.resources()
    is_problem(disk, f"0.1 GB of disk free in {Path.cwd()}", "free some space, or train with --out")
    is_problem(memory, "1.0 GB of memory free", "gptlab train --recipe nano", "note")
    assert summary.level == "ok"
    monkeypatch.setattr(shutil, "disk_usage", lambda path: USAGE(10**12, 0, 10**12))
    monkeypatch.setattr(doctor, "available_memory", lambda: None)  # where the system does not say
    assert "memory" not in only(doctor.resources).what


def test_memory_is_read_where_the_system_tells(monkeypatch):
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "MemTotal: 9 kB\nMemAvailable: 5 kB\n")
    assert doctor.available_memory() == 5 * 1024
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "MemTotal: 9 kB\n")
    assert doctor.available_memory() is None


def test_no_built_in_text(monkeypatch):
    from gptlab.errors import LabError
    from gptlab.text import corpora

    def gone():
        raise LabError("the Wikipedia sample is not there;\n reinstall gensim")

    monkeypatch.setattr(corpora, "wikipedia", gone)
    monkeypatch.setattr(doctor, "CHECKS", (doctor.corpus,))
    is_problem(only(doctor.examine), "corpus: LabError: the Wikipedia sample", "pip install")


def test_a_cache_that_cannot_be_written(monkeypatch, tmp_path):
    monkeypatch.delenv("GPTLAB_MIRROR", raising=False)
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path / "new" / "cache"))
    assert only(doctor.downloads) == Finding("ok", f"data cache {tmp_path / 'new' / 'cache'}")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    is_problem(only(doctor.downloads), f"{tmp_path}", "set GPTLAB_CACHE to a folder of yours")
    monkeypatch.undo()
    (tmp_path / "file").touch()
    monkeypatch.delenv("GPTLAB_MIRROR", raising=False)
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path / "file" / "cache"))
    is_problem(only(doctor.downloads), "cannot be written", "set GPTLAB_CACHE")


@pytest.mark.parametrize(
    ("mirror", "wrong"),
    [
        ("/no/such/folder", "and there is no such folder"),
        ("ftp://127.0.0.1/data", "and there is no such folder"),
        ("http://127.0.0.1:9/data", "which does not answer (ConnectionError)"),
    ],
)
def test_a_mirror_that_is_not_there(monkeypatch, tmp_path, mirror, wrong):
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path))
    monkeypatch.setenv("GPTLAB_MIRROR", mirror)
    cache, finding = doctor.downloads()
    assert cache.level == "ok"
    is_problem(finding, f"GPTLAB_MIRROR is {mirror}, {wrong}", "name a folder laid out like")


def test_a_mirror_that_is_there(monkeypatch, tmp_path):
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path))
    monkeypatch.setenv("GPTLAB_MIRROR", str(tmp_path))
    assert list(doctor.downloads())[1] == Finding("ok", f"data mirror {tmp_path}")


def test_no_jupyterlab(monkeypatch):
    installed(monkeypatch, [], {})
    is_problem(only(doctor.notebooks), "JupyterLab is not installed", "make lab", "note")
    installed(monkeypatch, [], {"jupyterlab": "4.6"})
    assert only(doctor.notebooks) == Finding("ok", "JupyterLab 4.6")


def test_a_check_that_crashes_is_a_problem_and_the_others_go_on(monkeypatch):
    def crashes():
        yield Finding("ok", "so far so good")
        raise OSError("the disk\nis on fire")

    monkeypatch.setattr(doctor, "CHECKS", (crashes, doctor.python))
    findings = doctor.examine()
    assert levels(findings) == ["ok", "problem", "ok"]
    is_problem(findings[1], "crashes: OSError: the disk is on fire", "pip install")


def test_the_report_puts_problems_last_with_their_advice():
    findings = [
        Finding("problem", "no torch", "install it"),
        Finding("ok", "Python"),
        Finding("note", "slow", "wait"),
    ]
    assert doctor.report(findings).splitlines() == [
        "ok      Python",
        "note    slow",
        "        → wait",
        "problem no torch",
        "        → install it",
        "1 problem found",
    ]
    assert doctor.report(findings[:1] * 2).endswith("2 problems found")
    assert doctor.report(findings[1:]).endswith("all is well")


def test_it_starts_without_anything_heavy():
    """An installation that is broken must be able to call it."""
    heavy = "('torch', 'numpy', 'tyro')"
    code = f"import sys, gptlab.doctor; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
