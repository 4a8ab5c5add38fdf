"""A real Chromium over the built book; what a page asks for and complains of is written down."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book"))
from build_once import built_once

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
FLAGS = [
    "--no-sandbox",  # Chromium refuses to start as root with it, and a test machine is often root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Server(ThreadingHTTPServer):
    """Room for all that a browser asks at once; with the default of five it waits for seconds."""

    request_queue_size = 128


class Quiet(SimpleHTTPRequestHandler):
    """Serves files over lasting connections and prints nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""


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
    server = Server(("127.0.0.1", 0), partial(Quiet, directory=str(pages)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def chromium() -> str | None:
    """The Chromium to drive; None leaves the choice to playwright."""
    if chosen := os.environ.get("GPTLAB_CHROMIUM"):
        return chosen
    found = [path for name in NAMES if (path := shutil.which(name))]
    return next(iter([*found, *(path for path in MAC if Path(path).exists())]), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        chrome = driver.chromium.launch(executable_path=chromium(), args=FLAGS, headless=True)
        yield chrome
        chrome.close()


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
