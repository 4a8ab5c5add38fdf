"""Beam search on a GPT: greedy, exhaustive, and as scored by the model in one pass."""

import itertools

import pytest
import torch

from gptlab.errors import LabError
from gptlab.generation.gpt_beam import beam_continuations
from gptlab.generation.sampling import GREEDY, generate_tokens
from gptlab.models.gpt import GPT, GPTConfig

SHAPE = GPTConfig(vocab_size=5, context_length=12, d_model=16, n_heads=2, n_layers=2)
PROMPTS = torch.tensor([[3, 1, 4], [0, 0, 2]])


@pytest.fixture(scope="module", params=["sdpa", "plain"])
def model(request):
    torch.manual_seed(0)
    model = GPT(GPTConfig(**{**vars(SHAPE), "impl": request.param}))
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p) * 0.3)
    return model.eval()


@torch.no_grad()
def log_probability(model, prompt, output):
    ids = torch.tensor([[*prompt.tolist(), *output]])
    steps = model(ids[:, :-1]).log_softmax(-1)[0, len(prompt) - 1 :]
    return float(steps.gather(1, torch.tensor(output)[:, None]).sum())


@pytest.mark.parametrize("length", [1, 3])
def test_a_beam_as_wide_as_the_vocabulary_allows_scores_as_the_model_does(model, length):
    for prompt, beam in zip(PROMPTS, beam_continuations(model, PROMPTS, length, 5), strict=True):
        assert [h.score for h in beam] == sorted((h.score for h in beam), reverse=True)
        for h in beam:
            assert h.log_probability == pytest.approx(
                log_probability(model, prompt, list(h.tokens)), abs=1e-4
            )
    best = max(
        itertools.product(range(5), repeat=2),
        key=lambda o: log_probability(model, PROMPTS[0], list(o)),
    )
    assert beam_continuations(model, PROMPTS[:1], 2, 5)[0][0].tokens == best


def test_width_one_is_greedy_and_token_zero_can_be_written(model):
    greedy = torch.stack(list(generate_tokens(model, PROMPTS, 9, GREEDY)), dim=1)
    found = beam_continuations(model, PROMPTS, 9, width=1)
    assert [list(beam[0].tokens) for beam in found] == greedy.tolist()
    single = beam_continuations(model, PROMPTS[:, :1], 4, width=5)
    assert 0 in {t for beam in single for h in beam for t in h.tokens}


def test_an_end_ends_and_is_no_part_of_the_text(model):
    greedy = [int(t) for t in generate_tokens(model, PROMPTS[:1], 9, GREEDY)]
    end = greedy[2]
    (beam,) = beam_continuations(model, PROMPTS[:1], 9, width=1, end=end)
    assert list(beam[0].tokens) == greedy[: greedy.index(end)]
    assert beam[0].finished
    assert end not in {t for h in beam_continuations(model, PROMPTS, 6, 4, end=end)[1]
                       for t in h.tokens}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"max_new_tokens": 10}, "context_length is 12; a prompt of 3 and 10 new tokens do not"),
        ({"max_new_tokens": 0}, "max_new_tokens is 0"),
        ({"width": 0}, "width is 0; give at least 1"),
        ({"width": 9}, "beam of 9 is wider than the vocabulary"),
        ({"end": 5}, "end is 5, no token id: give 0 … 4"),
        ({"prompt": torch.zeros(1, 0, dtype=torch.long)}, "one token at least"),
    ],
)
def test_what_cannot_work_is_refused(model, changes, expected):
    with pytest.raises(LabError, match=expected):
        beam_continuations(**{"model": model, "prompt": PROMPTS, "max_new_tokens": 4, **changes})
