"""Tokenizers on disk: what is written can be read, and what is damaged is one clear error."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gptlab.errors import LabError
from gptlab.text import bpe
from gptlab.text.tokenizers import END_OF_TEXT, BPETokenizer, ByteTokenizer, load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def trained() -> BPETokenizer:
    return BPETokenizer.train(["It was the best of times, it was the worst of times"] * 4, 275)


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("saved") / "tokenizer.json"
    BPETokenizer.train("low lower lowest low", 260).save(path)
    return path.read_bytes()


def test_the_file_can_be_read_by_a_person(saved):
    assert '"kind": "bpe"' in saved.decode()
    assert '"l o"' in saved.decode()


def test_a_file_cut_anywhere_is_one_clear_error(saved, tmp_path):
    path = tmp_path / "cut.json"
    for length in range(len(saved.rstrip())):
        path.write_bytes(saved[:length])
        with pytest.raises(LabError, match=r"cut\.json is (damaged|not UTF-8)"):
            load(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, "no gptlab tokenizer"),
        ({"version": 2}, "format version 2"),
        ({"kind": "word"}, "kind 'word'"),
        ({"merges": ["l o", "q"]}, "damaged: merge 1"),
        ({"merges": [1]}, "damaged"),
        ({"merges": None}, "damaged"),
        ({"merges": ["l o", "l o"]}, "damaged: two merges"),
        ({"special_tokens": ["a", "a"]}, "damaged: special tokens"),
        ({"special_tokens": 5}, "damaged"),
        ({"kind": "character"}, "'characters' is missing"),
    ],
)
def test_damaged_content_is_one_clear_error(saved, tmp_path, change, message):
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({**json.loads(saved), **change}))
    with pytest.raises(LabError, match=message):
        load(path)


def test_missing_files_and_other_bytes(tmp_path):
    with pytest.raises(LabError, match="is not there"):
        load(tmp_path / "none.json")
    with pytest.raises(LabError, match="cannot be read"):
        load(tmp_path)
    (tmp_path / "latin.json").write_bytes(b'{"a": "\xe9"}')
    with pytest.raises(LabError, match="not UTF-8"):
        load(tmp_path / "latin.json")
    (tmp_path / "list.json").write_text("[1, 2]")
    with pytest.raises(LabError, match="no gptlab tokenizer"):
        load(tmp_path / "list.json")


def test_gpt2_files_that_do_not_belong_together(tmp_path):
    merges, encoder = tmp_path / "vocab.bpe", tmp_path / "encoder.json"
    names = [*bpe.BYTE_SYMBOLS, "lo", END_OF_TEXT]
    merges.write_text("#version: 0.2\nl o\n", encoding="utf-8")
    encoder.write_text(json.dumps({name: i for i, name in enumerate(names)}))
    assert BPETokenizer.from_gpt2(merges, encoder).vocab_size == 258
    for wrong in ({}, {"lo": 3}, {name: i + 1 for i, name in enumerate(names)}, [1]):
        encoder.write_text(json.dumps(wrong))
        with pytest.raises(LabError, match=r"encoder\.json"):
            BPETokenizer.from_gpt2(merges, encoder)
    merges.write_text("#version: 0.2\nlo w\n", encoding="utf-8")
    with pytest.raises(LabError, match=r"vocab\.bpe is damaged: merge 0"):
        BPETokenizer.from_gpt2(merges, encoder)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(trained, tmp_path, monkeypatch):
    path = tmp_path / "tokenizer.json"
    trained.save(path)
    before = path.read_bytes()

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LabError, match=r"tokenizer.json: No space left on device; free some space"):
        ByteTokenizer().save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["tokenizer.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_write_that_really_fails_leaves_the_old_file(trained, tmp_path):
    path = tmp_path / "tokenizer.json"
    ByteTokenizer().save(path)
    before = path.read_bytes()
    trained.save(tmp_path / "large.json")
    script = """if True:
        import resource, sys
        from gptlab.errors import LabError
        from gptlab.text.tokenizers import load
        large = load(sys.argv[2])
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
        try:
            large.save(sys.argv[1])
        except LabError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", script, path, tmp_path / "large.json"],
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    assert "File too large" in done.stdout
    assert path.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["large.json", "tokenizer.json"]
