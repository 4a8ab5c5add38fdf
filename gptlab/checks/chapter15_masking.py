"""The check of exercise 15.2: the 80/10/10 rule, with the dice already thrown."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from gptlab.checks import Mistake, call, function

SPECIAL, MASK = (0, 1, 2, 3, 4), 4


def hide(ids, chance, fate, drawn):
    """(inputs, targets): 15 % chosen; of these 80 % masked, 10 % random, 10 % left."""
    inputs, targets = list(ids), [-100] * len(ids)
    for i, token in enumerate(ids):
        if token in SPECIAL or chance[i] >= 0.15:
            continue
        targets[i] = token
        if fate[i] < 0.8:
            inputs[i] = MASK
        elif fate[i] < 0.9:
            inputs[i] = drawn[i]
    return inputs, targets


Rule = Callable[[int, float, float, int], tuple[int, int]]


def _made(rule: Rule) -> Callable[..., tuple[list[int], list[int]]]:
    """A wrong answer that decides each token for itself."""

    def wrong(
        ids: Sequence[int], chance: Sequence[float], fate: Sequence[float], drawn: Sequence[int]
    ) -> tuple[list[int], list[int]]:
        found = [rule(*each) for each in zip(ids, chance, fate, drawn, strict=True)]
        return [a for a, _ in found], [b for _, b in found]

    return wrong


def _put(token: int, fate: float, drawn: int, masked: float = 0.8, swapped: float = 0.1) -> int:
    return MASK if fate < masked else drawn if fate < masked + swapped else token


def _skipped(token: int, chance: float) -> bool:
    return token in SPECIAL or chance >= 0.15


@_made
def _all_targets(token, chance, fate, drawn):
    return (token if _skipped(token, chance) else _put(token, fate, drawn)), token


@_made
def _special_too(token, chance, fate, drawn):
    return (token, -100) if chance >= 0.15 else (_put(token, fate, drawn), token)


@_made
def _whole_sentence(token, chance, fate, drawn):
    return (token, -100) if token in SPECIAL else (_put(token, fate, drawn), token)


@_made
def _only_masked(token, chance, fate, drawn):
    asked = not _skipped(token, chance)
    return (_put(token, fate, drawn) if asked else token), (token if asked and fate < 0.8 else -100)


@_made
def _left_not_asked(token, chance, fate, drawn):
    asked = not _skipped(token, chance)
    return (_put(token, fate, drawn) if asked else token), (token if asked and fate < 0.9 else -100)


@_made
def _reads_the_target(token, chance, fate, drawn):
    if _skipped(token, chance):
        return token, -100
    return _put(token, fate, drawn), _put(token, fate, drawn)


@_made
def _always_mask(token, chance, fate, drawn):
    return (token, -100) if _skipped(token, chance) else (MASK, token)


@_made
def _chosen_by_the_rest(token, chance, fate, drawn):
    return (token, -100) if token in SPECIAL or chance < 0.15 else (
        _put(token, fate, drawn), token
    )  # fmt: skip


@_made
def _at_the_borders(token, chance, fate, drawn):
    if token in SPECIAL or chance > 0.15:
        return token, -100
    return (MASK if fate <= 0.8 else drawn if fate <= 0.9 else token), token


@_made
def _swapped_and_left_exchanged(token, chance, fate, drawn):
    if _skipped(token, chance):
        return token, -100
    return (MASK if fate < 0.8 else token if fate < 0.9 else drawn), token


@_made
def _second_share_alone(token, chance, fate, drawn):
    if _skipped(token, chance):
        return token, -100
    return (MASK if fate < 0.8 else drawn if fate < 0.1 else token), token


@_made
def _mask_hidden(token, chance, fate, drawn):
    if token < MASK or chance >= 0.15:
        return token, -100
    return _put(token, fate, drawn), token


@_made
def _first_word_spared(token, chance, fate, drawn):
    if token <= MASK + 1 or chance >= 0.15:
        return token, -100
    return _put(token, fate, drawn), token


@_made
def _masked_then_swapped(token, chance, fate, drawn):
    if _skipped(token, chance):
        return token, -100
    return (drawn if fate < 0.9 else token), token


@_made
def _padding_hidden(token, chance, fate, drawn):
    if token in (2, 3) or chance >= 0.15:
        return token, -100
    return _put(token, fate, drawn), token


def _drawn(seed: int, n: int) -> tuple[list[int], list[float], list[float], list[int]]:
    die = random.Random(seed)
    ids = [2, *(die.randrange(5, 60) for _ in range(n)), 3, 0, 0]
    chance = [die.random() ** 2 for _ in ids]
    fate = [die.random() for _ in ids]
    return ids, chance, fate, [die.randrange(5, 60) for _ in ids]


HIDE = function(
    "15.2",
    "hide words",
    right=hide,
    praise="15 % chosen, then 80/10/10 among these, and all of these are targets.",
    cases=[
        call("one word masked", [2, 9, 3], [0.5, 0.1, 0.5], [0.2] * 3, [7] * 3,
             hint="0.1 is below 0.15: chosen. 0.2 is below 0.8: [MASK], which is 4."),
        call("one word swapped", [2, 9, 3], [0.5, 0.1, 0.5], [0.85] * 3, [7] * 3,
             hint="A fate from 0.8 to below 0.9: the drawn token, here 7."),
        call("one word left", [2, 9, 3], [0.5, 0.1, 0.5], [0.95] * 3, [7] * 3,
             hint="A fate of 0.9 or more: the token stays, and is a target."),
        call("nothing chosen", [2, 9, 8, 3], [0.5] * 4, [0.1] * 4, [7] * 4,
             hint="No chance below 0.15: read what stands there, name nothing."),
        call("dice on the special tokens", [2, 9, 3, 0], [0.01] * 4, [0.1] * 4, [7] * 4,
             hint="[CLS], [SEP] and padding (ids 0 to 4) are never chosen."),
        call("the ids next to the border", [2, 4, 5, 1, 3], [0.1] * 5, [0.1] * 5, [7] * 5,
             hint="4 is special, 5 is the first ordinary token: [2, 4, 4, 1, 3] is read, and the "
             "only target is 5."),
        call("a chance of 0.15", [2, 9, 3], [0.5, 0.15, 0.5], [0.1] * 3, [7] * 3,
             hint="Chosen is what lies below 0.15. 0.15 itself is not."),
        call("fates of 0.8 and 0.9", [2, 9, 8, 3], [0.1] * 4, [0.8, 0.8, 0.9, 0.9], [7] * 4,
             hint="At 0.8 the drawn token begins, at 0.9 the token that stays."),
        call("a long row", *_drawn(1, 60), hint="Compare place by place."),
        call("another", *_drawn(2, 60), hint="Compare place by place."),
    ],
    mistakes=[
        Mistake("the loss is over all positions", _all_targets,
            "Every position has a target, so the network is paid for copying what it sees. Where "
            "nothing was chosen the target is -100."),
        Mistake("special tokens are hidden too", _special_too,
            "[CLS], [SEP] and padding, ids 0 to 4, must be left out: everybody can guess them."),
        Mistake("80/10/10 over the whole sentence", _whole_sentence,
            "First comes the choice: chance below 0.15. The 80, 10 and 10 % are shares of the "
            "chosen tokens, or nothing is left to read."),
        Mistake("only [MASK] is asked for", _only_masked,
            "The swapped tokens, and those that stay, were chosen as well: they are targets."),
        Mistake("what stays is not asked for", _left_not_asked,
            "A chosen token that stays is a target too. Otherwise the network learns that a word "
            "it can see is a word nobody asks about."),
        Mistake("the target is what is read", _reads_the_target,
            "The target is the token from before; you put in what stands there now."),
        Mistake("always [MASK]", _always_mask,
            "In fine-tuning [MASK] never comes. A tenth is swapped and a tenth stays."),
        Mistake("up to and including the borders", _at_the_borders,
            "Below 0.15, below 0.8, below 0.9: use < and not <=."),
        Mistake("swapped and left are exchanged", _swapped_and_left_exchanged,
            "From 0.8 to below 0.9 comes the drawn token; from 0.9 on the token stays."),
        Mistake("0.1 where 0.9 belongs", _second_share_alone,
            "A fate of 0.8 or more is never below 0.1. The next tenth goes from 0.8 to 0.9."),
        Mistake("padding is hidden too", _padding_hidden,
            "You spare [CLS] and [SEP]. Padding (0), [UNK] (1) and [MASK] (4) are special too: "
            "spare all ids from 0 to 4."),
        Mistake("[MASK] itself is hidden", _mask_hidden,
            "Id 4 is special as well: a token is chosen only if its id is above 4."),
        Mistake("the first ordinary token is spared", _first_word_spared,
            "The special ids end with 4. Token 5 is an ordinary one and may be chosen."),
        Mistake("what was masked is exchanged after it", _masked_then_swapped,
            "A fate below 0.8 is also below 0.9: your second `if` overwrites [MASK]. Write elif."),
        Mistake("the wrong 15 %", _chosen_by_the_rest,
            "You choose where the chance is 0.15 or more: that is 85 %."),
    ],
)  # fmt: skip
