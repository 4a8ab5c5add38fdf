"""The training clinic of exercise 17.6: the same tiny run six times, once well and five times ill.

The language is small enough to know what cannot be beaten: every sentence has four words, *who does
what* and a full stop, the three chosen evenly among four each. A model that has learned everything
pays ln 4 for each of the three and nothing for the stop: ¾ ln 4 = 1.04 nats a word.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from gptlab.layers.attention import CausalSelfAttention
from gptlab.models.gpt import GPT, GPTConfig

CHOICES = (
    ("cat", "dog", "fox", "owl"),
    ("drops", "finds", "likes", "sells"),
    ("bread", "milk", "snow", "wood"),
)
WORDS = (".", *(word for place in CHOICES for word in place))
FLOOR = 3 / 4 * math.log(4)
KNOWS_NOTHING = math.log(len(WORDS))
TIME, BATCH, STEPS, LOOK_EVERY = 8, 16, 240, 10


@dataclass(frozen=True)
class Treatment:
    """How a run is done; each field away from its default is one fault.

    `reads_future`: attention without the causal mask. `shift`: how far ahead the target stands.
    `clears`: whether gradients are set to zero before each step. `n_windows`: how many windows of
    the training text are used, None for all.
    """

    lr: float = 5e-3
    shift: int = 1
    reads_future: bool = False
    clears: bool = True
    n_windows: int | None = None


@dataclass(frozen=True)
class Curve:
    """What a run shows: the loss of each step, and of the held-out text every ten steps, in nats
    per word."""

    train: tuple[float, ...]
    held_out: tuple[float, ...]

    @property
    def looked_at(self) -> range:
        """The steps before which the held-out text was measured."""
        return range(0, LOOK_EVERY * len(self.held_out), LOOK_EVERY)


HEALTHY = Treatment()
PATIENTS = {
    1: Treatment(reads_future=True),
    2: Treatment(lr=0.3),
    3: Treatment(n_windows=BATCH),
    4: Treatment(clears=False),
    5: Treatment(shift=0),
}


def sentences(n: int, seed: int) -> list[str]:
    """`n` sentences of the little language, each with its full stop.

    >>> sentences(1, seed=1)
    ['dog sells bread .']
    """
    return [" ".join(WORDS[i] for i in row) for row in _ids(n, seed).tolist()]


def examine(number: int | None = None) -> Curve:
    """The curve of one patient (1 to 5), or of the healthy run; the same every time."""
    return run(HEALTHY if number is None else PATIENTS[number])


def run(treatment: Treatment) -> Curve:
    """Train a GPT of two layers on the little language, with whatever is wrong with it."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = GPTConfig(len(WORDS), TIME, d_model=32, n_heads=2, n_layers=2)
        model = GPT(config)
    if treatment.reads_future:
        for module in model.modules():
            if isinstance(module, CausalSelfAttention):
                module.mix = _see_everything  # type: ignore[method-assign]
    text, unseen = _ids(400, seed=1).flatten(), _ids(100, seed=2).flatten()
    draw = torch.Generator().manual_seed(3)
    held_out = _windows(unseen, torch.arange(0, len(unseen) - TIME, TIME), treatment.shift)
    optimizer = torch.optim.AdamW(model.parameters(), lr=treatment.lr)
    n_starts = treatment.n_windows or len(text) - TIME - 1
    spread = (len(text) - TIME - 1) // n_starts
    train_losses, held_out_losses = [], []
    for step in range(STEPS):
        if step % LOOK_EVERY == 0:
            with torch.no_grad():
                held_out_losses.append(model.loss(*held_out).item())
        starts = torch.randint(n_starts, (BATCH,), generator=draw) * spread
        loss = model.loss(*_windows(text, starts, treatment.shift))
        if treatment.clears:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        train_losses.append(loss.item())
    return Curve(tuple(train_losses), tuple(held_out_losses))


def _see_everything(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(queries, keys, values)


def _ids(n: int, seed: int) -> Tensor:
    """`n` sentences as ids: (n, 4)."""
    draw = torch.Generator().manual_seed(seed)
    places = torch.randint(4, (n, 3), generator=draw) + torch.tensor([1, 5, 9])
    return F.pad(places, (0, 1))


def _windows(text: Tensor, starts: Tensor, shift: int) -> tuple[Tensor, Tensor]:
    """Inputs and targets, (windows, time) each, `shift` apart."""
    places = starts.unsqueeze(1) + torch.arange(TIME)
    return text[places], text[places + shift]
