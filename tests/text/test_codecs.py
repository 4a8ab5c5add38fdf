"""Codecs and pair batches: round trips, marks, order, padding, bad input."""

import pytest
import torch

from gptlab.errors import LabError
from gptlab.text.codecs import BEGIN, END, PAD, UNKNOWN, TextCodec, WordCodec
from gptlab.text.pair_batches import PairBatches, pair_tensors, source_tensor
from gptlab.text.tokenizers import ByteTokenizer

WORDS = [["the", "dog", "sleeps"], ["the", "cat"]]


def test_words_go_there_and_back_and_an_unknown_one_is_marked():
    codec = WordCodec.build(WORDS)
    assert len(codec) == 4 + 4
    assert codec.decode([BEGIN, *codec.encode(["the", "cat"]), END, 5, PAD]) == ["the", "cat"]
    assert codec.encode(["the", "bird"])[1] == UNKNOWN
    assert codec.decode([UNKNOWN]) == ["<unknown>"]


def test_texts_go_there_and_back():
    codec = TextCodec(ByteTokenizer())
    assert len(codec) == 260
    assert codec.decode(torch.tensor([*codec.encode("Grüße"), END, PAD])) == "Grüße"
    assert codec.decode([UNKNOWN, *codec.encode("a")]) == "a"


def test_ids_out_of_range_and_strings_are_refused():
    codec = WordCodec.build(WORDS)
    with pytest.raises(LabError, match="id 8 is outside 0 … 7"):
        codec.decode([8])
    with pytest.raises(LabError, match="is a string; give a list of words"):
        codec.encode("the dog")


def pairs(n=50):
    draw = torch.Generator().manual_seed(0)
    ids = lambda: torch.randint(4, 30, (int(torch.randint(1, 9, (), generator=draw)),)).tolist()  # noqa: E731
    return [(ids(), ids()) for _ in range(n)]


def test_an_epoch_holds_every_pair_once_and_a_step_is_the_same_again():
    given = pairs()
    batches = PairBatches(given, batch_size=10, seed=1)
    seen = []
    for step in range(5):
        for source, inputs, targets in zip(*batches.batch(step), strict=True):
            target = targets[targets != -100].tolist()
            assert inputs[: len(target)].tolist() == [BEGIN, *target[:-1]]
            assert target[-1] == END
            seen.append((source[source != PAD].tolist(), target[:-1]))
    assert sorted(seen) == sorted(given)
    again = PairBatches(given, batch_size=10, seed=1)
    assert all(a.equal(b) for a, b in zip(again.batch(7), batches.batch(7), strict=True))
    assert batches.epoch(10) == 2


def test_bad_pairs_are_refused():
    with pytest.raises(LabError, match="batch_size=3 cannot be filled from 1 pairs"):
        PairBatches([([4], [5])], batch_size=3)
    with pytest.raises(LabError, match="the target of pair 1 is empty"):
        PairBatches([([4], [5]), ([4], [])], batch_size=1)
    with pytest.raises(LabError, match="the source of pair 0 is empty"):
        pair_tensors([([], [5])])
    with pytest.raises(LabError, match="source 1 is empty"):
        source_tensor([[4], []])
    with pytest.raises(LabError, match="there is no source"):
        source_tensor([])
    with pytest.raises(LabError, match="seed=-1 must not be negative"):
        PairBatches([([4], [5])], batch_size=1, seed=-1)
