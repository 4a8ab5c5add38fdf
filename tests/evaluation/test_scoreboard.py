"""The scoreboard's file: what stands in it is true, what is written to it is whole and valid."""

import json
import multiprocessing
import os
from pathlib import Path

import pytest
from matplotlib.colors import to_rgba

from gptlab.errors import LabError
from gptlab.evaluation import baselines, scoreboard
from gptlab.figures import style

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "book" / "scoreboard.json"
GOOD = {
    "board": "language models",
    "data": "wikipedia",
    "metric": "bits per byte",
    "chapter": 17,
    "model": "GPT",
    "value": 2.0,
    "band": [1.9, 2.1],
    "profile": "cpu",
    "device": "cpu (some processor)",
    "seconds": 100.0,
    "parameters": 2_600_000,
    "seed": 0,
    "date": "2026-01-31",
    "command": "gptlab train",
}


@pytest.fixture
def board(tmp_path, monkeypatch):
    file = tmp_path / "board.json"
    monkeypatch.setenv("GPTLAB_SCOREBOARD", str(file))
    return file


@pytest.fixture
def committed(monkeypatch):
    monkeypatch.setenv("GPTLAB_SCOREBOARD", str(COMMITTED))


def test_the_committed_file_is_as_record_writes_it(committed, tmp_path, monkeypatch):
    found = scoreboard.rows()
    assert {row["board"] for row in found} <= set(scoreboard.BOARDS)
    assert [row["model"] for row in found[:2]] == list(baselines.BASELINES)[:2]
    monkeypatch.setenv("GPTLAB_SCOREBOARD", str(tmp_path / "again.json"))
    for row in reversed(found):
        scoreboard.record(row)
    assert (tmp_path / "again.json").read_text() == COMMITTED.read_text()


def test_a_new_row_takes_the_place_of_the_old(board):
    assert scoreboard.rows() == []
    scoreboard.record(GOOD)
    scoreboard.record({**GOOD, "value": 1.95})
    scoreboard.record({**GOOD, "profile": "gpu", "value": 1.5, "band": (1.4, 1.6)})
    scoreboard.record({**GOOD, "model": "LSTM", "chapter": 10, "value": 2.1})
    scoreboard.record({**GOOD, "board": "translation", "metric": "BLEU", "note": "13a"})
    scoreboard.record({**GOOD, "board": "translation", "metric": "chrF"})
    models = [(row["model"], row["value"]) for row in scoreboard.rows("language models")]
    assert models == [("LSTM", 2.1), ("GPT", 1.95), ("GPT", 1.5)]
    assert [row["metric"] for row in scoreboard.rows("translation")] == ["BLEU", "chrF"]
    assert scoreboard.rows("translation")[0]["note"] == "13a"
    assert scoreboard.rows("word meaning") == []
    assert json.loads(board.read_text())["rows"] == scoreboard.rows()
    assert [p.name for p in board.parent.iterdir()] == ["board.json"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": None}, "'GPT' has value None; give a finite number"),
        ({"value": float("nan")}, "value nan"),
        ({"value": True}, "value True"),
        ({"band": [2.1, 1.9]}, "around the value 2.0"),
        ({"band": [2.05, 2.1]}, "around the value 2.0"),
        ({"band": 2.0}, r"band 2.0; give \[low, high\]"),
        ({"band": [1.9, float("inf")]}, r"give \[low, high\]"),
        ({"seconds": -1}, "seconds not below 0"),
        ({"seconds": float("inf")}, "seconds inf"),
        ({"chapter": 100}, "chapter 100; give a whole number from 1 to 99"),
        ({"chapter": "17"}, "chapter '17'"),
        ({"parameters": 1.5}, "parameters 1.5"),
        ({"seed": -1}, "seed -1"),
        ({"date": "yesterday"}, "YYYY-MM-DD"),
        ({"board": "chess"}, "choose one of language models"),
        ({"metric": "BLEU"}, "'BLEU'; give one of bits per byte"),
        ({"profile": "tpu"}, "give cpu or gpu"),
        ({"model": " "}, "model ' '"),
        ({"device": None}, "device None"),
        ({"note": ""}, "note ''"),
        ({"colour": "red"}, "unknown key colour"),
    ],
)
def test_a_bad_row_is_refused_and_nothing_is_lost(board, change, message):
    scoreboard.record(GOOD)
    before = board.read_bytes()
    with pytest.raises(LabError, match=message):
        scoreboard.record({**GOOD, **change})
    assert board.read_bytes() == before


def test_a_row_with_missing_keys_is_refused(board):
    with pytest.raises(LabError, match="misses device, seed"):
        scoreboard.record({k: v for k, v in GOOD.items() if k not in ("seed", "device")})
    with pytest.raises(LabError, match="is a dict, not list"):
        scoreboard.record([1])
    assert not board.exists()


def test_a_write_that_fails_leaves_the_old_file(board, monkeypatch):
    scoreboard.record(GOOD)
    before = board.read_bytes()

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LabError, match="No space left"):
        scoreboard.record({**GOOD, "value": 1.91})
    assert board.read_bytes() == before
    assert [p.name for p in board.parent.iterdir()] == ["board.json"]


