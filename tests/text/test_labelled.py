"""Labelled texts: the topics of articles, movie reviews through the loader, samples and batches."""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from gptlab.errors import LabError
from gptlab.text import labelled
from gptlab.text.corpora import wikipedia
from gptlab.text.labelled import (
    TEST_A_LABEL,
    TOPICS,
    LabelledTask,
    LabelledText,
    article_topics,
    movie_reviews,
    unlabelled_articles,
)
from gptlab.text.labelled_batches import LabelledBatches, label_rows
from gptlab.text.wordpiece import SPECIAL_PIECES, WordPieceTokenizer

ROOT = Path(__file__).resolve().parents[2]
MIRROR = Path(os.environ.get("GPTLAB_MIRROR") or ROOT.parent / "shared" / "data")
TOKENIZER = WordPieceTokenizer([*SPECIAL_PIECES, *(f"w{i}" for i in range(30))])
TEXTS = [LabelledText(" ".join(f"w{i}" for i in range(n)), n % 3) for n in range(1, 13)]
TASK = LabelledTask("toy", ("a", "b", "c"), tuple(TEXTS), tuple(TEXTS[:3]))


def test_topics_of_articles():
    task = article_topics()
    assert task.labels == ("person", "place", "life", "science", "arts")
    assert Counter(each.label for each in task.test) == dict.fromkeys(range(5), TEST_A_LABEL)
    assert min(Counter(each.label for each in task.train).values()) >= 200
    sample = task.sample(500, seed=3)
    assert Counter(each.label for each in sample) == dict.fromkeys(range(5), 100)


def test_what_is_tested_was_never_read():
    corpus = wikipedia()
    titles = {d.title for d in (*corpus.train, *corpus.held_out)}
    named = [t for both in TOPICS.values() for titles_ in both for t in titles_.split("|")]
    assert len(set(named)) == len(named)
    assert set(named) <= titles
    read = "\n".join(d.text for d in unlabelled_articles())
    tested = {each.text for each in article_topics().test}
    assert not any(text in read for text in tested)
    assert not tested & {each.text for each in article_topics().train}
    assert {d.title for d in unlabelled_articles()}.isdisjoint(d.title for d in corpus.held_out)


@pytest.mark.skipif(
    not (MIRROR / "nltk" / "movie_reviews.zip").is_file(),
    reason=f"nltk/movie_reviews.zip is not at {MIRROR}; set GPTLAB_MIRROR",
)
def test_movie_reviews_through_the_loader(monkeypatch, tmp_path):
    monkeypatch.setenv("GPTLAB_MIRROR", str(MIRROR))
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path))
    movie_reviews.cache_clear()
    task = movie_reviews()
    assert task.labels == ("neg", "pos")
    assert Counter(each.label for each in task.train) == {0: 900, 1: 900}
    assert Counter(each.label for each in task.test) == {0: 100, 1: 100}
    first = task.train[0].text
    assert first.startswith("plot : two teen couples go to a church party")
    assert len({each.text for each in task.train}) > 1790
    movie_reviews.cache_clear()


def test_reviews_that_cannot_be_had(monkeypatch, tmp_path):
    monkeypatch.setattr(labelled, "fetch", lambda name: tmp_path / "reviews.zip")
    movie_reviews.cache_clear()
    (tmp_path / "reviews.zip").write_bytes(b"no archive")
    with pytest.raises(LabError, match="is damaged"):
        movie_reviews()
    with zipfile.ZipFile(tmp_path / "reviews.zip", "w") as archive:
        archive.writestr("movie_reviews/pos/cv000_1.txt", "good")
        archive.writestr("movie_reviews/neg/cv900_2.txt", "bad")
        archive.writestr("movie_reviews/README", "no review")
    task = movie_reviews()
    assert [(t.text, t.label) for t in (*task.train, *task.test)] == [("good", 1), ("bad", 0)]
    movie_reviews.cache_clear()


def test_samples_are_balanced_and_drawn_by_the_seed():
    sample = TASK.sample(7, seed=1)
    assert Counter(each.label for each in sample) == {0: 3, 1: 2, 2: 2}
    assert sample == TASK.sample(7, seed=1) != TASK.sample(7, seed=2)
    assert len(set(sample)) == 7


@pytest.mark.parametrize(
    ("do", "said"),
    [
        (lambda: TASK.sample(13, 0), "texts labelled"),
        (lambda: TASK.sample(2, 0), "one for each label"),
        (lambda: TASK.label_id("d"), "label 'd' is unknown; choose one of a, b, c"),
        (lambda: LabelledTask("x", ("a", "b"), (LabelledText("t", 2),), ()), "label 2 of 't'"),
        (lambda: LabelledTask("x", ("a", "b"), (), (LabelledText("t", -1),)), "label -1"),
        (lambda: LabelledBatches(TEXTS, TOKENIZER, 13, 8), "batch_size=13"),
        (lambda: LabelledBatches([], TOKENIZER, 1, 8), "0 texts"),
        (lambda: LabelledBatches([LabelledText(" ", 0)], TOKENIZER, 1, 8), "text 0 holds no token"),
        (lambda: label_rows(TEXTS, TOKENIZER, 2), "context_length is 2"),
    ],
)
def test_bad_input(do, said):
    with pytest.raises(LabError, match=said):
        do()


def test_batches_of_labelled_texts():
    batches = LabelledBatches(TEXTS, TOKENIZER, 4, context_length=8, seed=2)
    _, _, cls, sep, _ = TOKENIZER.special_ids
    seen = []
    for step in range(3):
        tokens, segments, labels = batches.batch(step)
        assert tokens.size(1) <= 8
        assert not segments.any()
        for row, label in zip(tokens.tolist(), labels.tolist(), strict=True):
            assert row[0] == cls
            assert row.count(sep) == 1
            n = row.index(sep) - 1
            seen.append((n, label))
            assert set(row[row.index(sep) + 1 :]) <= {0}
    # Every text once an epoch; those beyond six tokens are cut.
    assert sorted(seen) == sorted((min(n, 6), n % 3) for n in range(1, 13))
    assert (
        batches.batch(1)[0].tolist()
        == LabelledBatches(TEXTS, TOKENIZER, 4, 8, 2).batch(1)[0].tolist()
    )
    assert [batches.place(i) for i in range(12)] != [batches.place(i) for i in range(12, 24)]
