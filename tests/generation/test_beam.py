"""Beam search against trying every output there is; greedy, lengths, marks, bad input."""

import itertools
import math

import pytest
import torch

from gptlab.errors import LabError
from gptlab.generation.beam import beam_search, greedy_search, length_penalty
from gptlab.text.codecs import BEGIN, END, PAD

VOCAB = 6


class Table:
    """A writer whose scores depend on the source and on the last two tokens, drawn at random."""

    def __init__(self, seed, batch=3):
        draw = torch.Generator().manual_seed(seed)
        self.scores = 2 * torch.randn(batch, VOCAB, VOCAB, VOCAB, generator=draw)

    def start(self, source):
        rows = torch.arange(source.size(0))
        return rows, torch.full_like(rows, BEGIN)

    def step(self, tokens, state):
        rows, before = state
        return self.scores[rows, before, tokens], (rows, tokens)

    def log_probability(self, row, output):
        total, before, last = 0.0, BEGIN, BEGIN
        for token in output:
            total += self.scores[row, before, last].log_softmax(-1)[token].item()
            before, last = last, token
        return total


SOURCE = torch.full((3, 2), 5)


def every_output(max_length):
    letters = [t for t in range(VOCAB) if t not in (PAD, BEGIN, END)]
    for length in range(max_length):
        for words in itertools.product(letters, repeat=length):
            yield (*words, END)
    yield from itertools.product(letters, repeat=max_length)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
def test_a_beam_as_wide_as_the_language_finds_the_best_output(seed, alpha, monkeypatch):
    # The vocabulary has 6 tokens and 3 letters: 3 + 9 + 27 … outputs; short ones fit a wide beam.
    monkeypatch.setattr("gptlab.generation.beam._log_probabilities", no_width_check)
    model = Table(seed)
    for row, found in enumerate(beam_search(model, SOURCE, 3, width=60, alpha=alpha)):
        expected = sorted(
            (model.log_probability(row, output) / length_penalty(len(output), alpha)
             for output in every_output(3)),
            reverse=True,
        )  # fmt: skip
        assert len(found) == len(expected) == 40
        assert [h.score for h in found] == pytest.approx(expected, abs=1e-4)
        for h in found:
            output = (*h.tokens, END) if h.finished else h.tokens
            assert h.log_probability == pytest.approx(model.log_probability(row, output), abs=1e-4)


def no_width_check(logits, width, begin, end):
    steps = logits.log_softmax(-1)
    steps[:, [PAD, begin]] = -math.inf
    return steps


@pytest.mark.parametrize("seed", range(3))
def test_width_one_is_greedy(seed):
    model = Table(seed)
    for row, found in enumerate(greedy_search(model, SOURCE, 5)):
        before, last, tokens = BEGIN, BEGIN, []
        for _ in range(5):
            scores = model.scores[row, before, last].clone()
            scores[[PAD, BEGIN]] = -math.inf
            before, last = last, int(scores.argmax())
            if last == END:
                break
            tokens.append(last)
        assert found.tokens == tuple(tokens)
        assert found.finished == (last == END)


def test_a_wider_beam_can_find_what_greedy_misses():
    model = Table(0, batch=1)
    model.scores[:] = -9.0
    model.scores[0, BEGIN, BEGIN, 3] = 1.0  # looks better at first, but leads nowhere in particular
    model.scores[0, BEGIN, BEGIN, 4] = 0.9
    model.scores[0, BEGIN, 3] = 0.0
    model.scores[0, BEGIN, 4, END] = 9.0
    assert greedy_search(model, SOURCE[:1], 4)[0].tokens[0] == 3
    assert beam_search(model, SOURCE[:1], 4, width=2)[0][0].tokens == (4,)


def test_sentences_of_a_batch_do_not_meet():
    model = Table(1)
    together = beam_search(model, SOURCE, 6, width=3)
    one = Table(1)
    one.scores = model.scores[1:2]
    assert [h.tokens for h in beam_search(one, SOURCE[:1], 6, width=3)[0]] == [
        h.tokens for h in together[1]
    ]


def test_length_penalty_is_the_formula():
    assert length_penalty(1, 0.6) == 1.0
    assert length_penalty(7, 0.5) == pytest.approx(math.sqrt(2))
    assert length_penalty(30, 0.0) == 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 0}, "width is 0; give at least 1"),
        ({"max_length": 0}, "max_length is 0; give at least 1"),
        ({"width": 7}, "a beam of 7 is wider than the vocabulary of 6"),
    ],
)
def test_bad_settings_are_refused(arguments, message):
    with pytest.raises(LabError, match=message):
        beam_search(Table(0), SOURCE, **{"max_length": 3, **arguments})


def test_scores_that_are_not_numbers_are_refused():
    model = Table(0)
    model.scores[:] = math.nan
    with pytest.raises(LabError, match="NaN"):
        greedy_search(model, SOURCE, 3)
