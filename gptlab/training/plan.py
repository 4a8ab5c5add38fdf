r"""Before a run: how much memory, how long, for how much money?

Time is arithmetic: tokens × operations per token ÷ (GPUs × peak × MFU), where MFU, the share of the
peak that a real run reaches, is the one number that has to be measured or guessed. Memory is
counted tensor by tensor, as this library's GPT keeps them.

Sources: operations per token: Chowdhery et al. 2022, appendix B; GPUs: NVIDIA's data sheets, dense
bf16 with fp32 sums (half of what is printed for sparse matrices).
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from gptlab import lab
from gptlab.errors import LabError
from gptlab.models.gpt import GPTConfig

GIB = 2**30


@dataclass(frozen=True)
class GPU:
    """A GPU's memory in bytes and its peak in operations per second, bf16."""

    memory: int
    peak: float


GPUS = {
    "H200": GPU(141 * 10**9, 989e12),
    "H100": GPU(80 * 10**9, 989e12),
    "A100-80GB": GPU(80 * 10**9, 312e12),
    "A100-40GB": GPU(40 * 10**9, 312e12),
    "L4": GPU(24 * 10**9, 121e12),
    "RTX-4090": GPU(24 * 10**9, 165e12),
}
LEFT_FREE = 0.08  # of a GPU's memory: the CUDA context, libraries, holes between tensors


@dataclass(frozen=True)
class RunPlan:
    """What a run will need. Memory in bytes for each GPU, time in seconds, work in operations.

    `memory` says where the peak's bytes lie; `at` which moment the peak is: "loss" (all activations
    are there) or "step" (all gradients are). `cost` is None where no price was given.
    """

    parameters: int
    tokens: int
    flops: float
    seconds: float
    gpu_hours: float
    cost: float | None
    memory: dict[str, int] = field(repr=False)
    at: str
    room: int

    @property
    def peak_bytes(self) -> int:
        """All of `memory`."""
        return sum(self.memory.values())

    @property
    def fits(self) -> bool:
        """Whether the peak stays below what a GPU has to give."""
        return self.peak_bytes <= self.room

    def report(self) -> str:
        """The plan as lines for people."""
        days = self.seconds / 86_400
        took = f"{days:,.1f} days" if days >= 2 else f"{self.seconds / 3600:.2f} hours"
        parts = ", ".join(f"{name} {size / GIB:.1f}" for name, size in self.memory.items())
        lines = [
            f"parameters   {self.parameters / 1e6:,.1f} million",
            f"work         {self.flops:.2e} operations for {self.tokens:,} tokens",
            f"time         {took}, {self.gpu_hours:,.1f} GPU hours",
            f"memory       {self.peak_bytes / GIB:.1f} GiB of {self.room / GIB:.1f} on each GPU "
            f"({parts}), at the {self.at}",
        ]
        if self.cost is not None:
            lines.append(f"cost         {self.cost:,.2f}")
        if not self.fits:
            lines.append(
                "It does not fit: use a smaller --batch-size, --recompute, or more GPUs --sharded"
            )
        return "\n".join(lines)


def activation_bytes(
    config: GPTConfig, batch: int, precision: str = "bf16", recompute: bool = False
) -> int:
    """What the forward pass of a training step keeps for the way back, without the logits.

    For each block and token: two inputs of norms (fp32), what the four matrices read, queries, keys
    and values, the perceptron before its GELU, and a few statistics: 36 · d_model bytes with d_ff
    = 4 · d_model in bf16, 64 · d_model in fp32. With `recompute` only each block's input stays, and
    one block's rest. For a model without dropout; `impl="plain"` keeps two T × T matrices a head.
    """
    c, size = config, 2 if precision == "bf16" else 4
    d, h = c.d_model, c.hidden
    # norms' inputs; read by qkv, out and hidden; qkv itself; before and after the GELU
    kept = 2 * 4 * d + size * (d + d + d) + size * 3 * d + size * 2 * h
    kept += 4 * 4 + 4 * c.n_heads  # mean and spread of two norms; attention's normaliser
    plain = size * 2 * c.n_heads * c.context_length if c.impl == "plain" else 0
    each = (4 * d) * c.n_layers + kept + plain if recompute else (kept + plain) * c.n_layers
    outside = 8 + 4 * d + 8 + size * d  # the ids; the last norm; what the unembedding reads
    return batch * c.context_length * (each + outside)


def logit_bytes(config: GPTConfig, batch: int, precision: str = "bf16") -> int:
    """What the scores take while the loss is computed: as they come, in fp32, log-softmax."""
    copies = 2 + 4 + 4 if precision == "bf16" else 4 + 4
    return batch * config.context_length * config.vocab_size * copies


