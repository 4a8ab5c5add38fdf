"""Agreement: the cases are what the grammar says they are, and the counting is right."""

import random

import pytest
import torch

from gptlab.errors import LabError
from gptlab.evaluation.agreement import (
    AgreementCase,
    agreement_by_distance,
    agreement_cases,
    is_plural,
    marked_forms,
)
from gptlab.evaluation.toy_language import toy_task
from gptlab.evaluation.toy_networks import likelier_forms, toy_bits_per_word
from gptlab.models.neural_lm import NeuralLM, NeuralLMConfig
from gptlab.text.corpora import toy_split
from gptlab.text.grammar import toy_grammar


def test_a_sentence_that_can_be_checked_by_eye():
    text = "the king whom his students saw hopes that this fox has drunk water ."
    words = toy_grammar().tokenize(text)
    far, near = agreement_cases([toy_grammar().parse(words)])
    assert far == AgreementCase(words[:6], "hopes", "hope", 5, misleading=True)
    assert (near.right, near.wrong, near.distance, near.misleading) == ("has", "have", 1, False)


def test_the_exact_grammar_allows_the_right_form_and_never_the_wrong_one():
    cases = agreement_cases(toy_split().test)
    assert len(cases) > 1000
    distant = [case for case in cases if case.distance > 2]
    for case in random.Random(3).sample(distant, 12):
        truth = toy_grammar().next_word_probabilities(case.prefix)
        assert truth.get(case.right, 0) > 0
        assert case.wrong not in truth


def test_forms_are_pairs():
    forms = marked_forms()
    assert forms["are"] == "is"
    assert forms["sleeps"] == "sleep"
    assert all(forms[forms[word]] == word != forms[word] for word in forms)


def case(distance):
    return AgreementCase(("a",), "is", "are", distance, False)


def test_rare_distances_are_counted_together():
    cases = [case(d) for d in [1] * 4 + [3] * 2 + [4] + [7]]
    right = [True, True, True, False, True, True, False, True]
    found = agreement_by_distance(cases, lambda _: right, at_least=2)
    assert found == {1: (0.75, 4), 3: (1.0, 2), 4: (0.5, 2)}
    with pytest.raises(LabError, match="1 answers to 8 cases"):
        agreement_by_distance(cases, lambda _: [True])
    with pytest.raises(LabError, match="0 answers to 0 cases"):
        agreement_by_distance([], lambda _: [])


class Uniform(torch.nn.Module):
    """All words equally likely, except that one gets a little more."""

    def __init__(self, size, favourite):
        super().__init__()
        self.scores = torch.nn.Parameter(torch.zeros(size))
        self.scores.data[favourite] = 1e-3

    def forward(self, tokens):
        return self.scores.expand(*tokens.shape, -1)


def test_networks_are_asked_for_the_right_word_and_measured_in_bits():
    task = toy_task()
    words = task.vocabulary
    model = Uniform(len(words), words.id("are")).train()
    assert toy_bits_per_word(model, task) == pytest.approx(9.6, abs=0.01)  # log2 776
    cases = [
        AgreementCase(("the", "dogs"), "are", "is", 1, False),
        AgreementCase(("the", "dog", "that", "sleeps"), "is", "are", 3, False),
        AgreementCase(("they",), "are", "is", 1, False),
    ]
    assert likelier_forms(model, task, cases) == [True, False, True]
    assert model.training
    with pytest.raises(LabError, match="'camel' is not among the"):
        likelier_forms(model, task, [AgreementCase(("a", "camel"), "is", "are", 1, False)])


def test_the_place_that_is_asked_is_the_one_after_the_prefix():
    task = toy_task()
    torch.manual_seed(0)
    model = NeuralLM(NeuralLMConfig(len(task.vocabulary), order=4, d_model=4, d_hidden=4))
    words = task.vocabulary
    prefixes = [("the", "dogs"), ("the", "dog", "that", "the", "king", "saw"), ("dogs",)]
    cases = [AgreementCase(prefix, "are", "is", 1, False) for prefix in prefixes]
    alone = []
    for prefix in prefixes:
        ids = torch.tensor([[task.begin, *map(words.id, prefix)]])
        row = model(ids)[0, -1]
        alone.append(bool(row[words.id("are")] > row[words.id("is")]))
    assert likelier_forms(model, task, cases) == alone


def test_each_form_and_its_counterpart_differ_in_number():
    for form, other in marked_forms().items():
        assert is_plural(form) != is_plural(other)
    assert [is_plural(form) for form in ("sleeps", "sleep", "was", "were")] == [0, 1, 0, 1]
    with pytest.raises(LabError, match="'slept' shows no number"):
        is_plural("slept")
