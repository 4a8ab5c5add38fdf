"""What a learner's value is, and how it differs from the expected one, in words.

Numbers, text, lists, dicts, dataclasses, NumPy arrays and torch tensors, nested as deep as they
come. torch is looked up only when somebody has imported it already, so that these checks stay
light.
"""

from __future__ import annotations

import dataclasses
import numbers
import sys
from typing import Any

import numpy as np


def is_tensor(value: object) -> bool:
    """True for a torch tensor; never imports torch itself."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def as_array(value: Any) -> np.ndarray:
    """A tensor or array as a NumPy array; bfloat16, which NumPy does not know, becomes float32."""
    if is_tensor(value):
        value = value.detach().cpu()
        return np.asarray(value.float() if str(value.dtype) == "torch.bfloat16" else value)
    return np.asarray(value)


def as_number(value: Any) -> float | int | None:
    """The plain number in `value` (or in a tensor without axes); None if it is no number."""
    if (is_tensor(value) or isinstance(value, (np.ndarray, np.generic))) and value.ndim == 0:
        value = value.item()
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return value if isinstance(value, int) else float(value)
    return None


def describe(value: Any) -> str:
    """What kind of thing `value` is, in a few words and without its memory address.

    >>> describe([1, 2]), describe("hello"), describe(None)
    ('a list of 2', "the text 'hello'", 'nothing (None)')
    """
    if value is None:
        return "nothing (None)"
    if isinstance(value, bool | np.bool_):
        return f"the truth value {bool(value)}"
    if is_tensor(value) or isinstance(value, np.ndarray):
        kind = "tensor" if is_tensor(value) else "NumPy array"
        return f"a {kind} of shape {tuple(value.shape)} and {_dtype(value)}"
    if (number := as_number(value)) is not None:
        return f"the number {show(number)}"
    if isinstance(value, str | bytes):
        return f"the {'text' if isinstance(value, str) else 'bytes'} {shorten(repr(value), 40)}"
    if isinstance(value, list | tuple | dict | set | frozenset):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if callable(value) and hasattr(value, "__name__"):
        return f"the function {value.__name__}"
    article = "an" if type(value).__name__[:1] in "AEIOUaeiou" else "a"
    return f"{article} {type(value).__name__}"


def show(number: Any) -> str:
    """A number for reading: integers whole, the rest with five significant digits."""
    if isinstance(number, bool | np.bool_):
        return str(bool(number))
    return f"{number:,}" if isinstance(number, int) else f"{float(number):.5g}"


def shorten(text: str, most: int) -> str:
    """At most `most` characters of `text`, with … where something was cut."""
    return text if len(text) <= most else text[: most - 1] + "…"


def difference(
    theirs: Any, expected: Any, rtol: float = 1e-4, atol: float = 1e-6, where: str = ""
) -> str | None:
    """How `theirs` differs from `expected`, as one sentence part; None when they agree.

    Numbers agree when |theirs − expected| ≤ atol + rtol · |expected|; NaN agrees with NaN. A
    number and a tensor without axes are the same thing, and so are a list and a tuple. Where a list
    is expected, an array or a tensor with its values is right, too; not the other way round.
    """
    at = f"{where}: " if where else ""
    if is_tensor(expected) or isinstance(expected, np.ndarray):
        if is_tensor(theirs) != is_tensor(expected) or not hasattr(theirs, "shape"):
            scalar = expected.ndim == 0 and as_number(theirs) is not None
            if not scalar:
                return f"{at}{describe(theirs)}; expected {describe(expected)}"
        why = _array_difference(theirs, expected, rtol, atol)
        return None if why is None else at + why
    if isinstance(expected, bool | np.bool_):
        value = theirs.item() if getattr(theirs, "ndim", None) == 0 else theirs
        same = isinstance(value, bool) and value == bool(expected)
        return None if same else f"{at}{describe(theirs)}; expected {bool(expected)}"
    if (number := as_number(expected)) is not None:
        value = as_number(theirs)
        if value is None:
            return f"{at}{describe(theirs)}; expected a number"
        if np.isclose(value, number, rtol=rtol, atol=atol, equal_nan=True):
            return None
        return f"{at}{show(value)} instead of {show(number)}"
    if isinstance(expected, list | tuple | dict) or dataclasses.is_dataclass(expected):
        return _container_difference(theirs, expected, rtol, atol, where)
    if type(theirs) is type(expected) and bool(theirs == expected):
        return None
    if isinstance(expected, str | bytes) and isinstance(theirs, type(expected)):
        return f"{at}{shorten(repr(theirs), 60)} instead of {shorten(repr(expected), 60)}"
    return f"{at}{describe(theirs)}; expected {describe(expected)}"


def has_value(value: Any) -> bool:
    """True for what can be compared by its content: numbers, text, arrays, and containers of them.

    A module, a generator of random numbers or an object of one's own is equal only to itself.
    """
    if isinstance(value, dict):
        return all(map(has_value, value.values()))
    if isinstance(value, list | tuple):
        return all(map(has_value, value))
    simple = str | bytes | bool | numbers.Number | np.ndarray | np.generic | set | frozenset
    return value is None or is_tensor(value) or isinstance(value, simple)


def _dtype(value: Any) -> str:
    return str(value.dtype).removeprefix("torch.")


def _array_difference(theirs: Any, expected: Any, rtol: float, atol: float) -> str | None:
    mine, right = as_array(theirs), as_array(expected)
    if mine.shape != right.shape:
        text = f"shape {mine.shape}; expected {right.shape}"
        if sorted(mine.shape) == sorted(right.shape):
            text += " (the same axes in another order)"
        return text
    groups = {"f": "f", "i": "i", "u": "i", "b": "b", "c": "c"}
    if groups.get(mine.dtype.kind) != groups.get(right.dtype.kind) and right.ndim:
        return f"{_dtype(theirs)} values; expected {_dtype(expected)}"
    if mine.dtype.kind not in groups:
        return None if (mine == right).all() else "other values than expected"
    # Booleans cannot be subtracted; as numbers they can, and the message stays the same.
    a, b = mine.astype(np.float64), right.astype(np.float64)
    wrong = ~np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
    if not wrong.any():
        return None
    with np.errstate(invalid="ignore"):
        gap = np.where(wrong, np.nan_to_num(np.abs(a - b), nan=np.inf), -1.0)
    worst = np.unravel_index(int(gap.argmax()), gap.shape)
    place = f" at {[int(i) for i in worst]}" if gap.ndim else ""
    values = f"{show(mine[worst].item())} instead of {show(right[worst].item())}"
    if gap.size == 1:
        return f"{values}{place}"
    return f"{int(wrong.sum())} of {gap.size} values differ, most{place}: {values}"


def _container_difference(
    theirs: Any, expected: Any, rtol: float, atol: float, where: str
) -> str | None:
    at = f"{where}: " if where else ""
    if dataclasses.is_dataclass(expected) and not isinstance(expected, type):
        if type(theirs) is not type(expected):
            return f"{at}{describe(theirs)}; expected {describe(expected)}"
        pairs = [(f.name, f"{where}.{f.name}") for f in dataclasses.fields(expected)]
        items = [(getattr(theirs, n), getattr(expected, n), path) for n, path in pairs]
    elif isinstance(expected, dict):
        if not isinstance(theirs, dict):
            return f"{at}{describe(theirs)}; expected a dict"
        if missing := [key for key in expected if key not in theirs]:
            return f"{at}the key {missing[0]!r} is missing"
        if extra := [key for key in theirs if key not in expected]:
            return f"{at}there is a key {extra[0]!r} too many"
        items = [(theirs[key], expected[key], f"{where}[{key!r}]") for key in expected]
    else:
        if (is_tensor(theirs) or isinstance(theirs, np.ndarray)) and theirs.ndim:
            theirs = as_array(theirs).tolist()
        if not isinstance(theirs, list | tuple):
            return f"{at}{describe(theirs)}; expected a {type(expected).__name__}"
        if len(theirs) != len(expected):
            noun = "item" if len(theirs) == 1 else "items"
            return f"{at}{len(theirs)} {noun}; expected {len(expected)}"
        items = [
            (t, e, f"{where}[{i}]") for i, (t, e) in enumerate(zip(theirs, expected, strict=True))
        ]
    for mine, right, path in items:
        if why := difference(mine, right, rtol, atol, path):
            return why
    return None
