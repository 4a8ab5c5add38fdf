"""`gptlab plan`: what a run will need, and what it says to a mistake."""

import pytest

from gptlab import cli


def plan(capsys, *arguments):
    code = cli.main(["plan", *arguments])
    return code, *capsys.readouterr()


def test_a_plan_is_printed(capsys):
    code, out, _ = plan(capsys, "GPT-2 XL", "--tokens", "1e9", "--gpu", "H200", "--price", "4")
    assert code == 0
    assert "1,557.6 million" in out
    assert "GPU hours" in out
    assert "cost " in out
    assert "does not fit" not in out


def test_what_does_not_fit_is_said(capsys):
    code, out, _ = plan(capsys, "GPT-3 175B")
    assert code == 0
    assert "It does not fit: use a smaller --batch-size" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--gpu", "H1000"], "GPU 'H1000' is unknown; known are H200"),
        (["GPT-5"], "'GPT-5' is not in the family; choose one of GPT-1"),
        (["--mfu", "1.5"], "mfu is 1.5"),
        (["--tokens", "0"], "tokens is 0"),
    ],
)
def test_a_mistake_is_one_line(capsys, arguments, says):
    code, out, err = plan(capsys, *arguments)
    assert code == 2
    assert not out
    assert err.startswith("gptlab: ")
    assert says in err
