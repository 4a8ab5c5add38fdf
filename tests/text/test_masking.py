"""The 80/10/10 rule counted, which positions enter the loss, and rows of pairs."""

from __future__ import annotations

import math

import pytest
import torch

from gptlab.errors import LabError
from gptlab.text.masking import MaskedBatches, choose_positions, fill_up, mask_tokens
from gptlab.text.wordpiece import SPECIAL_PIECES, WordPieceTokenizer

WORDS = [f"w{i}" for i in range(200)]
TOKENIZER = WordPieceTokenizer([*SPECIAL_PIECES, *WORDS])
PAD, UNK, CLS, SEP, MASK = TOKENIZER.special_ids
# Documents that share no token, so that a row tells where its parts come from
DOCUMENTS = [[5 + 40 * d + i % 40 for i in range(n)] for d, n in enumerate([300, 50, 12, 120])]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def rows(n, time=42, seed=3):
    body = torch.randint(5, 205, (n, time - 2), generator=generator(seed))
    ends = torch.full((n, 1), CLS), torch.full((n, 1), SEP)
    return torch.cat([ends[0], body, ends[1]], dim=1)


def within(count, n, share, sigmas=4.0):
    """Whether a count of a share of n lies where chance would put it."""
    return abs(count - n * share) < sigmas * math.sqrt(n * share * (1 - share))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_eighty_ten_ten(seed):
    tokens = rows(3000, seed=seed)
    inputs, targets = mask_tokens(tokens, TOKENIZER, generator(seed))
    chosen = targets != -100
    n = int(chosen.sum())
    assert n == 3000 * round(0.15 * 40)  # exactly 6 of 40 in each row
    assert (chosen.sum(dim=1) == 6).all()
    masked, same = (inputs == MASK) & chosen, (inputs == tokens) & chosen
    # A random token is the old one by chance once in 200.
    assert within(int(masked.sum()), n, 0.8)
    assert within(int(same.sum()), n, 0.1 + 0.1 / 200)
    assert within(n - int(masked.sum()) - int(same.sum()), n, 0.1 * 199 / 200)
    assert torch.equal(inputs[~chosen], tokens[~chosen])  # all else is left alone
    assert torch.equal(targets[chosen], tokens[chosen])  # and the targets are the truth
    drawn = inputs[chosen & ~masked & ~same]
    assert drawn.min() >= 5
    assert drawn.max() == 204
    assert len(drawn.unique()) == 200
    # Every place of the row is chosen as often as any other.
    for count in chosen.sum(dim=0)[1:-1].tolist():
        assert within(count, 3000, 0.15, sigmas=5)


def test_special_tokens_and_padding_are_never_chosen():
    tokens = fill_up([[CLS, 9, 10, SEP, 11, SEP], [CLS, 12, SEP], [CLS, UNK, 7, MASK, SEP]], PAD)
    for seed in range(50):
        inputs, targets = mask_tokens(tokens, TOKENIZER, generator(seed), rate=1.0)
        special = tokens < 5
        assert (targets[special] == -100).all()
        assert torch.equal(inputs[special], tokens[special])
        assert (targets[~special] == tokens[~special]).all()  # a rate of 1 chooses all others


def test_each_row_has_at_least_one_and_the_same_seed_the_same():
    tokens = rows(8, time=5)
    first = mask_tokens(tokens, TOKENIZER, generator(4), rate=0.01)
    again = mask_tokens(tokens, TOKENIZER, generator(4), rate=0.01)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert ((first[1] != -100).sum(dim=1) == 1).all()
    other = mask_tokens(tokens, TOKENIZER, generator(5), rate=0.01)
    assert not torch.equal(first[1], other[1])


@pytest.mark.parametrize("rate", [0, 0.0, -0.1, 1.01, 15, float("nan")])
def test_a_rate_that_makes_no_sense(rate):
    with pytest.raises(LabError, match="mask rate"):
        mask_tokens(rows(2), TOKENIZER, generator(), rate)
    with pytest.raises(LabError, match="mask rate"):
        MaskedBatches(DOCUMENTS, TOKENIZER, 2, 16, rate=rate)


