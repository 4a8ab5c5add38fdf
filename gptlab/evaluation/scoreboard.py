"""The scoreboards: one row for each model of the course, same data and same metric for all.

The rows are data in `book/scoreboard.json`, written by `record`, never by hand; chapters and book
pages read them. `python -m gptlab.evaluation.scoreboard` computes the rows that counting alone
gives (`gptlab.evaluation.baselines`, `meaning_baselines`) and records them.

A row is a dict:

    board       "language models", "translation" or "word meaning"
    data        what it was measured on: "wikipedia", "toy_english", "wikipedia, SimLex-999" …
    metric      a metric of that board, see BOARDS
    chapter     the chapter that makes the row
    model       its name as the reader should see it
    value       the measurement
    band        [low, high]: where another machine or seed should land; holds the value
    profile     "cpu" or "gpu": which of the chapter's two runs
    device      the machine's name
    seconds     training time
    parameters  how many numbers the model fitted
    seed        None where nothing is drawn by chance
    date        YYYY-MM-DD
    command     what to type to get the row again
    note        optional: coverage, a sacrebleu signature …
    rung        optional: its place among its chapter's rows, where the ideas have an order

There is one row for each board, data, metric, model and profile: a new one takes the old one's
place.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gptlab.errors import LabError
from gptlab.text.files import atomic_write, read_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Row = dict[str, Any]

# board -> metric -> is a lower value better?
BOARDS: dict[str, dict[str, bool]] = {
    "language models": {"bits per byte": True, "bits per word": True},
    "translation": {"BLEU": False, "chrF": False, "accuracy": False},
    "word meaning": {"Spearman ρ": False, "analogy accuracy": False},
}
PROFILES = ("cpu", "gpu")
IDENTITY = ("board", "data", "metric", "model", "profile")
TEXTS = ("board", "data", "metric", "model", "profile", "device", "date", "command")
NUMBERS = ("value", "seconds")
REQUIRED = (*TEXTS, *NUMBERS, "chapter", "band", "parameters", "seed")
OPTIONAL = ("note", "rung")
# What kind of system a row is, by the chapter that makes it; the rules are recorded in chapter 4.
RULES = ("word for word", "Georgetown-style rules")
COUNTED, NETWORKS = (1, 2, 3, 4, 5, 8), (6, 7, 9, 10, 11)


def path() -> Path:
    """The file that holds the rows.

    `GPTLAB_SCOREBOARD` if it is set; else `book/scoreboard.json` of the source tree that this
    package runs from, or of the folder the reader works in or one above it; else, with gptlab
    installed and no repository near, a board of the reader's own in the cache folder.
    """
    if chosen := os.environ.get("GPTLAB_SCOREBOARD"):
        return Path(chosen).expanduser()
    here = Path.cwd()
    for root in (Path(__file__).resolve().parents[2], here, *here.parents):
        if (root / "book").is_dir() and (root / "pyproject.toml").is_file():
            return root / "book" / "scoreboard.json"
    from gptlab.text.downloads import cache_folder

    return cache_folder() / "scoreboard.json"


def rows(board: str | None = None) -> list[Row]:
    """The rows of one board, or of all: by metric and data, chapter and rung, then worst first.

    Empty where nothing has been recorded. Raises LabError for an unknown board and a damaged file.
    """
    if board is not None:
        _check_board(board)
    if not path().exists():
        return []
    try:
        found = json.loads(read_text(path()))
        found = found["rows"]
        for row in found:
            check(row)
    except (json.JSONDecodeError, KeyError, TypeError, LabError) as error:
        raise LabError(
            f"the scoreboard {path()} is damaged ({error}); restore it: git checkout -- {path()}"
        ) from error
    return [row for row in found if board in (None, row["board"])]


def record(row: Mapping[str, Any]) -> None:
    """Write one row, in the place of the old one of the same board, data, metric, model, profile.

    The file is written whole or not at all, and two programs that record at once both succeed.
    Raises LabError where the row is not as the module's docstring says.
    """
    from filelock import FileLock

    new = check(row)
    # The lock lies outside the repository: filelock leaves its file behind.
    name = hashlib.sha256(str(path().absolute()).encode()).hexdigest()[:16]
    with FileLock(Path(tempfile.gettempdir()) / f"gptlab-scoreboard-{name}.lock"):
        kept = [old for old in rows() if any(old[key] != new[key] for key in IDENTITY)]
        ordered = sorted([*kept, new], key=_place)
        text = json.dumps({"rows": ordered}, ensure_ascii=False, indent=1)
        with atomic_write(path()) as file:
            file.write((text + "\n").encode())


def check(row: Mapping[str, Any]) -> Row:
    """`row` as a dict with its keys in one order. Raises LabError unless it is valid."""
    if not isinstance(row, Mapping):
        raise LabError(f"a scoreboard row is a dict, not {type(row).__name__}")
    missing = [key for key in REQUIRED if key not in row]
    unknown = [key for key in row if key not in (*REQUIRED, *OPTIONAL)]
    if missing or unknown:
        told = [f"misses {', '.join(missing)}"] * bool(missing)
        told += [f"has the unknown key {', '.join(map(str, unknown))}"] * bool(unknown)
        raise LabError(f"the scoreboard row {' and '.join(told)}; see gptlab.evaluation.scoreboard")
    for key in (*TEXTS, *(["note"] if "note" in row else [])):
        if not isinstance(row[key], str) or not row[key].strip():
            raise _wrong(row, key, "a text that is not empty")
    _check_board(row["board"])
    if row["metric"] not in BOARDS[row["board"]]:
        raise _wrong(row, "metric", f"one of {', '.join(BOARDS[row['board']])}")
    if row["profile"] not in PROFILES:
        raise _wrong(row, "profile", "cpu or gpu")
    for key in NUMBERS:
        if not _is_number(row[key]) or row["seconds"] < 0:
            raise _wrong(row, key, "a finite number, seconds not below 0")
    band = row["band"]
    if not isinstance(band, list | tuple) or len(band) != 2 or not all(map(_is_number, band)):
        raise _wrong(row, "band", "[low, high]")
    if not band[0] <= row["value"] <= band[1]:
        raise _wrong(row, "band", f"[low, high] around the value {row['value']}")
    whole = {"chapter": (1, 99), "parameters": (0, math.inf), "seed": (0, 2**64), "rung": (0, 99)}
    for key, (low, high) in whole.items():
        if row.get(key) is None and key in ("seed", "rung"):
            continue
        if type(row[key]) is not int or not low <= row[key] <= high:
            raise _wrong(row, key, f"a whole number from {low} to {high}")
    try:
        date.fromisoformat(row["date"])
    except ValueError:
        raise _wrong(row, "date", "a day as YYYY-MM-DD") from None
    ordered = {key: row[key] for key in (*_ORDER, *OPTIONAL) if key in row}
    return {**ordered, "band": [float(edge) for edge in band]}


_ORDER = (
    *("board", "data", "metric", "chapter", "model", "value", "band", "profile", "device"),
    *("seconds", "parameters", "seed", "date", "command"),
)


def table(board: str) -> str:
    """The rows of one board as an aligned Markdown table, to print or to put on a page."""
    header = ("data", "metric", "model", "chapter", "value", "band", "seconds", "parameters")
    lines: list[tuple[str, ...]] = [(*header, "device", "date")]
    for row in rows(board):
        low, high = row["band"]
        lines.append(
            (
                *(row[key] for key in ("data", "metric", "model")),
                f"{row['chapter']:02}",
                f"{row['value']:.3f}",
                f"{low:.3f} to {high:.3f}",
                f"{row['seconds']:.3g}" if row["seconds"] < 1000 else f"{row['seconds']:,.0f}",
                f"{row['parameters']:,}",
                row["device"],
                row["date"],
            )
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    padded = ([cell.ljust(w) for cell, w in zip(line, widths, strict=True)] for line in lines)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in padded)


def kind_of(row: Mapping[str, Any]) -> str:
    """Rules, counted, network or attention: a key of `figures.style.KINDS`, which has its colour.

    >>> kind_of({"model": "LSTM", "chapter": 10})
    'network'
    """
    if row["model"] in RULES:
        return "rules"
    if row["chapter"] in COUNTED:
        return "counted"
    return "network" if row["chapter"] in NETWORKS else "attention"


def plot(
    board: str, data: str | None = None, metric: str | None = None, until: int | None = None
) -> Figure:
    """One bar for each model, oldest idea on top, its value at the end and its band as a line.

    Its colour is the model's kind. `data` and `metric` choose among a board's measurements; left
    out, those of its first row. `until` is the last chapter whose models are drawn. Raises LabError
    where there is no such row. Show it with `style.show_figure(figure, alt_text(board))`.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch

    from gptlab.figures.style import INK, KINDS, use

    shown = chosen(board, data, metric, until)
    use()
    figure, axes = plt.subplots(figsize=(7, 1.1 + 0.42 * len(shown)))
    for place, row in enumerate(shown):
        gpu = row["profile"] == "gpu"
        # Empty is what is no system: blind guessing, and a floor.
        system = row["parameters"] or kind_of(row) == "rules"
        axes.barh(
            place, row["value"], 0.6,
            color=KINDS[kind_of(row)][1] if system else "none",
            edgecolor=None if system else INK,
            hatch="//" if gpu else None,
        )  # fmt: skip
        axes.hlines(place, *row["band"], color=INK, linewidth=2)
        right = max(row["value"], row["band"][1])
        axes.annotate(
            f"{row['value']:.2f}",
            (right, place),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
        )
    names = [
        f"{row['model']}{' (GPU)' * (row['profile'] == 'gpu')}, ch. {row['chapter']:02}"
        for row in shown
    ]
    axes.set_yticks(range(len(shown)), names)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.grid(visible=False, axis="y")
    lower = BOARDS[board][shown[0]["metric"]]
    axes.set_xlabel(f"{shown[0]['metric']} on {shown[0]['data']}\n({_better(lower)})")
    kinds = dict.fromkeys(kind_of(row) for row in shown)
    if len(kinds) > 1:
        patches = [Patch(color=KINDS[kind][1], label=KINDS[kind][0]) for kind in kinds]
        figure.legend(handles=patches, loc="outside upper left", ncols=3)
    return figure


