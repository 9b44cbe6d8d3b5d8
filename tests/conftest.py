"""What holds for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

BROWSER = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser comes last: what fails without it is known within seconds.

    Playwright also leaves an event loop running in this thread, in which `asyncio.run` would refuse to work.
    """
    items.sort(key=lambda item: BROWSER in item.path.parents)
