"""The library's own code on the page, taken from its file: shown, never pasted."""

from __future__ import annotations

import html
import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from gptlab.errors import LabError
from gptlab.figures.style import Output

Showable = Callable[..., Any] | type | ModuleType | property


def show(*objects: Showable) -> None:
    """Show the source of functions, classes, methods or modules, with file and first line.

    Raises LabError for an object that has no Python source: a number, or a function written in C.
    """
    for thing in objects:
        source(thing).display()


def source(thing: Showable) -> Output:
    """The source of `thing` as HTML and as plain text.

    The HTML names what each piece is, in Pygments' classes, and leaves the colours to the page:
    JupyterLab and the book have them for those classes, each for light and for dark.
    Raises LabError for an object that has no Python source.
    """
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    code, path, line = locate(thing)
    coloured = highlight(code, PythonLexer(), HtmlFormatter(nowrap=True))
    name = html.escape(f"{path}, line {line}")
    # Chapters, exercises and solutions lie one folder below the root, as does every book page.
    where = f'<a href="../{html.escape(path)}#L{line}">{name}</a>' if "/" in path else name
    page = (
        f'<div class="gptlab-source"><p><small>{where}</small></p>'
        f'<div class="highlight"><pre>{coloured}</pre></div></div>'
    )
    return Output(page, f"# {path}, line {line}\n{code}".rstrip())


def locate(thing: Showable) -> tuple[str, str, int]:
    """Source text, file and first line of `thing`.

    The file is given from the folder that holds the package on ("gptlab/layers/norms.py"), with
    forward slashes on every system; a bare name for what was typed into a notebook.
    """
    target: Any = thing.fget if isinstance(thing, property) else thing
    if callable(target):
        target = inspect.unwrap(target)
    try:
        lines, first = inspect.getsourcelines(target)
        file = inspect.getsourcefile(target)
    except (OSError, TypeError):
        file = None
    if file is None:
        raise LabError(
            f"{thing!r} has no Python source to show; give a function, class, method or module "
            "that is written in Python"
        )
    code = textwrap.dedent("".join(lines)).rstrip() + "\n"
    module = inspect.getmodule(target)
    package = module.__name__.split(".") if module is not None else []
    if package in ([], ["__main__"]):
        return code, "this notebook", max(first, 1)
    depth = len(package) - (Path(file).name != "__init__.py")
    root = Path(file).resolve().parents[depth]
    return code, Path(file).resolve().relative_to(root).as_posix(), max(first, 1)
