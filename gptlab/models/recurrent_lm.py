"""A recurrent language model: embedding, RNN or LSTM layers, unembedding.

Mikolov et al. 2010 (recurrent networks as language models), Zaremba, Sutskever and Vinyals 2014
(LSTM layers with dropout between them).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from gptlab.errors import LabError, check_count
from gptlab.layers.recurrent import CELLS, Recurrent, State, lstm_gates, lstm_step
from gptlab.models.token_ids import check_token_ids


@dataclass(frozen=True)
class RecurrentLMConfig:
    """The shape of a recurrent language model. Every number is a count; `dropout` a probability.

    `cell` is "rnn" or "lstm"; `d_model` the width of the embedding, `d_hidden` that of the state.
    `tie` uses the embedding, transposed, as the unembedding (Press and Wolf 2017); where the widths
    differ, a linear map from the state to `d_model` stands between. `impl`: see `Recurrent`.
    """

    vocab_size: int
    cell: str = "lstm"
    d_model: int = 128
    d_hidden: int = 128
    n_layers: int = 1
    dropout: float = 0.0
    tie: bool = True
    impl: str = "torch"

    def __post_init__(self) -> None:
        for name in ("vocab_size", "d_model", "d_hidden", "n_layers"):
            check_count(name, getattr(self, name))
        if self.cell not in CELLS:
            raise LabError(f"cell {self.cell!r} is unknown; choose one of {', '.join(CELLS)}")


class RecurrentLM(nn.Module):
    """Token ids in, one score for every token of the vocabulary out, at every position.

    What stands at a position depends on the tokens up to it and on the state before the first. The
    begin symbol (id `vocab_size`) may stand before a text; it is read and never guessed.
    Weights start normal with standard deviation 0.02 in the embedding, uniform within 1/√d_hidden
    in the recurrence (torch's own), and the LSTM's forget gates open (bias 1; Jozefowicz et al.
    2015).
    """

    def __init__(self, config: RecurrentLMConfig):
        super().__init__()
        self.config = c = config
        self.embedding = nn.Embedding(c.vocab_size + 1, c.d_model)
        self.layers = Recurrent(c.cell, c.d_model, c.d_hidden, c.n_layers, c.dropout, c.impl)
        between = c.tie and c.d_hidden != c.d_model
        self.project = nn.Linear(c.d_hidden, c.d_model, bias=False) if between else nn.Identity()
        if not c.tie:
            self.unembedding = nn.Linear(c.d_hidden, c.vocab_size, bias=False)
        self.bias = nn.Parameter(torch.zeros(c.vocab_size))
        self.initialise()

    @torch.no_grad()
    def initialise(self) -> None:
        """Draw all weights anew from torch's global generator."""
        self.layers.rnn.reset_parameters()
        for module in (self.project, getattr(self, "unembedding", None)):
            if isinstance(module, nn.Linear):
                module.reset_parameters()
        self.embedding.weight.normal_(std=0.02)
        self.bias.zero_()
        if self.config.cell == "lstm":
            for layer in range(self.config.n_layers):
                _, _, b_in, b_h = self.layers.weights(layer)
                b_h.zero_()
                b_in.chunk(4)[1].fill_(1.0)

    def forward(self, tokens: Int[Tensor, "batch time"]) -> Float[Tensor, "batch time vocab"]:
        """Scores (logits) for the token that follows each position, from a state of zeros."""
        return self.read(tokens)[0]

    def read(
        self, tokens: Int[Tensor, "batch time"], state: State | None = None
    ) -> tuple[Float[Tensor, "batch time vocab"], State]:
        """Scores at each position, and the state after the last: give it back to go on reading.

        Raises LabError for a sequence of length 0, for an id that is not in the vocabulary, and for
        a state of another batch size.
        """
        check_token_ids(tokens, self.config.vocab_size)
        x = self.embedding(tokens)
        if self.config.dropout:
            x = F.dropout(x, self.config.dropout, self.training)
        hidden, state = self.layers(x, state)
        if self.config.dropout:
            hidden = F.dropout(hidden, self.config.dropout, self.training)
        return self.unembed(self.project(hidden)), state

    @torch.no_grad()
    def gates(self, tokens: Int[Tensor, "time"]) -> dict[str, Float[Tensor, "time d_hidden"]]:
        """What the first layer of an LSTM does at each token, to look at and not to train with.

        "memory" is c after the token; "forget", "input" and "output" are the gates, 0 to 1, and
        "candidate" is what the input gate lets in, −1 to 1.
        Raises LabError for another cell, for an id that is not in the vocabulary, and unless the
        tokens stand in one row of at least one.
        """
        if self.config.cell != "lstm":
            raise LabError(f"cell {self.config.cell!r} has no gates; give a model with cell='lstm'")
        if tokens.dim() != 1 or not len(tokens):
            raise LabError(f"tokens have shape {tuple(tokens.shape)}; give one row of at least one")
        check_token_ids(tokens.unsqueeze(0), self.config.vocab_size)
        weights = self.layers.weights(0)
        h, c = (part[0] for part in self.layers.start(1))
        names = ("memory", "forget", "input", "candidate", "output")
        found: dict[str, list[Tensor]] = {name: [] for name in names}
        for x in self.embedding(tokens).unsqueeze(1):
            i, f, g, o = lstm_gates(x, h, weights)
            h, c = lstm_step(x, (h, c), weights)
            for name, value in zip(names, (c, f, i, g, o), strict=True):
                found[name].append(value[0])
        return {name: torch.stack(rows).cpu() for name, rows in found.items()}

    def unembed(self, hidden: Float[Tensor, "batch time d"]) -> Float[Tensor, "batch time vocab"]:
        """One score for every token, from what the last layer holds."""
        tied = self.embedding.weight[: self.config.vocab_size]
        weight = tied if self.config.tie else self.unembedding.weight
        return F.linear(hidden, weight, self.bias)

    def loss(
        self, tokens: Int[Tensor, "batch time"], targets: Int[Tensor, "batch time"]
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy in nats of `targets`, position by position; −100 is left out."""
        logits = self(tokens)
        return F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=-100)


class CarriedLM(nn.Module):
    """Truncated backpropagation through time: each batch begins with the state of the last one.

    A loss for the trainer around a `RecurrentLM`, to be fed by
    `gptlab.text.streams.StreamBatches`, whose row b goes on where row b of the last batch ended.
    The state is carried, the gradient is not: it reaches back to the beginning of the batch. The
    state is a buffer, so that checkpoints hold it and a resumed run is the same run.

    Source: Williams and Peng 1990.
    """

    def __init__(self, model: RecurrentLM, batch_size: int):
        super().__init__()
        check_count("batch_size", batch_size)
        self.model = model
        for i, part in enumerate(model.layers.start(batch_size)):
            self.register_buffer(f"state{i}", part)

    def loss(
        self, tokens: Int[Tensor, "batch time"], targets: Int[Tensor, "batch time"]
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy in nats; the state moves on with every call in training mode."""
        kept = [getattr(self, f"state{i}") for i in range(len(self.model.layers.start(1)))]
        logits, state = self.model.read(tokens, tuple(part.clone() for part in kept))
        if self.training:
            for old, new in zip(kept, state, strict=True):
                old.copy_(new.detach())
        return F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=-100)
