"""A punched card of 80 columns, drawn with the holes of a text: one column for each character."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gptlab.errors import LabError
from gptlab.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROWS = (12, 11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)  # from the card's top to its bottom
COLUMNS = 80
_CODE: dict[str, tuple[int, ...]] = {" ": ()} | {str(n): (n,) for n in range(10)}
for _zone, _letters in ((12, "ABCDEFGHI"), (11, "JKLMNOPQR"), (0, "STUVWXYZ")):
    _first = 2 if _zone == 0 else 1  # there is no 0-1 letter
    _CODE |= {letter: (_zone, _first + i) for i, letter in enumerate(_letters)}
_CODE |= {"-": (11,), ".": (12, 3, 8), ",": (0, 3, 8)}


def card_holes(text: str) -> list[tuple[int, ...]]:
    """The rows punched for each character: none for a space, one for a digit, two for a letter.

    Letters are capitals of the Latin alphabet; small ones are punched as capitals. Raises LabError
    for a character that has no holes and for more than 80. Source: Jones, Punched Card Codes.

    >>> card_holes("A 1")
    [(12, 1), (), (1,)]
    """
    letters = text.upper()
    if len(letters) > COLUMNS:
        raise LabError(f"the text has {len(letters)} characters; a card has {COLUMNS} columns")
    strange = sorted({c for c in letters if c not in _CODE})
    if strange:
        raise LabError(
            f"{', '.join(map(repr, strange))} cannot be punched; letters A to Z, digits, space, "
            "hyphen, period and comma can (to_latin helps with Russian)"
        )
    return [_CODE[c] for c in letters]


def punched_card(text: str) -> Figure:
    """The card with `text` printed along its top edge, as the keypunch did it.

    Raises LabError as `card_holes`.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    holes = card_holes(text)
    style.use()
    figure, axes = plt.subplots(figsize=(7.0, 3.2))
    axes.set(xlim=(-3.2, COLUMNS + 1), ylim=(12.6, -3.1))
    axes.axis("off")
    # The cut corner stays clear of the first letter.
    right, top, bottom = COLUMNS + 0.8, -2.9, 12.2
    edge = [(1.5, top), (right, top), (right, bottom), (-0.8, bottom), (-0.8, -1.7)]
    axes.add_patch(plt.Polygon(edge, closed=True, fill=False, edgecolor=style.INK, linewidth=1.5))
    faint: list[tuple[int, int]] = []
    punched: list[tuple[int, int]] = []
    for row, name in enumerate(ROWS):
        axes.text(-1.2, row, str(name), ha="right", va="center", fontsize=8)
        for column in range(COLUMNS):
            hole = column < len(holes) and name in holes[column]
            (punched if hole else faint).append((column, row))
    for places, half, alpha in ((faint, 0.06, 0.5), (punched, 0.36, 1.0)):
        corners = [
            (x + dx, y + dy)
            for x, y in places
            for dx, dy in ((-half, -half), (half, -half), (half, half), (-half, half), (0, 0))
        ]
        moves = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(places)
        if places:
            axes.add_patch(
                PathPatch(Path(corners, moves), color=style.INK, alpha=alpha, linewidth=0)
            )
    for column, letter in enumerate(text.upper()):
        axes.text(column, -1.2, letter, ha="center", va="center", fontsize=6.5)
    return figure
