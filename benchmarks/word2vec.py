"""word2vec against gensim: the same text, epochs, dimensions, window, negatives, two threads each.

    python benchmarks/word2vec.py              about four minutes on two cores
    python benchmarks/word2vec.py --device cuda

For CBOW and for skip-gram, three seeds, gensim and ours in turn: words of the text read by second
(words that subsampling skips are counted for both, building the vocabulary for neither), and
Spearman's ρ with people's judgements on the same pairs. gensim is the C code of its wheel, with two
workers; ours is plain torch with two workers, and for comparison with one.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

from gptlab.embeddings.vectors import WordVectors
from gptlab.embeddings.word2vec import Word2Vec, Word2VecConfig
from gptlab.evaluation.meaning import board_texts, board_vocabulary, score
from gptlab.evaluation.word2vec_rows import EPOCHS, SEEDS

WORKERS = 2
SETTINGS = {"dimensions": 100, "window": 5, "negatives": 5, "sample": 1e-3, "lr": 0.025}
MEASURES = ("wordsim353", "simlex999", "analogies")


def gensims(architecture: str, seed: int) -> dict[str, Any]:
    """Train gensim's word2vec once."""
    from gensim.models import Word2Vec as Gensim

    texts = board_texts()
    model = Gensim(
        vector_size=SETTINGS["dimensions"], window=SETTINGS["window"],
        negative=SETTINGS["negatives"], sample=SETTINGS["sample"], alpha=SETTINGS["lr"],
        min_count=5, sg=int(architecture == "skip-gram"), workers=WORKERS, seed=seed + 1,
    )  # fmt: skip
    model.build_vocab(texts)
    started = time.perf_counter()
    model.train(texts, total_examples=len(texts), epochs=EPOCHS[architecture])
    seconds = time.perf_counter() - started
    vectors = WordVectors(tuple(model.wv.index_to_key), model.wv.vectors)
    return result(vectors, EPOCHS[architecture] * sum(map(len, texts)) / seconds)


def ours(architecture: str, seed: int, workers: int, device: str = "cpu") -> dict[str, Any]:
    """Train gptlab's word2vec once; turning words into numbers is part of the time."""
    config = Word2VecConfig(architecture, epochs=EPOCHS[architecture], seed=seed, **SETTINGS)
    model = Word2Vec(board_texts(), config, board_vocabulary(), device=device)
    model.train(workers=workers)
    return result(model.vectors(), model.words_per_second)


def result(vectors: WordVectors, words_per_second: float) -> dict[str, Any]:
    found = score(vectors)
    return {
        "words_per_second": round(words_per_second),
        "wordsim353": round(found.wordsim.spearman, 4),
        "simlex999": round(found.simlex.spearman, 4),
        "analogies": round(found.analogies.accuracy, 4),
        "covered": [found.wordsim.covered, found.simlex.covered, found.analogies.covered],
    }


def summary(runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Each side's median speed, the ratio of every turn, mean and spread of quality."""
    speeds = {name: [run["words_per_second"] for run in found] for name, found in runs.items()}
    told: dict[str, Any] = {}
    for name, found in runs.items():
        told[name] = {"words_per_second": round(statistics.median(speeds[name]))}
        for measure in MEASURES:
            values = [run[measure] for run in found]
            told[name][measure] = {
                "mean": round(statistics.mean(values), 4),
                "spread": round(statistics.stdev(values), 4),
            }
        told[name]["runs"] = found
    for name in runs:
        if name != "gensim":
            turns = zip(speeds[name], speeds["gensim"], strict=True)
            ratios = [round(mine / theirs, 2) for mine, theirs in turns]
            told[name]["times_gensim"] = {"median": statistics.median(ratios), "turns": ratios}
    return told


def main(device: str = "cpu") -> None:
    from common import save, versions

    texts = board_texts()
    board_vocabulary()
    found = {}
    for architecture in EPOCHS:
        runs: dict[str, list[dict[str, Any]]] = {}
        for seed in SEEDS:
            turn = {"gensim": gensims(architecture, seed)}
            if device == "cpu":
                turn["gptlab, 2 workers"] = ours(architecture, seed, WORKERS)
                turn["gptlab, 1 worker"] = ours(architecture, seed, 1)
            else:
                turn[f"gptlab, {device}"] = ours(architecture, seed, 1, device)
            for name, run in turn.items():
                runs.setdefault(name, []).append(run)
                print(f"{architecture}, seed {seed}, {name}: {run}", flush=True)
        found[architecture] = {"epochs": EPOCHS[architecture], **summary(runs)}
        for name, told in found[architecture].items():
            if name != "epochs":
                print(f"{architecture}, {name}: { {k: v for k, v in told.items() if k != 'runs'} }")
    save(
        "word2vec" if device == "cpu" else f"word2vec_{device}",
        {
            "command": "python benchmarks/word2vec.py"
            + (f" --device {device}" if device != "cpu" else ""),
            "corpus": "wikipedia",
            "words": sum(map(len, texts)),
            "vocabulary": len(board_vocabulary()),
            "settings": SETTINGS,
            "gensim_workers": WORKERS,
            "results": found,
            "versions": versions("torch", "gensim", "numpy"),
        },
    )


if __name__ == "__main__":
    main(sys.argv[2] if sys.argv[1:2] == ["--device"] else "cpu")
