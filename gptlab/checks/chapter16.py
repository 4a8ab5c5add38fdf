"""Checks for chapter 16, GPT, piece by piece; what is built from parts has a file of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gptlab.checks import Case, Mistake, call, choice, function, number
from gptlab.checks.chapter16_parts import BLOCK, EMBED
from gptlab.checks.chapter16_turn import TURN
from gptlab.models.gpt import GPTConfig
from gptlab.models.gpt_family import FAMILY

SHAPE = choice(
    "16.1",
    "one block, one shape",
    right="B",
    why="Every head of every text compares every position with every position: 12 tables of "
    "1024 × 1024 for each of 8 texts, 101 million numbers, in each of 12 blocks.",
    wrong={
        "A": "That is the residual stream: batch × time × d_model. The weights say who looks at "
        "whom, so they have time twice.",
        "C": "Those are the queries (or keys, or values): batch × heads × time × d_head. Multiply "
        "queries with keys, and d_head is gone.",
        "D": "Those are the logits at the top: batch × time × vocabulary.",
    },
)


def count_parameters(vocab_size, context_length, d_model, n_layers):
    """Parameters of a GPT-2 of this shape, the tied unembedding counted once."""
    d = d_model
    block = 12 * d * d + 13 * d
    return (vocab_size + context_length) * d + n_layers * block + 2 * d


def _and(change: Callable[[int, int, int, int], int]) -> Callable[[int, int, int, int], int]:
    """The right count plus what someone counts too much or too little."""

    def wrong(vocab_size: int, context_length: int, d_model: int, n_layers: int) -> int:
        right = count_parameters(vocab_size, context_length, d_model, n_layers)
        return right + change(vocab_size, context_length, d_model, n_layers)

    return wrong


def _exactly(
    label: str, vocab_size: int, time: int, d_model: int, n_layers: int, hint: str
) -> Case:
    """To the last parameter: what is small beside 175 billion is counted, too."""
    return replace(call(label, vocab_size, time, d_model, n_layers, hint=hint), rtol=0, atol=0.1)


COUNT = function(
    "16.2",
    "count a GPT",
    right=count_parameters,
    cases=[
        _exactly("a tiny one", 6, 10, 8, 2, "Two blocks of 872, and tables of 6 and 10 rows."),
        _exactly("GPT-2 small", 50257, 1024, 768, 12, "It is 124,439,808."),
        _exactly("GPT-3 175B", 50257, 2048, 12288, 96, "It is 174,604,259,328."),
    ],
    mistakes=[
        Mistake(
            "the unembedding counted again",
            _and(lambda v, t, d, n: v * d),
            "The unembedding is the token embedding, transposed: the same numbers. Count them "
            "once.",
        ),
        Mistake(
            "no position embedding",
            _and(lambda v, t, d, n: -t * d),
            "There is a second table: context_length rows of d_model numbers.",
        ),
        Mistake(
            "no biases",
            _and(lambda v, t, d, n: -9 * n * d),
            "Each matrix has a bias as long as its output: 3d, d, 4d and d in a block.",
        ),
        Mistake(
            "no layer norms",
            _and(lambda v, t, d, n: -4 * n * d - 2 * d),
            "Each layer norm has a scale and a shift, d numbers each: two norms in a block, and "
            "one at the end.",
        ),
        Mistake(
            "no final norm",
            _and(lambda v, t, d, n: -2 * d),
            "You are short by 2d: after the last block comes one more layer norm.",
        ),
        Mistake(
            "neither biases nor norms",
            _and(lambda v, t, d, n: -13 * n * d - 2 * d),
            "That is the usual estimate 12 L d² with both tables. For the exact count add biases "
            "and norms: 13 d in each block, 2 d at the end.",
        ),
        Mistake(
            "one norm in a block",
            _and(lambda v, t, d, n: -2 * n * d),
            "A block has two layer norms, one before attention and one before the perceptron.",
        ),
        Mistake(
            "a bias in the unembedding",
            _and(lambda v, t, d, n: v),
            "GPT-2's unembedding is the token embedding and nothing else: it has no bias.",
        ),
        Mistake(
            "the perceptron's second matrix is missing",
            _and(lambda v, t, d, n: -n * (4 * d * d + d)),
            "The perceptron widens and narrows: two matrices of 4 d², with biases of 4d and d.",
        ),
        Mistake(
            "the estimate alone",
            lambda vocab_size, context_length, d_model, n_layers: 12 * n_layers * d_model**2,
            "12 L d² is the estimate for the blocks. Tables, biases and norms are missing.",
        ),
        Mistake(
            "attention's last matrix is missing",
            _and(lambda v, t, d, n: -n * (d * d + d)),
            "Queries, keys and values take 3 d²; the matrix that writes the heads' result back "
            "takes another d², and a bias.",
        ),
    ],
)

_BIG = FAMILY["GPT-3 175B"].config


def _crossing(of_attention: float = 12, of_weights: float = 6) -> float:
    """The context at which attention's products cost as much as the multiplications by weights."""
    c = _BIG
    weights = c.n_layers * 12 * c.d_model**2 + c.vocab_size * c.d_model
    return of_weights * weights / (of_attention * c.n_layers * c.d_model)