def alt_text(
    board: str, data: str | None = None, metric: str | None = None, until: int | None = None
) -> str:
    """The picture of `plot` in words, from the same rows."""
    shown = chosen(board, data, metric, until)
    lower = BOARDS[board][shown[0]["metric"]]
    told = "; ".join(
        f"{row['model']}{' on a GPU' * (row['profile'] == 'gpu')} {row['value']:.2f}"
        for row in shown
    )
    return (
        f"Bar chart of {shown[0]['metric']} on {shown[0]['data']}, {_better(lower)}, "
        f"one bar for each model in the order of the chapters: {told}."
    )


def chosen(
    board: str, data: str | None = None, metric: str | None = None, until: int | None = None
) -> list[Row]:
    """The rows of one measurement; data and metric, left out, are those of the first row.

    `until` leaves out the models of later chapters. Raises LabError where no row is left.
    """
    found = [row for row in rows(board) if until is None or row["chapter"] <= until]
    data = data or (found[0]["data"] if found else None)
    found = [row for row in found if row["data"] == data]
    metric = metric or (found[0]["metric"] if found else None)
    found = [row for row in found if row["metric"] == metric]
    if not found:
        wanted = " ".join(
            f"with {name} {v!r}"
            for name, v in [("data", data), ("metric", metric), ("until", until)]
            if v
        )
        raise LabError(
            f"the board {board!r} has no row {wanted}".rstrip()
            + "; run a chapter that records one, or python -m gptlab.evaluation.scoreboard"
        )
    return found


