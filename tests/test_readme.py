"""What the pages tell is so: commands exist, links lead somewhere, numbers are stored results."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gptlab.authoring import readme

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "book").glob("*.md"))]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def make_targets() -> set[str]:
    phony = re.search(r"^\.PHONY: (.*)$", read("Makefile"), re.MULTILINE)
    assert phony
    return set(phony[1].split())


# What a reader types


def code_of(page: Path) -> str:
    """The code of a page: fenced blocks and `inline`, one piece a line, comments taken off."""
    text = page.read_text(encoding="utf-8")
    fences = re.findall(r"^```([\w{}-]*).*\n([\s\S]*?)^```$", text, re.MULTILINE)
    blocks = [block for kind, block in fences if kind in ("", "bash", "powershell")]
    prose = re.sub(r"^```[\s\S]*?^```$", "", text, flags=re.MULTILINE)
    pieces = [*blocks, *re.findall(r"`([^`\n]+)`", prose)]
    return re.sub(r"(?<!\S)#.*", "", "\n".join(pieces))


@functools.cache
def help_of(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gptlab", *words, "--help"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1", "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, f"gptlab {' '.join(words)} --help: {done.stderr[-500:]}"
    return done.stdout


def choices_of(*words: str) -> list[str]:
    """What may follow: the first {a,b,c} of the help."""
    choices = re.search(r"\{([\w,]+)\}", help_of(*words))
    assert choices
    return choices[1].split(",")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_commands_exist(page):
    asked = set(re.findall(r"(?:^|[;&|] *)make +([a-z]+)", code_of(page), re.MULTILINE))
    assert asked <= make_targets()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_gptlab_commands_and_their_options_exist(page):
    lines = re.findall(
        r"(?:^|[;&|] *|-m +|nohup +|bin/)gptlab +([a-z].*)$", code_of(page), re.MULTILINE
    )
    for line in lines:
        words = re.match(r"[a-z]+(?: [a-z]+)?", line)
        assert words
        command, *second = words[0].split()
        assert command in choices_of(), f"gptlab {command}"
        said = help_of(command)
        if command == "data" and second:
            assert second[0] in choices_of("data"), f"gptlab data {second[0]}"
        for option in re.findall(r"(?<=\s)--[a-z][a-z-]*", line):
            assert option in said, f"gptlab {command} has no {option}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_modules_that_commands_name_exist(page):
    code = code_of(page)
    for script in re.findall(r"python[\d.]* +([\w/]+\.py)", code):
        assert (ROOT / script).is_file(), script
    for module in re.findall(r"-m +(gptlab[\w.]*)", code):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module
    project = tomllib.loads(read("pyproject.toml"))["project"]
    extras_known = set(project["optional-dependencies"])
    for extras in re.findall(r"\.\[([\w,]+)\]", code):
        assert set(extras.split(",")) <= extras_known, extras


def test_the_two_commands_stand_in_the_first_screen_of_the_readme():
    top = "\n".join(read("README.md").splitlines()[:40])
    assert "make train" in top
    assert "make test" in top


# What the README tells


def chapters_in_readme() -> dict[int, tuple[str, str | None]]:
    """Number -> title and, where the chapter is linked, the path."""
    found = re.findall(
        r"^\| (\d\d) \| (?:\[([^\]]+)\]\(([^)]+)\)|([^|]+?)) \|", read("README.md"), re.M
    )
    return {int(n): (linked or plain, path or None) for n, linked, path, plain in found}


def test_readme_lists_the_chapters_that_are_there():
    listed = chapters_in_readme()
    linked = {path for _, path in listed.values() if path}
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "chapters").glob("*.ipynb")}
    assert linked == there
    assert sorted(listed) == list(range(1, len(there) + 1))
    for number, (title, path) in listed.items():
        if path:
            assert Path(path).name.startswith(f"{number:02}-")
            cells = json.loads(read(path))["cells"]
            heading = "".join(cells[0]["source"]).splitlines()[0]
            assert title.lower() in heading.lower(), f"{path} is called {heading!r}"


def test_what_the_readme_links_to_is_there():
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        text = page.read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^)\s]+)\)|(?:src|href|srcset)=\"([^\"]+)\"", text)
        for target in {a or b for a, b in links}:
            if not target.startswith(("http", "#")):
                assert (ROOT / target.split("#")[0]).exists(), f"{page.name}: {target}"


def test_readme_pictures_have_words():
    text = read("README.md")
    pictures = re.findall(r"!\[([^\]]*)\]", text) + re.findall(r'<img[^>]*alt="([^"]*)"', text)
    assert len(pictures) == text.count("![") + text.count("<img")
    assert pictures
    assert all(len(words) > 20 for words in pictures)


def test_numbers_and_quotations_in_the_readme_are_the_stored_results():
    page = read("README.md")
    assert readme.NUMBER.search(page)
    assert readme.TEXT.search(page), "the reader sees no text that a model wrote"
    assert readme.filled(page, ROOT) == page, "run: python -m gptlab.authoring.readme"


def test_the_table_of_chapters_in_the_contributors_guide_is_up_to_date():
    page = read("CONTRIBUTING.md")
    assert readme.TABLE.search(page)
    assert readme.filled(page, ROOT) == page, "run: python -m gptlab.authoring.readme"


def test_the_tree_in_the_readme_is_the_tree():
    blocks = re.findall(r"^```text\n(.*?)^```", read("README.md"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    entries = [line.split()[0] for line in blocks[0].splitlines() if line.strip()]
    missing = [
        entry
        for entry in entries
        if not any((base / entry).exists() for base in (ROOT, ROOT / "gptlab"))
    ]
    assert not missing
    rooms = {path.parent.name for path in (ROOT / "gptlab").glob("*/__init__.py")}
    assert rooms <= {entry.strip("/") for entry in entries}
