"""Corpora: what is in them, what is not, and what bad input gets to hear."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gptlab.errors import LabError
from gptlab.text import corpora, downloads
from gptlab.text.corpora import Corpus, Document, load, tiny_shakespeare, wikipedia

ROOT = Path(__file__).resolve().parents[2]
MIRROR = Path(os.environ.get("GPTLAB_MIRROR") or ROOT.parent / "shared" / "data")

# Held-out articles and their bytes. Scores on the scoreboard compare only while these stand.
HELD_OUT = {
    "Abacus": 18_964,
    "Adobe": 12_058,
    "Alain Connes": 1_343,
    "Algeria": 57_832,
    "America the Beautiful": 6_327,
    "Andorra": 30_581,
    "Anthropology": 45_045,
    "Arthur Schopenhauer": 48_572,
    "Austroasiatic languages": 7_725,
    "Transport in Angola": 1_261,
}

# What markup and its removal leave behind. None of it may be in any paragraph.
DEBRIS = {
    "markup": r"''|\[\[|\]\]|[{}|]|==|</?\w|__|&\w+;|&#\d",
    "web address": r"https?:|www\.\w+\.\w+/|ftp://",
    "file or category": r"(?i)\b(file|image|category|wikt|template):\S|\d+px\b|\bthumb\|",
    "empty quotes": r'(^|\s)""|""($|\s)|“”|‘’|(^|\s)"\s+"(\s|$)',
    "empty brackets": r"[(\[]\s*[\])]|\(\s*[,;:]|[,;:]\s*\)|\(\s|\s\)",
    "double or odd space": r"  |[\t\r\v\f\u00a0\u2000-\u200f\u2028-\u202f\u3000\ufeff]",
    "space before punctuation": r" [,;:.!?](\s|$)",
    "doubled punctuation": r",[,;:.]|;[,;:.]|:[,;.:]|(?<!\.)\.\.(?!\.)|\.{4}",
    "hole": r"[\ue000-\uf8ff\ufffd]",
    "control character": r"[\x00-\x1f\x7f-\x9f]",
    "bullet or indent": r"^[\s*#:;•·–—-]",
    "lower-case start": r"^[a-z]",
    "no end": r"[^.!?…\"”’')\]]$",
    "colon at the end": r":[\"”]?$",
    "footnote or reference": r"ISBN \d|\[\d{1,2}\]|Retrieved on|\bdoi:",
}


@pytest.fixture(scope="module")
def articles() -> tuple[Document, ...]:
    corpus = wikipedia()
    return corpus.train + corpus.held_out


@pytest.mark.parametrize("kind", DEBRIS)
def test_wikipedia_has_no_debris(articles, kind):
    hits = [
        (a.title, p[max(0, m.start() - 40) : m.end() + 40])
        for a in articles
        for p in a.text.split("\n\n")
        for m in re.finditer(DEBRIS[kind], p)
    ]
    assert hits == []


@pytest.mark.parametrize(
    ("kind", "sample"),
    [
        ("markup", "It is ''very'' old."),
        ("markup", "See [[Albedo]] for it."),
        ("markup", "One <br/> two."),
        ("web address", "At http://example.org now."),
        ("file or category", "Image:Cat.jpg is here."),
        ("empty quotes", 'The name "" is old.'),
        ("empty brackets", "Ada ( ) lived. Ada (; born 1815) lived."),
        ("double or odd space", "As per  the effects are."),
        ("space before punctuation", "It is old ."),
        ("doubled punctuation", "It is,, old."),
        ("hole", "It is \ue000 m high."),
        ("bullet or indent", "* An item."),
        ("lower-case start", "where x is a number."),
        ("no end", "A list of rivers"),
        ("colon at the end", "The rivers are:"),
    ],
)
def test_the_detectors_detect(kind, sample):
    assert re.search(DEBRIS[kind], sample)


def test_wikipedia_is_prose_in_whole_paragraphs(articles):
    paragraphs = [p for a in articles for p in a.text.split("\n\n")]
    words = [len(p.split()) for p in paragraphs]
    assert min(len(p) for p in paragraphs) >= 40
    assert sorted(words)[len(words) // 2] > 60  # the middle paragraph is several sentences long
    # Runs of short lines would be a list or a table.
    short = [w < 12 for w in words]
    assert not any(all(short[i : i + 4]) for i in range(len(short) - 3))
    assert all(p.count("(") == p.count(")") for p in paragraphs)


def test_wikipedia_is_normal_utf8_and_mostly_english(articles):
    text = "".join(a.text for a in articles)
    assert unicodedata.is_normalized("NFC", text)
    assert text.encode().decode() == text
    assert sum(ord(c) < 128 for c in text) / len(text) > 0.99


def test_wikipedia_keeps_articles_apart(articles):
    assert len(articles) == 96
    titles = [a.title for a in articles]
    assert len(set(titles)) == len(titles)
    assert len({a.text for a in articles}) == len(articles)
    assert all(len(a.text.encode()) >= 600 for a in articles)
    for redirect_or_list in ("AccessibleComputing", "Alien", "List of anthropologists"):
        assert redirect_or_list not in titles
    autism = next(a for a in articles if a.title == "Autism")
    assert autism.text.startswith("Autism is a neurodevelopmental disorder")


def test_wikipedia_sentences_keep_what_templates_say(articles):
    text = "\n\n".join(a.text for a in articles)
    assert "about 1,600 kilometres west of" in text  # {{convert|1600|km|mi}}
    assert "over 30 °C" in text
    assert "H₂O" in text
    assert "Aikido (Aikidō) is a modern" in text  # {{nihongo|…}}
    assert "Aristotle (384–322 BC) was a Greek philosopher" in text
    assert "USS Hornet" in text  # {{USS|Hornet|CV-12|6}}


def test_wikipedia_held_out_set_is_fixed():
    corpus = wikipedia()
    assert {d.title: len(d.text.encode()) for d in corpus.held_out} == HELD_OUT
    assert len(corpus.train) == 86
    assert not {d.title for d in corpus.train} & set(HELD_OUT)
    assert corpus.held_out_bytes == sum(HELD_OUT.values())
    share = corpus.held_out_bytes / (corpus.held_out_bytes + corpus.train_bytes)
    assert 0.08 < share < 0.1
    assert corpus.train_bytes == 2_337_339
    digest = hashlib.sha256((corpus.train_text + "\n" + corpus.held_out_text).encode())
    assert digest.hexdigest() == "24a1251a42bc3c98f7ead988cd28eb24d031a1b7eb8e90aeb768b73cc4d7e176"


def test_wikipedia_is_made_once_and_needs_no_cache_on_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path))
    assert load("wikipedia") is wikipedia() is load("Wikipedia")
    assert not list(tmp_path.iterdir())


def test_missing_dump_is_named(monkeypatch):
    monkeypatch.setattr(corpora, "DUMP", "not-in-the-package.bz2")
    with pytest.raises(LabError, match=r"not-in-the-package.*pip install"):
        wikipedia.__wrapped__()


@pytest.mark.skipif(not (MIRROR / "SOURCES.md").is_file(), reason=f"no data mirror at {MIRROR}")
def test_tiny_shakespeare_is_cut_by_position(tmp_path, monkeypatch):
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path))
    monkeypatch.setenv("GPTLAB_MIRROR", str(MIRROR))
    corpus = tiny_shakespeare.__wrapped__()
    (train,), (held_out,) = corpus.train, corpus.held_out
    raw = (MIRROR / "tinyshakespeare" / "input.txt").read_bytes().decode()
    assert train.text + held_out.text == raw
    assert len(train.text) == int(0.9 * len(raw)) == 1_003_854
    assert (corpus.train_bytes, corpus.held_out_bytes) == (1_003_854, 111_540)
    assert load("tiny_shakespeare") == load("tiny-shakespeare") == corpus


def test_tiny_shakespeare_without_a_source_says_so(tmp_path, monkeypatch):
    lost = downloads.DOWNLOADS["tinyshakespeare/input.txt"]
    nowhere = downloads.Download(lost.name, "http://127.0.0.1:9/x", lost.sha256, lost.size, "")
    monkeypatch.setattr(downloads, "DOWNLOADS", {lost.name: nowhere})
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path))
    monkeypatch.delenv("GPTLAB_MIRROR", raising=False)
    with pytest.raises(LabError, match=r"tinyshakespeare/input.txt.*GPTLAB_MIRROR"):
        tiny_shakespeare.__wrapped__()


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=400, max_size=600))
def test_your_file_is_cut_without_loss(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("own") / "Mine.txt"
    text = "x" * 700 + text
    path.write_bytes(text.encode())
    corpus = load(path)
    assert corpus.name == "Mine"
    assert corpus.train_text + corpus.held_out_text == text
    assert len(corpus.train_text) == int(0.9 * len(text))


def test_byte_order_mark_is_not_text(tmp_path):
    path = tmp_path / "windows.txt"
    path.write_bytes(b"\xef\xbb\xbf" + b"a line\r\n" * 200)
    assert load(str(path)).train_text.startswith("a line\r\n")


def write_folder(folder: Path, count: int) -> Path:
    for i in range(count):
        path = folder / ("deep" if i % 2 else ".") / f"{i:02}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Text {i}. " * 100, encoding="utf-8")
    (folder / "notes.md").write_text("not a text of the corpus")
    return folder


def test_folder_with_many_files_holds_out_whole_files(tmp_path):
    corpus = load(write_folder(tmp_path / "books", 21))
    assert corpus.name == "books"
    assert len(corpus.held_out) == 2
    assert len(corpus.train) == 19
    assert not {d.title for d in corpus.train} & {d.title for d in corpus.held_out}
    assert "deep/01.txt" in {d.title for d in corpus.train + corpus.held_out}
    assert corpus == load(tmp_path / "books")


def test_folder_with_few_files_cuts_each(tmp_path):
    corpus = load(write_folder(tmp_path / "books", 3))
    assert len(corpus.train) == len(corpus.held_out) == 3
    for head, tail in zip(corpus.train, corpus.held_out, strict=True):
        assert head.title == tail.title
        assert len(tail.text) == pytest.approx(0.1 * len(head.text + tail.text), abs=1)


def test_corpus_properties_count_bytes():
    corpus = Corpus("toy", (Document("a", "ä"), Document("b", "bc")), (Document("c", "✓"),))
    assert corpus.train_text == "ä\n\nbc"
    assert corpus.train_bytes == 4
    assert corpus.held_out_bytes == 3
    assert corpus.held_out_text == "✓"


def test_bad_input_gets_one_clear_line(tmp_path):
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "tiny.txt").write_text("To be, or not to be.")
    (tmp_path / "latin1.txt").write_bytes(b"x" * 2_000 + "café".encode("latin-1"))
    (tmp_path / "page.pdf").write_bytes(b"%PDF")
    (tmp_path / "no-texts").mkdir()
    (tmp_path / "blank").mkdir()
    (tmp_path / "blank" / "a.txt").write_text(" \n")
    (tmp_path / "mixed").mkdir()
    (tmp_path / "mixed" / "good.txt").write_text("fine " * 500)
    (tmp_path / "mixed" / "bad.txt").write_bytes(b"\xff\xfe" + b"a\x00" * 500)
    cases = {
        "wikipedai": rf"no corpus and no file.*'wikipedai'.*{', '.join(corpora.NAMED)}",
        "nowhere.txt": r"no corpus and no file.*nowhere\.txt",
        "empty.txt": r"empty\.txt is empty; training needs at least 1,000 bytes",
        "tiny.txt": r"tiny\.txt holds only 20 bytes; training needs at least 1,000 bytes",
        "latin1.txt": r"latin1\.txt is not UTF-8: byte 0xe9 at offset 2003;.*iconv",
        "page.pdf": r"page\.pdf does not end in \.txt",
        "no-texts": r"no-texts holds no \.txt file",
        "blank": r"blank is empty; training needs",
        "mixed": r"bad\.txt is not UTF-8: byte 0xff at offset 0",
    }
    for name, expected in cases.items():
        path = name if name == "wikipedai" else tmp_path / name
        with pytest.raises(LabError, match=expected) as caught:
            load(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", corpora.NAMED)
def test_a_named_corpus_is_told_of_where_people_look(name):
    root = Path(corpora.__file__).parents[1]
    assert name in (corpora.__doc__ or "")
    assert name in (root / "cli.py").read_text(encoding="utf-8"), "gptlab train --help lists them"
