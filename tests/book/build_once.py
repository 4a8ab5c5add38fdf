"""The book, built once for a whole test run, however many processes share it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from filelock import FileLock

from gptlab.authoring.book import build

ROOT = Path(__file__).resolve().parents[2]


def built_once(factory: pytest.TempPathFactory, worker: str) -> Path:
    """Folder of the built pages; the first process to ask builds, the others wait for it.

    `GPTLAB_BOOK` names a folder of pages that are built already, for work on the tests themselves.
    Raises LabError in each of them if the build fails.
    """
    if built := os.environ.get("GPTLAB_BOOK"):
        return Path(built)
    # Under pytest-xdist every process has a folder of its own inside one that they share.
    shared = factory.getbasetemp() if worker == "master" else factory.getbasetemp().parent
    output = shared / "book"
    done = shared / "book.done"
    with FileLock(shared / "book.lock"):
        if not done.exists():
            build(ROOT, output, quiet=True)
            done.touch()
    return output / "_build" / "html"
