"""A real Chromium over the built book; what a page asks for and complains of is written down."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from gptlab.authoring.browser import open_browser, serve

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book"))
from build_once import built_once


@dataclass
class Visit:
    """One tab, and what came up in it."""

    page: Page
    root: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Load a page of the book and wait until its maths is drawn."""
        self.page.goto(f"{self.root}/{path}", wait_until="load")
        self.page.evaluate("window.MathJax ? MathJax.startup.promise.then(() => 1) : 1")
        return self.page


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    return built_once(tmp_path_factory, worker_id)


@pytest.fixture(scope="session")
def address(pages: Path) -> Iterator[str]:
    with serve(pages) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_browser() as chrome:
        yield chrome


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Callable[[str, bool], BrowserContext]:
    """Profiles that tests share, so that a page's styles and scripts are read once."""
    kept: dict[str, BrowserContext] = {}

    def find(theme: str, fresh: bool) -> BrowserContext:
        if fresh or theme not in kept:
            new = browser.new_context(
                color_scheme=theme,  # type: ignore[arg-type]
                viewport={"width": 1280, "height": 900},
                reduced_motion="reduce",
            )
            new.set_default_timeout(60_000)
            if fresh:
                return new
            kept[theme] = new
        return kept[theme]

    return find


@pytest.fixture
def visit(
    contexts: Callable[[str, bool], BrowserContext], address: str
) -> Iterator[Callable[..., Visit]]:
    """Opens tabs: `visit(theme="dark")`; `fresh` for one that remembers nothing."""
    with contextlib.ExitStack() as open_tabs:

        def new(theme: str = "light", fresh: bool = False, root: str = address) -> Visit:
            tab = Visit(contexts(theme, fresh).new_page(), root)
            open_tabs.callback(tab.page.close)
            tab.page.on("request", lambda request: tab.requests.append(request.url))
            tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
            tab.page.on(
                "console",
                lambda said: said.type in ("error", "warning") and tab.complaints.append(said.text),
            )
            tab.page.on(
                "response",
                lambda answer: answer.status >= 400 and tab.complaints.append(answer.url),
            )
            return tab

        yield new


class Alone(Protocol):
    """Puts HTML on a page of its own."""

    def __call__(self, html: str, width: int = ..., height: int = ...) -> Page: ...


@pytest.fixture
def alone(browser: Browser) -> Iterator[Alone]:
    """A widget alone on an empty page, which may ask for nothing and complain of nothing: its
    errors and requests are in `page.complaints`."""
    with contextlib.ExitStack() as open_pages:
        complaints: list[str] = []

        def put(html: str, width: int = 760, height: int = 700) -> Page:
            context = browser.new_context(viewport={"width": width, "height": height})
            open_pages.callback(context.close)
            page = context.new_page()
            page.complaints = complaints  # type: ignore[attr-defined]
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("request", lambda request: complaints.append(request.url))
            head = "<!doctype html><html lang=en><title>Widget</title><main><h1>Widget</h1>"
            page.set_content(f"{head}{html}</main>")
            return page

        yield put
        assert complaints == []
