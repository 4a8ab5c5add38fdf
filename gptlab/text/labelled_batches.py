"""Batches of labelled texts, as BERT reads them: [CLS] text [SEP], and a label for the row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from gptlab.errors import LabError, check_count
from gptlab.text.labelled import LabelledText
from gptlab.text.masking import fill_up
from gptlab.text.wordpiece import WordPieceTokenizer, sentence_pair

Rows = tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"], Int[Tensor, "batch"]]


class LabelledBatches:
    """Training batches for `BertClassifier.loss`, in an order that is a pure function of (seed,
    step): tokens, segments, labels.

    Every epoch visits each text once in random order. A text longer than `context_length` − 2
    tokens is cut at its end. Raises LabError for no texts, texts without any token, and more texts
    in a batch than there are.
    """

    def __init__(
        self,
        texts: Sequence[LabelledText],
        tokenizer: WordPieceTokenizer,
        batch_size: int,
        context_length: int,
        seed: int = 0,
    ) -> None:
        if not 1 <= batch_size <= len(texts):
            raise LabError(
                f"batch_size={batch_size} cannot be filled from {len(texts)} texts; give at least "
                "1, and no more than there are"
            )
        check_count("seed", seed, 0)
        self.rows = label_rows(texts, tokenizer, context_length)
        self.labels = torch.tensor([each.label for each in texts])
        self.pad, self.batch_size, self.seed = tokenizer.special_ids[0], batch_size, seed

    def batch(self, step: int) -> Rows:
        """Tokens, segments (all 0) and labels of one step."""
        chosen = [
            self.place(i) for i in range(step * self.batch_size, (step + 1) * self.batch_size)
        ]
        tokens = fill_up([self.rows[i] for i in chosen], self.pad)
        return tokens, torch.zeros_like(tokens), self.labels[chosen]

    def place(self, sample: int) -> int:
        """Which text sample number `sample` is, counted from the first step on."""
        epoch, at = divmod(sample, len(self.rows))
        bits = np.random.PCG64(np.random.SeedSequence([self.seed, epoch]))
        return int(np.argsort(bits.random_raw(len(self.rows)), kind="stable")[at])


def label_rows(
    texts: Sequence[LabelledText], tokenizer: WordPieceTokenizer, context_length: int
) -> list[list[int]]:
    """The ids of each text between [CLS] and [SEP], cut to `context_length`.

    Raises LabError for a text without any token, and for a context that holds none.
    """
    check_count("context_length", context_length, 3, ": [CLS], a token and [SEP]")
    rows = []
    for i, each in enumerate(texts):
        ids = tokenizer.encode(each.text)[: context_length - 2]
        if not ids:
            raise LabError(f"text {i} holds no token: {each.text[:40]!r}; leave it out")
        rows.append(sentence_pair(tokenizer, ids)[0])
    return rows
