"""The house itself: what the README promises is there, the rooms stand in order, one truth each."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
LIBRARY = sorted((ROOT / "gptlab").rglob("*.py"))

# Each room may use those left of it in its line, and what stands on nothing (GROUND).
FLOORS = [
    {"text"},
    {"layers"},
    {"models"},
    {"training", "generation"},
    {"evaluation"},
    {"figures"},
]
ON_TEXT_ALONE = {"classic", "embeddings"}
BESIDE = {"checks", "authoring"}  # they look at the course; nothing looks at them
GROUND = {"gptlab.errors", "gptlab.lab", "gptlab.figures.style"}
# Files beside the rooms that may use all of them.
TOP = re.compile(r"gptlab\.(?:__main__|cli|cli_\w+|doctor)")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def tracked() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("this is no git clone, so nothing is tracked")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).exists()]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def make_targets() -> set[str]:
    phony = re.search(r"^\.PHONY: (.*)$", read("Makefile"), re.MULTILINE)
    assert phony
    return set(phony[1].split())


# Commands and chapters


def test_help_names_every_target_and_nothing_else():
    documented = set(re.findall(r"^([a-z]+):.*## \S", read("Makefile"), re.MULTILINE))
    assert documented == make_targets()


def test_ci_is_make_test_and_names_no_other_machine():
    run = read(".ci/run")
    assert os.access(ROOT / ".ci/run", os.X_OK) or os.name == "nt"
    assert re.search(r"^make test\b", run, re.MULTILINE)
    for name in (".ci/run", "Makefile", "constraints.txt", "environment.yml"):
        assert "://" not in read(name), name


def test_every_chapter_has_exercises_solutions_and_a_place_in_the_book():
    there = {path.stem for path in (ROOT / "chapters").glob("*.ipynb")}
    assert there
    assert there == {path.stem for path in (ROOT / "solutions").glob("*.ipynb")}
    assert there == {path.stem for path in (ROOT / "exercises").glob("*.ipynb")}
    toc = json.dumps(yaml.safe_load(read("book/_toc.yml")))
    assert there == set(re.findall(r'"chapters/([\w-]+)"', toc))
    assert there == set(re.findall(r'"exercises/([\w-]+)"', toc))


# One source of truth for what is installed


def test_conda_installs_what_pyproject_describes():
    environment = yaml.safe_load(read("environment.yml"))
    python, pip, last = environment["dependencies"]
    assert pip == "pip"
    assert python.startswith("python" + PYPROJECT["project"]["requires-python"])
    constraints, package = last["pip"]
    assert (ROOT / constraints.split()[1]).is_file()
    named = re.fullmatch(r"-e \.\[([\w,]+)\]", package)
    assert named
    assert set(named[1].split(",")) <= set(EXTRAS)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_constraints_pin_every_package_that_pyproject_names():
    lines = [line for line in read("constraints.txt").splitlines() if not line.startswith("#")]
    pins = {}
    for line in lines:
        pin = re.fullmatch(r"([\w.-]+)==([\w.]+)( ; .+)?", line)
        assert pin, f"not an exact version: {line!r}"
        assert pin[1] not in pins, f"{pin[1]} stands there twice"
        pins[normal(pin[1])] = pin[2]
    asked = [
        *PYPROJECT["project"]["dependencies"],
        *(name for group in EXTRAS.values() for name in group),
    ]
    names = {normal(re.match(r"[\w.-]+", name)[0]) for name in asked} - {"gptlab"}
    assert names <= set(pins), "run: make constraints"


def test_citation_and_package_give_the_same_version():
    import gptlab

    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["version"] == PYPROJECT["project"]["version"] == gptlab.__version__
    assert PYPROJECT["project"]["license"] == " AND ".join(citation["license"])
    assert "MIT License" in read("LICENSE")
    assert "Attribution 4.0 International" in read("LICENSE-prose")


def test_workflows_and_hooks_run_what_is_here():
    supported = {"3.11", "3.12", "3.13"}
    for path in sorted((ROOT / ".github/workflows").glob("*.yml")):
        workflow = yaml.safe_load(path.read_text())
        assert workflow["jobs"], path.name
        for job in workflow["jobs"].values():
            assert (
                set(job.get("strategy", {}).get("matrix", {}).get("python", supported)) == supported
            )
        text = path.read_text()
        assert set(re.findall(r"\bmake ([a-z]+)", text.split("jobs:")[1])) <= make_targets()
        for config in re.findall(r"--nbval-sanitize-with (\S+)", text + read("Makefile")):
            assert (ROOT / config).is_file(), config
    hooks = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"], "only local hooks: nothing is downloaded"


# The library


def imports(path: Path, lazy: bool = True) -> set[str]:
    """The modules of gptlab that a file imports, whole names; `lazy`: also inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not lazy
        if inside or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            skipped |= {child for child in ast.walk(node) if child is not node}
    modules = {module_name(file) for file in LIBRARY}
    found: set[str] = set()
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: say the whole name, not a relative import"
            base = node.module or ""
            for name in node.names:
                whole = f"{base}.{name.name}"
                found.add(whole if whole in modules else base)
    return {name for name in found if name in modules and name != "gptlab"}


