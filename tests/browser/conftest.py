"""A browser, a server and pages for the tests in this folder. The helpers to import are in `driver.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from driver import FLAGS, serving, settled
from find_browser import NoBrowserError, find
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tabs import Tabs

expect.set_options(timeout=15_000)  # the machine may have two busy cores
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The executable of a browser; without one these tests fail, for a skipped test proves nothing."""
    try:
        return find()
    except NoBrowserError as problem:
        sentence = str(problem)
    pytest.fail(sentence, pytrace=False)


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """A browser; two Playwrights cannot live in one thread, so that no module may start its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=[*FLAGS])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def tabs(chromium: Browser) -> Tabs:
    return Tabs(chromium)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The app as it comes: its base URL."""
    with serving() as url:
        yield url


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., str]]:
    """serve(NAME="value", ...): the base URL of a further server that sees these variables."""
    with ExitStack() as servers:
        yield lambda **env: servers.enter_context(serving(**env))


@pytest.fixture
def errors() -> list[str]:
    """What went wrong in the pages that this test has opened; a test may assert that it is empty."""
    return []


@pytest.fixture
def open_page(request: pytest.FixtureRequest, tabs: Tabs, errors: list[str]) -> Iterator[OpenPage]:
    """open_page("coin-gan"): a page of the app, settled, in a browser profile of its own.

    base: another server's URL; alone: in a tab that no other test gets, for what Playwright cannot undo, as a routed
    socket; the other keyword arguments are Playwright's for a new context.
    """
    with ExitStack() as lent:

        def open_page(
            path: str = "",
            *,
            width: int = 1440,
            height: int = 900,
            dark: bool = False,
            base: str | None = None,
            alone: bool = False,
            **options: Any,
        ) -> Page:
            base = base or request.getfixturevalue("server")
            page = lent.enter_context(tabs.lent(errors, width, height, dark=dark, alone=alone, **options))
            page.goto(f"{base}/{path.lstrip('/')}")
            return settled(page)

        yield open_page


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """The home page."""
    return open_page()
