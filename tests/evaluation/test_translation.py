"""Scores of translations: as sacrebleu gives them, by phenomenon, and on bad input."""

import pytest
import sacrebleu

from gptlab.errors import LabError
from gptlab.evaluation.translation import Share, score

GOOD = ["Der Hund schläft.", "Die alte Katze sieht das Haus.", "Sie singt."]
OURS = ["Der Hund schläft.", "Die alte Katze seht der Haus.", " Er singt. "]


def test_bleu_and_chrf_are_sacrebleus():
    found = score(OURS, GOOD)
    stripped = [text.strip() for text in OURS]
    assert found.bleu == pytest.approx(sacrebleu.corpus_bleu(stripped, [GOOD]).score)
    assert found.chrf == pytest.approx(sacrebleu.corpus_chrf(stripped, [GOOD]).score)
    assert found.accuracy == pytest.approx(100 / 3)
    assert found.correct == (True, False, False)
    assert "tok:13a" in found.bleu_signature
    assert "nc:6" in found.chrf_signature
    assert found.phenomena == {}


def test_perfect_and_hopeless():
    assert score(GOOD, GOOD).bleu == pytest.approx(100)
    assert score(GOOD, GOOD).chrf == score(GOOD, GOOD).accuracy == 100
    nothing = score([""] * 3, GOOD)
    assert (nothing.bleu, nothing.chrf, nothing.accuracy) == (0, 0, 0)
    assert score(["?"], ["!"]).bleu == 0


def test_shares_by_phenomenon():
    labels = [{"long"}, ["long", "dative", "dative"], set()]
    found = score(OURS, GOOD, labels).phenomena
    assert found == {"long": Share(1, 2), "dative": Share(0, 1)}
    assert list(found) == ["long", "dative"]
    assert found["long"].percent == 50


@pytest.mark.parametrize(
    ("hypotheses", "references", "phenomena", "message"),
    [
        (["a"], ["a", "b"], None, "1 hypotheses and 2 references"),
        ([], [], None, "nothing to score"),
        ("abc", ["a"], None, "hypotheses is one text"),
        (["a"], "abc", None, "references is one text"),
        ([["der", "Hund"]], ["a"], None, r"hypotheses\[0\] is a list, not a text"),
        (["a"], [None], None, r"references\[0\] is a NoneType"),
        (["a"], [" "], None, "reference 0 is empty"),
        (["a"], ["a"], [], "0 sets of labels for 1 sentences"),
        (["a"], ["a"], ["long"], "a set, such as"),
    ],
)
def test_bad_input(hypotheses, references, phenomena, message):
    with pytest.raises(LabError, match=message):
        score(hypotheses, references, phenomena)


def test_no_share_of_nothing():
    with pytest.raises(LabError, match="0 of 0"):
        _ = Share(0, 0).percent
