"""Feedback on exercises: `from gptlab.checks import check`.

Chapter files (`chapter17.py`) hold a tuple `EXERCISES`, made with `function`, `number`, `choice`
and `array`.
"""

from gptlab.checks.core import (
    Case,
    Exercise,
    Mistake,
    array,
    call,
    chapters,
    check,
    choice,
    exercises,
    function,
    number,
)
from gptlab.checks.result import Result

__all__ = [
    "Case",
    "Exercise",
    "Mistake",
    "Result",
    "array",
    "call",
    "chapters",
    "check",
    "choice",
    "exercises",
    "function",
    "number",
]
