"""Corpora: named texts cut into documents, with a part that is held out to measure on.

    wikipedia         96 real Wikipedia articles inside the gensim package: no download
    tiny-shakespeare  1.1 MB of plays, downloaded (or from a mirror) by `gptlab.text.downloads`
    a path            a .txt file, or a folder of them

What is held out is never trained on: whole articles of Wikipedia, the end of a single text.
"""

from __future__ import annotations

import bz2
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gptlab.errors import LabError

if TYPE_CHECKING:
    from gptlab.text.grammar import Split

# Every tenth article of the alphabetical list of titles, from the sixth: see `wikipedia`.
HELD_OUT_EVERY, HELD_OUT_FROM = 10, 5
SHORTEST_ARTICLE = 600  # bytes of prose; what has less is a list or a disambiguation page
SMALLEST_TEXT = 1_000  # bytes; below that a held-out tenth says nothing
DUMP = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"


@dataclass(frozen=True)
class Document:
    """One text with its title: an article, a file."""

    title: str
    text: str


@dataclass(frozen=True)
class Corpus:
    """Documents to train on and documents to measure on; no document is in both."""

    name: str
    train: tuple[Document, ...]
    held_out: tuple[Document, ...]

    @property
    def train_text(self) -> str:
        """The training documents, a blank line between two."""
        return "\n\n".join(d.text for d in self.train)

    @property
    def held_out_text(self) -> str:
        """The held-out documents, a blank line between two."""
        return "\n\n".join(d.text for d in self.held_out)

    @property
    def train_bytes(self) -> int:
        """Size of the training documents in bytes of UTF-8, without anything between them."""
        return sum(len(d.text.encode()) for d in self.train)

    @property
    def held_out_bytes(self) -> int:
        """Size of the held-out documents in bytes of UTF-8: what bits per byte are counted over."""
        return sum(len(d.text.encode()) for d in self.held_out)


@functools.lru_cache(maxsize=1)
def wikipedia() -> Corpus:
    """The prose of the Wikipedia articles that the gensim package carries, articles kept apart.

    `gensim.test.utils.datapath` holds the first pages of a dump of English Wikipedia of May 2016:
    206 pages, 100 of them redirects. `gptlab.text.wikitext` takes the running text out of the
    others; the ten with less than 600 bytes of it (lists, disambiguation pages) are left out. What
    remains is 2.6 MB. A document is NFC text, paragraphs with a blank line between.

    Held out are whole articles: every tenth of the alphabetical list of titles, from the sixth on;
    that takes short and long ones, people, places and sciences alike.

    Raises LabError if the dump is missing from the installed gensim. Source: Wikipedia, CC BY-SA.
    """
    from gensim.corpora.wikicorpus import extract_pages
    from gensim.test.utils import datapath

    from gptlab.text.wikitext import to_prose

    path = Path(datapath(DUMP))
    if not path.is_file():
        raise LabError(
            f"the Wikipedia sample {path} is not there; gensim carries it: "
            "pip install --force-reinstall gensim"
        )
    with bz2.open(path, "rb") as dump:
        pages = [(title, text) for title, text, _ in extract_pages(dump)]
    articles = (
        Document(title, to_prose(text))
        for title, text in sorted(pages)
        if text[:9].lower() != "#redirect"
    )
    kept = [d for d in articles if len(d.text.encode()) >= SHORTEST_ARTICLE]
    held_out = kept[HELD_OUT_FROM::HELD_OUT_EVERY]
    train = [d for d in kept if d not in held_out]
    return Corpus("wikipedia", tuple(train), tuple(held_out))


@functools.lru_cache(maxsize=1)
def tiny_shakespeare() -> Corpus:
    """Karpathy's tiny Shakespeare, raw: the first nine tenths of its characters to train on.

    Source: github.com/karpathy/char-rnn; Shakespeare's plays are in the public domain. Downloaded
    on first use; raises LabError where it cannot be had (`gptlab.text.downloads.fetch`).
    """
    from gptlab.text.downloads import fetch

    return _cut("tiny-shakespeare", _read(fetch("tinyshakespeare/input.txt")))


@functools.cache
def toy_split() -> Split:
    """The toy language's boards: 20,000 sentences to train on, 2,000 to measure on, and 300 each
    with a word and with a combination of words that training never shows. Seed 0; see
    `ToyGrammar.split`.
    """
    from gptlab.text.grammar import toy_grammar

    return toy_grammar().split(seed=0, n_train=20_000, n_test=2_000, n_unseen=300)


NAMED = {"wikipedia": wikipedia, "tiny-shakespeare": tiny_shakespeare}


def load(name_or_path: str | Path) -> Corpus:
    """A corpus by name ("wikipedia", "tiny-shakespeare"), or from your own text.

    Your text is a UTF-8 file ending in .txt, whose last tenth (by characters) is held out, or a
    folder of such files. In a folder with ten files or more, every tenth by name is held out whole;
    with fewer, the last tenth of each.

    Raises LabError for an unknown name, a missing, empty or tiny text, and text that is not UTF-8.
    """
    name = str(name_or_path).lower().replace("_", "-")
    if name in NAMED:
        return NAMED[name]()
    path = Path(name_or_path).expanduser()
    if path.is_dir():
        return _from_folder(path)
    if not path.exists():
        raise LabError(
            f"no corpus and no file is called {str(name_or_path)!r}; give one of "
            f"{', '.join(NAMED)}, or the path of a .txt file or of a folder of .txt files"
        )
    if path.suffix.lower() != ".txt":
        raise LabError(f"{path} does not end in .txt; save the text as plain UTF-8 in a .txt file")
    text = _read(path)
    _check_size(path, len(text.encode()))
    return _cut(path.stem, text)


def _from_folder(folder: Path) -> Corpus:
    files = sorted(p for p in folder.rglob("*.txt") if p.is_file())
    if not files:
        raise LabError(
            f"the folder {folder} holds no .txt file; put your texts there, or name a file"
        )
    documents = [Document(p.relative_to(folder).as_posix(), _read(p)) for p in files]
    documents = [d for d in documents if d.text.strip()]
    _check_size(folder, sum(len(d.text.encode()) for d in documents))
    if len(documents) >= HELD_OUT_EVERY:
        held_out = documents[HELD_OUT_FROM::HELD_OUT_EVERY]
        train = [d for d in documents if d not in held_out]
        return Corpus(folder.resolve().name, tuple(train), tuple(held_out))
    cuts = [_cut(d.title, d.text) for d in documents]
    return Corpus(
        folder.resolve().name,
        tuple(d for c in cuts for d in c.train if d.text),
        tuple(d for c in cuts for d in c.held_out if d.text),
    )


def _cut(name: str, text: str) -> Corpus:
    """The first nine tenths of the characters to train on, the rest held out."""
    at = int(0.9 * len(text))
    return Corpus(name, (Document(name, text[:at]),), (Document(name, text[at:]),))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabError(
            f"{path} is not UTF-8: byte {error.object[error.start]:#04x} at offset {error.start}; "
            "save it as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8 old.txt > new.txt"
        ) from None
    except OSError as error:
        raise LabError(f"cannot read {path}: {error.strerror}; check its permissions") from None


def _check_size(path: Path, size: int) -> None:
    if size < SMALLEST_TEXT:
        state = "is empty" if not size else f"holds only {size} bytes"
        raise LabError(
            f"{path} {state}; training needs at least {SMALLEST_TEXT:,} bytes of text, "
            "and about 1,000,000 for results worth reading"
        )
