"""Ways to run a notebook from its page: Colab, Binder, a JupyterHub, a download.

Where the course is published stands in one place, the table `[tool.gptlab.launch]` of
pyproject.toml; the environment variables GPTLAB_REPOSITORY and GPTLAB_JUPYTERHUB go before it (the
workflow that publishes the book sets the first). While no address is known no button is shown, and
the page says how to open the notebook.

Colab and a JupyterHub know nothing of the course, so their buttons open copies whose first code
cell installs it; `python -m gptlab.authoring.launch --output FOLDER` writes these copies, and the
workflow keeps them on the branch `launch`. Also a Sphinx extension, named in book/_config.yml.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import re
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from gptlab.errors import LabError

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("chapters", "exercises")
COPIES = "notebooks"  # where the built book keeps what can be downloaded
CELL_ID = "install-the-course"
# Where the install cell puts the course: no name that Python could take for the package itself.
FOLDER = "gptlab-course"


@dataclass(frozen=True)
class Settings:
    """Where the course is published; empty strings where it is not."""

    repository: str = ""  # "https://github.com/organisation/name"
    jupyterhub: str = ""  # "https://hub.example.edu", which needs nbgitpuller
    branch: str = "main"
    copies: str = "launch"  # the branch of the copies with an install cell

    @property
    def github(self) -> str:
        """`organisation/name` on GitHub, or nothing."""
        address = urlsplit(self.repository)
        return address.path.strip("/") if address.netloc == "github.com" else ""

    @property
    def folder(self) -> str:
        """The name of the folder in which a JupyterHub puts the repository."""
        return self.repository.rsplit("/", 1)[-1]


def settings(root: Path = ROOT) -> Settings:
    """Read the settings. Raises LabError for an address that is none."""
    described = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    table = dict(described.get("tool", {}).get("gptlab", {}).get("launch", {}))
    for name in ("repository", "jupyterhub"):
        value = (os.environ.get(f"GPTLAB_{name.upper()}") or table.get(name, "")).strip()
        value = value.rstrip("/").removesuffix(".git")
        if value and not re.fullmatch(r"(https?|file)://[^\s\"'<>]+", value):
            raise LabError(
                f"{name} is {value!r}, which is no address; write https://… in pyproject.toml "
                f"under [tool.gptlab.launch] or in GPTLAB_{name.upper()}, or leave it empty"
            )
        table[name] = value
    return Settings(**table)


def addresses(notebook: str, where: Settings) -> dict[str, str]:
    """The button's words and where it leads, for a notebook such as `chapters/17-training.ipynb`.

    >>> here = Settings("https://github.com/someone/course")
    >>> addresses("chapters/01-rules.ipynb", here)["Binder"]
    'https://mybinder.org/v2/gh/someone/course/main?urlpath=lab/tree/chapters/01-rules.ipynb'
    """
    if not where.repository:
        return {}
    found = {}
    path = quote(notebook)
    if where.github:
        colab = "https://colab.research.google.com/github"
        found["Colab"] = f"{colab}/{where.github}/blob/{where.copies}/{path}"
        source = f"gh/{where.github}"
    else:
        source = f"git/{quote(where.repository, safe='')}"
    found["Binder"] = f"https://mybinder.org/v2/{source}/{where.branch}?urlpath=lab/tree/{path}"
    if where.jupyterhub:
        asked = {
            "repo": where.repository,
            "branch": where.copies,
            "urlpath": f"lab/tree/{where.folder}/{notebook}",
        }
        pull = f"{where.jupyterhub}/hub/user-redirect/git-pull"
        found["JupyterHub"] = f"{pull}?{urlencode(asked)}"
    return found


def install_cell(where: Settings) -> str:
    """The code of the cell that fetches and installs the course where it is missing.

    The torch that is there stays: on Colab it is the one that fits the graphics driver.
    """
    return f'''# Installs the course where it is missing: on Colab, on a JupyterHub.
import importlib.util, os, subprocess, sys
from importlib.metadata import distributions

if importlib.util.find_spec("gptlab") is None:
    if not os.path.isdir("{FOLDER}"):
        clone = ["git", "clone", "-q", "--depth", "1", "-b", "{where.branch}"]
        subprocess.run([*clone, "{where.repository}", "{FOLDER}"], check=True)
    kept = [d for d in distributions() if d.name in ("torch", "numpy")]
    with open("kept.txt", "w") as file:
        file.writelines(f"{{d.name}}=={{d.version}}\\n" for d in kept)
    pip = [sys.executable, "-m", "pip", "install", "-q", "-c", "kept.txt"]
    subprocess.run([*pip, "-e", "{FOLDER}[chapters]"], check=True)
    sys.path.insert(0, os.path.abspath("{FOLDER}"))  # this session started before it was there
    importlib.invalidate_caches()'''


def copy_of(notebook: str, source: str, where: Settings) -> str:
    """The notebook with the install cell before its first code cell, and its links made absolute.

    `notebook` is its path in the repository, `source` its text. Without an address: unchanged.
    """
    if not where.repository:
        return source
    content = json.loads(source)
    cells = content["cells"]
    first = next((i for i, c in enumerate(cells) if c["cell_type"] == "code"), len(cells))
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "id": CELL_ID,
        "metadata": {},
        "outputs": [],
        "source": install_cell(where).splitlines(keepends=True),
    }
    cells.insert(first, cell)
    for markdown in (c for c in cells if c["cell_type"] == "markdown"):
        text = _absolute("".join(markdown["source"]), where)
        markdown["source"] = text.splitlines(keepends=True)
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _absolute(markdown: str, where: Settings) -> str:
    """Links to other files of the repository as addresses, since a copy stands alone.

    >>> _absolute("[t](../book/glossary.md#t)", Settings("https://github.com/a/b"))
    '[t](https://github.com/a/b/blob/main/book/glossary.md#t)'
    """

    def address(link: re.Match[str]) -> str:
        branch = where.copies if link[1].startswith(FOLDERS) else where.branch
        return f"]({where.repository}/blob/{branch}/{link[1]})"

    return re.sub(r"\]\(\.\./([^)\s]+)\)", address, markdown)


def write_copies(root: Path, target: Path, where: Settings) -> list[str]:
    """Write a copy of each notebook of FOLDERS below `target`; return their names."""
    names = []
    for folder in FOLDERS:
        for file in sorted((root / folder).glob("*.ipynb")):
            name = f"{folder}/{file.name}"
            (target / folder).mkdir(parents=True, exist_ok=True)
            text = copy_of(name, file.read_text(encoding="utf-8"), where)
            (target / name).write_text(text, encoding="utf-8")
            names.append(name)
    return names


def panel(page: str, where: Settings) -> str:
    """The HTML under a notebook's title: buttons where an address is known, and always the way."""
    notebook = f"{page}.ipynb"
    links = [
        f'<a href="{html.escape(address)}">{name}</a>'
        for name, address in addresses(notebook, where).items()
    ]
    if links:
        links.insert(0, "<span>Open in</span>")
    links.append(f'<a href="../{COPIES}/{notebook}" download>Download the notebook</a>')
    way = (
        f"<span>On your machine: <code>make lab</code>, then open <code>{notebook}</code> "
        '(<a href="../book/setup.html">setup</a>).</span>'
    )
    return (
        f'<nav class="gptlab-launch" aria-label="Run this notebook">{" ".join([*links, way])}</nav>'
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx: a panel on each page made from a notebook, and what it downloads."""
    app.connect("doctree-resolved", _add_panel)
    app.connect("build-finished", _add_copies)
    app.add_css_file("launch.css")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _add_panel(app: Sphinx, doctree: Any, page: str) -> None:
    from docutils import nodes

    if app.builder.format != "html" or not page.startswith(tuple(f"{f}/" for f in FOLDERS)):
        return
    for title in list(doctree.findall(nodes.title))[:1]:
        box = nodes.raw("", panel(page, settings(Path(app.srcdir))), format="html")
        title.parent.insert(title.parent.index(title) + 1, box)


def _add_copies(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        root = Path(app.srcdir)
        write_copies(root, Path(app.outdir) / COPIES, settings(root))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: write the copies. Exit code 2 where no address is known."""
    parser = argparse.ArgumentParser(prog="python -m gptlab.authoring.launch", description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="folder to write them in")
    options = parser.parse_args(arguments)
    try:
        where = settings()
        if not where.repository:
            raise LabError(
                "no address is known to install the course from; give it in pyproject.toml under "
                "[tool.gptlab.launch] or in GPTLAB_REPOSITORY"
            )
        names = write_copies(ROOT, options.output, where)
    except LabError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(names)} notebooks, installing from {where.repository}: {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
