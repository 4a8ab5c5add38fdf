"""On a GPU: every chapter in its GPU profile, the trainer's speed switch by switch, writing.

    make gpu                                       everything, on the best device there is
    python benchmarks/gpu.py --only switches       one part: chapters, switches, writing
    python benchmarks/gpu.py --small --only …      small sizes, to try it on a CPU

`chapters`: each notebook runs from top to bottom with the kernel a reader would have; seconds, and
the error where one stops. `switches`: a GPT-2 of 124 million with windows of 1,024 tokens, one
switch of the trainer after another: tokens per second, MFU against the fastest matrix product that
the device makes now, and the peak of memory beside what `gptlab plan` forecasts. `writing`: tokens
per second with the KV cache. Results: benchmarks/results/gpu.json; with --small nothing is kept.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import common
import torch

from gptlab import lab
from gptlab.errors import LabError
from gptlab.generation.sampling import GREEDY, generate_tokens
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.training.config import TrainConfig
from gptlab.training.plan import measure_matmul_peak, memory_of
from gptlab.training.trainer import Callback, Step, Trainer

CHAPTERS = Path(__file__).resolve().parents[1] / "chapters"
PARTS = ("chapters", "switches", "writing")


@dataclass(frozen=True)
class Sizes:
    """What is measured: the model, windows a step, steps (the first `warm` are not timed)."""

    model: GPTConfig
    batch: int
    steps: int
    warm: int
    tokens: int


FULL = Sizes(GPTConfig.preset("gpt2"), batch=16, steps=30, warm=10, tokens=512)
SMALL = Sizes(GPTConfig.preset("nano"), batch=4, steps=6, warm=2, tokens=16)


class Same:
    """One batch again and again: its tokens do not change how long a step takes."""

    def __init__(self, config: GPTConfig, batch: int):
        ids = torch.randint(0, config.vocab_size, (batch, config.context_length + 1))
        self.parts = ids[:, :-1].contiguous(), ids[:, 1:].contiguous()

    def batch(self, step: int) -> tuple[torch.Tensor, ...]:
        """The batch."""
        return self.parts


class Stopwatch(Callback):
    """Seconds from the end of step `warm` to the end of the run, all work on the device done."""

    def __init__(self, warm: int):
        self.warm, self.began, self.seconds = warm, 0.0, 0.0

    def on_step(self, trainer: Trainer, step: Step) -> None:
        """Start, once, when the steps have become alike."""
        if step.step == self.warm:
            wait(trainer.device)
            self.began = time.perf_counter()

    def on_end(self, trainer: Trainer) -> None:
        """Stop."""
        wait(trainer.device)
        self.seconds = time.perf_counter() - self.began


def wait(device: torch.device) -> None:
    """Until the device has done all it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def switches(sizes: Sizes, device: torch.device) -> dict[str, Any]:
    """Each switch added to those before it."""
    base = TrainConfig(steps=sizes.steps, optimizer="adamw", lr=1e-4, fused=False)
    ladder: list[tuple[str, dict[str, Any], str]] = [
        ("fp32, plain attention", {}, "plain"),
        ("+ fused attention", {}, "sdpa"),
        ("+ tf32", {"precision": "tf32"}, "sdpa"),
        ("+ bf16", {"precision": "bf16"}, "sdpa"),
        ("+ fused AdamW", {"precision": "bf16", "fused": True}, "sdpa"),
        ("+ compile", {"precision": "bf16", "fused": True, "compile": True}, "sdpa"),
        ("+ recompute", {"precision": "bf16", "fused": True, "compile": True, "recompute": True},
         "sdpa"),
    ]  # fmt: skip
    cpu = device.type == "cpu"
    peak = measure_matmul_peak(device, seconds=0.1 if cpu else 1.0)
    print(f"fastest matrix product, bf16: {peak / 1e12:.2f} TFLOP/s")
    rows: dict[str, Any] = {}
    for name, changes, impl in ladder:
        config = replace(sizes.model, impl=impl)
        lab.setup(0, device, changes.get("precision", "fp32"), quiet=True)
        watch = Stopwatch(sizes.warm)
        model = GPT(config).to(device)
        if device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(device)
        train = replace(base, **changes)
        try:
            Trainer(model, Same(config, sizes.batch), train, callbacks=[watch]).fit()
        except torch.OutOfMemoryError:
            rows[name] = {"error": "out of memory"}
            print(f"{name:24} out of memory", flush=True)
            continue
        tokens = (sizes.steps - sizes.warm) * sizes.batch * config.context_length
        rate = tokens / watch.seconds
        forecast, at = memory_of(config, sizes.batch, "adamw", train.precision, train.recompute)
        rows[name] = {
            "tokens_per_second": round(rate),
            "mfu": round(rate * config.flops_per_token() / peak, 4),
            "forecast_bytes": sum(forecast.values()),
            "forecast_at": at,
            "peak_bytes": torch.cuda.max_memory_allocated(device) if not cpu else None,
        }
        print(
            f"{name:24} {rate:12,.0f} tokens/s, MFU {rows[name]['mfu']:.1%}, memory "
            f"{(rows[name]['peak_bytes'] or 0) / 2**30:.2f} GiB, forecast "
            f"{rows[name]['forecast_bytes'] / 2**30:.2f}",
            flush=True,
        )
    return {"matmul_peak": peak, "batch": sizes.batch, "rows": rows}


