"""Speculative decoding: the target's own text, greedily and in distribution; and bad input."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from gptlab.errors import LabError
from gptlab.generation.sampling import GREEDY, Sampling, generate_tokens, next_token_probabilities
from gptlab.generation.speculative import (
    acceptance,
    judge,
    speculative_rounds,
    tokens_per_round,
)
from gptlab.models.gpt import GPT, GPTConfig

SHAPE = GPTConfig(vocab_size=12, context_length=16, d_model=16, n_heads=2, n_layers=2)


def lively(seed=0, **changes):
    torch.manual_seed(seed)
    model = GPT(GPTConfig(**{**vars(SHAPE), **changes}))
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.add_(torch.randn_like(p) * (0.6 if name == "positions.weight" else 0.2))
    return model.eval()


def near(model, noise=0.05):
    """A draft that often agrees: the same weights with some noise."""
    torch.manual_seed(1)
    draft = GPT(model.config)
    draft.load_state_dict(model.state_dict())
    with torch.no_grad():
        for p in draft.parameters():
            p.add_(torch.randn_like(p) * noise)
    return draft.eval()


def text(rounds):
    return [token for each in rounds for token in each.tokens]


PROMPT = torch.tensor([[3, 1, 4]])


@pytest.mark.parametrize("lookahead", [1, 3, 7])
@pytest.mark.parametrize("sampling", [GREEDY, Sampling(0, repetition_penalty=1.5)])
def test_greedy_text_is_the_targets_far_beyond_both_contexts(lookahead, sampling):
    target, draft = lively(), lively(seed=5, n_layers=1, context_length=11)
    alone = [int(t) for t in generate_tokens(target, PROMPT, 60, sampling)]
    rounds = list(speculative_rounds(target, draft, PROMPT, 60, sampling, lookahead))
    assert text(rounds) == alone
    assert all(r.kept <= r.proposed <= lookahead for r in rounds)
    assert all(len(r.tokens) == r.kept + 1 for r in rounds)


def test_a_draft_like_the_target_saves_passes_and_one_that_is_the_target_saves_most():
    target = lively()
    same = list(speculative_rounds(target, target, PROMPT, 12, Sampling(), lookahead=3))
    assert [r.kept for r in same] == [3, 3, 3]
    close = list(speculative_rounds(target, near(target), PROMPT, 200, Sampling(), lookahead=3))
    far = list(speculative_rounds(target, lively(9), PROMPT, 200, Sampling(), lookahead=3))
    assert len(close) < len(far) <= 200


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(2, 6))
def test_kept_and_own_together_are_the_target(seed, size):
    """The rule in exact sums: what is kept of each token plus what is drawn anew is p."""
    draw = torch.Generator().manual_seed(seed)
    p, q = (torch.rand(size, generator=draw, dtype=torch.double) + 0.01 for _ in range(2))
    p, q = p / p.sum(), q / q.sum()
    missing = (p - q).clamp(min=0)
    again = torch.minimum(p, q) + (1 - acceptance(p, q)) * missing / missing.sum()
    torch.testing.assert_close(again, p)


def test_judged_tokens_are_distributed_as_the_target():
    p = torch.tensor([[0.5, 0.3, 0.2, 0.0], [0.25, 0.25, 0.25, 0.25]])
    q = torch.tensor([[0.1, 0.2, 0.4, 0.3]])
    draw, counts, kept, n = torch.Generator().manual_seed(0), torch.zeros(4), 0, 3000
    for proposal in torch.multinomial(q[0], n, replacement=True, generator=draw):
        stays, own = judge(p, q, proposal[None], draw)
        counts[int(proposal) if stays else own] += 1
        kept += stays
    assert counts[3] == 0
    assert chisquare(counts[:3], n * p[0, :3]).pvalue > 1e-3
    assert kept / n == pytest.approx(float(acceptance(p[0], q[0])), abs=4 * 0.5 / math.sqrt(n))


@pytest.mark.parametrize("sampling", [Sampling(), Sampling(0.8, top_k=4, repetition_penalty=1.3)])
def test_texts_are_distributed_as_the_target_alone_would_write_them(sampling):
    small = {"vocab_size": 5, "d_model": 8, "n_layers": 1, "context_length": 8}
    target, n = lively(3, **small), 700
    draft = near(target, 0.3)
    expected = {}
    for triple in itertools.product(range(5), repeat=3):
        seen, chance = torch.tensor([[1]]), 1.0
        for token in triple:
            p = next_token_probabilities(target(seen)[:, -1], sampling, seen)
            chance *= float(p[0, token].detach())
            seen = torch.cat([seen, torch.tensor([[token]])], dim=1)
        expected[triple] = chance
    counts = dict.fromkeys(expected, 0)
    for seed in range(n):
        rounds = speculative_rounds(target, draft, torch.tensor([[1]]), 3, sampling, 2, seed)
        counts[tuple(text(rounds))] += 1
    assert sum(counts[t] for t, chance in expected.items() if chance == 0) == 0
    often = [t for t, chance in expected.items() if n * chance >= 5]
    rest = 1 - sum(expected[t] for t in often)
    seen = [counts[t] for t in often] + [n - sum(counts[t] for t in often)]
    wanted = [n * expected[t] for t in often] + [n * rest]
    seen, wanted = (seen, wanted) if n * rest > 1 else (seen[:-1], wanted[:-1])
    scale = sum(seen) / sum(wanted)
    assert chisquare(seen, [w * scale for w in wanted]).pvalue > 1e-3


def test_the_formula_for_a_round_is_the_mean_of_its_lengths():
    for kept in (0.0, 0.3, 0.9):
        lengths = [kept**i * (1 - kept) * (i + 1) for i in range(4)] + [kept**4 * 5]
        assert tokens_per_round(kept, 4) == pytest.approx(sum(lengths))
    assert tokens_per_round(1.0, 4) == 5
    with pytest.raises(LabError, match=r"share kept is 1\.2; give a number from 0 to 1"):
        tokens_per_round(1.2, 4)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"draft": lively(vocab_size=13)}, "target knows 12 tokens, the draft 13; both must have"),
        ({"lookahead": 0}, "lookahead is 0; it must be a whole number of at least 1"),
        ({"max_new_tokens": 0}, "max_new_tokens is 0"),
        ({"prompt": torch.zeros(2, 3, dtype=torch.long)}, "prompt has 2 rows.*one text at a time"),
        ({"prompt": torch.zeros(1, 0, dtype=torch.long)}, "one token at least"),
        ({"draft": lively(context_length=2)}, "context_length is 2 but the prompt has 3 tokens"),
        ({"prompt": torch.tensor([[12]])}, "token id 12 is outside 0 … 11"),
        ({"draft": GPT(GPTConfig(**{**vars(SHAPE), "dropout": 0.1}))}, "training mode"),
    ],
)
def test_what_cannot_work_is_refused(changes, expected):
    given_ = {"target": lively(), "draft": lively(2), "prompt": PROMPT, "max_new_tokens": 5}
    with pytest.raises(LabError, match=expected):
        next(speculative_rounds(**{**given_, **changes}))


def test_damaged_weights_of_either_are_named():
    broken = lively(4)
    with torch.no_grad():
        broken.norm.weight[0] = torch.nan
    for pair in ((lively(), broken), (broken, lively())):
        with pytest.raises(LabError, match="weights are damaged"):
            next(speculative_rounds(*pair, PROMPT, 5))
