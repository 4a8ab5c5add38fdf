"""What a value is and how it differs, in words."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from gptlab.checks.compare import describe, difference


@pytest.mark.parametrize(
    ("theirs", "expected", "said"),
    [
        (1.0, 1, None),
        (torch.tensor(2.0), 2.0, None),
        (2.0, torch.tensor(2.0), None),
        ([1, 2], (1, 2), None),
        (np.array([1.0, 2.0]), [1, 2], None),
        (torch.tensor([[1, 2], [3, 4]]), [[1, 2], (3, 4)], None),
        ([torch.tensor(1.0), np.float32(2)], [1.0, 2.0], None),
        (torch.tensor([1, 3]), [1, 2], "[1]: 3 instead of 2"),
        (np.float64(1.0), [1.0], "the number 1; expected a list"),
        ([1.0, 2.0], torch.tensor([1.0, 2.0]), "a list of 2; expected a tensor"),
        (float("nan"), float("nan"), None),
        (torch.tensor([1.0, math.nan]), torch.tensor([1.0, math.nan]), None),
        (torch.ones(2, dtype=torch.float64), torch.ones(2), None),
        (torch.ones(2, dtype=torch.bfloat16), torch.ones(2), None),
        (torch.tensor([True, False]), torch.tensor([True, False]), None),
        ({"a": 1}, {"a": 1.0}, None),
        (1.1, 1.0, "1.1 instead of 1"),
        (True, 1, "the truth value True; expected a number"),
        (1, True, "the number 1; expected True"),
        (torch.tensor([1.0, math.nan]), torch.ones(2), "at [1]: nan instead of 1"),
        (torch.zeros(3, 2), torch.zeros(2, 3), "shape (3, 2); expected (2, 3) (the same axes in"),
        (np.zeros(2), torch.zeros(2), "a NumPy array of shape (2,) and float64; expected a tensor"),
        (torch.zeros(2), np.zeros(2), "expected a NumPy array"),
        ([1, 2, 3], [1, 2], "3 items; expected 2"),
        ([1], [1, 2], "1 item; expected 2"),
        ([1, [2, 5]], [1, [2, 4]], "[1][1]: 5 instead of 4"),
        ({"a": 1}, {"b": 1}, "the key 'b' is missing"),
        ({"a": 1, "b": 2}, {"a": 1}, "there is a key 'b' too many"),
        ("abc", "abd", "'abc' instead of 'abd'"),
        ({1, 2}, {1, 3}, "a set of 2; expected a set of 2"),
        (3, "abc", "the number 3; expected the text 'abc'"),
        (None, torch.zeros(1), "nothing (None); expected a tensor"),
    ],
)
def test_differences_in_words(theirs, expected, said):
    why = difference(theirs, expected)
    assert (why is None) if said is None else (why is not None and said in why)


def test_descriptions_never_hold_an_address():
    class Apple:
        pass

    things = [Apple(), Apple, len, lambda: 0, [1], {}, b"x", "t" * 500, 10**9, object()]
    for thing in things:
        assert "0x" not in describe(thing)
        assert len(describe(thing)) < 80
    assert describe(Apple()) == "an Apple"
