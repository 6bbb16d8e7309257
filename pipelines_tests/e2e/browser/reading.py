"""What is hard to read on a page: outside the viewport, too small, too pale; measured in the browser.

Not here: which pages are looked at.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

SMALLEST_TEXT = 8.0
#: On paper in points; a CSS pixel is three quarters of one.
SMALLEST_PRINT = 8.0

# Text in a drawing is as large as the drawing is scaled. What scrolls on its own may be wider than the viewport.
_OUTSIDE = """() => {
    const found = [];
    for (const element of document.querySelectorAll('body *')) {
        if (element.closest('.scroll, .chart-data, pre, details:not([open])') || element.closest('.visually-hidden')) continue;
        const box = element.getBoundingClientRect();
        if (box.width && (box.right > innerWidth + 1 || box.left < -1)) {
            found.push(`${element.tagName} ${element.className.baseVal ?? element.className} ${box.left}..${box.right} ${element.textContent.slice(0, 40)}`);
        }
    }
    return found.slice(0, 10);
}"""
_SIZES = """() => {
    let smallest = [Infinity, ''];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim();
        const element = walker.currentNode.parentElement;
        if (!text || !element.checkVisibility() || element.closest('script, style, .visually-hidden')) continue;
        if (!element.getBoundingClientRect().width) continue;
        const svg = element.closest('svg');
        const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
        const size = parseFloat(getComputedStyle(element).fontSize) * scale;
        if (size < smallest[0]) smallest = [size, text.slice(0, 60)];
    }
    return smallest;
}"""


def outside(page: Page) -> list[str]:
    """Elements that reach beyond the viewport and do not scroll on their own."""
    found: list[str] = page.evaluate(_OUTSIDE)
    return found


def smallest_text(page: Page) -> tuple[float, str]:
    """The smallest visible text, in CSS pixels, and what it says."""
    size, text = page.evaluate(_SIZES)
    return float(size), str(text)


def pale(page: Page) -> list[str]:
    """Texts whose contrast axe-core finds too low, and other faults that it calls serious."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(
            files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
        )
    result: dict[str, Any] = page.evaluate(
        "axe.run(document, {runOnly: ['color-contrast', 'label', 'link-name', 'image-alt', 'duplicate-id-aria']})"
    )
    return [
        f"{violation['id']}: {node['html'][:120]} {node['failureSummary'][:160]}"
        for violation in result["violations"]
        for node in violation["nodes"][:3]
    ]
