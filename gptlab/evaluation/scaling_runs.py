r"""Many small runs on the toy language, each word read once: what scaling laws are fitted to.

Sentences are packed into rows of `WIDTH` tokens, a zero before each sentence; a run of D words
reads the first rows that hold them, in order, once. The loss is in nats for each word of test
sentences, full stops too and zeros not, so that the grammar's own cost of them is its floor:
$E = -\sum_s \ln (P(s) / Z) / \text{words}$, as in `evaluation.toy_language`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Int
from torch import Tensor

from gptlab.errors import LabError
from gptlab.evaluation.toy_language import NO_TARGET, probability_of_no_pair
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.text.grammar import toy_grammar
from gptlab.training.config import TrainConfig
from gptlab.training.trainer import Trainer

WIDTH = 48  # tokens in a row; the longest sentence has 37 words
# One recipe for all sizes: Muon's steps suit every width, and the decay follows the run's end.
RECIPE = TrainConfig(lr=0.03, matrix_lr=0.02, schedule="linear", final_lr=0.0, warmup=0.1)
Rows = tuple[Int[Tensor, "rows time"], Int[Tensor, "rows time"]]


@dataclass(frozen=True)
class SmallRun:
    """What one run was and what it reached: all its parameters, words read, nats per word."""

    d_model: int
    parameters: int
    tokens: int
    loss: float
    seed: int = 0


@dataclass(frozen=True, eq=False)
class ReadOnce:
    """Rows of training and test sentences, and `floor`, the grammar's own nats per test word."""

    vocab_size: int
    train: Rows
    test: Rows
    floor: float

    @property
    def words(self) -> int:
        """How many words there are to read."""
        return int((self.train[1] != NO_TARGET).sum())

    def first(self, words: int) -> Rows:
        """The rows that hold the first so many words. Raises LabError when there are fewer."""
        if not 1 <= words <= self.words:
            raise LabError(f"{words:,} words asked for; there are {self.words:,} to read once")
        held = (self.train[1] != NO_TARGET).sum(1).cumsum(0)
        rows = int((held < words).sum()) + 1
        return self.train[0][:rows], self.train[1][:rows]


class InOrder:
    """Batches of `batch_size` rows, one after the other; the last one takes what is left."""

    def __init__(self, rows: Rows, batch_size: int):
        self.rows, self.batch_size = rows, batch_size

    def __len__(self) -> int:
        return math.ceil(len(self.rows[0]) / self.batch_size)

    def batch(self, step: int) -> Rows:
        """The rows of this step."""
        these = slice(step * self.batch_size, (step + 1) * self.batch_size)
        return self.rows[0][these], self.rows[1][these]


def packed_rows(sentences: Sequence[Sequence[int]], width: int = WIDTH) -> Rows:
    """(inputs, targets) of whole sentences, as many as fit into a row, a zero before each.

    Ids of words are 1 and above. Targets are words only: the zero that follows a sentence, and what
    is left of a row, are NO_TARGET. Raises LabError for a sentence that is longer than a row.
    """
    rows: list[list[int]] = [[]]
    for sentence in sentences:
        if len(sentence) > width:
            raise LabError(f"a sentence has {len(sentence)} words and a row {width}; widen it")
        if len(rows[-1]) + 1 + len(sentence) > width + 1:
            rows.append([])
        rows[-1] += [0, *sentence]
    whole = torch.tensor([row + [0] * (width + 1 - len(row)) for row in rows])
    return whole[:, :-1], whole[:, 1:].masked_fill(whole[:, 1:] == 0, NO_TARGET)


@lru_cache(maxsize=2)
def toy_read_once(n_sentences: int, seed: int = 0) -> ReadOnce:
    """So many training sentences of the toy language, and 2,000 others to test on."""
    split = toy_grammar().split(seed=seed, n_train=n_sentences, n_test=2_000)
    words = toy_grammar().vocabulary()
    number = {word: i for i, word in enumerate(words, start=1)}
    sides = [[[number[w] for w in s.english] for s in side] for side in (split.train, split.test)]
    no_pair = math.log2(probability_of_no_pair())
    bits = math.fsum(no_pair - s.log2_probability for s in split.test)
    floor = bits * math.log(2) / sum(map(len, sides[1]))
    return ReadOnce(len(words) + 1, packed_rows(sides[0]), packed_rows(sides[1]), floor)


@torch.no_grad()
def nats_per_word(model: GPT, rows: Rows, batch_size: int = 128) -> float:
    """The mean loss over all words of `rows`; the model is left in eval mode."""
    model.eval()
    total, words = 0.0, 0
    for begin in range(0, len(rows[0]), batch_size):
        inputs, targets = (side[begin : begin + batch_size] for side in rows)
        n = int((targets != NO_TARGET).sum())
        total += model.loss(inputs, targets).item() * n
        words += n
    return total / words


def run_once(
    data: ReadOnce,
    d_model: int,
    words: int,
    seed: int = 0,
    config: TrainConfig = RECIPE,
    batch_size: int = 4,
) -> SmallRun:
    """Train a GPT of that width on the first `words` words, once through, and measure it.

    Two blocks, heads of 16 numbers. `config` gives everything but the number of steps, which
    follows from the words. Deterministic on one machine. Raises LabError as `ReadOnce.first` does.
    """
    batches = InOrder(data.first(words), batch_size)
    shape = GPTConfig(data.vocab_size, WIDTH, d_model, max(1, d_model // 16), n_layers=2)
    torch.manual_seed(seed)
    model = GPT(shape)
    settings = {**vars(config), "steps": len(batches)}
    Trainer(model, batches, TrainConfig(**settings)).fit()
    read = int((batches.rows[1] != NO_TARGET).sum())
    return SmallRun(d_model, shape.parameter_count(), read, nats_per_word(model, data.test), seed)
