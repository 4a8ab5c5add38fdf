"""Downloads: the course's larger files by name, checked, cached, and resumed after a cut.

pooch keeps the registry (downloads.json beside this file), the cache and the checksums. Here is
what it has no notion of: a mirror for classrooms without internet, and going on from where a
connection broke.

    GPTLAB_CACHE   where files are kept (default: the system's cache folder)
    GPTLAB_MIRROR  a folder or a URL with the same files under the same names, tried first
"""

from __future__ import annotations

import difflib
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from gptlab.errors import LabError

ATTEMPTS = 4  # a connection that breaks is taken up again so often before the reader is asked
TIMEOUT = (10, 30)  # seconds to connect, and between two pieces of the answer
PIECE = 1 << 13  # bytes; a piece that was cut is lost


@dataclass(frozen=True)
class Download:
    """One file: its name here and in a mirror, its public URL, SHA-256, size in bytes, licence."""

    name: str
    url: str
    sha256: str
    size: int
    licence: str


REGISTRY = Path(__file__).with_suffix(".json")
DOWNLOADS: dict[str, Download] = {
    row["name"]: Download(**row) for row in json.loads(REGISTRY.read_text(encoding="utf-8"))
}


def cache_folder() -> Path:
    """Where downloads are kept: GPTLAB_CACHE, or the system's cache folder for gptlab."""
    import pooch

    chosen = os.environ.get("GPTLAB_CACHE")
    return Path(chosen).expanduser() if chosen else Path(pooch.os_cache("gptlab"))


def names(wanted: str = "all") -> list[str]:
    """The registered files that a word stands for: a file, a group such as "multi30k", or "all".

    Raises LabError for an unknown word, with the closest known ones.
    """
    if wanted == "all":
        return list(DOWNLOADS)
    if wanted in DOWNLOADS:
        return [wanted]
    if group := [n for n in DOWNLOADS if n.split("/")[0] == wanted]:
        return group
    known = sorted({*DOWNLOADS, *(n.split("/")[0] for n in DOWNLOADS)})
    close = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(known)}"
    raise LabError(f"no download is called {wanted!r}; {hint}")


