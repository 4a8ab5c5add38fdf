"""The translation board: every row is computed again; the ladder stands as the chapter tells it."""

from pathlib import Path

import pytest

from gptlab.errors import LabError
from gptlab.evaluation import scoreboard
from gptlab.evaluation.translation_baselines import (
    TRANSLATORS,
    measure_translation,
    score_toy,
    translate_texts,
)
from gptlab.text.corpora import toy_split

COMMITTED = Path(__file__).resolve().parents[2] / "book" / "scoreboard.json"


@pytest.fixture
def committed(monkeypatch):
    monkeypatch.setenv("GPTLAB_SCOREBOARD", str(COMMITTED))
    return [row for row in scoreboard.rows("translation") if row["chapter"] == 4]


@pytest.mark.parametrize("model", TRANSLATORS)
def test_the_committed_rows_come_out_again_inside_their_bands(committed, model):
    for again in measure_translation(model):
        found = [
            row for row in committed if row["model"] == model and row["metric"] == again["metric"]
        ]
        assert len(found) == 1, f"run python -m gptlab.evaluation.scoreboard: no row of {model}"
        low, high = found[0]["band"]
        assert high - low <= 0.21, "counting is exact: a wide band would hide a change"
        assert low <= again["value"] <= high
        assert again["note"] == found[0]["note"]
        assert again["parameters"] == found[0]["parameters"]
        assert scoreboard.check(again)


def test_each_translator_is_better_than_the_one_before_by_every_metric(committed):
    for metric in scoreboard.BOARDS["translation"]:
        values = [row["value"] for row in committed if row["metric"] == metric]
        assert len(values) == len(TRANSLATORS)
        assert values == sorted(values)
        names = [row["model"] for row in committed if row["metric"] == metric]
        assert names == list(TRANSLATORS)


def test_a_translator_that_knows_the_answers_is_perfect():
    sentences = toy_split().test[:40]
    answers = {s.english: list(s.german) for s in sentences}
    found = score_toy(answers.__getitem__, sentences)
    assert (round(found.bleu, 6), found.chrf, found.accuracy) == (100, 100, 100)
    labels = {label for s in sentences for label in s.phenomena}
    assert set(found.phenomena) == labels


def test_equal_sentences_are_translated_once_and_silence_is_text():
    sentences = toy_split().test[:3]
    asked = []
    assert translate_texts(lambda words: asked.append(words) or [], sentences * 2) == [""] * 6
    assert asked == [s.english for s in sentences]
    with pytest.raises(LabError, match="nothing to score"):
        score_toy(list, [])


def test_unknown_translator():
    with pytest.raises(LabError, match="choose one of word for word"):
        measure_translation("Google")
