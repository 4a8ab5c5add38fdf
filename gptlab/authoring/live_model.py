"""The model that writes in the book: train it as `make train` does, and export it to one file.

    python -m gptlab.authoring.live_model [--run FOLDER]

Without --run the laptop's recipe is trained for STEPS steps, about 100 seconds on two quiet cores;
with it, the run of a folder is taken. Writes book/model/: the weights in 16 bits, and beside them
what is known about them (result.json).
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from gptlab.authoring.book import ROOT
from gptlab.errors import LabError
from gptlab.text.files import atomic_write

FOLDER = ROOT / "book" / "model"
MODEL, FACTS = "wikipedia-laptop.safetensors", "result.json"
STEPS = 1031  # what two cores made in the recipe's 100 seconds
COMMAND = "python -m gptlab.authoring.live_model"


def main(arguments: list[str] | None = None) -> int:
    """The command line. Exit code 2 where something that a person can mend went wrong."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--run", type=Path, help="folder of a run that is trained already")
    parser.add_argument("--seed", type=int, default=0, help="of the training, where there is one")
    parser.add_argument("--output", type=Path, default=FOLDER, help="folder to write (book/model)")
    options = parser.parse_args(arguments)
    try:
        if options.run is not None:
            facts = export(options.run, options.output)
        else:
            with tempfile.TemporaryDirectory() as folder:
                train(Path(folder) / "run", options.seed)
                facts = export(Path(folder) / "run", options.output)
    except LabError as error:
        print(error, file=sys.stderr)
        return 2
    print(
        f"{options.output / MODEL}: {facts['bytes']:,} bytes, "
        f"{facts['bits_per_byte']:.3f} bits per byte on held-out text"
    )
    return 0


def train(folder: Path, seed: int, steps: int = STEPS) -> None:
    """Train the laptop's recipe on the Wikipedia sample for `steps` steps into a run's folder."""
    from gptlab import lab
    from gptlab.text.corpora import wikipedia
    from gptlab.training import runs
    from gptlab.training.recipes import LAPTOP

    here = lab.setup(seed, precision=LAPTOP.train.precision)
    plan = replace(LAPTOP, train=replace(LAPTOP.train, steps=steps, seconds=None))
    run = runs.prepare(plan, wikipedia(), folder, seed, here.device)
    run.trainer.fit()
    result = {
        "steps": run.trainer.step,
        "seconds": run.trainer.seconds,
        "seed": seed,
        "device": lab.device_name(here.device),
    }
    (folder / "result.json").write_text(json.dumps(result) + "\n", encoding="utf-8")


def export(run: Path, output: Path) -> dict[str, Any]:
    """Write the newest model of a run to `output`, with its facts; returns these.

    The bits per byte are those of the file's own rounded weights, on all held-out articles.
    """
    from gptlab.evaluation.language_modelling import bits_per_byte
    from gptlab.generation.export import load_page_model, page_model, save_page_model
    from gptlab.text.corpora import wikipedia
    from gptlab.training import runs

    trained, tokenizer = runs.load(run)
    data = page_model(trained, tokenizer, "float16")
    output.mkdir(parents=True, exist_ok=True)
    model, _ = load_page_model(save_page_model(data, output / MODEL))
    corpus = wikipedia()
    length = model.config.context_length
    try:
        known = json.loads((run / "result.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise LabError(f"{run} does not say how it was trained ({problem}); train it") from problem
    facts = {
        "command": COMMAND,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "data": "wikipedia",
        "bits_per_byte": round(
            bits_per_byte(model, tokenizer, corpus.held_out, length, batch_size=8), 4
        ),
        "bytes": len(data),
        "parameters": model.config.parameter_count(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "steps": known["steps"],
        "seconds": round(known["seconds"], 1),
        "device": known["device"],
        "seed": known["seed"],
    }
    with atomic_write(output / FACTS) as file:
        file.write((json.dumps(facts, indent=1) + "\n").encode())
    return facts


if __name__ == "__main__":
    sys.exit(main())
