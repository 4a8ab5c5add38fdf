"""The scoreboard's pages: for each board pictures and tables, drawn from data, never typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gptlab.authoring.board_explorer import explorer
from gptlab.evaluation import scoreboard
from gptlab.evaluation.scoreboard import Row
from gptlab.evaluation.scoreboard_seconds import plot_seconds, seconds_alt_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGES = {
    "language models": "board-language",
    "translation": "board-translation",
    "word meaning": "board-meaning",
}
# The picture of each part: which board of the explorer, and the part's chapters.
PARTS = (
    ("wikipedia", range(1, 6)),
    ("meaning", range(5, 11)),
    ("translation", range(11, 16)),
    ("language", range(16, 22)),
)
EMPTY = (
    "No result is recorded yet. `python -m gptlab.evaluation.scoreboard` writes the first ones.\n"
)
HEAD = (
    "| model | chapter | {metric} | elsewhere | parameters | training | device | date |\n"
    "|:--|--:|--:|:-:|--:|--:|:--|:--|"
)


def write_scoreboard(folder: Path) -> None:
    """Write the pieces that pages include, from the rows: into `folder`, if they have changed.

    `board-explorer.md` is the picture of all boards, `part-1.md` … each part's; for each board
    a page of pictures and tables (see PAGES); `board-summary.md` one
    line for each of them. Raises LabError where the data file is damaged.
    """
    rows = scoreboard.rows()
    root = Path(__file__).resolve().parents[2]
    kinds: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        kinds.setdefault((row["board"], row["data"], row["metric"]), []).append(row)
    pages = {"board-explorer.md": explorer(rows, root) if rows else EMPTY}
    for number, (view, chapters) in enumerate(PARTS, start=1):
        pages[f"part-{number}.md"] = explorer(rows, root, [view], chapters) if rows else EMPTY
    for board, page in PAGES.items():
        sections = [section(*kind, found) for kind, found in kinds.items() if kind[0] == board]
        pages[f"{page}.md"] = "\n\n".join(sections) or EMPTY
    pages["board-summary.md"] = summary(kinds)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        # A newer file makes Sphinx read the page again: what is right already is left alone.
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text:
            (folder / name).write_text(text, encoding="utf-8")


def summary(kinds: Mapping[tuple[str, str, str], Sequence[Row]]) -> str:
    """A table: each measurement with its number of systems, the weakest, the best, its page."""
    if not kinds:
        return EMPTY
    lines = [
        "| what is measured | systems | from | to |",
        "|:--|--:|:--|:--|",
    ]
    for (board, data, metric), rows in kinds.items():
        lower = scoreboard.BOARDS[board][metric]
        # What was neither written nor learned is no contestant: uniform guesses, the grammar.
        known = [row for row in rows if not row["model"].startswith(("uniform", "the grammar"))]
        ordered = sorted(known or rows, key=lambda row: row["value"], reverse=lower)
        told = [f"{row['model']}: {row['value']:.2f}" for row in (ordered[0], ordered[-1])]
        better = f"{'lower' if lower else 'higher'} is better"
        what = f"[{board}, {data}]({PAGES[board]}.md): {metric}, {better}"
        lines.append(f"| {what} | {len(known)} | {told[0]} | **{told[1]}** |")
    return "\n".join(lines) + "\n"


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
