"""Downloads over a loopback server and from folders: nothing here reaches beyond this machine."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback_server import Server

from gptlab.errors import LabError
from gptlab.text import downloads
from gptlab.text.downloads import DOWNLOADS, Download, fetch, names, table, verify

ROOT = Path(__file__).resolve().parents[2]
MIRROR = Path(os.environ.get("GPTLAB_MIRROR") or ROOT.parent / "shared" / "data")
CONTENT = bytes(range(256)) * 2_000  # 512 kB, so that a cut falls inside
NAME = "toy/file.bin"


@pytest.fixture
def server():
    it = Server()
    yield it
    it.http.shutdown()
    it.http.server_close()


@pytest.fixture
def public(server, tmp_path, monkeypatch):
    """One registered toy file whose public URL is the loopback server, and an empty cache."""
    toy = Download(
        NAME,
        f"{server.url}/public/file.bin",
        hashlib.sha256(CONTENT).hexdigest(),
        len(CONTENT),
        "none",
    )
    monkeypatch.setattr(downloads, "DOWNLOADS", {NAME: toy})
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GPTLAB_MIRROR", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server.files["/public/file.bin"] = CONTENT
    return toy


def test_downloads_once_then_uses_the_cache(server, public, tmp_path):
    path = fetch(NAME)
    assert path == tmp_path / "cache" / NAME
    assert path.read_bytes() == CONTENT
    assert fetch(NAME) == path
    assert len(server.asked) == 1
    assert [p.name for p in path.parent.iterdir()] == ["file.bin"]  # no part file is left


def test_a_damaged_file_in_the_cache_is_fetched_again(server, public):
    path = fetch(NAME)
    path.write_bytes(CONTENT[:-1] + b"x")
    assert fetch(NAME).read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_goes_on_where_the_connection_broke(server, public):
    server.cuts = [100_000, 150_000]
    assert fetch(NAME).read_bytes() == CONTENT
    ranges = [r for _, r in server.asked]
    assert ranges[0] == ""
    starts = [int(r.removeprefix("bytes=").rstrip("-")) for r in ranges[1:]]
    assert starts[-1] > 0
    assert starts == sorted(starts)
    assert server.encodings == {"identity"}  # Range counts the bytes as they are sent


def test_goes_on_in_the_next_call(server, public, tmp_path):
    server.cuts = [50_000, 50_000, 50_000, 50_000]
    with pytest.raises(LabError, match=r"cut off after \d+ of 512000 bytes.*goes on from there"):
        fetch(NAME)
    kept = (tmp_path / "cache" / "toy" / "file.bin.part").stat().st_size
    assert 0 < kept < len(CONTENT)
    assert not (tmp_path / "cache" / NAME).exists()
    server.asked.clear()
    assert fetch(NAME).read_bytes() == CONTENT
    assert server.asked == [("/public/file.bin", f"bytes={kept}-")]


def test_starts_again_where_the_server_ignores_range(server, public):
    server.ranges = False
    server.cuts = [70_000]
    assert fetch(NAME).read_bytes() == CONTENT
    assert server.asked[1][1].startswith("bytes=")


def test_notices_a_cut_without_content_length(server, public):
    server.length = False
    server.cuts = [70_000]
    assert fetch(NAME).read_bytes() == CONTENT
    assert len(server.asked) == 2


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cuts=st.lists(st.integers(0, len(CONTENT)), max_size=3), ranges=st.booleans())
def test_any_cuts_end_in_the_whole_file_or_a_clear_error(server, public, cuts, ranges):
    server.cuts, server.ranges = list(cuts), ranges
    cached = downloads.cache_folder() / NAME
    cached.unlink(missing_ok=True)
    try:
        fetch(NAME)
    except LabError:
        assert not cached.exists()
        server.cuts = []
    assert fetch(NAME).read_bytes() == CONTENT  # nothing is left that spoils the next try


@pytest.mark.parametrize("wrong", [CONTENT[:-1] + b"x", b"<html>log in</html>", CONTENT + b"more"])
def test_wrong_checksum_is_refused_and_nothing_kept(server, public, tmp_path, wrong):
    server.files["/public/file.bin"] = wrong
    with pytest.raises(LabError) as caught:
        fetch(NAME)
    message = str(caught.value)
    assert public.sha256 in message
    assert NAME in message
    if len(wrong) <= len(CONTENT):
        assert hashlib.sha256(wrong).hexdigest() in message
    assert "\n" not in message
    assert not list((tmp_path / "cache" / "toy").iterdir())


def test_part_of_another_file_does_not_spoil_the_download(server, public, tmp_path):
    part = tmp_path / "cache" / "toy" / "file.bin.part"
    part.parent.mkdir(parents=True)
    for stale in (b"z" * 1_000, b"z" * len(CONTENT), b"z" * (len(CONTENT) + 5)):
        part.write_bytes(stale)
        assert fetch(NAME).read_bytes() == CONTENT
        (tmp_path / "cache" / NAME).unlink()


def test_mirror_folder_comes_first(server, public, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror"
    (mirror / "toy").mkdir(parents=True)
    (mirror / NAME).write_bytes(CONTENT)
    monkeypatch.setenv("GPTLAB_MIRROR", str(mirror))
    assert fetch(NAME).read_bytes() == CONTENT
    assert server.asked == []


def test_mirror_url_comes_first_and_resumes(server, public, monkeypatch):
    monkeypatch.setenv("GPTLAB_MIRROR", f"{server.url}/mirror/")
    server.files["/mirror/toy/file.bin"] = CONTENT
    server.cuts = [200_000]
    assert fetch(NAME).read_bytes() == CONTENT
    assert {path for path, _ in server.asked} == {"/mirror/toy/file.bin"}
    assert server.asked[-1][1]


@pytest.mark.parametrize("kind", ["folder", "url", "dead url"])
def test_public_url_serves_what_the_mirror_lacks(server, public, tmp_path, monkeypatch, kind):
    mirrors = {
        "folder": str(tmp_path),
        "url": f"{server.url}/empty",
        "dead url": "http://127.0.0.1:9/mirror",
    }
    monkeypatch.setenv("GPTLAB_MIRROR", mirrors[kind])
    assert fetch(NAME).read_bytes() == CONTENT
    assert server.asked[-1][0] == "/public/file.bin"


def test_wrong_file_in_the_mirror_is_refused(server, public, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror"
    (mirror / "toy").mkdir(parents=True)
    (mirror / NAME).write_bytes(b"something else")
    monkeypatch.setenv("GPTLAB_MIRROR", str(mirror))
    with pytest.raises(LabError, match=re.escape(str(mirror / NAME))) as caught:
        fetch(NAME)
    assert hashlib.sha256(b"something else").hexdigest() in str(caught.value)
    assert public.sha256 in str(caught.value)
    assert not (tmp_path / "cache" / NAME).exists()


def test_mirror_that_is_nothing_is_named(public, tmp_path, monkeypatch):
    monkeypatch.setenv("GPTLAB_MIRROR", str(tmp_path / "nowhere"))
    with pytest.raises(LabError, match="neither a folder nor an http"):
        fetch(NAME)


@pytest.mark.parametrize("trouble", ["no network", "404"])
def test_no_source_names_file_url_and_way_out(server, public, monkeypatch, trouble):
    if trouble == "404":
        server.files.clear()
        url = public.url
    else:
        url = "http://127.0.0.1:9/file.bin"  # nobody listens at the discard port
        lost = Download(NAME, url, public.sha256, public.size, "none")
        monkeypatch.setattr(downloads, "DOWNLOADS", {NAME: lost})
    with pytest.raises(LabError) as caught:
        fetch(NAME)
    for part in (NAME, url, "GPTLAB_MIRROR", "no connection" if trouble != "404" else "404"):
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid"), reason="POSIX permissions")
def test_cache_that_cannot_be_written_is_named(public, tmp_path, monkeypatch):
    blocked = tmp_path / "a-file"
    blocked.write_text("in the way")
    monkeypatch.setenv("GPTLAB_CACHE", str(blocked))
    with pytest.raises(LabError, match=r"cannot keep toy/file.bin.*GPTLAB_CACHE"):
        fetch(NAME)


def test_disk_full_is_named_and_leaves_no_file(public, tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LabError, match="No space left on device"):
        fetch(NAME)
    assert not (tmp_path / "cache" / NAME).exists()


def test_two_processes_at_once_get_the_whole_file(server, public, tmp_path):
    code = (
        "import sys; from gptlab.text import downloads as d;"
        f"d.DOWNLOADS = {{{NAME!r}: d.Download({NAME!r}, {public.url!r}, {public.sha256!r},"
        f" {public.size}, '')}};"
        f"print(len(d.fetch({NAME!r}).read_bytes()))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = functools.partial(
        subprocess.Popen, [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE
    )
    for process in [run(), run()]:
        assert process.communicate(timeout=60)[0].strip() == str(len(CONTENT)).encode()
    assert len(server.asked) == 1


def test_unknown_names_get_a_suggestion():
    with pytest.raises(LabError, match=r"did you mean .*tinyshakespeare/input.txt"):
        fetch("tinyshakespear/input.txt")
    with pytest.raises(LabError, match="known: "):
        fetch("qqqqqq")
    with pytest.raises(LabError, match=r"group of files; name one of gpt2/vocab\.bpe"):
        fetch("gpt2")


def test_groups():
    assert names("gpt2") == ["gpt2/vocab.bpe", "gpt2/encoder.json"]
    assert names("gpt2/vocab.bpe") == ["gpt2/vocab.bpe"]
    assert len(names("multi30k")) == 6
    assert names() == list(DOWNLOADS)


def test_registry_is_complete():
    for name, d in DOWNLOADS.items():
        assert name == d.name
        assert d.url.startswith("https://")
        assert d.url.rsplit("/", 1)[1] == name.rsplit("/", 1)[1]
        assert re.fullmatch("[0-9a-f]{64}", d.sha256)
        assert d.size > 0
        assert d.licence


def test_table_and_verify(public, tmp_path):
    assert [row["state"] for row in table()] == [""]
    assert verify() == verify("toy") == {NAME: "not downloaded"}
    with pytest.raises(LabError, match="not downloaded yet; fetch it: gptlab data get"):
        verify(NAME)
    path = fetch(NAME)
    assert verify(NAME) == {NAME: "ok"}
    assert table()[0]["state"] == "cached"
    assert table()[0]["size"] == "0.5 MB"
    path.write_bytes(b"damaged")
    with pytest.raises(LabError, match=hashlib.sha256(b"damaged").hexdigest()):
        verify()


needs_mirror = pytest.mark.skipif(
    not (MIRROR / "SOURCES.md").is_file(), reason=f"no data mirror at {MIRROR}"
)


@needs_mirror
@pytest.mark.parametrize("name", DOWNLOADS)
def test_registry_agrees_with_the_real_files(name):
    content = (MIRROR / name).read_bytes()
    assert len(content) == DOWNLOADS[name].size
    assert hashlib.sha256(content).hexdigest() == DOWNLOADS[name].sha256


@needs_mirror
def test_every_real_file_is_registered():
    there = {p.relative_to(MIRROR).as_posix() for p in MIRROR.rglob("*") if p.is_file()}
    assert there - {"SOURCES.md"} == set(DOWNLOADS)


@needs_mirror
def test_real_mirror_over_http(server, tmp_path, monkeypatch):
    for name in names("gpt2"):
        server.files[f"/{name}"] = (MIRROR / name).read_bytes()
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path))
    monkeypatch.setenv("GPTLAB_MIRROR", server.url)
    server.cuts = [300_000]
    for name in names("gpt2"):
        assert fetch(name).read_bytes() == (MIRROR / name).read_bytes()
