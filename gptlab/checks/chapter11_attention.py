"""The checks of exercises 11.4 and 11.7: Bahdanau's step, and attention that is programmed."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gptlab.checks import Case, Mistake, call, function
from gptlab.errors import LabError


def attention_step(query, memory, W, U, v, lengths):
    """(context, weights) of Bahdanau's attention for one target word of every sentence."""
    scores = torch.tanh((query @ W.T)[:, None] + memory @ U.T) @ v
    beyond = torch.arange(memory.size(1)) >= lengths[:, None]
    weights = scores.masked_fill(beyond, -math.inf).softmax(dim=-1)
    return (weights[:, :, None] * memory).sum(dim=1), weights


def _answer(scores: Tensor, memory: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    return (weights[:, :, None] * memory).sum(dim=1), weights


def _raw(query: Tensor, memory: Tensor, W: Tensor, U: Tensor, v: Tensor) -> Tensor:
    return torch.tanh((query @ W.T)[:, None] + memory @ U.T) @ v


def _beyond(memory: Tensor, lengths: Tensor) -> Tensor:
    return torch.arange(memory.size(1)) >= lengths[:, None]


def _unmasked(query, memory, W, U, v, lengths):
    scores = _raw(query, memory, W, U, v)
    return _answer(scores, memory, scores.softmax(dim=-1))


def _over_batch(query, memory, W, U, v, lengths):
    scores = _raw(query, memory, W, U, v).masked_fill(_beyond(memory, lengths), -math.inf)
    return _answer(scores, memory, scores.softmax(dim=0).nan_to_num())


def _after(query, memory, W, U, v, lengths):
    scores = _raw(query, memory, W, U, v)
    weights = scores.softmax(dim=-1).masked_fill(_beyond(memory, lengths), 0.0)
    return _answer(scores, memory, weights)


def _zero_score(query, memory, W, U, v, lengths):
    scores = _raw(query, memory, W, U, v).masked_fill(_beyond(memory, lengths), 0.0)
    return _answer(scores, memory, scores.softmax(dim=-1))


def _words_hidden(query, memory, W, U, v, lengths):
    scores = _raw(query, memory, W, U, v).masked_fill(~_beyond(memory, lengths), -math.inf)
    return _answer(scores, memory, scores.softmax(dim=-1))


def _one_too_many(query, memory, W, U, v, lengths):
    scores = _raw(query, memory, W, U, v).masked_fill(_beyond(memory, lengths + 1), -math.inf)
    return _answer(scores, memory, scores.softmax(dim=-1))


def _no_tanh(query, memory, W, U, v, lengths):
    scores = ((query @ W.T)[:, None] + memory @ U.T) @ v
    scores = scores.masked_fill(_beyond(memory, lengths), -math.inf)
    return _answer(scores, memory, scores.softmax(dim=-1))


def _late_tanh(query, memory, W, U, v, lengths):
    scores = torch.tanh(((query @ W.T)[:, None] + memory @ U.T) @ v)
    scores = scores.masked_fill(_beyond(memory, lengths), -math.inf)
    return _answer(scores, memory, scores.softmax(dim=-1))


def _by(score):
    """A wrong answer whose only mistake is the score before the mask."""

    def step(query, memory, W, U, v, lengths):
        scores = score(query @ W.T, memory @ U.T, v).masked_fill(
            _beyond(memory, lengths), -math.inf
        )
        return _answer(scores, memory, scores.softmax(dim=-1))

    return step


def _one_too_few(query, memory, W, U, v, lengths):
    scores = _raw(query, memory, W, U, v).masked_fill(_beyond(memory, lengths - 1), -math.inf)
    return _answer(scores, memory, scores.softmax(dim=-1))


def _keys_averaged(query, memory, W, U, v, lengths):
    _, weights = attention_step(query, memory, W, U, v, lengths)
    return _answer(weights, memory @ U.T, weights)


def _scores_returned(query, memory, W, U, v, lengths):
    context, _ = attention_step(query, memory, W, U, v, lengths)
    return context, _raw(query, memory, W, U, v)


_DRAW = torch.Generator().manual_seed(114)


def _arguments(batch: int, source: int, d_query: int, d_memory: int, d: int, lengths: list[int]):
    shapes = ((batch, d_query), (batch, source, d_memory), (d, d_query), (d, d_memory), (d,))
    drawn = [1.5 * torch.randn(shape, generator=_DRAW) for shape in shapes]
    return [*drawn, torch.tensor(lengths)]


STEP = function(
    "11.4",
    "one step of Bahdanau's attention",
    right=attention_step,
    cases=[
        call(
            "the example of the chapter",
            torch.tensor([[0.0, 1.0]]),
            torch.tensor([[[0.0, 1.0], [1.0, 0.0], [-1.0, -1.0]]]),
            torch.eye(2), torch.eye(2), torch.tensor([2.0, 2.0]), torch.tensor([3]),
            hint="The scores are 1.93, 3.05 and −1.52.",
        ),
        call(
            "three sentences of different lengths",
            *_arguments(3, 4, 5, 6, 7, [4, 2, 1]),
            hint="The second sentence has two words: its weights are zero from the third on, and "
            "those of the two sum to one.",
        ),
        call(
            "a single word gets all", *_arguments(1, 1, 3, 2, 4, [1]),
            hint="With one source word the weight is 1 and the context its memory.",
        ),
    ],
    mistakes=[
        Mistake(
            "padding is looked at",
            _unmasked,
            "What lies beyond a sentence's length got a share. Set its scores to −∞ before the "
            "softmax.",
        ),
        Mistake(
            "softmax over the wrong axis",
            _over_batch,
            "The sentences of the batch share one unit among them. Each sentence shares out its "
            "own among its words: dim=-1.",
        ),
        Mistake(
            "mask after the softmax",
            _after,
            "The padding had its share before you took it away, so the rest no longer sums to one. "
            "Mask the scores, with −∞, before the softmax.",
        ),
        Mistake(
            "a score of zero for padding",
            _zero_score,
            "e⁰ = 1 is not nothing. A masked score is −∞, so that e^(−∞) = 0.",
        ),
        Mistake(
            "the words are hidden",
            _words_hidden,
            "Your mask hides the words and shows the padding, and a sentence without padding gets "
            "NaN. masked_fill writes where its mask is True: give it what lies beyond.",
        ),
        Mistake(
            "one place too many",
            _one_too_many,
            "The place right after the last word got a share: a sentence of 2 words has the places "
            "0 and 1, so places >= 2 lie beyond.",
        ),
        Mistake(
            "one place too few",
            _one_too_few,
            "The last word got nothing: a sentence of 2 words has the places 0 and 1, and both may "
            "be looked at.",
        ),
        Mistake(
            "v is left out",
            _by(lambda q, m, v: torch.tanh(q[:, None] + m).sum(dim=-1)),
            "You added the numbers up as they are. Each is weighted by its number in v: … @ v.",
        ),
        Mistake(
            "the query has no say",
            _by(lambda q, m, v: (torch.tanh(q)[:, None] + torch.tanh(m)) @ v),
            "In your scores the query adds the same for every word, or nothing, and the softmax "
            "takes no notice of that. Add W q to each U m first, then take one tanh of the sum.",
        ),
        Mistake(
            "the keys are averaged",
            _keys_averaged,
            "The context is the average of the memory itself, not of U m.",
        ),
        Mistake(
            "scores for weights",
            _scores_returned,
            "The context is right; return the weights (after the softmax) with it, not the scores.",
        ),
        Mistake(
            "no tanh",
            _no_tanh,
            "Without the tanh the query adds the same to every score, and the softmax takes no "
            "notice: all target words would look at the same place.",
        ),
        Mistake(
            "tanh of the score",
            _late_tanh,
            "The tanh comes before v: vᵀ tanh(W q + U m). Yours keeps every score between −1 and "
            "1, so that no word can get nearly all.",
        ),
        Mistake(
            "weights first",
            lambda *arguments: attention_step(*arguments)[::-1],
            "Return the context first, then the weights.",
        ),
    ],
)  # fmt: skip


def backwards(n):
    """Queries and keys, (n, d) each, whose attention reads a row of n words backwards."""
    keys = 5 * torch.eye(n)
    return keys.flip(0), keys


def programmed_weights(answer, n):
    """The attention that an answer's queries and keys give. Raises LabError for odd shapes."""
    found = answer(n)
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise LabError("return two tensors: queries and keys")
    queries, keys = (torch.as_tensor(x).float() for x in found)
    if queries.dim() != 2 or queries.shape != keys.shape or len(queries) != n:
        raise LabError(
            f"queries {tuple(queries.shape)} and keys {tuple(keys.shape)}; both must be ({n}, d)"
        )
    return (queries @ keys.T).softmax(dim=-1)


def _looks(n: int) -> Case:
    def sees(answer) -> list[list[bool]]:
        return (programmed_weights(answer, n) > 0.9).tolist()

    return Case(
        f"{n} words", sees,
        hint=f"Word i of the output looks at word {n} − 1 − i (from 0) with a weight above 0.9, "
        "and so at no other.",
    )  # fmt: skip


def _seventh(change):
    return lambda n: change(*backwards(n))


PROGRAMMED = function(
    "11.7",
    "attention without training",
    right=backwards,
    cases=[_looks(2), _looks(5), _looks(12)],
    mistakes=[
        Mistake(
            "it reads forwards",
            _seventh(lambda queries, keys: (keys, keys)),
            "Word i looks at word i: that copies. Word 0 must look at the last one.",
        ),
        Mistake(
            "too faint",
            _seventh(lambda queries, keys: (queries / 5, keys / 5)),
            "The right word gets most, but not 0.9: scores of 1 against 0 are e times as much and "
            "no more. Make the right score larger.",
        ),
        Mistake(
            "everything away from it",
            _seventh(lambda queries, keys: (-queries, keys)),
            "The right word has the lowest score of all. A larger score means a larger weight.",
        ),
        Mistake(
            "off by one",
            _seventh(lambda queries, keys: (queries.roll(1, 0), keys)),
            "The first output word looks at word 0 and all others one too far: i looks at n − i. "
            "Counted from 0 it must be n − 1 − i.",
        ),
        Mistake(
            "every query the same",
            _seventh(lambda queries, keys: (queries[:1].expand_as(queries), keys)),
            "All output words look at the same place. Each query has to differ.",
        ),
    ],
)
