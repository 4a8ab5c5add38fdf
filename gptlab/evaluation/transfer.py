"""Transfer learning measured: the same labels, with and without what was learned before.

For each number of labels and each seed a sample is drawn, and every contestant is fine-tuned on it,
the same texts in the same order. What differs is only where its weights come from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from gptlab.errors import LabError, check_count
from gptlab.models.bert import BertClassifier
from gptlab.text.labelled import LabelledTask, LabelledText
from gptlab.text.labelled_batches import LabelledBatches, label_rows
from gptlab.text.masking import fill_up
from gptlab.text.wordpiece import WordPieceTokenizer
from gptlab.training.config import TrainConfig
from gptlab.training.trainer import Batches, Trainer

# Student's t for a 95 % interval, by degrees of freedom (two-sided); beyond the table, the normal's
_STUDENT = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
]  # fmt: skip

Model = TypeVar("Model", bound=nn.Module)

# What learns from the sample of a seed and answers for the test texts: one label for each
Contestant = Callable[[Sequence[LabelledText], Sequence[LabelledText], int], Sequence[int]]


@dataclass(frozen=True)
class TransferResult:
    """The share of right answers of one contestant after `labels` labels, for one seed."""

    name: str
    labels: int
    seed: int
    accuracy: float


def label_curve(
    task: LabelledTask,
    contestants: Mapping[str, Contestant],
    sizes: Sequence[int] = (10, 100, 1000),
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    tell: Callable[[TransferResult], object] = lambda result: None,
) -> list[TransferResult]:
    """Every contestant on every sample; within one seed all get the same texts.

    `tell` hears each result as it comes. Raises LabError where a label has too few texts, or a
    contestant does not give one answer for each text.
    """
    wanted = [each.label for each in task.test]
    results = []
    for size in sizes:
        for seed in seeds:
            sample = task.sample(size, seed)
            for name, answer in contestants.items():
                said = list(answer(sample, task.test, seed))
                if len(said) != len(wanted):
                    raise LabError(
                        f"{name} gave {len(said)} answers for {len(wanted)} texts; give one each"
                    )
                right = sum(a == b for a, b in zip(said, wanted, strict=True))
                results.append(TransferResult(name, size, seed, right / len(wanted)))
                tell(results[-1])
    return results


def fine_tuned(
    fresh: Callable[[int], BertClassifier],
    tokenizer: WordPieceTokenizer,
    steps: Mapping[int, int],
    config: TrainConfig,
    batch_size: int = 16,
) -> Contestant:
    """A contestant that fine-tunes the classifier `fresh(seed)`, anew for each sample.

    `steps` says for how many labels how many steps are made. Raises LabError for a number of labels
    that it does not name.
    """

    return tuned_anew(
        fresh,
        lambda model, sample, size, seed: LabelledBatches(
            sample, tokenizer, size, model.bert.config.context_length, seed
        ),
        lambda model, test: predicted_labels(model, test, tokenizer),
        steps,
        config,
        batch_size,
    )


def tuned_anew(
    fresh: Callable[[int], Model],
    batches: Callable[[Model, Sequence[LabelledText], int, int], Batches],
    labels: Callable[[Model, Sequence[LabelledText]], list[int]],
    steps: Mapping[int, int],
    config: TrainConfig,
    batch_size: int,
) -> Contestant:
    """A contestant around any classifier: `fresh(seed)` makes one for each sample, it is trained on
    `batches(model, sample, batch_size, seed)`, and `labels(model, texts)` are its answers.

    Errors as for `fine_tuned`.
    """

    def answer(
        sample: Sequence[LabelledText], test: Sequence[LabelledText], seed: int
    ) -> list[int]:
        if len(sample) not in steps:
            raise LabError(f"steps does not say how many for {len(sample)} labels; add that number")
        model = fresh(seed)
        drawn = batches(model, sample, min(batch_size, len(sample)), seed)
        torch.manual_seed(seed)
        Trainer(model, drawn, replace(config, steps=steps[len(sample)])).fit()
        return labels(model, test)

    return answer


@torch.no_grad()
def predicted_labels(
    model: BertClassifier,
    texts: Sequence[LabelledText],
    tokenizer: WordPieceTokenizer,
    batch_size: int = 64,
) -> list[int]:
    """The likeliest label of each text. The model is left in the mode it was in."""
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    rows = label_rows(texts, tokenizer, model.bert.config.context_length)
    # Texts of one length side by side need little padding.
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    said: dict[int, int] = {}
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        tokens: Tensor = fill_up([rows[i] for i in chosen], tokenizer.special_ids[0])
        found = model(tokens.to(device)).argmax(dim=1).tolist()
        said.update(zip(chosen, found, strict=True))
    model.train(was_training)
    return [said[i] for i in range(len(rows))]


def nearest_words(
    sample: Sequence[LabelledText], test: Sequence[LabelledText], seed: int = 0
) -> list[int]:
    """A contestant without a network: chapter 3's TF-IDF, and the label whose texts are nearest.

    Each label is the mean of its texts' TF-IDF vectors, each of length 1; the words are those of
    the sample. A text without a known word gets the first label.
    """
    from gptlab.text.words import word_tokens

    bags = [word_tokens(each.text) for each in sample]
    ids = {word: i for i, word in enumerate(sorted({w for bag in bags for w in bag}))}
    spread = np.zeros(len(ids))
    for bag in bags:
        spread[[ids[word] for word in set(bag)]] += 1
    weight = np.log(len(bags) / spread) + 1

    def vector(words: Sequence[str]) -> np.ndarray:
        counts = np.zeros(len(ids))
        for word in words:
            if word in ids:
                counts[ids[word]] += 1
        found = counts * weight
        return found / (np.linalg.norm(found) or 1.0)

    n_labels = 1 + max(each.label for each in sample)
    centres = np.zeros((n_labels, len(ids)))
    for each, bag in zip(sample, bags, strict=True):
        centres[each.label] += vector(bag)
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)
    return [int(np.argmax(centres @ vector(word_tokens(each.text)))) for each in test]


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean, and the lower and upper end of its 95 % interval (Student's t).

    Raises LabError for fewer than two values: one run has no spread.

    >>> [round(v, 2) for v in interval([0.5, 0.6, 0.7])]
    [0.6, 0.35, 0.85]
    """
    check_count("the number of values", len(values), 2, ": one run alone has no spread")
    mean = float(np.mean(values))
    degrees = len(values) - 1
    t = _STUDENT[degrees - 1] if degrees <= len(_STUDENT) else 1.96
    half = t * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return mean, mean - half, mean + half
