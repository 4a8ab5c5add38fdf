"""BERT: the encoder of the Transformer alone, which reads a text from both sides at once.

Devlin et al. 2019. `Bert` gives a vector for every token; three heads use it: `BertPretraining`
names hidden words, `BertClassifier` chooses a label.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from gptlab.errors import LabError, check_count
from gptlab.layers.attention import padding_mask
from gptlab.layers.encoder_decoder import EncoderLayer
from gptlab.layers.norms import LayerNorm
from gptlab.layers.positions import LearnedPositions
from gptlab.text.batches import IGNORED
from gptlab.text.wordpiece import CLS

EPS = 1e-12  # in BERT's layer norms
SEGMENTS = 2
START = 0.02  # standard deviation of the random weights
WAVES, NEAR = 0.056, 1.3  # of a start that looks beside: height of the waves, and how sharply
READS = (CLS, "mean")  # what stands for a whole row: the vector at its beginning, or all together


@dataclass(frozen=True)
class BertConfig:
    """The shape of a BERT; the defaults are BERT-base's.

    `d_ff` is 4 × d_model when None. `pad` is the id that fills rows up, and that nothing looks at.
    `dropout` is one rate for all places. `impl` names the form of attention ("sdpa" or "plain").
    Raises LabError for a value out of range.
    """

    vocab_size: int = 30522
    context_length: int = 512
    d_model: int = 768
    n_heads: int = 12
    n_layers: int = 12
    d_ff: int | None = None
    dropout: float = 0.1
    pad: int = 0
    impl: str = "sdpa"

    def __post_init__(self) -> None:
        for name in ("vocab_size", "context_length", "d_model", "n_heads", "n_layers", "d_ff"):
            if name != "d_ff" or self.d_ff is not None:
                check_count(name, getattr(self, name))
        if not 0 <= self.dropout < 1:
            raise LabError(f"dropout is {self.dropout}; it must be at least 0 and below 1")
        if not 0 <= self.pad < self.vocab_size:
            raise LabError(f"pad is {self.pad}; it must be an id, 0 … {self.vocab_size - 1}")

    @property
    def hidden(self) -> int:
        """Width of the perceptron's hidden layer."""
        return 4 * self.d_model if self.d_ff is None else self.d_ff

    @classmethod
    def preset(cls, name: str, **changes: Any) -> BertConfig:
        """A named size, with any field changed: `BertConfig.preset("small", vocab_size=900)`.

        Raises LabError for a name that is not in PRESETS, and for a field that does not exist.
        """
        if name not in PRESETS:
            raise LabError(f"bert {name!r} is unknown; choose one of {', '.join(PRESETS)}")
        if unknown := changes.keys() - asdict(PRESETS[name]).keys():
            raise LabError(
                f"BertConfig has no field {sorted(unknown)[0]!r}; "
                f"its fields are {', '.join(asdict(PRESETS[name]))}"
            )
        return replace(PRESETS[name], **changes)

    def parameter_count(self) -> int:
        """Parameters of `Bert` with its pooler, without heads.

        >>> BertConfig.preset("bert-base").parameter_count()
        109482240
        """
        d, h = self.d_model, self.hidden
        tables = (self.vocab_size + self.context_length + SEGMENTS) * d + 2 * d
        layer = 4 * (d * d + d) + d * h + h + h * d + d + 4 * d
        return tables + self.n_layers * layer + d * d + d


PRESETS = {
    # Two sizes for two cores: for the toy language in seconds, for Wikipedia in minutes.
    "toy": BertConfig(800, 24, d_model=64, n_heads=4, n_layers=2, dropout=0.0),
    "small": BertConfig(3000, 48, d_model=96, n_heads=4, n_layers=2, dropout=0.0),
    "bert-base": BertConfig(),
    "bert-large": BertConfig(d_model=1024, n_heads=16, n_layers=24),
}