def _record_some(first):
    for n in range(first, first + 10):
        scoreboard.record({**GOOD, "model": f"model {n}"})


def test_two_programs_that_record_at_once_lose_nothing(board):
    workers = [
        multiprocessing.get_context("spawn").Process(target=_record_some, args=(first,))
        for first in (0, 10)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert {row["model"] for row in scoreboard.rows()} == {f"model {n}" for n in range(20)}


@pytest.mark.parametrize("content", ["", "[", "[1]", '{"rows": [{"model": "x"}]}', '{"row": []}'])
def test_a_damaged_file_is_named_and_not_overwritten(board, content):
    board.write_text(content)
    with pytest.raises(LabError, match="is damaged"):
        scoreboard.rows()
    with pytest.raises(LabError, match="is damaged"):
        scoreboard.record(GOOD)
    assert board.read_text() == content


def test_unknown_board():
    with pytest.raises(LabError, match="'chess' is unknown"):
        scoreboard.rows("chess")


def test_where_the_file_is(tmp_path, monkeypatch):
    monkeypatch.delenv("GPTLAB_SCOREBOARD", raising=False)
    assert scoreboard.path() == COMMITTED
    # Installed as a wheel: the repository that the reader works in, else the cache folder.
    installed = tmp_path / "site-packages" / "gptlab" / "evaluation" / "scoreboard.py"
    monkeypatch.setattr(scoreboard, "__file__", str(installed))
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    assert scoreboard.path() == tmp_path / "cache" / "scoreboard.json"
    scoreboard.record(GOOD)
    assert len(scoreboard.rows()) == 1
    monkeypatch.chdir(ROOT / "tests")
    assert scoreboard.path() == COMMITTED


def test_table_and_picture_show_every_row(board):
    scoreboard.record(GOOD)
    scoreboard.record({**GOOD, "profile": "gpu", "value": 1.5, "band": [1.4, 1.6]})
    scoreboard.record({**GOOD, "model": "unigram", "chapter": 2, "value": 5, "band": [4.9, 5.1]})
    table = scoreboard.table("language models").splitlines()
    assert len(table) == 5
    assert len({len(line) for line in table}) == 1
    assert "| 2.000 | 1.900 to 2.100 | 100     | 2,600,000" in table[3]
    figure = scoreboard.plot("language models")
    (axes,) = figure.axes
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels == ["unigram, ch. 02", "GPT, ch. 17", "GPT (GPU), ch. 17"]
    assert [bar.get_width() for bar in axes.patches] == [5, 2, 1.5]
    assert [note.get_text() for note in axes.texts] == ["5.00", "2.00", "1.50"]
    assert axes.get_xlabel() == "bits per byte on wikipedia\n(lower is better)"
    figure.canvas.draw()
    told = scoreboard.alt_text("language models")
    assert "unigram 5.00; GPT 2.00; GPT on a GPU 1.50" in told
    (axes,) = scoreboard.plot("language models", until=16).axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["unigram, ch. 02"]
    assert "GPT" not in scoreboard.alt_text("language models", until=16)
    with pytest.raises(LabError, match="no row with until 1; run a chapter"):
        scoreboard.chosen("language models", until=1)
    with pytest.raises(LabError, match="no row; run a chapter"):
        scoreboard.plot("translation")
    with pytest.raises(LabError, match="no row with data 'news'"):
        scoreboard.plot("language models", data="news")


def test_a_rung_orders_the_rows_of_a_chapter_and_is_a_number(board):
    for rung, value in enumerate((1.0, 3.0, 2.0)):
        row = {**GOOD, "model": f"step {rung}", "value": value, "band": [0, 9], "rung": rung}
        scoreboard.record(row)
    assert [row["model"] for row in scoreboard.rows()] == ["step 0", "step 1", "step 2"]
    with pytest.raises(LabError, match="rung 'first'; give a whole number from 0 to 99"):
        scoreboard.record({**GOOD, "rung": "first"})


def test_bars_have_the_colour_of_their_kind(monkeypatch):
    monkeypatch.delenv("GPTLAB_SCOREBOARD", raising=False)
    figure = scoreboard.plot("translation", "toy_german", "BLEU")
    rows = scoreboard.chosen("translation", "toy_german", "BLEU")
    kinds = [scoreboard.kind_of(row) for row in rows]
    assert list(dict.fromkeys(kinds)) == ["rules", "counted", "network", "attention"]
    colours = [bar.get_facecolor() for bar in figure.axes[0].patches]
    assert colours == [to_rgba(style.KINDS[kind][1]) for kind in kinds]
    told = [text.get_text() for text in figure.legends[0].get_texts()]
    assert told == [style.KINDS[kind][0] for kind in dict.fromkeys(kinds)]
    one_kind = scoreboard.plot("language models", "wikipedia", until=8)
    assert not one_kind.legends
