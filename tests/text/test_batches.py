"""Batches: every window once an epoch, every target once, nothing of the corpus copied."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gptlab.errors import LabError
from gptlab.text.batches import IGNORED, RandomBatches, SequentialBatches
from gptlab.text.shards import TokenShards, write_shard

ROOT = Path(__file__).resolve().parents[2]


def counted(n):
    """Ids that say where they stand, so that a batch shows what it was cut from."""
    return np.arange(n, dtype=np.uint16)


sizes = st.tuples(st.integers(2, 300), st.integers(1, 5), st.integers(1, 20), st.integers(0, 2**40))


@given(sizes)
@settings(max_examples=300, deadline=None)
def test_each_epoch_visits_each_window_once(case):
    n, batch_size, time, seed = case
    assume(n > time and batch_size <= max(1, (n - 1) // time - 1))
    batches = RandomBatches(counted(n), batch_size, time, seed)
    steps = -(-2 * batches.n_windows // batch_size)
    rows = []
    for step in range(steps):
        inputs, targets = batches.batch(step)
        assert inputs.shape == targets.shape == (batch_size, time)
        assert inputs.dtype == targets.dtype == torch.int64
        assert torch.equal(inputs + 1, targets)  # the next token, and never past the end
        rows += inputs.tolist()
    for epoch in (0, 1):
        seen = sorted(rows[epoch * batches.n_windows : (epoch + 1) * batches.n_windows])
        first = seen[0][0]
        assert [token for row in seen for token in row] == list(
            range(first, first + batches.n_windows * time)
        )
    assert batches.n_windows * time >= min(time, n - 1 - 2 * time)


def test_over_the_epochs_everything_is_seen_from_new_places():
    batches = RandomBatches(counted(100), 3, 8)
    steps = range(200)
    starts = {int(start) for step in steps for start in batches.batch(step)[0][:, 0]}
    targets = {int(token) for step in steps for token in batches.batch(step)[1].flatten()}
    assert targets == set(range(1, 100))
    assert starts == set(range(100 - 8))


def test_a_batch_depends_on_seed_and_step_alone():
    tokens = counted(1000)
    batches = RandomBatches(tokens, 4, 7, seed=5)
    forwards = [batches.batch(step)[0].tolist() for step in range(120)]
    other = RandomBatches(tokens, 4, 7, seed=5)
    assert [other.batch(step)[0].tolist() for step in reversed(range(120))] == forwards[::-1]
    assert RandomBatches(tokens, 4, 7, seed=5).batch(77)[0].tolist() == forwards[77]
    assert RandomBatches(tokens, 4, 7, seed=6).batch(77)[0].tolist() != forwards[77]
    assert pickle.loads(pickle.dumps(batches)).batch(3)[0].tolist() == forwards[3]
    assert batches.epoch(0) == 0
    assert batches.epoch(141) == 4  # 141 windows, batches of four


def test_the_order_never_changes():
    # A checkpoint of last year goes on with the same data only if these numbers stay.
    batches = RandomBatches(counted(1000), 4, 10, seed=0)
    assert [batches.batch(step)[0][:, 0].tolist() for step in (0, 1, 30)] == [
        [111, 921, 31, 201],
        [131, 21, 591, 531],
        [509, 259, 49, 269],
    ]


@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 50))
@settings(deadline=None)
def test_shares_of_all_ranks_joined_are_the_batch(world_size, share, step):
    tokens, batch_size = counted(500), world_size * share
    whole = RandomBatches(tokens, batch_size, 9, seed=1).batch(step)
    shares = [
        RandomBatches(tokens, batch_size, 9, 1, rank, world_size).batch(step)
        for rank in range(world_size)
    ]
    for side in (0, 1):
        assert torch.equal(torch.cat([part[side] for part in shares]), whole[side])


def test_arrays_tensors_and_shards_give_the_same(tmp_path):
    tokens = counted(400)
    paths = [tmp_path / f"{i}.bin" for i in range(3)]
    for path, part in zip(paths, (tokens[:13], tokens[13:14], tokens[14:]), strict=True):
        write_shard(path, part, vocab_size=400)
    kinds = [
        tokens,
        torch.from_numpy(tokens.astype(np.int32)),
        TokenShards(paths),
        tokens.tolist(),
    ]
    for make in (
        lambda kind: [RandomBatches(kind, 5, 6, seed=2).batch(step) for step in range(30)],
        lambda kind: list(SequentialBatches(kind, 5, 6, stride=4)),
    ):
        first, *others = [make(kind) for kind in kinds]
        for other in others:
            for mine, theirs in zip(first, other, strict=True):
                assert torch.equal(mine[0], theirs[0])
                assert torch.equal(mine[1], theirs[1])


@given(st.integers(2, 80), st.integers(1, 5), st.integers(1, 20), st.data())
@settings(max_examples=300, deadline=None)
def test_in_sequence_each_token_but_the_first_is_scored_once(n, batch_size, time, data):
    stride = data.draw(st.none() | st.integers(1, time))
    batches = SequentialBatches(counted(n), batch_size, time, stride)
    scored, count = [], 0
    for inputs, targets in batches:
        count += 1
        assert inputs.shape == targets.shape
        assert len(inputs) <= batch_size
        used = targets != IGNORED
        assert torch.equal((inputs + 1)[used], targets[used])
        for row, row_used in zip(inputs, used, strict=True):
            if row[0] > 0 and stride is not None:  # the promise of a smaller stride: a longer past
                assert int(row_used.nonzero()[0]) >= time - stride
        scored += targets[used].tolist()
    assert scored == list(range(1, n))
    assert count == len(batches)
    assert batches.n_targets == n - 1


def test_ignored_targets_are_those_that_cross_entropy_ignores():
    (_, targets), *_ = SequentialBatches(counted(8), 4, 4, stride=2)
    assert targets.tolist() == [[1, 2, 3, 4], [-100, -100, 5, 6], [-100, -100, -100, 7]]
    loss = torch.nn.functional.cross_entropy(torch.zeros(12, 9), targets.flatten())
    assert loss == pytest.approx(np.log(9))


# --- bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [RandomBatches, SequentialBatches])
def test_too_little_data_and_impossible_sizes(make):
    for nothing in (counted(0), counted(1), []):
        with pytest.raises(LabError, match=r"the data has [01] tokens.*give more text"):
            make(nothing, 1, 4)
    with pytest.raises(LabError, match="at least 1"):
        make(counted(50), 0, 4)
    with pytest.raises(LabError, match="at least 1"):
        make(counted(50), 4, 0)
    with pytest.raises(LabError, match="one long row"):
        make(counted(50).reshape(5, 10), 1, 4)


def test_batch_larger_than_the_data():
    RandomBatches(counted(50), 5, 8)
    with pytest.raises(LabError, match=r"batch_size=6 is larger than the data.* 5 windows"):
        RandomBatches(counted(50), 6, 8)
    RandomBatches(counted(9), 1, 8)
    with pytest.raises(LabError, match=r"context_length=8 needs 9 tokens, and the data has 8"):
        RandomBatches(counted(8), 1, 8)


@pytest.mark.parametrize(("rank", "world_size"), [(0, 3), (2, 2), (-1, 2), (0, 0)])
def test_shares_that_do_not_fit(rank, world_size):
    with pytest.raises(LabError, match=f"rank={rank} of world_size={world_size}"):
        RandomBatches(counted(100), 4, 8, rank=rank, world_size=world_size)


def test_other_impossible_settings():
    with pytest.raises(LabError, match="seed=-1"):
        RandomBatches(counted(100), 4, 8, seed=-1)
    for stride in (0, 9):
        with pytest.raises(LabError, match=f"stride={stride} must be from 1 to context_length=8"):
            SequentialBatches(counted(100), 4, 8, stride=stride)


@pytest.mark.parametrize("bad", [50, 65_535, -1])
@pytest.mark.parametrize("kind", [np.array, torch.tensor])
def test_ids_out_of_range_are_named(bad, kind):
    tokens = kind([1, 2, bad, 3, 4])
    message = rf"token id {bad} is outside 0 … 49"
    with pytest.raises(LabError, match=message):
        list(SequentialBatches(tokens, 1, 2, vocab_size=50))
    with pytest.raises(LabError, match=message):
        RandomBatches(tokens, 1, 4, vocab_size=50).batch(0)


def test_ids_that_are_no_whole_numbers():
    for tokens in (np.linspace(0, 1, 50), torch.linspace(0, 1, 50)):
        with pytest.raises(LabError, match="whole numbers"):
            RandomBatches(tokens, 1, 4).batch(0)


# --- memory ------------------------------------------------------------------------------------

WORKER = """if True:
    import pickle, re, sys

    def own_memory():  # kilobytes of this process alone; pages of mapped files are not among them
        return int(re.search(r"RssAnon:\\s+(\\d+) kB", open("/proc/self/status").read())[1])

    import gptlab.text.batches
    before = own_memory()
    batches = pickle.load(sys.stdin.buffer)
    print(sum(int(batches.batch(step)[0].sum()) for step in range(500)))
    print(own_memory() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc what memory a process owns")
def test_a_worker_holds_no_copy_of_the_corpus(tmp_path):
    ids = np.arange(10_000_000, dtype=np.uint16) % 5000
    paths = [tmp_path / "a.bin", tmp_path / "b.bin"]
    for path in paths:
        write_shard(path, ids, vocab_size=5000)
    batches = RandomBatches(TokenShards(paths), 64, 512)
    assert batches.n_windows < 500 * 64 * 1.25  # so most of the 40 MB is read
    done = subprocess.run(
        [sys.executable, "-c", WORKER], input=pickle.dumps(batches), capture_output=True,
        check=True, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    total, kilobytes = map(int, done.stdout.split())
    assert total == sum(int(batches.batch(step)[0].sum()) for step in range(500))
    assert kilobytes < 12_000
