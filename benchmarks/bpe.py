"""Byte-level BPE in Python against `tokenizers` and `tiktoken` (both Rust): training and encoding.

    OMP_NUM_THREADS=1 python benchmarks/bpe.py

Text: the Wikipedia pages inside gensim as `filter_wiki` leaves them (3.1 MB), in paragraphs, and
each library by its fastest call. All use one core and the same 4,096 merges; the run stops if a
merge or an id differs. `encode, first time` starts with an empty cache of words where there is one
(gptlab, tokenizers), `again` with a full one. Seconds are those of the processor, so that other
work on the machine counts less.
"""

from __future__ import annotations

import bz2
import os
import sys
import time

os.environ["RAYON_NUM_THREADS"] = "1"  # one core for the Rust side as well: read when it is loaded

import tiktoken
import tokenizers
from common import best, save, versions

from gptlab.text import bpe
from gptlab.text.tokenizers import BPETokenizer

N_MERGES = 4096
# GPT-2's pattern as tiktoken itself writes it: ++ never gives back, which is faster there.
TIKTOKEN_PATTERN = (
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"
)


def sample() -> list[str]:
    from gensim.corpora.wikicorpus import extract_pages, filter_wiki
    from gensim.test.utils import datapath

    from gptlab.text.corpora import DUMP

    with bz2.open(datapath(DUMP)) as dump:
        pages = [text for _, text, _ in extract_pages(dump, ("0",))]
    articles = [filter_wiki(page) for page in pages if not page.lower().startswith("#redirect")]
    return [part for article in articles for part in article.split("\n\n")]


def timed(run):
    start = time.process_time()
    result = run()
    return result, time.process_time() - start


def train(texts: list[str]) -> tuple[BPETokenizer, float, tokenizers.Tokenizer, float]:
    mine, my_seconds = timed(lambda: BPETokenizer.train(texts, 256 + N_MERGES, ()))
    theirs = tokenizers.Tokenizer(tokenizers.models.BPE())
    theirs.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=256 + N_MERGES,
        min_frequency=2,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    _, their_seconds = timed(lambda: theirs.train_from_iterator(texts, trainer))
    vocabulary = theirs.get_vocab()
    if sorted(vocabulary, key=vocabulary.get) != bpe.token_symbols(mine.merges):
        sys.exit("gptlab and tokenizers did not learn the same merges")
    return mine, my_seconds, theirs, their_seconds


def main() -> None:
    texts = sample()
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    mine, my_seconds, theirs, their_seconds = train(texts)
    saved = theirs.to_str()
    ranks = {mine.token_bytes(i): i for i in range(mine.vocab_size)}
    third = tiktoken.Encoding(
        "same", pat_str=TIKTOKEN_PATTERN, mergeable_ranks=ranks, special_tokens={}
    )
    encoders = {
        "gptlab": (
            lambda: BPETokenizer(mine.merges, ()),
            lambda one: [one.encode(text) for text in texts],
        ),
        "tokenizers": (
            lambda: tokenizers.Tokenizer.from_str(saved),
            lambda one: [found.ids for found in one.encode_batch_fast(texts)],
        ),
        "tiktoken": (
            lambda: third,
            lambda one: [one.encode_ordinary(text) for text in texts],
        ),
    }
    ids = encoders["gptlab"][1](mine)
    first, again = {}, {}
    for name, (new, encode) in encoders.items():
        if encode(new()) != ids:
            sys.exit(f"gptlab and {name} did not give the same ids")
        fresh = [new() for _ in range(3)]
        first[name] = megabytes / best(lambda f=fresh, e=encode: e(f.pop()), 3, time.process_time)
        used = new()
        encode(used)
        again[name] = megabytes / best(lambda u=used, e=encode: e(u), 3, time.process_time)
    decode = megabytes / best(lambda: [mine.decode(row) for row in ids], 3, time.process_time)

    print(f"{megabytes:.2f} MB of text, {sum(map(len, ids)):,} tokens, same merges, same ids")
    print(f"train {N_MERGES} merges: gptlab {my_seconds:.2f} s, tokenizers {their_seconds:.2f} s")
    for what, figures in (("first time", first), ("again", again)):
        line = ", ".join(f"{name} {speed:.1f} MB/s" for name, speed in figures.items())
        print(f"encode, {what}: {line}")
    print(f"decode: gptlab {decode:.1f} MB/s")
    path = save(
        "tokenizers",
        {
            "command": "OMP_NUM_THREADS=1 python benchmarks/bpe.py",
            "seconds": "of the processor (time.process_time), one core",
            "versions": versions("tokenizers", "tiktoken", "regex"),
            "megabytes": megabytes,
            "tokens": sum(map(len, ids)),
            "train_seconds": {"gptlab": my_seconds, "tokenizers": their_seconds},
            "encode_first_megabytes_per_second": first,
            "encode_again_megabytes_per_second": again,
            "decode_megabytes_per_second": {"gptlab": decode},
            "training_time_over_tokenizers": my_seconds / their_seconds,
            "first_encoding_speed_over_tokenizers": first["gptlab"] / first["tokenizers"],
        },
    )
    print(f"written to {path}")


if __name__ == "__main__":
    main()
