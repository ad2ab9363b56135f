"""What is tried in Debian's Chromium lies here, and nothing else has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. While it is there, nothing else runs an event loop in the tests' thread:
    a file has either this or `asyncio.run`.
    """
    with chromium() as started:
        yield started
