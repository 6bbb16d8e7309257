"""What tests in a browser share: the demo they look at, and pictures of what they saw, kept in ``test-artifacts/``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from pipelines.project.folder import PROJECT

ARTIFACTS = PROJECT / "test-artifacts"


@dataclass(frozen=True)
class Demo:
    """What the demo command left: how it was called, and copies that later runs do not change."""

    environment: dict[str, str]
    report: Path
    warehouse: Path


def keep(page: Page, name: str, *, full_page: bool = False) -> None:
    """Keep a picture of the page as a test artefact."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(
        path=ARTIFACTS / f"{re.sub('[^a-z_]+', '_', name)}.png",
        full_page=full_page,
        animations="disabled",
    )
