"""Writing 256 tokens: with the KV cache, without it, and by transformers' `generate`.

    python benchmarks/generation.py              (a GPT of the shape that `make train` trains)
    python benchmarks/generation.py --run FOLDER
    python benchmarks/generation.py --preset gpt2 --device cuda      (its own file of results)

Greedy, batch 1, fp32 (on the CPU unless told otherwise), from a prompt of one token; all three have
the same weights, and the run stops if a token differs. Each repetition lets all of them write, in
an order that turns, and a ratio is the median over repetitions of the ratios inside one, so that
other work on the machine falls on both sides. Demanded: the cache at least 4 times faster than
none, and gptlab not slower than transformers. Transformers cannot go on when the context is full,
so with it only the tokens that fit are compared; from one token in a context of 256 all 256 fit.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing is fetched

import torch
import transformers
from common import save, versions

from gptlab.generation.sampling import GREEDY, generate_tokens
from gptlab.lab import device_name
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.models.pretrained import export_gpt2

LEAST_GAIN = 4.0


def make_model(run: str | None, preset: str = "laptop") -> GPT:
    """The trained model of a run, or random weights large enough for text that does not repeat."""
    if run is not None:
        from gptlab.training import runs

        return runs.load(run, torch.device("cpu"))[0].eval()
    torch.manual_seed(0)
    model = GPT(GPTConfig.preset(preset))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return model.eval()


def same_in_transformers(model: GPT) -> transformers.GPT2LMHeadModel:
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        export_gpt2(model, folder)
        return transformers.GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32).eval()


def writers(model: GPT, n: int, fits: int) -> dict[str, Callable[[], list[int]]]:
    device = next(model.parameters()).device
    theirs = same_in_transformers(model).to(device)
    prompt = torch.zeros(1, 1, dtype=torch.long, device=device)

    def ours(count: int, use_cache: bool) -> list[int]:
        stream = generate_tokens(model, prompt, count, GREEDY, use_cache=use_cache)
        return [int(token) for token in stream]

    def hugging_face() -> list[int]:
        text = theirs.generate(
            prompt, attention_mask=torch.ones_like(prompt), do_sample=False, use_cache=True,
            max_new_tokens=fits, min_new_tokens=fits, eos_token_id=None, pad_token_id=0,
        )  # fmt: skip
        return text[0, 1:].tolist()

    return {
        "cache": lambda: ours(n, use_cache=True),
        "no cache": lambda: ours(n, use_cache=False),
        "transformers": hugging_face,
        "cache, what fits": lambda: ours(fits, use_cache=True),
    }


def measure(
    contenders: dict[str, Callable[[], list[int]]], repeats: int
) -> tuple[dict[str, list[float]], dict[str, list[int]]]:
    """Seconds of every repetition, and the tokens, by contender."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    tokens = {name: write() for name, write in contenders.items()}  # and warm
    names = list(contenders)
    for turn in range(repeats):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            start = time.perf_counter()
            written = contenders[name]()
            seconds[name].append(time.perf_counter() - start)
            if written != tokens[name]:
                sys.exit(f"{name} wrote other tokens the second time")
    return seconds, tokens


def median_ratio(over: list[float], under: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of generation with and without KV cache.")
    parser.add_argument("--run", help="a run's folder (default: random weights of the same shape)")
    parser.add_argument("--tokens", type=int, default=256, help="new tokens (default: 256)")
    parser.add_argument("--repeats", type=int, default=8, help="repetitions (default: 8)")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1)")
    parser.add_argument("--preset", default="laptop", help="size without --run (default: laptop)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)

    model = make_model(asked.run, asked.preset).to(asked.device)
    n, fits = asked.tokens, min(asked.tokens, model.config.context_length)
    seconds, tokens = measure(writers(model, n, fits), asked.repeats)
    if tokens["cache"] != tokens["no cache"]:
        sys.exit("with and without the cache the tokens differ")
    if not tokens["cache"][:fits] == tokens["transformers"] == tokens["cache, what fits"]:
        sys.exit("gptlab and transformers wrote different tokens")

    gain = median_ratio(seconds["no cache"], seconds["cache"])
    against = median_ratio(seconds["transformers"], seconds["cache, what fits"])
    threads = torch.get_num_threads()
    print(
        f"{n} new tokens, {model.config.parameter_count():,} parameters, context "
        f"{model.config.context_length}, {threads} thread{'s' * (threads > 1)}, same tokens "
        f"({len(set(tokens['cache']))} different ones)"
    )
    for name, count in (("cache", n), ("no cache", n), ("transformers", fits)):
        typical = statistics.median(seconds[name])
        print(f"{name:>12}: {typical:.3f} s, {typical / count * 1e3:.2f} ms a token")
    print(f"the cache is {gain:.1f} times faster than none (demanded: {LEAST_GAIN:.0f})")
    print(f"gptlab is {against:.2f} times as fast as transformers on {fits} tokens (demanded: 1)")
    usual = (asked.preset, asked.device) == ("laptop", "cpu")
    path = save(
        "generation" if usual else f"generation_{asked.preset}_{asked.device}",
        {
            "command": " ".join(["python", "benchmarks/generation.py", *sys.argv[1:]]),
            "model": {"run": asked.run, **vars(model.config)},
            "device": device_name(torch.device(asked.device)),
            "threads": threads,
            "versions": versions("torch", "transformers"),
            "new_tokens": n,
            "tokens_compared_with_transformers": fits,
            "same_tokens": True,
            "seconds": {name: [round(s, 4) for s in found] for name, found in seconds.items()},
            "tokens_per_second": round(n / statistics.median(seconds["cache"])),
            "speed_of_cache_over_none": round(gain, 2),
            "speed_over_transformers": round(against, 2),
        },
    )
    print(f"written to {path}")
    if gain < LEAST_GAIN or against < 1:
        sys.exit("a demand is not met")


if __name__ == "__main__":
    main()
