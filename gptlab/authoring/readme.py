"""Numbers, quotations and the tables in README.md, CONTRIBUTING.md and book/speed.md come from
stored results: this puts them in.

    python -m gptlab.authoring.readme [--check]

A marked number keeps the decimals it has; a marked text is quoted, as much of it as fits:

    <!-- number:benchmarks/results/kneser_ney.json#order_6.bits_per_byte -->2.10<!-- /number -->
    <!-- text:benchmarks/results/train.json#sample -->
    <!-- /text -->
    <!-- table:chapters -->
    <!-- /table -->

That table has each chapter's shape, and its seconds from benchmarks/results/chapters.json; the
tables `coverage` and `slowest` come from benchmarks/results/tests.json. Behind # stands the way
into the file: keys with dots between, and in a list `[0]` or the one entry where a key has a value,
`rows[model=LSTM].value`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gptlab.authoring.normalise import read, write
from gptlab.authoring.shape import markdown_table, measure
from gptlab.errors import LabError

NUMBER = re.compile(r"(<!-- number:(.+?) -->)(.*?)(<!-- /number -->)", re.DOTALL)
TEXT = re.compile(r"(<!-- text:(.+?) -->\n)(.*?)(<!-- /text -->)", re.DOTALL)
TABLE = re.compile(r"(<!-- table:(\w+) -->\n)(.*?)(<!-- /table -->)", re.DOTALL)
PAGES = ("README.md", "CONTRIBUTING.md", "book/speed.md")
LONGEST = 700  # characters of a quotation
SLOWEST = 10  # files of tests in their table


def look_up(name: str, root: Path) -> Any:
    """The stored value that a mark names. Raises LabError where there is none, or more than one."""
    file, _, way = name.partition("#")
    try:
        found = json.loads((root / file).read_text(encoding="utf-8"))
        for key, choice in re.findall(r"([^.\[\]]+)|\[([^\]]+)\]", way):
            if key:
                found = found[key]
                continue
            wanted, equals, value = choice.partition("=")
            if not equals:
                found = found[int(choice)]
                continue
            (found,) = (entry for entry in found if str(entry[wanted]) == value)
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise LabError(
            f"nothing is stored under {name} ({type(error).__name__}: {error}); run what writes "
            "that file, or mend the mark"
        ) from None
    return found


def printed(value: Any, like: str) -> str:
    """A number with the decimals of `like`, and thousands separated.

    >>> printed(2.0971, "0.00"), printed(41233.2, "1")
    ('2.10', '41,233')
    """
    if type(value) not in (int, float):
        raise LabError(f"{value!r} is no number; mark it as text, or name a number")
    return f"{value:,.{len(like.strip().partition('.')[2])}f}"


def quoted(text: str) -> str:
    r"""Text as a Markdown quotation: its paragraphs, cut between words after LONGEST characters.

    >>> quoted("One *star*.\n\nAnother.")
    '> One \\*star\\*.\n>\n> Another.\n'
    """
    text = text.strip()
    if len(text) > LONGEST:
        text = text[: text.rindex(" ", 0, LONGEST)] + " …"
    lines = []
    for paragraph in re.split(r"\n\s*\n", text):
        safe = re.sub(r"([\\`*_<\[#])", r"\\\1", " ".join(paragraph.split()))
        lines += [*textwrap.wrap(safe, 116, break_long_words=False, break_on_hyphens=False), ""]
    return "".join(f"> {line}".rstrip() + "\n" for line in lines[:-1])


def chapter_table(root: Path) -> str:
    """The chapters of `root`, one row each: the chapter's shape, how many exercises its solutions
    hold, the seconds that `benchmarks/chapters.py` took."""
    rows = []
    for path in sorted((root / "chapters").glob("*.ipynb")):
        exercises = measure(read(root / "solutions" / path.name)).exercises
        rows.append((path.stem, replace(measure(read(path)), exercises=exercises)))
    return markdown_table(rows, look_up("benchmarks/results/chapters.json#seconds", root))


def coverage_table(root: Path) -> str:
    """How many lines each room of the library has, and how many of them the tests run."""
    rows = look_up("benchmarks/results/tests.json#coverage", root)
    table = "| room | lines | run by tests |\n| --- | ---: | ---: |\n"
    return table + "".join(
        f"| {row['room']} | {row['lines']:,} | {row['percent']:.0f}% |\n" for row in rows
    )


def slowest_table(root: Path) -> str:
    """The files of tests that take longest."""
    seconds = look_up("benchmarks/results/tests.json#seconds", root)
    longest = sorted(seconds.items(), key=lambda item: -item[1])[:SLOWEST]
    table = "| tests | seconds |\n| --- | ---: |\n"
    return table + "".join(f"| `{file}` | {took:.0f} |\n" for file, took in longest)


TABLES = {"chapters": chapter_table, "coverage": coverage_table, "slowest": slowest_table}


def filled(page: str, root: Path) -> str:
    """The page with every mark filled from the files below `root`. Raises LabError as `look_up`."""
    page = NUMBER.sub(lambda m: m[1] + printed(look_up(m[2], root), m[3]) + m[4], page)
    page = TEXT.sub(lambda m: m[1] + quoted(str(look_up(m[2], root))) + m[4], page)
    return TABLE.sub(lambda m: m[1] + _table(m[2], root) + m[4], page)


def _table(name: str, root: Path) -> str:
    if name not in TABLES:
        raise LabError(f"there is no table {name!r}; there are {', '.join(TABLES)}")
    return TABLES[name](root)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. 0: the pages are as they should be; 1: `--check` found a difference; 2: an
    error."""
    parser = argparse.ArgumentParser(
        prog="python -m gptlab.authoring.readme",
        description=f"Put stored results into {' and '.join(PAGES)}.",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    options = parser.parse_args(arguments)
    pages = [Path(name) for name in PAGES if Path(name).exists()]
    try:
        if not pages:
            raise LabError("there is no README.md; run this from the repository's root")
        texts = [(path, path.read_text(encoding="utf-8")) for path in pages]
        changed = [(path, new) for path, old in texts if (new := filled(old, Path())) != old]
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for path, text in changed:
        if options.check:
            print(f"{path}: differs from the results; run `python -m gptlab.authoring.readme`")
        else:
            write(path, text)
            print(f"{path}: written")
    return int(bool(changed) and options.check)


if __name__ == "__main__":
    sys.exit(main())
