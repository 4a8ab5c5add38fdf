"""How fast does a page of the book show its first words, and how much does it weigh?

    python benchmarks/book_pages.py [--pages build/_build/html] [--times 3]     about three minutes

Every page of the table of contents is opened in Chromium with an empty cache. First contentful
paint is the browser's own figure, the median of several openings, without a slowed network:
what remains is what the page asks of the machine. The weight is everything that the page loads,
told twice: as files, and compressed as web hosts send text (gzip; fonts and pictures as they are).
The page with the live model is told with the others: its weight is the model.
"""

from __future__ import annotations

import argparse
import gzip
import re
import statistics
from pathlib import Path
from typing import Any

import common

from gptlab.authoring.browser import open_browser, serve

ROOT = Path(__file__).resolve().parents[1]
KINDS = {".html": "page", ".css": "style", ".js": "scripts", ".woff": "fonts", ".woff2": "fonts"}
PAINT = """() => new Promise(done => new PerformanceObserver(list => {
  const [first] = list.getEntriesByName('first-contentful-paint');
  if (first) done(first.startTime);
}).observe({ type: 'paint', buffered: true }))"""


def weigh(url: str, body: bytes) -> tuple[str, int, int]:
    """Kind of file, its size, and its size as a host sends it."""
    suffix = Path(url.split("?")[0]).suffix
    kind = "MathJax" if "/mathjax/" in url and suffix == ".js" else KINDS.get(suffix, "other")
    packed = body if kind == "fonts" else gzip.compress(body, 6)
    return kind, len(body), min(len(body), len(packed))


def measure(browser: Any, address: str, path: str, times: int) -> dict[str, Any]:
    """First paint in milliseconds and weights in kB of one page."""
    paints: list[float] = []
    files: dict[str, int] = {}
    sent: dict[str, int] = {}
    for attempt in range(times):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        answers: list[Any] = []
        page.on("response", lambda answer, kept=answers: kept.append(answer))
        page.goto(f"{address}/{path}", wait_until="load")
        page.evaluate("window.MathJax ? MathJax.startup.promise.then(() => 1) : 1")
        paints.append(page.evaluate(PAINT))
        if attempt == 0:
            page.wait_for_load_state("networkidle")
            for answer in answers:
                kind, size, packed = weigh(answer.url, answer.body())
                files[kind] = files.get(kind, 0) + size
                sent[kind] = sent.get(kind, 0) + packed
        context.close()
    return {
        "page": path,
        "first_paint_ms": round(statistics.median(paints)),
        "sent_kb": round(sum(sent.values()) / 1e3),
        "files_kb": round(sum(files.values()) / 1e3),
        "sent_by_kind_kb": {kind: round(size / 1e3) for kind, size in sorted(sent.items())},
        "files_by_kind_kb": {kind: round(size / 1e3) for kind, size in sorted(files.items())},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path, default=ROOT / "build/_build/html")
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    toc = (ROOT / "book/_toc.yml").read_text(encoding="utf-8")
    paths = [f"{name}.html" for name in re.findall(r"^\W*(?:root|file): (\S+)$", toc, re.M)]
    found = []
    with serve(options.pages) as address, open_browser() as browser:
        measure(browser, address, paths[0], 1)  # the browser's own start is not the page's
        for path in filter(lambda each: (options.pages / each).exists(), paths):
            found.append(measure(browser, address, path, options.times))
            told = found[-1]
            print(f"{path:40} {told['first_paint_ms']:5} ms {told['sent_kb']:6} kB sent "
                  f"{told['files_kb']:6} kB files")  # fmt: skip
    summary = {
        key: max(found, key=lambda page: page[key])["page"] for key in ("first_paint_ms", "sent_kb")
    }
    heaviest = max(found, key=lambda page: page["sent_kb"])
    common.save(
        "book_pages",
        {
            "slowest_ms": max(page["first_paint_ms"] for page in found),
            "heaviest_kb": heaviest["sent_kb"],
            "heaviest_by_kind_kb": heaviest["sent_by_kind_kb"],
            "which": summary,
            "pages": found,
        },
    )


if __name__ == "__main__":
    main()
