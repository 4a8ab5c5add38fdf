"""The command line: `gptlab train`, `generate`, `data`, `plan`, `doctor`.

A mistake in the input ends with one line and exit code 2. Heavy modules are imported where they are
used, so that help comes at once.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from gptlab.errors import LabError

RUNS = Path("runs")

Flag = Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")]
# Settings that the recipe decides where the reader does not.
_recipe = tyro.conf.arg(help_behavior_hint="(default: the recipe's)", metavar="N")
Count = Annotated[int | None, _recipe]
Number = Annotated[float | None, _recipe]
Device = Annotated[
    str | None, tyro.conf.arg(help_behavior_hint="(default: the best there is)", metavar="NAME")
]


@dataclass
class Train:
    """Train a GPT on a text, keep checkpoints, and measure it on text it has never seen.

    Without options: the built-in Wikipedia sample, the `laptop` recipe, about two minutes on two
    cores. Stop it with Ctrl-C at any moment and go on with --resume.
    """

    data: Annotated[
        str | None,
        tyro.conf.arg(
            metavar="NAME|PATH",
            help_behavior_hint="(default: what the recipe was made for, mostly wikipedia)",
        ),
    ] = None
    """What to learn: wikipedia, tiny-shakespeare, a .txt file, or a folder of .txt files."""
    recipe: Literal["laptop", "nano", "shakespeare", "shakespeare-plain", "gpt2"] = "laptop"
    """Model, tokenizer and training settings by name; options below change single ones."""
    out: Annotated[
        Path | None,
        tyro.conf.arg(
            metavar="FOLDER",
            help_behavior_hint="(default: the first free one of runs/DATA, runs/DATA-2, …)",
        ),
    ] = None
    """Where the run is kept: checkpoints, tokenizer, figures."""
    resume: Flag = False
    """Go on with the run in --out (or the newest), by its own settings but for time and --lr."""
    seconds: Number = None
    """Train so long by the clock; the learning rate's schedule follows it."""
    steps: Count = None
    """Train so many steps; without --seconds the run is then the same to the last bit each time."""
    batch_size: Count = None
    """Windows of text in a step, over all processes."""
    context_length: Count = None
    """Tokens in a window: how far the model can look back."""
    vocab_size: Count = None
    """Tokens that the tokenizer learns (bpe recipes)."""
    d_model: Count = None
    """Width of the residual stream."""
    n_layers: Count = None
    """Number of blocks."""
    n_heads: Count = None
    """Attention heads in a block."""
    optimizer: Annotated[
        Literal["muon", "adamw"] | None, tyro.conf.arg(help_behavior_hint="(default: the recipe's)")
    ] = None
    """How the weight matrices are moved."""
    lr: Number = None
    """Peak learning rate of AdamW."""
    seed: int = 0
    """Where all randomness starts."""
    device: Device = None
    """cuda, mps or cpu."""
    precision: Literal["auto", "fp32", "tf32", "bf16"] = "auto"
    """Number format of the products; auto: bf16 where the hardware has it."""
    compile: Flag = True
    """Do not compile the model (compiling takes some seconds and makes each step faster)."""
    sharded: Flag = False
    """Spread the model over torchrun's processes (FSDP2), with AdamW; --resume sees by itself."""
    quiet: Flag = False
    """No progress line."""

    def run(self) -> int:
        """Train, evaluate, save the curve; see `gptlab.cli_train`."""
        from gptlab.cli_train import train

        return train(self)


@dataclass
class Generate:
    """Let a trained model write. Text streams as it comes; end-of-text ends it."""

    prompt: Annotated[
        str,
        tyro.conf.Positional,
        tyro.conf.arg(help_behavior_hint="(default: the model begins by itself)"),
    ] = ""
    """How the text begins."""
    run_folder: Annotated[
        Path | None,
        tyro.conf.arg(
            name="run",
            metavar="FOLDER",
            help_behavior_hint="(default: the newest run below runs/)",
        ),
    ] = None
    """A run's folder or one of its checkpoints."""
    tokens: int = 200
    """How many tokens to write at most."""
    temperature: float = 0.9
    """0 always takes the likeliest token; 1 draws as the model believes; more is wilder."""
    top_k: int | None = 50
    """Draw only from the k likeliest tokens."""
    top_p: float | None = None
    """Draw only from the likeliest tokens that together have this probability."""
    repetition_penalty: float = 1.15
    """Above 1: what was said becomes less likely."""
    seed: int = 0
    """Where the randomness starts: the same seed, the same text."""
    cache: Flag = True
    """Do not keep keys and values of the past (slower, same text)."""
    device: Device = None
    """cuda, mps or cpu."""

    def run(self) -> int:
        """Write to standard output, piece by piece."""
        from gptlab import lab
        from gptlab.generation.sampling import Sampling, generate
        from gptlab.training import runs

        folder = self.run_folder if self.run_folder is not None else newest_run()
        model, tokenizer = runs.load(folder, lab.find_device(self.device))
        sampling = Sampling(self.temperature, self.top_k, self.top_p, self.repetition_penalty)
        pieces = generate(
            model, tokenizer, self.prompt, self.tokens, sampling, self.seed, use_cache=self.cache
        )
        first = next(pieces, "")  # a mistake in the input shows before anything is printed
        print(self.prompt + first, end="", flush=True)
        for piece in pieces:
            print(piece, end="", flush=True)
        print()
        return 0


