"""The check of exercise 5.4: nearest rows by cosine, with rows of zeros."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gptlab.checks import Case, Mistake, function
from gptlab.checks.compare import describe


def nearest_rows(matrix, row, n):
    """The numbers of the n rows with the largest cosine to row number `row`, nearest first."""
    return _nearest(matrix, row, n)


def _cosine(matrix: np.ndarray, row: int) -> np.ndarray:
    lengths = np.sqrt((matrix**2).sum(axis=1))
    safe = np.where(lengths > 0, lengths, 1)
    return matrix @ matrix[row] / safe / safe[row]


def _nearest(matrix, row, n, score=_cosine, leave_self=True, leave_zeros=True, sign=-1):
    scores = score(matrix, row).round(9)
    order = np.argsort(sign * scores, kind="stable")
    out = {row} if leave_self else set()
    if leave_zeros:
        out |= set(np.flatnonzero((matrix == 0).all(axis=1)).tolist())
    return [int(i) for i in order if i not in out][:n]


def _but(**part: Any) -> Callable[..., Any]:
    return lambda matrix, row, n: _nearest(matrix, row, n, **part)


def _nan_first(matrix, row, n):
    with np.errstate(invalid="ignore"):
        lengths = np.sqrt((matrix**2).sum(axis=1))
        cosines = matrix @ matrix[row] / (lengths * lengths[row])
    order = np.argsort(cosines)[::-1]
    return [int(i) for i in order if i != row][:n]


def _first_dropped(matrix, row, n):
    order = _nearest(matrix, row, len(matrix), leave_self=False)
    return order[1 : n + 1]


def _shortened(matrix, row, n):
    """The numbers of the rows that are left, not those of the table."""
    known = np.flatnonzero((matrix != 0).any(axis=1)).tolist()
    found = _nearest(matrix, row, n)
    return [known.index(i) for i in found]


def _asked(matrix: np.ndarray, row: int, n: int) -> Callable[[Any], Any]:
    def function(answer: Callable[..., Any]) -> Any:
        given = matrix.copy()
        found = answer(given, row, n)
        if found is None:
            return None
        assert (given == matrix).all(), "it changes the matrix; work on a copy"
        try:
            assert all(float(i).is_integer() for i in found), (
                "it returns numbers that are not whole, perhaps the cosines; return row numbers"
            )
            return [int(i) for i in found]
        except (TypeError, ValueError):
            raise AssertionError(
                f"it returns {describe(found)}; return a list of row numbers"
            ) from None

    return function


_ROWS = np.array([[3.0, 1, 0], [0.3, 0.2, 0], [9, -3, 8], [2, 4, 1], [-3, -1, 0.5], [4, 2, 1]])
_ZEROS = np.array([[1.0, 2], [0, 0], [2, 4.5], [-1, 1], [0, 0], [-3, -1]])
_EQUALS = np.array([[1.0, 1], [5, 0], [2, 2], [0.5, 0.5], [0, 3]])

NEAREST = function(
    "5.4",
    "the nearest rows",
    right=nearest_rows,
    praise="WordVectors.neighbours does the same, and names the words.",
    cases=[
        Case(
            "the three nearest of six",
            _asked(_ROWS, 0, 3),
            "The cosine is the inner product divided by both lengths. Sort from large to small.",
        ),
        Case(
            "all others, from near to far",
            _asked(_ROWS, 3, 5),
            "A negative cosine belongs to the far end of the list.",
        ),
        Case(
            "rows of zeros are nobody's neighbours",
            _asked(_ZEROS, 0, 5),
            "Rows 1 and 4 have no direction, so no cosine: leave them out. Three rows are left.",
        ),
        Case(
            "equals in the order of their numbers",
            _asked(_EQUALS, 0, 4),
            'np.argsort(…, kind="stable") keeps equals in order; round the cosines to nine digits '
            "first, or the last bits decide.",
        ),
        Case(
            "equals that stand before the row itself",
            _asked(_EQUALS, 2, 3),
            "Rows 0 and 3 have the direction of row 2, and row 0 comes before it. Leave out row 2 "
            "by its number, not by its place in the order.",
        ),
    ],
    mistakes=[
        Mistake(
            "the first of the order is dropped",
            _first_dropped,
            "Where other rows have the same direction, row `row` need not come first. Leave it "
            "out by its number.",
        ),
        Mistake(
            "numbers of a shorter table",
            _shortened,
            "You took the rows of zeros out first, and then counted anew. Keep the old numbers: "
            "`known = np.flatnonzero(lengths > 0)`, then `known[order]`.",
        ),
        Mistake(
            "the row itself comes first",
            _but(leave_self=False),
            "Every row is nearest to itself. Leave number `row` out.",
        ),
        Mistake(
            "inner products instead of cosines",
            _but(score=lambda matrix, row: matrix @ matrix[row]),
            "Long rows win this way, whatever their direction. Divide by the lengths.",
        ),
        Mistake(
            "distances instead of angles",
            _but(score=lambda matrix, row: -np.sqrt(((matrix - matrix[row]) ** 2).sum(axis=1))),
            "You measure how far the points lie apart; a long and a short row of one direction "
            "are far apart. Use the cosine.",
        ),
        Mistake(
            "the farthest come first",
            _but(sign=1),
            "np.argsort sorts from small to large, and a large cosine is near. Sort by minus the "
            "cosine.",
        ),
        Mistake(
            "rows of zeros as neighbours",
            _but(leave_zeros=False),
            "A row of zeros got the cosine 0, which beats every negative one. It has no "
            "direction: leave it out.",
        ),
        Mistake(
            "NaN comes first",
            _nan_first,
            "A row of zeros has length 0, and 0 / 0 is NaN, which sorts as the largest number. "
            "Leave these rows out before you divide.",
        ),
        Mistake(
            "opposites count as near",
            _but(score=lambda matrix, row: np.abs(_cosine(matrix, row))),
            "The absolute value makes −1 as good as 1. Opposite directions are far apart.",
        ),
    ],
)
