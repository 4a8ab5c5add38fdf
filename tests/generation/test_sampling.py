"""Rules of choice against transformers' own, on ties and extremes, and the draws against χ²."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from torch.testing import assert_close
from transformers import (
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from gptlab.errors import LabError
from gptlab.generation.sampling import (
    GREEDY,
    Sampling,
    choose,
    keep_top_k,
    keep_top_p,
    next_token_probabilities,
    penalise,
)

quick = settings(max_examples=80, deadline=None)
# Few different values, so that ties are common, and −∞ for tokens that a mask has ruled out.
score = st.one_of(st.integers(-4, 4).map(float), st.floats(-30, 30, width=32))
rows = st.lists(st.one_of(score, st.just(-math.inf)), min_size=1, max_size=9).filter(
    lambda row: max(row) > -math.inf
)


def draw_logits(*shape, seed=0, scale=3.0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * scale


@quick
@given(row=rows, k=st.integers(1, 12))
def test_top_k_is_theirs_with_ties_and_k_above_the_vocabulary(row, k):
    logits = torch.tensor([row])
    assert torch.equal(keep_top_k(logits, k), TopKLogitsWarper(k)(None, logits))


def test_top_k_keeps_ties_of_the_last_place():
    kept = keep_top_k(torch.tensor([[1.0, 3.0, 1.0, 0.0]]), 2)
    assert kept.tolist() == [[1.0, 3.0, 1.0, -math.inf]]


@quick
@given(row=rows, p=st.floats(0.01, 0.99))
def test_top_p_is_theirs_up_to_which_of_equal_tokens_stays(row, p):
    """Theirs takes another one of equal tokens, so kept scores are compared as a set; a sum that
    rounding puts on either side of p is no difference between the rules."""
    logits = torch.tensor([row])
    sorted_p = torch.tensor([row]).double().softmax(-1).sort(descending=True).values
    if (sorted_p.cumsum(-1) - p).abs().min() < 1e-6:
        return
    ours, theirs = keep_top_p(logits, p), TopPLogitsWarper(p)(None, logits)
    assert_close(ours.sort().values, theirs.sort().values, atol=1e-5, rtol=1e-5)
    kept = ours > -math.inf
    assert torch.equal(ours[kept], logits[kept])


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("p", [0.05, 0.5, 0.9, 0.999])
def test_top_p_keeps_the_fewest_that_reach_p(scale, p):
    logits = draw_logits(6, 500, scale=scale)
    kept = keep_top_p(logits, p) > -math.inf
    for row, mine in zip(logits.double().softmax(-1), kept, strict=True):
        assert row[mine].sum() >= p - 1e-6
        assert row[mine].sum() - row[mine].min() < p + 1e-6  # one fewer would not reach it
        assert row[mine].min() >= row.masked_fill(mine, 0).max()
    assert torch.equal(keep_top_p(logits, p), TopPLogitsWarper(p)(None, logits))


def test_top_p_of_one_keeps_everything_however_unlikely():
    logits = torch.tensor([[30.0, 0.0, -20.0, -50.0]])
    assert torch.equal(keep_top_p(logits, 1.0), logits)


def test_top_p_keeps_the_first_of_equals_and_always_the_best():
    assert keep_top_p(torch.zeros(1, 4), 0.5).tolist() == [[0.0, 0.0, -math.inf, -math.inf]]
    assert keep_top_p(torch.tensor([[0.0, 5.0]]), 1e-9).tolist() == [[-math.inf, 5.0]]
    hair = torch.tensor([[0.0, 2.0**-126]])  # two scores with one probability
    assert keep_top_p(hair, 0.5).tolist() == [[-math.inf, 2.0**-126]]


@quick
@given(row=rows, penalty=st.floats(0.1, 5.0), seed=st.integers(0, 99))
def test_the_penalty_is_theirs_also_for_tokens_seen_twice(row, penalty, seed):
    logits = torch.tensor([row, row])
    seen = torch.randint(len(row), (2, 5), generator=torch.Generator().manual_seed(seed))
    theirs = RepetitionPenaltyLogitsProcessor(penalty)(seen, logits.clone())
    assert torch.equal(penalise(logits, seen, penalty), theirs)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_all_rules_together_are_theirs_in_their_order(dtype):
    logits = draw_logits(5, 40, scale=1.0).to(dtype)
    seen = torch.randint(40, (5, 8), generator=torch.Generator().manual_seed(1))
    ours = next_token_probabilities(logits, Sampling(0.7, 12, 0.8, 1.3), seen)
    theirs = logits.to(ours.dtype)
    for rule in (
        RepetitionPenaltyLogitsProcessor(1.3),
        TemperatureLogitsWarper(0.7),
        TopKLogitsWarper(12),
        TopPLogitsWarper(0.8),
    ):
        theirs = rule(seen, theirs)
    assert ours.dtype is (torch.float64 if dtype is torch.float64 else torch.float32)
    assert_close(ours, theirs.softmax(-1))
    assert 1 < (ours > 0).sum(-1).min() < 12


def test_without_rules_the_distribution_is_the_softmax():
    logits = draw_logits(3, 20)
    assert_close(next_token_probabilities(logits, Sampling()), logits.softmax(-1))


@pytest.mark.parametrize("temperature", [0, 1e-3, 1e-30, 1e-45, 5e-324])
def test_a_tiny_temperature_is_greedy_and_never_nan(temperature):
    logits = torch.tensor([[2.0, 7.0, -math.inf, 6.5], [-3e4, -1e4, -2e4, -math.inf]])
    sampling = Sampling(temperature, top_k=3, top_p=0.9)
    assert next_token_probabilities(logits, sampling).tolist() == [[0, 1, 0, 0], [0, 1, 0, 0]]


@pytest.mark.parametrize("temperature", [1e6, 1e38, 1e308])
def test_a_huge_temperature_is_uniform_over_what_is_allowed(temperature):
    logits = torch.tensor([[2.0, 7.0, -math.inf]])
    probabilities = next_token_probabilities(logits, Sampling(temperature))
    assert_close(probabilities, torch.tensor([[0.5, 0.5, 0.0]]), atol=1e-5, rtol=0)


def test_greedy_takes_the_first_of_equals_after_the_penalty():
    logits = torch.tensor([[1.0, 4.0, 4.0]])
    assert next_token_probabilities(logits, GREEDY).tolist() == [[0, 1, 0]]
    penalised = Sampling(temperature=0, repetition_penalty=2.0)
    assert next_token_probabilities(logits, penalised, torch.tensor([[1]])).tolist() == [[0, 0, 1]]


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(),
        Sampling(temperature=0.5),
        Sampling(top_k=4),
        Sampling(top_p=0.8),
        Sampling(1.5, 9, 0.95, 1.2),
    ],
)
def test_draws_come_as_often_as_their_probability_says(sampling):
    n = 20_000
    logits, seen = draw_logits(1, 12, scale=1.0), torch.tensor([[3, 5]])
    generator = torch.Generator().manual_seed(11)
    chosen = choose(logits.expand(n, 12), sampling, seen.expand(n, 2), generator)
    probabilities = next_token_probabilities(logits, sampling, seen)[0].double()
    counts = torch.bincount(chosen, minlength=12)
    possible = probabilities > 0
    assert counts[~possible].sum() == 0
    expected = probabilities[possible] / probabilities.sum() * n
    assert chisquare(counts[possible].numpy(), expected.numpy()).pvalue > 0.01
    wrong = expected.roll(1)  # the test has the power to refuse another distribution
    assert chisquare(counts[possible].numpy(), wrong.numpy()).pvalue < 1e-6


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("sampling", [GREEDY, Sampling(), Sampling(top_k=2)])
def test_scores_that_are_no_numbers_are_refused(bad, sampling):
    logits = draw_logits(2, 6)
    logits[1, 4] = bad
    with pytest.raises(LabError, match="scores are not finite: its weights are damaged"):
        choose(logits, sampling, torch.zeros(2, 1, dtype=torch.long), torch.Generator())
    logits[1] = -math.inf  # nothing allowed at all
    with pytest.raises(LabError, match="scores are not finite"):
        choose(logits, sampling, torch.zeros(2, 1, dtype=torch.long), torch.Generator())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"temperature": -0.1}, r"temperature is -0\.1; give 0 \(greedy\) or more"),
        ({"temperature": math.nan}, "temperature is nan"),
        ({"temperature": math.inf}, "temperature is inf"),
        ({"top_k": 0}, "top_k is 0; give a whole number from 1"),
        ({"top_k": -3}, "top_k is -3"),
        ({"top_k": 2.5}, r"top_k is 2\.5"),
        ({"top_p": 0.0}, r"top_p is 0\.0; give a number above 0 and up to 1"),
        ({"top_p": 1.01}, r"top_p is 1\.01"),
        ({"top_p": math.nan}, "top_p is nan"),
        ({"repetition_penalty": 0.0}, r"repetition_penalty is 0\.0; give more than 0"),
        ({"repetition_penalty": -1.0}, r"repetition_penalty is -1\.0"),
        ({"repetition_penalty": math.nan}, "repetition_penalty is nan"),
    ],
)
def test_values_out_of_range_are_refused_by_name(values, expected):
    with pytest.raises(LabError, match=expected):
        Sampling(**values)
