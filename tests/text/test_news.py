"""The news corpus: what lies in gensim is read whole, and its judgements are a sound matrix."""

from __future__ import annotations

import numpy as np
import pytest

from gptlab.errors import LabError
from gptlab.text import news as news_file
from gptlab.text.news import news, whole_matrix
from gptlab.text.words import word_tokens


def test_there_are_300_and_50_items_all_with_words():
    corpus = news()
    assert (len(corpus.background), len(corpus.judged)) == (300, 50)
    assert corpus.documents == corpus.background + corpus.judged
    lengths = [len(word_tokens(document.text)) for document in corpus.judged]
    assert min(lengths) >= 40
    assert max(lengths) <= 130
    assert all(word_tokens(document.text) for document in corpus.background)


def test_the_two_parts_share_no_item_and_the_background_repeats_seven():
    corpus = news()
    background = [document.text for document in corpus.background]
    assert not set(background) & {document.text for document in corpus.judged}
    assert len(background) - len(set(background)) == 7


def test_the_one_letter_outside_ascii_is_a_pound_sign():
    odd = {c for document in news().documents for c in document.text if not c.isascii()}
    assert odd == {"£"}


def test_judgements_are_symmetric_with_ones_on_the_diagonal():
    human = news().human
    assert human.shape == (50, 50)
    assert (human == human.T).all()
    assert (np.diag(human) == 1).all()
    assert human.min() == 0.2
    pairs = human[np.triu_indices(50, 1)]
    assert (pairs < 1).sum() >= 1220
    with pytest.raises(ValueError, match="read-only"):
        human[0, 1] = 0


def test_the_same_corpus_comes_back():
    assert news() is news()


@pytest.mark.parametrize(
    ("above", "said"),
    [
        (np.eye(3), "3 × 3; 2 documents"),
        (np.ones((2, 3)), "2 × 3; 2 documents"),
        (np.array([[1, 1.5], [0, 1]]), "from 0 to 1"),
        (np.array([[1, np.nan], [0, 1]]), "from 0 to 1"),
        (np.array([[0.5, 0.5], [0, 1]]), "1 on the diagonal"),
    ],
)
def test_a_matrix_that_is_none_is_refused(above, said):
    with pytest.raises(LabError, match=said):
        whole_matrix(above, 2)


def test_a_missing_file_is_named(monkeypatch):
    monkeypatch.setattr(news_file, "JUDGED", "nowhere.cor")
    news.cache_clear()
    try:
        with pytest.raises(LabError, match=r"nowhere\.cor is not there"):
            news()
    finally:
        monkeypatch.undo()
        news.cache_clear()
