"""What counting and compression reach on the held-out Wikipedia articles: the figures to beat.

    python benchmarks/kneser_ney.py            about a minute on one core

Interpolated Kneser-Ney over bytes, trained on the training articles: order 6 (the agreed
baseline), then every order to 12 with one discount and with three, to see what the best of its kind
reaches. And `xz -9e`: how many bytes longer the training text's archive becomes when the held-out
articles stand behind it. Bits per byte of UTF-8, each article from its own start.
"""

from __future__ import annotations

import lzma
import time
import tracemalloc
from typing import Any

from gptlab.classic.ngrams import NgramModel, Smoothing, byte_ids
from gptlab.text.corpora import Corpus, wikipedia

ORDERS = range(1, 13)


def kneser_ney(
    corpus: Corpus, order: int = 6, smoothing: Smoothing = "kneser-ney"
) -> dict[str, Any]:
    """Train and score once: bits per byte, seconds of one core for both, n-grams kept."""
    train = [byte_ids(document.text) for document in corpus.train]
    held_out = [byte_ids(document.text) for document in corpus.held_out]
    started = time.process_time()
    model = NgramModel.train(train, order, 256, smoothing)
    trained = time.process_time()
    bits = model.bits_per_byte(held_out)
    return {
        "smoothing": smoothing,
        "order": order,
        "bits_per_byte": round(bits, 4),
        "train_cpu_seconds": round(trained - started, 2),
        "score_cpu_seconds": round(time.process_time() - trained, 2),
        "ngrams": sum(model.n_ngrams),
    }


def kneser_ney_bits_per_byte(corpus: Corpus, order: int = 6) -> float:
    """Held-out bits per byte of interpolated Kneser-Ney over bytes, one discount for each order."""
    return kneser_ney(corpus, order)["bits_per_byte"]


def xz_bits_per_byte(corpus: Corpus) -> float:
    """Bits for each held-out byte that `xz -9e` adds when it has just read the training text."""

    def size(text: str) -> int:
        return len(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))

    before = corpus.train_text + "\n\n"
    return 8 * (size(before + corpus.held_out_text) - size(before)) / corpus.held_out_bytes


def peak_megabytes(corpus: Corpus, order: int = 6) -> float:
    """Most memory held at once while training and scoring, apart from what Python itself takes."""
    tracemalloc.start()
    kneser_ney(corpus, order)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return round(peak / 1e6, 1)


def main() -> None:
    from common import save, versions

    corpus = wikipedia()
    agreed = kneser_ney(corpus)
    print(
        f"Kneser-Ney, order 6, bytes: {agreed['bits_per_byte']:.3f} bits per byte, trained in "
        f"{agreed['train_cpu_seconds']} s of one core, scored in {agreed['score_cpu_seconds']} s"
    )
    memory = peak_megabytes(corpus)
    print(f"peak memory {memory} MB")
    xz = round(xz_bits_per_byte(corpus), 4)
    print(f"`xz -9e` given the training text: {xz:.3f} bits per byte")
    kinds: tuple[Smoothing, ...] = ("kneser-ney", "modified-kneser-ney")
    sweep = [kneser_ney(corpus, order, kind) for kind in kinds for order in ORDERS]
    for row in sweep:
        print(f"{row['smoothing']:>20}, order {row['order']:>2}: {row['bits_per_byte']:.3f}")
    best = min(sweep, key=lambda row: row["bits_per_byte"])
    save(
        "kneser_ney",
        {
            "command": "python benchmarks/kneser_ney.py",
            "corpus": corpus.name,
            "train_bytes": corpus.train_bytes,
            "held_out_bytes": corpus.held_out_bytes,
            "order_6": agreed,
            "peak_megabytes": memory,
            "xz_9e_bits_per_byte": xz,
            "best": best,
            "sweep": sweep,
            "versions": versions("numpy", "gensim"),
        },
    )


if __name__ == "__main__":
    main()
