"""What a pretrained GPT is worth for a task with labels: a head that learns, or a prompt that asks.

Both are contestants of `gptlab.evaluation.transfer.label_curve`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from gptlab.errors import LabError, check_count
from gptlab.evaluation.transfer import Contestant, tuned_anew
from gptlab.models.gpt import GPT
from gptlab.models.gpt_classifier import GPTClassifier, padded_texts
from gptlab.text.labelled import LabelledText
from gptlab.text.tokenizer_base import Tokenizer
from gptlab.training.config import TrainConfig


class LabelledRows:
    """Batches (tokens, labels) for the trainer, drawn anew for each step; a function of the step.

    Raises LabError if there are fewer texts than a batch holds.
    """

    def __init__(
        self,
        texts: Sequence[LabelledText],
        tokenizer: Tokenizer,
        batch_size: int,
        pad: int,
        longest: int,
        seed: int = 0,
    ) -> None:
        if not 1 <= batch_size <= len(texts):
            raise LabError(f"batch_size={batch_size} cannot be filled from {len(texts)} texts")
        self.rows = padded_texts([tokenizer.encode(each.text) for each in texts], pad, longest)
        self.labels = torch.tensor([each.label for each in texts])
        self.batch_size, self.seed = batch_size, seed

    def batch(self, step: int) -> tuple[Int[Tensor, "batch time"], Int[Tensor, "batch"]]:
        """The texts and labels of one step."""
        draw = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        chosen = torch.randperm(len(self.labels), generator=draw)[: self.batch_size]
        return self.rows[chosen], self.labels[chosen]


def gpt_fine_tuned(
    fresh: Callable[[int], GPTClassifier],
    tokenizer: Tokenizer,
    steps: Mapping[int, int],
    config: TrainConfig,
    batch_size: int = 16,
) -> Contestant:
    """A contestant that fine-tunes the classifier `fresh(seed)`, anew for each sample.

    `steps` says for how many labels how many steps are made. Raises LabError for a number of labels
    that it does not name.
    """

    def batches(
        model: GPTClassifier, sample: Sequence[LabelledText], size: int, seed: int
    ) -> LabelledRows:
        return LabelledRows(
            sample, tokenizer, size, model.pad, model.gpt.config.context_length, seed
        )

    @torch.no_grad()
    def labels(model: GPTClassifier, test: Sequence[LabelledText]) -> list[int]:
        model.eval()
        ids = [tokenizer.encode(each.text) for each in test]
        rows = padded_texts(ids, model.pad, model.gpt.config.context_length)
        return model(rows.to(next(model.parameters()).device)).argmax(dim=1).tolist()

    return tuned_anew(fresh, batches, labels, steps, config, batch_size)


def by_prompt(
    model: GPT, tokenizer: Tokenizer, labels: Sequence[str], ask: str, begin: int, shots: int = 0
) -> Contestant:
    """A contestant that trains nothing: which label is the likeliest word after text and `ask`?

    `labels`: one word for each label. `begin`: the id that stands before a text. With `shots`, so
    many solved examples, drawn from the sample by the seed, come first, each ended by `begin`;
    those for which the context has no room are left out. Raises LabError for a label of several
    tokens, and more shots than the sample has. Source: Brown et al. 2020, section 2.
    """
    check_count("shots", shots, 0)
    names = [tokenizer.encode(label) for label in labels]
    if long := [label for label, ids in zip(labels, names, strict=True) if len(ids) != 1]:
        raise LabError(f"label {long[0]!r} is not one token; choose a word that is")

    def written(text: str) -> list[int]:
        return tokenizer.encode(f"{text} {ask}")

    @torch.no_grad()
    def answer(
        sample: Sequence[LabelledText], test: Sequence[LabelledText], seed: int
    ) -> list[int]:
        if shots > len(sample):
            raise LabError(f"{shots} shots need as many examples; the sample has {len(sample)}")
        chosen = torch.randperm(len(sample), generator=torch.Generator().manual_seed(seed))
        solved = [
            [*written(sample[i].text), *names[sample[i].label], begin] for i in chosen[:shots]
        ]
        was_training = model.training
        model.eval()
        said = []
        for each in test:
            now, room = [begin, *written(each.text)], model.config.context_length
            for example in solved:
                now = now if len(example) + len(now) > room else [begin, *example, *now[1:]]
            logits: Any = model(torch.tensor([now], device=next(model.parameters()).device))[0, -1]
            said.append(int(logits[[ids[0] for ids in names]].argmax()))
        model.train(was_training)
        return said

    return answer
