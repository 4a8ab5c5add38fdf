"""The GPT on the toy language's board, beside the networks of chapters 9 and 10.

    python benchmarks/board_gpt_toy.py [--record] [--seed 0]

The same sentences, batches and measure as `benchmarks/board_neural.py`, whose code it uses: a fixed
number of steps, bits per word on the 2,000 test sentences. With --record the figures become rows on
the scoreboard.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from board_neural import TOY, Contestant, row, run

from gptlab.evaluation import scoreboard
from gptlab.models.gpt import GPT, GPTConfig

LONGEST = 48  # tokens of context; the longest sentence has 37 words


def build(vocab_size: int, n_layers: int) -> GPT:
    """A GPT for the toy language; its last token is the begin symbol, which no target names."""
    return GPT(
        GPTConfig(vocab_size + 1, context_length=LONGEST, d_model=64, n_heads=4, n_layers=n_layers)
    )


CONTESTANTS = tuple(
    Contestant(
        f"GPT, {n_layers} layer{'s' if n_layers > 1 else ''}", 16, "toy_english",
        lambda v, n=n_layers: build(v, n),  # type: ignore[misc]
        replace(TOY, optimizer="muon", lr=1e-2, steps=1500), batch_size=32, band=0.06,
    )
    for n_layers in (1, 2, 4)
)  # fmt: skip


def main() -> None:
    """Train each, print, and record if wanted."""
    parser = argparse.ArgumentParser(description="the GPT on the toy language's board")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="write the scoreboard's rows")
    options = parser.parse_args()
    for contestant in CONTESTANTS:
        found = run(contestant, options.seed)
        print(
            f"{contestant.model:14} {found['value']:.3f} {found['metric']}, {found['seconds']} s, "
            f"{found['steps']} steps, {found['parameters']:,} parameters",
            flush=True,
        )
        if options.record:
            command = "python benchmarks/board_gpt_toy.py --record"
            scoreboard.record({**row(contestant, found), "command": command})


if __name__ == "__main__":
    main()
