"""The GPT family as a table that can be computed: GPT-1, four GPT-2s, eight GPT-3s.

For each model: the shape, what its paper prints, and what follows from the shape: parameters,
floating-point operations, bytes. Where a printed figure does not follow, `disagreements` says so.

Sources: Radford et al. 2018, section 4.1; Radford et al. 2019, table 2; Brown et al. 2020, tables
2.1 and D.1. GPT-1's vocabulary is that of the weights that OpenAI published.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from gptlab.errors import LabError
from gptlab.models.gpt import GPTConfig

GPT1_VOCABULARY = 40_478
GPT3_TRAINING_TOKENS = 300 * 10**9  # Brown et al. 2020, table 2.1


@dataclass(frozen=True)
class PrintedSize:
    """One row of a paper's table, as it stands there; None where the paper says nothing.

    `parameters` is text such as "117M" or "13.0B": how many digits are meant is part of it.
    `appendix_parameters` are millions, `appendix_flops` the operations of the whole training, from
    Brown et al. 2020, table D.1.
    """

    parameters: str | None
    n_layers: int
    d_model: int
    n_heads: int | None = None
    d_head: int | None = None
    appendix_parameters: int | None = None
    appendix_flops: float | None = None


@dataclass(frozen=True)
class FamilyMember:
    """One model: `config` can be built, `printed` is what the paper says about it.

    GPT-1 has no norm after its last block, and norms its sums, not its parts (post-norm): our `GPT`
    has its shape but is not it, and `final_norm` corrects the count.
    """

    name: str
    year: int
    config: GPTConfig
    printed: PrintedSize
    final_norm: bool = True

    @property
    def parameters(self) -> int:
        """What training changes, counted; the tied unembedding once."""
        return self.config.parameter_count() - (0 if self.final_norm else 2 * self.config.d_model)

    def disagreements(self) -> list[str]:
        """What the paper's row says that cannot all be true, one sentence for each."""
        found, row = [], self.printed
        if row.n_heads and row.d_head and row.n_heads * row.d_head != row.d_model:
            found.append(
                f"{row.n_heads} heads of {row.d_head} are {row.n_heads * row.d_head}, "
                f"but d_model is {row.d_model}"
            )
        if row.parameters and not rounds_to(self.parameters, row.parameters):
            found.append(f"{row.parameters} printed, {self.parameters / 1e6:,.1f}M counted")
        return found


def rounds_to(count: int, printed: str) -> bool:
    """Whether `count`, written with as many digits as `printed` has, is `printed`.

    Raises LabError unless `printed` is a number with M (million) or B (billion).

    >>> rounds_to(2_651_500_000, "2.7B"), rounds_to(174_604_000_000, "175.0B")
    (True, False)
    """
    found = re.fullmatch(r"\d+(?:\.(\d+))?([MB])", printed)
    if not found:
        raise LabError(f"printed is {printed!r}; write it like '117M' or '13.0B'")
    unit = {"M": 1e6, "B": 1e9}[found[2]]
    return f"{count / unit:.{len(found[1] or '')}f}{found[2]}" == printed


def _gpt2(name: str, preset: str, printed: str) -> FamilyMember:
    config = GPTConfig.preset(preset)
    return FamilyMember(name, 2019, config, PrintedSize(printed, config.n_layers, config.d_model))


def _gpt3(
    name: str,
    row: tuple[str, int, int, int, int],
    appendix: tuple[int, float],
    **built: int,
) -> FamilyMember:
    """A row of Brown et al. 2020, table 2.1; `built` is what must differ so that it multiplies."""
    _, n_layers, d_model, n_heads, _ = row
    printed = PrintedSize(*row, *appendix)
    config = GPTConfig(
        context_length=2048, d_model=d_model, n_heads=n_heads, n_layers=n_layers, impl="sdpa"
    )
    return FamilyMember(name, 2020, replace(config, **built), printed)  # type: ignore[arg-type]


FAMILY: dict[str, FamilyMember] = {
    member.name: member
    for member in (
        FamilyMember(
            "GPT-1", 2018,
            GPTConfig(GPT1_VOCABULARY, context_length=512, d_model=768, n_heads=12, n_layers=12),
            PrintedSize(None, 12, 768, 12), final_norm=False,
        ),
        _gpt2("GPT-2 small", "gpt2", "117M"),
        _gpt2("GPT-2 medium", "gpt2-medium", "345M"),
        _gpt2("GPT-2 large", "gpt2-large", "762M"),
        _gpt2("GPT-2 XL", "gpt2-xl", "1542M"),
        _gpt3("GPT-3 Small", ("125M", 12, 768, 12, 64), (125, 2.25e20)),
        _gpt3("GPT-3 Medium", ("350M", 24, 1024, 16, 64), (356, 6.41e20)),
        _gpt3("GPT-3 Large", ("760M", 24, 1536, 16, 96), (760, 1.37e21)),
        # Printed with 24 heads of 128, which would be 3,072: 16 make 2,048.
        _gpt3("GPT-3 XL", ("1.3B", 24, 2048, 24, 128), (1_320, 2.38e21), n_heads=16),
        _gpt3("GPT-3 2.7B", ("2.7B", 32, 2560, 32, 80), (2_650, 4.77e21)),
        _gpt3("GPT-3 6.7B", ("6.7B", 32, 4096, 32, 128), (6_660, 1.20e22)),
        # Printed with a width of 5,140, which 40 heads of 128 cannot fill: they make 5,120.
        _gpt3("GPT-3 13B", ("13.0B", 40, 5140, 40, 128), (12_850, 2.31e22), d_model=5120),
        _gpt3("GPT-3 175B", ("175.0B", 96, 12288, 96, 128), (174_600, 3.14e23)),
    )
}  # fmt: skip