class Bert(nn.Module):
    """Token ids in, a vector for every position out: what the position means among all others.

    Every position sees every other, before and behind; only padding is hidden. Weights start
    normal with standard deviation 0.02, biases 0. `pooler` is the layer over [CLS] that
    next-sentence prediction and classification read.
    """

    def __init__(self, config: BertConfig, pooler: bool = True) -> None:
        super().__init__()
        self.config = c = config
        self.embedding = nn.Embedding(c.vocab_size, c.d_model)
        self.positions = LearnedPositions(c.context_length, c.d_model)
        self.segments = nn.Embedding(SEGMENTS, c.d_model)
        self.norm = LayerNorm(c.d_model, EPS)
        self.layers = nn.ModuleList(
            EncoderLayer(c.d_model, c.n_heads, c.hidden, c.dropout, "post", "gelu", c.impl, EPS)
            for _ in range(c.n_layers)
        )
        self.pooler = nn.Linear(c.d_model, c.d_model) if pooler else None
        start_weights(self)

    def forward(
        self,
        tokens: Int[Tensor, "batch time"],
        segments: Int[Tensor, "batch time"] | None = None,
    ) -> Float[Tensor, "batch time d_model"]:
        """The last layer's vectors. `segments`: 0 for the first part of each row, 1 for the second.

        What stands at padding means nothing. Raises LabError for rows that are longer than the
        context, empty or all padding, and for ids outside of the tables.
        """
        x = self.embed(tokens, segments)
        allowed = padding_mask(tokens, self.config.pad)
        for layer in self.layers:
            x = layer(x, allowed)
        return x

    def embed(
        self, tokens: Int[Tensor, "batch time"], segments: Int[Tensor, "batch time"] | None = None
    ) -> Float[Tensor, "batch time d_model"]:
        """Token, position and segment vectors added, then normalised: the bottom of the stack."""
        segments = torch.zeros_like(tokens) if segments is None else segments
        check_rows(tokens, segments, self.config)
        x = self.embedding(tokens) + self.positions(tokens.size(1)) + self.segments(segments)
        return F.dropout(self.norm(x), self.config.dropout, self.training)

    def pool(self, hidden: Float[Tensor, "batch time d_model"]) -> Float[Tensor, "batch d_model"]:
        r"""One vector for the whole row: $\tanh(W h_{[CLS]} + b)$.

        Raises LabError when the model was built without a pooler.
        """
        if self.pooler is None:
            raise LabError("this Bert has no pooler; build it with pooler=True")
        return torch.tanh(self.pooler(hidden[:, 0]))

    def mean(
        self, hidden: Float[Tensor, "batch time d_model"], tokens: Int[Tensor, "batch time"]
    ) -> Float[Tensor, "batch d_model"]:
        """One vector for the whole row: the mean of all that is not padding."""
        real = (tokens != self.config.pad).unsqueeze(-1)
        return (hidden * real).sum(dim=1) / real.sum(dim=1)

    @torch.no_grad()
    def start_looking_beside(self) -> None:
        r"""Weights from which the first layer's first head looks right, and its second left.

        The positions get waves in the dimensions of these two heads: $\cos \omega_k t$ and
        $\sin \omega_k t$ at position t, with $\omega_k = \pi (k + \frac12) / n$ for n waves a head.
        The keys are the waves, the queries the waves turned by one step, and these fit exactly
        where a position meets its neighbour. The other heads of the layer look everywhere alike.
        In all layers, what attention passes on starts at its full size, $1/\sqrt{d}$ for the
        standard deviation. Raises LabError for fewer than two heads, and an odd number of
        dimensions a head.
        """
        c, table = self.config, self.positions.weight
        width = c.d_model // c.n_heads
        if c.n_heads < 2 or width % 2:
            raise LabError(
                f"{c.n_heads} heads of {width} dimensions; give two heads or more, of an even width"
            )
        looks: list[Any] = [layer.attention for layer in self.layers]
        for linear in (part for look in looks for part in (look.to_values, look.to_out)):
            linear.weight.normal_(std=c.d_model**-0.5)
        n = width // 2
        speed = torch.pi * (torch.arange(n) + 0.5) / n
        angles = torch.arange(c.context_length)[:, None] * speed
        waves = torch.cat([angles.cos(), angles.sin()], dim=1)
        look = looks[0]
        for matrix in (table, look.to_queries.weight, look.to_keys.weight):
            matrix.zero_()
        for head, step in enumerate((1, -1)):
            mine = slice(head * width, (head + 1) * width)
            cos, sin = (speed * step).cos().diag(), (speed * step).sin().diag()
            turn = torch.cat([torch.cat([cos, -sin], dim=1), torch.cat([sin, cos], dim=1)])
            table[:, mine] = WAVES * waves
            look.to_keys.weight[mine, mine] = NEAR * torch.eye(width)
            look.to_queries.weight[mine, mine] = NEAR * turn


