"""What the tests cover of the library, line by line, and which of them take longest.

    python benchmarks/tests.py [tests/text …]

Runs pytest as `make test` does, two tests at a time and one thread each, under coverage.py (which
takes a third longer), and counts what runs in processes of their own too. The notebooks do not
count: a line that only a chapter runs is not tested. Fails when a test fails or when fewer than
90% of gptlab's lines have run. Results of the whole: benchmarks/results/tests.json, from which
`python -m gptlab.authoring.readme` makes the tables in CONTRIBUTING.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import common

ROOT = Path(__file__).resolve().parents[1]
WANTED, LONGEST = 90.0, 12
SETTINGS = """[run]
source = gptlab
parallel = true
patch = subprocess
data_file = {data}
[report]
exclude_also =
    if TYPE_CHECKING:
    @overload
    \\.\\.\\.$
    if __name__ == .__main__.:
"""


def main() -> int:
    """Run, print, save."""
    parser = argparse.ArgumentParser(description="coverage and seconds of the tests")
    parser.add_argument("paths", nargs="*", default=["tests"], help="tests to run (default: all)")
    paths = parser.parse_args().paths
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = folder / "coveragerc"
        settings.write_text(SETTINGS.format(data=folder / "data"))
        report, times = folder / "coverage.json", folder / "times.xml"
        command = [sys.executable, "-m", "pytest", *paths, "-q", "-n", "2", "--dist", "loadscope"]
        command += ["--cov", f"--cov-config={settings}", f"--cov-report=json:{report}"]
        command += [f"--junitxml={times}"]
        ran = subprocess.run(command, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"})
        lines = _by_room(json.loads(report.read_text())["files"])
        seconds = _by_file(times)
    covered = {room: round(100 * ran / all_lines, 1) for room, (ran, all_lines) in lines.items()}
    for room, share in covered.items():
        print(f"{room:14} {lines[room][1]:6,} lines  {share:5.1f}% run by tests")
    for file, took in list(seconds.items())[:LONGEST]:
        print(f"{file:48} {took:6.1f} s")
    if paths == ["tests"]:
        rows = [
            {"room": room, "lines": lines[room][1], "percent": share}
            for room, share in covered.items()
        ]
        common.save("tests", {"coverage": rows, "seconds": dict(list(seconds.items())[:LONGEST])})
    return ran.returncode or int(covered["all"] < WANTED)


def _by_room(files: dict[str, dict]) -> dict[str, tuple[int, int]]:
    """Lines that ran, and lines there are, of each room of the library and of all."""
    ran: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for name, file in files.items():
        parts = Path(name).parts
        room = parts[1] if len(parts) > 2 else "gptlab"
        for key in (room, "all"):
            ran[key] += file["summary"]["covered_lines"]
            there[key] += file["summary"]["num_statements"]
    rooms = [*sorted(set(there) - {"all"}), "all"]
    return {room: (ran[room], there[room]) for room in rooms}


def _by_file(times: Path) -> dict[str, float]:
    """Seconds of each file of tests, the longest first."""
    seconds: Counter[str] = Counter()
    for case in ElementTree.parse(times).iter("testcase"):
        name = case.get("classname", "").split(".Test")[0]
        seconds[name.replace(".", "/") + ".py"] += float(case.get("time", 0))
    return {file: round(took, 1) for file, took in seconds.most_common() if took >= 1}


if __name__ == "__main__":
    sys.exit(main())
