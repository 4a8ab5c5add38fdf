"""A Chromium to print and to look with, and a server on this machine for the pages it opens."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from gptlab.errors import LabError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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


def chromium() -> str | None:
    """The Chromium to drive; None leaves the choice to playwright."""
    if chosen := os.environ.get("GPTLAB_CHROMIUM"):
        return chosen
    found = [path for name in NAMES if (path := shutil.which(name))]
    return next(iter([*found, *(path for path in MAC if Path(path).exists())]), None)


@contextlib.contextmanager
def open_browser() -> Iterator[Browser]:
    """A running Chromium. Raises LabError, with the way out, where there is none."""
    if importlib.util.find_spec("playwright") is None:
        raise LabError("playwright is not installed; run: pip install -e '.[book,test]'")
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=chromium(), args=FLAGS, headless=True)
        except Error as error:
            raise LabError(
                "no Chromium could be started; install Chromium or Chrome, or run: make chromium, "
                f"or set GPTLAB_CHROMIUM to its path ({str(error).splitlines()[0]})"
            ) from error
        yield browser
        browser.close()


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files over lasting connections and prints nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    """Room for all that a browser asks at once; with the default of five it waits for seconds."""

    request_queue_size = 128


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve `folder` to this machine alone; gives its address, without a slash at the end."""
    server = _Server(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
