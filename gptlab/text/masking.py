"""Masked language modelling: some tokens are hidden, and the model has to name them.

Devlin et al. 2019, section 3.1 and appendix A. 15 % of the tokens are chosen. Of the chosen, 80 %
are replaced by [MASK], 10 % by a random token, and 10 % stay as they are. Only the chosen ones
enter the loss, all of them, also those that stayed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from gptlab.errors import LabError, check_count
from gptlab.text.batches import IGNORED
from gptlab.text.wordpiece import WordPieceTokenizer, sentence_pair

RATE, REPLACED, SWAPPED = 0.15, 0.8, 0.1  # chosen; of these: masked, and random


def choose_positions(
    maskable: Bool[Tensor, "batch time"], rate: float, generator: torch.Generator
) -> Bool[Tensor, "batch time"]:
    """True at a random `rate` of the maskable positions of each row: rounded, and at least one.

    Raises LabError for a rate that is not above 0 and at most 1, and for a row without any.
    """
    if not 0 < rate <= 1:
        raise LabError(f"the mask rate is {rate}; give a share above 0 and at most 1, such as 0.15")
    n = maskable.sum(dim=1)
    if not n.all():
        raise LabError(
            f"row {int(n.argmin())} has no token to mask, only special ones and padding; leave it "
            "out"
        )
    keys = torch.rand(maskable.shape, generator=generator).masked_fill(~maskable, 2.0)
    ranks = keys.argsort(dim=1).argsort(dim=1)
    return ranks < (rate * n).round().clamp(min=1)[:, None]


def mask_tokens(
    tokens: Int[Tensor, "batch time"],
    tokenizer: WordPieceTokenizer,
    generator: torch.Generator,
    rate: float = RATE,
) -> tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"]]:
    """What the model reads, and what it has to name: the 80/10/10 rule.

    Special tokens ([CLS], [SEP], [PAD] …) are never chosen, and never drawn as a random token. The
    targets hold the chosen tokens, and −100 everywhere else, which cross_entropy leaves out.
    Errors: see `choose_positions`. Source: Devlin et al. 2019, appendix A.1.
    """
    special = torch.tensor(tokenizer.special_ids)
    chosen = choose_positions(~torch.isin(tokens, special), rate, generator)
    fate = torch.rand(tokens.shape, generator=generator)
    ordinary = torch.arange(tokenizer.vocab_size)
    ordinary = ordinary[~torch.isin(ordinary, special)]
    drawn = ordinary[torch.randint(len(ordinary), tokens.shape, generator=generator)]
    inputs = torch.where(chosen & (fate >= 1 - SWAPPED), drawn, tokens)
    mask = tokenizer.special_ids[-1]
    inputs = inputs.masked_fill(chosen & (fate < REPLACED), mask)
    return inputs, tokens.masked_fill(~chosen, IGNORED)


class MaskedBatches:
    """Batches to pretrain BERT on, a pure function of (seed, step): what `BertPretraining.loss`
    takes.

    Each row is [CLS] A [SEP] B [SEP]. A is a stretch of a document. In half of the rows B is what
    follows it there, in the others a stretch of another document (`elsewhere` 0 and 1, as in
    BERT's code): the second task, next-sentence prediction. With `pairs` False a row is
    [CLS] A [SEP]. As in the paper a "sentence" is any stretch of text, not what grammar calls one.

    Raises LabError for a row too short to hold two parts, documents with fewer than two tokens, one
    document alone where pairs are wanted, and a mask rate outside of (0, 1].
    Source: Devlin et al. 2019, section 3.1 and appendix A.2.
    """

    def __init__(
        self,
        documents: Sequence[Sequence[int]],
        tokenizer: WordPieceTokenizer,
        batch_size: int,
        context_length: int,
        seed: int = 0,
        rate: float = RATE,
        pairs: bool = True,
    ) -> None:
        check_count("batch_size", batch_size)
        check_count("seed", seed, 0)
        least = 5 if pairs else 3
        check_count("context_length", context_length, least, ": [CLS], [SEP] and a token a part")
        self.documents = [torch.as_tensor(ids).long() for ids in documents]
        if len(self.documents) < 1 + pairs:
            raise LabError(
                f"there are {len(self.documents)} documents; give at least {1 + pairs}, or no pairs"
            )
        for i, ids in enumerate(self.documents):
            if len(ids) < 2:
                raise LabError(f"document {i} has {len(ids)} tokens; leave it out, or give 2")
        if not 0 < rate <= 1:
            raise LabError(f"the mask rate is {rate}; give a share above 0 and at most 1")
        self.tokenizer, self.batch_size, self.context_length = tokenizer, batch_size, context_length
        self.seed, self.rate, self.pairs = seed, rate, pairs
        # Long documents are read as often as short ones, per token.
        self.ends = np.cumsum([len(ids) for ids in self.documents])

    def batch(
        self, step: int
    ) -> tuple[
        Int[Tensor, "batch time"], Int[Tensor, "batch time"],
        Int[Tensor, "batch time"], Int[Tensor, "batch"],
    ]:  # fmt: skip
        """What the model reads, segments, what it has to name, and whether B is from elsewhere."""
        state = np.random.SeedSequence([self.seed, step]).generate_state(1, np.uint64)[0]
        generator = torch.Generator().manual_seed(int(state) >> 1)
        rows = [self.row(generator) for _ in range(self.batch_size)]
        tokens = fill_up([ids for ids, _, _ in rows], self.tokenizer.special_ids[0])
        segments = fill_up([marks for _, marks, _ in rows], 0)
        inputs, targets = mask_tokens(tokens, self.tokenizer, generator, self.rate)
        return inputs, segments, targets, torch.tensor([other for _, _, other in rows])

    def epoch(self, step: int) -> float:
        """How many times as many tokens as the documents hold have been read when `step` begins."""
        return step * self.batch_size * self.context_length / int(self.ends[-1])

    def row(self, generator: torch.Generator) -> tuple[list[int], list[int], int]:
        """One row before masking: ids, segments, and 1 if its second part is from elsewhere."""
        room = self.context_length - (3 if self.pairs else 2)
        first = self.draw_document(generator)
        ids = self.documents[first]
        stretch = cut(ids, room, generator).tolist()
        if not self.pairs:
            return *sentence_pair(self.tokenizer, stretch), 0
        at = 1 + draw(len(stretch) - 1, generator)
        left, right = stretch[:at], stretch[at:]
        elsewhere = draw(2, generator)
        if elsewhere:
            other = self.documents[self.draw_document(generator, without=first)]
            right = cut(other, room - len(left), generator).tolist()
        return *sentence_pair(self.tokenizer, left, right), elsewhere

    def draw_document(self, generator: torch.Generator, without: int | None = None) -> int:
        """A document, each as likely as it is long, but for the one that is left out."""
        if without is None:
            place = draw(int(self.ends[-1]), generator)
        else:
            length = len(self.documents[without])
            place = draw(int(self.ends[-1]) - length, generator)
            place += length if place >= self.ends[without] - length else 0
        return int(np.searchsorted(self.ends, place, side="right"))


def draw(n: int, generator: torch.Generator) -> int:
    """A whole number from 0 to n − 1."""
    return int(torch.randint(n, (), generator=generator))


def cut(
    ids: Int[Tensor, "time"], length: int, generator: torch.Generator
) -> Int[Tensor, "stretch"]:
    """A stretch of at most `length` tokens, from a random place."""
    start = draw(max(0, len(ids) - length) + 1, generator)
    return ids[start : start + length]


def fill_up(rows: Sequence[Sequence[int]], pad: int) -> Int[Tensor, "batch time"]:
    """Rows of ids as one tensor, filled up with `pad` on the right.

    >>> fill_up([[2, 5, 3], [2]], pad=0).tolist()
    [[2, 5, 3], [2, 0, 0]]
    """
    filled = torch.full((len(rows), max(map(len, rows))), pad)
    for row, ids in zip(filled, rows, strict=True):
        row[: len(ids)] = torch.as_tensor(ids)
    return filled
