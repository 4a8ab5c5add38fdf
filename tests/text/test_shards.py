"""Token shards: what is written is what is read; many read as one; a damaged file says so."""

import json
import os
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gptlab.errors import LabError
from gptlab.text import shards
from gptlab.text.corpora import Document
from gptlab.text.shards import HEADER_BYTES, TokenShards, tokenize_corpus, write_shard
from gptlab.text.tokenizers import END_OF_TEXT, BPETokenizer, ByteTokenizer, CharTokenizer


@pytest.fixture
def shard(tmp_path):
    path = tmp_path / "new folder" / "train.bin"
    write_shard(path, np.arange(100), vocab_size=100)
    return path


@pytest.mark.parametrize(
    ("vocab_size", "dtype"), [(2, "uint16"), (65_536, "uint16"), (65_537, "uint32")]
)
def test_the_largest_id_survives_in_the_smallest_type(tmp_path, vocab_size, dtype):
    path = tmp_path / "a.bin"
    write_shard(path, [0, 1, vocab_size - 1], vocab_size)
    tokens = TokenShards(path)
    assert tokens[:].tolist() == [0, 1, vocab_size - 1]
    assert tokens[:].dtype == tokens.dtype == dtype
    assert path.stat().st_size == HEADER_BYTES + 3 * np.dtype(dtype).itemsize


def test_the_first_line_tells_a_person_what_the_file_is(shard):
    header = json.loads(shard.read_bytes().split(b"\n")[0])
    assert header == {
        "format": "gptlab token shard",
        "version": 1,
        "dtype": "uint16",
        "count": 100,
        "vocab_size": 100,
    }
    assert os.listdir(shard.parent) == ["train.bin"]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.data())
@settings(max_examples=100, deadline=None)
def test_many_shards_read_as_one_row(tmp_path_factory, lengths, data):
    folder = tmp_path_factory.mktemp("shards")
    whole = np.arange(sum(lengths))
    parts = np.split(whole, np.cumsum(lengths)[:-1])
    paths = [folder / f"{i}.bin" for i in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        write_shard(path, part, vocab_size=100)
    tokens = TokenShards(paths)
    assert len(tokens) == len(whole)
    ends = st.none() | st.integers(-len(whole) - 2, len(whole) + 2)
    where = slice(data.draw(ends), data.draw(ends))
    assert tokens[where].tolist() == whole[where].tolist()
    at = data.draw(st.integers(-len(whole), len(whole) - 1))
    assert tokens[at] == whole[at]


def test_a_slice_inside_a_shard_is_the_file_itself(shard):
    tokens = TokenShards([shard, shard])
    assert isinstance(tokens[10:20], np.memmap)
    assert np.shares_memory(tokens[10:20], tokens[15:16])
    assert not tokens[10:20].flags.writeable
    assert tokens[95:105].tolist() == [95, 96, 97, 98, 99, 0, 1, 2, 3, 4]


def test_what_goes_to_another_process_is_the_path(tmp_path):
    path = tmp_path / "large.bin"
    write_shard(path, np.zeros(1_000_000, dtype=np.uint16), vocab_size=10)
    sent = pickle.dumps(TokenShards(path))
    assert len(sent) < 1_000
    assert len(pickle.loads(sent)) == 1_000_000


def test_places_that_are_not_there(shard):
    tokens = TokenShards(shard)
    with pytest.raises(IndexError):
        tokens[100]
    with pytest.raises(LabError, match="step 1, not 2"):
        tokens[::2]


@pytest.mark.parametrize("bad", [-1, 10, 70_000])
@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_ids_out_of_range_are_not_written(tmp_path, bad, kind):
    with pytest.raises(LabError, match=rf"token id {bad} is outside 0 … 9"):
        write_shard(tmp_path / "a.bin", kind([1, 2, bad]), vocab_size=10)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("ids", [[], [[1, 2]], [1.0, 2.0], 5, ["a"]])
def test_what_is_no_row_of_ids_is_not_written(tmp_path, ids):
    with pytest.raises(LabError, match="one row of whole numbers"):
        write_shard(tmp_path / "a.bin", ids, vocab_size=10)


def test_a_shard_cut_short_anywhere_is_damaged(shard):
    content = shard.read_bytes()
    for length in [*range(0, len(content), 7), len(content) - 1]:
        shard.write_bytes(content[:length])
        with pytest.raises(LabError, match=r"train\.bin (has no header|is damaged)"):
            TokenShards(shard)
    shard.write_bytes(content + b"\0")
    with pytest.raises(LabError, match=r"promises 100 tokens in 456 bytes, the file has 457"):
        TokenShards(shard)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"version": 2},
        {"dtype": "uint32"},
        {"dtype": "float16"},
        {"count": 0},
        {"count": -1},
        {"count": "many"},
        {"count": 100.5},
        {"vocab_size": None},
        {"vocab_size": 0},
    ],
)
def test_a_header_that_cannot_be_is_refused(shard, change):
    content = shard.read_bytes()
    header = {**json.loads(content[:HEADER_BYTES]), **change}
    shard.write_bytes(
        json.dumps(header).encode().ljust(HEADER_BYTES - 1) + b"\n" + content[HEADER_BYTES:]
    )
    with pytest.raises(LabError, match=r"train\.bin"):
        TokenShards(shard)


def test_shards_that_are_missing_or_do_not_belong_together(shard, tmp_path):
    with pytest.raises(LabError, match=r"none\.bin cannot be read"):
        TokenShards(tmp_path / "none.bin")
    with pytest.raises(LabError, match="no shard was given"):
        TokenShards([])
    other = tmp_path / "other.bin"
    write_shard(other, [1, 2], vocab_size=50)
    with pytest.raises(LabError, match=r"other\.bin has vocab_size 50.* has 100"):
        TokenShards([shard, other])


def test_a_write_that_fails_leaves_the_old_shard(shard, monkeypatch):
    before = shard.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LabError, match=r"No space left on device; free some space"):
        write_shard(shard, [1, 2, 3], vocab_size=10)
    assert shard.read_bytes() == before
    assert os.listdir(shard.parent) == ["train.bin"]


def test_end_of_text_stands_before_every_document():
    tokenizer = BPETokenizer([])
    documents = [Document("one", "ab"), Document("two", "c")]
    ids = tokenize_corpus(documents, tokenizer)
    assert ids.dtype == np.uint16
    assert tokenizer.decode(ids) == f"{END_OF_TEXT}ab{END_OF_TEXT}c"
    assert (ids == 256).sum() == 2
    assert ids.tolist() == tokenize_corpus(["ab", "c"], tokenizer).tolist()


def test_text_that_names_the_end_of_text_does_not_end_it():
    tokenizer = BPETokenizer([])
    assert (tokenize_corpus(f"a{END_OF_TEXT}b", tokenizer) == 256).sum() == 1


def test_one_document_needs_no_end_of_text_but_two_do():
    assert tokenize_corpus("hello", CharTokenizer.train("hello")).tolist() == [1, 0, 2, 2, 3]
    with pytest.raises(LabError, match=r"no <\|endoftext\|> to keep 2 documents apart"):
        tokenize_corpus(["a", "b"], ByteTokenizer())


@pytest.mark.parametrize("documents", [[], "", [""], [Document("a", ""), Document("b", "")]])
def test_a_corpus_without_text_is_refused(documents):
    with pytest.raises(LabError, match="no text"):
        tokenize_corpus(documents, BPETokenizer([]))


def test_large_vocabularies_take_four_bytes():
    assert shards.dtype_for(65_536) == np.uint16
    assert shards.dtype_for(65_537) == np.uint32
