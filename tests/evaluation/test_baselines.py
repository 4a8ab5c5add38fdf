"""The rows of counting: recomputed, each inside its band; and the ladder that they form."""

from pathlib import Path

import pytest

from gptlab.errors import LabError
from gptlab.evaluation import baselines, scoreboard
from gptlab.evaluation.toy_language import DATA, METRIC, toy_task
from gptlab.text.corpora import Corpus, Document

COMMITTED = Path(__file__).resolve().parents[2] / "book" / "scoreboard.json"


@pytest.fixture
def committed(monkeypatch):
    monkeypatch.setenv("GPTLAB_SCOREBOARD", str(COMMITTED))
    return scoreboard.rows("language models")


@pytest.mark.parametrize("model", [*baselines.BASELINES, *baselines.TOY_BASELINES])
def test_the_committed_row_comes_out_again_inside_its_band(committed, model):
    found = [row for row in committed if row["model"] == model]
    assert len(found) == 1, f"run python -m gptlab.evaluation.scoreboard: no row of {model}"
    low, high = found[0]["band"]
    assert high - low <= 0.011, "counting is exact: a wide band would hide a change"
    again = baselines.measure(model)
    assert low <= again["value"] <= high
    assert again["parameters"] == pytest.approx(found[0]["parameters"], rel=0.01)
    assert again.get("note") == found[0].get("note")


def test_every_rung_of_the_ladder_is_better_and_the_floor_is_the_last(committed):
    values = {row["model"]: row["value"] for row in committed}
    for rungs in (baselines.BASELINES, baselines.TOY_BASELINES):
        ladder = [values[model] for model in rungs]
        assert ladder == sorted(ladder, reverse=True)
    toy = [row for row in committed if (row["data"], row["metric"]) == (DATA, METRIC)]
    assert min(toy, key=lambda row: row["value"])["model"] == baselines.FLOOR
    assert values[baselines.FLOOR] == pytest.approx(toy_task().floor, abs=1e-4)


def test_baselines_of_a_corpus_that_can_be_counted_by_hand():
    corpus = Corpus("ab", (Document("1", "aab"), Document("2", "b")), (Document("3", "ab"),))
    assert baselines.measure("uniform over bytes", corpus)["value"] == 8
    unigram = baselines.measure("unigram over bytes, add-1", corpus)
    assert unigram["value"] == pytest.approx(6.4374, abs=1e-4)  # log2(260 / 3): two a, two b
    assert unigram["data"] == "ab"
    with pytest.raises(LabError, match="choose one of uniform"):
        baselines.measure("GPT", corpus)
    with pytest.raises(LabError, match="leave the corpus out"):
        baselines.measure("Kneser-Ney, order 2", corpus)
