"""The live page's pieces: from the model's file, only when new, never from half of it."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from gptlab.authoring import live_model
from gptlab.authoring.live_page import read_model, told, write_live
from gptlab.errors import LabError
from gptlab.figures.live_gpt import (
    MOST_MODEL_BYTES,
    head_pictures,
    live_gpt,
    next_token_bars,
    weights_script,
)


@pytest.fixture
def book(tmp_path):
    shutil.copytree(live_model.FOLDER, tmp_path / "model")
    return tmp_path


def test_the_pieces_are_written_once_and_name_their_script(book):
    write_live(book)
    vendor = book / "_vendor"
    pieces = {path: path.stat().st_mtime_ns for path in vendor.rglob("*") if path.is_file()}
    assert {path.name for path in pieces} == {
        "live.md", "live_facts.md", "live_pictures.md", "live.sha256", "live-model.js"
    }  # fmt: skip
    write_live(book)
    assert pieces == {path: path.stat().st_mtime_ns for path in pieces}
    assert 'data-src="../_static/live-model.js"' in (vendor / "live.md").read_text()
    facts = json.loads((book / "model" / live_model.FACTS).read_text())
    assert f"{facts['parameters']:,} parameters" in told(facts)
    assert (vendor / "live_pictures.md").read_text().count("<figure") == 2


def test_a_model_that_is_missing_or_another_is_refused_with_the_command(book):
    (book / "model" / live_model.MODEL).write_bytes(b"another")
    with pytest.raises(LabError, match=r"make both anew: python -m gptlab\.authoring\.live_model"):
        read_model(book / "model")
    (book / "model" / live_model.FACTS).write_text("{")
    with pytest.raises(LabError, match="cannot be read"):
        read_model(book / "model")
    with pytest.raises(LabError, match="cannot be read"):
        read_model(book / "nothing")


def test_the_command_says_what_is_wrong_with_a_run(tmp_path, capsys):
    assert live_model.main(["--run", str(tmp_path), "--output", str(tmp_path / "out")]) == 2
    assert "checkpoint" in capsys.readouterr().err


def test_what_no_page_can_bear_is_refused():
    with pytest.raises(LabError, match="export a smaller one"):
        weights_script(bytes(MOST_MODEL_BYTES + 1))
    for src, n in (("", 5), ("weights.js", 0)):
        with pytest.raises(LabError, match="give the address of the weights"):
            live_gpt(src, "the", n)
    assert "&lt;b&gt;" in live_gpt("weights.js", "<b>").html


def test_the_pictures_tell_what_they_show():
    figure, alt = next_token_bars(np.array([0.5, 0.2, 0.3]), ["a", "b\n", " c"], "so", n=2)
    assert alt == "Bars of the 2 likeliest tokens after “so”: “a” 0.50, “ c” 0.30."
    weights = np.tril(np.ones((2, 3, 4, 4)))
    weights[1, 2, 3] = [0, 0, 1, 0]
    figure, alt = head_pictures(weights, ["(start)", " x", " y", " z"])
    assert len(figure.axes) == 6
    assert alt.startswith("Attention maps of 6 heads over “x y z”")
    assert alt.endswith("layer 2 head 3 at “y”.")