def memory_of(
    config: GPTConfig,
    batch: int,
    optimizer: str = "adamw",
    precision: str = "bf16",
    recompute: bool = False,
    shards: int = 1,
) -> tuple[dict[str, int], str]:
    """Bytes on one GPU at the peak of a training step, by what they are for, and when that is.

    `batch` counts windows on this GPU at once. Weights, moments and gradients are fp32; with bf16
    the matrices have a copy for the step. With `shards` above 1 (FSDP) each GPU keeps that share of
    them. Raises LabError for an optimiser or precision that is unknown.
    """
    if optimizer not in ("adamw", "muon"):
        raise LabError(f"optimizer {optimizer!r} is unknown; choose 'adamw' or 'muon'")
    if precision not in lab.PRECISIONS:
        known = ", ".join(lab.PRECISIONS)
        raise LabError(f"precision {precision!r} is unknown; choose one of {known}")
    n, d = config.parameter_count(), config.d_model
    matrices = config.n_layers * (4 * d * d + 2 * d * config.hidden)
    moments = 2 * n if optimizer == "adamw" else 2 * (n - matrices) + matrices
    own = {"weights": 4 * n // shards, "optimiser": 4 * moments // shards}
    copies = 2 * (matrices + config.vocab_size * d) if precision == "bf16" else 0
    at_loss = own | {
        "copies": copies,
        "activations": activation_bytes(config, batch, precision, recompute),
        "logits": logit_bytes(config, batch, precision),
    }
    at_step = own | {"gradients": 4 * n // shards}
    if sum(at_loss.values()) >= sum(at_step.values()):
        return at_loss, "loss"
    return at_step, "step"


def plan_run(
    config: GPTConfig,
    tokens: int,
    gpu: str = "H100",
    n_gpus: int = 1,
    batch: int = 16,
    mfu: float = 0.4,
    price: float | None = None,
    optimizer: str = "adamw",
    precision: str = "bf16",
    recompute: bool = False,
    sharded: bool = False,
) -> RunPlan:
    """Memory, time and cost of training `config` on `tokens` tokens.

    `batch`: windows on each GPU at once. `mfu`: the share of the peak that is reached, 0 to 1.
    `price`: of one GPU for one hour, in whatever money. `sharded`: FSDP over all GPUs. Recomputing
    costs one more forward pass: a third more operations.

    Raises LabError for an unknown GPU and for numbers out of range.
    """
    if gpu not in GPUS:
        near = difflib.get_close_matches(gpu.upper(), GPUS, n=2, cutoff=0.3)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise LabError(f"GPU {gpu!r} is unknown; known are {', '.join(GPUS)}{hint}")
    for name, count in (("tokens", tokens), ("n_gpus", n_gpus), ("batch", batch)):
        if count < 1:
            raise LabError(f"{name} is {count}; give at least 1")
    if not 0 < mfu <= 1:
        raise LabError(f"mfu is {mfu}; give the share of the peak that is reached, above 0 up to 1")
    if price is not None and not price >= 0:
        raise LabError(f"price is {price}; give what one GPU costs for an hour, 0 or more")
    flops = config.flops_per_token() * tokens * (4 / 3 if recompute else 1)
    seconds = flops / (n_gpus * GPUS[gpu].peak * mfu)
    hours = seconds * n_gpus / 3600
    memory, at = memory_of(config, batch, optimizer, precision, recompute, n_gpus if sharded else 1)
    return RunPlan(
        parameters=config.parameter_count(),
        tokens=tokens,
        flops=flops,
        seconds=seconds,
        gpu_hours=hours,
        cost=None if price is None else price * hours,
        memory=memory,
        at=at,
        room=int(GPUS[gpu].memory * (1 - LEFT_FREE)),
    )


def measure_matmul_peak(
    device: torch.device | None = None,
    dtype: torch.dtype = torch.bfloat16,
    sizes: Sequence[int] | None = None,
    seconds: float = 1.0,
) -> float:
    """Operations per second of the fastest square matrix product: the peak that can be had here.

    Each size is tried for `seconds`; 2 n³ operations a product. Sizes are 1,024 to 8,192 unless
    given, on a CPU 256 to 1,024. Raises LabError for no size, or one below 1.
    """
    device = device or lab.find_device()
    if sizes is None:
        sizes = (256, 512, 1024) if device.type == "cpu" else (1024, 2048, 4096, 8192)
    if not sizes or min(sizes) < 1:
        raise LabError(f"sizes are {tuple(sizes)}; give at least one, each at least 1")
    best = 0.0
    for n in sizes:
        a = torch.randn(n, n, device=device, dtype=dtype)
        b = torch.randn(n, n, device=device, dtype=dtype)
        _ = a @ b
        _wait(device)
        began, products = time.perf_counter(), 0
        while (passed := time.perf_counter() - began) < seconds or not products:
            for _ in range(8):
                _ = a @ b
            _wait(device)
            products += 8
        passed = time.perf_counter() - began
        best = max(best, 2 * n**3 * products / passed)
    return best


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
