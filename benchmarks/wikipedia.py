"""Does the GPT that `make train` trains guess better than counting does?

    python benchmarks/wikipedia.py [--seeds 0 1 2] [--record]

Trains the `laptop` recipe for each seed through the real command line, measures bits per byte on
the ten held-out articles, and beside it, in the same run on the same text, the interpolated
Kneser-Ney model over bytes of order 6 and `xz -9e`. With --record the first seed's figure becomes
the GPT's row on the scoreboard (chapter 17), and its curve the picture in the README.
"""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import common
from kneser_ney import kneser_ney_bits_per_byte, xz_bits_per_byte

from gptlab.evaluation import scoreboard
from gptlab.text.corpora import wikipedia

# Where another machine should land: half the speed costs about 0.06, twice the speed gains as much.
BAND = 0.08
PICTURE = Path(__file__).parents[1] / "book" / "static" / "training-curve.svg"


def train(seed: int) -> dict[str, Any]:
    """Run `gptlab train` in a process of its own; what its result.json says, and the whole time."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        command = ["-m", "gptlab", "train", "--recipe", "laptop", "--seed", str(seed)]
        began = time.perf_counter()
        subprocess.run([sys.executable, *command, "--out", str(out)], check=True)
        result = json.loads((out / "result.json").read_text())
        result["seconds_in_all"] = round(time.perf_counter() - began, 1)
        writing = ["-m", "gptlab", "generate", "--run", str(out), "--seed", str(seed)]
        shown = subprocess.run([sys.executable, *writing], check=True, capture_output=True)
        result["text"] = shown.stdout.decode()
        result["curve"] = (out / "curve.svg").read_text(encoding="utf-8")
    return result


def row(result: dict[str, Any]) -> scoreboard.Row:
    """The GPT's row on the scoreboard."""
    value = round(result["bits_per_byte"], 3)
    return {
        "board": "language models",
        "data": "wikipedia",
        "metric": "bits per byte",
        "chapter": 17,
        "model": "GPT, 4 layers",
        "value": value,
        "band": [round(value - BAND, 3), round(value + BAND, 3)],
        "profile": "cpu",
        "device": result["device"],
        "seconds": round(result["seconds"], 1),
        "parameters": result["parameters"],
        "seed": result["seed"],
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "command": "gptlab train --recipe laptop",
        "note": "100 seconds of training on two cores; a slower machine ends higher in the band",
    }


def main() -> int:
    """Measure, print, save; 1 if the GPT is not the better one for every seed."""
    parser = argparse.ArgumentParser(description="bits per byte: GPT against counting")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--record", action="store_true", help="write the scoreboard's row")
    options = parser.parse_args()
    corpus = wikipedia()
    figures: dict[str, Any] = {
        "Kneser-Ney, order 6, bytes": round(kneser_ney_bits_per_byte(corpus), 4),
        "xz -9e": round(xz_bits_per_byte(corpus), 4),
    }
    runs = [train(seed) for seed in options.seeds]
    curves = [run.pop("curve") for run in runs]
    figures["GPT"] = [round(run["bits_per_byte"], 4) for run in runs]
    for name, value in figures.items():
        print(f"{name:28} {value}")
    if options.record:
        scoreboard.record(row(runs[0]))
        PICTURE.write_text(curves[0], encoding="utf-8")
    print(common.save("wikipedia", {"bits_per_byte": figures, "runs": runs}))
    return int(max(figures["GPT"]) >= figures["Kneser-Ney, order 6, bytes"])


if __name__ == "__main__":
    sys.exit(main())
