"""The checks of exercises 15.4 and 15.5: a row of two parts, and one vector of a padded row."""

from __future__ import annotations

from collections.abc import Callable

import torch

from gptlab.checks import Case, Mistake, call, function

CLS, SEP, PAD = 2, 3, 0


def bert_row(first, second, length):
    """(ids, segments, allowed) of [CLS] first [SEP] second [SEP], filled up to `length`."""
    ids = [CLS, *first, SEP, *second, SEP]
    segments = [0] * (len(first) + 2) + [1] * (len(second) + 1)
    gap = length - len(ids)
    return ids + [PAD] * gap, segments + [0] * gap, [True] * len(ids) + [False] * gap


def _with(change: Callable[..., tuple[list[int], list[int], list[bool]]]) -> Callable[..., object]:
    return lambda first, second, length: change(first, second, *bert_row(first, second, length))


def _padded_left(first, second, length):
    ids, segments, allowed = bert_row(first, second, length)
    n = sum(allowed)
    gap = length - n
    return ids[n:] + ids[:n], segments[n:] + segments[:n], [False] * gap + [True] * n


def _one_separator(first, second, length):
    ids = [CLS, *first, SEP, *second]
    segments = [0] * (len(first) + 2) + [1] * len(second)
    gap = length - len(ids)
    return ids + [PAD] * gap, segments + [0] * gap, [True] * len(ids) + [False] * gap


def _without_cls(first, second, length):
    ids, segments, allowed = bert_row(first, second, length)
    return [*ids[1:], PAD], [*segments[1:], 0], [*allowed[1:], False]


def _as_many_more(first, second, length):
    ids, segments, allowed = bert_row(first, second, length)
    n = sum(allowed)
    return ids[:n] + [PAD] * length, segments[:n] + [0] * length, allowed[:n] + [False] * length


ROW = function(
    "15.4",
    "a row of two parts",
    right=bert_row,
    praise="Ids, segments and what may be looked at: all that BERT wants to know of a row.",
    cases=[
        call("two parts, two places left", [7, 8], [9], 8,
             hint="[2, 7, 8, 3, 9, 3, 0, 0]; segments [0, 0, 0, 0, 1, 1, 0, 0]."),
        call("no place left", [7], [8, 9, 10], 7, hint="Nothing to fill up."),
        call("much place left", [7, 8, 9], [10, 11], 15, hint="Padding on the right."),
    ],
    mistakes=[
        Mistake("the first [SEP] belongs to the second part",
            _with(lambda a, b, ids, segments, allowed: (
                ids, [1 if i == len(a) + 1 else s for i, s in enumerate(segments)], allowed)),
            "[CLS] and the first [SEP] belong to part A: segment 0 runs up to that [SEP]."),
        Mistake("one segment for all",
            _with(lambda a, b, ids, segments, allowed: (ids, [0] * len(ids), allowed)),
            "Part B and the last [SEP] have segment 1; or BERT cannot tell the parts apart."),
        Mistake("segments 1 and 2",
            _with(lambda a, b, ids, segments, allowed: (
                ids, [s + 1 if seen else 0 for s, seen in zip(segments, allowed, strict=True)],
                allowed)),
            "The segments are 0 and 1. There is no third row in the table."),
        Mistake("padding belongs to the second part",
            _with(lambda a, b, ids, segments, allowed: (
                ids, [s if seen else 1 for s, seen in zip(segments, allowed, strict=True)],
                allowed)),
            "Padding gets segment 0, as the exercise says; nothing looks at it anyway."),
        Mistake("the mask is reversed",
            _with(lambda a, b, ids, segments, allowed: (ids, segments, [not s for s in allowed])),
            "True stands where one may look: at the tokens. You hide these and show the padding."),
        Mistake("padding may be looked at",
            _with(lambda a, b, ids, segments, allowed: (ids, segments, [True] * len(ids))),
            "Attention would average over padding, and a row would change with the batch it is "
            "in. Padding is False."),
        Mistake("filled up on the left", _padded_left,
            "Padding goes to the right: [CLS] stands at position 0, where its head looks for it."),
        Mistake("[CLS] is missing", _without_cls,
            "A row begins with [CLS], id 2: its vector stands for the whole row later."),
        Mistake("padding of the full length", _as_many_more,
            "You add `length` places. Add `length - len(ids)`, so that the row is `length` long."),
        Mistake("the last [SEP] is missing", _one_separator,
            "Each part ends with a [SEP], the second as well."),
    ],
)  # fmt: skip


def sentence_vector(hidden, tokens):
    """The mean of the vectors at real tokens, special ones (ids 0 to 4) left out."""
    real = (tokens > 4).unsqueeze(-1)
    return (hidden * real).sum(dim=1) / real.sum(dim=1)


