"""Checks for chapter 17, exercises 17.6 and 17.7: the clinic, and the log of experiments."""

from __future__ import annotations

from typing import Any

from gptlab.checks.compare import describe
from gptlab.checks.core import Case, Exercise, Mistake
from gptlab.checks.experiment_log import RULES, Log, Row, Rule, no_log

FAULTS = {
    "A": "the learning rate is too high",
    "B": "the learning rate is too low",
    "C": "the targets are not shifted",
    "D": "there is no causal mask",
    "E": "the gradients are never set back to zero",
    "F": "the same windows are used in every step",
    "G": "nothing is wrong",
}
FOUND = {1: "D", 2: "A", 3: "F", 4: "E", 5: "C"}

# What speaks against each wrong letter, by curve; "" for those that are not worth a word of their
# own.
AGAINST = {
    1: {
        "": "The loss rests on the floor for a while, as a healthy run does, and then goes on "
        "falling, for the held-out text as well. What has the model found that it should not have?",
        "C": "Both leaks end near zero. But copying what stands at the same position is learned "
        "at once; this run stays at the floor first, and has to find out where to look.",
        "F": "A run that learns a few windows by heart gets better on those and worse on the "
        "held-out text. Here the two fall together.",
        "G": "It ends below the floor. No honest model can: the words are drawn by chance.",
    },
    2: {
        "": "Look at the first ten steps, and at where it stays: near 2.43, the loss of a model "
        "that knows how often each word comes and nothing else.",
        "B": "Too small a step never makes the loss jump. Look at the first ten steps.",
        "E": "That run starts as well as the healthy one, because the first step is the same. "
        "This one is thrown off by its very first steps.",
        "G": "The healthy run is at the floor after 60 steps; this one never leaves 2.4.",
    },
    3: {
        "": "The two curves part: one goes below the floor, the other one climbs. Which text "
        "does the model know so well?",
        "C": "Then the held-out loss would fall to zero too: copying works on any text.",
        "D": "Then the held-out loss would fall to zero too: looking ahead works on any text.",
        "A": "Too high a rate spoils the loss in training as well. In training, this run is "
        "better than anyone can be.",
        "G": "The held-out loss ends above ln 13: the model does worse than one that knows "
        "nothing.",
    },
    4: {
        "": "It starts well. Then each swing is wider than the one before: something adds up.",
        "A": "Too high a rate does its harm at the first step. This one begins by falling, "
        "as a healthy run does, and the trouble grows afterwards.",
        "F": "Then the loss in training would go on falling. Here both swing together.",
        "G": "The healthy run stays where it is once it has reached the floor.",
    },
    5: {
        "": "Compare the very first loss with ln 13, and count the steps to zero.",
        "D": "That takes time: the model must learn where to look. Here the loss begins below "
        "ln 13, before anything was learned, because the unembedding is the embedding transposed: "
        "a token is most like itself.",
        "F": "Then the held-out loss would climb. Here it is zero as well.",
        "G": "Zero is below the floor. No honest model can guess words that are drawn by chance.",
    },
}


def _letter(answer: dict[Any, Any], curve: int) -> str:
    return str(answer[curve]).strip().upper()


def _no_diagnosis(answer: Any) -> str | None:
    if not isinstance(answer, dict):
        example = ", ".join(f'{curve}: "G"' for curve in FOUND)
        return f"this is {describe(answer)}; give a letter for each curve, like {{{example}}}"
    if missing := [curve for curve in FOUND if curve not in answer]:
        return f"curve {missing[0]} has no letter; the keys are the numbers 1 to {len(FOUND)}"
    for curve in FOUND:
        if _letter(answer, curve) not in FAULTS:
            return (
                f"curve {curve} has {answer[curve]!r}; choose one of {', '.join(FAULTS)}, as text"
            )
    return None


