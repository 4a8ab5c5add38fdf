"""Running a learner's code on one case: what came back, or which of their lines failed."""

from __future__ import annotations

import contextlib
import linecache
import random
import re
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gptlab.checks.compare import difference, shorten

_OURS = str(Path(__file__).resolve().parent.parent)
_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


@dataclass(frozen=True)
class Outcome:
    """What one case observed: a value, or an exception (`error`) told in a sentence (`told`)."""

    value: Any = None
    error: BaseException | None = None
    told: str = ""
    unfinished: bool = False

    def same_as(self, other: Outcome, rtol: float, atol: float) -> bool:
        """True when both gave equal values, or both failed in the same way."""
        if self.error is None and other.error is None:
            return difference(self.value, other.value, rtol, atol) is None
        return type(self.error) is type(other.error) and _said(self.error) == _said(other.error)


@contextlib.contextmanager
def fixed_randomness(seed: int = 0) -> Iterator[None]:
    """Seed Python's, NumPy's and torch's global generators inside; put them back after.

    So a check gives the same answer every time, and the learner's notebook does not feel that it
    ran.
    """
    torch = sys.modules.get("torch")
    python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        with contextlib.nullcontext() if torch is None else _fixed_torch(torch, seed):
            yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002


@contextlib.contextmanager
def _fixed_torch(torch: Any, seed: int) -> Iterator[None]:
    # Not torch.manual_seed: where no GPU is in use yet it leaves a seed behind for when one is.
    gpus = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with torch.random.fork_rng(devices=list(gpus)):
        torch.default_generator.manual_seed(seed)
        for gpu in gpus:
            torch.cuda.default_generators[gpu].manual_seed(seed)
        yield


def observe(function: Callable[[Any], Any], answer: Any) -> Outcome:
    """Run one case's function on one answer; an exception becomes part of the outcome."""
    with fixed_randomness():
        try:
            return Outcome(value=function(answer))
        except Exception as error:
            lines = _their_lines(error, function)
            if isinstance(error, NotImplementedError) and _raised_by_hand(lines):
                return Outcome(error=error, unfinished=True)
            return Outcome(error=error, told=_tell(error, lines))


def _their_lines(
    error: BaseException, function: Callable[..., Any]
) -> list[traceback.FrameSummary]:
    """The traceback's frames in the learner's code: not gptlab's, not installed, not the case."""
    code = getattr(function, "__code__", None)
    case = (code.co_filename, code.co_firstlineno) if code else None
    found = []
    for frame, number in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        if name.startswith((_OURS, *_INSTALLED)) or "site-packages" in name or name == "<string>":
            continue
        if (name, frame.f_code.co_firstlineno) == case:
            continue
        found.append(
            traceback.FrameSummary(
                name, number, frame.f_code.co_name, line=linecache.getline(name, number).strip()
            )
        )
    return found


def _raised_by_hand(lines: list[traceback.FrameSummary]) -> bool:
    # torch raises NotImplementedError too, for an operation a device lacks; that is a bug, not a
    # blank.
    if not lines:
        return False
    text = lines[-1].line or ""
    return not text or "NotImplementedError" in text


def _said(error: BaseException | None) -> str:
    """An exception's message: its first line, without memory addresses, which differ every time."""
    first = str(error).strip().partition("\n")[0]
    return shorten(re.sub(r" at 0x[0-9a-fA-F]+", "", first), 200)


def _tell(error: BaseException, lines: list[traceback.FrameSummary]) -> str:
    said = _said(error)
    name = type(error).__name__
    what = f"{name}: {said}" if said else name
    if isinstance(error, AssertionError) and not lines:
        return said or "does not hold"
    if not lines:
        return f"calling it gives {what}"
    last = lines[-1]
    place = "" if last.name.startswith("<") else f" of {last.name}"
    source = f", `{shorten(last.line, 80)}`" if last.line else ""
    if last.filename.startswith("<") or "ipykernel" in last.filename:
        where = (
            f"line {last.lineno} of the cell, in {last.name}" if place else f"line {last.lineno}"
        )
    else:
        where = f"line {last.lineno} of {Path(last.filename).name}"
    return f"your code stops with {what} ({where}{source})"
