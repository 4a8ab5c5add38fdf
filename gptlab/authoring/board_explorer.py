"""Seventy years on one picture: each system of the scoreboard at the year of its paper.

Inline SVG, no image file and no kernel: every point is a link to its chapter, so the picture works
with the keyboard and without scripts; `book/static/house-board.js` adds the choice of a board, the
arrow keys and the line that tells what a point is. Positions across and down are percentages, so
that a phone gets the same picture with letters of the same size.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gptlab.errors import LabError
from gptlab.evaluation.scoreboard import BOARDS, Row
from gptlab.figures import style


@dataclass(frozen=True)
class Idea:
    """Where a system of the board comes from: `model` matches its name's beginning.

    `source` is a key of book/references.bib, and `year` that work's year; None for a system that
    is only there to compare with, and so has no place in time.
    """

    model: str
    year: int | None
    source: str | None
    kind: str


# The first that matches counts.
IDEAS = (
    Idea("uniform", None, None, "counted"),
    Idea("the grammar itself", None, None, "counted"),
    Idea("word for word", None, None, "rules"),
    Idea("unigram", 1948, "shannon1948", "counted"),
    Idea("add-k", 1948, "shannon1948", "counted"),
    Idea(r".*Kneser-Ney.* BPE tokens", 2016, "sennrich2016", "counted"),
    Idea("Kneser-Ney", 1995, "kneser1995", "counted"),
    Idea("modified Kneser-Ney", 1999, "chen1999", "counted"),
    Idea("Elman", 1990, "elman1990", "network"),
    Idea("LSTM", 1997, "hochreiter1997", "network"),
    Idea("Bengio 2003", 2003, "bengio2003", "network"),
    Idea("Georgetown", 1954, "plumb1954", "rules"),
    Idea("IBM Model 1", 1993, "brown1993", "counted"),
    Idea(r"seq2seq LSTM \+ Bahdanau", 2015, "bahdanau2015", "network"),
    Idea(r"seq2seq LSTM \+ Luong", 2015, "luong2015", "network"),
    Idea("seq2seq", 2014, "sutskever2014", "network"),
    Idea("Transformer", 2017, "vaswani2017", "attention"),
    Idea("raw counts", 1954, "harris1954", "counted"),
    Idea(r"PPMI \+ SVD", 1990, "deerwester1990", "counted"),
    Idea("PPMI", 1990, "church1990", "counted"),
    Idea("CBOW", 2013, "mikolov2013", "network"),
    Idea("skip-gram", 2013, "mikolov2013", "network"),
    Idea("GloVe", 2014, "pennington2014", "network"),
    # Chapter 21's ladder, each rung with all below it: the year of its newest part.
    Idea("2 layers, GPT-2's parts", 2019, "radford2019", "attention"),
    Idea("2 layers, RMSNorm, rotary", 2021, "su2021", "attention"),  # SwiGLU: 2020
    Idea("2 layers, RMSNorm", 2019, "zhang2019", "attention"),
    Idea("2 layers, Llama's parts", 2023, "ainslie2023", "attention"),
    Idea("GPT", 2018, "radford2018", "attention"),
)

# What a point looks like: colour, and a shape for eyes and printers without colour.
SHAPES = {
    "rules": "M-5.5-5.5h11v11h-11z",
    "counted": "M0-6.5a6.5 6.5 0 1 0 .01 0z",
    "network": "M0-8L7.5 5.5h-15z",
    "attention": "M0-8.5L8 0 0 8.5-8 0z",
}
KINDS = {kind: (*told, SHAPES[kind]) for kind, told in style.KINDS.items()}

# The boards that can be chosen: words on the button, and which rows.
VIEWS = {
    "language": ("Next word, toy language", "language models", "toy_english", "bits per word"),
    "wikipedia": ("Next byte, Wikipedia", "language models", "wikipedia", "bits per byte"),
    "translation": ("Translation", "translation", "toy_german", "BLEU"),
    "meaning": ("Word meaning", "word meaning", "wikipedia, WordSim-353", "Spearman ρ"),
}

FIRST, LAST, HEIGHT = 1944, 2027, 390
WIDE = 640  # pixels of the picture on a desk, for which the names find their places


def idea(model: str) -> Idea:
    """Where a system comes from.

    Raises LabError for one that IDEAS does not know.

    >>> idea("GPT, 4 layers").year
    2018
    """
    for each in IDEAS:
        if re.match(each.model, model):
            return each
    raise LabError(f"gptlab.authoring.board_explorer.IDEAS does not know the system {model!r}; "
                   "add its name, the year and the key of its paper")  # fmt: skip


def explorer(
    rows: Sequence[Row],
    root: Path,
    views: Sequence[str] = tuple(VIEWS),
    part: Sequence[int] = range(1, 22),
) -> str:
    """The boards named in `views` as one piece of HTML that Markdown can hold.

    `root` holds chapters/, for the links; systems of chapters outside `part` stay in the
    background. A board without rows is left out. Raises LabError as `idea`.
    """
    shown = {name: [row for row in rows if _is_of(row, name)] for name in views}
    shown = {name: chosen for name, chosen in shown.items() if _dated(chosen)}
    pages = {path.stem[:2]: path.stem for path in (root / "chapters").glob("[0-9][0-9]-*.ipynb")}
    boards = [_board(name, chosen, pages, part) for name, chosen in shown.items()]
    buttons = "".join(
        f'<button type="button" aria-pressed="false" data-board="{name}">{VIEWS[name][0]}</button>'
        for name in shown
    )
    named = 'role="group" aria-label="Which board"'
    choice = f'<div class="house-choice" {named} hidden>{buttons}</div>'
    parts = [choice * (len(shown) > 1), *boards, _legend(shown.values())]
    return f'<div class="house-boards">{"".join(parts)}</div>\n'


def _is_of(row: Row, view: str) -> bool:
    return (row["board"], row["data"], row["metric"]) == VIEWS[view][1:]


def _dated(rows: Sequence[Row]) -> list[Row]:
    """The rows with a place in time: by year, and within a year from the worse to the better."""
    known = [row for row in rows if idea(row["model"]).year]
    return sorted(known, key=lambda row: (_year(row), -_sign(row) * row["value"]))


def _year(row: Row) -> int:
    return idea(row["model"]).year or 0


def _sign(row: Row) -> int:
    """1 where a lower value is better."""
    return 1 if BOARDS[row["board"]][row["metric"]] else -1


def ticks(low: float, high: float) -> list[float]:
    """Round numbers between two values, four to seven of them.

    >>> ticks(3.6, 7.7)
    [4.0, 5.0, 6.0, 7.0]
    """
    for step in (s * 10.0**e for e in range(-3, 3) for s in (1, 2, 5)):
        first, last = math.ceil(low / step), math.floor(high / step)
        if last - first < 7:
            return [round(k * step, 4) for k in range(first, last + 1)]
    raise LabError(f"no round numbers between {low} and {high}")


def _board(name: str, rows: Sequence[Row], pages: dict[str, str], part: Sequence[int]) -> str:
    dated = _dated(rows)
    floor = [row for row in rows if row["model"].startswith("the grammar itself")]
    values = [row["value"] for row in [*dated, *floor]]
    room = 0.09 * (max(values) - min(values)) or 1.0  # a single figure has room around it too
    low, high = min(values) - room, max(values) + 1.6 * room

    def across(year: float) -> float:
        return round(100 * (year - FIRST) / (LAST - FIRST), 2)

    def down(value: float) -> float:
        return round(4 + 84 * (high - value) / (high - low), 2)

    drawn = []
    for value in ticks(low, high):
        y = down(value)
        drawn.append(f'<line class="grid" x1="0" x2="100%" y1="{y}%" y2="{y}%"/>')
        drawn.append(f'<text class="tick" x="0" y="{y}%" dy="-4">{value:g}</text>')
    for year in range(1950, 2021, 10):
        odd = " odd" * (year % 20 > 0)
        drawn.append(f'<text class="tick middle{odd}" x="{across(year)}%" y="97%">{year}</text>')
    for row in floor:
        y = down(row["value"])
        drawn.append(f'<line class="floor" x1="0" x2="100%" y1="{y}%" y2="{y}%"/>')
        drawn.append(f'<text class="tick" x="3%" y="{y}%" dy="16">the floor: '
                     f"no model can be better than {row['value']:.2f}</text>")  # fmt: skip
    drawn += _best_so_far(dated, across, down)
    places = [(across(_year(row)), down(row["value"])) for row in dated]
    names = _places(dated, places)
    for row, place, text in zip(dated, places, names, strict=True):
        drawn.append(_point(row, place, text, pages, row["chapter"] in part))
    first = dated[0]
    better = "lower" if _sign(first) == 1 else "higher"
    words = html.escape(f"{len(dated)} systems by year and {first['metric']}, {better} is better. "
                        "Each is a link to its chapter.")  # fmt: skip
    title, metric = html.escape(VIEWS[name][0]), html.escape(first["metric"])
    svg = f'<svg width="100%" height="{HEIGHT}" role="group" aria-label="{words}">'
    best = min(dated, key=lambda row: _sign(row) * row["value"])
    return (
        f'<div class="house-board" data-board="{name}"><p class="house-board-head">'
        f"<strong>{title}</strong>: {metric}, {better} is better</p>"
        f"{svg}{''.join(drawn)}</svg>"
        f'<p class="house-board-told" hidden>{told(best, pages)}</p></div>'
    )


def _best_so_far(
    dated: Sequence[Row], across: Callable[[float], float], down: Callable[[float], float]
) -> list[str]:
    """The stairs from each record to the next."""
    best = dated[0]
    x, y = across(_year(best)), down(best["value"])
    stairs = []
    for row in dated[1:]:
        if _sign(row) * row["value"] < _sign(best) * best["value"]:
            best = row
            right, lower = across(_year(row)), down(row["value"])
            stairs.append(f'<line class="best" x1="{x}%" x2="{right}%" y1="{y}%" y2="{y}%"/>')
            stairs.append(
                f'<line class="best" x1="{right}%" x2="{right}%" y1="{y}%" y2="{lower}%"/>'
            )
            x, y = right, lower
    return [*stairs, f'<line class="best" x1="{x}%" x2="{across(2026)}%" y1="{y}%" y2="{y}%"/>']


def _places(dated: Sequence[Row], places: Sequence[tuple[float, float]]) -> list[str]:
    """A name beside each point where there is room for it on a desk; else nothing.

    The best and the first of a board choose before the others.
    """
    centres = [(x * WIDE / 100, y * HEIGHT / 100) for x, y in places]
    taken = [(x - 8, y - 8, x + 8, y + 8) for x, y in centres]
    texts = [""] * len(dated)
    for i in sorted(range(len(dated)), key=lambda i: (i not in (0, len(dated) - 1), i)):
        name = short(dated[i]["model"])
        wide = 6.6 * len(name)
        x, y = centres[i]
        for dx, dy, anchor, left in (
            (11, 4, "start", x + 11), (-11, 4, "end", x - 11 - wide),
            (0, -13, "middle", x - wide / 2), (0, 22, "middle", x - wide / 2),
        ):  # fmt: skip
            box = (left, y + dy - 11, left + wide, y + dy + 3)
            free = all(
                box[2] < o[0] or o[2] < box[0] or box[3] < o[1] or o[3] < box[1]
                for k, o in enumerate(taken) if k != i
            )  # fmt: skip
            if free and left > 0 and box[2] < WIDE and box[1] > 0 and box[3] < 0.9 * HEIGHT:
                taken.append(box)
                texts[i] = (
                    f'<text class="name" x="{dx}" y="{dy}" text-anchor="{anchor}">'
                    f"{html.escape(name)}</text>"
                )
                break
    return texts


def short(model: str) -> str:
    """A name for beside a point.

    >>> short("PPMI + SVD, 100 dimensions"), short("GPT, 4 layers")
    ('PPMI + SVD', 'GPT, 4 layers')
    """
    name = model.removeprefix("seq2seq LSTM + ").replace("8,192 BPE tokens", "BPE")
    return re.sub(r", (\d+ dimensions|bytes|words|add-1|\d words back)$", "", name)


def _label(row: Row) -> str:
    year = idea(row["model"]).year
    return f"{row['model']}, {year}: {row['value']:.2f} {row['metric']}"


def _point(
    row: Row, place: tuple[float, float], text: str, pages: dict[str, str], ours: bool
) -> str:
    where = idea(row["model"])
    page = pages.get(f"{row['chapter']:02}")
    shape = KINDS[where.kind][2]
    label = html.escape(f"{_label(row)}, chapter {row['chapter']}")
    inner = (
        f'<svg x="{place[0]}%" y="{place[1]}%" overflow="visible"><circle class="reach" r="12"/>'
        f'<path class="{where.kind}" d="{shape}"/>{text}</svg>'
    )
    faint = "" if ours else ' class="faint"'
    if page is None:
        return f'<g role="img" aria-label="{label}"{faint}>{inner}</g>'
    return (
        f'<a href="../chapters/{page}.html" aria-label="{label}"{faint} '
        f'data-told="{html.escape(told(row, pages))}">{inner}</a>'
    )


def told(row: Row, pages: dict[str, str]) -> str:
    """One line about a system: year, name, figure, and the way to its chapter and its paper."""
    where = idea(row["model"])
    page = pages.get(f"{row['chapter']:02}")
    chapter = f"chapter {row['chapter']}"
    link = f'<a href="../chapters/{page}.html">{chapter}</a>' if page else chapter
    paper = f', <a href="bibliography.html#{where.source}">paper</a>' if where.source else ""
    return (
        f"<strong>{where.year} · {html.escape(row['model'])}</strong>: {row['value']:.2f} "
        f"{html.escape(row['metric'])} ({link}{paper})"
    )


def _legend(boards: Iterable[Sequence[Row]]) -> str:
    """What the shapes mean: those that some board holds."""
    used = {idea(row["model"]).kind for rows in boards for row in _dated(rows)}
    items = [
        '<span><svg width="18" height="18" viewBox="-9 -9 18 18" aria-hidden="true">'
        f'<path class="{kind}" d="{shape}"/></svg> {words}</span>'
        for kind, (words, _, shape) in KINDS.items()
        if kind in used
    ]
    line = ('<span><svg width="26" height="18" aria-hidden="true"><line class="best" x1="0" '
            'x2="26" y1="9" y2="9"/></svg> the best so far</span>')  # fmt: skip
    return f'<p class="house-legend">{"".join(items)}{line}</p>'
