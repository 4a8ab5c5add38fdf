"""`gptlab generate`, `data`, `doctor`, and the help of all four commands."""

from __future__ import annotations

import hashlib
import io
import re
import sys
from dataclasses import fields

import pytest

from gptlab import cli, doctor
from gptlab.generation import sampling
from gptlab.text import downloads


def test_the_same_seed_the_same_text_with_the_cache_or_without(bench, trained):
    texts = [
        bench("generate", "the cat", "--run", trained, "--tokens", 40, *more).out
        for more in ([], [], ["--no-cache"], ["--seed", 1])
    ]
    assert texts[0].startswith("the cat")
    assert len(texts[0]) > 30
    assert texts[0] == texts[1] == texts[2] != texts[3]


def test_a_checkpoint_can_be_named_and_the_newest_run_is_the_default(bench, trained):
    def write(*where):
        return bench("generate", "the", "--tokens", 20, *where)

    newest = write("--run", trained)
    assert newest.out == write("--run", trained / "step-00000040").out
    assert newest.out != write("--run", trained / "step-00000020").out
    (bench.folder / "runs").mkdir()
    trained.rename(bench.folder / "runs" / "mine")
    assert write().out == newest.out
    begins = bench("generate", "--tokens", 5)  # without a prompt
    assert begins.code == 0
    assert begins.out.strip()


def test_text_comes_as_it_is_written(bench, trained, monkeypatch):
    screen, seen = io.BytesIO(), []

    def pieces(*arguments, **options):
        yield "one "
        for word in ("two ", "three"):
            seen.append(screen.getvalue())  # what can be read before the next piece is made
            yield word

    monkeypatch.setattr(sampling, "generate", pieces)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(screen, encoding="utf-8"))
    assert bench("generate", "zero ", "--run", trained).code == 0
    assert seen == [b"zero one ", b"zero one two "]
    assert screen.getvalue().decode().split() == ["zero", "one", "two", "three"]


def test_a_reader_with_another_alphabet_who_soon_has_enough(bench, trained, monkeypatch):
    """`LC_ALL=… gptlab generate | head -c 10`: no traceback, in a process of its own."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    process = bench.start("generate", "“naïve”", "--run", trained, "--tokens", "100000")
    assert process.stdout.read(10).startswith("?na?ve?")
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=60) == 0


def test_data_lists_gets_and_verifies(bench, monkeypatch, tmp_path):
    mirror = tmp_path / "mirror"
    checksum = hashlib.sha256(b"abc").hexdigest()
    toy = downloads.Download("toy/a.txt", "http://127.0.0.1:9/a.txt", checksum, 3, "free")
    monkeypatch.setattr(downloads, "DOWNLOADS", {toy.name: toy})
    (mirror / "toy").mkdir(parents=True)
    (mirror / "toy" / "a.txt").write_bytes(b"abc")
    monkeypatch.setenv("GPTLAB_MIRROR", str(mirror))
    listed = bench("data")
    assert re.match(r"name +size +state +licence +url\ntoy/a.txt +0.0 MB +free", listed.out)
    assert bench("data", "verify").out.splitlines()[1].split() == ["toy/a.txt", "not", "downloaded"]
    got = bench("data", "get", "toy")
    assert got.out == f"toy/a.txt: {tmp_path / 'cache' / 'toy' / 'a.txt'}\n"
    assert bench("data", "verify", "toy/a.txt").out.splitlines()[1].split() == ["toy/a.txt", "ok"]
    assert "cached" in bench("data", "list", "toy").out
    assert bench("data", "list", "tou").code == 2


@pytest.mark.parametrize(("level", "code"), [("ok", 0), ("note", 0), ("problem", 1)])
def test_doctor_reports_and_its_exit_code_says_whether_all_works(bench, monkeypatch, level, code):
    found = [doctor.Finding(level, "the roof leaks", "mend it")]
    monkeypatch.setattr(doctor, "examine", lambda: found)
    report = bench("doctor")
    assert report.code == code
    assert "the roof leaks" in report.out
    assert "→ mend it" in report.out


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_help_explains_every_option(bench, command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    shown = bench(command, "--help")
    assert shown.code == 0
    assert cli.COMMANDS[command].__doc__.split("\n")[0] in shown.out
    text = " ".join(shown.out.replace("│", " ").split())
    for option in fields(cli.COMMANDS[command]):
        name = {"run_folder": "run"}.get(option.name, option.name.replace("_", "-"))
        if name in ("compile", "cache"):
            name = f"no-{name}"
        if name not in ("prompt", "action", "name", "model"):
            after = re.search(rf"--{name} (.*?)(?= --[a-z]|$)", text)
            assert after, f"--{name} is not shown"
            assert len(after[1].split()) >= 3, f"--{name} is not explained"


def test_help_of_all_names_the_commands(bench):
    shown = bench("--help")
    assert shown.code == 0
    for name, command in cli.COMMANDS.items():
        assert name in shown.out
        assert command.__doc__.split()[0] in shown.out
