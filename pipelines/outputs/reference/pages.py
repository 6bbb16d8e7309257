"""All generated pages, and how they are written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipelines.outputs.reference.contracts import contracts
from pipelines.outputs.reference.llms_page import llms_page
from pipelines.outputs.reference.metrics_page import metrics_page
from pipelines.outputs.reference.streams_page import streams_page
from pipelines.project.files import replaced

#: By file name, what makes its text.
PAGES: dict[str, Callable[[], str]] = {
    "streams.md": streams_page,
    "metrics.md": metrics_page,
    "llms.txt": llms_page,
}
_CONTRACTS = "contracts"


def write_pages(folder: Path) -> list[Path]:
    """Write every page and contract into ``folder``; returns their paths. Contracts of tables that are gone go."""
    texts = {name: text() for name, text in PAGES.items()} | contracts()
    paths = []
    for name, text in texts.items():
        path = folder / name
        with replaced(path) as written:
            written.write_text(text, encoding="utf-8")
        paths.append(path)
    for left in set((folder / _CONTRACTS).iterdir()) - set(paths):
        left.unlink()
    return paths
