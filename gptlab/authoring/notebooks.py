"""Re-run notebooks and bring them into the form that is committed.

    python -m gptlab.authoring.notebooks [paths] [--check] [--no-execute] [--fresh] [--report]

Without paths: chapters/ and solutions/ (exercises/ are made by `gptlab.authoring.exercises`). Each
notebook runs in its own folder, as in Lab and under nbval. `--check` writes nothing and fails
where something would change.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbformat import NotebookNode

from gptlab.authoring import exercises, normalise, rules, shape
from gptlab.errors import LabError

FOLDERS = ("chapters", "solutions")
SECONDS = Path("build/notebook-seconds.json")

# One thread: sums are taken in another order by two threads than by one, and by four than by two,
# so the last printed digit would depend on the number of cores. No GPU: stored outputs are the
# CPU's. No progress bars: they hold seconds. PYTHONHASHSEED is left alone on purpose: a cell whose
# output depends on the order of a set must fail here, as it would change in the reader's hands.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "TQDM_DISABLE": "1"}
# As a reader's kernel: all threads, and the GPU if there is one.
AS_READERS = {"TQDM_DISABLE": "1"}


class ThisPython(AsyncKernelManager):
    """A kernel of the Python that runs this, whatever kernels the user has installed elsewhere."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The specification of that kernel."""
        from ipykernel.kernelspec import RESOURCES, get_kernel_dict

        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())


def execute(
    notebook: NotebookNode,
    path: Path,
    timeout: float = 600.0,
    environment: Mapping[str, str] = ENVIRONMENT,
) -> float:
    """Run the notebook in a fresh kernel in the folder of `path`; new outputs in place; seconds
    returned. `environment` is added to the kernel's own.

    Raises LabError naming notebook, cell and error if a cell fails that is not tagged
    `raises-exception`.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    running = code[:1]

    def note(cell: NotebookNode, cell_index: int) -> None:
        running[:] = [cell_index]

    def where() -> str:
        first = notebook.cells[running[0]].source.strip().splitlines()[0]
        return f"code cell {code.index(running[0]) + 1} of {len(code)} (`{first[:60]}`)"

    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_manager_class=ThisPython,
        resources={"metadata": {"path": str(path.resolve().parent)}},
        # Its notice that it listens on TCP would stand between our lines for every notebook.
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        on_cell_execute=note,
        record_timing=False,
        store_widget_state=False,
    )
    started = time.perf_counter()
    try:
        client.execute(env={**os.environ, **environment})
    except CellExecutionError as error:
        what = f"{error.ename}: {' '.join(error.evalue.split())}"
        raise LabError(f"{path}: {where()} stops with {what[:300]}") from None
    except CellTimeoutError:
        raise LabError(f"{path}: {where()} runs longer than {timeout:g} s") from None
    except DeadKernelError:
        raise LabError(
            f"{path}: the kernel died in {where()}; it may have run out of memory"
        ) from None
    return time.perf_counter() - started


def remake(path: Path, run: bool = True, fresh: bool = False, timeout: float = 600.0) -> str:
    """The text that the notebook at `path` should have: re-run (if `run`) and normalised.

    `fresh`: also the cells tagged `wall-clock` get new outputs. Raises LabError if a cell fails or
    prints an absolute path.
    """
    old = normalise.read(path)
    new = copy.deepcopy(old)
    if run:
        # Ids first, so that the cells of the old and the new one can be told apart.
        normalise.normalise(new)
        normalise.normalise(old)
        seconds = execute(new, path, timeout)
        _remember(path, seconds)
        normalise.keep_wall_clock(NotebookNode(cells=[]) if fresh else old, new)
    normalise.normalise(new)
    if path.resolve().parent.name == "solutions":
        exercises.add_grading(new)
    for number, fault in normalise.faults(new):
        raise LabError(f"{path}: code cell {number} {fault}")
    return normalise.to_text(new)


def find(paths: Sequence[str | Path]) -> list[Path]:
    """The notebooks named, in order; of a folder all; of nothing those in chapters/ and
    solutions/."""
    if not paths:
        paths = [folder for folder in FOLDERS if Path(folder).is_dir()]
        if not paths:
            raise LabError("there is no folder chapters/ here; run this from the repository's root")
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            found += sorted(p for p in path.glob("*.ipynb") if not p.name.startswith("."))
        elif path.suffix == ".ipynb" and path.exists():
            found.append(path)
        else:
            raise LabError(f"there is no notebook {path}; give .ipynb files or folders of them")
    return found


def _remember(path: Path, seconds: float) -> None:
    """Keep how long a notebook took on this machine for `--report`, outside of what is
    committed."""
    known = last_seconds()
    known[path.as_posix()] = round(seconds, 1)
    normalise.write(SECONDS, json.dumps(known, indent=1, sort_keys=True) + "\n")


def last_seconds() -> dict[str, float]:
    """Seconds of each notebook's last run on this machine, as far as they are known."""
    try:
        known: dict[str, float] = json.loads(SECONDS.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return known


def _report(paths: Sequence[Path]) -> int:
    """Print the table, and below it what chapters break of the house rules."""
    glossary = Path("book/glossary.md")
    words = glossary.read_text(encoding="utf-8") if glossary.exists() else None
    try:
        notebooks = [(path, normalise.read(path)) for path in paths]
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    shapes = [(path.as_posix(), shape.measure(notebook)) for path, notebook in notebooks]
    print(shape.table(shapes, last_seconds()))
    for path, notebook in notebooks:
        if path.resolve().parent.name == "chapters":
            for complaint in rules.chapter_complaints(notebook, words):
                print(f"{path}: {complaint}")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. 0: all is as it should be; 1: `--check` found a difference; 2: a notebook
    failed."""
    parser = argparse.ArgumentParser(
        prog="python -m gptlab.authoring.notebooks",
        description="Re-run notebooks and bring them into the form that is committed.",
    )
    parser.add_argument("paths", nargs="*", help="notebooks or folders (chapters and solutions)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    parser.add_argument("--no-execute", action="store_true", help="only tidy, keep the outputs")
    parser.add_argument("--fresh", action="store_true", help="renew `wall-clock` outputs as well")
    parser.add_argument("--report", action="store_true", help="print a table, run nothing")
    parser.add_argument("--timeout", type=float, default=600, help="seconds a cell may take (600)")
    options = parser.parse_args(arguments)
    try:
        paths = find(options.paths)
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if options.report:
        return _report(paths)
    code = 0
    for path in paths:
        try:
            text = remake(path, not options.no_execute, options.fresh, options.timeout)
            changed = path.read_text(encoding="utf-8", errors="replace") != text
            if changed and not options.check:
                normalise.write(path, text)
        except LabError as error:
            print(f"error: {error}", file=sys.stderr)
            code = 2
            continue
        if changed and options.check:
            print(f"{path}: differs; run `python -m gptlab.authoring.notebooks {path}`")
            code = max(code, 1)
        else:
            print(f"{path}: {'written' if changed else 'as it was'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
