"""Sequence to sequence: one LSTM reads a sentence, another writes its translation.

Sutskever, Vinyals and Le 2014, where all that was read goes through one state; Bahdanau, Cho and
Bengio 2015 and Luong, Pham and Manning 2015, where the decoder looks back at every source word.
`gptlab.generation.beam` writes with it, by `start` and `step`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from gptlab.errors import LabError, check_count
from gptlab.layers.alignment_attention import (
    AdditiveAttention,
    MultiplicativeAttention,
    align_and_read,
)
from gptlab.layers.recurrent import Recurrent, State
from gptlab.models.transformer import check_source
from gptlab.text.codecs import PAD

ATTENTIONS = (None, "additive", "multiplicative")
READINGS = ("forward", "reversed", "both")


@dataclass(frozen=True)
class Seq2SeqConfig:
    """The shape of an encoder-decoder LSTM. Sizes are counts, `dropout` a probability.

    `source_vocab` and `target_vocab` count ids, marks included (`len(codec)`). `d_model` is the
    width of both embeddings, `d_hidden` of the decoder's state. `attention`: None, "additive"
    (Bahdanau) or "multiplicative" (Luong). `reading`: the encoder reads "forward", "reversed" (last
    word first; Sutskever) or "both" ways by two LSTMs of half the width (Bahdanau). `bridge`:
    whether the decoder begins in the encoder's last state, or in zeros. `impl`: see `Recurrent`.
    Raises LabError for a value out of range, and for neither attention nor bridge.
    """

    source_vocab: int
    target_vocab: int
    d_model: int = 128
    d_hidden: int = 256
    n_layers: int = 1
    attention: str | None = None
    reading: str = "both"
    bridge: bool = True
    dropout: float = 0.0
    impl: str = "torch"

    def __post_init__(self) -> None:
        for name in ("source_vocab", "target_vocab", "d_model", "d_hidden", "n_layers"):
            check_count(name, getattr(self, name))
        if self.attention not in ATTENTIONS:
            raise LabError(
                f"attention {self.attention!r} is unknown; choose one of "
                f"{', '.join(map(repr, ATTENTIONS))}"
            )
        if self.reading not in READINGS:
            raise LabError(
                f"reading {self.reading!r} is unknown; choose one of {', '.join(READINGS)}"
            )
        if self.attention is None and not self.bridge:
            raise LabError(
                "without attention and without bridge the decoder knows nothing of the source; "
                "give it one of them"
            )
        if self.reading == "both" and self.d_hidden % 2:
            raise LabError(f"d_hidden={self.d_hidden} is shared by two directions; make it even")
        if not 0 <= self.dropout < 1:
            raise LabError(f"dropout is {self.dropout}; give a number from 0 to below 1")


class Encoder(nn.Module):
    """Reads the source: its memory, one row for each word, and the state at the end.

    Read both ways, a word's memory is [forward, backward], and so is the end: what the forward
    LSTM holds after the last word, and the backward one after the first.
    """

    def __init__(self, config: Seq2SeqConfig):
        super().__init__()
        c = config
        self.reading = c.reading
        ways = 2 if c.reading == "both" else 1
        self.ways = nn.ModuleList(
            Recurrent("lstm", c.d_model, c.d_hidden // ways, c.n_layers, c.dropout, c.impl)
            for _ in range(ways)
        )

    def forward(
        self, x: Float[Tensor, "batch source d_model"], lengths: Int[Tensor, "batch"]
    ) -> tuple[Float[Tensor, "batch source d_hidden"], State]:
        """Memory (zeros beyond each sentence's end) and the decoder's first state."""
        runs = []
        for way, backwards in zip(self.ways, self._directions(), strict=True):
            outputs, state = way(turned(x, lengths) if backwards else x, lengths=lengths)
            runs.append((turned(outputs, lengths) if backwards else outputs, state))
        memories, states = zip(*runs, strict=True)
        return torch.cat(memories, dim=-1), tuple(
            torch.cat(parts, dim=-1) for parts in zip(*states, strict=True)
        )

    def _directions(self) -> tuple[bool, ...]:
        return {"forward": (False,), "reversed": (True,), "both": (False, True)}[self.reading]


def turned(
    x: Float[Tensor, "batch time width"], lengths: Int[Tensor, "batch"]
) -> Float[Tensor, "batch time width"]:
    """Each sequence last step first; the padding stays where it is, at the end.

    >>> turned(torch.tensor([[[1.0], [2.0], [0.0]]]), torch.tensor([2])).flatten().tolist()
    [2.0, 1.0, 0.0]
    """
    place = torch.arange(x.size(1), device=x.device).expand(x.size(0), -1)
    ends = lengths.to(x.device)[:, None]
    place = torch.where(place < ends, ends - 1 - place, place)
    return x.gather(1, place[:, :, None].expand_as(x))


class Seq2Seq(nn.Module):
    r"""Source ids in, for every position of the target one score for each token that may follow.

    The decoder begins in the encoder's last state. Without attention that is all it knows of the
    source. With it, a context $c_t$ (see `align_and_read`) joins in:

    - additive: the state before the step asks, and the decoder reads $[y_{t-1}; c_t]$. The next
      query needs this step's result, so the decoder goes word by word in training too;
    - multiplicative: the decoder runs first, over the whole target at once, and its new state asks.

    Both speak through $\tilde h_t = \tanh(W_c [h_t; c_t])$ (Luong et al. 2015, equation 5), then
    the unembedding. Source rows are filled up with PAD on the right, which nothing looks at.
    """

    def __init__(self, config: Seq2SeqConfig):
        super().__init__()
        self.config = c = config
        self.source_embedding = nn.Embedding(c.source_vocab, c.d_model)
        self.target_embedding = nn.Embedding(c.target_vocab, c.d_model)
        self.encoder = Encoder(c)
        reads = c.d_model + (c.d_hidden if c.attention == "additive" else 0)
        self.decoder = Recurrent("lstm", reads, c.d_hidden, c.n_layers, c.dropout, c.impl)
        self.attention: AdditiveAttention | MultiplicativeAttention | None = None
        if c.attention == "additive":
            self.attention = AdditiveAttention(c.d_hidden, c.d_hidden, c.d_hidden)
        elif c.attention == "multiplicative":
            self.attention = MultiplicativeAttention(c.d_hidden, c.d_hidden)
        if c.attention is not None:
            self.combine = nn.Linear(2 * c.d_hidden, c.d_hidden, bias=False)
        self.unembedding = nn.Linear(c.d_hidden, c.target_vocab)
        self.initialise()

    @torch.no_grad()
    def initialise(self) -> None:
        """Draw all weights anew from torch's global generator; forget gates begin open."""
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                module.weight.normal_(std=self.config.d_model**-0.5)
            elif isinstance(module, nn.Linear):
                module.reset_parameters()
            elif isinstance(module, Recurrent):
                module.rnn.reset_parameters()
                for layer in range(self.config.n_layers):
                    _, _, b_in, b_h = module.weights(layer)
                    b_h.zero_()
                    b_in.chunk(4)[1].fill_(1.0)

    def forward(
        self, source: Int[Tensor, "batch source"], inputs: Int[Tensor, "batch target"]
    ) -> Float[Tensor, "batch target vocab"]:
        """Scores (logits) for the token after each position of `inputs`, which begins with BEGIN.

        Teacher forcing: `inputs` are the right tokens, whatever the decoder would have written.
        Raises LabError for a source that is empty, all PAD, or has PAD before a word.
        """
        return self.decode(source, inputs)[0]

    def alignments(
        self, source: Int[Tensor, "batch source"], inputs: Int[Tensor, "batch target"]
    ) -> Float[Tensor, "batch target source"]:
        """How much the decoder looks at each source word before it writes each target word.

        Rows sum to one. Raises LabError for a model without attention.
        """
        weights = self.decode(source, inputs)[1]
        if weights is None:
            raise LabError(
                "this model has no attention to show; build it with attention='additive'"
            )
        return weights

    def decode(
        self, source: Int[Tensor, "batch source"], inputs: Int[Tensor, "batch target"]
    ) -> tuple[Float[Tensor, "batch target vocab"], Float[Tensor, "batch target source"] | None]:
        """Scores for the whole target under teacher forcing, and the attention's weights if any."""
        memory, state, allowed = self.encode(source)
        check_ids(inputs, self.config.target_vocab, "target")
        x = self.dropped(self.target_embedding(inputs))
        if self.config.attention != "additive":
            hidden, _ = self.decoder(x, state)
            hidden, weights = self.look(hidden, memory, self.keys(memory), allowed)
            return self.unembedding(self.dropped(hidden)), weights
        keys, steps = self.keys(memory), []
        for t in range(x.size(1)):
            hidden, state, weights = self.additive_step(
                x[:, t : t + 1], state, memory, keys, allowed
            )
            steps.append((hidden, weights))
        hidden, weights = (torch.cat(part, dim=1) for part in zip(*steps, strict=True))
        return self.unembedding(self.dropped(hidden)), weights

    def encode(
        self, source: Int[Tensor, "batch source"]
    ) -> tuple[Float[Tensor, "batch source d_hidden"], State, Bool[Tensor, "batch source"]]:
        """The encoder's memory, the decoder's first state, and where the source has words."""
        check_source(source)
        check_ids(source, self.config.source_vocab, "source")
        allowed = source != PAD
        if (allowed[:, 1:] & ~allowed[:, :-1]).any():
            raise LabError("the source has PAD before a word; fill it up on the right")
        x = self.dropped(self.source_embedding(source))
        memory, state = self.encoder(x, allowed.sum(dim=1))
        if not self.config.bridge:
            state = self.decoder.start(len(source))
        return memory, state, allowed

    def keys(self, memory: Tensor) -> Tensor:
        """What queries are compared with; the memory itself, unused, without attention."""
        return memory if self.attention is None else self.attention.keys(memory)

    def look(
        self, hidden: Tensor, memory: Tensor, keys: Tensor, allowed: Tensor
    ) -> tuple[Float[Tensor, "batch target d_hidden"], Tensor | None]:
        """States joined to contexts, and weights; without attention the states alone."""
        if self.attention is None:
            return hidden, None
        context, weights = align_and_read(self.attention.scores(hidden, keys), memory, allowed)
        return torch.tanh(self.combine(torch.cat([hidden, context], dim=-1))), weights

    def additive_step(
        self, x: Tensor, state: State, memory: Tensor, keys: Tensor, allowed: Tensor
    ) -> tuple[Float[Tensor, "batch 1 d_hidden"], State, Float[Tensor, "batch 1 source"]]:
        """Ask with the state so far, read word and context, join the new state to the context."""
        assert self.attention is not None
        query = state[0][-1][:, None]  # the last layer's h, (batch, 1, d_hidden)
        context, weights = align_and_read(self.attention.scores(query, keys), memory, allowed)
        hidden, state = self.decoder(torch.cat([x, context], dim=-1), state)
        return torch.tanh(self.combine(torch.cat([hidden, context], dim=-1))), state, weights

    def dropped(self, x: Tensor) -> Tensor:
        """Dropout, in training."""
        return F.dropout(x, self.config.dropout, self.training) if self.config.dropout else x

    def loss(
        self,
        source: Int[Tensor, "batch source"],
        inputs: Int[Tensor, "batch target"],
        targets: Int[Tensor, "batch target"],
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy in nats under teacher forcing; targets of −100 are left out."""
        logits = self(source, inputs).float().flatten(0, 1)
        return F.cross_entropy(logits, targets.flatten(), ignore_index=-100)

    def start(self, source: Int[Tensor, "batch source"]) -> tuple[Tensor, ...]:
        """What the decoder needs to begin to write: a tuple of tensors with one row a sentence.

        The state's h and c as (batch, layers, d_hidden); with attention also the memory, its keys
        and where the source has words.
        """
        memory, state, allowed = self.encode(source)
        rows = tuple(part.transpose(0, 1) for part in state)
        return rows if self.attention is None else (*rows, memory, self.keys(memory), allowed)

    def step(
        self, tokens: Int[Tensor, "rows"], state: tuple[Tensor, ...]
    ) -> tuple[Float[Tensor, "rows vocab"], tuple[Tensor, ...]]:
        """Scores for the token after `tokens`, one new token a row, and the state after them."""
        lstm = tuple(part.transpose(0, 1).contiguous() for part in state[:2])
        x = self.dropped(self.target_embedding(tokens[:, None]))
        if self.config.attention == "additive":
            hidden, lstm, _ = self.additive_step(x, lstm, *state[2:])
        else:
            hidden, lstm = self.decoder(x, lstm)
            if self.attention is not None:
                hidden, _ = self.look(hidden, *state[2:])
        rows = tuple(part.transpose(0, 1) for part in lstm)
        return self.unembedding(self.dropped(hidden))[:, 0], (*rows, *state[2:])


def check_ids(ids: Int[Tensor, "batch time"], size: int, side: str) -> None:
    """Raise LabError unless ids are 0 … size − 1; on a GPU, where a look would wait, nothing."""
    if ids.dim() != 2 or not ids.numel():
        raise LabError(f"the {side} has shape {tuple(ids.shape)}; give (batch, time), not empty")
    if ids.device.type == "cpu" and not torch.compiler.is_compiling():
        low, high = (int(end) for end in ids.aminmax())
        if low < 0 or high >= size:
            raise LabError(
                f"{side} id {low if low < 0 else high} is outside 0 … {size - 1}; encode with the "
                "codec that the model was built for"
            )
