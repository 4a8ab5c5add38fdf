"""The label curve: same samples for all, and a task that pretraining must help with."""

from __future__ import annotations

import math

import pytest
import torch
from scipy import stats

from gptlab.errors import LabError
from gptlab.evaluation.transfer import (
    fine_tuned,
    interval,
    label_curve,
    nearest_words,
    predicted_labels,
)
from gptlab.models.bert import Bert, BertClassifier, BertConfig
from gptlab.text.labelled import LabelledTask, LabelledText
from gptlab.text.wordpiece import SPECIAL_PIECES, WordPieceTokenizer
from gptlab.training.config import TrainConfig

WORDS = [f"{kind}{i}" for kind in "ab" for i in range(12)]
TOKENIZER = WordPieceTokenizer([*SPECIAL_PIECES, *WORDS, "the"])


def texts(n, seed):
    """Texts of one kind of words: label 0 for a, 1 for b."""
    g = torch.Generator().manual_seed(seed)
    made = []
    for i in range(n):
        chosen = torch.randint(12, (4,), generator=g).tolist()
        made.append(LabelledText(" ".join(["the", *(f"{'ab'[i % 2]}{c}" for c in chosen)]), i % 2))
    return tuple(made)


TASK = LabelledTask("kinds", ("a", "b"), texts(60, 1), texts(40, 2))
SHAPE = BertConfig(TOKENIZER.vocab_size, 8, d_model=16, n_heads=2, n_layers=1, dropout=0.0)
TRAIN = TrainConfig(optimizer="adamw", lr=3e-3, schedule="linear", final_lr=0.0)


def fresh(seed):
    torch.manual_seed(seed)
    return BertClassifier(Bert(SHAPE), 2)


def knowing(seed):
    """A Bert whose embeddings know the two kinds, as pretraining would have taught it."""
    model = fresh(seed)
    with torch.no_grad():
        for word in WORDS:
            model.bert.embedding.weight[TOKENIZER.ids[word], 0] = 3.0 if word[0] == "a" else -3.0
    return model


def test_weights_that_know_help_most_where_labels_are_few():
    steps = {4: 12, 40: 30}
    contestants = {
        "fresh": fine_tuned(fresh, TOKENIZER, steps, TRAIN, batch_size=8),
        "knowing": fine_tuned(knowing, TOKENIZER, steps, TRAIN, batch_size=8),
        "words": nearest_words,
    }
    heard = []
    results = label_curve(TASK, contestants, sizes=(4, 40), seeds=(0, 1), tell=heard.append)
    assert heard == results
    assert len(results) == 2 * 2 * 3

    def mean(name, labels):
        found = [r.accuracy for r in results if (r.name, r.labels) == (name, labels)]
        assert len(found) == 2
        return sum(found) / 2

    assert mean("knowing", 4) > mean("fresh", 4) + 0.1
    assert mean("words", 40) > 0.95
    assert mean("words", 40) > mean("words", 4)


def test_every_contestant_gets_the_same_sample():
    seen = []

    def spy(sample, test, seed):
        seen.append((seed, sample))
        return [0] * len(test)

    results = label_curve(TASK, {"one": spy, "two": spy}, sizes=(4,), seeds=(0, 1))
    assert [r.accuracy for r in results] == [0.5] * 4
    assert seen[0] == seen[1]
    assert seen[2] == seen[3]
    assert seen[0][1] != seen[2][1]


def test_predictions_keep_their_order_and_the_models_mode():
    model = knowing(0)
    model.train()
    long_and_short = [LabelledText(" ".join(["a1"] * n), 0) for n in (9, 1, 5, 2)]
    together = predicted_labels(model, long_and_short, TOKENIZER, batch_size=2)
    assert model.training
    alone = [predicted_labels(model, [each], TOKENIZER)[0] for each in long_and_short]
    assert together == alone


def test_a_text_of_unknown_words_gets_an_answer():
    assert nearest_words(TASK.train[:4], [LabelledText("xyz", 1)]) == [0]


@pytest.mark.parametrize("n", [2, 3, 8, 21])
def test_the_interval_is_students(n):
    values = [math.sin(i) for i in range(n)]
    mean, low, high = interval(values)
    wanted = stats.t.interval(0.95, n - 1, mean, stats.sem(values))
    assert (low, high) == pytest.approx(wanted, abs=2e-3)


@pytest.mark.parametrize(
    ("do", "said"),
    [
        (lambda: interval([0.5]), "no spread"),
        (lambda: label_curve(TASK, {"short": lambda *_: [0]}, (4,), (0,)), "1 answers for 40"),
        (lambda: label_curve(TASK, {"words": nearest_words}, (100,), (0,)), "texts labelled"),
        (
            lambda: fine_tuned(fresh, TOKENIZER, {4: 1}, TRAIN)(TASK.train[:6], TASK.test, 0),
            "for 6 labels",
        ),
    ],
)
def test_bad_input(do, said):
    with pytest.raises(LabError, match=said):
        do()
