"""Pairs on disk come back as they were; batches of so many tokens read each pair once an epoch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gptlab.errors import LabError
from gptlab.text.pair_batches import pair_tensors
from gptlab.text.pair_shards import PairShards, TextPairs, TokenPairBatches, write_pairs
from gptlab.text.shards import write_shard


def draw(n=200, seed=0, longest=12):
    rng = np.random.default_rng(seed)
    return [
        tuple(rng.integers(4, 50, size=rng.integers(1, longest + 1)).tolist() for _ in range(2))
        for _ in range(n)
    ]


@pytest.fixture
def stored(tmp_path):
    pairs = draw()
    assert write_pairs(tmp_path, pairs, 50) == 200
    return pairs, PairShards(tmp_path)


def test_pairs_come_back_as_they_were(stored):
    pairs, shards = stored
    assert len(shards) == len(pairs)
    assert [tuple(side.tolist() for side in pair) for pair in shards] == pairs
    assert shards[-1][1].tolist() == pairs[-1][1]
    with pytest.raises(IndexError):
        shards[200]


def test_an_epoch_reads_each_pair_at_most_once_and_nearly_all(stored):
    pairs, shards = stored
    batches = TokenPairBatches(shards, 100, seed=1)
    for epoch in (0, 1):
        steps = range(epoch * batches.n_batches, (epoch + 1) * batches.n_batches)
        rows = np.concatenate([batches.batch(step)[0].shape[:1] for step in steps])
        assert len(pairs) - 12 <= rows.sum() <= len(pairs)  # what is cut off is less than a batch
    assert batches.epoch(2 * batches.n_batches) == 2


def test_a_batch_has_about_as_many_tokens_as_asked(stored):
    _, shards = stored
    batches = TokenPairBatches(shards, 150)
    for step in range(batches.n_batches):
        source, _, targets = batches.batch(step)
        longer = torch.maximum((source > 0).sum(1), (targets >= 0).sum(1) - 1)  # END is not counted
        assert 150 - 12 <= longer.sum() <= 150 + 12


def test_the_order_is_a_function_of_seed_and_step(stored):
    _, shards = stored
    one, two, other = (TokenPairBatches(shards, 100, seed=seed) for seed in (3, 3, 4))
    one.batch(40)
    assert torch.equal(one.batch(2)[0], two.batch(2)[0])
    assert not torch.equal(one.batch(2)[1], other.batch(2)[1])


def test_processes_share_a_batch_without_overlap(stored):
    _, shards = stored
    alone = TokenPairBatches(shards, 100)
    both = [TokenPairBatches(shards, 100, rank=rank, world_size=2) for rank in range(2)]
    for step in (0, 5):
        whole = {tuple(row[row > 0].tolist()) for row in alone.batch(step)[0]}
        parts = [{tuple(row[row > 0].tolist()) for row in b.batch(step)[0]} for b in both]
        assert parts[0] | parts[1] == whole


def test_batches_are_those_of_pair_tensors(tmp_path):
    pairs = [([5, 6], [7, 8, 9])] * 4
    write_pairs(tmp_path, pairs, 10)
    got = TokenPairBatches(PairShards(tmp_path), 6).batch(0)
    for mine, theirs in zip(got, pair_tensors(pairs[:2]), strict=True):
        assert torch.equal(mine, theirs)


def test_bad_pairs_and_batches_are_refused(tmp_path, stored):
    _, shards = stored
    assert write_pairs(tmp_path / "some", [([5], [6]), ([], [7])], 10) == 1
    with pytest.raises(LabError, match="no pairs to write"):
        write_pairs(tmp_path / "none", [([], [5])], 10)
    with pytest.raises(LabError, match="token id 12 is outside 0 … 9"):
        write_pairs(tmp_path / "none", [([12], [5])], 10)
    with pytest.raises(LabError, match=r"cannot be read.*check the path"):
        PairShards(tmp_path / "nowhere")
    with pytest.raises(LabError, match="12 tokens on one side, too many for batches of 20 over 2"):
        TokenPairBatches(shards, 20, world_size=2)
    with pytest.raises(LabError, match="do not fill one batch of 99999"):
        TokenPairBatches(shards, 99_999)


def test_shards_that_do_not_belong_together_are_refused(tmp_path):
    write_pairs(tmp_path, [([5, 5], [6])], 10)
    write_shard(tmp_path / "source.bin", [5, 5, 5], 10)
    with pytest.raises(LabError, match="sources add up to 2, but there are 3 tokens"):
        PairShards(tmp_path)
    write_shard(tmp_path / "source.lengths.bin", [1, 2], 1 << 16)
    with pytest.raises(LabError, match="2 sources and 1 targets"):
        PairShards(tmp_path)


def test_two_files_are_read_side_by_side_as_often_as_asked(tmp_path):
    (tmp_path / "en").write_text("one\n\n three \n", encoding="utf-8")
    (tmp_path / "de").write_text("eins\nzwei\ndrei\n", encoding="utf-8")
    pairs = TextPairs(tmp_path / "en", tmp_path / "de")
    assert list(pairs) == list(pairs) == [("one", "eins"), ("three", "drei")]
    (tmp_path / "de").write_text("eins\n", encoding="utf-8")
    with pytest.raises(LabError, match=r"de ends before line 2; lines must pair"):
        list(pairs)
    with pytest.raises(LabError, match="cannot be read"):
        list(TextPairs(tmp_path / "en", tmp_path / "fr"))