def _look(curve: int) -> Case:
    """Whether one curve was read rightly; if not, what speaks against that letter."""

    def function(answer: dict[int, str]) -> None:
        letter, against = _letter(answer, curve), AGAINST[curve]
        assert letter == FOUND[curve], against.get(letter, against[""])

    return Case(f"curve {curve}", function)


def _confusions() -> tuple[Mistake, ...]:
    return tuple(
        Mistake(f"curve {curve} is not {letter}: {FAULTS[letter]}", FOUND | {curve: letter}, text)
        for curve, texts in AGAINST.items()
        for letter, text in texts.items()
        if letter
    )


DIAGNOSIS = Exercise(
    "17.6",
    "five broken runs",
    "choices",
    FOUND,
    tuple(_look(curve) for curve in FOUND),
    _confusions(),
    _no_diagnosis,
    "All five. Numbers that are too good deserve the most distrust.",
)


def _row(change: dict[str, Any], held_out: float, **other: Any) -> Row:
    """A made-up row: 17.7 has no right answer, only logs that keep the rules or break one."""
    recipe = {"lr": 0.001, "layers": 2, "batch": 16} | change
    row: Row = {"change": change, "against": 0, "recipe": recipe, "seed": 0, "budget": 1e10}
    return row | {"why": "an example", "held_out": held_out} | other


def _log(first: Row, *later: tuple[Any, ...]) -> Log:
    return [first, *(_row(change, bits, **other) for change, bits, other in later)]


_FIRST = _row({}, 4.70, against=None)
_TRIED: tuple[tuple[Any, ...], ...] = (
    ({"lr": 0.003}, 4.5, {}),
    ({"lr": 0.01}, 4.9, {}),
    ({"layers": 1}, 4.6, {}),
    ({"batch": 8}, 4.3, {}),
    ({"batch": 32}, 5.1, {}),
)
_SEED: tuple[Any, ...] = ({}, 4.75, {"seed": 1})
GOOD_LOG = _log(_FIRST, _SEED, *_TRIED)

# For each rule of experiment_log: the mistake's name, and a log that breaks this rule alone.
BROKEN_LOGS: dict[str, tuple[str, Log]] = {
    "it starts with the baseline": (
        "no baseline",
        _log(_row({"lr": 0.001}, 4.70, against=None), _SEED, *_TRIED),
    ),
    "one change at a time": (
        "two changes at once",
        _log(_FIRST, _SEED, *_TRIED, ({"lr": 0.003, "batch": 8}, 4.2, {})),
    ),
    "every run has the same budget": (
        "a longer run among short ones",
        _log(_FIRST, _SEED, *_TRIED, ({"layers": 4}, 3.9, {"budget": 1e11})),
    ),
    "luck is measured": ("only one seed", _log(_FIRST, *_TRIED)),
    "enough was tried": ("too few trials", _log(_FIRST, _SEED, *_TRIED[:3])),
    "what did not help stays in": (
        "nothing that failed",
        _log(_FIRST, _SEED, *((change, bits - 1, other) for change, bits, other in _TRIED)),
    ),
    "the best row beats the baseline by more than luck": (
        "a gain that luck could give",
        _log(_FIRST, ({}, 5.6, {"seed": 1}), *_TRIED),
    ),
}


def _keeps(rule: Rule) -> Case:
    def function(log: Log) -> None:
        complaint = rule.complaint(log)
        assert complaint is None, complaint

    return Case(rule.label, function, rule.hint)


def _breaks(rule: Rule) -> Mistake:
    name, log = BROKEN_LOGS[rule.label]
    return Mistake(name, log, rule.hint)


EXPERIMENTS = Exercise(
    "17.7",
    "a better recipe, and the way there",
    "log",
    GOOD_LOG,
    tuple(_keeps(rule) for rule in RULES),
    tuple(_breaks(rule) for rule in RULES),
    no_log,
    "A log that others can build on: they see what you tried, and what it brought.",
)