def fetch(name: str) -> Path:
    """The file of that name, from the cache, or else from GPTLAB_MIRROR or its public URL.

    A download that breaks off is taken up where it stopped, in this call and in the next. A file
    with the wrong checksum is deleted and refused. A damaged file in the cache is fetched again.

    Raises LabError: unknown name, no source reached, wrong checksum, no room or right to write.
    """
    import pooch
    from filelock import FileLock

    if name not in DOWNLOADS:
        names(name)  # explains an unknown name
        raise LabError(f"{name!r} is a group of files; name one of {', '.join(names(name))}")
    wanted = DOWNLOADS[name]
    path = cache_folder() / name
    if path.is_file() and pooch.file_hash(str(path)) == wanted.sha256:
        return path  # also from a cache that one may only read
    store = pooch.create(
        path=cache_folder(), base_url="", registry={name: wanted.sha256}, urls={name: wanted.url}
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Two processes of one training run must not write to the same half of a file.
        with FileLock(cache_folder() / ".lock"), _quiet(pooch.get_logger()):
            return Path(store.fetch(name, downloader=_Source(wanted, path)))
    except OSError as error:
        raise LabError(
            f"cannot keep {name} in {path.parent}: {error.strerror or error}; "
            "free some room, or set GPTLAB_CACHE to a folder that you may write to"
        ) from error


def table() -> list[dict[str, str]]:
    """Rows of `gptlab data list`: name, size, state ("cached" or ""), licence and url."""
    folder = cache_folder()
    return [
        {
            "name": d.name,
            "size": f"{d.size / 1e6:.1f} MB",
            "state": "cached" if (folder / d.name).is_file() else "",
            "licence": d.licence,
            "url": d.url,
        }
        for d in DOWNLOADS.values()
    ]


def verify(name: str = "all") -> dict[str, str]:
    """Recompute the checksums of the files in the cache: "ok", or "not downloaded", by name.

    Raises LabError if one is damaged, naming both checksums; or if a single file was asked for and
    is not there.
    """
    import pooch

    states = {}
    for each in names(name):
        path = cache_folder() / each
        if not path.is_file():
            states[each] = "not downloaded"
            continue
        found = pooch.file_hash(str(path))
        if found != DOWNLOADS[each].sha256:
            raise LabError(
                f"{path} is damaged: its SHA-256 is {found}, expected {DOWNLOADS[each].sha256}; "
                f"fetch it again: gptlab data get {each}"
            )
        states[each] = "ok"
    if states == {name: "not downloaded"}:
        raise LabError(f"{name} is not downloaded yet; fetch it: gptlab data get {name}")
    return states


class _Source:
    """Called by pooch to bring a file: from the mirror, else from the public URL."""

    def __init__(self, wanted: Download, path: Path) -> None:
        self.wanted = wanted
        self.part = path.with_name(path.name + ".part")

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Bring the file to `output_file`, whole and with the right checksum, or raise LabError."""
        failures = []
        for source in self.sources():
            for fresh in (False, True):  # a wrong sum after going on from an old part: once afresh
                resumed = self.part.exists()
                try:
                    self.bring(source)
                except _NoSource as failure:
                    failures.append(str(failure))
                    break
                found = self.checksum()
                if found == self.wanted.sha256:
                    os.replace(self.part, output_file)
                    return
                size = self.part.stat().st_size
                self.part.unlink()
                if fresh or not resumed:
                    raise LabError(
                        f"{self.wanted.name} from {source} is not the expected file: SHA-256 "
                        f"{found} ({size} bytes), expected {self.wanted.sha256} "
                        f"({self.wanted.size} bytes); it was deleted. Try again, or set "
                        "GPTLAB_MIRROR to a folder or URL that has the right one"
                    )
        raise LabError(
            f"cannot get {self.wanted.name}: {'; '.join(failures)}. Check the network and try "
            "again, or set GPTLAB_MIRROR to a folder or a URL that holds it as "
            f"{self.wanted.name} (public URL: {self.wanted.url})"
        )

    def sources(self) -> Iterator[str]:
        """The mirror's address of the file if there is a mirror, then the public one."""
        mirror = os.environ.get("GPTLAB_MIRROR", "").strip()
        if mirror.startswith(("http://", "https://")):
            yield f"{mirror.rstrip('/')}/{quote(self.wanted.name)}"
        elif mirror:
            folder = Path(mirror).expanduser()
            if not folder.is_dir():
                raise LabError(
                    f"GPTLAB_MIRROR is {mirror!r}, which is neither a folder nor an http(s) URL; "
                    "correct it or unset it"
                )
            yield str(folder / self.wanted.name)
        yield self.wanted.url

    def bring(self, source: str) -> None:
        """Make the part file whole from a path or URL; raises _NoSource where that fails."""
        if not source.startswith(("http://", "https://")):
            if not Path(source).is_file():
                raise _NoSource(f"{source} is not there")
            with open(source, "rb") as given, open(self.part, "wb") as part:
                shutil.copyfileobj(given, part)
            return
        for _ in range(ATTEMPTS):
            before = self.have()
            problem = self.go_on(source)
            if not problem:
                return
            if self.have() <= before:  # nothing came: asking again at once would not help
                break
        raise _NoSource(f"{source}: {problem}")

    def have(self) -> int:
        """Bytes brought so far."""
        return self.part.stat().st_size if self.part.exists() else 0

    def go_on(self, url: str) -> str:
        """Ask for what the part file lacks and append it; returns what went wrong, or ""."""
        import requests

        have = self.have()
        # Compressed on the way, the bytes would not be those that Range and the size count.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        try:
            with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
                if answer.status_code == 416 and have:  # the file there ends before our part does
                    self.part.unlink()
                    return self.go_on(url)
                if not answer.ok:
                    return f"HTTP {answer.status_code} {answer.reason}"
                start = f"bytes {have}-"
                at = answer.headers.get("Content-Range", "")
                if answer.status_code != 206 or not at.startswith(start):
                    have = 0  # the server sends the file from its beginning
                with open(self.part, "ab" if have else "wb") as part:
                    for piece in answer.iter_content(PIECE):
                        part.write(piece)
                        if part.tell() > self.wanted.size:
                            return ""  # too long: the checksum will refuse it
                    part.flush()
                    os.fsync(part.fileno())
                announced = answer.headers.get("Content-Length")
                if announced and self.have() - have == int(announced):
                    return ""  # all that the server has; the checksum judges it
                problem = ""
        except requests.ConnectionError:
            problem = "no connection"
        except requests.RequestException as error:
            problem = f"the connection broke ({type(error).__name__})"
        if self.have() >= self.wanted.size:
            return ""
        if self.have():
            return (
                f"cut off after {self.have()} of {self.wanted.size} bytes; these are kept, and the "
                "next try goes on from there"
            )
        return problem or "an empty answer"

    def checksum(self) -> str:
        """SHA-256 of what has been brought."""
        import pooch

        return pooch.file_hash(str(self.part))


class _NoSource(Exception):
    """This source cannot give the file; the next one may."""


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Without pooch's note of every download, which would stand in a notebook's stored output."""
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
