"""The tests can fail: a copy of the library with one wrong sign or index is caught by its tests.

Each mutation is a mistake that learners and library writers make. It is put into a copy of
gptlab/, and the tests of that room run against the copy.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ATTENTION, LAYERS = "layers/attention.py", "layers/test_attention.py"
TRAINER, TRAINING = "training/trainer.py", "training/test_trainer.py"
CACHE, KV = "generation/cache.py", "generation/test_kv_cache.py"

MUTATIONS = {
    "a query sees one key too many": (
        ATTENTION, "tril(diagonal=n_keys - n_queries)", "tril(diagonal=n_keys - n_queries + 1)",
        LAYERS,
    ),
    "softmax over the queries": (
        ATTENTION, "-math.inf).softmax(dim=-1)", "-math.inf).softmax(dim=-2)", LAYERS,
    ),
    "no square root of the width": (
        ATTENTION, "/ math.sqrt(queries.size(-1))", "/ queries.size(-1)", LAYERS,
    ),
    "targets are the inputs": (
        "text/batches.py", "torch.arange(time + 1)", "torch.arange(time + 1).clamp(max=time - 1)",
        "text/test_batches.py",
    ),
    "the cache writes one place too late": (
        CACHE, "self.keys[..., self.length : end, :] = keys",
        "self.keys[..., self.length : end, :] = keys.roll(1, -2)", KV,
    ),
    "the cache forgets how long it is": (CACHE, "self.length = end", "self.length = new", KV),
    "a resumed run forgets its optimiser": (
        TRAINER, "optimizer.load_state_dict(saved)", "pass", TRAINING,
    ),
    "a resumed run draws other random numbers": (
        "training/checkpoints.py", 'torch.set_rng_state(states["torch"])', "pass", TRAINING,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_of_the_library_is_caught(name, tmp_path):
    file, right, wrong, tests = MUTATIONS[name]
    shutil.copytree(
        ROOT / "gptlab", tmp_path / "gptlab", ignore=shutil.ignore_patterns("__pycache__")
    )
    path = tmp_path / "gptlab" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(right) == 1, f"{file} no longer has {right!r} once; write the mutation anew"
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    # -P: the folder we stand in, which holds the right library, is not searched.
    command = [sys.executable, "-P", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", tests]
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=ROOT / "tests", env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, f"not caught:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    assert "1 failed" in done.stdout
    assert "ImportError" not in done.stdout
