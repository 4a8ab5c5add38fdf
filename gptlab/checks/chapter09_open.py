"""The checks of exercises 9.6 and 9.7: how often it works, and what a wider window brings."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from gptlab.checks import Mistake, number
from gptlab.checks.compare import as_number, describe
from gptlab.checks.core import Case, Exercise

TEXT = (
    "the cat sleeps . the dog sleeps . the cat eats . the dog eats . the cat runs . "
    "a cat sleeps . a dog sleeps . a dog eats . the car stops . the bus stops . the car starts . "
    "a bus stops . a car starts . a bus starts ."
)
STARTS, STEPS = 20, 200


class TinyLanguage:
    """The twelve words of chapter 09 and the network of 106 numbers that learns them."""

    def __init__(self) -> None:
        self.words = list(dict.fromkeys(TEXT.split()))
        self.number = {word: i for i, word in enumerate(self.words)}
        sentences = [[self.number[w] for w in f"{s} .".split()] for s in TEXT.split(".")[:-1]]
        begin = len(self.words)
        places = [([begin, begin, *s][i : i + 2], s[i]) for s in sentences for i in range(len(s))]
        self.contexts = torch.tensor([context for context, _ in places])
        self.answers = torch.tensor([answer for _, answer in places])

    def train(self, seed: int, steps: int) -> dict[str, Tensor]:
        """Plain descent with rate 1 from the random start of that seed."""
        torch.manual_seed(seed)
        shapes = {"C": (13, 2), "H": (4, 4), "d": (4,), "U": (12, 4), "b": (12,)}
        tables = {k: torch.randn(s, dtype=torch.double) / 2 for k, s in shapes.items()}
        for _ in range(steps):
            tracked = {k: t.requires_grad_() for k, t in tables.items()}
            F.cross_entropy(self.scores(tracked, self.contexts), self.answers).backward()
            tables = {k: (t - t.grad).detach() for k, t in tracked.items() if t.grad is not None}
        return tables

    @staticmethod
    def scores(tables: dict[str, Tensor], contexts: Tensor) -> Tensor:
        """Logits for each context."""
        hidden = torch.tanh(tables["d"] + tables["C"][contexts].flatten(1) @ tables["H"].T)
        return tables["b"] + hidden @ tables["U"].T

    def after(self, tables: dict[str, Tensor], context: str) -> dict[str, float]:
        """The probability of each word after two words."""
        ids = torch.tensor([[self.number[word] for word in context.split()]])
        p = self.scores(tables, ids).softmax(dim=1)[0].tolist()
        return dict(zip(self.words, p, strict=True))


@cache
def _guesses(steps: int, context: str) -> tuple[dict[str, float], ...]:
    """What each start believes to come after `context`; computed once."""
    tiny = TinyLanguage()
    state = torch.get_rng_state()
    found = tuple(tiny.after(tiny.train(seed, steps), context) for seed in range(STARTS))
    torch.set_rng_state(state)
    return found


def _starts(steps: int = STEPS, context: str = "the dog", factor: float = 4.0) -> int:
    """From how many of the starts *runs* becomes more than `factor` times as likely as *stops*."""
    return sum(p["runs"] > factor * p["stops"] for p in _guesses(steps, context))


SEEDS = number(
    "9.6",
    "how often it works",
    right=_starts,
    unit="starts",
    tolerance=1e-6,
    hint="For each seed from 0 to 19: draw the tables anew, 200 steps with rate 1, then compare "
    "P(runs | the dog) with four times P(stops | the dog).",
    praise="Most of the time, and not always. A single run with a chosen seed proves nothing; a "
    "count over many does.",
    mistakes=[
        Mistake(
            "measured before training", lambda: _starts(steps=0),
            "That many random starts prefer *runs* by chance. Train each one for 200 steps first.",
        ),
        Mistake(
            "a share instead of a count", lambda: _starts() / STARTS,
            "That is the share. The question asks how many of the 20 starts.",
        ),
        Mistake(
            "in percent", lambda: 100 * _starts() / STARTS,
            "The question asks how many of the 20 starts.",
        ),
        Mistake(
            "likelier, but not four times", lambda: _starts(factor=1.0),
            "From that many starts *runs* is likelier than *stops*. Ask for more than four times "
            "as likely.",
        ),
        Mistake(
            "those that fail", lambda: STARTS - _starts(),
            "You counted the starts from which it did not work.",
        ),
        Mistake(
            "asked after the car", lambda: _starts(context="the car"),
            "That is the answer for *the car*, which should not run. Ask for *the dog*.",
        ),
    ],
)  # fmt: skip

FLOOR, ALL_WORDS = 3.75, math.log2(776)  # bits per word: the floor, and a model that knows nothing
GOOD = {3: (4.80, 0.64), 5: (4.57, 0.63), 9: (4.51, 0.66)}


def _form(answer: Any) -> str | None:
    """What is wrong with the shape of the answer, if anything."""
    if not isinstance(answer, dict) or not answer:
        return f"this is {describe(answer)}; give {{order: (bits per word, share right)}}"
    for order, pair in answer.items():
        whole = isinstance(order, int) and order >= 2
        if not whole or not isinstance(pair, tuple | list) or len(pair) != 2:
            return f"{order!r}: {pair!r} is not order: (bits per word, share right)"
        if any(as_number(value) is None or not math.isfinite(value) for value in pair):
            return f"order {order} has {pair!r}; give two finite numbers"
    return None


def _bits(answer: dict[int, Any]) -> list[float]:
    return [float(pair[0]) for pair in answer.values()]


def _shares(answer: dict[int, Any]) -> list[float]:
    return [float(pair[1]) for pair in answer.values()]


def _narrow_and_wide(answer: dict[int, Any]) -> None:
    assert len(answer) >= 3, f"{len(answer)} orders; measure at least three"
    assert min(answer) <= 3 <= 8 <= max(answer), (
        f"your orders go from {min(answer)} to {max(answer)}; try 3 or less, and 8 or more"
    )


def _between(answer: dict[int, Any]) -> None:
    for order, bits in zip(answer, _bits(answer), strict=True):
        assert FLOOR < bits < 5.6, (
            f"order {order} has {bits:.2f} bits per word; a trained model lies between the floor "
            "of 3.75 and 5.6"
        )


def _gains(answer: dict[int, Any]) -> None:
    gain = float(answer[min(answer)][0]) - float(answer[max(answer)][0])
    assert gain > 0.1, (
        f"from the narrowest to the widest window you gain {gain:.2f} bits; more than 0.1 is "
        "expected. Has every model had the same steps, and none a schedule of another length?"
    )


def _no_magic(answer: dict[int, Any]) -> None:
    for order, share in zip(answer, _shares(answer), strict=True):
        assert 0.5 < share < 0.85, (
            f"order {order} is right in {share:.0%} of the cases; with subjects 5 to 8 words back "
            "50 % to 85 % is what this model can reach"
        )


WINDOWS = Exercise(
    "9.7",
    "a wider window",
    "measurements",
    GOOD,
    (
        Case("three orders, from narrow to wide", _narrow_and_wide),
        Case("bits per word of trained models", _between),
        Case("a wider window guesses better", _gains),
        Case("and agrees hardly better", _no_magic),
    ),
    (
        Mistake(
            "bits and share changed places",
            {k: (share, bits) for k, (bits, share) in GOOD.items()},
            "The bits per word come first, then the share of right verb forms.",
            symptom=lambda answer: max(_bits(answer)) <= 1 < min(_shares(answer)),
        ),
        Mistake(
            "nats, not bits",
            {k: (bits * math.log(2), share) for k, (bits, share) in GOOD.items()},
            "These losses lie below the floor: they are in nats. Divide by ln 2, or use "
            "toy_bits_per_word.",
            symptom=lambda answer: bool(answer) and max(_bits(answer)) < FLOOR,
        ),
        Mistake(
            "untrained models",
            dict.fromkeys(GOOD, (ALL_WORDS, 0.51)),
            "9.6 bits is log2 776: these models know nothing yet. Measure after training.",
            symptom=lambda answer: min(_bits(answer)) > 9,
        ),
        Mistake(
            "per cent instead of a share",
            {k: (bits, 100 * share) for k, (bits, share) in GOOD.items()},
            "Give the share of right verb forms as a number from 0 to 1.",
            symptom=lambda answer: max(_shares(answer)) > 1,
        ),
        Mistake(
            "all verbs, the near ones too",
            {k: (bits, 0.93) for k, (bits, _) in GOOD.items()},
            "More than nine in ten right: most of these verbs stand next to their subject. Ask "
            "only for distances 5 to 8, `distant` above.",
            symptom=lambda answer: min(_shares(answer)) > 0.85 and max(_shares(answer)) <= 1,
        ),
    ),
    _form,
    "The bits fall, and the verbs are hardly better: each place has weights of its own, and a "
    "subject eight words back is too rare to teach them.",
)
