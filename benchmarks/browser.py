"""The driver of the browser tests, for measuring."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))

from driver import FLAGS, serving, settled
from find_browser import find

__all__ = ["browser_seconds", "chromium", "cpu_seconds", "memory_mb", "opened", "serving"]


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=[*FLAGS])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[Page]:
    """A page of the app whose canvas has drawn its first frame."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(url)
    settled(page)
    page.wait_for_selector("canvas[data-painted]")
    yield page
    context.close()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (Linux)."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / 100


def browser_seconds(browser: Browser) -> float:
    """The same of all processes of a browser that are there now."""
    devtools = browser.new_browser_cdp_session()
    running = devtools.send("SystemInfo.getProcessInfo")["processInfo"]
    devtools.detach()
    return sum(cpu_seconds(process["id"]) for process in running if Path(f"/proc/{process['id']}").exists())


def memory_mb(pid: int) -> float:
    """Resident memory of a process (Linux)."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
