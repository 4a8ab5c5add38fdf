"""What `gptlab train` does: prepare or reopen a run, fit, measure, keep the curve."""

from __future__ import annotations

import hashlib
import json
import math
import signal
import sys
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gptlab import lab
from gptlab.errors import LabError
from gptlab.evaluation.language_modelling import bits_per_byte
from gptlab.figures.plots import training_curve
from gptlab.figures.style import save_figure
from gptlab.text import corpora
from gptlab.text.corpora import Corpus, Document
from gptlab.text.files import atomic_write
from gptlab.training import distributed, runs
from gptlab.training.callbacks import Evaluate, Progress
from gptlab.training.config import TrainConfig
from gptlab.training.recipes import Recipe
from gptlab.training.sharded import ShardedTrainer, is_sharded
from gptlab.training.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import nn

    from gptlab.cli import Train

GLANCE_BYTES = 20_000  # of held-out text, for the curve; the whole is measured at the end
GLANCES = 100  # steps between two looks
LOGITS = 1 << 26  # scores that measuring may hold in memory at once: 256 MB
ENDLESS = 10_000_000  # steps, where the clock decides
DATA = "data.json"  # in a run's folder: which text, from which seed
# What a run that has begun cannot change.
FIXED = (
    "data", "recipe", "batch_size", "context_length", "vocab_size", "d_model", "n_layers",
    "n_heads", "optimizer", "seed",
)  # fmt: skip


def train(options: Train) -> int:
    """Carry out `gptlab train`; returns the exit code (130 when stopped before the end)."""
    chosen = lab.find_device(options.device)
    with distributed.joined(chosen.type) as world:
        run, corpus, here = (resume if options.resume else begin)(options, world)
        tokens = run.recipe.batch_size * run.recipe.model.context_length
        tokens *= run.recipe.train.accumulation
        run.trainer.callbacks += [glance(run, corpus), Progress(tokens, options.quiet)]
        say = print if world.is_main else lambda *_: None
        say(describe(run, corpus))
        with stop_gently(run.trainer):
            run.trainer.fit()
        if not run.trainer.done:
            say(f"stopped and saved at step {run.trainer.step}; go on: {command_to_resume(run)}")
            return 130 if world.is_main else 0
        if world.is_main or run.trainer.together:
            report(run, corpus, here)
    return 0


def begin(options: Train, world: distributed.World) -> tuple[runs.Run, Corpus, lab.Lab]:
    """A new run as the options ask for it, its corpus, and the laboratory."""
    from gptlab.cli import free_folder

    recipe = Recipe.preset(options.recipe)
    precision: str = options.precision
    if precision == "auto" and recipe.train.precision != "bf16":
        precision = recipe.train.precision
    here = lab.setup(options.seed, options.device, precision, quiet=not world.is_main)
    recipe = choose(recipe, options, here)
    data = recipe.corpus if options.data is None else options.data
    corpus = corpora.load(data)
    # One process chooses: another would find the folder that the first has just made.
    folder = distributed.shared(options.out or free_folder(corpus.name), world)
    kind = ShardedTrainer if options.sharded else Trainer
    run = runs.prepare(recipe, corpus, folder, options.seed, here.device, (), world, kind)
    if world.is_main:
        named = data.lower().replace("_", "-") in corpora.NAMED
        content = {
            "data": data if named else str(Path(data).expanduser().resolve()),
            "sha256": fingerprint(corpus),
            "seed": options.seed,
        }
        with atomic_write(folder / DATA) as file:
            file.write((json.dumps(content, indent=1) + "\n").encode())
    return run, corpus, here


