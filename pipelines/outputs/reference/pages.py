"""All generated pages, and how they are written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipelines.outputs.reference.metrics_page import metrics_page
from pipelines.outputs.reference.streams_page import streams_page
from pipelines.project.files import replaced

#: By file name, what makes its text.
PAGES: dict[str, Callable[[], str]] = {"streams.md": streams_page, "metrics.md": metrics_page}


def write_pages(folder: Path) -> list[Path]:
    """Write every page into ``folder``; returns their paths."""
    paths = []
    for name, text in PAGES.items():
        path = folder / name
        with replaced(path) as written:
            written.write_text(text(), encoding="utf-8")
        paths.append(path)
    return paths
