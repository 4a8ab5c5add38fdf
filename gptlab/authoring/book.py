"""Build the book: `python -m gptlab.authoring.book`.

Jupyter Book with the repository's root as source folder; every warning is an error. What the pages
need at run time (MathJax) is copied from an installed Python package into `book/_vendor/`, so that
neither the build nor a page asks the internet for anything.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gptlab.errors import LabError

ROOT = Path(__file__).resolve().parents[2]
MATHJAX_PACKAGE = "sphinx-mathjax-offline"

# The parts that book/_config.yml loads, and what they may fetch later: fonts, rarer TeX commands.
MATHJAX_PARTS = (
    "startup.js",
    "core.js",
    "input/tex.js",
    "input/tex/extensions",
    "output/chtml.js",
    "output/chtml/fonts/tex.js",
    "output/chtml/fonts/woff-v2",
    "a11y/assistive-mml.js",
)


def build(root: Path = ROOT, output: Path | None = None, quiet: bool = False) -> Path:
    """Build the book of `root` under `output` (default: build/); return its first page.

    Raises LabError where a warning came up or a page failed; what Sphinx said stands above it.
    """
    if importlib.util.find_spec("jupyter_book") is None:
        raise LabError("jupyter-book is not installed; run: pip install -e '.[book]'")
    output = output or root / "build"
    html = output / "_build" / "html"
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build"]
    command += [str(root), "--path-output", str(output), "-W", "-n", "--keep-going"]
    command += ["--config", str(root / "book/_config.yml"), "--toc", str(root / "book/_toc.yml")]
    # Pages written for another table of contents or look would keep the old one.
    command += ["--all"] + ["-q"] * quiet
    shutil.rmtree(html, ignore_errors=True)
    output.mkdir(parents=True, exist_ok=True)
    # A platform directory warning of jupyter_core would otherwise count as one of ours.
    environment = os.environ | {"JUPYTER_PLATFORM_DIRS": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(command, cwd=root, env=environment, check=False)
    first = html / "book" / "index.html"
    if done.returncode or not first.exists():
        raise LabError("the book was not built; mend the warnings above and run it again")
    return first


def vendor_mathjax(target: Path) -> None:
    """Copy the parts of MathJax that the pages use to `target`, unless that version is there.

    Raises LabError if the package that carries MathJax is not installed.
    """
    try:
        wanted = version(MATHJAX_PACKAGE)
    except PackageNotFoundError as error:
        raise LabError(
            f"the package {MATHJAX_PACKAGE}, which carries MathJax, is not installed; "
            "run: pip install -e '.[book]'"
        ) from error
    stamp, mark = target / "version.txt", f"{wanted} {' '.join(MATHJAX_PARTS)}"
    if stamp.exists() and stamp.read_text() == mark:
        return
    spec = importlib.util.find_spec(MATHJAX_PACKAGE)
    assert spec is not None, f"{MATHJAX_PACKAGE} has metadata but no module"
    assert spec.origin is not None, f"{MATHJAX_PACKAGE} has no file"
    source = Path(spec.origin).parent / "static" / "mathjax"
    draft = target.with_name(f"{target.name}.{os.getpid()}.partial")
    shutil.rmtree(draft, ignore_errors=True)
    for part in MATHJAX_PARTS:
        (draft / part).parent.mkdir(parents=True, exist_ok=True)
        if (source / part).is_dir():
            shutil.copytree(source / part, draft / part)
        else:
            shutil.copyfile(source / part, draft / part)
    (draft / "version.txt").write_text(mark)
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)


def main(arguments: list[str] | None = None) -> int:
    """The command line: build, and say where the first page is. Exit code 2 where that failed."""
    parser = argparse.ArgumentParser(prog="python -m gptlab.authoring.book", description=__doc__)
    parser.add_argument("--output", type=Path, default=None, help="folder to build in (build/)")
    parser.add_argument("--quiet", action="store_true", help="print warnings only")
    options = parser.parse_args(arguments)
    try:
        first = build(output=options.output, quiet=options.quiet)
    except LabError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"The book is built. Open {first}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
