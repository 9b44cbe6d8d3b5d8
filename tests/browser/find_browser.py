"""Which Chromium drives the browser tests.

`find` only looks. `python tests/browser/find_browser.py --install` is what `make test` runs: it looks, and
where there is none it installs one, from the system's packages (as root, with apt-get) or Playwright's own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "PLAYGROUND_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NONE_HERE = f"There is no Chromium for the browser tests: run `make test`, which installs one, or set {VARIABLE}."

# Playwright knows where it keeps its browser; a process of its own leaves no event loop behind in this one.
PLAYWRIGHTS_OWN = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""


class NoBrowserError(Exception):
    """The message says what to do."""


def find() -> str:
    """The executable of a Chromium that runs; NoBrowserError if there is none."""
    wanted = os.environ.get(VARIABLE)
    if wanted:
        if _runs(wanted):
            return wanted
        raise NoBrowserError(f"{VARIABLE} is {wanted}, which is no browser that runs.")
    for executable in _candidates():
        if _runs(executable):
            return executable
    raise NoBrowserError(NONE_HERE)


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, NAMES))
    asked = subprocess.run([sys.executable, "-c", PLAYWRIGHTS_OWN], capture_output=True, text=True, check=False)
    path = asked.stdout.strip()
    if path and Path(path).exists():
        yield path


def _runs(executable: str) -> bool:
    """Whether it is more than a file: Ubuntu's chromium-browser only says to install another package."""
    try:
        return _quietly(executable, "--version", seconds=60)
    except (OSError, subprocess.TimeoutExpired):
        return False


def install() -> str:
    """Find a browser or install one; NoBrowserError if neither works."""
    try:
        return find()
    except NoBrowserError:
        if os.environ.get(VARIABLE):
            raise
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root and shutil.which("apt-get"):
        print("Installing Chromium with apt-get", flush=True)
        if _quietly("apt-get", "update") and _quietly("apt-get", "install", "--yes", "chromium"):
            try:
                return find()
            except NoBrowserError:
                pass
    print("Installing Chromium with Playwright", flush=True)
    _quietly(sys.executable, "-m", "playwright", "install", *(["--with-deps"] * root), "chromium")
    try:
        return find()
    except NoBrowserError:
        raise NoBrowserError(
            f"No Chromium could be installed. Install Chromium or Chrome yourself, or set {VARIABLE} to its executable."
        ) from None


def _quietly(*command: str, seconds: float = 600) -> bool:
    """Whether it succeeded; what it printed matters only if nothing else works either, and then it can be repeated."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=seconds, check=False)
    return done.returncode == 0


if __name__ == "__main__":
    try:
        print(f"Browser: {install() if '--install' in sys.argv else find()}")
    except NoBrowserError as problem:
        sys.exit(str(problem))
