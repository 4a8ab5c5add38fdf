"""Networks on the toy language: bits per word, and which verb form they find likelier.

For every model that takes ids (batch, time) and gives logits (batch, time, vocab), with the begin
symbol before each sentence, as `ToyTask.batches` gives it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gptlab.evaluation.agreement import AgreementCase
from gptlab.evaluation.toy_language import NO_TARGET, ToyTask
from gptlab.text.sentence_batches import padded


@torch.no_grad()
def toy_bits_per_word(model: nn.Module, task: ToyTask, batch_size: int = 256) -> float:
    """What the 2,000 test sentences cost the model, each on its own. Compare with `task.floor`.

    The model is left in the mode it was in.
    """
    nats = 0.0
    was_training = model.training
    model.eval()
    for inputs, targets in task.batches("test", batch_size):
        logits = model(torch.from_numpy(inputs).to(_device(model)))
        wanted = torch.from_numpy(targets).to(_device(model)).flatten()
        nats += F.cross_entropy(
            logits.float().flatten(0, 1), wanted, ignore_index=NO_TARGET, reduction="sum"
        ).item()
    model.train(was_training)
    return nats / math.log(2) / task.n_test_words


@torch.no_grad()
def likelier_forms(
    model: nn.Module, task: ToyTask, cases: Sequence[AgreementCase], batch_size: int = 256
) -> list[bool]:
    """For each case, whether the model finds the right verb form likelier than the wrong one.

    Raises LabError for a word that is not in the vocabulary. The model is left in its mode.
    """
    was_training = model.training
    model.eval()
    # Sentences of one length side by side need no padding.
    order = sorted(range(len(cases)), key=lambda i: len(cases[i].prefix))
    answers: dict[int, bool] = {}
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        logits = _last_logits(model, task, [cases[i].prefix for i in chosen])
        for row, i in zip(logits, chosen, strict=True):
            right, wrong = (task.vocabulary.id(w) for w in (cases[i].right, cases[i].wrong))
            answers[i] = bool(row[right] > row[wrong])
    model.train(was_training)
    return [answers[i] for i in range(len(cases))]


def _last_logits(model: nn.Module, task: ToyTask, prefixes: Sequence[Sequence[str]]) -> Tensor:
    """The scores for the word after each prefix."""
    ids = [torch.tensor([*map(task.vocabulary.id, prefix), 0]) for prefix in prefixes]
    inputs, _ = padded(ids, task.begin)
    logits = model(inputs.to(_device(model)))
    places = torch.tensor([len(prefix) for prefix in prefixes])
    return logits[torch.arange(len(prefixes)), places].cpu()


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device
