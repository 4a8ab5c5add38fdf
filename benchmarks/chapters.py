"""Every chapter from top to bottom in a fresh kernel, one after another: how long each takes.

    python benchmarks/chapters.py [chapters/17-training.ipynb …]

As under `make test`: one thread, no GPU, the scoreboard a copy. Named chapters are measured anew,
the others keep their seconds. Results: benchmarks/results/chapters.json, from which
`python -m gptlab.authoring.readme` makes the table in CONTRIBUTING.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from pathlib import Path

import common

from gptlab.authoring import normalise, notebooks

ROOT = Path(__file__).resolve().parents[1]
KEPT = common.RESULTS / "chapters.json"


def main() -> None:
    """Run, print, save."""
    parser = argparse.ArgumentParser(description="how long each chapter takes")
    parser.add_argument("paths", nargs="*", type=Path, help="chapters to run (default: all)")
    paths = parser.parse_args().paths or sorted((ROOT / "chapters").glob("*.ipynb"))
    seconds = json.loads(KEPT.read_text())["seconds"] if KEPT.exists() else {}
    there = {path.stem for path in (ROOT / "chapters").glob("*.ipynb")}
    seconds = {name: took for name, took in seconds.items() if name in there}
    with tempfile.TemporaryDirectory() as folder:
        board = shutil.copy(ROOT / "book" / "scoreboard.json", folder)
        for path in paths:
            environment = notebooks.ENVIRONMENT | {"GPTLAB_SCOREBOARD": os.fspath(board)}
            took = notebooks.execute(normalise.read(path), path, environment=environment)
            seconds[path.stem] = round(took, 1)
            print(f"{path.stem:24} {took:6.1f} s", flush=True)
    print(f"{'all':24} {sum(seconds.values()):6.1f} s")
    common.save("chapters", {"seconds": dict(sorted(seconds.items()))})


if __name__ == "__main__":
    main()
