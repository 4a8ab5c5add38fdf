"""word2vec: a vector for every word, learned by predicting words from their neighbours.

Mikolov et al. 2013a (CBOW and skip-gram) and 2013b (negative sampling, subsampling).

    model = Word2Vec(texts, Word2VecConfig(epochs=20)).train()
    model.vectors().neighbours("physics")
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gptlab.embeddings import negative_sampling, word2vec_blocks, word2vec_softmax
from gptlab.embeddings.reading import (
    EncodedTexts,
    NoiseWords,
    Reading,
    keep_probabilities,
    noise_shares,
    read_once,
)
from gptlab.embeddings.vectors import WordVectors
from gptlab.errors import LabError, check_count
from gptlab.text.words import Vocabulary

LARGEST_BLOCK = 1024  # words; more brings no more speed
# How far one block may move the commonest word: learning rate times terms in the sum of its
# gradient. Skip-gram agrees a little less with people at twice as much (SimLex-999 0.208 for 0.216,
# three seeds), begins to swing at four times and breaks out at eight; CBOW bears twice as much.
FARTHEST = {"skip-gram": 4.0, "cbow": 8.0}
MEASURED = 4000  # places that `loss` looks at
EPSILON = 1e-9  # what rounding may leave of a look at the very end of an epoch


@dataclass(frozen=True)
class Word2VecConfig:
    """What to learn and how; the defaults are those of word2vec.c and gensim.

    architecture  "skip-gram" (a word predicts its neighbours) or "cbow" (they predict the word)
    output        "negative sampling", or "softmax" over the whole vocabulary
    window        words on each side, at most; each place draws its own from 1 … window
    negatives     noise words for each prediction
    sample        threshold of the subsampling, 0 for none: `keep_probabilities`
    noise_power   the power that the noise distribution raises counts to
    lr, final_lr  the learning rate falls from one to the other, in a straight line
    impl          "blocks" (fast) or "pairs" (the readable form, for small texts)
    chunk         consecutive words that share noise words, in "blocks"
    shared        noise words that they share; None: 32 in skip-gram, 16 in CBOW

    Raises LabError for a setting outside of its range.
    """

    architecture: str = "skip-gram"
    output: str = "negative sampling"
    dimensions: int = 100
    window: int = 5
    negatives: int = 5
    sample: float = 1e-3
    noise_power: float = 0.75
    epochs: int = 5
    lr: float = 0.025
    final_lr: float = 1e-4
    seed: int = 0
    impl: str = "blocks"
    chunk: int = 32
    shared: int | None = None

    def __post_init__(self) -> None:
        choices = {
            "architecture": ("skip-gram", "cbow"),
            "output": ("negative sampling", "softmax"),
            "impl": ("blocks", "pairs"),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise LabError(
                    f"{name} is {getattr(self, name)!r}; choose one of {', '.join(allowed)}"
                )
        for name in ("dimensions", "window", "negatives", "epochs", "chunk", "shared"):
            if name != "shared" or self.shared is not None:
                check_count(name, getattr(self, name))
        for name in ("lr", "final_lr", "sample", "noise_power"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:
                raise LabError(f"{name} is {value!r}; give a number of 0 or more")
        if self.lr == 0:
            raise LabError(
                "lr is 0, so nothing would be learned; give a learning rate such as 0.025"
            )
        if self.final_lr > self.lr:
            raise LabError(
                f"final_lr is {self.final_lr} and lr {self.lr}; the rate falls, so final_lr is the "
                "smaller one"
            )
        if self.impl == "pairs" and self.output == "softmax":
            raise LabError("the softmax is only there in blocks; take impl='blocks'")

    @property
    def shared_noise(self) -> int:
        """Noise words of a chunk; CBOW makes one prediction where skip-gram makes six."""
        return self.shared or {"skip-gram": 32, "cbow": 16}[self.architecture]


Watch = Callable[["Word2Vec", float], None]


class Word2Vec:
    """Two tables with a row for each word, `inputs` and `outputs`, and the text to learn them from.

    `texts` are lists of words; no window crosses from one to the next. The vocabulary is made from
    the texts (`min_count`) unless one is given. `inputs` start at random, uniform within
    ±1 / (2 dimensions), and `outputs` at zero, as in word2vec.c; the inputs are what is kept.

    Raises LabError for a vocabulary of one word, where noise could never differ from the truth, and
    where no two words meet.
    """

    def __init__(
        self,
        texts: Iterable[Sequence[str]],
        config: Word2VecConfig | None = None,
        vocabulary: Vocabulary | None = None,
        min_count: int = 5,
        device: str | torch.device = "cpu",
    ) -> None:
        self.config = config or Word2VecConfig()
        texts = list(texts)
        self.vocabulary = vocabulary or Vocabulary.build(texts, min_count)
        if len(self.vocabulary) < 2:
            raise LabError(
                f"the vocabulary holds {len(self.vocabulary)} word; give two or more, so that "
                "there is something to tell apart: more text or a lower min_count"
            )
        started = time.perf_counter()
        self.texts = EncodedTexts.encode(texts, self.vocabulary)
        self.seconds, self.words_read = time.perf_counter() - started, 0
        self.device = torch.device(device)
        self._generator = torch.Generator().manual_seed(self.config.seed)
        size = (len(self.vocabulary), self.config.dimensions)
        start = (torch.rand(size, generator=self._generator) - 0.5) / self.config.dimensions
        self.inputs: Float[Tensor, "vocab d"] = start.to(self.device)
        self.outputs: Float[Tensor, "vocab d"] = torch.zeros_like(self.inputs)
        self.keep = keep_probabilities(self.vocabulary.counts, self.config.sample)
        self.shares = noise_shares(self.vocabulary.counts, self.config.noise_power)
        self.noise = NoiseWords(self.shares)

    def train(self, watch: Watch | None = None, looks: int = 1, workers: int = 1) -> Word2Vec:
        """Read the texts `config.epochs` times. Returns the model itself.

        `watch(model, progress)` is called before the first block and `looks` times on the way, at
        equal distances, the last time at the end (progress 1.0). `workers`: threads that take
        blocks in turn and write to the same two tables without waiting for each other (Hogwild);
        with more than one, two runs differ a little. `seconds` counts the time, looks left out.

        Raises LabError where the numbers stop being finite: the learning rate is too high.
        """
        if workers < 1 or looks < 1:
            raise LabError(f"workers is {workers} and looks {looks}; both are 1 or more")
        if watch:
            watch(self, 0.0)
        epochs = self.config.epochs
        for epoch in range(epochs):
            started = time.perf_counter()
            steps, step = self._steps(self.read())
            self.seconds += time.perf_counter() - started
            # Where the looks fall that this epoch holds, as parts of it.
            parts = [look * epochs / looks - epoch for look in range(1, looks + 1)]
            parts = [part for part in parts if 0 < part < 1 + EPSILON]
            done = 0
            for part in [*parts, 1.0]:
                until = min(round(part * steps), steps)
                self._run(step, range(done, until), steps, epoch, workers)
                done = until
                if watch and part in parts:
                    parts.remove(part)
                    watch(self, min((epoch + part) / epochs, 1.0))
            self.words_read += self.texts.raw_words
        return self

    def read(self) -> Reading:
        """The next pass over the texts: subsampled, with windows drawn anew."""
        return read_once(self.texts, self.keep, self.config.window, self._generator)

    def vectors(self) -> WordVectors:
        """The input vectors as they are now, with their words: a copy."""
        return WordVectors(self.vocabulary.words, self.inputs.cpu().numpy().copy())

    def loss(self) -> float:
        """Nats per prediction on one fixed stretch of the text, with the noise averaged out.

        Comparable between moments of a training, and between models of the same configuration.
        """
        generator = torch.Generator().manual_seed(0)
        reading = read_once(self.texts, self.keep, self.config.window, generator)
        reading = Reading(reading.ids[:MEASURED], reading.left[:MEASURED], reading.right[:MEASURED])
        room = len(reading.ids) - 1 - torch.arange(len(reading.ids))
        reading = Reading(reading.ids, reading.left, torch.minimum(reading.right, room))
        tables, kind = (self.inputs.cpu(), self.outputs.cpu()), self.config.architecture
        predictions = reading.left + reading.right
        if kind == "cbow":
            predictions = predictions.clamp(max=1)
        if self.config.output == "softmax":
            total = word2vec_softmax.softmax_loss(*tables, reading, kind)
        else:
            shares = torch.from_numpy(self.shares)
            total = negative_sampling.expected_loss(
                *tables, reading, shares, self.config.negatives, kind
            )
        return float(total / predictions.sum().clamp(min=1))

    @property
    def words_per_second(self) -> float:
        """Words of the texts, kept or skipped, by second of training; 0 before the first epoch."""
        return self.words_read / self.seconds

    def _steps(self, reading: Reading) -> tuple[int, Callable[[int, float], None]]:
        """How many steps a reading takes, and what one of them does: step(index, lr)."""
        config = self.config
        if config.impl == "pairs":
            plain = {
                "skip-gram": negative_sampling.skip_gram_pairs,
                "cbow": negative_sampling.cbow_words,
            }[config.architecture]
            rest = (self.noise, config.negatives)
            return 1, lambda _, lr: plain(
                self.inputs, self.outputs, reading, *rest, lr, self._generator
            )
        words = min(config.chunk, self.block_words())
        shape = (words, self.block_words() // words)
        shared = (word2vec_blocks.chunks_of(reading, *shape), config.shared_noise)
        noise = self.noise.draw(math.prod(shared), self._generator).view(shared)
        blocks = word2vec_blocks.BlockedReading(reading, config.window, noise, *shape, self.device)
        if config.output == "softmax":
            return len(blocks), lambda i, lr: word2vec_softmax.softmax_block(
                self.inputs, self.outputs, blocks[i], lr, config.architecture
            )
        fast = {
            "skip-gram": word2vec_blocks.skip_gram_block,
            "cbow": word2vec_blocks.cbow_block,
        }[config.architecture]
        return len(blocks), lambda i, lr: fast(
            self.inputs, self.outputs, blocks[i], config.negatives, lr
        )

    def block_words(self) -> int:
        """Words in a block: as many as the commonest word allows, LARGEST_BLOCK at most.

        All gradients of a block start from the same parameters. A word that stands in it a hundred
        times is moved a hundred steps at once, past its goal if the steps are large: so the fewer
        different words there are, the smaller the blocks.
        """
        read = self.keep * self.vocabulary.counts
        neighbours = self.config.window + 1  # of a place, on average over the windows
        asked = read / read.sum() * (1 + self.config.negatives) * neighbours
        answer = read / read.sum() + self.config.negatives * self.shares
        if self.config.architecture == "skip-gram":
            answer = answer * neighbours
        most = max(asked.max(), answer.max()) * self.config.lr
        return int(np.clip(FARTHEST[self.config.architecture] / most, 1, LARGEST_BLOCK))

    def _run(
        self,
        step: Callable[[int, float], None],
        indices: range,
        steps: int,
        epoch: int,
        workers: int,
    ) -> None:
        fall = self.config.lr - self.config.final_lr

        def work(mine: range) -> None:
            with torch.inference_mode(), one_thread():
                for index in mine:
                    progress = (epoch + index / steps) / self.config.epochs
                    step(index, self.config.lr - fall * progress)

        started = time.perf_counter()
        if workers == 1:
            work(indices)
        else:
            shares = [indices[first::workers] for first in range(workers)]
            threads = [threading.Thread(target=work, args=(share,)) for share in shares]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.seconds += time.perf_counter() - started
        if not (torch.isfinite(self.inputs).all() and torch.isfinite(self.outputs).all()):
            raise LabError(
                f"the vectors are no longer finite in epoch {epoch + 1}: lr {self.config.lr} is "
                "too high for this text; try a tenth of it"
            )


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch from sharing single products among threads: ours are too small to be worth it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
