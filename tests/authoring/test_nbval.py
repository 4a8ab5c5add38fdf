"""nbval as we call it: passes what is right, fails on every change that a reader would see."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbval.plugin import get_sanitize_patterns

from gptlab.authoring import normalise
from gptlab.authoring.notebooks import ENVIRONMENT, remake

ROOT = Path(__file__).resolve().parents[2]
SANITIZE = ROOT / "tests" / "nbval_sanitize.cfg"

HTML = (
    'from IPython.display import HTML\nHTML(\'<img alt="a" src="data:image/svg+xml;base64,AA">\')'
)


def tagged(source, *tags):
    return new_code_cell(source, metadata={"tags": list(tags)})


# Each cell, and how its stored output is changed: the change must fail, or must not.
CELLS = [
    ("print('loss 2.345')", ("loss 2.345", "loss 2.346"), "failed"),
    ("0.1 + 0.2", ("0.30000000000000004", "0.30000000000000005"), "failed"),
    (HTML, ("base64,AA", "base64,AB"), "failed"),
    ("import warnings; warnings.warn('9 heads')", ("9 heads", "8 heads"), "failed"),
    ("import sys; print('step 7', file=sys.stderr)", ("step 7", "step 8"), "failed"),
    ("x = 1", None, "failed"),
    ("print(object())", ("0x...", "0x7fffffff1234"), "passed"),
    (tagged("print('3.2 s')", "nbval-ignore-output"), ("3.2", "3.3"), "passed"),
    (tagged("1 / 0", "raises-exception"), ("division by zero", "other"), "failed"),
    (tagged("1 / 0", "nbval-skip", "raises-exception"), ("zero", "nothing"), "skipped"),
    ("print('the end')", ("the end", "the end"), "passed"),
]


def nbval(folder: Path, *options: str) -> dict[str, list[str]]:
    """What became of each code cell of each notebook in `folder`, by our own command."""
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env"]
    command += ["--nbval-sanitize-with", str(SANITIZE), "-p", "no:cacheprovider", "-rA"]
    # Our own pytest settings, strict ones included, but the temporary folder as the root.
    command += ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), "--color=no"]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": path}
    done = subprocess.run(
        [*command, *options, str(folder)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
    )
    found: dict[str, dict[int, str]] = {}
    pattern = r"^(PASSED|FAILED) .*?([\w-]+\.ipynb)::Cell (\d+)"
    for outcome, name, cell in re.findall(pattern, done.stdout, flags=re.MULTILINE):
        found.setdefault(name, {})[int(cell)] = outcome.lower()
    assert found, done.stdout + done.stderr
    return {
        name: [cells.get(i, "skipped") for i in range(max(cells) + 1)]
        for name, cells in found.items()
    }


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nbval")
    cells = [new_code_cell(c) if isinstance(c, str) else c for c, _, _ in CELLS]
    good, changed, blank = (folder / f"{name}.ipynb" for name in ("good", "changed", "blank"))
    good.write_text(normalise.to_text(new_notebook(cells=cells)))
    good.write_text(remake(good))
    # What the machinery itself writes, with one thing changed in each cell's output.
    notebook = normalise.read(good)
    for cell, (_, change, _) in zip(notebook.cells, CELLS, strict=True):
        if change is None:
            cell.outputs = [new_output("stream", text="not there any more\n")]
            continue
        before = str(cell.outputs)
        cell.outputs = [_replaced(output, *change) for output in cell.outputs]
        assert (str(cell.outputs) != before) == (change[0] != change[1])
    changed.write_text(normalise.to_text(notebook))
    unrun = [new_code_cell("x = None"), new_code_cell("print(x)"), new_code_cell("x + 1")]
    blank.write_text(normalise.to_text(new_notebook(cells=unrun)))
    return nbval(folder, "-n", "2", "--dist", "loadscope")


def _replaced(output, old, new):
    for key, value in output.items():
        if isinstance(value, str):
            output[key] = value.replace(old, new)
    for key, value in output.get("data", {}).items():
        output.data[key] = value.replace(old, new)
    return output


def test_what_the_machinery_wrote_passes(outcomes):
    expected = ["skipped" if result == "skipped" else "passed" for _, _, result in CELLS]
    assert outcomes["good.ipynb"] == expected


@pytest.mark.parametrize("number", range(len(CELLS)))
def test_a_changed_output_is_found(outcomes, number):
    assert outcomes["changed.ipynb"][number] == CELLS[number][2], CELLS[number]


def test_a_blank_is_run_but_not_compared(outcomes):
    assert outcomes["blank.ipynb"] == ["passed", "passed", "failed"]


def test_make_test_calls_nbval_as_we_do_here():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    environment = re.search(r"^TEST_ENV := (.*)$", makefile, re.MULTILINE)[1].split()
    environment += re.search(r"^NOTEBOOK_ENV := (.*)$", makefile, re.MULTILINE)[1].split()
    assert {f"{name}={value}" for name, value in ENVIRONMENT.items()} <= set(environment)
    assert "--nbval --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg" in makefile
    assert re.search(
        r"NOTEBOOK_ENV.*pytest chapters exercises solutions .*--dist loadscope", makefile
    )


def patterns():
    return get_sanitize_patterns(SANITIZE.read_text(encoding="utf-8"))


def test_the_rules_are_the_ones_that_stored_outputs_went_through():
    assert [tuple(pair) for pair in patterns()] == list(normalise.RULES)
    SANITIZE.read_text(encoding="ascii")  # nbval reads it in the machine's own encoding


def sanitised(text: str) -> str:
    for regex, instead in patterns():
        text = re.sub(regex, instead, text)
    return text


LINES = ["loss {}", "{} s", "{}e-05", "[{}, 1]", "/{}/", "at {} tokens", "0x{}", "({})", "at 0x{}"]


@given(st.sampled_from(LINES), st.decimals(0, 99_000, places=3), st.integers(1, 999))
def test_no_number_is_hidden(line, number, step):
    changed = number + step
    assert sanitised(line.format(number)) != sanitised(line.format(changed))
    assert sanitised(line.format(number)) == line.format(number)


def test_only_addresses_of_objects_are_hidden():
    assert sanitised("<f at 0x7f12ab34cd56>, 5 heads") == "<f at 0x...>, 5 heads"
    assert sanitised("mask 0x7f12ab34cd56") == "mask 0x7f12ab34cd56"