@dataclass
class Data:
    """List, fetch or verify the data sets that are downloaded by name.

    Files are looked for in the mirror that GPTLAB_MIRROR names (a folder or a URL), then at their
    public address; each is checked by its sha256 and kept in the cache.
    """

    action: Annotated[Literal["list", "get", "verify"], tyro.conf.Positional] = "list"
    """list what there is, get (fetch into the cache), or verify what the cache holds."""
    name: Annotated[str, tyro.conf.Positional] = "all"
    """Which: a name from the list, a group such as multi30k, or all."""

    def run(self) -> int:
        """Do it. A file that verify finds damaged is an error that names it."""
        from gptlab.text import downloads

        if self.action == "list":
            wanted = downloads.names(self.name)
            print_table([row for row in downloads.table() if row["name"] in wanted])
        elif self.action == "get":
            for name in downloads.names(self.name):
                print(f"{name}: {downloads.fetch(name)}", flush=True)
        else:
            states = downloads.verify(self.name)
            print_table([{"name": name, "state": state} for name, state in states.items()])
        return 0


@dataclass
class Plan:
    """Say what a training run will need: memory, time, money.

    The model is one of the GPT family by name. The share of the GPU's peak that a run reaches (MFU)
    is yours to give; `--measure` tells this machine's own peak first.
    """

    model: Annotated[str, tyro.conf.Positional] = "GPT-2 small"
    """A name such as "GPT-2 XL" or "GPT-3 175B"."""
    tokens: float = 10e9
    """Tokens to train on (10e9 is ten billion)."""
    gpu: str = "H100"
    """Which GPU: H200, H100, A100-80GB, A100-40GB, L4, RTX-4090."""
    n_gpus: int = 1
    """How many of them."""
    batch_size: int = 16
    """Windows of text on each GPU at once."""
    mfu: float = 0.4
    """Share of the GPU's peak that the run reaches, 0 to 1."""
    price: float | None = None
    """What one GPU costs for an hour."""
    optimizer: Literal["muon", "adamw"] = "adamw"
    """How the weight matrices are moved."""
    recompute: Flag = False
    """Forget activations inside each block, compute them again on the way back."""
    sharded: Flag = False
    """Spread weights, gradients and moments over all GPUs (FSDP)."""
    measure: Flag = False
    """First measure how fast this machine multiplies matrices."""

    def run(self) -> int:
        """Print the plan."""
        from gptlab.models.gpt_family import family_member
        from gptlab.training import plan

        if self.measure:
            print(
                f"this machine's matrix products: {plan.measure_matmul_peak() / 1e12:.2f} TFLOP/s"
            )
        found = plan.plan_run(
            family_member(self.model).config, int(self.tokens), self.gpu, self.n_gpus,
            self.batch_size, self.mfu, self.price, self.optimizer,
            recompute=self.recompute, sharded=self.sharded,
        )  # fmt: skip
        print(found.report())
        return 0


@dataclass
class Doctor:
    """Check the installation, and say what to do about each finding."""

    def run(self) -> int:
        """Print the report; exit code 1 when something does not work."""
        from gptlab import doctor

        findings = doctor.examine()
        print(doctor.report(findings))
        return int(any(finding.level == "problem" for finding in findings))


COMMANDS: dict[str, Any] = {
    "train": Train,
    "generate": Generate,
    "data": Data,
    "plan": Plan,
    "doctor": Doctor,
}


def print_table(rows: Sequence[dict[str, str]]) -> None:
    """Rows of equal keys as aligned columns under their names."""
    if not rows:
        return
    columns = list(rows[0])
    widths = {c: max(len(c), *(len(row[c]) for row in rows)) for c in columns}
    for row in [dict(zip(columns, columns, strict=True)), *rows]:
        print("  ".join(row[c].ljust(widths[c]) for c in columns).rstrip())


def newest_run(below: Path = RUNS) -> Path:
    """The run that was written to last. Raises LabError when there is none."""
    found = [path.parent for path in below.glob("*/step-*/")]
    if not found:
        raise LabError(
            f"there is no trained model below {below}/; train one first with `gptlab train`, or "
            "name a run's folder with --run"
        )
    return max(found, key=lambda folder: folder.stat().st_mtime)


def free_folder(name: str, below: Path = RUNS) -> Path:
    """The first of NAME, NAME-2, NAME-3 … below `below` that does not exist."""
    candidate, number = below / name, 2
    while candidate.exists():
        candidate, number = below / f"{name}-{number}", number + 1
    return candidate


def changed(settings: Any, **values: Any) -> Any:
    """A frozen dataclass with those values put in that are not None."""
    return replace(settings, **{k: v for k, v in values.items() if v is not None})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code.

    0: done. 1: doctor found a problem. 2: a mistake in the input. 130: interrupted.
    """
    command = tyro.extras.subcommand_cli_from_dict(
        COMMANDS,
        prog="gptlab",
        description="How language models work: train one, and let it write.",
        args=arguments,
    )
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may not know every letter of a text
            stream.reconfigure(errors="replace", line_buffering=True)
    try:
        code = command.run()
        sys.stdout.flush()  # here, where a reader that has gone does no harm
        return code
    except LabError as mistake:
        print(f"gptlab: {' '.join(str(mistake).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("gptlab: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `gptlab generate | head`: the reader has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (MemoryError, RuntimeError) as problem:
        asked = re.search(r"tried to allocate [\d.,]+ \w+", str(problem), re.IGNORECASE)
        if not asked and not isinstance(problem, MemoryError):
            raise
        print(
            f"gptlab: out of memory{f' ({asked.group()})' if asked else ''}; use a smaller "
            "--batch-size, --context-length or model",
            file=sys.stderr,
        )
        return 2
