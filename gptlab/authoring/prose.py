"""Spelling and prose of every page and notebook, by two well-kept tools.

    python -m gptlab.authoring.prose [paths]

codespell finds misspellings, and American spellings where the course writes British ones (its own
list, read backwards); proselint finds repeated words, clichés and the like. Code, formulas, HTML,
addresses, quotations and examples in italics are left out. What we keep all the same stands below.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from gptlab.authoring.normalise import read
from gptlab.errors import LabError

PAGES = ("*.md", "book/*.md", "chapters/*.ipynb", "solutions/*.ipynb")

# Names of people, German words, and terms that the field itself writes the American way.
KEPT_WORDS = (
    "ba,pinter,gage,ist,vor,sie,nd,story,stories,practice,program,programs,license,analog,disk,disks,"
    "tokenize,tokenizes,tokenized,tokenizing,tokenization,tokenizer,tokenizers,optimizer,optimizers,"
    "vectorizer"
)

# What of proselint is not for us: its taste in signs (Markdown sets them), in "very", in dates
# (it takes "chapter 4's" for a decade), in "for ever" and in a paragraph that begins with "But".
EXCEPTIONS = {
    "archaism": False,
    "cliches": {"misc": {"write_good": False}},
    "dates_times": False,
    "misc": {"but": False},
    "redundancy": {"misc": {"after_the_deadline": False}},
    "typography": False,
    "weasel_words": {"very": False},
}
KEPT_PHRASES = ("end to end to", "is used is used", "more only")

_LEFT_OUT = re.compile(
    r"^(```|~~~|:::).*?^\1|^>.*?$|^[ \t]*\|.*?$|<!--.*?-->|\$\$.*?\$\$|\$[^$\n]+\$|`+[^`]*`+"
    r"|<[^>]*>|\]\([^)]*\)|\]\[[^]]*\]|^\[[^]]+\]:.*?$|https?://\S+|\{[\w:-]+\}"
    r"|(?<![*\w])\*(?![*\s])[^*\n]+\*(?![*\w])|^[ \t]*\d+\.[ ]",
    re.DOTALL | re.MULTILINE,
)


def plain(markdown: str) -> str:
    """Only the prose, every line where it was; for each thing left out stands another number.

    >>> plain("See `x`, *a* [page](b.md)\\nand $y$.")
    'See part1, part2 [pagepart3\\nand part4.'
    """
    found = iter(range(1, len(markdown) + 2))
    markdown = re.sub(r"^(#+ .*\w)$", r"\1.", markdown, flags=re.MULTILINE)
    return _LEFT_OUT.sub(lambda m: f"part{next(found)}" + "\n" * m[0].count("\n"), markdown)


def prose_of(path: Path) -> str:
    """The Markdown of a page, or of all of a notebook's cells, one below another."""
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    cells = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    return "\n\n".join(cells)


def prose_complaints(paths: Iterable[Path]) -> list[str]:
    """What the two tools say of these files, as "path: complaint".

    Raises LabError where one of the tools is not installed or does not run.
    """
    for tool in ("codespell_lib", "proselint"):
        if importlib.util.find_spec(tool) is None:
            raise LabError(f"{tool} is not installed; run: pip install -e '.[test]'")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = {}
        for number, path in enumerate(paths):
            names[f"{number:04d}.md"] = path
            text = plain(prose_of(path))
            (folder / f"{number:04d}.md").write_text(text, encoding="utf-8")
        if not names:
            return []
        found = _codespell(folder) + _proselint(folder, sorted(names))
    said = []
    for line in found:
        place = re.match(r"\S*?(\d{4}\.md):(\d+)(?::\d+)?:\s*(.*)", line)
        if place and not any(phrase in place[3] for phrase in KEPT_PHRASES):
            path = names[place[1]]
            what = "line" if path.suffix == ".md" else "line of prose"
            said.append(f"{path}: {what} {place[2]}: {place[3]}")
    return said


def _codespell(folder: Path) -> list[str]:
    import codespell_lib

    data = Path(codespell_lib.__file__).parent / "data" / "dictionary_en-GB_to_en-US.txt"
    pairs = [line.split("->") for line in data.read_text(encoding="utf-8").splitlines()]
    american = "\n".join(f"{us.split(',')[0].strip()}->{gb}" for gb, us in pairs)
    (folder / "american.txt").write_text(american + "\n", encoding="utf-8")
    command = ["codespell_lib", "--builtin", "clear,rare,informal,usage,names"]
    command += ["-D", "-", "-D", str(folder / "american.txt")]
    command += ["-L", KEPT_WORDS, *map(str, sorted(folder.glob("*.md")))]
    return _run(command, folder, (0, 65))


def _proselint(folder: Path, names: Sequence[str]) -> list[str]:
    settings = folder / "proselint.json"
    settings.write_text(json.dumps({"checks": EXCEPTIONS}), encoding="utf-8")
    return _run(["proselint", "check", "--config", str(settings), *names], folder, (0, 1))


def _run(command: list[str], folder: Path, expected: tuple[int, ...]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode not in expected:
        raise LabError(f"{command[0]} did not run: {done.stderr.strip()[-300:]}")
    return done.stdout.splitlines()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. 0: nothing found; 1: complaints, printed; 2: an error."""
    parser = argparse.ArgumentParser(
        prog="python -m gptlab.authoring.prose", description="Check spelling and prose."
    )
    parser.add_argument("paths", nargs="*", type=Path, help="pages and notebooks (default: all)")
    paths = parser.parse_args(arguments).paths
    paths = paths or sorted(path for pattern in PAGES for path in Path().glob(pattern))
    try:
        found = prose_complaints(paths)
    except (LabError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print("\n".join(found), end="\n" if found else "")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
