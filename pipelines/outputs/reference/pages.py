"""All generated pages, and how they are written."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from pipelines.outputs.reference.contracts import contracts
from pipelines.outputs.reference.lineage_page import lineage_page
from pipelines.outputs.reference.links import LINEAGE, SCHEMAS, SETTINGS
from pipelines.outputs.reference.llms_page import llms_page
from pipelines.outputs.reference.metrics_page import (
    family_page,
    metric_settings_page,
    metrics_page,
)
from pipelines.outputs.reference.settings_page import example_environment, settings_page
from pipelines.outputs.reference.streams_page import streams_page
from pipelines.project.files import replaced
from pipelines.project.settings import RoomSettings

#: By path from ``docs``, what makes its text.
PAGES: dict[str, Callable[[], str]] = {
    "streams.md": streams_page,
    "metrics.md": metrics_page,
    **{f"metrics/{schema}.md": partial(family_page, schema) for schema in SCHEMAS},
    LINEAGE: lineage_page,
    SETTINGS: metric_settings_page,
    "llms.txt": llms_page,
}
#: The same, of pages about all settings.
SETTINGS_PAGES: dict[str, Callable[[type[RoomSettings]], str]] = {
    "settings.md": settings_page,
    "../.env.example": example_environment,
}
#: Folders that hold nothing else.
_GENERATED = ("contracts", "metrics")


def write_pages(folder: Path, settings: type[RoomSettings]) -> list[Path]:
    """Write every page and contract into ``folder``; returns their paths. Those of tables that are gone go."""
    texts = {name: text() for name, text in PAGES.items()}
    texts |= {name: text(settings) for name, text in SETTINGS_PAGES.items()}
    texts |= contracts()
    paths = []
    for name, text in texts.items():
        path = (folder / name).resolve()
        with replaced(path) as written:
            written.write_text(text, encoding="utf-8")
        paths.append(path)
    for generated in _GENERATED:
        for left in set((folder / generated).resolve().iterdir()) - set(paths):
            left.unlink()
    return paths
