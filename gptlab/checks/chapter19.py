"""Checks for chapter 19, Fine-tuning; the longer ones have files of their own."""

from __future__ import annotations

import torch

from gptlab.checks import Mistake, call, choice, function, number
from gptlab.checks.chapter19_forgetting import FORGETTING
from gptlab.checks.chapter19_preferences import LOSS, REFERENCE
from gptlab.checks.chapter19_thin import THIN

WHICH = choice(
    "19.1",
    "what was held against what?",
    right="C",
    why="1.3 billion weights, tuned on demonstrations and preferences, were preferred to 175 "
    "billion that were only prompted.",
    wrong={
        "A": "Read the abstract once more: in its comparison one of the two models has over a "
        "hundred times fewer weights.",
        "B": "The sizes are the other way round: the *small* tuned model won.",
        "D": "The abstract compares with GPT-3, not with a human writer.",
    },
)

_LAYERS, _WIDTH, _OUT, _RANK = 12, 768, 2304, 8
_RIGHT = _LAYERS * _RANK * (_WIDTH + _OUT)

SIZE = number(
    "19.2",
    "how many weights learn?",
    right=_RIGHT,
    unit="weights",
    tolerance=0.0005,
    hint="A has rank × d_in numbers, B has d_out × rank, in each of the 12 blocks.",
    praise="A quarter of one per cent of the 124 million.",
    mistakes=[
        Mistake("only A", _LAYERS * _RANK * _WIDTH, "B learns too: d_out × rank numbers."),
        Mistake("only B", _LAYERS * _RANK * _OUT, "A learns too: rank × d_in numbers."),
        Mistake("one block", _RIGHT // _LAYERS,
            "Each of the 12 blocks has a matrix of its own, and so an A and a B of its own."),
        Mistake("the whole matrix", _LAYERS * _WIDTH * _OUT,
            "That is W, which is frozen. Only the two thin matrices learn."),
        Mistake("the product of the sides", _LAYERS * _RANK * _WIDTH * _OUT,
            "A and B stand beside each other: their sizes are added, not multiplied."),
        Mistake("both matrices square", _LAYERS * _RANK * 2 * _WIDTH,
            "The layer writes queries, keys and values at once: d_out is 2,304, not 768."),
        Mistake("three layers in each block", _LAYERS * 3 * _RANK * 2 * _WIDTH,
            "Queries, keys and values come from one layer here, so one A and one B stand beside "
            "it."),
        Mistake("twice", 2 * _RIGHT, "Count A and B once each."),
    ],
)  # fmt: skip


def answer_targets(ids, learned):
    """Inputs and targets: the next token where it is learned, −100 elsewhere."""
    targets = torch.where(torch.tensor(learned[1:]), torch.tensor(ids[1:]), -100)
    return torch.tensor(ids[:-1]), targets


def _over_the_prompt(ids, learned):
    return torch.tensor(ids[:-1]), torch.tensor(ids[1:])


def _not_shifted(ids, learned):
    return torch.tensor(ids[:-1]), torch.where(
        torch.tensor(learned[:-1]), torch.tensor(ids[:-1]), -100
    )


def _shifted_twice(ids, learned):
    inputs, targets = answer_targets(ids, learned)
    return inputs, torch.cat([targets[1:], torch.tensor([-100])])


def _mask_not_shifted(ids, learned):
    return torch.tensor(ids[:-1]), torch.where(
        torch.tensor(learned[:-1]), torch.tensor(ids[1:]), -100
    )


def _zeros(ids, learned):
    inputs, targets = answer_targets(ids, learned)
    return inputs, targets.clamp(min=0)


def _reversed(ids, learned):
    return answer_targets(ids, [not each for each in learned])


def _answer_hidden(ids, learned):
    inputs, targets = answer_targets(ids, learned)
    return torch.where(torch.tensor(learned[:-1]), -100, inputs), targets


def _end_left_out(ids, learned):
    inputs, targets = answer_targets(ids, learned)
    last = [i for i, on in enumerate(learned) if on][-1:]
    return inputs, targets.index_fill(0, torch.tensor([i - 1 for i in last]), -100)


_ONE = ([7, 3, 4, 9, 8, 5, 6, 9], [False] * 5 + [True] * 3)
_TWO = ([7, 3, 9, 8, 5, 9, 7, 4, 9, 8, 6, 9], [i in (4, 5, 10, 11) for i in range(12)])

TARGETS = function(
    "19.3",
    "only the answer counts",
    right=answer_targets,
    praise="The token that is guessed decides whether it counts, not the one that is read.",
    cases=[
        call("one answer", *_ONE,
             hint="ids 7 3 4 9 8 | 5 6 9: read at the 8, the 5 is the first target that counts."),
        call("two answers in one conversation", *_TWO,
             hint="Every answer counts with its end, and nothing between them."),
        call("everything is learned", [1, 2, 3], [True] * 3,
             hint="Then this is pretraining again: targets 2 and 3."),
    ],
    mistakes=[
        Mistake("the loss runs over the prompt", _over_the_prompt,
            "Your targets hold the request too. The model would learn to write requests: put −100 "
            "where the target is not learned."),
        Mistake("labels not shifted", _not_shifted,
            "Each of your targets is the token that is being read. The target is the *next* one."),
        Mistake("labels shifted twice", _shifted_twice,
            "Your targets are two places on. Inputs lose the last token, targets the first: that "
            "is the whole shift."),
        Mistake("the mask is not shifted", _mask_not_shifted,
            "The targets are shifted, the mask is not: the answer's first token is lost. Ask "
            "whether the token that is *guessed* is learned: learned[1:]."),
        Mistake("0 instead of −100", _zeros,
            "0 is a token. cross_entropy leaves out −100, so that must stand there."),
        Mistake("turned round", _reversed,
            "You learn the request and leave out the answer."),
        Mistake("the answer is hidden from the inputs", _answer_hidden,
            "The inputs are all tokens, the answer's too: each is guessed from those before it."),
        Mistake("the end does not count", _end_left_out,
            "The mark that ends the answer counts too. Without it the model never learns to stop."),
    ],
)  # fmt: skip

EXERCISES = (WHICH, SIZE, TARGETS, THIN, LOSS, REFERENCE, FORGETTING)
