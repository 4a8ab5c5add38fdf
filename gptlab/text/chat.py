"""Conversations as tokens: who speaks is marked, and only the answers are learned.

The template is ChatML's idea with this course's marks: each turn is
`<|user|>text<|end|>` or `<|assistant|>text<|end|>`; a `<|system|>` turn may come first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from gptlab.errors import LabError
from gptlab.text.batches import IGNORED
from gptlab.text.sentence_batches import draw_epoch
from gptlab.text.tokenizer_base import Tokenizer

ROLES = ("system", "user", "assistant")
END_OF_TURN = "<|end|>"
CHAT_TOKENS = (*(f"<|{role}|>" for role in ROLES), END_OF_TURN)  # a chat tokenizer has these


@dataclass(frozen=True)
class Turn:
    """What one speaker says; `role` is "system", "user" or "assistant"."""

    role: str
    text: str

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise LabError(f"role {self.role!r} is unknown; choose one of {', '.join(ROLES)}")
        if marks := [mark for mark in CHAT_TOKENS if mark in self.text]:
            raise LabError(
                f"a {self.role}'s text holds {marks[0]!r}, which marks turns; take it out, or the "
                "model would believe that somebody else is speaking"
            )


@dataclass(frozen=True)
class Example:
    """Token ids, and for each whether the model is to learn to say it."""

    ids: tuple[int, ...]
    learned: tuple[bool, ...]


def chat_text(turns: Sequence[Turn], ask: bool = False) -> str:
    """The conversation as text with its marks; with `ask`, the assistant's mark comes last.

    >>> chat_text([Turn("user", "Hello")], ask=True)
    '<|user|>Hello<|end|><|assistant|>'
    """
    written = "".join(f"<|{turn.role}|>{turn.text}{END_OF_TURN}" for turn in turns)
    return written + ("<|assistant|>" if ask else "")


def chat_example(turns: Sequence[Turn], tokenizer: Tokenizer) -> Example:
    """A conversation as ids; learned are the assistant's texts and the marks that end them.

    Raises LabError if nobody answers, an answer is empty, the last turn is not an answer, or the
    tokenizer lacks a mark.
    """
    special = _marks(tokenizer)
    if not turns or turns[-1].role != "assistant":
        last = turns[-1].role if turns else "nobody"
        raise LabError(f"the conversation ends with {last}; the last turn must be an answer")
    ids: list[int] = []
    learned: list[bool] = []
    for turn in turns:
        answer = turn.role == "assistant"
        if answer and not turn.text.strip():
            raise LabError("an answer is empty; leave the conversation out")
        said = [*tokenizer.encode(turn.text), special[END_OF_TURN]]
        ids += [special[f"<|{turn.role}|>"], *said]
        learned += [False, *[answer] * len(said)]
    return Example(tuple(ids), tuple(learned))


def prompt_ids(turns: Sequence[Turn], tokenizer: Tokenizer) -> list[int]:
    """The ids that a model continues to answer: the conversation and the assistant's mark.

    Raises LabError if there is no turn, or the tokenizer lacks a mark.
    """
    special = _marks(tokenizer)
    if not turns:
        raise LabError("there is nothing to answer; give at least one turn")
    ids = []
    for turn in turns:
        ids += [special[f"<|{turn.role}|>"], *tokenizer.encode(turn.text), special[END_OF_TURN]]
    return [*ids, special["<|assistant|>"]]


def example_tensors(
    examples: Sequence[Example], pad: int, whole: bool = False
) -> tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"]]:
    """Examples as (inputs, targets), one a row, filled up with `pad` on the right.

    A target is the next token where it is learned, −100 elsewhere; with `whole`, every token of the
    example counts, the prompt too.
    """
    longest = max(len(example.ids) for example in examples) - 1
    inputs = torch.full((len(examples), longest), pad)
    targets = torch.full((len(examples), longest), IGNORED)
    for row, example in enumerate(examples):
        ids = torch.tensor(example.ids)
        keep = torch.tensor(example.learned)[1:] | whole
        inputs[row, : len(ids) - 1] = ids[:-1]
        targets[row, : len(ids) - 1] = torch.where(keep, ids[1:], IGNORED)
    return inputs, targets


class ExampleBatches:
    """Training batches of examples, alike in length, in an order given by (seed, step).

    `whole`: see `example_tensors`. Raises LabError when there are fewer examples than a batch.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        batch_size: int,
        pad: int,
        seed: int = 0,
        whole: bool = False,
    ) -> None:
        if not 1 <= batch_size <= len(examples):
            raise LabError(
                f"batch_size={batch_size} cannot be filled from {len(examples)} examples"
            )
        self.examples, self.batch_size, self.pad = examples, batch_size, pad
        self.seed, self.whole = seed, whole
        self.lengths = torch.tensor([len(example.ids) for example in examples]).numpy()
        self.n_batches = len(examples) // batch_size

    def batch(self, step: int) -> tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"]]:
        """Inputs and targets of one step."""
        epoch, place = divmod(step, self.n_batches)
        order = draw_epoch(self.lengths, self.batch_size, self.seed, epoch)
        return example_tensors([self.examples[i] for i in order[place]], self.pad, self.whole)


def _marks(tokenizer: Tokenizer) -> Mapping[str, int]:
    special = tokenizer.special_tokens
    if missing := [mark for mark in CHAT_TOKENS if mark not in special]:
        raise LabError(
            f"the tokenizer has no token {missing[0]!r}; build it with "
            "special_tokens=(END_OF_TEXT, *CHAT_TOKENS)"
        )
    return special
