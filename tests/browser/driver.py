"""Driving the app as a learner would: a server of its own, and pages in a real browser.

Tests import the helpers from here and get the rest from the fixtures of `conftest.py`:

    def test_it_trains(open_page, errors):
        page = open_page("coin-gan")
        page.get_by_role("button", name="Play").click()
        ...
        assert frame(page) > 0 and errors == []
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGTERM
from typing import IO

from playwright.sync_api import ConsoleMessage, Error, Locator, Page

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 60  # torch alone may take ten on a busy machine
STOP_SECONDS = 15
SETTLE_SECONDS = 30
BAD_SIGNS = ("Traceback", "terminate called")

# On /coin-gan Streamlit's browser part cannot know yet whether the app lives at / or at /coin-gan/, and asks both.
ASKED_IN_VAIN = re.compile(r"https?://[^/]+/[^/]+/_stcore/(health|host-config)")


# The server


@contextmanager
def serving(**env: str) -> Iterator[str]:
    """The app on a port of its own: its base URL. env: variables that this server sees besides ours.

    When the context ends, the server must stop by itself soon after it is asked to, and must not have
    complained in its whole life.
    """
    port = _free_port()
    settings = {"STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none", "PYTHONUNBUFFERED": "1"}
    options = {"headless": "true", "address": "127.0.0.1", "port": port}
    flags = [word for name, value in options.items() for word in (f"--server.{name}", str(value))]
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", *flags],
            cwd=ROOT,
            env=os.environ | settings | env,
            stdout=said,
            stderr=complained,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_for(url, process)
            yield url
        finally:
            leaving = _stop(process)
            words = "".join(_all(file) for file in (said, complained))
        assert not leaving, f"{leaving}\n{words}"
        assert not any(sign in _all(complained) for sign in BAD_SIGNS), words


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"The server did not start (exit status {process.poll()}).")


def _stop(process: subprocess.Popen[bytes]) -> str:
    """End this one process. What was wrong with the way it left, or nothing."""
    early = process.poll()
    if early is not None:
        return f"The server ended by itself, with status {early}."
    process.terminate()
    try:
        status = process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return f"The server was still there {STOP_SECONDS} seconds after it was asked to stop."
    return "" if status in (0, -SIGTERM) else f"The server left with status {status}."


def _all(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


# The page


def settled(page: Page) -> Page:
    """Wait until the page is connected and no script runs, as Streamlit's own tests do."""
    for state in ("[data-testid=stApp][data-test-connection-state=CONNECTED]", "[data-test-script-state=notRunning]"):
        page.wait_for_selector(state, timeout=1000 * SETTLE_SECONDS)
    return page


def canvas(page: Page) -> Locator:
    """The first live canvas; Playwright looks into the component's shadow root by itself."""
    return page.locator("canvas[data-frame]").first


def frame(page: Page) -> int:
    """The iteration that the live canvas shows."""
    return int(canvas(page).get_attribute("data-frame") or 0)


@contextmanager
def listen(page: Page, errors: list[str]) -> Iterator[None]:
    """Put every error of the page, and every error in its console, into `errors`."""

    def hear(message: ConsoleMessage) -> None:
        address = message.location.get("url", "")
        harmless = "404" in message.text and ASKED_IN_VAIN.fullmatch(address)
        if message.type == "error" and not harmless:
            errors.append(f"{message.text} ({address})")

    def fall(error: Error) -> None:
        errors.append(f"{error.name}: {error.message}")

    page.on("console", hear)
    page.on("pageerror", fall)
    try:
        yield
    finally:
        page.remove_listener("console", hear)
        page.remove_listener("pageerror", fall)
