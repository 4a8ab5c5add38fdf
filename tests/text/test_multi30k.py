"""Multi30k through the real loader: sizes, pairing, both directions, and clear errors."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from gptlab.errors import LabError
from gptlab.text import multi30k as module
from gptlab.text.multi30k import multi30k

MIRROR = Path(
    os.environ.get("GPTLAB_MIRROR") or Path(__file__).resolve().parents[3] / "shared" / "data"
)


@pytest.fixture
def mirrored(tmp_path, monkeypatch):
    if not (MIRROR / "multi30k").is_dir():
        pytest.skip(f"no data mirror at {MIRROR}")
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path))
    monkeypatch.setenv("GPTLAB_MIRROR", str(MIRROR))


def test_the_parts_have_the_published_sizes_and_pair_both_ways(mirrored):
    there, back = multi30k("en-de"), multi30k("de-en")
    assert [len(part) for part in (there.train, there.val, there.test)] == [29_000, 1_014, 1_000]
    assert there.test[0] == (
        "A man in an orange hat starring at something.",
        "Ein Mann mit einem orangefarbenen Hut, der etwas anstarrt.",
    )
    assert back.test[0] == there.test[0][::-1]
    assert all(source and target for part in (there.train, there.test) for source, target in part)


def written(tmp_path, monkeypatch, **lines):
    """A mirror of six small files; None leaves one damaged."""
    for part in ("train", "val", "test_2016_flickr"):
        for language in ("en", "de"):
            content = lines.get(language, "one\ntwo\n")
            packed = b"no gzip" if content is None else gzip.compress(content.encode())
            (tmp_path / f"{part}.{language}.gz").write_bytes(packed)
    monkeypatch.setattr(module, "fetch", lambda name: tmp_path / Path(name).name)


def test_lines_that_do_not_pair_are_refused(tmp_path, monkeypatch):
    written(tmp_path, monkeypatch, de="eins\n")
    with pytest.raises(LabError, match="has 2 lines in en and 1 in de; fetch both again"):
        multi30k()


def test_a_damaged_file_is_named(tmp_path, monkeypatch):
    written(tmp_path, monkeypatch, en=None)
    with pytest.raises(LabError, match=r"multi30k/train.en.gz cannot be read"):
        multi30k()


@pytest.mark.parametrize("direction", ["en-fr", "de", "en-en", ""])
def test_another_direction_is_refused(direction):
    with pytest.raises(LabError, match="choose en-de or de-en"):
        multi30k(direction)
