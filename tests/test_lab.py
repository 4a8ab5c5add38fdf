"""The laboratory: one seed for all generators, a device that is there, one line about it."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from gptlab import lab
from gptlab.errors import LabError


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch):
    """The number of threads, the precision and the laboratory belong to the whole process."""
    monkeypatch.setattr(lab, "_current", None)
    threads, precision = torch.get_num_threads(), torch.get_float32_matmul_precision()
    yield
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision(precision)


def draws() -> tuple:
    return random.random(), float(np.random.random()), float(torch.rand(()))  # noqa: NPY002


def test_setup_seeds_every_generator():
    lab.setup(3, device="cpu", quiet=True)
    first = draws()
    assert draws() != first
    lab.setup(3, device="cpu", quiet=True)
    assert draws() == first
    lab.setup(4, device="cpu", quiet=True)
    other = draws()
    assert all(a != b for a, b in zip(first, other, strict=True))
    random.seed(3)
    assert random.random() == first[0]


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_no_generator_takes(seed):
    with pytest.raises(LabError, match=f"seed is {seed}; give a whole number from 0 to 4294967295"):
        lab.setup(seed, quiet=True)
    lab.seed_everything(2**32 - 1)


def test_one_line_tells_what_was_chosen(capsys):
    here = lab.setup(7, device="cpu", precision="tf32", threads=1)
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert said == f"{here}\n"
    for part in ("cpu (", "tf32", "1 thread,", "seed 7", f"torch {torch.__version__}"):
        assert part in said
    assert (here.device, here.precision, here.threads, here.seed) == (
        torch.device("cpu"), "tf32", 1, 7
    )  # fmt: skip
    assert not here.on_gpu
    lab.setup(device="cpu", threads=2, quiet=True)
    assert capsys.readouterr().out == ""
    assert "2 threads" in str(lab.current())
    assert torch.get_num_threads() == 2


def test_threads_are_left_alone_unless_given():
    torch.set_num_threads(3)
    assert lab.setup(quiet=True).threads == 3
    with pytest.raises(LabError, match="threads is 0; give at least 1"):
        lab.setup(threads=0, quiet=True)


@pytest.mark.parametrize(("fast", "chosen"), [(True, "bf16"), (False, "fp32")])
def test_auto_takes_bf16_where_the_hardware_has_it(monkeypatch, fast, chosen):
    monkeypatch.setattr(lab, "fast_bf16", lambda device: fast)
    assert lab.setup(device="cpu", quiet=True).precision == chosen
    assert lab.setup(device="cpu", precision="fp32", quiet=True).precision == "fp32"


@pytest.mark.parametrize(
    ("precision", "matmul"), [("fp32", "highest"), ("tf32", "high"), ("bf16", "high")]
)
def test_precision_reaches_the_matrix_products(precision, matmul):
    lab.setup(device="cpu", precision=precision, quiet=True)
    assert torch.get_float32_matmul_precision() == matmul


def test_fast_bf16_asks_the_processor(monkeypatch):
    cpu = torch.device("cpu")
    for avx, amx in ((False, False), (True, False), (False, True)):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda v=avx: v, raising=False)
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda v=amx: v, raising=False)
        assert lab.fast_bf16(cpu) == (avx or amx)
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported")
    monkeypatch.delattr(torch.cpu, "_is_amx_tile_supported")
    assert not lab.fast_bf16(cpu)  # an older or newer torch without these
    for major, fast in ((7, False), (8, True), (9, True)):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda d, m=major: (m, 0))
        assert lab.fast_bf16(torch.device("cuda")) == fast
    assert not lab.fast_bf16(torch.device("mps"))


def test_unknown_names_say_what_there_is():
    with pytest.raises(LabError, match="precision 'fp8' is unknown; choose 'auto' or one of fp32"):
        lab.setup(precision="fp8", quiet=True)
    for name in ("gpu", "", "cuda:x"):
        with pytest.raises(LabError, match=f"device '{name}' is unknown; choose cuda, mps or cpu"):
            lab.setup(device=name, quiet=True)


def test_a_device_that_is_not_there_is_named_with_those_that_are(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.mps, "is_available", lambda: False)
    for name in ("cuda", "cuda:1", "mps", "meta", "xpu"):
        with pytest.raises(LabError, match=f"device '{name}' is not there; this machine has cpu. "):
            lab.find_device(name)
    assert lab.find_device() == lab.find_device("cpu") == torch.device("cpu")
    assert lab.find_device(torch.device("cpu")).type == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert lab.find_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(LabError, match="'cuda:2' is not there; this machine has cpu, cuda"):
        lab.find_device("cuda:2")


@pytest.mark.parametrize(
    ("cuda", "mps", "best"), [(1, 1, "cuda"), (1, 0, "cuda"), (0, 1, "mps"), (0, 0, "cpu")]
)
def test_the_best_device_comes_first(monkeypatch, cuda, mps, best):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(cuda))
    monkeypatch.setattr(torch.mps, "is_available", lambda: bool(mps))
    assert lab.find_device() == torch.device(best)


def test_a_failed_setup_changes_nothing():
    before = lab.setup(5, device="cpu", quiet=True)
    state = torch.get_rng_state()
    for bad in ({"device": "gpu"}, {"precision": "fp8"}, {"threads": 0}):
        with pytest.raises(LabError):
            lab.setup(1, quiet=True, **bad)
    assert lab.current() is before
    assert torch.equal(torch.get_rng_state(), state)


def test_pick_takes_what_fits_the_device(monkeypatch, capsys):
    here = lab.setup(device="cpu", quiet=True)
    assert lab.pick(cpu=300, gpu=20_000) == 300
    for name in ("cuda", "mps"):
        gpu = lab.Lab(torch.device(name), "bf16", here.threads, here.seed)
        monkeypatch.setattr(lab, "_current", gpu)
        assert gpu.on_gpu
        assert lab.pick(cpu=300, gpu=20_000) == 20_000
    monkeypatch.setattr(lab, "_current", None)  # nobody has called setup yet
    assert lab.pick(cpu="a", gpu="a") == "a"
    assert lab.current().seed == 0
    assert capsys.readouterr().out == ""


def test_autocast_is_for_bf16_alone():
    cpu = torch.device("cpu")
    a = torch.full((4, 4), 1 / 3)
    for precision in ("fp32", "tf32"):
        with lab.autocast(cpu, precision):
            assert (a @ a).dtype == torch.float32
    with lab.autocast(cpu, "bf16"):
        assert (a @ a).dtype == torch.bfloat16
    assert (a @ a).dtype == torch.float32


def test_names_of_devices_are_for_people(monkeypatch, tmp_path):
    assert lab.device_name(torch.device("mps")) == "mps"
    assert lab.device_name(torch.device("cpu")) == f"cpu ({lab.processor_name()})"
    assert lab.processor_name()
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA Test 1")
    assert lab.device_name(torch.device("cuda")) == "NVIDIA Test 1"

    def nothing_there(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", nothing_there)
    assert lab.processor_name()  # where the system has no /proc