def resume(options: Train, world: distributed.World) -> tuple[runs.Run, Corpus, lab.Lab]:
    """The run that the options name, at its last checkpoint, its corpus, and the laboratory.

    Raises LabError when there is none, its text has changed, or an option asks for another run.
    """
    from gptlab.cli import Train, newest_run

    folder = options.out or newest_run()
    for name in FIXED:
        if getattr(options, name) != getattr(Train, name):
            raise LabError(
                f"--{name.replace('_', '-')} belongs to the beginning of a run, and the one in "
                f"{folder} has begun; leave it out, or train a new one without --resume"
            )
    runs.read_recipe(folder)  # the first thing that is missing where there is no run
    data, sha256, seed = read_data(folder)
    training = runs.settings(folder)
    precision = training.precision if options.precision == "auto" else options.precision
    here = lab.setup(seed, options.device, precision, quiet=not world.is_main)
    training = replace(training, precision=here.precision, **length(training, options))
    if options.lr is not None:
        training = replace(training, lr=options.lr)
    if not options.compile:
        training = replace(training, compile=False)
    sharded = options.sharded or is_sharded(folder)
    if sharded:
        training = replace(training, compile=False)
    kind = ShardedTrainer if sharded else Trainer
    run = runs.reopen(folder, seed, here.device, (), world, kind, **vars(training))
    corpus = corpora.load(data)
    if fingerprint(corpus) != sha256:
        raise LabError(
            f"the text of {data} is not the one that the run in {folder} began with, so what it "
            "held out may have been trained on; put the old text back, or train a new run"
        )
    run.trainer.resume()
    return run, corpus, here


