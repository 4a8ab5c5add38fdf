"""The instruction data through its loader: sizes, the prompt, and clear errors."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gptlab.errors import LabError
from gptlab.text import instructions as module
from gptlab.text.instructions import Instruction, instruction_data

MIRROR = Path(
    os.environ.get("GPTLAB_MIRROR") or Path(__file__).resolve().parents[3] / "shared" / "data"
)


@pytest.fixture(autouse=True)
def fresh():
    instruction_data.cache_clear()
    yield
    instruction_data.cache_clear()


def written(tmp_path, monkeypatch, content):
    path = tmp_path / "data.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    monkeypatch.setattr(module, "fetch", lambda name: path)


def test_the_file_of_the_mirror_is_read_whole(tmp_path, monkeypatch):
    if not (MIRROR / "instructions").is_dir():
        pytest.skip(f"no data mirror at {MIRROR}")
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path))
    monkeypatch.setenv("GPTLAB_MIRROR", str(MIRROR))
    data = instruction_data()
    sizes = [len(part) for part in (data.train, data.validation, data.test)]
    assert sum(sizes) == len({*data.train, *data.validation, *data.test}) == 1100
    assert sizes == [935, 55, 110]
    assert all(each.prompt and each.output.strip() for each in data.train)


def test_a_row_becomes_a_conversation():
    with_input = Instruction("Correct the spelling.", "freind", "friend")
    assert with_input.prompt == "Correct the spelling.\nfreind"
    assert Instruction("Name a colour.", "", "Red.").prompt == "Name a colour."
    assert [(turn.role, turn.text) for turn in with_input.turns()] == [
        ("user", "Correct the spelling.\nfreind"),
        ("assistant", "friend"),
    ]


def test_rows_are_cut_by_place_and_those_without_an_answer_left_out(tmp_path, monkeypatch):
    rows = [{"instruction": f"{i}", "input": "", "output": "x"} for i in range(20)]
    written(tmp_path, monkeypatch, [*rows, {"instruction": "20", "input": "", "output": " "}])
    data = instruction_data()
    assert [row.instruction for row in data.train] == [str(i) for i in range(17)]
    assert [row.instruction for row in (*data.test, *data.validation)] == ["17", "18", "19"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is damaged"),
        ({"a": 1}, "not a list of rows"),
        ([{"instruction": "x", "output": "y"}], "row 0 has not the texts instruction, input"),
        ([{"instruction": "x", "input": 3, "output": "y"}], "row 0"),
        ([], "holds no instruction with an answer"),
    ],
)
def test_what_is_no_such_file_is_said(tmp_path, monkeypatch, content, said):
    written(tmp_path, monkeypatch, content)
    with pytest.raises(LabError, match=said):
        instruction_data()
