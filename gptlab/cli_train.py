"""What `gptlab train` does: prepare or reopen a run, fit, measure, keep the curve."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gptlab import lab
from gptlab.evaluation.language_modelling import bits_per_byte
from gptlab.figures.plots import training_curve
from gptlab.figures.style import save_figure
from gptlab.text import corpora
from gptlab.text.corpora import Corpus, Document
from gptlab.text.files import atomic_write
from gptlab.training import distributed, runs
from gptlab.training.callbacks import Evaluate, Progress
from gptlab.training.recipes import Recipe
from gptlab.training.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import nn

    from gptlab.cli import Train

GLANCE_BYTES = 20_000  # of held-out text, for the curve; the whole is measured at the end
GLANCES = 100  # steps between two looks


def train(options: Train) -> int:
    """Carry out `gptlab train`; returns the exit code (130 when stopped before the end)."""
    chosen = lab.find_device(options.device)
    with distributed.joined(chosen.type) as world:
        here = lab.setup(options.seed, options.device, options.precision, quiet=not world.is_main)
        run, corpus = start(options, here, world)
        say = print if world.is_main else lambda *_: None
        say(describe(run, corpus))
        with stop_gently(run.trainer):
            run.trainer.fit()
        if not world.is_main:
            return 0
        if not run.trainer.done:
            say(f"stopped and saved at step {run.trainer.step}; go on: {command_to_resume(run)}")
            return 130
        report(run, corpus, here)
    return 0


def start(options: Train, here: lab.Lab, world: distributed.World) -> tuple[runs.Run, Corpus]:
    """The run that the options ask for, new or resumed, and its corpus."""
    from gptlab.cli import RUNS, free_folder, newest_run

    if options.resume:
        folder = options.out or newest_run()
        wanted = {"steps": options.steps, "seconds": options.seconds}
        changes = {k: v for k, v in wanted.items() if v is not None}
        run = runs.reopen(folder, options.seed, here.device, (), world, **changes)
        corpus = corpora.load(json.loads((folder / "data.json").read_text())["data"])
        run.trainer.resume()
    else:
        recipe = choose(options, here)
        corpus = corpora.load(options.data)
        folder = options.out or free_folder(corpus.name, RUNS)
        run = runs.prepare(recipe, corpus, folder, options.seed, here.device, (), world)
        data = options.data if options.data in corpora.NAMED else str(Path(options.data).resolve())
        if world.is_main:
            with atomic_write(folder / "data.json") as file:
                file.write(json.dumps({"data": data}).encode())
    tokens = run.recipe.batch_size * run.recipe.model.context_length
    tokens *= run.recipe.train.accumulation
    run.trainer.callbacks += [glance(run, corpus), Progress(tokens, options.quiet)]
    return run, corpus


def choose(options: Train, here: lab.Lab) -> Recipe:
    """The recipe by name, with the options' changes, as this machine can run it."""
    from gptlab.cli import changed

    recipe = Recipe.preset(options.recipe)
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
    steps = options.steps
    training = changed(
        recipe.train,
        steps=steps,
        lr=options.lr,
        optimizer=options.optimizer,
        precision=here.precision
        if options.precision != "auto" or here.precision == "fp32"
        else None,
        compile=recipe.train.compile and options.compile,
    )
    if options.seconds is not None or steps is not None:
        training = replace(training, seconds=options.seconds)
        if steps is None:
            training = replace(training, steps=max(training.steps, 10_000_000))
    return changed(recipe, batch_size=options.batch_size, model=model, train=training)


def glance(run: runs.Run, corpus: Corpus) -> Evaluate:
    """A look at a little held-out text now and then, for the curve."""
    first = corpus.held_out[0]
    start = [Document(first.title, first.text[:GLANCE_BYTES])]
    return Evaluate(GLANCES, lambda model: measure(model, run, start), "held_out")


def measure(model: nn.Module, run: runs.Run, documents: list[Document]) -> float:
    """Bits per byte of `documents`, in the precision of the run."""
    context, precision = run.recipe.model.context_length, run.recipe.train.precision
    return bits_per_byte(model, run.tokenizer, documents, context, precision=precision)


def describe(run: runs.Run, corpus: Corpus) -> str:
    """What is about to be trained, on how much, for how long."""
    trainer, config = run.trainer, run.recipe.train
    count = sum(p.numel() for p in trainer.model.parameters())
    length = f"{config.seconds:g} seconds" if config.seconds else f"{config.steps:,} steps"
    begun = f", {trainer.progress:.0%} done" if trainer.step else ""
    return (
        f"{corpus.name}: {corpus.train_bytes / 1e6:.2f} MB in {len(corpus.train)} documents to "
        f"learn from ({len(run.tokens):,} tokens), {corpus.held_out_bytes / 1e6:.2f} MB in "
        f"{len(corpus.held_out)} held out\n"
        f"GPT with {count / 1e6:.1f} million parameters, {length}{begun}, in {run.folder}"
    )


def command_to_resume(run: runs.Run) -> str:
    """What to type to go on with a run."""
    return f"gptlab train --resume --out {run.folder}"


@contextmanager
def stop_gently(trainer: Trainer) -> Iterator[None]:
    """Ctrl-C and a polite kill end the run after the step in hand, saved; a second one at once."""
    if trainer.world.size > 1:  # the others would wait for this process for ever
        yield
        return

    def stop(number: int, frame: object) -> None:
        trainer.stopping = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    old = {s: signal.signal(s, stop) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def report(run: runs.Run, corpus: Corpus, here: lab.Lab) -> None:
    """Measure on all held-out text, keep figures and curve beside the checkpoints, print."""
    trainer = run.trainer
    bits = measure(trainer.model, run, list(corpus.held_out))
    tokens = trainer.step * run.recipe.batch_size * run.recipe.model.context_length
    tokens *= run.recipe.train.accumulation
    result = {
        "data": corpus.name,
        "bits_per_byte": bits,
        "steps": trainer.step,
        "tokens": tokens,
        "seconds": trainer.seconds,
        "tokens_per_second": tokens / trainer.seconds,
        "parameters": sum(p.numel() for p in trainer.model.parameters()),
        "peak_memory_bytes": peak_memory(),
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
    curve = save_figure(training_curve(trainer.history, run_bits(run)), run.folder / "curve.png")
    memory = f", {result['peak_memory_bytes'] / 1e9:.1f} GB of memory at most" if (
        result["peak_memory_bytes"]
    ) else ""  # fmt: skip
    print(
        f"held-out bits per byte: {bits:.3f}\n"
        f"{trainer.step:,} steps, {tokens / 1e6:.2f} million tokens in {trainer.seconds:.0f} "
        f"seconds of training{memory}\n"
        f"checkpoint {trainer.last_saved}, curve {curve}\n"
        f'let it write: gptlab generate "The" --run {run.folder}'
    )


def run_bits(run: runs.Run) -> float:
    """Bits per byte for one nat per token on the training text: what turns a loss into bits."""
    import math

    size = sum(len(run.tokenizer.token_bytes(int(i))) for i in run.tokens[:100_000])
    return min(len(run.tokens), 100_000) / size / math.log(2)


def peak_memory() -> int | None:
    """The most memory that this process has held, in bytes; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
