"""Take the pictures of the book that README shows: `python -m gptlab.authoring.screenshots`.

Front page, a chapter, a widget and the model that runs in the page, each in light and in dark on a
desk and in light on a phone, from the built book. PNG with few colours, so that all of them
together stay small; where they stand in README.md, between two marks, is written by this command.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gptlab.authoring.browser import open_browser, serve
from gptlab.errors import LabError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "book/screenshots"
START, STOP = "<!-- screenshots -->", "<!-- /screenshots -->"
LOOKS = {"light": (1180, 820, "light"), "dark": (1180, 820, "dark"), "phone": (390, 780, "light")}
COLOURS = 96


@dataclass(frozen=True)
class View:
    """A thing to show: `at` is what stands at the top, "" for the top of the page."""

    name: str
    page: str
    at: str
    words: str
    height: int = 820  # on a desk


VIEWS = (
    View("front", "book/index.html", "", "The front page: four ways in, then seventy years", 1240),
    View("chapter", "chapters/12-self-attention.html", "#three-words-and-a-pencil",
         "Chapter 12: text, code and what came out of it"),
    View("widget", "chapters/12-self-attention.html", "[aria-label='Attention explorer']",
         "The attention explorer of chapter 12"),
    View("live", "book/live.html", "h2", "A GPT that runs in the page"),
)  # fmt: skip


def take(browser: Browser, address: str, view: View, look: str) -> bytes:
    """One picture as PNG. Raises LabError where the page does not have what it should show."""
    from PIL import Image

    width, height, theme = LOOKS[look]
    height = view.height if look != "phone" else height
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme=theme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page.goto(f"{address}/{view.page}", wait_until="load")
    page.evaluate("window.MathJax ? MathJax.startup.promise.then(() => 1) : 1")
    if view.at:
        place = page.locator(f"article :is({view.at})").first
        if not place.count():
            raise LabError(f"{view.page} has no {view.at!r} to show; change VIEWS in {__name__}")
        # Below the bar that stays at the top.
        place.evaluate("box => scrollTo(0, box.getBoundingClientRect().top + scrollY - 80)")
    page.wait_for_timeout(500)
    shot = page.screenshot()
    page.close()
    # Maximum coverage keeps the few colours of small things: points, links.
    small = (
        Image.open(io.BytesIO(shot))
        .convert("RGB")
        .quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    )
    buffer = io.BytesIO()
    small.save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def section(taken: Sequence[str]) -> str:
    """What README shows: for each view the light picture, or the dark one where that is asked for.

    >>> print(section(["front-light.png", "front-dark.png"]))  # doctest: +ELLIPSIS
    <picture>
    ...<img alt="The front page: ...
    """
    lines = []
    for view in VIEWS:
        if f"{view.name}-light.png" in taken:
            lines += [
                "<picture>",
                '<source media="(prefers-color-scheme: dark)" '
                f'srcset="{FOLDER}/{view.name}-dark.png">',
                f'<img alt="{view.words}, as a picture of the page." '
                f'src="{FOLDER}/{view.name}-light.png" width="49%">',
                "</picture>",
            ]
    return "\n".join(lines)


def put(readme: str, taken: Sequence[str]) -> str:
    """README with the pictures between its marks. Raises LabError where the marks are missing."""
    if START not in readme or STOP not in readme:
        raise LabError(f"README.md has no {START} … {STOP}; write both where pictures should stand")
    pattern = re.compile(f"{re.escape(START)}.*?{re.escape(STOP)}", re.DOTALL)
    return pattern.sub(lambda _: f"{START}\n{section(taken)}\n{STOP}", readme)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit code 2 where there is no built book or no browser."""
    parser = argparse.ArgumentParser(
        prog="python -m gptlab.authoring.screenshots",
        description="Take the pictures of the book that README shows.",
    )
    parser.add_argument("--pages", type=Path, default=ROOT / "build/_build/html",
                        help="the built book (build/_build/html)")  # fmt: skip
    options = parser.parse_args(arguments)
    folder = ROOT / FOLDER
    try:
        if not (options.pages / "book/index.html").exists():
            raise LabError(f"no book in {options.pages}; run: make book")
        taken = []
        with serve(options.pages) as address, open_browser() as browser:
            for view in VIEWS:
                if not (options.pages / view.page).exists():
                    print(f"{view.page} is not in this book; left out")
                    continue
                for look in LOOKS:
                    name = f"{view.name}-{look}.png"
                    picture = take(browser, address, view, look)
                    folder.mkdir(parents=True, exist_ok=True)
                    (folder / name).write_bytes(picture)
                    taken.append(name)
                    print(f"{FOLDER}/{name}: {len(picture) / 1e3:.0f} kB")
        readme = ROOT / "README.md"
        readme.write_text(put(readme.read_text(encoding="utf-8"), taken), encoding="utf-8")
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