def family_member(name: str) -> FamilyMember:
    """A model of the table by name. Raises LabError for a name that is not in FAMILY."""
    if name not in FAMILY:
        raise LabError(f"{name!r} is not in the family; choose one of {', '.join(FAMILY)}")
    return FAMILY[name]


def parameters_by_part(config: GPTConfig) -> dict[str, int]:
    """Where the parameters of a GPT sit; they add up to `config.parameter_count()`.

    >>> parts = parameters_by_part(GPTConfig.preset("gpt2"))
    >>> parts["attention"] / parts["perceptrons"] < 0.51
    True
    """
    d, h, n = config.d_model, config.hidden, config.n_layers
    return {
        "token embedding": config.vocab_size * d,
        "position embedding": config.context_length * d,
        "attention": n * (4 * d * d + 4 * d),
        "perceptrons": n * (2 * d * h + h + d),
        "layer norms": (2 * n + 1) * 2 * d,
    }


@dataclass(frozen=True)
class BytesPerParameter:
    """What one parameter occupies in training with AdamW: two moments, and copies of itself.

    `weights` are those that training changes, `copies` the same in another precision.
    """

    weights: int
    gradients: int
    moments: int
    copies: int = 0

    @property
    def total(self) -> int:
        """Bytes for each parameter, all together."""
        return self.weights + self.gradients + self.moments + self.copies


TRAINING_PRECISIONS = {
    "fp32": BytesPerParameter(4, 4, 8),
    # torch.autocast: all in fp32, and a copy in bf16 of each matrix while a step runs.
    "autocast": BytesPerParameter(4, 4, 8, copies=2),
    # Weights and gradients in 16 bits, an fp32 copy of the weights to add small steps to
    # (Micikevicius et al. 2018, section 3.1; counted so by Rajbhandari et al. 2020, section 3.1).
    "mixed": BytesPerParameter(2, 2, 8, copies=4),
    # Everything in bf16: half the memory, and steps too small for 8 bits of mantissa are lost.
    "bf16": BytesPerParameter(2, 2, 4),
}


def training_bytes(parameters: int, precision: str = "mixed") -> int:
    """Bytes for weights, gradients and AdamW's state; activations come on top.

    Raises LabError for a count below 1 and for a precision that is not in TRAINING_PRECISIONS.

    >>> training_bytes(1_000, "mixed")
    16000
    """
    if precision not in TRAINING_PRECISIONS:
        raise LabError(
            f"precision {precision!r} is unknown; choose one of {', '.join(TRAINING_PRECISIONS)}"
        )
    if parameters < 1:
        raise LabError(f"parameters is {parameters}; give at least 1")
    return parameters * TRAINING_PRECISIONS[precision].total


def inference_bytes(
    config: GPTConfig, time: int | None = None, batch: int = 1, bytes_each: int = 2
) -> tuple[int, int]:
    """Bytes for (weights, keys and values of `batch` texts of `time` tokens), to write with.

    The second is 2 · n_layers · d_model · time · batch · bytes_each. `time` is the context when
    None. Raises LabError for a time beyond the context, and for a batch or bytes below 1.
    """
    time = config.context_length if time is None else time
    if not 1 <= time <= config.context_length:
        raise LabError(f"time is {time}; give 1 to {config.context_length}, the context length")
    if batch < 1 or bytes_each < 1:
        raise LabError(f"batch={batch}, bytes_each={bytes_each}; give at least 1 of each")
    numbers = 2 * config.n_layers * config.d_model * time * batch
    return config.parameter_count() * bytes_each, numbers * bytes_each


def petaflop_days(flops: float) -> float:
    """Operations as days of work at 10^15 a second, the papers' unit.

    Raises LabError for a number that is negative or not finite.

    >>> round(petaflop_days(3.14e23))
    3634
    """
    if not (math.isfinite(flops) and flops >= 0):
        raise LabError(f"flops is {flops}; give a finite number from 0 up")
    return flops / (1e15 * 86_400)
