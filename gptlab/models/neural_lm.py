"""The first neural language model: a few words go in as vectors, the next one comes out.

Bengio, Ducharme, Vincent and Jauvin 2003. Each of the n − 1 words before a position is looked up in
a table of vectors; the vectors, one behind the other, go through one hidden layer and a softmax.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from gptlab.errors import LabError, check_count
from gptlab.models.token_ids import check_token_ids


@dataclass(frozen=True)
class NeuralLMConfig:
    """The shape of a neural language model. Every number is a count; `dropout` is a probability.

    `order` is the n of n-grams: a position is predicted from the `order` − 1 tokens before it.
    `d_model` numbers make up the vector of one token (the paper's m), `d_hidden` units the tanh
    layer (its h). `direct` lets the vectors reach the scores past the tanh layer as well (the
    paper's W). `dropout` is not the paper's; 0 switches it off.

    Raises LabError for a value out of range.
    """

    vocab_size: int
    order: int = 5
    d_model: int = 64
    d_hidden: int = 128
    direct: bool = False
    dropout: float = 0.0

    def __post_init__(self):
        for name, least in (("vocab_size", 1), ("order", 2), ("d_model", 1), ("d_hidden", 1)):
            why = "; with order 1 there is no word to look back at" if name == "order" else ""
            check_count(name, getattr(self, name), least, why)
        if not 0 <= self.dropout < 1:
            raise LabError(f"dropout is {self.dropout}; it must be at least 0 and below 1")

    @property
    def context_length(self) -> int:
        """How many tokens the model looks back at: `order` − 1."""
        return self.order - 1

    def parameter_count(self) -> int:
        """V (1 + m + h) + h (1 + (n − 1) m), and V (n − 1) m for direct connections.

        Source: Bengio et al. 2003, section 2; m more here, the vector of the begin symbol.

        >>> NeuralLMConfig(100, order=3, d_model=4, d_hidden=10).parameter_count()
        1594
        """
        inputs = self.context_length * self.d_model
        table = (self.vocab_size + 1) * self.d_model
        hidden = (inputs + 1) * self.d_hidden
        output = self.vocab_size * (self.d_hidden + 1)
        return table + hidden + output + self.direct * self.vocab_size * inputs


class NeuralLM(nn.Module):
    r"""$y = b + U \tanh(d + Hx) \;[{} + Wx]$, and softmax(y) over the next token.

    $x$ is the vectors $C(w)$ of the n − 1 tokens read last, the oldest first, one behind the other.
    In code: C is `embedding`, H and d `to_hidden`, U and b `to_logits`, W `direct`. Where a row has
    fewer than n − 1 tokens so far, the begin symbol stands in: id `vocab_size`, with a vector that
    is learned like the others. It may also be given (`SentenceBatches` does), and is never guessed.

    Source: Bengio et al. 2003, equation 1. Weights start as torch's linear layers do, except for
    the vectors (normal, standard deviation 0.1: what is left of it in the vectors of rare words is
    noise) and the scores (normal, 0.02, biases 0), so that an untrained model finds all tokens
    about equally likely.
    """

    def __init__(self, config: NeuralLMConfig):
        super().__init__()
        self.config = c = config
        inputs = c.context_length * c.d_model
        self.embedding = nn.Embedding(c.vocab_size + 1, c.d_model)
        self.to_hidden = nn.Linear(inputs, c.d_hidden)
        self.to_logits = nn.Linear(c.d_hidden, c.vocab_size)
        self.direct = nn.Linear(inputs, c.vocab_size, bias=False) if c.direct else None
        self.initialise()

    @torch.no_grad()
    def initialise(self) -> None:
        """Draw all weights anew from torch's global generator."""
        self.embedding.weight.normal_(std=0.1)
        self.to_hidden.reset_parameters()
        self.to_logits.weight.normal_(std=0.02)
        self.to_logits.bias.zero_()
        if self.direct is not None:
            self.direct.weight.normal_(std=0.02)

    def forward(self, tokens: Int[Tensor, "batch time"]) -> Float[Tensor, "batch time vocab"]:
        """Scores (logits) for the token that follows each position.

        Raises LabError for a text without tokens, and for an id that is not in the vocabulary.
        """
        x = self.windows(tokens)
        hidden = torch.tanh(self.to_hidden(x))
        if self.config.dropout:
            hidden = F.dropout(hidden, self.config.dropout, self.training)
        logits = self.to_logits(hidden)
        return logits if self.direct is None else logits + self.direct(x)

    def windows(self, tokens: Int[Tensor, "batch time"]) -> Float[Tensor, "batch time inputs"]:
        """The vectors of the n − 1 tokens up to each position, oldest first, as one long row."""
        check_token_ids(tokens, self.config.vocab_size)
        before = self.config.context_length - 1
        padded = F.pad(tokens, (before, 0), value=self.config.vocab_size)
        vectors = self.embedding(padded)  # (batch, before + time, d_model)
        runs = vectors.unfold(1, self.config.context_length, 1)  # (batch, time, d_model, n − 1)
        return runs.transpose(2, 3).flatten(2)

    def loss(
        self, tokens: Int[Tensor, "batch time"], targets: Int[Tensor, "batch time"]
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy in nats of `targets`, position by position; −100 is left out."""
        logits = self(tokens)
        return F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=-100)