def _place(row: Row) -> tuple[Any, ...]:
    metrics = BOARDS[row["board"]]
    worst_first = -row["value"] if metrics[row["metric"]] else row["value"]
    board, metric = list(BOARDS).index(row["board"]), list(metrics).index(row["metric"])
    made = row["chapter"], row.get("rung", 0), worst_first
    return board, metric, row["data"], *made, row["model"], row["profile"]


def _better(lower: bool) -> str:
    return "lower is better" if lower else "higher is better"


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _check_board(board: str) -> None:
    if board not in BOARDS:
        raise LabError(f"board {board!r} is unknown; choose one of {', '.join(BOARDS)}")


def _wrong(row: Mapping[str, Any], key: str, expected: str) -> LabError:
    return LabError(
        f"the scoreboard row of {row['model']!r} has {key} {row[key]!r}; give {expected}"
    )


def main() -> None:
    """Compute and record every baseline row; print the boards."""
    from gptlab.evaluation.baselines import BASELINES, TOY_BASELINES, measure
    from gptlab.evaluation.meaning_baselines import MEANING_BASELINES, measure_meaning
    from gptlab.evaluation.translation_baselines import TRANSLATORS, measure_translation

    for model in (*BASELINES, *TOY_BASELINES):
        record(measure(model))
    for model in MEANING_BASELINES:
        for row in measure_meaning(model):
            record(row)
    for model in TRANSLATORS:
        for row in measure_translation(model):
            record(row)
    for board in BOARDS:
        if rows(board):
            print(f"{board}\n{table(board)}")


if __name__ == "__main__":
    main()
