"""The meaning board: the committed rows come out again, and every row is asked the same."""

from pathlib import Path

import numpy as np
import pytest

from gptlab.embeddings.vectors import WordVectors
from gptlab.errors import LabError
from gptlab.evaluation import meaning, scoreboard
from gptlab.evaluation.meaning_baselines import MEANING_BASELINES, measure_meaning
from gptlab.text.words import Vocabulary

COMMITTED = Path(__file__).resolve().parents[2] / "book" / "scoreboard.json"


@pytest.fixture
def committed(monkeypatch):
    monkeypatch.setenv("GPTLAB_SCOREBOARD", str(COMMITTED))


@pytest.mark.parametrize("model", MEANING_BASELINES)
def test_the_committed_rows_come_out_again_inside_their_bands(committed, model):
    found = {row["data"]: row for row in scoreboard.rows("word meaning") if row["model"] == model}
    assert len(found) == 3, f"run python -m gptlab.evaluation.scoreboard: no rows of {model}"
    for again in measure_meaning(model):
        row = found[again["data"]]
        low, high = row["band"]
        assert high - low <= 0.011, "counting is exact: a wide band would hide a change"
        assert low <= again["value"] <= high
        assert {k: again[k] for k in ("note", "metric")} == {k: row[k] for k in ("note", "metric")}
        assert again["parameters"] == pytest.approx(row["parameters"], rel=0.001)


def test_every_model_of_a_set_was_asked_the_same_questions(committed):
    asked = {(row["data"], row["note"].split(";")[0]) for row in scoreboard.rows("word meaning")}
    assert len(asked) == 3


def test_the_order_of_history(committed):
    found = {
        row["model"]: row["value"]
        for row in scoreboard.rows("word meaning")
        if row["data"] == meaning.WORDSIM
    }
    counts, ppmi, svd = (found[model] for model in MEANING_BASELINES)
    assert counts < ppmi < svd


def small():
    words = ("tiger", "cat", "old", "new", "man", "woman", "king", "queen", "smart", "intelligent")
    words += ("hard", "difficult", "extra", "media", "radio", "dog")
    vectors = WordVectors(words, np.random.default_rng(0).normal(size=(len(words), 4)))
    return vectors, Vocabulary(words[:-2], np.ones(len(words) - 2))


def test_a_model_is_scored_on_the_boards_words_alone():
    vectors, vocabulary = small()
    found = meaning.score(vectors, vocabulary)
    assert found == meaning.score(vectors.restricted(vocabulary.words), vocabulary)
    assert (
        found.wordsim.covered
        < meaning.score(vectors, Vocabulary(vectors.words, None)).wordsim.covered
    )
    assert found.analogies.covered == 2
    assert "of 353 pairs" in str(found)


def test_a_model_without_the_boards_words_is_refused():
    vectors, vocabulary = small()
    with pytest.raises(LabError, match="1 of the 14 words that the board asks for have no vector"):
        meaning.score(vectors.restricted(vectors.words[1:]), vocabulary)


def test_rows_can_be_recorded(tmp_path, monkeypatch):
    monkeypatch.setenv("GPTLAB_SCOREBOARD", str(tmp_path / "board.json"))
    found = meaning.score(*small())
    settings = {"chapter": 6, "seconds": 1.0, "parameters": 64, "command": "x", "device": "cpu"}
    bands = dict.fromkeys((meaning.WORDSIM, meaning.SIMLEX, meaning.QUESTIONS), (-1.0, 1.0))
    for band in (0.1, bands):
        for row in meaning.meaning_rows(found, "CBOW", seed=1, bands=band, **settings):
            scoreboard.record(row)
    rows = scoreboard.rows("word meaning")
    assert len(rows) == 3
    assert {row["metric"] for row in rows} == {"Spearman ρ", "analogy accuracy"}
    assert all(row["band"] == [-1, 1] for row in rows)


def test_unknown_baseline():
    with pytest.raises(LabError, match="'BERT' is not a baseline; choose one of raw counts"):
        measure_meaning("BERT")
