"""Makes the pictures of the documentation from the demo: run ``make demo`` first, then this.

The pictures change with every demo, which is of today. Needs Chromium and the packages of the tests.
"""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.defs.settings import load_settings
from pipelines.outputs.charts.render import png
from pipelines.outputs.charts.velocity import VELOCITY
from pipelines.outputs.report.page import FILE_NAME
from pipelines.project.folder import PROJECT
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support.browser import running_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IMAGES = PROJECT / "docs" / "images"
#: Name, page, width, height, and the element that is at the top of the picture.
VIEWS = (
    ("report", FILE_NAME, 1200, 900, "#top"),
    ("questions", FILE_NAME, 1200, 760, "#questions"),
    ("flow", FILE_NAME, 1200, 900, "#chart-burnup"),
    ("project", "report/project-*.html", 1200, 900, "#top"),
    ("phone", "report/project-*.html", 390, 844, "#charts"),
)


def main() -> None:
    """Write every picture into ``docs/images``."""
    settings = load_settings()
    folder = settings.report_dir
    with running_browser() as browser:
        for name, pattern, width, height, top in VIEWS:
            page = min(folder.glob(pattern))
            _picture(browser, page, IMAGES / f"{name}.png", width, height, top)
    with Warehouse(settings.warehouse).connect(read_only=True) as connection:
        picture = png(VELOCITY, connection, settings.as_of or datetime.now(timezone.utc))
    (IMAGES / "chart.png").write_bytes(picture)


def _picture(browser: Browser, page: Path, target: Path, width: int, height: int, top: str) -> None:
    opened = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
    try:
        opened.goto(page.as_uri())
        opened.locator(top).evaluate("element => element.scrollIntoView({behavior: 'instant'})")
        opened.screenshot(path=target, animations="disabled")
    finally:
        opened.close()


if __name__ == "__main__":
    main()
