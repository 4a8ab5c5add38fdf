"""What attention costs as the text grows: time and memory of the plain form and of the fused one.

    python benchmarks/attention.py [--quick]

One causal layer (batch 1, 256 wide, 4 heads), forward and backward, for texts of 128 to 4,096
tokens. Each form and length runs in a process of its own, so that the peak memory is its own.
`kept_megabytes` counts exactly what the forward pass keeps for the backward pass;
`peak_megabytes` is how far the process (on a GPU: the allocator) grew; seconds are the best of
several runs. Megabytes are millions of bytes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import common

LENGTHS = (128, 256, 512, 1024, 2048, 4096)
SHAPE = {"batch_size": 1, "d_model": 256, "n_heads": 4}


def measure(impl: str, time_steps: int) -> dict[str, Any]:
    """One layer at one length, in this process: run once per process."""
    import torch

    from gptlab import lab
    from gptlab.layers.attention import CausalSelfAttention

    here = lab.setup(0, quiet=True)
    layer = CausalSelfAttention(SHAPE["d_model"], SHAPE["n_heads"], impl=impl).to(here.device)
    x = torch.randn(SHAPE["batch_size"], time_steps, SHAPE["d_model"], device=here.device)

    def step() -> None:
        layer(x).square().mean().backward()
        if here.device.type == "cuda":
            torch.cuda.synchronize()

    small = x[:, :16]
    layer(small).square().mean().backward()  # what a first call loads is not attention's
    before = peak_bytes()
    step()
    peak = peak_bytes() - before
    repeats = max(3, min(50, 20_000 // time_steps))
    return {
        "impl": impl,
        "tokens": time_steps,
        "seconds": round(common.best(step, repeats), 6),
        "kept_megabytes": round(kept_bytes(layer, x) / 1e6, 3),
        "peak_megabytes": round(peak / 1e6, 1),
    }


def kept_bytes(layer: Any, x: Any) -> int:
    """What a forward pass keeps for the backward pass, each piece of memory once, without the
    layer's own weights."""
    import torch

    own = {parameter.untyped_storage().data_ptr() for parameter in layer.parameters()}
    kept: dict[int, int] = {}
    alive = []

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
            alive.append(tensor)  # or its place could be given to another
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        layer(x)
    return sum(kept.values())


def peak_bytes() -> int:
    """The most memory this process has held so far; on a GPU, of the allocator."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def main() -> None:
    """Measure each form at each length in a process of its own, and save."""
    parser = argparse.ArgumentParser(description="time and memory of attention against length")
    parser.add_argument("--quick", action="store_true", help="short texts only, nothing is saved")
    parser.add_argument("--one", nargs=2, metavar=("IMPL", "TOKENS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one[0], int(options.one[1]))))
        return
    lengths = LENGTHS[:2] if options.quick else LENGTHS
    rows = []
    started = time.perf_counter()
    for impl in ("plain", "sdpa"):
        for tokens in lengths:
            done = subprocess.run(
                [sys.executable, __file__, "--one", impl, str(tokens)],
                capture_output=True, text=True, check=True, cwd=Path(__file__).parent,
            )  # fmt: skip
            row = json.loads(done.stdout.splitlines()[-1])
            rows.append(row)
            print(
                f"{impl:6} {tokens:5} tokens: {1000 * row['seconds']:8.2f} ms, keeps "
                f"{row['kept_megabytes']:8.1f} MB, peak {row['peak_megabytes']:8.1f} MB",
                flush=True,
            )
    if not options.quick:
        data = {
            "command": "python benchmarks/attention.py",
            "versions": common.versions("torch"),
            "threads": common.machine()["cores"],
            **SHAPE,
            "rows": rows,
            "benchmark_seconds": round(time.perf_counter() - started, 1),
        }
        print(common.save("attention", data))


if __name__ == "__main__":
    main()
