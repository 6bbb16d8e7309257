"""A headless Chromium: finding it, and pages that note what they ask for and what goes wrong in them.

Not here: what a page must show, and the servers behind pages.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: A browser that asks no host for anything by itself; without its sandbox, which root cannot have.
ARGUMENTS = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
LONGEST_WAIT_MS = 30_000


@dataclass(frozen=True)
class Visit:
    """A page with the addresses it asked for and the errors it met, in their order."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def chromium() -> str:
    """The path of the browser. Without one the test is skipped with what to do, and fails where ``CI`` is set."""
    found = next((path for path in map(shutil.which, PROGRAMS) if path), None)
    if found:
        return found
    reason = (
        "NOT TESTED IN A BROWSER: no Chromium found. Install one with `sudo sh scripts/install-system` "
        "(or `apt-get install chromium`) and run again."
    )
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def running_browser() -> Iterator[Browser]:
    """The browser, closed with the block."""
    program = chromium()
    expect.set_options(timeout=LONGEST_WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(browser: Browser, scheme: Literal["light", "dark"] = "light") -> Iterator[Visit]:
    """A page of its own for somebody who prefers ``scheme``, without cookies or storage of earlier ones."""
    page = browser.new_page(viewport={"width": 1600, "height": 1000}, color_scheme=scheme)
    page.set_default_timeout(LONGEST_WAIT_MS)
    visited = Visit(page)
    page.on("request", lambda request: visited.requests.append(request.url))
    page.on("pageerror", lambda error: visited.errors.append(str(error)))

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            visited.errors.append(message.text)

    page.on("console", note)
    try:
        yield visited
    finally:
        page.close()