def read_data(folder: Path) -> tuple[str, str, int]:
    """What a run was begun with: its data's name or path, its fingerprint, the seed."""
    path = folder / DATA
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return str(found["data"]), str(found["sha256"]), int(found["seed"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise LabError(
            f"{path} does not say which text the run learns ({type(problem).__name__}: {problem}); "
            "without it a run cannot go on: train a new one"
        ) from problem


def fingerprint(corpus: Corpus) -> str:
    """SHA-256 of all documents, and of which are held out."""
    digest = hashlib.sha256()
    for documents in (corpus.train, corpus.held_out):
        for document in documents:
            digest.update(document.text.encode() + b"\0")
        digest.update(b"\0")
    return digest.hexdigest()


def choose(recipe: Recipe, options: Train, here: lab.Lab) -> Recipe:
    """The recipe with the options' changes, as this machine can run it."""
    from gptlab.cli import changed

    model = changed(
        recipe.model,
        vocab_size=options.vocab_size,
        context_length=options.context_length,
        d_model=options.d_model,
        n_layers=options.n_layers,
        n_heads=options.n_heads,
        # The fused form wins on a GPU; recipes for the CPU name what is faster there.
        impl="sdpa" if here.on_gpu else None,
    )
    training = changed(
        recipe.train,
        lr=options.lr,
        optimizer=options.optimizer,
        precision=here.precision,
        # What a block gathers lies between the graphs that compiling would make.
        compile=recipe.train.compile and options.compile and not options.sharded,
    )
    training = replace(training, **length(training, options))
    if options.sharded and training.optimizer != "adamw":
        raise LabError(
            f"--sharded cannot train with {training.optimizer}, which turns whole matrices that no "
            "process has; add --optimizer adamw"
        )
    return changed(recipe, batch_size=options.batch_size, model=model, train=training)


def length(training: TrainConfig, options: Train) -> dict[str, Any]:
    """How long to train, as changes of the configuration: steps alone, the clock alone, or both."""
    if options.steps is None and options.seconds is None:
        return {}
    steps = max(training.steps, ENDLESS) if options.steps is None else options.steps
    return {"steps": steps, "seconds": options.seconds}


def glance(run: runs.Run, corpus: Corpus) -> Evaluate:
    """A look at a little held-out text now and then, for the curve."""
    first = corpus.held_out[0]
    start = [Document(first.title, first.text[:GLANCE_BYTES])]
    return Evaluate(GLANCES, lambda model: measure(model, run, start), "held_out")


def measure(model: nn.Module, run: runs.Run, documents: list[Document]) -> float:
    """Bits per byte of `documents`, in the precision of the run."""
    shape, precision = run.recipe.model, run.recipe.train.precision
    rows = LOGITS // (shape.context_length * shape.vocab_size)
    return bits_per_byte(
        model, run.tokenizer, documents, shape.context_length,
        batch_size=max(1, min(32, rows)), precision=precision,
    )  # fmt: skip


def describe(run: runs.Run, corpus: Corpus) -> str:
    """What is about to be trained, on how much, for how long."""
    trainer, config = run.trainer, run.recipe.train
    count = sum(p.numel() for p in trainer.model.parameters())
    length = f"{config.seconds:g} seconds" if config.seconds else f"{config.steps:,} steps"
    begun = f", {trainer.progress:.0%} done" if trainer.step else ""
    return (
        f"{corpus.name}: {amount(corpus.train)} to learn from ({len(run.tokens):,} tokens), "
        f"{amount(corpus.held_out)} held out\n"
        f"GPT with {count / 1e6:.1f} million parameters, {length}{begun}, in {run.folder}"
    )


def amount(documents: tuple[Document, ...]) -> str:
    """How much text: "2.34 MB in 86 documents"."""
    size = sum(len(document.text.encode()) for document in documents)
    shown = f"{size / 1e6:.2f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
    return f"{shown} in {len(documents)} document{'s' * (len(documents) != 1)}"


def command_to_resume(run: runs.Run) -> str:
    """What to type to go on with a run."""
    return f"gptlab train --resume --out {run.folder}"


@contextmanager
def stop_gently(trainer: Trainer) -> Iterator[None]:
    """Ctrl-C and a polite kill end the run after the step in hand, saved; a second one at once.

    Among several processes a second one is ignored: torchrun passes each signal on, so that one
    Ctrl-C comes twice, and ends by force whoever takes too long.
    """

    def stop(number: int, frame: object) -> None:
        trainer.stopping = True
        if trainer.world.size == 1:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    old = {s: signal.signal(s, stop) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def report(run: runs.Run, corpus: Corpus, here: lab.Lab) -> None:
    """Measure on all held-out text, keep figures and curve beside the checkpoints, print.

    Of several processes that measure together, the main one writes and prints.
    """
    trainer = run.trainer
    bits = measure(trainer.model, run, list(corpus.held_out))
    if not trainer.world.is_main:
        return
    tokens = trainer.step * run.recipe.batch_size * run.recipe.model.context_length
    tokens *= run.recipe.train.accumulation
    memory = peak_memory()
    result = {
        "data": corpus.name,
        "bits_per_byte": bits,
        "steps": trainer.step,
        "tokens": tokens,
        "seconds": trainer.seconds,
        "tokens_per_second": tokens / trainer.seconds,
        "parameters": sum(p.numel() for p in trainer.model.parameters()),
        "peak_memory_bytes": memory,
        "device": lab.device_name(here.device),
        "precision": run.recipe.train.precision,
        "seed": here.seed,
    }
    for name, content in (
        ("result.json", result),
        ("history.json", [asdict(step) for step in trainer.history]),
    ):
        with atomic_write(run.folder / name) as file:
            file.write((json.dumps(content, indent=1) + "\n").encode())
    curve = draw(run)
    most = f", {memory / 1e9:.1f} GB of memory at most" if memory else ""
    print(
        f"held-out bits per byte: {bits:.3f}\n"
        f"{trainer.step:,} steps, {tokens / 1e6:.2f} million tokens in {trainer.seconds:.0f} "
        f"seconds of training{most}\n"
        f"checkpoint {trainer.last_saved}, curve {curve}\n"
        f'let it write: gptlab generate "The" --run {run.folder}'
    )


def draw(run: runs.Run) -> Path:
    """Draw the curve into the run's folder, as PNG and as SVG; returns the PNG's path.

    Raises LabError when it cannot be written.
    """
    import matplotlib
    from matplotlib import pyplot as plt

    matplotlib.use("Agg")  # whatever else is set: nobody is looking at a window here
    figure = training_curve(run.trainer.history, run_bits(run))
    path = run.folder / "curve.png"
    try:
        save_figure(figure, path.with_suffix(".svg"))
        return save_figure(figure, path)
    except OSError as problem:
        raise LabError(
            f"could not write {path}: {problem.strerror or problem}; the model and its figures are "
            "saved. Free some space and draw it again: " + command_to_resume(run)
        ) from problem
    finally:
        plt.close(figure)


def run_bits(run: runs.Run) -> float:
    """Bits per byte for one nat per token on the training text: what turns a loss into bits."""
    special = run.tokenizer.special_tokens.values()  # guessed too, but no bytes of the text
    some = run.tokens[:100_000].tolist()
    size = sum(len(run.tokenizer.token_bytes(i)) for i in some if i not in special)
    return len(some) / max(size, 1) / math.log(2)


def peak_memory() -> int | None:
    """The most memory that this process has held, in bytes; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
