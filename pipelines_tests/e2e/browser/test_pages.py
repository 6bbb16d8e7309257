"""Every page of the report at a screen's, a phone's and a paper's width: inside the viewport, large and dark enough, alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from pipelines_tests.e2e.browser.reading import (
    SMALLEST_PRINT,
    SMALLEST_TEXT,
    outside,
    pale,
    smallest_text,
)
from pipelines_tests.e2e.browser.seen import Demo, keep
from pipelines_tests.support.browser import visit

pytestmark = pytest.mark.slow

#: Width, colour scheme and medium; 688 pixels are an A4 page without its margins.
VIEWS = {
    "screen": (1400, "light", "screen"),
    "screen_dark": (1400, "dark", "screen"),
    "phone": (390, "light", "screen"),
    "phone_dark": (390, "dark", "screen"),
    "paper": (688, "light", "print"),
}


@pytest.mark.parametrize("view", VIEWS)
def test_every_page_can_be_read(browser: Browser, demo: Demo, view: str) -> None:
    width, scheme, medium = VIEWS[view]
    pages = [demo.report, *sorted((demo.report.parent / "report").glob("*.html"))]
    assert len(pages) > 10
    seen: set[str] = set()
    for path in pages:
        kind = path.stem.partition("-")[0]
        with visit(browser, "dark" if scheme == "dark" else "light") as visited:
            page = visited.page
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(media="print" if medium == "print" else "screen")
            page.goto(path.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name
            assert outside(page) == [], path.name
            size, text = smallest_text(page)
            smallest = SMALLEST_PRINT / 0.75 if medium == "print" else SMALLEST_TEXT
            # A hundredth of a pixel is rounding.
            assert size >= smallest - 0.01, (path.name, text)
            # It takes seconds, and the pages of a kind have the same parts.
            if medium == "screen" and kind not in seen:
                assert pale(page) == [], path.name
                seen.add(kind)
            assert visited.errors == [], path.name
            asked = [url for url in visited.requests if not url.startswith(("file:", "data:"))]
            assert asked == [], path.name
            keep(page, f"{kind}_{view}", full_page=True)


def test_a_period_is_chosen_in_the_page(page: Page, demo: Demo) -> None:
    """Without a server, and without a program: the style sheet alone shows what belongs to the period."""
    path = next((demo.report.parent / "report").glob("project-*.html"))
    page.goto(path.as_uri())
    shown = page.locator("[data-measure=accepted]:visible")
    expect(shown).to_have_count(1)
    assert shown.get_attribute("data-span") == "four_weeks"
    page.get_by_label("Last quarter").check()
    expect(shown).to_have_count(1)
    assert shown.get_attribute("data-span") == "quarter"


def test_a_mark_says_what_it_is(page: Page, demo: Demo) -> None:
    page.goto(demo.report.as_uri())
    mark = page.locator("#chart-throughput [aria-roledescription=point]").first
    mark.scroll_into_view_if_needed()
    mark.hover(force=True)
    expect(page.locator(".tip")).to_be_visible()
    assert re.search(
        r"Week from: \d+ [A-Z][a-z]{2} \d{4}\nAccepted: \d+", page.locator(".tip").inner_text()
    )
