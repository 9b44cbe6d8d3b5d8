"""Tabs that tests hand on: where the app has been loaded before, it loads in a third of the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from driver import listen
from playwright.sync_api import Browser, Error, Page

FORGET = "() => { localStorage.clear(); sessionStorage.clear() }"


class Tabs:
    """Tabs of one browser, each in a profile of its own. One that is free is empty and remembers nothing."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.free: dict[str, list[Page]] = {}

    @contextmanager
    def lent(
        self, errors: list[str], width: int, height: int, *, dark: bool, alone: bool, **profile: Any
    ) -> Iterator[Page]:
        """An empty tab of this size and scheme; `profile` is what Playwright cannot change in an open one."""
        free = [] if alone else self.free.setdefault(repr(sorted(profile.items())), [])
        page = free.pop() if free else self.browser.new_context(**profile).new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        with listen(page, errors):
            yield page
        if alone:
            page.context.close()
        elif emptied(page):
            free.append(page)


def emptied(page: Page) -> bool:
    """Leave the app with nothing kept; a tab in which that fails is closed."""
    try:
        page.mouse.up()
        page.mouse.move(0, 0)
        page.evaluate(FORGET)
        page.context.clear_cookies()
        page.goto("about:blank")
    except Error:
        page.context.close()
        return False
    return True
