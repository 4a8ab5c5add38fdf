"""The toy language's task: the floor against sampling, the measure against a brute force."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from gptlab.classic.ngrams import NgramModel
from gptlab.errors import LabError
from gptlab.evaluation.toy_language import NO_TARGET, probability_of_no_pair, toy_task
from gptlab.text.corpora import toy_split
from gptlab.text.grammar import HELD_OUT_WORDS, ToyGrammar
from gptlab.text.toy_split import for_testing, has_pair


@pytest.fixture(scope="module")
def task():
    return toy_task()


@pytest.fixture(scope="module")
def drawn():
    return ToyGrammar(HELD_OUT_WORDS).sample(20_000, seed=11)


def test_ids_are_the_split_and_the_vocabulary_is_closed(task):
    split = toy_split()
    assert len(task.train) == 20_000
    assert len(task.test) == 2_000
    assert task.decode(task.test[5]) == " ".join(split.test[5].english)
    assert task.decode([task.begin, *task.train[0]]) == " ".join(split.train[0].english)
    assert set(task.vocabulary.words) == set(ToyGrammar(HELD_OUT_WORDS).vocabulary())
    assert all(ids.min() >= 0 for ids in (*task.train, *task.test))
    assert task.begin == len(task.vocabulary)
    with pytest.raises(LabError, match="id -1 is no word"):
        task.decode([-1])


def test_the_share_without_pairs_is_what_sampling_finds(drawn):
    share = np.mean([not has_pair(s.english) for s in drawn])
    exact = probability_of_no_pair()
    assert abs(share - exact) < 4 * math.sqrt(exact * (1 - exact) / len(drawn))


def test_the_floor_is_what_other_sentences_of_the_test_side_cost(task, drawn):
    # New draws from the test side, by a model that knows grammar and rules: the same cost within
    # what chance allows; and on all of the language, the grammar's own entropy.
    no_pair = math.log2(probability_of_no_pair())
    known = {" ".join(s.english) for s in toy_split().test}
    new = [
        s for s in drawn
        if for_testing(s.english) and not has_pair(s.english) and " ".join(s.english) not in known
    ]  # fmt: skip
    costs = np.array([no_pair - s.log2_probability for s in new])
    lengths = np.array([len(s.english) for s in new])
    error = (costs - task.floor * lengths).std() / math.sqrt(len(new)) / lengths.mean()
    assert abs(costs.sum() / lengths.sum() - task.floor) < 5 * error
    assert task.floor == pytest.approx(toy_entropy(), abs=0.05)


def toy_entropy():
    return ToyGrammar(HELD_OUT_WORDS).entropy_bits_per_word()


def test_what_remembering_the_training_sentences_could_save(task, drawn):
    # Bayes: a sentence seen in training is not in the test; one not seen there, though frequent
    # enough to be expected in it, is likelier in the test than one in eight.
    split, no_pair = toy_split(), probability_of_no_pair()
    known = {s.english for s in split.train}

    def weight(sentence):
        expected = len(split.train) * 2**sentence.log2_probability / no_pair * 8 / 7
        return 0.0 if sentence.english in known else 8 / (1 + 7 * math.exp(-expected))

    mean = np.mean([weight(s) for s in drawn if not has_pair(s.english)])
    saved = np.mean([math.log2(weight(s)) for s in split.test]) - math.log2(mean)
    assert 0.003 < saved * len(task.test) / task.n_test_words < 0.007


def test_the_grammar_itself_pays_the_floor(task):
    # Word by word, through the exact prefix probabilities: only the split's rule about pairs is
    # missing from them.
    grammar = ToyGrammar(HELD_OUT_WORDS)
    for sentence in toy_split().test[:3]:
        words = sentence.english
        steps = [
            math.log2(grammar.next_word_probabilities(words[:t])[words[t]])
            for t in range(len(words))
        ]
        assert sum(steps) == pytest.approx(sentence.log2_probability)
    whole = -sum(s.log2_probability for s in toy_split().test) / task.n_test_words
    assert task.floor == pytest.approx(
        whole + math.log2(probability_of_no_pair()) * 2_000 / task.n_test_words
    )


def test_counting_stays_above_the_floor_and_is_measured_as_ngrams_measure(task):
    model = NgramModel.train(task.train, 3, task.begin)
    found = task.bits_per_word([model.log2_probabilities(ids) for ids in task.test])
    assert found == pytest.approx(math.log2(model.perplexity(task.test)))
    assert found > task.floor
    uniform = [np.full(len(ids), -math.log2(task.begin)) for ids in task.test]
    assert task.bits_per_word(uniform) == pytest.approx(math.log2(task.begin))
    uniform[0][0] = -math.inf
    assert task.bits_per_word(uniform) == math.inf


def test_batches_feed_torch(task):
    torch.manual_seed(0)
    scores = torch.randn(task.begin + 1, task.begin)
    nats, count = 0.0, 0
    for inputs, targets in task.batches("test", 300):
        assert (inputs[:, 0] == task.begin).all()
        logits = scores[torch.from_numpy(inputs)].flatten(0, 1)
        flat = torch.from_numpy(targets).flatten()
        nats += float(F.cross_entropy(logits, flat, reduction="sum"))
        count += int((flat != NO_TARGET).sum())
    assert count == task.n_test_words
    table = (scores.log_softmax(-1) / math.log(2)).numpy()
    by_hand = [table[np.concatenate([[task.begin], ids[:-1]]), ids] for ids in task.test]
    assert nats / math.log(2) / count == pytest.approx(task.bits_per_word(by_hand), rel=1e-5)


def test_batches_are_shuffled_by_a_seed_and_lose_nothing(task):
    def sentences(seed):
        return [
            tuple(row[row != NO_TARGET].tolist())
            for _, targets in task.batches("test", 64, seed)
            for row in targets
        ]

    in_order = [tuple(ids.tolist()) for ids in task.test]
    assert sentences(None) == in_order
    assert sentences(1) == sentences(1) != sentences(2)
    assert sorted(sentences(1)) == sorted(in_order)


def test_bad_figures_and_settings_are_named(task):
    good = [np.full(len(ids), -1.0) for ids in task.test]
    with pytest.raises(LabError, match="1 sentences; there are 2000"):
        task.bits_per_word(good[:1])
    with pytest.raises(LabError, match=r"sentence 0 has \d+ words, the figures have shape"):
        task.bits_per_word([good[0][:-1], *good[1:]])
    with pytest.raises(LabError, match="log2 probability of nan"):
        task.bits_per_word([good[0] * math.nan, *good[1:]])
    with pytest.raises(LabError, match=r"log2 probability of 1\.0"):
        task.bits_per_word([-good[0], *good[1:]])
    with pytest.raises(LabError, match="side is 'unseen'"):
        next(task.batches("unseen", 8))
    with pytest.raises(LabError, match="batch_size is 0"):
        next(task.batches("train", 0))
