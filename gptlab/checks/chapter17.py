"""Checks for chapter 17, Training a GPT; the longer ones have files of their own."""

from __future__ import annotations

import math

from gptlab.checks import Mistake, call, function, number
from gptlab.checks.chapter17_adamw import ADAMW
from gptlab.checks.chapter17_clipping import CLIPPING
from gptlab.checks.chapter17_loss import LOSS
from gptlab.checks.chapter17_open import DIAGNOSIS, EXPERIMENTS

VOCABULARY = 2048

FIRST_LOSS = number(
    "17.1",
    "the first loss of an untrained model",
    right=math.log(VOCABULARY),
    unit="nats",
    hint="A model that knows nothing gives each of the 2,048 tokens the same probability. The loss "
    "is minus the natural logarithm of what the right one got.",
    praise="ln 2,048 = 7.62: every training run of this vocabulary starts there.",
    mistakes=[
        Mistake(
            "that is in bits",
            math.log2(VOCABULARY),
            "You took the logarithm to base 2. Torch's cross-entropy, and so every loss that a "
            "training run prints, is in nats: the natural logarithm, `math.log`.",
        ),
        Mistake(
            "a logarithm to base ten",
            math.log10(VOCABULARY),
            "`log10` counts decimal digits. Nats need the natural logarithm, `math.log`.",
        ),
        Mistake(
            "a probability, not a loss",
            1 / VOCABULARY,
            "That is what the right token gets. The loss is minus its logarithm.",
        ),
        Mistake(
            "the number of choices, not the loss",
            VOCABULARY,
            "That is the perplexity: among how many equal choices the model wavers. The loss is "
            "its logarithm.",
        ),
        Mistake(
            "the sign is turned round",
            -math.log(VOCABULARY),
            "The logarithm of a probability is negative, and the loss is minus that: a loss is "
            "never below zero.",
        ),
        Mistake(
            "that is GPT-2's vocabulary",
            math.log(50_257),
            "ln 50,257 is right for GPT-2. This model chooses among 2,048 tokens.",
        ),
        Mistake(
            "a loss of zero is a perfect model's",
            0.0,
            "Zero nats means that the right token got probability 1 every time. An untrained model "
            "does not know it.",
        ),
    ],
)


def bits_per_byte(nats_per_token, n_tokens, text):
    """All bits that the text costs, divided by its bytes of UTF-8."""
    return nats_per_token / math.log(2) * n_tokens / len(text.encode("utf-8"))


_UMLAUTS = "Der Bär frißt süße Äpfel."

BITS_PER_BYTE = function(
    "17.5",
    "bits per byte",
    right=bits_per_byte,
    praise="Now models with different tokens can stand on one scoreboard.",
    cases=[
        call(
            "256 equally likely bytes cost 8 bits each",
            math.log(256),
            11,
            "hello world",
            hint="One nat is 1 / ln 2 bits. `text` is a string: count the bytes of its UTF-8.",
        ),
        call(
            "tokens of several bytes",
            3.0,
            4,
            "the cat sat on the mat",
            hint="nats per token × tokens is what the whole text costs. Share it among its bytes.",
        ),
        call(
            "a text with umlauts",
            2.5,
            9,
            _UMLAUTS,
            hint="len(text) counts characters; ä has two bytes in UTF-8.",
        ),
    ],
    mistakes=[
        Mistake(
            "nats per byte",
            lambda nats, n, text: nats * n / len(text.encode()),
            "A nat is worth 1 / ln 2 = 1.44 bits. Divide by `math.log(2)`.",
        ),
        Mistake(
            "multiplied by ln 2",
            lambda nats, n, text: nats * math.log(2) * n / len(text.encode()),
            "Bits are smaller than nats, so there are more of them: divide by ln 2 = 0.69.",
        ),
        Mistake(
            "tokens and bytes changed places",
            lambda nats, n, text: nats / math.log(2) * len(text.encode()) / n,
            "Multiply by the number of tokens, that gives the cost of the whole text; divide by "
            "the number of bytes.",
        ),
        Mistake(
            "bits per character",
            lambda nats, n, text: nats / math.log(2) * n / len(text),
            "`len(text)` counts characters. A letter such as ä takes two bytes in UTF-8: "
            '`len(text.encode("utf-8"))`.',
        ),
        Mistake(
            "bits per token",
            lambda nats, n, text: nats / math.log(2),
            "That is still per token, and a token is what the tokenizer says it is. Bring in how "
            "many tokens and how many bytes the text has.",
        ),
        Mistake(
            "one token fewer",
            lambda nats, n, text: nats / math.log(2) * (n - 1) / len(text.encode()),
            "`n_tokens` counts the tokens that were paid for. Nothing is to be taken off.",
        ),
        Mistake(
            "the logarithm of the nats",
            lambda nats, n, text: math.log2(nats) * n / len(text.encode()),
            "Nats are a logarithm already. Only the unit changes: divide by `math.log(2)`.",
        ),
        Mistake(
            "the perplexity",
            lambda nats, n, text: math.exp(nats),
            "That is the perplexity per token, a number of choices. Bits per byte stay in "
            "logarithms.",
        ),
        Mistake(
            "the bits of the whole text",
            lambda nats, n, text: nats / math.log(2) * n,
            "So much does the whole text cost. Divide by its size in bytes.",
        ),
        Mistake(
            "bits per word",
            lambda nats, n, text: nats / math.log(2) * n / len(text.split()),
            "A word is long in one language and short in another. Divide by bytes.",
        ),
        Mistake(
            "divided by 8 as well",
            lambda nats, n, text: nats / math.log(2) * n / len(text.encode()) / 8,
            "That is bits per bit. Eight bits for a byte is what a model pays that knows nothing; "
            "it is not part of the formula.",
        ),
        Mistake(
            "bytes of UTF-16",
            lambda nats, n, text: nats / math.log(2) * n / len(text.encode("utf-16")),
            'The bytes are those of UTF-8: `len(text.encode("utf-8"))`.',
        ),
        Mistake(
            "per token and byte",
            lambda nats, n, text: nats / math.log(2) / len(text.encode()),
            "The loss is that of one token. Multiply by the number of tokens before you share it "
            "among the bytes.",
        ),
    ],
)

EXERCISES = (FIRST_LOSS, LOSS, ADAMW, CLIPPING, BITS_PER_BYTE, DIAGNOSIS, EXPERIMENTS)
