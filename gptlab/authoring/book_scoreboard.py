"""The scoreboard as a page: for each board a picture and a table, drawn from data, never typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gptlab.evaluation import scoreboard
from gptlab.evaluation.scoreboard import Row
from gptlab.evaluation.scoreboard_seconds import plot_seconds, seconds_alt_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EMPTY = (
    "No result is recorded yet. `python -m gptlab.evaluation.scoreboard` writes the first ones.\n"
)
HEAD = (
    "| model | chapter | {metric} | elsewhere | parameters | training | device | date |\n"
    "|:--|--:|--:|:-:|--:|--:|:--|:--|"
)


def write_scoreboard(folder: Path) -> None:
    """Write the two pieces that pages include: `scoreboard.md`, and `scoreboard_picture.md`.

    Raises LabError where the data file is damaged.
    """
    kinds: dict[tuple[str, str, str], list[Row]] = {}
    for row in scoreboard.rows():
        kinds.setdefault((row["board"], row["data"], row["metric"]), []).append(row)
    sections = [section(*kind, rows) for kind, rows in kinds.items()]
    first = picture(*next(iter(kinds))) if kinds else EMPTY
    pages = {"scoreboard.md": "\n\n".join(sections) or EMPTY, "scoreboard_picture.md": first}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        # A newer file makes Sphinx read the page again: what is right already is left alone.
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text:
            (folder / name).write_text(text, encoding="utf-8")


def section(board: str, data: str, metric: str, rows: Sequence[Row]) -> str:
    """One measurement of one board: heading, picture, table, the commands that made the rows."""
    title = f"{board[0].upper()}{board[1:]}: {metric} on {data}"
    notes = list(dict.fromkeys(row["note"] for row in rows if "note" in row))
    table = [HEAD.format(metric=metric), *(line(row, notes) for row in rows)]
    commands = "\n".join(dict.fromkeys(row["command"] for row in rows))
    parts = [f"## {title}", picture(board, data, metric)]
    # A cloud of at least three points says something about time.
    if board == "language models" and sum(row["parameters"] > 0 for row in rows) >= 3:
        parts.append(seconds_picture(board, data, metric))
    parts.append("\n".join(table))
    if notes:
        parts.append("\n".join(f"{n}. {note}" for n, note in enumerate(notes, start=1)))
    return "\n\n".join([*parts, f"Made by:\n\n```bash\n{commands}\n```\n"])


def line(row: Row, notes: Sequence[str] = ()) -> str:
    """A row of the table; "elsewhere" is the band where other machines and seeds should land.

    A row's note stands below the table; its number in `notes`, from 1, is added to the model.
    """
    low, high = row["band"]
    note = row.get("note")
    cells = [
        row["model"] + (f" ({notes.index(note) + 1})" if note in notes else ""),
        f"{row['chapter']:02}",
        f"**{row['value']:.3f}**",
        "the same" if low == high else f"{low:.2f}–{high:.2f}",
        count(row["parameters"]),
        f"{row['seconds']:,.0f} s" if row["seconds"] >= 10 else f"{row['seconds']:.1f} s",
        row["device"],
        row["date"],
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def count(number: int) -> str:
    """A number of parameters for a table: exact below a thousand, then three digits.

    >>> count(512), count(2_641_920), count(124_439_808)
    ('512', '2.64 M', '124 M')
    """
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return str(number)


def picture(board: str, data: str, metric: str) -> str:
    """The board's bars as a piece of HTML that Markdown can hold."""
    words = scoreboard.alt_text(board, data, metric)
    return _drawn(lambda: scoreboard.plot(board, data, metric), words, f"The {board} board.")


def seconds_picture(board: str, data: str, metric: str) -> str:
    """The same measurement against training time, as HTML."""
    words = seconds_alt_text(board, data, metric)
    under = "The same models by the time that they trained."
    return _drawn(lambda: plot_seconds(board, data, metric), words, under)


def _drawn(draw: Callable[[], Figure], words: str, caption: str) -> str:
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    from gptlab.figures.style import figure_html

    with mpl.rc_context({"backend": "agg"}):
        figure = draw()
        page = figure_html(figure, words, caption)
        plt.close(figure)
    return page