def may_use(room: str) -> set[str]:
    if room in ON_TEXT_ALONE:
        return {"text", room}
    if room in BESIDE:
        return set().union(*FLOORS, ON_TEXT_ALONE) | {room}
    below: set[str] = set()
    for floor in FLOORS:
        if room in floor:
            # Who stands above text may look back at what came before neural networks.
            return (
                below
                | {room}
                | (ON_TEXT_ALONE if room not in {"text", "layers", "models"} else set())
            )
        below |= floor
    raise AssertionError(f"the room {room} has no place in the house; see CONTRIBUTING.md")


def test_arrows_between_the_rooms_run_one_way():
    wrong = []
    for path in LIBRARY:
        name = module_name(path)
        if name == "gptlab":
            continue
        own = name.split(".")[1]
        used = imports(path) - GROUND
        if name in GROUND:
            wrong += [f"{name} stands on nothing, but imports {other}" for other in used]
        elif not TOP.fullmatch(name):
            wrong += [
                f"{name} imports {other}"
                for other in used
                if other.split(".")[1] not in may_use(own)
            ]
    assert not wrong


def test_no_circles_between_the_files():
    arrows = {module_name(path): imports(path, lazy=False) for path in LIBRARY}
    # A package's __init__ that passes on names is imported with any file of it; that is no circle.
    arrows = {name: used - {name} for name, used in arrows.items()}
    while free := [name for name, used in arrows.items() if not used & set(arrows)]:
        for name in free:
            del arrows[name]
    assert not arrows


def test_files_are_short_enough_to_read():
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in [*LIBRARY, *(ROOT / "benchmarks").rglob("*.py")]
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) >= 350
    }
    assert not long


def defined_twice() -> dict[str, list[str]]:
    """Public names that more than one module of the course defines, with these modules."""
    places = defaultdict(list)
    for path in LIBRARY:
        name = module_name(path)
        if name != "gptlab" and name.split(".")[1] in BESIDE:
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(name)
    return {name: modules for name, modules in places.items() if len(modules) > 1}


def test_each_class_and_each_telling_function_is_defined_once():
    # One word (load, table, main) means what its module says; two words claim to be the only one.
    assert not {n: found for n, found in defined_twice().items() if n[0].isupper() or "_" in n}


def test_importing_gptlab_loads_nothing_heavy():
    heavy = ["torch", "gensim", "matplotlib", "numpy", "IPython", "pooch"]
    code = (
        "import sys, time; start = time.perf_counter(); import gptlab; "
        "took = time.perf_counter() - start; "
        f"print(took, [name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    seconds, loaded = done.stdout.split(" ", 1)
    assert loaded.strip() == "[]"
    assert float(seconds) < 1


# What is committed


# The one model here: the course's own, trained by its own command, for a page of the book.
PAGE_MODEL = "book/model/wikipedia-laptop.safetensors"


def test_nothing_large_is_committed():
    large = [p for p in tracked() if p.suffix != ".ipynb" and p.stat().st_size > 300_000]
    assert [p.relative_to(ROOT).as_posix() for p in large] in ([], [PAGE_MODEL])
    assert (ROOT / PAGE_MODEL).stat().st_size < 4_500_000


def test_no_data_set_or_model_is_committed():
    kinds = r"arrow|bin|csv|gz|h5|jsonl|model|npy|npz|parquet|pkl|pth?|safetensors"
    kinds += r"|tar|tsv|txt|vec|xml|xz|zip"
    names = [path.relative_to(ROOT).as_posix() for path in tracked()]
    found = [name for name in names if re.search(rf"\.(?:{kinds})$", name)]
    assert found == [".binder/runtime.txt", PAGE_MODEL, "constraints.txt"]
    assert not [p for p in tracked() if "_vendor" in p.parts or p.is_symlink()]
