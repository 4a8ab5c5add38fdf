"""The command for GloVe's rows: its settings, its bands, and the rows that lie on the board."""

from __future__ import annotations

import pytest

from gptlab.embeddings.similarity import AnalogyScore, PairScore
from gptlab.evaluation import glove_rows, scoreboard
from gptlab.evaluation.meaning import QUESTIONS, SIMLEX, WORDSIM, MeaningScore
from gptlab.text.words import Vocabulary

TEXTS = (["the", "cat", "drinks", "milk"], ["the", "dog", "drinks", "water"])


def test_rows_hold_the_first_seed_and_the_band_of_all(monkeypatch):
    given = iter([0.2, 0.1, 0.3])

    def scored(vectors):
        assert len(vectors) == 6
        rho = next(given)
        pairs = PairScore(rho, 2, 3)
        return MeaningScore(pairs, pairs, AnalogyScore({"some": (1, 4, 5)}))

    monkeypatch.setattr(glove_rows, "board_texts", lambda: TEXTS)
    monkeypatch.setattr(glove_rows, "board_vocabulary", lambda: Vocabulary.build(TEXTS))
    monkeypatch.setattr(glove_rows, "score", scored)
    rows = glove_rows.measure_glove()
    assert [row["data"] for row in rows] == [WORDSIM, SIMLEX, QUESTIONS]
    assert rows[0]["value"] == 0.2
    assert rows[0]["band"] == [0.08, 0.32]
    assert rows[0]["parameters"] == 2 * 6 * 100 + 2 * 6
    assert {row["chapter"] for row in rows} == {7}


@pytest.mark.parametrize("data", [WORDSIM, SIMLEX, QUESTIONS])
def test_the_board_has_the_row_inside_its_band(data):
    (row,) = (
        r
        for r in scoreboard.rows("word meaning")
        if r["chapter"] == 7 and r["data"] == data and r["model"] == glove_rows.NAME
    )
    low, high = row["band"]
    assert low <= row["value"] <= high