def _batch() -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(155)
    tokens = torch.tensor([[2, 9, 4, 7, 3, 0], [2, 6, 3, 0, 0, 0], [2, 5, 1, 13, 14, 3]])
    hidden = torch.randn(3, 6, 4, generator=g)
    hidden[2, 3, 0] = 0.0  # a number like any other
    return hidden, tokens


def _left_as_it_was(answer: Callable[..., torch.Tensor]) -> None:
    hidden, tokens = _batch()
    answer(hidden, tokens)
    assert torch.equal(hidden, _batch()[0]), "it changes `hidden` in place; work on a copy"


def _shape(answer: Callable[..., torch.Tensor]) -> tuple[int, ...]:
    return tuple(answer(*_batch()).shape)


def _not_in(tokens: torch.Tensor, *ids: int) -> torch.Tensor:
    return ~torch.isin(tokens, torch.tensor(ids)).unsqueeze(-1)


def _same_when_padded(answer: Callable[..., torch.Tensor]) -> torch.Tensor:
    hidden, tokens = _batch()
    more = torch.cat([hidden, torch.full((3, 5, 4), 100.0)], dim=1)
    longer = torch.cat([tokens, torch.zeros(3, 5, dtype=torch.long)], dim=1)
    return answer(more, longer)


MEAN = function(
    "15.5",
    "one vector of a padded row",
    right=sentence_vector,
    praise="The same vector, however long the row beside it in the batch is.",
    cases=[
        Case("one vector a row", _shape, "(batch, d_model): the mean runs over time, dim=1."),
        Case("the means", lambda answer: answer(*_batch()),
             "Row 1 has one word, 6: its vector is the answer for that row."),
        Case("more padding changes nothing", _same_when_padded,
             "What stands at padding is arbitrary; multiply it by zero before you add."),
        Case("a row alone", lambda answer: answer(*(t[1:2] for t in _batch())), "As in the batch."),
        Case("nothing is overwritten", _left_as_it_was, "masked_fill makes a copy, masked_fill_ "
             "does not."),
    ],
    mistakes=[
        Mistake("the mean over padding too",
            lambda hidden, tokens: hidden.mean(dim=1),
            "You average over all positions. What stands at padding means nothing."),
        Mistake("divided by the length of the row",
            lambda hidden, tokens: (hidden * (tokens > 4).unsqueeze(-1)).sum(1) / tokens.size(1),
            "The sum is right. Divide by the number of words in each row, not by the width of the "
            "batch, or short sentences get short vectors."),
        Mistake("[CLS] and [SEP] are in it",
            lambda hidden, tokens: (hidden * (tokens != 0).unsqueeze(-1)).sum(1)
            / (tokens != 0).sum(1, keepdim=True),
            "Padding is out, [CLS] and [SEP] are not: leave out all ids from 0 to 4."),
        Mistake("[MASK] counts as a word",
            lambda hidden, tokens: (hidden * (tokens > 3).unsqueeze(-1)).sum(1)
            / (tokens > 3).sum(1, keepdim=True),
            "Id 4, [MASK], is special too: words are the ids above 4."),
        Mistake("only [CLS], [SEP] and padding are left out",
            lambda hidden, tokens: (hidden * _not_in(tokens, 0, 2, 3)).sum(1)
            / _not_in(tokens, 0, 2, 3).sum(1),
            "[UNK] (1) and [MASK] (4) are special too: leave out all ids from 0 to 4."),
        Mistake("the first ordinary token is left out",
            lambda hidden, tokens: (hidden * (tokens > 5).unsqueeze(-1)).sum(1)
            / (tokens > 5).sum(1, keepdim=True),
            "The special ids end with 4: token 5 is a word."),
        Mistake("divided by the numbers that are not zero",
            lambda hidden, tokens: (hidden * (tokens > 4).unsqueeze(-1)).sum(1)
            / (hidden * (tokens > 4).unsqueeze(-1) != 0).sum(1),
            "A vector may hold a zero. Count the words, tokens > 4, not what is left of them."),
        Mistake("a sum, not a mean",
            lambda hidden, tokens: (hidden * (tokens > 4).unsqueeze(-1)).sum(1),
            "Divide by the number of words, or long sentences are far away by length alone."),
        Mistake("the mask is reversed",
            lambda hidden, tokens: (hidden * (tokens <= 4).unsqueeze(-1)).sum(1)
            / (tokens <= 4).sum(1, keepdim=True),
            "You average what should be left out. Words are the ids above 4."),
        Mistake("all rows in one",
            lambda hidden, tokens: hidden[tokens > 4].mean(dim=0),
            "`hidden[tokens > 4]` throws the words of all rows together, and you get one vector "
            "for the batch. Keep the rows apart: multiply by the mask and sum over time."),
        Mistake("[CLS] alone",
            lambda hidden, tokens: hidden[:, 0],
            "That is the vector at [CLS]. The exercise asks for the mean of the words."),
    ],
)  # fmt: skip