def test_a_row_with_nothing_to_mask():
    tokens = fill_up([[CLS, 9, SEP], [PAD]], PAD)
    with pytest.raises(LabError, match="row 1 has no token to mask"):
        mask_tokens(tokens, TOKENIZER, generator())
    with pytest.raises(LabError, match="row 0"):
        choose_positions(torch.zeros(2, 3, dtype=torch.bool), 0.5, generator())


def whole(tokens, targets):
    """A row before masking."""
    return torch.where(targets == -100, tokens, targets)


def parts(row, marks):
    """The two parts of a row, by its segments, without the marks between."""
    return (row[(marks == s) & (row >= 5)].tolist() for s in (0, 1))


def test_rows_of_pairs():
    batches = MaskedBatches(DOCUMENTS, TOKENIZER, 64, 24, seed=1)
    follow = 0
    for step in range(8):
        tokens, segments, targets, elsewhere = batches.batch(step)
        assert tokens.shape == segments.shape == targets.shape
        assert elsewhere.shape == (64,)
        for row, marks, other in zip(whole(tokens, targets), segments, elsewhere, strict=True):
            seps = (row == SEP).nonzero().flatten().tolist()
            assert row[0] == CLS
            assert len(seps) == 2
            assert marks.tolist() == [0] * (seps[0] + 1) + [1] * (seps[1] - seps[0]) + [0] * (
                len(row) - seps[1] - 1
            )
            assert (row[seps[1] + 1 :] == PAD).all()
            first, second = parts(row, marks)
            assert first
            assert second
            whose = {(token - 5) // 40 for token in second} == {(first[0] - 5) // 40}
            assert whose == (not other)
            if not other:  # the second part goes on where the first ends
                assert (second[0] - first[-1]) % 40 == 1
            follow += not other
    assert within(follow, 8 * 64, 0.5)


def test_documents_are_read_as_often_as_they_are_long():
    batches = MaskedBatches(DOCUMENTS, TOKENIZER, 500, 8, seed=2, pairs=False)
    tokens, segments, targets, elsewhere = batches.batch(0)
    firsts = [(int(row[1]) - 5) // 40 for row in whole(tokens, targets)]
    for d, ids in enumerate(DOCUMENTS):
        assert within(firsts.count(d), 500, len(ids) / 482)
    assert not segments.any()
    assert not elsewhere.any()
    assert ((tokens == SEP).sum(dim=1) == 1).all()


def test_a_batch_is_a_function_of_seed_and_step():
    def made(seed, step):
        return MaskedBatches(DOCUMENTS, TOKENIZER, 4, 16, seed).batch(step)

    assert all(torch.equal(a, b) for a, b in zip(made(1, 7), made(1, 7), strict=True))
    assert not torch.equal(made(1, 7)[0], made(1, 8)[0])
    assert not torch.equal(made(1, 7)[0], made(2, 7)[0])
    assert MaskedBatches(DOCUMENTS, TOKENIZER, 4, 16).epoch(100) == 4 * 16 * 100 / 482


def test_a_random_second_part_never_comes_from_the_same_document():
    two = MaskedBatches([DOCUMENTS[0], DOCUMENTS[2]], TOKENIZER, 200, 12)
    tokens, segments, targets, elsewhere = two.batch(0)
    pairs = [parts(*each) for each in zip(whole(tokens, targets), segments, strict=True)]
    homes = [((a[0] - 5) // 40, (b[0] - 5) // 40) for a, b in pairs]
    assert all((a != b) == bool(o) for (a, b), o in zip(homes, elsewhere.tolist(), strict=True))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"documents": []}, "0 documents"),
        ({"documents": DOCUMENTS[:1]}, "or no pairs"),
        ({"documents": [*DOCUMENTS, [7]]}, "document 4 has 1 tokens"),
        ({"context_length": 4}, "context_length is 4"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_bad_input(change, said):
    wanted = {"documents": DOCUMENTS, "batch_size": 2, "context_length": 16, **change}
    documents = wanted.pop("documents")
    with pytest.raises(LabError, match=said):
        MaskedBatches(documents, TOKENIZER, **wanted)
