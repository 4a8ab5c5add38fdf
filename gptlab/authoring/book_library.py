"""The library as a page of the book: every public name, how it is called, the first line of its
docstring, and the chapters that use it."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# In the order in which one may use the other; what stands at the root comes first.
ROOMS = (
    "", "text", "classic", "embeddings", "layers", "models", "training", "generation",
    "evaluation", "figures", "checks",
)  # fmt: skip
SHORT = 14  # characters of a default value that is worth showing

Function = ast.FunctionDef | ast.AsyncFunctionDef


def write_library(package: Path, folder: Path) -> None:
    """Write `library.md` into `folder`, if it has changed. Chapters lie beside the package."""
    page, text = folder / "library.md", library(package, used_in(package.parent / "chapters"))
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        page.write_text(text, encoding="utf-8")


def used_in(chapters: Path) -> dict[str, list[str]]:
    """Name with its module → the notebooks of `chapters` that import it, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(chapters.glob("*.ipynb")):
        for name in imported(path):
            found[name].append(path.stem)
    return dict(found)


def imported(notebook: Path) -> set[str]:
    """What a notebook imports from somewhere: `from a.b import c, d` gives "a.b.c" and "a.b.d"."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    pattern = r"^from ([\w.]+) import (?:\(([^)]*)\)|(.+))$"
    return {
        f"{module}.{name}"
        for module, inside, line in re.findall(pattern, code, flags=re.MULTILINE)
        for name in re.findall(r"\w+", re.sub(r"\bas\s+\w+|#.*", "", inside or line))
    }


def library(package: Path, users: Mapping[str, Sequence[str]] | None = None) -> str:
    """The rooms, their modules and what these offer, as Markdown; `users` as from `used_in`."""
    parts = []
    for room in ROOMS:
        place = package / room
        init = place / "__init__.py"
        parts.append(f"## {f'{package.name}.{room}' if room else package.name}")
        if init.exists() and (told := first_line(ast.parse(init.read_text(encoding="utf-8")))):
            parts.append(told)
        for file in sorted(place.glob("*.py")):
            # Checks are one module a chapter; a learner calls them by `check`.
            if file.name.startswith(("_", "chapter")):
                continue
            parts += list(module(package, file, users or {}))
    return "\n\n".join(parts) + "\n"


def module(package: Path, file: Path, users: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """One module: its name and first line, and a list of its public names; what no chapter imports
    is folded."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    name = ".".join((package.name, *file.relative_to(package).with_suffix("").parts))
    yield f"**`{name}`**: {first_line(tree)}"
    shown: list[str] = []
    folded: list[str] = []
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            chapters = users.get(f"{name}.{node.name}", ())
            line = f"- `{call(node)}`: {first_line(node)}{links(chapters)}"
            (shown if chapters else folded).append(line)
    if shown:
        yield "\n".join(shown)
    if folded:
        many = "1 name" if len(folded) == 1 else f"{len(folded)} names"
        yield f"<details><summary>{many} that no chapter imports</summary>"
        yield "\n".join(folded)
        yield "</details>"


def links(chapters: Sequence[str]) -> str:
    """Links to chapters by their numbers, in brackets behind a sentence; nothing for none.

    >>> links(["01-rules", "12-self-attention"])
    ' (chapters [1](../chapters/01-rules.ipynb), [12](../chapters/12-self-attention.ipynb))'
    """
    if not chapters:
        return ""
    each = [f"[{int(name[:2])}](../chapters/{name}.ipynb)" for name in chapters]
    return f" (chapter{'s' * (len(each) > 1)} {', '.join(each)})"


def call(node: Function | ast.ClassDef) -> str:
    """How a function or class is called: its name, its parameters, defaults that are short.

    >>> call(ast.parse("def f(a: int, b=3, *, c: str = 'x'): ...").body[0])
    "f(a, b=3, *, c='x')"
    >>> call(ast.parse("@dataclass\\nclass C:\\n    n: int\\n    m: int = 2").body[0])
    'C(n, m=2)'
    """
    if isinstance(node, Function):
        return f"{node.name}({', '.join(parameters(node.args))})"
    made = next((n for n in node.body if isinstance(n, Function) and n.name == "__init__"), None)
    if made:
        return f"{node.name}({', '.join(parameters(made.args))})"
    if any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
        fields = [
            parameter(n.target.id, n.value)
            for n in node.body
            if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
            if not n.target.id.startswith("_") and "ClassVar" not in ast.unparse(n.annotation)
        ]
        return f"{node.name}({', '.join(fields)})"
    return node.name


def parameters(args: ast.arguments) -> Iterator[str]:
    """The parameters as they are written, without types; `self` is left out."""
    plain = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(plain) - len(args.defaults)) + list(args.defaults)
    for arg, default in zip(plain, defaults, strict=True):
        if arg.arg not in ("self", "cls"):
            yield parameter(arg.arg, default)
    if args.vararg or args.kwonlyargs:
        yield f"*{args.vararg.arg if args.vararg else ''}"
    for arg, given in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield parameter(arg.arg, given)
    if args.kwarg:
        yield f"**{args.kwarg.arg}"


def parameter(name: str, default: ast.expr | None) -> str:
    """A parameter with its default value, "…" where that is long."""
    if default is None:
        return name
    value = ast.unparse(default)
    return f"{name}={value if len(value) <= SHORT else '…'}"


def first_line(node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    """The first paragraph of a docstring on one line, safe in Markdown.

    >>> first_line(ast.parse("'What: $a_i$ and `<b>`, not a_b. And more.'"))
    'What: $a_i$ and `<b>`, not a\\\\_b. And more.'
    """
    told = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
    # Outside of code and formulas these would be read as Markdown.
    pieces = re.split(r"(`[^`]*`|\$[^$]*\$)", told)
    return "".join(
        piece if place % 2 else re.sub(r"([\\*_<\[\]])", r"\\\1", piece)
        for place, piece in enumerate(pieces)
    )
