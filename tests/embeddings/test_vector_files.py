"""Vectors on disk: read and written by gensim alike; damaged files are told apart."""

import struct

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given
from hypothesis import strategies as st

from gptlab.embeddings.vector_files import load_vectors, save_vectors
from gptlab.embeddings.vectors import WordVectors
from gptlab.errors import LabError

ENDINGS = ("txt", "vec", "bin")
RNG = np.random.default_rng(6)
VECTORS = WordVectors(
    ("the", "naïve", "don't", "日本", "1954"), RNG.normal(size=(5, 3)).astype(np.float32)
)


def same(first, second):
    assert tuple(first.words) == tuple(second.words)
    assert np.array_equal(first.matrix, second.matrix)


@pytest.mark.parametrize("ending", ENDINGS)
def test_there_and_back_without_losing_a_bit(tmp_path, ending):
    path = tmp_path / f"vectors.{ending}"
    save_vectors(VECTORS, path)
    same(load_vectors(path), VECTORS)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", ENDINGS)
def test_gensim_reads_ours_and_we_read_gensims(tmp_path, ending):
    ours, theirs = tmp_path / f"ours.{ending}", tmp_path / f"theirs.{ending}"
    save_vectors(VECTORS, ours)
    read = KeyedVectors.load_word2vec_format(ours, binary=ending == "bin")
    assert read.index_to_key == list(VECTORS.words)
    assert np.array_equal(read.vectors, VECTORS.matrix)
    read.save_word2vec_format(theirs, binary=ending == "bin")
    same(load_vectors(theirs), VECTORS)


@given(
    st.lists(
        st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda w: w.split() == [w]),
        min_size=1, max_size=6, unique=True,
    ),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_any_words_and_numbers(tmp_path_factory, words, seed):
    folder = tmp_path_factory.mktemp("vectors")
    bits = np.random.default_rng(seed).integers(0, 2**32, (len(words), 2), dtype=np.uint32)
    numbers = bits.view(np.float32)
    vectors = WordVectors(tuple(words), np.where(np.isfinite(numbers), numbers, 0))
    for ending in ("txt", "bin"):
        path = folder / f"v.{ending}"
        save_vectors(vectors, path)
        same(load_vectors(path), vectors)


@pytest.mark.parametrize("ending", ["txt", "bin"])
def test_a_file_cut_anywhere_is_told(tmp_path, ending):
    path = tmp_path / f"v.{ending}"
    save_vectors(VECTORS, path)
    whole = path.read_bytes()
    for size in range(len(whole) - 1):  # the last byte is a line feed that gensim leaves out
        path.write_bytes(whole[:size])
        with pytest.raises(LabError, match="v\\."):
            load_vectors(path)


@pytest.mark.parametrize(("promised", "message"), [(6, "6"), (4, "4"), (10**15, "ends in the mid")])
@pytest.mark.parametrize("ending", ["txt", "bin"])
def test_wrong_number_of_words_in_the_header(tmp_path, ending, promised, message):
    path = tmp_path / f"v.{ending}"
    save_vectors(VECTORS, path)
    path.write_bytes(path.read_bytes().replace(b"5 3", f"{promised} 3".encode(), 1))
    with pytest.raises(LabError, match=message if ending == "bin" else f"promises {promised}"):
        load_vectors(path)


@pytest.mark.parametrize("ending", ["txt", "bin"])
@pytest.mark.parametrize("dimensions", [2, 4])
def test_wrong_number_of_dimensions_in_the_header(tmp_path, ending, dimensions):
    path = tmp_path / f"v.{ending}"
    save_vectors(VECTORS, path)
    path.write_bytes(path.read_bytes().replace(b"5 3", f"5 {dimensions}".encode(), 1))
    with pytest.raises(LabError, match=r"v\.\w+"):
        load_vectors(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the first line should say"),
        (b"hello world\n", "the first line should say"),
        (b"0 3\n", "the first line should say"),
        (b"1 2\nthe 0.5 half\n", "line 2: could not convert"),
        (b"1 2\nthe 0.5 nan\n", "is damaged: the matrix holds NaN"),
        (b"2 1\nthe 0.5\nthe 0.5\n", "'the' stands twice"),
        (b"1 1\n\xff\xfe 0.5\n", "no UTF-8 text"),
        (b"1 1\n 0.5\n", "word number 1 is b''"),
    ],
)
def test_damaged_text(tmp_path, content, message):
    path = tmp_path / "v.txt"
    path.write_bytes(content)
    with pytest.raises(LabError, match=message):
        load_vectors(path)


def test_damaged_binary(tmp_path):
    path = tmp_path / "v.bin"
    path.write_bytes(b"1 1\nthe " + struct.pack("<f", 0.5) + b"\nand more")
    with pytest.raises(LabError, match="8 bytes follow after the 1 words"):
        load_vectors(path)
    path.write_bytes(b"1 1\nthe " + struct.pack("<f", float("inf")))
    with pytest.raises(LabError, match="holds NaN or infinity"):
        load_vectors(path)


def test_places_and_words_that_cannot_be(tmp_path):
    with pytest.raises(LabError, match=r"ends in '\.csv'"):
        save_vectors(VECTORS, tmp_path / "v.csv")
    with pytest.raises(LabError, match="cannot be read"):
        load_vectors(tmp_path / "none.bin")
    for word in ("", "New York", "line\n", "no\u00a0break"):
        with pytest.raises(LabError, match="empty or holds white space"):
            save_vectors(WordVectors((word,), np.ones((1, 2))), tmp_path / "v.txt")
    assert not list(tmp_path.iterdir())