CROSSING = number(
    "16.6",
    "when attention costs as much as all the rest",
    right=_crossing,
    unit="tokens",
    tolerance=0.01,
    hint="flops_per_token(time) grows by the same amount for each token of context. What does it "
    "grow by, what is it at time 0, and where are both parts equal?",
    praise="About 6 d_model: 36 times the context that GPT-3 was given.",
    mistakes=[
        Mistake(
            "twice the whole at the given context",
            lambda: (
                _BIG.context_length + _BIG.flops_per_token(0) / (12 * _BIG.n_layers * _BIG.d_model)
            ),
            "The context does not come on top of GPT-3's own: attention's part is 0 at time 0 and "
            "12 L d for each token from there.",
        ),
        Mistake(
            "forward against backward",
            lambda: _crossing(of_attention=4),
            "You compare attention's forward pass (4 L d T) with a whole step of the weights (6 "
            "for each). Take both forward, or both whole.",
        ),
        Mistake(
            "a third of the weights' work",
            lambda: _crossing(of_weights=2),
            "Too small by three. Either you compare a whole step of attention (12 L d T) with the "
            "weights' forward pass (2 for each), or you count attention's own matrices (4 d²) and "
            "not the perceptrons' (8 d²).",
        ),
        Mistake(
            "twice the length",
            lambda: 2 * _crossing(),
            "At that length attention is two thirds of the whole. It should be as much as the "
            "rest, and no more.",
        ),
        Mistake(
            "in contexts of GPT-3, not in tokens",
            lambda: _crossing() / _BIG.context_length,
            "That is how many times GPT-3's own context it is. The answer is a number of tokens.",
        ),
        Mistake(
            "in widths, not in tokens",
            lambda: _crossing() / _BIG.d_model,
            "That is the length as a multiple of d_model. The answer is a number of tokens.",
        ),
        Mistake(
            "a third instead of a half",
            lambda: _crossing() / 2,
            "There attention is a third of the whole. It should cost as much as the rest, which is "
            "a half.",
        ),
    ],
)

LIMIT, LEAST = 1_000_000, 900_000
TEXT: dict[str, Any] = {"vocab_size": 1024, "context_length": 128}


def million():
    """A GPT of at most a million parameters for a vocabulary of 1,024 and a context of 128."""
    return GPTConfig(**TEXT, d_model=128, n_heads=4, n_layers=4)


def _shape(answer: Any) -> GPTConfig:
    config = answer()
    assert isinstance(config, GPTConfig), "return a GPTConfig: GPTConfig(vocab_size=1024, …)"
    return config


def _reads_the_text(answer: Any) -> None:
    for name, value in TEXT.items():
        found = getattr(_shape(answer), name)
        assert found == value, f"{name} is {found}; the text needs {value}"


def _heads_fit(answer: Any) -> None:
    c = _shape(answer)
    assert c.d_model % c.n_heads == 0, f"{c.n_heads} heads do not divide a width of {c.d_model}"


def _within_the_limit(answer: Any) -> None:
    count = _shape(answer).parameter_count()
    assert count <= LIMIT, f"{count:,} parameters are {count - LIMIT:,} too many"


def _spends_it(answer: Any) -> None:
    count = _shape(answer).parameter_count()
    assert count >= LEAST, f"{count:,} parameters leave {LIMIT - count:,} unspent"


def _blocks_only(answer: Any) -> bool:
    """Whether the blocks alone are within the limit, and the whole is not."""
    c = _shape(answer)
    tables = (c.vocab_size + c.context_length) * c.d_model
    return c.parameter_count() > LIMIT >= c.parameter_count() - tables


MILLION = function(
    "16.7",
    "spend a million",
    right=million,
    cases=[
        Case("for the given text", _reads_the_text, "The text fixes two of the numbers."),
        Case("heads divide the width", _heads_fit, "Take a divisor of d_model."),
        Case("within the limit", _within_the_limit, "Less width, fewer layers, or a smaller d_ff."),
        Case("nearly all is spent", _spends_it, "Between 900,000 and 1,000,000, please."),
    ],
    praise="One answer of many. Which of two such models learns better is a question for an "
    "experiment: chapter 20 makes it.",
    mistakes=[
        Mistake(
            "the tables were forgotten",
            lambda: GPTConfig(**TEXT, d_model=128, n_heads=4, n_layers=5),
            "Your blocks stay below a million, but token and position embedding count as well: "
            "1,152 rows of d_model numbers.",
            symptom=_blocks_only,
        ),
        Mistake(
            "heads that do not divide the width",
            lambda: GPTConfig(**TEXT, d_model=128, n_heads=6, n_layers=4),
            "Such a GPTConfig can be written down, but no model built: d_head = d_model / n_heads "
            "must be a whole number. It is GPT-3 XL's mistake.",
            symptom=lambda answer: _shape(answer).d_model % _shape(answer).n_heads != 0,
        ),
        Mistake(
            "another text",
            lambda: GPTConfig(d_model=18, n_heads=2, n_layers=8),
            "vocab_size and context_length are given: 1,024 and 128. GPTConfig's own defaults are "
            "GPT-2's.",
            symptom=lambda answer: (
                (_shape(answer).vocab_size, _shape(answer).context_length) == (50257, 1024)
            ),
        ),
        Mistake(
            "twelve d squared is not all",
            lambda: GPTConfig(**TEXT, d_model=96, n_heads=4, n_layers=2),
            "Most of the million is not spent. Add layers: each has about 12 d_model² weights.",
            symptom=lambda answer: _shape(answer).parameter_count() < LIMIT / 2,
        ),
    ],
)

EXERCISES = (SHAPE, COUNT, EMBED, BLOCK, TURN, CROSSING, MILLION)