class BertPretraining(nn.Module):
    """Bert with the heads that it is pretrained by: name the hidden tokens, and say if B follows A.

    The unembedding is the embedding transposed, behind one more layer (transform) and with a bias
    for each token. `next_sentence` False leaves out the second head, and with it the pooler.
    Source: Devlin et al. 2019, section 3.1; the transform: the authors' published code.
    """

    def __init__(self, config: BertConfig, next_sentence: bool = True) -> None:
        super().__init__()
        self.bert = Bert(config, pooler=next_sentence)
        self.transform = nn.Linear(config.d_model, config.d_model)
        self.norm = LayerNorm(config.d_model, EPS)
        self.bias = nn.Parameter(torch.empty(config.vocab_size))
        self.next_sentence = nn.Linear(config.d_model, 2) if next_sentence else None
        start_weights(self)

    def forward(
        self, tokens: Int[Tensor, "batch time"], segments: Int[Tensor, "batch time"] | None = None
    ) -> Float[Tensor, "batch time vocab"]:
        """At every position a score (logit) for each token of the vocabulary to stand there."""
        return self.unembed(self.bert(tokens, segments))

    def unembed(self, hidden: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows vocab"]:
        """Transform, then compare with every token's embedding."""
        x = self.norm(F.gelu(self.transform(hidden)))
        return F.linear(x, self.bert.embedding.weight, self.bias)

    @torch.no_grad()
    def start_knowing(self, counts: Int[Tensor, "vocab"]) -> None:
        r"""Put in at the start what takes a small run thousands of steps to find.

        How often tokens come: the bias becomes $\ln\frac{n_i + 1}{\sum_j (n_j + 1)}$ for token i
        with count $n_i$. And that neighbours matter: see `Bert.start_looking_beside`. All of it is
        trained on like the rest. It is no part of BERT's recipe, which has a million steps.
        Raises LabError unless there is a count for each token.
        """
        if counts.shape != self.bias.shape:
            raise LabError(
                f"counts have shape {tuple(counts.shape)}; give one for each of the "
                f"{len(self.bias)} tokens"
            )
        shares = (counts + 1.0) / (counts + 1.0).sum()
        self.bias.copy_(shares.log())
        self.bert.start_looking_beside()

    def loss(
        self,
        tokens: Int[Tensor, "batch time"],
        segments: Int[Tensor, "batch time"],
        targets: Int[Tensor, "batch time"],
        elsewhere: Int[Tensor, "batch"] | None = None,
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy of the targets that are not −100, plus that of `elsewhere`, in nats.

        The second is left out when `elsewhere` is not given or the model has no such head.
        """
        hidden = self.bert(tokens, segments)
        chosen = targets != IGNORED  # scores are made for these alone: most of the work saved
        logits = self.unembed(hidden[chosen])
        loss = F.cross_entropy(logits.float(), targets[chosen])
        if elsewhere is None or self.next_sentence is None:
            return loss
        return loss + F.cross_entropy(self.follow_scores(hidden).float(), elsewhere)

    def follow_scores(
        self, hidden: Float[Tensor, "batch time d_model"]
    ) -> Float[Tensor, "batch 2"]:
        """Scores for "B follows A" (0) and "B is from elsewhere" (1)."""
        if self.next_sentence is None:
            raise LabError("this model has no next-sentence head; build it with next_sentence=True")
        return self.next_sentence(self.bert.pool(hidden))


class BertClassifier(nn.Module):
    """Bert with one new layer, which makes scores for `n_labels` labels of one vector for the row.

    `bert` may be fresh or pretrained; it is trained on, whole. `reads` says which vector: "[CLS]",
    through the pooler, as in the paper, or the "mean" of all places, for which no place need have
    learned to speak for the others. Source: Devlin et al. 2019, section 3.2 and figure 4.
    Raises LabError for fewer than two labels, and for another name.
    """

    def __init__(self, bert: Bert, n_labels: int, reads: str = CLS) -> None:
        super().__init__()
        check_count("n_labels", n_labels, 2)
        if reads not in READS:
            raise LabError(f"reads is {reads!r}; choose one of {', '.join(READS)}")
        if bert.pooler is None and reads == CLS:
            raise LabError(
                "this Bert has no pooler to classify by; build it with pooler=True, or let the "
                'classifier read the "mean"'
            )
        self.bert, self.reads = bert, reads
        self.to_labels = nn.Linear(bert.config.d_model, n_labels)
        start_weights(self.to_labels)

    def forward(
        self, tokens: Int[Tensor, "batch time"], segments: Int[Tensor, "batch time"] | None = None
    ) -> Float[Tensor, "batch labels"]:
        """A score for each label."""
        hidden = self.bert(tokens, segments)
        pooled = self.bert.pool(hidden) if self.reads == CLS else self.bert.mean(hidden, tokens)
        pooled = F.dropout(pooled, self.bert.config.dropout, self.training)
        return self.to_labels(pooled)

    def loss(
        self,
        tokens: Int[Tensor, "batch time"],
        segments: Int[Tensor, "batch time"],
        labels: Int[Tensor, "batch"],
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy of the labels, in nats."""
        return F.cross_entropy(self(tokens, segments).float(), labels)


@torch.no_grad()
def start_weights(module: nn.Module) -> None:
    """Draw weights anew from torch's global generator, as BERT's start."""
    for name, parameter in module.named_parameters():
        if parameter.dim() >= 2:
            parameter.normal_(std=START)
        elif name.endswith("bias"):
            parameter.zero_()
        else:
            parameter.fill_(1.0)


def check_rows(tokens: Tensor, segments: Tensor, config: BertConfig) -> None:
    """Raise LabError for what the model cannot read; see `Bert.forward`."""
    if tokens.dim() != 2 or not tokens.numel():
        raise LabError(f"tokens have shape {tuple(tokens.shape)}; give (batch, time), not empty")
    if segments.shape != tokens.shape:
        raise LabError(
            f"segments have shape {tuple(segments.shape)}, tokens {tuple(tokens.shape)}; give one "
            "segment for each token"
        )
    if tokens.device.type != "cpu":  # every look at a value would make a GPU wait
        return
    for what, ids, size in (("token", tokens, config.vocab_size), ("segment", segments, SEGMENTS)):
        low, high = (int(end) for end in ids.aminmax())
        if low < 0 or high >= size:
            raise LabError(
                f"{what} id {low if low < 0 else high} is outside 0 … {size - 1}; "
                + ("use the model's own tokenizer" if what == "token" else "there are two segments")
            )
    empty = (tokens == config.pad).all(dim=1)
    if empty.any():
        raise LabError(f"row {int(empty.int().argmax())} is nothing but padding; leave it out")