def writing(sizes: Sizes, device: torch.device) -> dict[str, Any]:
    """Tokens per second with the KV cache, one text and many at once."""
    model = GPT(sizes.model).to(device).eval()
    if device.type == "cuda":
        model = model.bfloat16()
    rows: dict[str, Any] = {}
    for batch in (1, 8, 64):
        prompt = torch.zeros(batch, 1, dtype=torch.long, device=device)
        for _ in generate_tokens(model, prompt, 4, GREEDY):
            pass
        wait(device)
        began = time.perf_counter()
        for _ in generate_tokens(model, prompt, sizes.tokens, GREEDY):
            pass
        wait(device)
        rows[str(batch)] = round(batch * sizes.tokens / (time.perf_counter() - began), 1)
        print(f"writing, {batch:3} at once: {rows[str(batch)]:10,.0f} tokens/s", flush=True)
    return {"tokens": sizes.tokens, "tokens_per_second": rows}


def chapters(only: list[str] | None) -> dict[str, Any]:
    """Every chapter from top to bottom, as a reader's kernel would run it."""
    from gptlab.authoring import normalise, notebooks

    rows: dict[str, Any] = {}
    board = CHAPTERS.parent / "book" / "scoreboard.json"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "scoreboard.json"
        copy.write_bytes(board.read_bytes())
        environment = {**notebooks.AS_READERS, "GPTLAB_SCOREBOARD": str(copy)}
        for path in sorted(CHAPTERS.glob("*.ipynb")):
            if only and not any(name in path.stem for name in only):
                continue
            try:
                seconds = notebooks.execute(
                    normalise.read(path), path, timeout=1800, environment=environment
                )
                rows[path.stem] = {"seconds": round(seconds, 1)}
                print(f"{path.stem:24} {seconds:7.1f} s", flush=True)
            except LabError as problem:
                rows[path.stem] = {"error": str(problem)}
                print(f"{path.stem:24} {problem}", flush=True)
    return rows


def main() -> int:
    """Measure the parts asked for; 1 if a chapter stopped."""
    parser = argparse.ArgumentParser(description="chapters, training and writing on a GPU")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    parser.add_argument("--chapters", nargs="+", help="only chapters with one of these in the name")
    parser.add_argument("--small", action="store_true", help="small sizes; nothing is kept")
    options = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    device = lab.find_device()
    sizes = SMALL if options.small else FULL
    if device.type == "cpu" and not options.small and set(options.only) - {"chapters"}:
        print("there is no GPU here; try the script with --small", file=sys.stderr)
        return 2
    print(f"on {lab.device_name(device)}")
    found: dict[str, Any] = {"device": lab.device_name(device), "torch": torch.__version__}
    if "switches" in options.only:
        found["switches"] = switches(sizes, device)
    if "writing" in options.only:
        found["writing"] = writing(sizes, device)
    if "chapters" in options.only:
        found["chapters"] = chapters(options.chapters)
    if not options.small:
        print(common.save("gpu", {"command": "make gpu", **found}))
    return int(any("error" in row for row in found.get("chapters", {}).values()))


if __name__ == "__main__":
    sys.exit(main())
