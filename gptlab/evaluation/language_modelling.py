"""How well a model guesses text: cross-entropy, perplexity, bits per byte.

Bits per byte is the figure on the scoreboard: it divides by what the text weighs and not by how a
tokenizer cuts it, so that character, word and subword models compare.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from gptlab import lab
from gptlab.errors import LabError
from gptlab.text.batches import IGNORED, SequentialBatches
from gptlab.text.corpora import Document
from gptlab.text.tokenizers import END_OF_TEXT, Tokenizer


@torch.no_grad()
def total_nats(
    model: nn.Module,
    tokens: Any,
    context_length: int,
    stride: int | None = None,
    batch_size: int = 32,
    precision: str = "fp32",
) -> tuple[float, int]:
    """Summed cross-entropy in nats of every token but the first, and how many these are.

    Windows begin `stride` apart (half the context unless given), and each token is scored once, in
    the window where it has most of its past before it. The model is left in the mode it was in.
    """
    device = next(model.parameters(), torch.empty(0)).device  # some models have none
    stride = max(1, context_length // 2) if stride is None else stride
    was_training = model.training
    model.eval()
    nats, count = 0.0, 0
    try:
        for inputs, targets in SequentialBatches(tokens, batch_size, context_length, stride):
            targets = targets.to(device)
            with lab.autocast(device, precision):
                logits = model(inputs.to(device))
            loss = F.cross_entropy(
                logits.float().flatten(0, 1), targets.flatten(), ignore_index=IGNORED,
                reduction="sum",
            )  # fmt: skip
            nats += loss.item()
            count += int((targets != IGNORED).sum())
    finally:
        model.train(was_training)
    return nats, count


def cross_entropy(model: nn.Module, tokens: Any, context_length: int, **options: Any) -> float:
    """Mean cross-entropy in nats per token. Options as for `total_nats`."""
    nats, count = total_nats(model, tokens, context_length, **options)
    return nats / count


def perplexity(nats_per_token: float) -> float:
    """The number of equally likely tokens that would be as hard to guess: e to the cross-entropy.

    >>> round(perplexity(math.log(50)))
    50
    """
    return math.exp(nats_per_token)


def bits_per_byte(
    model: nn.Module,
    tokenizer: Tokenizer,
    documents: Iterable[Document],
    context_length: int,
    **options: Any,
) -> float:
    r"""$\sum -\log_2 p(\text{token} \mid \text{past}) / \text{bytes of UTF-8}$, whole documents.

    Each document is read on its own after an end-of-text token, which is not scored; every token of
    it is. Options as for `total_nats`. Raises LabError when there is no text, or the tokenizer has
    no end-of-text token to begin with.
    """
    start = tokenizer.special_tokens.get(END_OF_TEXT)
    if start is None:
        raise LabError(
            f"the tokenizer has no {END_OF_TEXT}, so the first token of a document has no past; "
            f"train it with special_tokens=({END_OF_TEXT!r},)"
        )
    nats, size = 0.0, 0
    for document in documents:
        tokens = torch.tensor([start, *tokenizer.encode(document.text)])
        if len(tokens) > 1:
            nats += total_nats(model, tokens, context_length, **options)[0]
            size += len(document.text.encode("utf-8"))
    if not size:
        raise LabError("there is no text to measure; give at least one document that is not empty")
    return nats / math.log(2) / size
