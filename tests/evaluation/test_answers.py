"""Answers in batches are those of one at a time; bits per word are those of the board."""

from __future__ import annotations

import math

import pytest
import torch

from gptlab.errors import LabError
from gptlab.evaluation.answers import bits_per_word, share_right, write_answers
from gptlab.evaluation.gpt_transfer import LabelledRows, by_prompt, gpt_fine_tuned
from gptlab.evaluation.transfer import label_curve
from gptlab.generation.sampling import GREEDY, generate_tokens
from gptlab.models.gpt import GPT, GPTConfig
from gptlab.models.gpt_classifier import GPTClassifier
from gptlab.text.chat import END_OF_TURN
from gptlab.text.labelled import LabelledTask, LabelledText
from gptlab.text.tokenizers import CharTokenizer
from gptlab.text.toy_chat import Request
from gptlab.training.config import TrainConfig

TOKENS = CharTokenizer("abcdx ", special_tokens=("<|endoftext|>", END_OF_TURN))
END = TOKENS.special_tokens["<|endoftext|>"]


def lively(seed=0):
    torch.manual_seed(seed)
    model = GPT(GPTConfig(TOKENS.vocab_size, 32, d_model=16, n_heads=2, n_layers=1))
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(0.4 * torch.randn_like(weights))
    return model.eval()


def test_answers_together_are_those_of_one_by_one():
    model = lively()
    prompts = [TOKENS.encode(text) for text in ("ab", "dc", "a", "bca", "cc", "ad")]
    stop = TOKENS.special_tokens[END_OF_TURN]
    expected = []
    for prompt in prompts:
        row = [int(t) for t in generate_tokens(model, torch.tensor([prompt]), 6, GREEDY)]
        expected.append(TOKENS.decode(row[: row.index(stop)] if stop in row else row).strip())
    model.train()
    assert write_answers(model, TOKENS, prompts, 6) == expected
    assert model.training
    assert len(set(expected)) > 1


def test_shares_are_counted_by_kind():
    ask = [Request("a", "question", "a", ("b",)), Request("c", "question", "c", ("d",))]
    assert share_right(ask, ["b", "x"]) == {"question": 0.5}
    with pytest.raises(LabError, match="1 answers to 2 requests"):
        share_right(ask, ["b"])
    with pytest.raises(LabError, match="0 answers to 0"):
        share_right([], [])


def test_bits_per_word_are_the_sum_of_what_each_word_costs():
    model = lively()
    sentences = [[0, 1, 2], [3], [2, 2, 4, 1]]
    nats = 0.0
    for ids in sentences:
        with torch.no_grad():
            shares = model(torch.tensor([[END, *ids[:-1]]])).log_softmax(-1)[0]
        nats -= sum(shares[t, i].item() for t, i in enumerate(ids))
    assert bits_per_word(model, sentences, END) == pytest.approx(nats / 8 / math.log(2), rel=1e-5)
    for wrong in ([], [[]], [[0] * 33]):
        with pytest.raises(LabError, match="the longest sentence has"):
            bits_per_word(model, wrong, END)


TEXTS = tuple(LabelledText(" ".join(["ab", "cd"][k] * 2), k) for k in (0, 1) for _ in range(8))
TASK = LabelledTask("letters", ("a", "c"), TEXTS, TEXTS[6:10])
PLAN = TrainConfig(optimizer="adamw", lr=1e-2, schedule="linear", final_lr=0.0)


def test_a_head_learns_two_letters_and_asks_for_known_sizes():
    def fresh(seed):
        torch.manual_seed(seed)
        return GPTClassifier(lively(seed), 2, END)

    found = label_curve(TASK, {"head": gpt_fine_tuned(fresh, TOKENS, {8: 20}, PLAN)}, (8,), (0, 1))
    assert [result.accuracy for result in found] == [1.0, 1.0]
    with pytest.raises(LabError, match="how many for 6 labels"):
        gpt_fine_tuned(fresh, TOKENS, {8: 20}, PLAN)(TEXTS[:6], TASK.test, 0)


def test_batches_are_a_function_of_the_step():
    rows = LabelledRows(TEXTS, TOKENS, 4, END, 16, seed=3)
    again = LabelledRows(TEXTS, TOKENS, 4, END, 16, seed=3)
    for step in (0, 7):
        assert all(
            torch.equal(a, b) for a, b in zip(rows.batch(step), again.batch(step), strict=True)
        )
    assert not torch.equal(rows.batch(0)[0], rows.batch(1)[0])
    with pytest.raises(LabError, match="batch_size=17 cannot be filled from 16"):
        LabelledRows(TEXTS, TOKENS, 17, END, 16)


def test_a_prompt_picks_the_likeliest_label_and_examples_stand_before_it():
    model = lively(1)
    seen = []
    original = model.forward

    def spy(tokens, *rest):
        seen.append(tokens[0].tolist())
        return original(tokens, *rest)

    model.forward = spy
    zero = by_prompt(model, TOKENS, ("a", "c"), "x", END)(TEXTS, TASK.test, 0)
    for prompt, label, each in zip(seen, zero, TASK.test, strict=True):
        assert prompt == [END, *TOKENS.encode(f"{each.text} x")]
        scores = original(torch.tensor([prompt]))[0, -1][[1, 3]]
        assert label == int(scores.argmax())
    seen.clear()
    by_prompt(model, TOKENS, ("a", "c"), "x", END, shots=5)(TEXTS, TASK.test, 0)
    assert all(len(prompt) <= 32 for prompt in seen)
    assert all(prompt[0] == END and prompt.count(END) == 3 for prompt in seen)
    with pytest.raises(LabError, match="one token"):
        by_prompt(model, TOKENS, ("ab", "c"), "x", END)
    with pytest.raises(LabError, match="17 shots need as many"):
        by_prompt(model, TOKENS, ("a", "c"), "x", END, shots=17)(TEXTS, TASK.test, 0)
