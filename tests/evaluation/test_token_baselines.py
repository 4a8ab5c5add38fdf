"""The counting model over tokens: its committed row comes out again; a corpus counted by hand."""

import math
from pathlib import Path

import pytest

from gptlab.errors import LabError
from gptlab.evaluation import scoreboard
from gptlab.evaluation.token_baselines import measure_tokens
from gptlab.text.corpora import Corpus, Document

COMMITTED = Path(__file__).resolve().parents[2] / "book" / "scoreboard.json"


def test_the_committed_row_of_tokens_comes_out_again(monkeypatch):
    monkeypatch.setenv("GPTLAB_SCOREBOARD", str(COMMITTED))
    again = measure_tokens()
    found = [r for r in scoreboard.rows("language models") if r["model"] == again["model"]]
    assert len(found) == 1, f"run {again['command']}"
    low, high = found[0]["band"]
    assert high - low <= 0.011, "counting is exact: a wide band would hide a change"
    assert low <= again["value"] <= high
    assert again["parameters"] == pytest.approx(found[0]["parameters"], rel=0.01)
    scoreboard.check(again)


def test_without_merges_tokens_are_bytes():
    train, held_out = (Document("1", "abab"), Document("2", "ab")), (Document("3", "abba"),)
    row = measure_tokens(Corpus("ab", train, held_out), vocab_size=257, order=1)
    # Three of each letter, discount 0.5; what it takes, a sixth, is spread over 257 tokens.
    assert row["value"] == pytest.approx(-math.log2(2.5 / 6 + 1 / 6 / 257), abs=1e-4)
    assert row["parameters"] == 2
    assert row["data"] == "ab"


def test_nothing_to_measure_on_is_refused():
    with pytest.raises(LabError, match="no held-out text"):
        measure_tokens(Corpus("none", (Document("1", "abab"),), ()))
