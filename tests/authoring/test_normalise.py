"""The committed form of a notebook: stable, without traces of when and where it ran."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from gptlab.authoring import normalise as n
from gptlab.errors import LabError


def stream(text, name="stdout"):
    return new_output("stream", text=text, name=name)


def code(source="x", outputs=(), **metadata):
    return new_code_cell(source, outputs=list(outputs), execution_count=1, metadata=metadata)


def outputs_after(*outputs):
    return n.normalise(new_notebook(cells=[code(outputs=outputs)])).cells[0].outputs


def test_what_a_program_leaves_in_metadata_goes_and_the_authors_stays():
    notebook = new_notebook(
        cells=[
            code(
                "x",
                tags=["wall-clock"],
                execution={"iopub.execute_input": "2024-01-01T00:00:00Z"},
                ExecuteTime={"end_time": "…"},
                collapsed=False,
                nbgrader={"solution": True},
                mystnb={"image": {"alt": "A line"}},
            ),
            new_markdown_cell("text", metadata={"tags": [], "vscode": {}}),
        ],
        metadata={
            "widgets": {"application/vnd.jupyter.widget-state+json": {}},
            "kernelspec": {"name": "my-env", "display_name": "My env"},
            "language_info": {"name": "python", "version": "3.11.7"},
            "title": "kept",
        },
    )
    made = n.normalise(notebook)
    assert set(made.metadata) == {"kernelspec", "language_info", "title"}
    assert made.metadata.kernelspec.name == "python3"
    assert "version" not in made.metadata.language_info
    assert set(made.cells[0].metadata) == {"tags", "nbgrader", "mystnb"}
    assert made.cells[1].metadata == {}


def test_ids_are_kept_when_good_and_made_from_content_when_not():
    notebook = new_notebook(cells=[code("a"), code("b"), code("b"), code("b"), code("c")])
    for cell, name in zip(
        notebook.cells, ["keep-me", "twice", "twice", "bad id!", ""], strict=True
    ):
        cell["id"] = name
    made = n.normalise(notebook)
    ids = [cell.id for cell in made.cells]
    assert ids[:2] == ["keep-me", "twice"]
    assert len(set(ids)) == 5
    assert all(re.fullmatch(r"[0-9a-f]{8}(-\d)?", name) for name in ids[2:])
    again = n.normalise(nbformat.from_dict(json.loads(json.dumps(made))))
    assert [cell.id for cell in again.cells] == ids


def test_new_ids_do_not_depend_on_where_the_cell_stands():
    def ids(*sources):
        notebook = new_notebook(cells=[code(source) for source in sources])
        for cell in notebook.cells:
            del cell["id"]
        return {cell.source: cell.id for cell in n.normalise(notebook).cells}

    assert ids("a", "b") == ids("b", "a")


def test_text_cut_into_messages_at_random_becomes_one():
    pieces = [stream("a"), stream("warn", "stderr"), stream("b\n"), stream("!\n", "stderr")]
    assert [(o.name, o.text) for o in outputs_after(*pieces)] == [
        ("stdout", "ab\n"),
        ("stderr", "warn!\n"),
    ]
    assert outputs_after(*pieces) == outputs_after(pieces[1], pieces[0], pieces[2], pieces[3])


def test_text_stays_on_its_side_of_a_picture():
    picture = new_output("display_data", {"image/png": "AAAA"})
    made = outputs_after(stream("before\n"), picture, stream("after\n"))
    assert [o.output_type for o in made] == ["stream", "display_data", "stream"]


def test_progress_bars_go_and_warnings_stay():
    bar = "\r  0%|          | 0/10 [00:00<?, ?it/s]\r100%|████| 10/10 [00:01<00:00, 9.9it/s]\n"
    made = outputs_after(stream(bar + "UserWarning: careful\n", "stderr"))
    assert [(o.name, o.text) for o in made] == [("stderr", "UserWarning: careful\n")]
    assert outputs_after(stream("0it [00:00, ?it/s]\r12it [00:01, 9.9it/s]\n", "stderr")) == []


def test_overwritten_lines_keep_their_last_state():
    assert outputs_after(stream("step 1\rstep 2\rstep 3\n"))[0].text == "step 3\n"


def test_widgets_leave_their_text_and_no_random_model_id():
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "abc"}, "text/plain": "slider"}
    made = outputs_after(new_output("display_data", view))
    assert made[0].data == {"text/plain": "slider"}
    only = {"application/vnd.jupyter.widget-view+json": {"model_id": "abc"}}
    assert outputs_after(new_output("display_data", only)) == []


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("<f at 0x7f3a12345678>", "<f at 0x...>"),
        ("/tmp/ipykernel_4711/123456.py:3: UserWarning: x", "cell.py:3: UserWarning: x"),
        (
            "C:\\Users\\me\\Temp\\ipykernel_1\\2.py:3: x",
            "cell.py:3: x",
        ),
        (
            "/home/me/.venv/lib/python3.11/site-packages/torch/nn/a.py:5: UserWarning",
            "site-packages/torch/nn/a.py:5: UserWarning",
        ),
        ("~/v/lib/site-packages/x.py", "site-packages/x.py"),
        ("U+1F600 is 0x1F600, mask 0xFFFFFFFF", "U+1F600 is 0x1F600, mask 0xFFFFFFFF"),
        ("see https://example.org/a/b.py", "see https://example.org/a/b.py"),
        ("tokens/s 1/2/3 and 12:30", "tokens/s 1/2/3 and 12:30"),
    ],
)
def test_what_no_author_can_help_is_replaced_and_nothing_else(said, kept):
    assert outputs_after(stream(said))[0].text == kept
    result = new_output("execute_result", {"text/plain": said}, execution_count=1)
    assert outputs_after(result)[0].data["text/plain"] == kept


def test_tracebacks_lose_the_checkout_and_the_home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [
        f"\x1b[36mFile \x1b[39m\x1b[32m{tmp_path}{os.sep}gptlab{os.sep}x.py:7\x1b[39m",
        "\x1b[32m/opt/v/lib/python3.11/site-packages/torch/a.py:1\x1b[0m",
    ]
    error = new_output("error", ename="LabError", evalue="no", traceback=lines)
    first, second = outputs_after(error)[0].traceback
    assert first == f"\x1b[36mFile \x1b[39m\x1b[32mgptlab{os.sep}x.py:7\x1b[39m"
    assert second == "\x1b[32msite-packages/torch/a.py:1\x1b[0m"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("saved to /home/ada/runs/a.safetensors", "/home/ada/runs/a.safetensors"),
        ("PosixPath('/root/x')", "/root/x"),
        ("<a href='file:///tmp/x'>", "file:///tmp/x"),
        ("C:\\Users\\ada\\x", "C:\\Users\\ada\\x"),
        ("\x1b[32m/work/main/x\x1b[0m", "/work/main/x"),
        ("runs/a.safetensors", None),
        ("../tmp/x", None),
        ("https://example.org/home/x", None),
        ("data:image/png;base64,iVBOR/tmp/AAAA+/home/Ab==", None),
        ("24/home games, and/or", None),
    ],
)
def test_absolute_paths_are_found(text, path):
    found = n.faults(new_notebook(cells=[code("1"), code("2", [stream(text)])]))
    assert [number for number, _ in found] == ([2] if path else [])
    assert all(f"the absolute path {path!r}, which no other" in fault for _, fault in found)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("  0%|          | 0/3 [00:00<?, ?it/s]", True),
        ("7it [00:01, 9.9it/s]", True),
        ("grew by 40%", False),
        ("| 50%| of it | ", False),
    ],
)
def test_progress_bars_in_outputs_are_found(text, fault):
    result = new_output("display_data", {"text/plain": text})
    assert bool(n.faults(new_notebook(cells=[code("f()", [result])]))) == fault


def test_twice_is_once():
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Ünïcode\n\n"),
            code("", []),
            code("print(1)\n", [stream("1\n/x/ipykernel_1/2.py at 0xdeadbeef00")]),
        ]
    )
    once = n.to_text(n.normalise(notebook))
    again = n.to_text(n.normalise(nbformat.reads(once, as_version=4)))
    assert once == again
    assert once.endswith("}\n")
    assert "Ünïcode" in once
    assert len(json.loads(once)["cells"]) == 2
    assert list(json.loads(once)) == sorted(json.loads(once))


def test_wall_clock_outputs_are_kept_until_their_code_changes():
    def run(source, text):
        cell = code(source, [stream(text)], tags=["wall-clock"])
        cell["id"] = "timed"
        return new_notebook(cells=[cell])

    first = run("time()", "1.00 s")
    n.keep_wall_clock(new_notebook(), first)
    second = run("time()", "1.07 s")
    n.keep_wall_clock(first, second)
    assert second.cells[0].outputs[0].text == "1.00 s"
    changed = run("time() * 1000", "1070 ms")
    n.keep_wall_clock(second, changed)
    assert changed.cells[0].outputs[0].text == "1070 ms"


def test_untagged_outputs_are_always_the_new_ones():
    old, new = (new_notebook(cells=[code("f()", [stream(t)])]) for t in ("old", "new"))
    old.cells[0]["id"] = new.cells[0]["id"] = "same"
    n.keep_wall_clock(old, new)
    assert new.cells[0].outputs[0].text == "new"


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "a.ipynb"
    assert n.write(path, "one")
    assert not n.write(path, "one")
    path.chmod(0o640)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            n.write(path, "two")
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]
    n.write(path, "two")
    assert path.read_text() == "two"
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("content", ["", "{", '{"cells": 3}', "[]", b"\xff\xfe"])
def test_a_damaged_file_is_one_clear_error(tmp_path, content):
    path = tmp_path / "broken.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(LabError, match=r"broken\.ipynb is not a notebook .*restore it from git"):
        n.read(path)


def test_a_file_without_ids_gets_the_same_ones_every_time(tmp_path):
    path = tmp_path / "old.ipynb"
    cell = {"cell_type": "markdown", "metadata": {}, "source": ["a\n", "b"]}
    path.write_text(
        json.dumps({"cells": [cell, cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 2})
    )
    first = n.to_text(n.normalise(n.read(path)))
    assert first == n.to_text(n.normalise(n.read(path)))
    assert '"a\\n",\n    "b"' in first


def test_a_missing_file_is_one_clear_error():
    with pytest.raises(LabError, match="there is no notebook nowhere"):
        n.read(Path("nowhere.ipynb"))
